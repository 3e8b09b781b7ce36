//! Tells people what happened. Renders; writes nothing.

mod annotation;
mod json;
mod markdown;
mod outputs;
mod summary;
mod uses;
mod words;

use jiff::Timestamp;

use crate::facts::TokenFacts;
use crate::policy::Finding;

pub use annotation::Annotation;
pub use uses::{UseCount, Uses};

/// What a run of the main phase has to tell.
#[derive(Debug)]
pub struct Report<'a> {
    /// What the token is.
    pub facts: &'a TokenFacts,
    /// `allow` or `deny`.
    pub verdict: &'static str,
    /// What the policy says of it, the gravest first.
    pub findings: &'a [Finding],
    /// What people call the policy; `None` is the built-in baseline.
    pub policy: Option<&'a str>,
    /// The policy's gate.
    pub gate: &'a str,
    /// Whether a denied token is leased all the same.
    pub audit: bool,
    /// What was leased, if anything was.
    pub lease: Option<Leased<'a>>,
    /// When it was judged.
    pub now: Timestamp,
}

/// What was leased.
#[derive(Clone, Copy, Debug)]
pub struct Leased<'a> {
    /// The remotes, such as `https://github.com`.
    pub origin: &'a str,
    /// The repositories; none means all of the origin.
    pub repositories: &'a [String],
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Report<'_> {
    /// Now, by GitHub's clock: the one that a token's expiry is told by.
    fn github_now(&self) -> Timestamp {
        let now = self.now.saturating_add(self.facts.clock_ahead);
        now.expect("a signed duration has no calendar units")
    }

    /// An annotation for each finding, the gravest first.
    pub fn annotations(&self) -> Vec<Annotation> {
        self.findings.iter().map(annotation::of).collect()
    }

    /// Lines for the log.
    pub fn log(&self) -> Vec<String> {
        words::log(self)
            .iter()
            .map(|line| outputs::one_line(line))
            .collect()
    }

    /// The action's outputs, but for the report's path.
    pub fn outputs(&self) -> Vec<(String, String)> {
        outputs::of(self)
    }

    /// Markdown for the job summary.
    pub fn summary(&self) -> String {
        summary::render(self)
    }

    /// The report that programs read.
    pub fn json(&self) -> String {
        json::render(self)
    }
}
