//! The GitHub API, as far as patgate needs it. The only file that knows octocrab.

use std::error::Error as StdError;
use std::sync::Arc;

use http::header::ACCEPT;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use crate::facts::{Fact, Standing, Why};
use crate::token::Token;

use super::quote::{cause, quote};

/// No answer that is asked for here is longer.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// A client that speaks as one token.
#[derive(Debug)]
pub struct GitHub {
    client: Octocrab,
    api_url: String,
    secret: SecretString,
}

/// What the first question brings.
#[derive(Debug)]
pub struct Asked {
    /// Whether GitHub takes the token.
    pub standing: Standing,
    /// Whose it is.
    pub owner: Fact<String>,
    /// The answer's headers.
    pub headers: HeaderMap,
}

#[derive(Deserialize)]
struct User {
    login: String,
}

#[derive(Deserialize)]
struct InstallationRepositories {
    repositories: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    owner: User,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl GitHub {
    /// A client for the API at `api_url`, over `http`. Must be called inside a runtime.
    pub fn new(http: &reqwest::Client, api_url: &str, token: &Token) -> Result<Self, GitHubError> {
        let base: Uri = api_url.parse().map_err(|_| GitHubError::Url)?;
        let bearer = format!("Bearer {}", token.secret().expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| GitHubError::Url)?;
        bearer.set_sensitive(true);
        let accept = HeaderValue::from_static("application/vnd.github+json");
        let build = OctocrabBuilder::new_empty()
            .with_service(ReqwestConnector::new(http.clone()))
            .with_layer(&ExtraHeadersLayer::new(Arc::new(vec![(ACCEPT, accept)])))
            .with_layer(&BaseUriLayer::new(base.clone()))
            // octocrab's own token handling knows github.com alone.
            .with_layer(&AuthHeaderLayer::new(Some(bearer), base.clone(), base))
            .with_auth(AuthState::None)
            .build();
        Ok(Self {
            client: match build {
                Ok(client) => client,
                Err(never) => match never {},
            },
            api_url: api_url.to_owned(),
            secret: token.secret().clone(),
        })
    }

    /// Asks whom the token acts for: `GET /user`.
    pub async fn user(&self) -> Result<Asked, GitHubError> {
        self.ask("/user", |User { login }| Fact::Known(login)).await
    }

    /// Asks on which account the app is installed: `GET /installation/repositories`, since an
    /// installation token has no user.
    pub async fn installation(&self) -> Result<Asked, GitHubError> {
        self.ask(
            "/installation/repositories?per_page=1",
            |answer: InstallationRepositories| match answer.repositories.into_iter().next() {
                Some(Repository { owner }) => Fact::Known(owner.login),
                None => Fact::Unknown(Why::NotTold),
            },
        )
        .await
    }

    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        owner: impl FnOnce(T) -> Fact<String>,
    ) -> Result<Asked, GitHubError> {
        let answer = self.get(path).await?;
        let (standing, owner) = match answer.status {
            StatusCode::OK => match serde_json::from_slice(&answer.body) {
                Ok(told) => (Standing::Accepted, owner(told)),
                Err(_) => return Err(self.not_github(&answer)),
            },
            status if status.is_server_error() => {
                let status = status.as_u16();
                return Err(GitHubError::Unavailable { status });
            }
            _ => (self.refusal(&answer)?, Fact::Unknown(Why::NotTold)),
        };
        Ok(Asked {
            standing,
            owner,
            headers: answer.headers,
        })
    }

    /// What an answer other than yes says of the token, if it speaks of the token at all.
    fn refusal(&self, answer: &Answer) -> Result<Standing, GitHubError> {
        // A person at GitHub's own pages gets HTML; so does one whom a proxy stops.
        let Message { message } =
            serde_json::from_slice(&answer.body).map_err(|_| self.not_github(answer))?;
        let said = quote(&message, &self.secret);
        match answer.status {
            StatusCode::UNAUTHORIZED => Ok(Standing::Refused),
            _ if is_limit(answer.status, &answer.headers, &said) => {
                Err(GitHubError::Limited { said })
            }
            StatusCode::FORBIDDEN => Ok(Standing::Forbidden(said)),
            status => Err(GitHubError::Status {
                status: status.as_u16(),
                said,
            }),
        }
    }

    fn not_github(&self, answer: &Answer) -> GitHubError {
        GitHubError::NotGitHub {
            status: answer.status.as_u16(),
            api_url: self.api_url.clone(),
        }
    }

    async fn get(&self, path: &str) -> Result<Answer, GitHubError> {
        tracing::debug!("GET {}{path}", self.api_url);
        let response = self
            .client
            ._get(path)
            .await
            .map_err(|error| self.unreachable(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_BODY)
            .collect()
            .await
            .map_err(|error| self.unreachable(&*error))?;
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.to_bytes().to_vec(),
        })
    }

    /// octocrab's own words carry a backtrace; the innermost cause has none.
    fn unreachable(&self, error: &(dyn StdError + 'static)) -> GitHubError {
        GitHubError::Unreachable {
            api_url: self.api_url.clone(),
            reason: cause(error, &self.secret),
        }
    }
}

/// Whether a refusal speaks of how much was asked, not of the token.
fn is_limit(status: StatusCode, headers: &HeaderMap, said: &str) -> bool {
    let said = said.to_ascii_lowercase();
    status == StatusCode::TOO_MANY_REQUESTS
        || headers
            .get("x-ratelimit-remaining")
            .is_some_and(|left| left == "0")
        || headers.contains_key("retry-after")
        || ["rate limit", "abuse detection"]
            .iter()
            .any(|words| said.contains(words))
}

/// Why GitHub gave no facts. Quoted words are GitHub's, short and harmless.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GitHubError {
    /// It was asked too much.
    #[error("GitHub answers no more questions for now; it says: {said}")]
    Limited {
        /// Its words.
        said: String,
    },
    /// Something else answered.
    #[error(
        "what answers at `{api_url}` is not GitHub's API: HTTP {status} and no JSON of its form"
    )]
    NotGitHub {
        /// The API.
        api_url: String,
        /// The HTTP status.
        status: u16,
    },
    /// A status that this question does not have.
    #[error(
        "GitHub answers with HTTP {status}, which this question does not have; it says: {said}"
    )]
    Status {
        /// Its words.
        said: String,
        /// The HTTP status.
        status: u16,
    },
    /// GitHub has trouble of its own.
    #[error("GitHub is out of order: HTTP {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// No answer.
    #[error("cannot reach GitHub at `{api_url}`: {reason}")]
    Unreachable {
        /// The API.
        api_url: String,
        /// The innermost cause.
        reason: String,
    },
    /// No URL that the client takes.
    #[error("the API's URL is unusable")]
    Url,
}

impl GitHubError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Limited { .. } => {
                "run the step again later, or spread the jobs that use this token"
            }
            Self::NotGitHub { .. } => {
                "check `server-url` and `api-url`, and whether a proxy or a login page stands between"
            }
            Self::Status { .. } => "check `server-url` and `api-url`",
            Self::Unavailable { .. } => "run the step again; GitHub's status page tells more",
            Self::Unreachable { .. } => {
                "check the network, `HTTPS_PROXY` and its like, and for a private authority the input `ca-certificates`"
            }
            Self::Url => "check `api-url`",
        }
    }
}
