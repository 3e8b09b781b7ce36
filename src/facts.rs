//! What GitHub says of a token. Plain data: no secret, no network.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};

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
    /// When it stops working.
    pub expiry: Expiry,
    /// The OAuth scopes, as GitHub lists them; kinds without scopes have none.
    pub scopes: Fact<BTreeSet<String>>,
    /// What it can do with the repositories that the policy names.
    pub repositories: BTreeMap<RepositoryName, RepositoryFacts>,
    /// How far GitHub's clock stands before this machine's.
    pub clock_ahead: SignedDuration,
}

/// Whether GitHub takes the token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Standing {
    /// It does.
    Accepted,
    /// It answered 401: wrong, expired or revoked, and it does not tell which.
    Refused,
    /// It answered 403, with these words of its own, shortened and harmless.
    Forbidden(String),
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
    /// GitHub has no way to tell it for this kind of token.
    NotTold,
    /// GitHub said something that cannot be read.
    Unreadable,
    /// GitHub named the present as the expiry of a token that it had just accepted.
    Unreliable,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeadersFiltered => "a proxy takes GitHub's headers out of its answers",
            Self::NoAnswer(reason) => reason,
            Self::NotTold => "GitHub does not tell",
            Self::Unreadable => "GitHub's answer cannot be read",
            Self::Unreliable => "GitHub names the present moment, which cannot be right",
        })
    }
}

/// What a token can do with one repository, as git's own probes found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RepositoryFacts {
    /// Whether git may fetch.
    pub fetch: Fact<Answer>,
    /// Whether git may push.
    pub push: Fact<Answer>,
}

/// GitHub's answer to a probe.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It may.
    Yes,
    /// It may not, in these words of GitHub's, shortened and harmless.
    Forbidden(String),
    /// GitHub shows the token no such repository, whether there is one or not.
    Invisible,
}

/// What a policy wants of a repository.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// The token must not reach it.
    None,
    /// The token must be able to fetch.
    Fetch,
    /// The token must be able to push.
    Push,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Fetch => "fetch",
            Self::Push => "push",
        })
    }
}

/// `OWNER/REPO`. GitHub overlooks the letters' case, and so does every comparison.
#[derive(Clone, Debug)]
pub struct RepositoryName(String);

impl RepositoryName {
    /// Reads `OWNER/REPO` in the characters that GitHub allows.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, repo) = text.split_once('/')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let good = |part: &str| {
            (1..=100).contains(&part.len())
                && part.bytes().all(plain)
                && part != "."
                && part != ".."
        };
        let git =
            repo.len() >= 4 && repo.as_bytes()[repo.len() - 4..].eq_ignore_ascii_case(b".git");
        (good(owner) && good(repo) && !git).then(|| Self(text.to_owned()))
    }

    /// `OWNER/REPO`, as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl PartialEq for RepositoryName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for RepositoryName {}

impl Ord for RepositoryName {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for RepositoryName {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_the_same_in_every_case() {
        let name = |text| RepositoryName::parse(text).unwrap();
        assert_eq!(name("Acme/Site"), name("acme/site"));
        assert_eq!(
            name("Acme/Site").cmp(&name("acme/site")),
            std::cmp::Ordering::Equal
        );
        assert_eq!(
            name("Acme/Site").to_string(),
            "Acme/Site",
            "shown as written"
        );
    }

    #[test]
    fn what_is_no_repository_is_refused() {
        for text in [
            "",
            "acme",
            "acme/",
            "/site",
            "a/b/c",
            "acme/..",
            "acme/site.git",
            "acme/*",
            "a b/c",
            "a/b\n",
        ] {
            assert!(RepositoryName::parse(text).is_none(), "{text:?}");
        }
    }
}
