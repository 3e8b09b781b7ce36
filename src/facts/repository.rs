//! A repository: its name, and what a token can do with it.

use std::fmt;

use super::{Fact, Refusal, Why};

/// What a token can do with one repository, as git's own probes found, and what the API tells
/// of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RepositoryFacts {
    /// Whether git may fetch.
    pub fetch: Fact<Answer>,
    /// Whether git may push.
    pub push: Fact<Answer>,
    /// Whether it is archived, so that nobody can push.
    pub archived: Fact<bool>,
    /// Who may see it.
    pub visibility: Fact<Visibility>,
    /// Its present name, where it has been renamed or has moved.
    pub renamed_to: Option<RepositoryName>,
}

impl RepositoryFacts {
    /// Nothing is known, for one reason.
    pub fn unknown(why: &Why) -> Self {
        Self {
            fetch: Fact::Unknown(why.clone()),
            push: Fact::Unknown(why.clone()),
            archived: Fact::Unknown(why.clone()),
            visibility: Fact::Unknown(why.clone()),
            renamed_to: None,
        }
    }
}

/// Who may see a repository.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// All members of the enterprise.
    Internal,
    /// Those who have been given access.
    Private,
    /// Anybody.
    Public,
}

impl Visibility {
    /// The visibility as GitHub writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Private => "private",
            Self::Public => "public",
        }
    }
}

/// GitHub's answer to a probe.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer {
    /// It may.
    Yes,
    /// It may not.
    Forbidden(Refusal),
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

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// The part behind the slash.
    pub fn repository(&self) -> &str {
        self.0.split('/').next_back().unwrap_or_default()
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
