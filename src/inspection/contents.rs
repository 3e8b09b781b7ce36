//! A file of a repository, such as a policy that others share.
//!
//! <https://docs.github.com/en/rest/repos/contents#get-repository-content>

use secrecy::SecretString;
use serde_json::Value;

use crate::facts::{Cause, Refusal, RepositoryName};

use super::github::{Break, Content, GitHub, GitHubError, Question, Said};
use super::patience::Patience;

/// As long as a policy may be. What is longer is not read to its end.
const MAX_LEN: usize = 256 * 1024;

/// Where a file lies.
#[derive(Clone, Copy, Debug)]
pub struct FileAt<'a> {
    /// The repository.
    pub repository: &'a RepositoryName,
    /// The path in it, without a slash in front.
    pub path: &'a str,
    /// The commit, the branch or the tag.
    pub revision: &'a str,
}

/// Fetches a text file from the API at `api_url`, with `token`. Must be called inside a runtime.
pub async fn fetch(
    file: FileAt<'_>,
    (http, api_url): (&reqwest::Client, &str),
    token: &SecretString,
    patience: &Patience,
) -> Result<String, ContentsError> {
    let github = GitHub::for_files((http, api_url), token, patience, MAX_LEN)?;
    let FileAt {
        repository,
        path,
        revision,
    } = file;
    let question = Question::get(github.path(&format!(
        "/repos/{repository}/contents/{}?ref={}",
        encoded(path),
        encoded(revision)
    )));
    let bytes = match github.ask_for_file(question).await? {
        Said::Yes(Content::File(bytes)) => bytes,
        Said::Yes(Content::Other(other)) => return Err(no_file(&other)),
        Said::Unauthorized(said) => return Err(ContentsError::Unauthorized { said }),
        Said::Forbidden(refusal) if refusal.said.contains("too large") => {
            return Err(ContentsError::TooLong);
        }
        Said::Forbidden(refusal) => return Err(ContentsError::Refused(refusal)),
        Said::NotFound(said) | Said::Other { status: 422, said } if is_of_revision(&said) => {
            return Err(ContentsError::NoRevision {
                repository: repository.clone(),
                revision: revision.to_owned(),
            });
        }
        Said::NotFound(_) => {
            return Err(ContentsError::NotFound {
                repository: repository.clone(),
            });
        }
        Said::Other { status, said } => return Err(GitHubError::Status { status, said }.into()),
    };
    let text = String::from_utf8(bytes).map_err(|_| ContentsError::NotText)?;
    if text.trim().is_empty() {
        return Err(ContentsError::Empty);
    }
    Ok(text)
}

/// `text` in a path or a query. A slash is itself in both.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte: u8| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

/// `No commit found for the ref REF`: the repository is there, and may be seen.
fn is_of_revision(said: &str) -> bool {
    said.to_ascii_lowercase()
        .contains("no commit found for the ref")
}

/// What GitHub describes in place of a file: a list is a directory.
fn no_file(described: &Value) -> ContentsError {
    match (described, described["type"].as_str()) {
        (Value::Array(_), _) | (_, Some("dir")) => ContentsError::Directory,
        (_, Some("symlink")) => ContentsError::Link,
        (_, Some("submodule")) => ContentsError::Submodule,
        _ => ContentsError::NotRaw,
    }
}

/// Why a file cannot be had. Quoted words are GitHub's, short and harmless.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ContentsError {
    /// A directory lies there.
    #[error("a directory lies there, and no file")]
    Directory,
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// GitHub does not answer.
    #[error("{0}")]
    GitHub(GitHubError),
    /// A link lies there that leads to no file of the repository.
    #[error("a link lies there that leads to no file of the repository")]
    Link,
    /// The repository has no such commit, branch or tag.
    #[error("`{repository}` has no branch, tag or commit `{revision}`")]
    NoRevision {
        /// The repository.
        repository: RepositoryName,
        /// The revision.
        revision: String,
    },
    /// Not there, or not to be seen.
    #[error("GitHub shows no such file to the token in `github-token`")]
    NotFound {
        /// The repository.
        repository: RepositoryName,
    },
    /// GitHub describes the file, and does not send it.
    #[error("GitHub's answer is not the file itself")]
    NotRaw,
    /// It is no text.
    #[error("the file is not UTF-8")]
    NotText,
    /// GitHub refuses.
    #[error("GitHub refuses the token in `github-token`: {0}")]
    Refused(Refusal),
    /// A submodule lies there.
    #[error("a submodule lies there, and no file")]
    Submodule,
    /// No policy is so long.
    #[error("the file is longer than 256 KiB")]
    TooLong,
    /// The token is none that works.
    #[error("GitHub does not take the token in `github-token`; it says: {said}")]
    Unauthorized {
        /// Its words.
        said: String,
    },
}

