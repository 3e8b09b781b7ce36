//! How GitHub words what an organisation refuses, to REST and to git.

use hyper::StatusCode;

use super::Lifetime;
use crate::account::Kind;
use crate::answer::{self, Answer};
use crate::server::Server;

/// An organisation's refusal of a token.
pub(crate) struct Refusal {
    organization: String,
    reason: Reason,
}

/// Why a token is refused.
pub(super) enum Reason {
    Sso(Kind),
    Classic,
    FineGrained,
    OAuth,
    NotListed(Option<String>),
    Lifetime(Lifetime, Kind),
}

impl Refusal {
    pub(super) fn new(organization: &str, reason: Reason) -> Self {
        Self {
            organization: organization.to_owned(),
            reason,
        }
    }

    /// The refusal as the API tells it, by a server at 'host'.
    pub(crate) fn rest(&self, server: &Server, host: &str) -> Answer {
        let site = server.site(host);
        let mut answer = answer::error(StatusCode::FORBIDDEN, &self.message(&site));
        if matches!(self.reason, Reason::Sso(_)) && !server.is_enterprise() {
            // recorded: the header's form, as GitHub documents it.
            let required = format!("required; url={}", self.sso_url(&site));
            answer::add_header(&mut answer, "X-GitHub-SSO", &required);
        }
        answer
    }

    /// The refusal as git shows it.
    pub(crate) fn git(&self, server: &Server, host: &str) -> Answer {
        let site = server.site(host);
        let message = match &self.reason {
            // recorded: GitHub's own texts, both for single sign-on.
            Reason::Sso(Kind::OAuth) => format!(
                "The '{}' organization has enabled or enforced SAML SSO.\n\
                 To access this repository, you must re-authorize the OAuth Application `octo-app`.\n",
                self.organization,
            ),
            Reason::Sso(_) => format!(
                "The '{}' organization has enabled or enforced SAML SSO.\n\
                 To access this repository, visit {} and try your request again.\n",
                self.organization,
                self.sso_url(&site),
            ),
            // recorded: GitHub's own text, seen in os-climate/os_c_data_commons #366.
            Reason::Classic => {
                "Personal access tokens (classic) are forbidden from accessing this repository."
                    .to_owned()
            }
            // After the one for classic tokens; no recording was found.
            Reason::FineGrained => {
                "Fine-grained personal access tokens are forbidden from accessing this repository."
                    .to_owned()
            }
            // No recording for git was found; the words are those of the API.
            Reason::OAuth | Reason::NotListed(_) | Reason::Lifetime(..) => self.message(&site),
        };
        answer::text(StatusCode::FORBIDDEN, message)
    }

    /// GitHub's own words in the API's answer.
    fn message(&self, site: &str) -> String {
        let organization = &self.organization;
        // recorded: each as published in an issue or a log; the grammar is GitHub's.
        match &self.reason {
            Reason::Sso(kind) => {
                let tokens = if *kind == Kind::OAuth {
                    "OAuth token"
                } else {
                    "Personal Access token"
                };
                format!(
                    "Resource protected by organization SAML enforcement. \
                     You must grant your {tokens} access to this organization."
                )
            }
            Reason::Classic => format!(
                "`{organization}` forbids access via a personal access token (classic). \
                 Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."
            ),
            Reason::FineGrained => format!(
                "`{organization}` forbids access via a personal access token with fine-grained permissions. \
                 Please use a GitHub App, or an OAuth App."
            ),
            Reason::OAuth => format!(
                "{CORRECT}, the `{organization}` organization has enabled OAuth App access restrictions, \
                 meaning that data access to third-parties is limited. For more information on these restrictions, \
                 including how to enable this app, \
                 visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"
            ),
            Reason::NotListed(address) => {
                let address = address.as_ref().map(|address| format!("{address} "));
                format!(
                    "{CORRECT}, the `{organization}` organization has an IP allow list enabled, \
                     and your IP address {}is not permitted to access this resource.",
                    address.unwrap_or_default(),
                )
            }
            Reason::Lifetime(lifetime, kind) => self.too_long(lifetime, *kind, site),
        }
    }

    fn too_long(&self, lifetime: &Lifetime, kind: Kind, site: &str) -> String {
        // recorded: seen in NixOS/org #247 and openSUSE/open-build-service #18402.
        let who = match &lifetime.enterprise {
            None => format!("'{}' organization", self.organization),
            Some(enterprise) => format!("'{enterprise}' enterprise"),
        };
        let (tokens, settings) = if kind == Kind::FineGrained {
            (
                "fine-grained personal access tokens",
                "personal-access-tokens",
            )
        } else {
            ("personal access tokens (classic)", "tokens")
        };
        let Lifetime { days, token_id, .. } = lifetime;
        format!(
            "The {who} forbids access via a {tokens} if the token's lifetime is greater than {days} days. \
             Please adjust your token's lifetime at the following URL: {site}/settings/{settings}/{token_id}"
        )
    }

    fn sso_url(&self, site: &str) -> String {
        let organization = &self.organization;
        format!("{site}/orgs/{organization}/sso?authorization_request=AFAKEREQUEST")
    }
}

/// How two of the texts begin.
const CORRECT: &str = "Although you appear to have the correct authorization credentials";
