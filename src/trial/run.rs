//! A run, as a test writes it. What a test does not say, the runner does not tell.

use serde::{Deserialize, Deserializer};
use serde_yaml::Value;

use crate::facts::{Fact, RunFacts, Why};

use super::told::{Told, known};

/// The run that asks for a lease.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunForm {
    /// What began it: `GITHUB_EVENT_NAME`.
    pub event: Option<Told<String>>,
    /// The branch or tag that it is for, whole: `GITHUB_REF`.
    #[serde(rename = "ref")]
    pub reference: Option<Told<String>>,
    /// Who began it, or a list of those who did and who ran it again.
    pub actor: Option<Told<Actors>>,
    /// The file that it follows: `GITHUB_WORKFLOW_REF`.
    pub workflow: Option<Told<String>>,
    /// Whether it is for a fork.
    pub fork: Option<Told<bool>>,
    /// `github-hosted` or `self-hosted`: `RUNNER_ENVIRONMENT`.
    pub runner: Option<Told<String>>,
}

/// A login, or several.
#[derive(Clone, Debug)]
pub struct Actors(pub Vec<String>);

impl<'de> Deserialize<'de> for Actors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(login) => Ok(Self(vec![login])),
            list => known(list).map(Self),
        }
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
        let text = |told: &Option<Told<String>>, variable| match told {
            Some(told) => told.build(Clone::clone),
            None => Fact::Unknown(Why::NotSet(variable)),
        };
        Ok(RunFacts {
            event: text(event, "GITHUB_EVENT_NAME"),
            reference: text(reference, "GITHUB_REF"),
            actors: match actor {
                Some(told) => told.build(|Actors(logins)| logins.clone()),
                None => Fact::Unknown(Why::NotSet("GITHUB_ACTOR")),
            },
            workflow: text(workflow, "GITHUB_WORKFLOW_REF"),
            is_fork: match fork {
                Some(told) => told.build(|is_fork| *is_fork),
                None => Fact::Unknown(Why::NoPayload),
            },
            runner: text(runner, "RUNNER_ENVIRONMENT"),
        })
    }
}