impl From<GitHubError> for ContentsError {
    fn from(error: GitHubError) -> Self {
        match error {
            GitHubError::Unreachable {
                why: Break::TooLong,
                ..
            } => Self::TooLong,
            error => Self::GitHub(error),
        }
    }
}

impl ContentsError {
    /// What to do about it.
    pub fn help(&self) -> String {
        let help = match self {
            Self::Directory | Self::Link | Self::Submodule => {
                "name the policy file itself behind the repository: `OWNER/REPO/PATH@REF`"
            }
            Self::Empty | Self::NotText => "name a policy file: a text in YAML",
            Self::GitHub(error) => of_own_github(error),
            Self::NoRevision { .. } => "correct what stands behind the `@`",
            Self::NotFound { repository } => {
                return format!(
                    "correct the repository, the path or the ref; the job's own token sees no private repository but its \
                     own: if `{repository}` is another one, give a token with `contents: read` for it in `github-token`, or \
                     make it public"
                );
            }
            Self::NotRaw => {
                "check whether a proxy changes the header `Accept`, or keep the policy in the workspace"
            }
            Self::Refused(refusal) => match refusal.cause {
                Cause::NotGranted | Cause::NoContents => {
                    "give the job `permissions: { contents: read }`, or a token that has it for this repository in \
                     `github-token`"
                }
                Cause::KindForbidden { .. } => {
                    "give a token in `github-token` that the organization allows, such as a GitHub App's"
                }
                _ => return refusal.help(),
            },
            Self::TooLong => "name a policy file; none is so long",
            Self::Unauthorized { .. } => {
                "leave `github-token` out for the job's own token, or give one of the GitHub that runs the job, which has \
                 not ended"
            }
        };
        help.to_owned()
    }
}

/// The same as elsewhere, but for what blames inputs: this is asked of the GitHub that runs the
/// job, which the runner names.
fn of_own_github(error: &GitHubError) -> &'static str {
    match error {
        GitHubError::Circle { .. }
        | GitHubError::Moved { .. }
        | GitHubError::NotGitHub { .. }
        | GitHubError::Status { .. }
        | GitHubError::Url => {
            "check `GITHUB_API_URL`, which the runner sets, and whether a proxy or a login page stands between"
        }
        GitHubError::ApiVersion { .. } => "use a newer patgate",
        GitHubError::Unreachable { why, .. } => match why {
            Break::Name => {
                "correct the name server of this machine; behind a proxy, set `HTTPS_PROXY`"
            }
            Break::Refused => {
                "check whether the server is up, and the proxy in `HTTPS_PROXY`, if one is set"
            }
            Break::OtherHost { .. } => "correct the server's certificate",
            _ => error.help(),
        },
        _ => error.help(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_url_would_read_otherwise_is_encoded() {
        assert_eq!(encoded("ci/patgate.yml"), "ci/patgate.yml");
        assert_eq!(encoded("v1+2"), "v1%2B2");
        assert_eq!(encoded("é b?&#%"), "%C3%A9%20b%3F%26%23%25");
    }

    #[test]
    fn what_is_no_file_is_told_apart() {
        for (described, error) in [
            ("[]", ContentsError::Directory),
            (r#"{ "type": "dir" }"#, ContentsError::Directory),
            (r#"{ "type": "symlink" }"#, ContentsError::Link),
            (r#"{ "type": "submodule" }"#, ContentsError::Submodule),
            (
                r#"{ "type": "file", "content": "" }"#,
                ContentsError::NotRaw,
            ),
            ("7", ContentsError::NotRaw),
        ] {
            assert_eq!(no_file(&serde_json::from_str(described).unwrap()), error);
        }
    }
}
