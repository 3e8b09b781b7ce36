//! A run, as a test writes it. What a test does not say, the runner does not tell.

use serde::{Deserialize, Deserializer, de};

use crate::facts::{Fact, RunFacts, Why};

use super::told::{Told, is_said};
use super::yaml::{Value, known, written};

/// The run that asks for a lease.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a run, as in `run: { ref: refs/heads/main }`"
)]
pub struct RunForm {
    /// What began it: `GITHUB_EVENT_NAME`.
    #[serde(default, deserialize_with = "written")]
    pub event: Option<Told<String>>,
    /// The branch or tag that it is for, whole: `GITHUB_REF`.
    #[serde(default, rename = "ref", deserialize_with = "written")]
    pub reference: Option<Told<String>>,
    /// Who began it, or a list of those who did and who ran it again.
    #[serde(default, deserialize_with = "written")]
    pub actor: Option<Told<Actors>>,
    /// The file that it follows: `GITHUB_WORKFLOW_REF`.
    #[serde(default, deserialize_with = "written")]
    pub workflow: Option<Told<String>>,
    /// Whether it is for a fork.
    #[serde(default, deserialize_with = "written")]
    pub fork: Option<Told<bool>>,
    /// `github-hosted` or `self-hosted`: `RUNNER_ENVIRONMENT`.
    #[serde(default, deserialize_with = "written")]
    pub runner: Option<Told<RunnerWord>>,
}

/// A login, or several.
#[derive(Clone, Debug)]
pub struct Actors(pub Vec<String>);

impl<'de> Deserialize<'de> for Actors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(login) => Ok(Self(vec![login])),
            list => match known::<Vec<String>, _>(list)? {
                logins if logins.is_empty() => {
                    Err(de::Error::custom("a run has at least one actor"))
                }
                logins => Ok(Self(logins)),
            },
        }
    }
}

/// Whose machine a run is on: `github-hosted`, `self-hosted`, or words for a sort that nobody knows.
#[derive(Clone, Debug)]
pub struct RunnerWord(pub String);

impl<'de> Deserialize<'de> for RunnerWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if is_said(&text) || ["github-hosted", "self-hosted"].contains(&text.as_str()) {
            return Ok(Self(text));
        }
        Err(de::Error::custom(format!(
            "a runner is `github-hosted`, `self-hosted`, or words of your own, at least two, for one of another sort; `{text}` is none"
        )))
    }
}

impl RunForm {
    /// The run's facts.
    pub fn build(&self) -> Result<RunFacts, String> {
        let Self {
            event,
            reference,
            actor,
            workflow,
            fork,
            runner,
        } = self;
        if let Some(Told::Known(reference)) = reference
            && !reference.starts_with("refs/")
        {
            return Err(format!(
                "`ref: {reference}` is no whole ref, such as `refs/heads/main`"
            ));
        }
        Ok(RunFacts {
            event: fact(
                event.as_ref(),
                Why::NotSet("GITHUB_EVENT_NAME"),
                Clone::clone,
            ),
            reference: fact(reference.as_ref(), Why::NotSet("GITHUB_REF"), Clone::clone),
            actors: fact(
                actor.as_ref(),
                Why::NotSet("GITHUB_ACTOR"),
                |Actors(logins)| logins.clone(),
            ),
            workflow: fact(
                workflow.as_ref(),
                Why::NotSet("GITHUB_WORKFLOW_REF"),
                Clone::clone,
            ),
            is_fork: fact(fork.as_ref(), Why::NoPayload, |is_fork| *is_fork),
            runner: fact(
                runner.as_ref(),
                Why::NotSet("RUNNER_ENVIRONMENT"),
                |RunnerWord(word)| word.clone(),
            ),
        })
    }
}

/// What is told; else it is unknown as it is where the runner does not tell it, whether that is
/// written or left out.
fn fact<T, U>(told: Option<&Told<T>>, missing: Why, known: impl FnOnce(&T) -> U) -> Fact<U> {
    match told {
        None | Some(Told::Unknown(Why::NotTold)) => Fact::Unknown(missing),
        Some(told) => told.build(known),
    }
}
