//! A git credential, sealed in a file: everything `git-credential-patgate` needs, and
//! nothing it does not.
//!
//! The gate seals; the helper opens. Both halves live here so that they cannot drift.

pub mod file;
pub mod helper;
pub mod journal;
pub mod origin;
pub mod protocol;
pub mod reach;
pub mod seal;

// Part of this crate's public API.
pub use secrecy;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;

pub use file::LeaseName;
pub use origin::{Origin, OriginError};
pub use reach::Reach;
pub use seal::{Key, OpenError, SealError};

/// A username and a password, and the terms on which git may have them.
#[derive(Clone, Debug)]
pub struct Credential {
    /// What git sends as the user; GitHub ignores it for tokens.
    pub username: String,
    /// The token.
    pub password: SecretString,
    /// Where, when and in which job it serves.
    pub terms: Terms,
}

/// Where, when and in which job a credential serves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// Which remotes it answers for.
    pub origin: Origin,
    /// Which repositories of that origin.
    pub reach: Reach,
    /// When it was sealed, in whole seconds.
    pub issued_at: SystemTime,
    /// From this instant on it is silent, in whole seconds.
    pub expires_at: SystemTime,
    /// The job it was made in.
    pub job: Job,
}

/// One job of one run of one repository's workflow, as the runner names it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    /// `GITHUB_REPOSITORY`.
    pub repository: String,
    /// `GITHUB_RUN_ID`.
    pub run_id: String,
    /// `GITHUB_RUN_ATTEMPT`.
    pub run_attempt: String,
    /// `GITHUB_JOB`.
    pub job: String,
}

/// What stands for a variable of [`Job`] that is not set.
const UNSET: &str = "-";

impl Job {
    /// Reads the job from the runner's variables. `lookup` is [`std::env::var`] in all but name.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        // One word each, so that the sealed line has four.
        let word = |name| match lookup(name) {
            Some(value) if !value.is_empty() => value
                .chars()
                .map(|c| if c.is_ascii_graphic() { c } else { '?' })
                .collect(),
            _ => UNSET.to_owned(),
        };
        Self {
            repository: word("GITHUB_REPOSITORY"),
            run_id: word("GITHUB_RUN_ID"),
            run_attempt: word("GITHUB_RUN_ATTEMPT"),
            job: word("GITHUB_JOB"),
        }
    }

    /// Whether `here` contradicts this job. A variable that is not set contradicts nothing:
    /// a step may have cleared its environment.
    pub fn is_another_than(&self, here: &Self) -> bool {
        let Self {
            repository,
            run_id,
            run_attempt,
            job,
        } = self;
        [
            (repository, &here.repository),
            (run_id, &here.run_id),
            (run_attempt, &here.run_attempt),
            (job, &here.job),
        ]
        .into_iter()
        .any(|(sealed, here)| here != UNSET && sealed != here)
    }
}

pub(crate) fn unix_seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs())
}

pub(crate) fn from_unix_seconds(text: &str) -> Option<SystemTime> {
    // Digits alone: `parse` would take a `+`.
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten()?;
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
}
