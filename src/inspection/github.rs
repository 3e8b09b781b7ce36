//! The GitHub API, as far as patgate needs it. The only file that knows octocrab.

use std::error::Error as StdError;
use std::sync::Arc;

use http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use octocrab::service::middleware::auth_header::AuthHeaderLayer;
use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::service::middleware::extra_headers::ExtraHeadersLayer;
use octocrab::service::middleware::reqwest_connector::ReqwestConnector;
use octocrab::{AuthState, Octocrab, OctocrabBuilder};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::Value;

use crate::facts::{Cause, Refusal};

use super::breaks;
use super::doctor::{self, No};
use super::patience::{Again, Patience, Repeat};
use super::quote::{self, quote};

pub use super::trouble::{Break, GitHubError};

/// No answer that is asked for here is longer.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// What the API answers in.
const JSON: &str = "application/vnd.github+json";

/// What it answers in of a file: the file itself.
///
/// <https://docs.github.com/en/rest/repos/contents#get-repository-content>
const RAW: &str = "application/vnd.github.raw+json";

/// A repository that was renamed twice has moved twice.
const MAX_MOVES: usize = 3;

/// A client that speaks with one secret: a token, or an app's JWT.
#[derive(Debug)]
pub struct GitHub<'a> {
    client: Octocrab,
    api_url: String,
    /// Where the API lies, without its path.
    origin: String,
    secret: SecretString,
    patience: &'a Patience,
    /// How long a file may be, for a client that asks for files.
    max_file: Option<usize>,
}

/// One question, or command.
pub(super) struct Question<'a> {
    method: Method,
    /// From the API's own path on, or from the origin's.
    path: String,
    body: Option<&'a Value>,
    repeat: Repeat,
}

impl<'a> Question<'a> {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
            repeat: Repeat::Always,
        }
    }

    /// A question that is asked in a body: it reads, whatever its method says.
    pub(super) fn query(path: impl Into<String>, body: &'a Value) -> Self {
        Self {
            method: Method::POST,
            body: Some(body),
            ..Self::get(path)
        }
    }

    /// A command that makes something.
    pub(super) fn post(path: impl Into<String>, body: &'a Value) -> Self {
        Self {
            repeat: Repeat::IfUnsent,
            ..Self::query(path, body)
        }
    }

    /// A command that is as good twice as once.
    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self {
            method: Method::DELETE,
            ..Self::get(path)
        }
    }
}

/// GitHub's answer, and its headers.
#[derive(Debug)]
pub(super) struct Reply<T> {
    pub(super) headers: HeaderMap,
    pub(super) said: Said<T>,
}

/// What GitHub has at a path.
#[derive(Debug)]
pub(super) enum Content {
    /// A file, or what a link to one leads to.
    File(Vec<u8>),
    /// Something else, which it describes.
    Other(Value),
}

/// What GitHub answers.
#[derive(Debug)]
pub(super) enum Said<T> {
    /// What was asked for.
    Yes(T),
    /// 401, in these words.
    Unauthorized(String),
    /// 403, or 451.
    Forbidden(Refusal),
    /// 404, in these words: not there, or not to be seen.
    NotFound(String),
    /// Another status.
    Other { status: u16, said: String },
}

#[derive(Debug, Deserialize)]
struct Message {
    message: String,
    #[serde(default)]
    block: Option<Block>,
}

