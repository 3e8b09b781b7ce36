//! Tells people what happened. Renders; writes nothing.

mod annotation;
mod json;
mod left_behind;
mod markdown;
mod outputs;
mod sarif;
mod summary;
mod text;
mod uses;
mod words;

use jiff::Timestamp;

use crate::facts::TokenFacts;
use crate::policy::{Finding, Home, Location, Surplus};

pub use annotation::Annotation;
pub use left_behind::{LeftBehind, Place};
pub use text::{Line, Tone};
pub use uses::{UseCount, Uses};

/// What a run of the main phase has to tell.
#[derive(Debug)]
pub struct Report<'a> {
    /// The tokens, at least one: an app has one for each account, the input `tokens` one and more
    /// for each gate.
    pub tokens: &'a [Judged<'a>],
    /// What stood in a token's place and is none.
    pub unusable: &'a [Unusable<'a>],
    /// How many more candidates nobody had to be asked about, since another had passed.
    pub spare: usize,
    /// What people call the policy; `None` is the built-in baseline.
    pub policy: Option<&'a str>,
    /// Whether a denied token is leased all the same.
    pub audit: bool,
    /// What was leased, if anything was: one for each token.
    pub leases: Vec<Leased<'a>>,
    /// When it was judged.
    pub now: Timestamp,
}

/// One token, and what the policy says of it.
#[derive(Debug)]
pub struct Judged<'a> {
    /// The policy's gate.
    pub gate: &'a str,
    /// Its line of the input `tokens`.
    pub line: Option<usize>,
    /// What the token is.
    pub facts: &'a TokenFacts,
    /// `allow` or `deny`.
    pub verdict: &'static str,
    /// What the policy says of it, the gravest first.
    pub findings: Vec<Finding>,
    /// What it has beyond what the gate needs, where the gate says what it needs.
    pub surplus: Option<Surplus>,
    /// Whether it was made for this step, and ends with it.
    pub is_made: bool,
    /// Whether another token passed in its place, so that it does not count.
    pub is_passed_over: bool,
}

/// A line of the input `tokens` that could not be judged, and is passed over.
#[derive(Debug)]
pub struct Unusable<'a> {
    /// The gate that it names.
    pub gate: &'a str,
    /// Which line.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// What was leased.
#[derive(Clone, Copy, Debug)]
pub struct Leased<'a> {
    /// The gate that it was cleared by.
    pub gate: &'a str,
    /// The remotes, such as `https://github.com`.
    pub origin: &'a str,
    /// The repositories and patterns of them; none means all of the origin.
    pub open: &'a [String],
    /// The exceptions from the patterns.
    pub shut: &'a [String],
    /// `git`, `netrc` or `store`, as the input has it.
    pub form: &'static str,
    /// When it ends; `None` is with the job, where it lies in plain text.
    pub expires_at: Option<Timestamp>,
}

impl Leased<'_> {
    /// For whom and until when, such as `to git until 2026-12-01T09:00:00Z`.
    fn terms(&self) -> String {
        match self.expires_at {
            Some(end) => format!("to git until {end}"),
            None => format!("in plain text (`{}`) until the post step", self.form),
        }
    }

    /// What it opens, then each exception with a `!` in front; nothing for all of the origin.
    fn repositories(&self) -> Vec<String> {
        let shut = self.shut.iter().map(|pattern| format!("!{pattern}"));
        self.open.iter().cloned().chain(shut).collect()
    }
}

impl Report<'_> {
    /// Now, by GitHub's clock: the one that a token's expiry is told by.
    fn github_now(&self, facts: &TokenFacts) -> Timestamp {
        let now = self.now.saturating_add(facts.clock_ahead);
        now.expect("a signed duration has no calendar units")
    }

    /// What people call the policy at `at`. The one in a file may have another name for them than
    /// the one it was read by.
    fn file<'a>(&'a self, at: &'a Location) -> &'a str {
        match (at.home(), self.policy) {
            (Home::Workspace, Some(name)) => name,
            _ => at.file(),
        }
    }

    /// The tokens that count: none that another took the place of.
    fn counting(&self) -> impl Iterator<Item = &Judged<'_>> {
        self.tokens.iter().filter(|token| !token.is_passed_over)
    }

    /// The gates, each once.
    fn gates(&self) -> Vec<&str> {
        let mut gates: Vec<_> = self.tokens.iter().map(|token| token.gate).collect();
        gates.dedup();
        gates
    }

    /// The verdict of all tokens that count: the worst.
    fn verdict(&self) -> &'static str {
        let denied = self.counting().any(|token| token.verdict == "deny");
        if denied { "deny" } else { "allow" }
    }

    /// The findings of all tokens that count, what several have in common once.
    fn findings(&self) -> Vec<&Finding> {
        let mut all: Vec<&Finding> = Vec::new();
        for finding in self.counting().flat_map(|token| &token.findings) {
            if !all.contains(&finding) {
                all.push(finding);
            }
        }
        all
    }

    /// An annotation for each finding, the gravest first, then for each token that was passed over.
    pub fn annotations(&self) -> Vec<Annotation> {
        let findings = self.findings().into_iter();
        findings
            .map(|finding| annotation::of(self, finding))
            .chain(annotation::passed_over(self))
            .collect()
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

    /// The report that code scanning reads.
    pub fn sarif(&self) -> String {
        sarif::render(self)
    }

    /// The report for a person at a shell: of what was judged alone, not of leases.
    pub fn text(&self) -> Vec<Line> {
        text::render(self)
    }
}
