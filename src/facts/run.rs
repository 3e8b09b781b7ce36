//! The run that asks for a lease.

use super::Fact;

/// What the runner tells of the run, as far as a policy may ask.
///
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RunFacts {
    /// What began it, such as `push`: `GITHUB_EVENT_NAME`.
    pub event: Fact<String>,
    /// The branch or tag that it is for, such as `refs/heads/main`: `GITHUB_REF`.
    pub reference: Fact<String>,
    /// Who began it, and who ran it again: `GITHUB_ACTOR` and `GITHUB_TRIGGERING_ACTOR`, each
    /// login once.
    pub actors: Fact<Vec<String>>,
    /// The file that it follows, `OWNER/REPO/PATH@REF`: `GITHUB_WORKFLOW_REF`.
    pub workflow: Fact<String>,
    /// Whether what it builds, or who caused it, comes from a fork: told by the event's payload.
    pub is_fork: Fact<bool>,
    /// Whose machine it is on, `github-hosted` or `self-hosted`: `RUNNER_ENVIRONMENT`.
    pub runner: Fact<String>,
}
