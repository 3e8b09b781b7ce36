//! Why GitHub refuses: its answers, each with what a person does about it.
//!
//! <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>

use std::fmt;

use super::TokenKind;

/// A refusal of GitHub's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// What it comes from.
    pub cause: Cause,
    /// GitHub's words, shortened and harmless.
    pub said: String,
}

/// What a refusal comes from. Names in it are GitHub's, shortened and harmless.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cause {
    /// Only an administrator of the repository may ask this.
    AdministratorsOnly,
    /// The repository is archived.
    Archived,
    /// GitHub has blocked the repository.
    Blocked {
        /// GitHub's word for why, such as `dmca`.
        reason: Option<String>,
    },
    /// The organization lets in listed addresses only.
    IpAllowList {
        /// The organization.
        organization: Option<String>,
        /// The address that GitHub saw.
        address: Option<String>,
    },
    /// The organization forbids tokens of this kind.
    KindForbidden {
        /// The organization.
        organization: Option<String>,
        /// The kind.
        kind: TokenKind,
    },
    /// The organization or enterprise forbids tokens that live this long in all.
    Lifetime {
        /// `organization` or `enterprise`, and its name.
        holder: String,
        /// The longest life, in days.
        days: u32,
        /// The token's page, where its end can be set.
        page: Option<String>,
    },
    /// Too many wrong credentials came from here.
    LoginLimit,
    /// The token has no permission to the repository's contents.
    NoContents,
    /// The token's owner may not push.
    NoPush {
        /// Under which login GitHub knows it.
        login: String,
    },
    /// The token lacks a permission.
    NotGranted,
    /// The organization has not approved the token's OAuth app.
    OAuthRestricted {
        /// The organization.
        organization: Option<String>,
    },
    /// The organization demands single sign-on.
    Sso {
        /// Where the owner authorizes the token, for an hour.
        page: Option<String>,
    },
    /// The account is suspended.
    SuspendedAccount,
    /// The installation of the app is suspended.
    SuspendedInstallation,
    /// None that is known.
    Other,
}

impl Refusal {
    /// The page that mends it, where GitHub names one.
    pub fn page(&self) -> Option<&str> {
        match &self.cause {
            Cause::Lifetime { page, .. } | Cause::Sso { page } => page.as_deref(),
            Cause::AdministratorsOnly
            | Cause::Archived
            | Cause::Blocked { .. }
            | Cause::IpAllowList { .. }
            | Cause::KindForbidden { .. }
            | Cause::LoginLimit
            | Cause::NoContents
            | Cause::NoPush { .. }
            | Cause::NotGranted
            | Cause::OAuthRestricted { .. }
            | Cause::SuspendedAccount
            | Cause::SuspendedInstallation
            | Cause::Other => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match &self.cause {
            Cause::AdministratorsOnly => {
                "use a token of an administrator, or do without what asks for it".to_owned()
            }
            Cause::Archived => {
                "unarchive the repository in its settings, or ask for `fetch` in the policy"
                    .to_owned()
            }
            Cause::Blocked { .. } => {
                "ask GitHub's support; no token opens a blocked repository".to_owned()
            }
            Cause::IpAllowList { .. } => {
                "have an owner of the organization put the runner's address on its allow list, or use a runner that is on it"
                    .to_owned()
            }
            Cause::KindForbidden { kind, .. } => match kind {
                TokenKind::Classic | TokenKind::Legacy => {
                    "use a fine-grained token, or a GitHub App with `client-id` and `private-key`".to_owned()
                }
                TokenKind::FineGrained
                | TokenKind::Installation
                | TokenKind::OAuth
                | TokenKind::UserToServer => {
                    "use a GitHub App, with `client-id` and `private-key`".to_owned()
                }
            },
            Cause::Lifetime { days, page, .. } => match page {
                Some(page) => format!("give the token an earlier end, at {page}"),
                None => format!("make a token that lives at most {days} days in all"),
            },
            Cause::LoginLimit => {
                "wait some minutes, and find the job that sends a wrong token again and again".to_owned()
            }
            Cause::NoContents => {
                "give the token the permission `contents` for this repository: `read` to fetch, `write` to push".to_owned()
            }
            Cause::NoPush { .. } => {
                "give the token the permission `contents: write` or the scope `repo`, and its owner the right to push".to_owned()
            }
            Cause::NotGranted => "give the token the permission in its owner's settings".to_owned(),
            Cause::OAuthRestricted { .. } => {
                "have an owner of the organization approve the app, or use a token of another kind".to_owned()
            }
            Cause::Sso { page } => match page {
                Some(page) => format!(
                    "authorize the token as its owner, within the hour, at {page}"
                ),
                None => {
                    "authorize the token for the organization: `Configure SSO` beside it in its owner's settings"
                        .to_owned()
                }
            },
            Cause::SuspendedAccount => {
                "ask an administrator of this GitHub, or use a token of another account".to_owned()
            }
            Cause::SuspendedInstallation => {
                "have an owner of the account end the suspension in its settings, under `GitHub Apps`".to_owned()
            }
            Cause::Other => {
                "ask an owner of the organization, or make a token of the kind that its rules allow".to_owned()
            }
        }
    }
}

/// What is wrong, as the second half of a sentence.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cause, said } = self;
        match cause {
            Cause::AdministratorsOnly => {
                write!(f, "only an administrator of the repository may ask this")
            }
            Cause::Archived => write!(f, "the repository is archived, and nobody can push to it"),
            Cause::Blocked { reason } => {
                write!(f, "GitHub has blocked the repository")?;
                reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(f, ", for `{reason}`"))
            }
            Cause::IpAllowList {
                organization,
                address,
            } => {
                let address = address
                    .as_ref()
                    .map(|address| format!(" `{address}`"))
                    .unwrap_or_default();
                write!(
                    f,
                    "{} lets in listed addresses only, and this runner's{address} is not one of them",
                    named(organization.as_ref()),
                )
            }
            Cause::KindForbidden { organization, kind } => {
                write!(f, "{} forbids every {kind}", named(organization.as_ref()))
            }
            Cause::Lifetime { holder, days, .. } => write!(
                f,
                "the {holder} forbids tokens that live longer than {days} days from their making to their end, as those do that never expire",
            ),
            Cause::LoginLimit => write!(
                f,
                "too many wrong credentials came from this account or address, so that GitHub refuses even good ones for a while",
            ),
            Cause::NoContents => write!(
                f,
                "the token has not the permission for the repository's contents that this takes"
            ),
            Cause::NoPush { login } => write!(f, "GitHub denies it to `{login}`"),
            Cause::NotGranted => {
                write!(f, "the token lacks the permission, and GitHub says {said}")
            }
            Cause::OAuthRestricted { organization } => write!(
                f,
                "{} restricts OAuth apps, and has not approved the one that the token is of",
                named(organization.as_ref()),
            ),
            Cause::Sso { .. } => write!(
                f,
                "the organization demands single sign-on, and the token is not authorized for it"
            ),
            Cause::SuspendedAccount => write!(f, "the account of the token is suspended"),
            Cause::SuspendedInstallation => write!(f, "the installation of the app is suspended"),
            Cause::Other => write!(f, "GitHub says {said}"),
        }
    }
}

fn named(organization: Option<&String>) -> String {
    organization.map_or_else(
        || "the organization".to_owned(),
        |name| format!("the organization `{name}`"),
    )
}
