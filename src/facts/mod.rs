//! What GitHub says of a token. Plain data: no secret, no network.

mod glob;
mod pattern;
mod permission;
mod refusal;
mod repository;
mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

pub use glob::Glob;
pub use pattern::{Reach, RepositoryPattern};
pub use permission::{Grant, PermissionLevel, Permissions};
pub use refusal::{Cause, Refusal};
pub use repository::{Access, Answer, RepositoryFacts, RepositoryName, Visibility};
pub use run::RunFacts;

// A kind and a doubt are facts too; whoever judges facts needs no other door to them.
pub use crate::token::{Doubt, TokenKind};

/// Everything a policy may ask about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenFacts {
    /// What sort of token it is.
    pub kind: TokenKind,
    /// What looked wrong before GitHub was asked.
    pub doubts: Vec<Doubt>,
    /// Whether GitHub takes it.
    pub standing: Standing,
    /// Whose it is: the user it acts as, or the account an app is installed on.
    pub owner: Fact<String>,
    /// Under which login it acts: the owner's, or a bot's such as `github-actions[bot]`.
    pub actor: Fact<String>,
    /// When it stops working.
    pub expiry: Expiry,
    /// The OAuth scopes, as GitHub lists them; kinds without scopes have none.
    pub scopes: Fact<BTreeSet<String>>,
    /// The permissions, as far as they can be seen; kinds with scopes have none.
    pub permissions: Permissions,
    /// How many repositories it reaches.
    pub reach: Fact<TokenReach>,
    /// What it can do with the repositories that the policy names.
    pub repositories: BTreeMap<RepositoryName, RepositoryFacts>,
    /// The client id of the app that it was issued to, if it was.
    pub oauth_app: Option<String>,
    /// The version of the GitHub Enterprise Server that answered, if it was one.
    pub enterprise: Option<String>,
    /// How far GitHub's clock stands before this machine's.
    pub clock_ahead: SignedDuration,
}

impl TokenFacts {
    /// A token that GitHub takes, and of which nothing else is known.
    pub fn unknown(kind: TokenKind) -> Self {
        Self {
            kind,
            doubts: Vec::new(),
            standing: Standing::Accepted,
            owner: Fact::Unknown(Why::NotTold),
            actor: Fact::Unknown(Why::NotTold),
            expiry: Expiry::Unknown(Why::NotTold),
            scopes: Fact::Unknown(Why::NotTold),
            permissions: Permissions::unknown(Why::NotTold),
            reach: Fact::Unknown(Why::NotTold),
            repositories: BTreeMap::new(),
            oauth_app: None,
            enterprise: None,
            clock_ahead: SignedDuration::ZERO,
        }
    }

    /// Whether it is the token that Actions makes for each job.
    pub fn is_github_token(&self) -> bool {
        self.kind == TokenKind::Installation
            && matches!(&self.actor, Fact::Known(login) if login == "github-actions[bot]")
    }
}

/// The repositories that a token reaches.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenReach {
    /// How many there are at present.
    pub count: u64,
    /// Whether they are all of the account's, later ones included.
    pub all: bool,
}

/// Whether GitHub takes the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It does.
    Accepted,
    /// It answered 401: wrong, expired or revoked, and it does not tell which.
    Refused,
    /// It answered 403.
    Forbidden(Refusal),
}

/// When a token stops working. Not knowing is not the same as never.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expiry {
    /// GitHub named the instant.
    At(Timestamp),
    /// GitHub said nothing, and this kind of token then has no end.
    Never,
    /// GitHub said nothing that can be relied on.
    Unknown(Why),
    /// GitHub said nothing, and this kind of token lives no longer than to this instant.
    Within(Timestamp),
}

/// Something that GitHub told, or not.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Fact<T> {
    /// It told.
    Known(T),
    /// It did not.
    Unknown(Why),
}

/// Why something is not known.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Why {
    /// Even the headers that every answer of GitHub's has are missing.
    HeadersFiltered,
    /// The answer came to nothing, for this reason, shortened and harmless.
    NoAnswer(String),
    /// The payload of the run's event does not tell where the commits come from.
    NoHead,
    /// The payload of the run's event is not there, or cannot be read.
    NoPayload,
    /// GitHub left organizations out of its answer, for which the token is not authorized.
    Partial,
    /// The runner does not set this variable.
    NotSet(&'static str),
    /// GitHub has no way to tell it for this kind of token.
    NotTold,
    /// The repository is public: anybody may read it.
    Public,
    /// GitHub said something that cannot be read.
    Unreadable,
    /// GitHub named the present as the expiry of a token that it had just accepted.
    Unreliable,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match self {
            Self::HeadersFiltered => "a proxy takes GitHub's headers out of its answers",
            Self::NoAnswer(reason) => reason,
            Self::NoHead => {
                "the payload of the event does not tell from which repository the commits come"
            }
            Self::NoPayload => "the payload of the event is missing, or cannot be read",
            Self::NotSet(variable) => return write!(f, "the runner does not set `{variable}`"),
            Self::NotTold => "GitHub does not tell",
            Self::Partial => {
                "GitHub leaves out organizations that demand single sign-on and have not authorized the token"
            }
            Self::Public => "the repository is public, so that a read proves nothing",
            Self::Unreadable => "GitHub's answer cannot be read",
            Self::Unreliable => "GitHub names the present moment, which cannot be right",
        };
        f.write_str(words)
    }
}