#[derive(Debug, Deserialize)]
struct Block {
    reason: Option<String>,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl<'a> GitHub<'a> {
    /// A client for the API at `api_url`, over `http`. Must be called inside a runtime.
    pub fn new(
        http: &reqwest::Client,
        api_url: &str,
        secret: &SecretString,
        patience: &'a Patience,
    ) -> Result<Self, GitHubError> {
        Self::accepting(JSON, (http, api_url), secret, patience)
    }

    /// A client that asks for files, none of them longer than `max_file`.
    pub(super) fn for_files(
        (http, api_url): (&reqwest::Client, &str),
        secret: &SecretString,
        patience: &'a Patience,
        max_file: usize,
    ) -> Result<Self, GitHubError> {
        Ok(Self {
            max_file: Some(max_file),
            ..Self::accepting(RAW, (http, api_url), secret, patience)?
        })
    }

    fn accepting(
        media_type: &'static str,
        (http, api_url): (&reqwest::Client, &str),
        secret: &SecretString,
        patience: &'a Patience,
    ) -> Result<Self, GitHubError> {
        let origin = origin(api_url);
        let base: Uri = origin.parse().map_err(|_| GitHubError::Url)?;
        let bearer = format!("Bearer {}", secret.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| GitHubError::Url)?;
        bearer.set_sensitive(true);
        let accept = HeaderValue::from_static(media_type);
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
            origin: origin.to_owned(),
            secret: secret.clone(),
            patience,
            max_file: None,
        })
    }

    /// Where GraphQL is asked: beside the API on a GitHub Enterprise Server, below it elsewhere.
    ///
    /// <https://docs.github.com/en/enterprise-server@3.17/graphql/guides/forming-calls-with-graphql#the-graphql-endpoint>
    pub(super) fn graphql_path(&self) -> String {
        match self.api_url.strip_suffix("/v3") {
            Some(beside) => format!("{}/graphql", &beside[self.origin.len()..]),
            None => self.path("/graphql"),
        }
    }

    /// The error of a question that was not waited for to the end.
    pub(super) fn silent(&self) -> GitHubError {
        GitHubError::Unreachable {
            api_url: self.api_url.clone(),
            why: Break::Timeout,
        }
    }

    /// How long the run waits.
    pub(super) fn patience(&self) -> &Patience {
        self.patience
    }

    /// The path of `question` below the API.
    pub(super) fn path(&self, question: &str) -> String {
        format!("{}{question}", &self.api_url[self.origin.len()..])
    }

    /// Asks, and asks again where that may help.
    pub(super) async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        question: Question<'_>,
    ) -> Result<Reply<T>, GitHubError> {
        let answer = self.persist(&question).await?;
        self.read(answer)
    }

    /// The same of what lies at a path of a repository.
    pub(super) async fn ask_for_file(
        &self,
        question: Question<'_>,
    ) -> Result<Said<Content>, GitHubError> {
        let answer = self.persist(&question).await?;
        let Answer {
            status,
            headers,
            body,
        } = answer;
        if !status.is_success() {
            return self.refusal(status, &headers, &body);
        }
        let is_page = body.trim_ascii_start().starts_with(b"<");
        Ok(Said::Yes(if is_json(&headers) {
            let other = serde_json::from_slice(&body);
            Content::Other(other.map_err(|_| self.not_github(status, &body))?)
        } else if is_page {
            return Err(self.not_github(status, &body));
        } else {
            Content::File(body)
        }))
    }

    async fn persist(&self, question: &Question<'_>) -> Result<Answer, GitHubError> {
        let what = format!("{} {}", question.method, question.path);
        let attempt = async || self.once(question).await;
        self.patience.persist(&what, question.repeat, attempt).await
    }

    /// Reads an answer that [`Self::settle`] let through.
    fn read<T: for<'de> Deserialize<'de>>(&self, answer: Answer) -> Result<Reply<T>, GitHubError> {
        let Answer {
            status,
            headers,
            body,
        } = answer;
        let said = if status.is_success() {
            // An answer without a body is `null` to whoever expects one.
            let body: &[u8] = if body.is_empty() { b"null" } else { &body };
            Said::Yes(serde_json::from_slice(body).map_err(|_| self.not_github(status, body))?)
        } else {
            self.refusal(status, &headers, &body)?
        };
        Ok(Reply { headers, said })
    }

    fn refusal<T>(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Said<T>, GitHubError> {
        let Message { message, block } =
            serde_json::from_slice(body).map_err(|_| self.not_github(status, body))?;
        let said = quote(&message, &self.secret);
        let no = No {
            status,
            headers,
            message: &message,
        };
        Ok(match status {
            StatusCode::UNAUTHORIZED => Said::Unauthorized(said),
            StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                let mut refusal = doctor::refusal(&no, &self.secret);
                if let Cause::Blocked { reason } = &mut refusal.cause {
                    let told = block.and_then(|block| block.reason);
                    *reason = told.map(|told| quote::short(&told, &self.secret));
                }
                Said::Forbidden(refusal)
            }
            StatusCode::NOT_FOUND => Said::NotFound(said),
            status => Said::Other {
                status: status.as_u16(),
                said,
            },
        })
    }

    async fn once(&self, question: &Question<'_>) -> Result<Answer, (GitHubError, Again)> {
        let answer = self.send(question).await.map_err(|(error, unsent)| {
            let again = match error.again() {
                Again::Soon if unsent => Again::Unsent,
                again => again,
            };
            (error, again)
        })?;
        self.settle(answer).map_err(|error| {
            let again = error.again();
            (error, again)
        })
    }

    /// Follows what moved within this GitHub. `true` in an error: the command never left.
    async fn send(&self, question: &Question<'_>) -> Result<Answer, (GitHubError, bool)> {
        let mut answer = self.exchange(question, &question.path).await?;
        let mut moves = 0;
        while answer.status.is_redirection() && question.method == Method::GET {
            let to = self
                .moved(&answer.headers)
                .map_err(|error| (error, false))?;
            moves += 1;
            if moves > MAX_MOVES {
                let api_url = self.api_url.clone();
                return Err((GitHubError::Circle { api_url }, false));
            }
            answer = self.exchange(question, &to).await?;
        }
        Ok(answer)
    }

    /// The path that an answer leads to, on this very origin: the token goes nowhere else.
    fn moved(&self, headers: &HeaderMap) -> Result<String, GitHubError> {
        let location = headers.get(LOCATION).and_then(|to| to.to_str().ok());
        let location = location.unwrap_or_default();
        if location.starts_with('/') && !location.starts_with("//") {
            return Ok(location.to_owned());
        }
        let path = location.strip_prefix(&self.origin);
        match path.filter(|path| path.starts_with('/')) {
            Some(path) => Ok(path.to_owned()),
            None if location.contains(['\\', ':']) || location.starts_with("//") => {
                Err(GitHubError::Moved {
                    api_url: self.api_url.clone(),
                    to: quote::short(origin(location), &self.secret).replace('`', "'"),
                })
            }
            None => Err(GitHubError::Circle {
                api_url: self.api_url.clone(),
            }),
        }
    }

    async fn exchange(
        &self,
        question: &Question<'_>,
        path: &str,
    ) -> Result<Answer, (GitHubError, bool)> {
        tracing::debug!("{} {}{path}", question.method, self.origin);
        let url = format!("{}{path}", self.origin);
        let sent = match question.method {
            Method::POST => self.client._post(url, question.body).await,
            Method::DELETE => self.client._delete(url, None::<&()>).await,
            _ => self.client._get(url).await,
        };
        let response = sent.map_err(|error| (self.unreachable(&error), is_unsent(&error)))?;
        let (parts, body) = response.into_parts();
        let max = match self.max_file {
            Some(max_file) if parts.status.is_success() && !is_json(&parts.headers) => max_file,
            Some(_) | None => MAX_BODY,
        };
        let body = Limited::new(body, max)
            .collect()
            .await
            .map_err(|error| (self.unreachable(&*error), false))?;
        tracing::debug!("{} for {} {path}", parts.status, question.method);
        // What echoes a request is no fact, and must not become one of ours.
        let is_echo = |value: &HeaderValue| quote::holds(value.as_bytes(), &self.secret);
        let headers = parts.headers.iter().filter(|(_, value)| !is_echo(value));
        Ok(Answer {
            status: parts.status,
            headers: headers
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            body: quote::scrub(body.to_bytes().to_vec(), &self.secret),
        })
    }

    /// Tells the answers that speak of the question from those that speak of something else.
    fn settle(&self, answer: Answer) -> Result<Answer, GitHubError> {
        let Answer {
            status,
            headers,
            body,
        } = &answer;
        let message: Option<Message> = serde_json::from_slice(body).ok();
        let message = message.map(|message| message.message).unwrap_or_default();
        let said = || quote(&message, &self.secret);
        if *status == StatusCode::PROXY_AUTHENTICATION_REQUIRED {
            return Err(GitHubError::ProxyRefused {
                status: status.as_u16(),
            });
        }
        if status.is_server_error() {
            let page = String::from_utf8_lossy(body);
            return Err(GitHubError::out_of_order(
                &self.api_url,
                status.as_u16(),
                &page,
            ));
        }
        if status.is_success() {
            return Ok(answer);
        }
        if message.is_empty() {
            return Err(self.not_github(*status, body));
        }
        let no = No {
            status: *status,
            headers,
            message: &message,
        };
        if matches!(
            *status,
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        ) && let Some(limit) = doctor::limit(&no)
        {
            return Err(limit.error());
        }
        let words = message.to_ascii_lowercase();
        match *status {
            StatusCode::UNAUTHORIZED if words.contains("requires authentication") => {
                Err(GitHubError::HeaderTaken)
            }
            StatusCode::BAD_REQUEST | StatusCode::GONE if words.contains("version") => {
                Err(GitHubError::ApiVersion { said: said() })
            }
            _ => Ok(answer),
        }
    }

    pub(super) fn not_github(&self, status: StatusCode, body: &[u8]) -> GitHubError {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        GitHubError::NotGitHub {
            status: status.as_u16(),
            api_url: self.api_url.clone(),
            what: match first {
                Some(b'<') => "a web page, such as a proxy or a login sends",
                Some(b'{' | b'[') => "JSON of another form",
                Some(_) => "no JSON",
                None => "nothing",
            },
        }
    }

    /// octocrab's own words carry a backtrace; what is found within has none.
    fn unreachable(&self, error: &(dyn StdError + 'static)) -> GitHubError {
        GitHubError::Unreachable {
            api_url: self.api_url.clone(),
            why: breaks::find(error, &self.secret),
        }
    }
}

