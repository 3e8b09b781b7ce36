//! Tests of a policy: facts and what they must come to, written beside it. Nobody is asked, and
//! the same test has the same outcome every day.

mod expected;
mod facts;
mod run;
mod told;
mod yaml;

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, de};

use crate::facts::RunFacts;
use crate::policy::{Document, Policy, Run, Verdict};

pub use expected::{Expected, Found};
pub use facts::Facts;
pub use run::RunForm;

use yaml::{word, written};

/// A file of tests.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trials {
    /// The policy's path, from this file's folder on.
    pub policy: String,
    /// Copies of what the policy extends, and of what that extends, in this order.
    #[serde(default)]
    pub base: Paths,
    /// When the tokens are judged, where a test does not say: the start of 2026, by default.
    #[serde(default)]
    pub now: Now,
    /// The tests.
    pub tests: Vec<Trial>,
}

/// A path, or several.
#[derive(Debug, Default)]
pub struct Paths(pub Vec<String>);

/// When the tokens are judged.
#[derive(Clone, Copy, Debug)]
pub struct Now(pub Timestamp);

/// One test: a token, in a run, and what the policy must say of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What is tested, in a sentence.
    pub name: String,
    /// Which gate; `default` by default.
    #[serde(default, deserialize_with = "written")]
    pub gate: Option<String>,
    /// What the step's inputs narrow.
    #[serde(default, deserialize_with = "word")]
    pub inputs: Inputs,
    /// The token.
    pub facts: Facts,
    /// The run. Without one, the gate's `run` is not judged, and no token may pass that it could stop.
    #[serde(default, deserialize_with = "written")]
    pub run: Option<RunForm>,
    /// When it is judged.
    #[serde(default, deserialize_with = "written")]
    pub now: Option<Now>,
    /// What must come of it.
    pub expect: Expected,
}

/// What the step's inputs narrow.
#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "inputs, as in `inputs: { ttl: 10m }`"
)]
pub struct Inputs {
    /// Lines, as the input `repositories` has them.
    pub repositories: String,
    /// The input `ttl`.
    #[serde(deserialize_with = "written")]
    pub ttl: Option<String>,
    /// Whether the input `mode` is `audit`.
    pub audit: bool,
}

/// What came of one test.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome {
    /// The test's name.
    pub name: String,
    /// How what was found differs from what is expected, a line each; none if it passed.
    pub differences: Vec<String>,
}

impl Outcome {
    /// Whether it is as expected.
    pub fn passed(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Why a file cannot be run. It may hold the file's own words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct TrialError {
    /// What is wrong.
    pub message: String,
    /// The line and the column, counted from 1, if they are known.
    pub place: Option<(usize, usize)>,
}

/// A file of tests is written by people.
const MAX_LEN: usize = 1024 * 1024;

impl Trials {
    /// Reads a file of tests.
    pub fn parse(text: &str) -> Result<Self, TrialError> {
        if text.len() > MAX_LEN {
            return Err(TrialError {
                message: format!("it is longer than {} KiB", MAX_LEN / 1024),
                place: None,
            });
        }
        let trials: Self = yaml::read(text)?;
        let wrong = |message: &str| {
            Err(TrialError {
                message: message.to_owned(),
                place: None,
            })
        };
        let mut names: Vec<_> = trials.tests.iter().map(|trial| &trial.name).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => wrong(&format!("two tests are called `{}`", pair[0])),
            None if names.is_empty() => wrong("there is no test in it"),
            None => Ok(trials),
        }
    }

    /// Holds the policy against each test.
    pub fn run(&self, document: &Document) -> Vec<Outcome> {
        let tests = self.tests.iter();
        tests
            .map(|trial| Outcome {
                name: trial.name.clone(),
                differences: trial.differences(document, self.now),
            })
            .collect()
    }
}

impl Trial {
    fn differences(&self, document: &Document, now: Now) -> Vec<String> {
        match self.judge(document, now) {
            Ok(verdict) => self.expect.differences(&Found::of(verdict)),
            Err(message) => vec![message],
        }
    }

    /// The verdict, or why there is none. How the policy was fetched is not judged: here it was not.
    fn judge(&self, document: &Document, now: Now) -> Result<Verdict, String> {
        let gate = document
            .gate(self.gate.as_deref().unwrap_or("default"))
            .map_err(|error| error.to_string())?;
        if let Some(run) = &self.run {
            return self.verdict(gate, Some(&run.build()?), now);
        }
        let verdict = self.verdict(gate.clone(), None, now)?;
        if !matches!(verdict, Verdict::Deny { .. }) {
            let unseen = RunForm::default().build()?;
            let strict = self.verdict(gate, Some(&unseen), now)?;
            if strict.findings() != verdict.findings() {
                return Err(
                    "the token passes, and the gate judges the run, too: say which with `run`"
                        .to_owned(),
                );
            }
        }
        Ok(verdict)
    }

    /// What `policy` says of the test's token, as the step's inputs narrow it.
    pub fn verdict(
        &self,
        policy: Policy,
        run: Option<&RunFacts>,
        now: Now,
    ) -> Result<Verdict, String> {
        let Now(now) = self.now.unwrap_or(now);
        let Inputs {
            repositories,
            ttl,
            audit,
        } = &self.inputs;
        let policy = policy
            .narrow(repositories, ttl.as_deref())
            .map_err(|error| error.to_string())?;
        let facts = self.facts.build(now)?;
        let run = Run {
            audit: *audit,
            facts: run,
        };
        Ok(policy.judge(&facts, &run, now))
    }
}

impl Default for Now {
    fn default() -> Self {
        Self("2026-01-01T00:00:00Z".parse().expect("an instant"))
    }
}

impl<'de> Deserialize<'de> for Now {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let now = text.parse().map(Self);
        now.map_err(|_| {
            de::Error::custom(format!(
                "`{text}` is no instant, such as `2026-09-01T12:00:00Z`"
            ))
        })
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Paths;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, or a list of paths")
            }
            fn visit_str<E: de::Error>(self, path: &str) -> Result<Paths, E> {
                Ok(Paths(vec![path.to_owned()]))
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
                let mut paths = Vec::new();
                while let Some(path) = list.next_element()? {
                    paths.push(path);
                }
                Ok(Paths(paths))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
