//! Why a phase could not finish. A denied token is not an error: it is a verdict.

use std::io;

use crate::input::InputError;
use crate::inspection::contents::ContentsError;
use crate::inspection::github::GitHubError;
use crate::inspection::mint::MintError;
use crate::inspection::transport::TransportError;
use crate::lease::LeaseError;
use crate::policy::{Home, NarrowError, PolicyError, Problem};
use crate::runner::path::NoSharedDirectory;
use crate::token::{AppError, TokenError};

use super::policy_file::MAX_BASES;

/// Why a phase could not finish.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The inputs of a GitHub App.
    #[error("{0}")]
    App(#[from] AppError),
    /// A signal asked the phase to stop.
    #[error("the run was cancelled")]
    Cancelled,
    /// One of the runner's files.
    #[error("cannot write the file that `{name}` names: {source}")]
    CommandFile {
        /// The variable.
        name: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The whole run took too long.
    #[error("the token could not be judged within {seconds} seconds")]
    Deadline {
        /// The bound.
        seconds: u64,
    },
    /// The process may open too few files.
    #[error("the process may open {limit} files at once, and patgate needs {needed}")]
    Descriptors {
        /// What it may.
        limit: u64,
        /// What it must.
        needed: u64,
    },
    /// The API failed.
    #[error("cannot inspect the token: {0}")]
    GitHub(#[from] GitHubError),
    /// The host's name of the lease's directory is not known.
    #[error("the runner does not tell where its temporary directory lies on the host")]
    HostTemp,
    /// The inputs.
    #[error("{0}")]
    Input(#[from] InputError),
    /// The log cannot be written.
    #[error("cannot write the log: {0}")]
    Io(#[from] io::Error),
    /// The lease.
    #[error("{0}")]
    Lease(#[from] LeaseError),
    /// The app has no token.
    #[error("{0}")]
    Mint(#[from] MintError),
    /// The inputs want more than the policy.
    #[error("{0}")]
    Narrow(#[from] NarrowError),
    /// Nothing that is in question for a gate is a token.
    #[error(
        "no token for the gate `{gate}` is usable; the first, in line {line} of the input `tokens`: {source}"
    )]
    NoCandidate {
        /// The gate.
        gate: String,
        /// The line of the first.
        line: usize,
        /// What is wrong with it.
        source: TokenError,
    },
    /// No directory to share.
    #[error("{0}")]
    NoSharedDirectory(#[from] NoSharedDirectory),
    /// The policy.
    #[error("cannot use the policy: {0}")]
    Policy(#[from] PolicyError),
    /// A policy extends itself in the end.
    #[error("the policy extends itself: {}", arrows(chain))]
    PolicyCircle {
        /// From the policy to the base that was there before.
        chain: Vec<String>,
    },
    /// A chain of bases is too long.
    #[error(
        "the policy has more than {MAX_BASES} bases, one upon the other: {}",
        arrows(chain)
    )]
    PolicyDepth {
        /// From the policy to the base that is one too many.
        chain: Vec<String>,
    },
    /// A policy of another repository cannot be had.
    #[error("cannot fetch the policy `{policy}`: {source}")]
    PolicyFetch {
        /// Its reference.
        policy: String,
        /// Why.
        source: ContentsError,
    },
    /// The policy that the input names is not there.
    #[error("there is no policy file `{path}` in the workspace")]
    PolicyMissing {
        /// As the input has it.
        path: String,
    },
    /// The policy's path leads elsewhere.
    #[error("the policy's path `{path}` leads out of the workspace")]
    PolicyPath {
        /// As the input has it.
        path: String,
    },
    /// The policy cannot be read.
    #[error("cannot read the policy file `{path}`: {source}")]
    PolicyRead {
        /// As the input has it.
        path: String,
        /// The system's answer.
        source: io::Error,
    },
    /// The input `policy` is neither a path nor a reference.
    #[error("the input `policy` has an `@` in it, and is not `OWNER/REPO/PATH@REF`")]
    PolicyReference,
    /// There is nothing to fetch a policy with.
    #[error(
        "the policy `{policy}` is in another repository, and the input `github-token` holds no token to fetch it with"
    )]
    PolicyToken {
        /// Its reference.
        policy: String,
    },
    /// The system refuses what every program needs.
    #[error("cannot start: {0}")]
    Start(io::Error),
    /// The input `timeout` is something else.
    #[error("the input `timeout` is no span of time from `5s` to `10m`")]
    Timeout,
    /// The token.
    #[error("the token is unusable: {0}")]
    Token(#[from] TokenError),
    /// The HTTP client.
    #[error("{0}")]
    Transport(#[from] TransportError),
}

/// An error as people read it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// What is wrong, and what to do.
    pub message: String,
    /// The file and the place that caused it: `(file, line, column)`.
    pub place: Option<(String, usize, usize)>,
    /// Those lines with a caret.
    pub excerpt: Option<String>,
}

impl Error {
    /// Whether it is for the token's account alone: its requests are used up.
    pub(super) fn is_of_the_account(&self) -> bool {
        matches!(
            self,
            Self::GitHub(GitHubError::Exhausted { .. } | GitHubError::Limited { .. })
        )
    }

    /// What to do about it.
    pub(super) fn help(&self) -> String {
        let help = match self {
            Self::App(error) => error.help(),
            Self::Mint(error) => return error.help(),
            Self::Timeout => "write it as `60s` or `2m`",
            Self::Cancelled => "run the job again",
            Self::CommandFile { .. } => {
                "check that the runner's temporary directory has room and can be written"
            }
            Self::Deadline { .. } => {
                "run the step again, or give it more with the input `timeout`; GitHub's status page and the runner's network tell more"
            }
            Self::Descriptors { .. } => {
                "raise the limit for open files of the runner's containers, `ulimit -n`"
            }
            Self::GitHub(error) => error.help(),
            Self::HostTemp => "leave the input `host-temp` as it is",
            Self::Input(error) => error.help(),
            Self::Io(_) => "run the step again",
            Self::Start(_) => "check the limits and the rights of the runner's containers",
            Self::Lease(error) => error.help(),
            Self::Narrow(error) => error.help(),
            Self::NoSharedDirectory(_) => "use GitHub's runner, or act in container mode",
            Self::Policy(error) => error.help(),
            Self::PolicyCircle { .. } => "take the line `extends` out of one of these",
            Self::PolicyDepth { .. } => "join some of these in one",
            Self::PolicyFetch { source, .. } => return source.help(),
            Self::PolicyMissing { .. } => {
                "check out the repository before this step, or correct the path"
            }
            Self::PolicyPath { .. } => "give a path in the workspace, without `..`",
            Self::PolicyRead { .. } => "check that it is a text file",
            Self::PolicyReference => {
                "write it as `acme/.github/patgate.yml@v3`: a file of a repository, and a branch, a tag or a commit; a path in \
                 the workspace has no `@`"
            }
            Self::PolicyToken { .. } => {
                "leave the input out for the job's own token; where there is none, as with act, give one that may read the \
                 repository"
            }
            Self::NoCandidate { source, .. } => source.help(),
            Self::Token(error) => error.help(),
            Self::Transport(error) => error.help(),
        };
        help.to_owned()
    }

    /// The error as people read it, each of a policy's problems by itself.
    pub fn explain(&self) -> Vec<Explanation> {
        let alone = || Explanation {
            message: format!("{self}; {}", self.help()),
            place: None,
            excerpt: None,
        };
        match self {
            Self::Policy(error) if !error.problems().is_empty() => error
                .problems()
                .iter()
                .map(|problem| Explanation::of(problem, error.help()))
                .collect(),
            _ => vec![alone()],
        }
    }
}

impl Explanation {
    /// A problem of a policy. `help` is for those that have none of their own.
    pub(super) fn of(problem: &Problem, help: &str) -> Self {
        let what = match problem.advice() {
            None if !problem.is_warning() => format!("{}; {help}", problem.message),
            Some(_) | None => problem.line(),
        };
        let at = &problem.at;
        let place = (at.file().to_owned(), at.line(), at.column());
        let is_shown = at.home() == Home::Workspace;
        // GitHub shows an annotation in a file of the repository alone.
        let policy = if is_shown {
            "the policy".to_owned()
        } else {
            format!("{}, line {}", named(at.file()), at.line())
        };
        Self {
            message: if problem.is_warning() {
                format!("{policy} is doubtful: {what}")
            } else {
                format!("cannot use {policy}: {what}")
            },
            place: is_shown.then_some(place),
            excerpt: Some(problem.snippet()),
        }
    }
}

fn arrows(chain: &[String]) -> String {
    let names: Vec<_> = chain.iter().map(|name| format!("`{name}`")).collect();
    names.join(" → ")
}

/// A policy, as the middle of a sentence. Some have a name that says what they are.
pub(super) fn named(policy: &str) -> String {
    if policy.contains('`') {
        policy.to_owned()
    } else {
        format!("the policy `{policy}`")
    }
}