/// Whether an answer is JSON. A file is not, whatever is in it: its type is the one asked for.
fn is_json(headers: &HeaderMap) -> bool {
    let told = headers
        .get(CONTENT_TYPE)
        .and_then(|told| told.to_str().ok());
    told.is_some_and(|told| told.trim_start().starts_with("application/json"))
}

/// Whether the connection was never there, so that nothing can have been sent over it.
fn is_unsent(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<reqwest::Error>() {
            return error.is_connect();
        }
        next = error.source();
    }
    false
}

/// What stands before the path of `url`.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn graphql_stands_beside_the_api_of_an_enterprise_server() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let patience = Patience::new(Duration::from_secs(1));
            let secret = SecretString::from("hunter2hunter2");
            for (api_url, path) in [
                ("https://api.github.com", "/graphql"),
                ("https://ghes.example/api/v3", "/api/graphql"),
            ] {
                let github = GitHub::new(&reqwest_client(), api_url, &secret, &patience).unwrap();
                assert_eq!(github.graphql_path(), path);
            }
        });
    }

    fn reqwest_client() -> reqwest::Client {
        super::super::transport::client(&super::super::transport::Connections::default(), "x")
            .unwrap()
    }

    #[test]
    fn an_origin_ends_where_the_path_begins() {
        assert_eq!(
            origin("https://ghes.example/api/v3"),
            "https://ghes.example"
        );
        assert_eq!(origin("https://api.github.com"), "https://api.github.com");
    }
}
