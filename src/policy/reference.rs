//! Policies of other repositories: `OWNER/REPO/PATH@REF`.

use std::fmt;

use crate::facts::RepositoryName;

use super::rule::{Complaint, RuleName};

/// A file of a repository, at a commit, a branch or a tag.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reference {
    /// Whose.
    pub repository: RepositoryName,
    /// Where in it, without a slash in front.
    pub path: String,
    /// The commit, the branch or the tag.
    pub revision: String,
}

impl Reference {
    /// Reads `OWNER/REPO/PATH@REF`.
    pub fn parse(text: &str) -> Option<Self> {
        let (file, revision) = text.split_once('@')?;
        let mut parts = file.splitn(3, '/');
        let (owner, repository, path) = (parts.next()?, parts.next()?, parts.next()?);
        let repository = RepositoryName::parse(&format!("{owner}/{repository}"))?;
        (is_path(path) && is_revision(revision)).then(|| Self {
            repository,
            path: path.to_owned(),
            revision: revision.to_owned(),
        })
    }

    /// Whether what it names can change: anything but the whole hash of a commit can.
    pub fn can_move(&self) -> bool {
        let is_hash = matches!(self.revision.len(), 40 | 64)
            && self.revision.bytes().all(|byte| byte.is_ascii_hexdigit());
        !is_hash
    }
}

/// What there is to say of a file that is named by what can move.
pub(super) fn can_move(reference: &Reference) -> Complaint {
    Complaint::new(
        RuleName::PolicyMovableRef,
        format!("the policy `{reference}` is named by a branch or a tag, which can move"),
        "name a commit by its whole hash",
    )
}

fn is_path(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.split('/')
        .all(|part| !matches!(part, "" | "." | "..") && part.bytes().all(plain))
}

/// In the characters that most refs have; git takes more.
///
/// <https://git-scm.com/docs/git-check-ref-format>
fn is_revision(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./+".contains(&byte);
    text.split('/')
        .all(|part| !part.is_empty() && !part.starts_with('.'))
        && !text.starts_with('-')
        && !text.contains("..")
        && text.len() <= 250
        && text.bytes().all(plain)
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            repository,
            path,
            revision,
        } = self;
        write!(f, "{repository}/{path}@{revision}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_file_of_a_repository_at_a_revision() {
        for text in [
            "acme/.github/patgate.yml@v3",
            "acme/policies/ci/strict.yml@refs/heads/main",
            "acme/.github/patgate.yml@0123456789abcdef0123456789abcdef01234567",
        ] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "patgate.yml",
            "acme/.github/patgate.yml",
            "acme/.github@v3",
            "acme/.github/patgate.yml@",
            "acme/.github/../patgate.yml@v3",
            "acme/.github//patgate.yml@v3",
            "acme/.github/a b@v3",
            "acme/.github/patgate.yml@v3?x",
            "acme/.github/patgate.yml@../x",
            "acme/.github/patgate.yml@-x",
            "acme/.github/patgate.yml@v3@v4",
            "https://github.com/acme/x/y@v3",
        ] {
            assert_eq!(Reference::parse(text), None, "{text}");
        }
    }

    #[test]
    fn only_a_commit_stays_where_it_is() {
        let can_move = |revision: &str| {
            let text = format!("acme/.github/patgate.yml@{revision}");
            Reference::parse(&text).unwrap().can_move()
        };
        assert!(can_move("v3") && can_move("main") && can_move("0123456"));
        assert!(!can_move(&"0a".repeat(20)) && !can_move(&"0a".repeat(32)));
    }
}
