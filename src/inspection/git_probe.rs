//! Asks git's own door what a token may do: the advertisement that every fetch and push begins
//! with. Nothing is written, and it is the very right that later steps need.
//!
//! <https://git-scm.com/docs/http-protocol#_discovering_references>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderMap, HeaderValue, StatusCode};
use reqwest::Response;
use secrecy::{ExposeSecret as _, SecretString};

use crate::facts::{Answer, Fact, RepositoryName, Why};
use crate::token::Token;

use super::breaks;
use super::doctor::{self, No};
use super::patience::{Again, Birth, Patience, Repeat};
use super::trouble::{Break, GitHubError};

/// An advertisement lists every ref; beyond this the connection is dropped, not drained.
const MAX_BODY: usize = 64 * 1024;

/// A door to one GitHub's repositories for one token.
#[derive(Debug)]
pub struct GitProbe<'a> {
    http: reqwest::Client,
    origin: String,
    basic: HeaderValue,
    secret: SecretString,
    patience: &'a Patience,
    /// When the token was made, if it was made just now: it takes a moment to be known everywhere.
    birth: Option<Birth>,
}

impl<'a> GitProbe<'a> {
    /// A probe of the repositories at `origin`, such as `https://github.com`.
    pub fn new(
        http: &reqwest::Client,
        origin: &str,
        token: &Token,
        patience: &'a Patience,
    ) -> Self {
        Self {
            http: http.clone(),
            origin: origin.to_owned(),
            basic: basic(token),
            secret: token.secret().clone(),
            patience,
            birth: None,
        }
    }

    /// The same, for a token that was made at `birth`.
    #[must_use]
    pub fn for_newborn(self, birth: Birth) -> Self {
        Self {
            birth: Some(birth),
            ..self
        }
    }

    /// Asks whether `service` (`git-upload-pack` to fetch, `git-receive-pack` to push) is open
    /// for `repository`. What brings no answer is unknown, with its reason.
    pub async fn ask(&self, repository: &RepositoryName, service: &str) -> Fact<Answer> {
        let path = format!("/{repository}.git/info/refs?service={service}");
        let attempt = async || self.once(&path, service).await;
        self.patience
            .persist(&format!("GET {path}"), Repeat::Always, attempt)
            .await
            .unwrap_or_else(|error| no_answer(&error.to_string()))
    }

    async fn once(&self, path: &str, service: &str) -> Result<Fact<Answer>, (GitHubError, Again)> {
        let broken = |error: reqwest::Error| {
            let error = self.unreachable(breaks::find(&error, &self.secret));
            let again = error.again();
            (error, again)
        };
        let url = format!("{}{path}", self.origin);
        let mut response = self.get(&url, service).await.map_err(broken)?;
        if response.status().is_redirection() {
            let Some(url) = self.moved(&response, &url) else {
                return Ok(no_answer("it is redirected to another host"));
            };
            response = self.get(&url, service).await.map_err(broken)?;
        }
        self.answer(response, service).await
    }

    async fn get(&self, url: &str, service: &str) -> reqwest::Result<Response> {
        tracing::debug!("GET {url}");
        let request = self.http.get(url).header(AUTHORIZATION, self.basic.clone());
        let request = match service {
            // Without the refs, the answer is short. Pushing has no such version.
            "git-upload-pack" => request.header("git-protocol", "version=2"),
            _ => request,
        };
        let response = request.send().await?;
        tracing::debug!("{} for GET {url}", response.status());
        Ok(response)
    }

    /// Where a renamed repository is, if that is the same origin: the token goes nowhere else.
    fn moved(&self, response: &Response, from: &str) -> Option<String> {
        let to = response.headers().get(LOCATION)?.to_str().ok()?;
        let to = reqwest::Url::parse(from).ok()?.join(to).ok()?;
        let origin = reqwest::Url::parse(&self.origin).ok()?.origin();
        (to.origin() == origin).then(|| to.to_string())
    }

    async fn answer(
        &self,
        response: Response,
        service: &str,
    ) -> Result<Fact<Answer>, (GitHubError, Again)> {
        let status = response.status();
        let headers = response.headers().clone();
        let advertisement = format!("application/x-{service}-advertisement");
        let is_git = headers
            .get(CONTENT_TYPE)
            .is_some_and(|found| found.as_bytes() == advertisement.as_bytes());
        if status == StatusCode::OK {
            if !is_git {
                return Ok(no_answer("a web page answers in git's place"));
            }
            // What it says is of no use, but a connection is used again only if all of it was read.
            self.patience.brief(start(response)).await;
            return Ok(Fact::Known(Answer::Yes));
        }
        let body = start(response).await;
        let no = No {
            status,
            headers: &headers,
            message: &body,
        };
        if status.is_server_error() {
            let error = GitHubError::out_of_order(&self.origin, status.as_u16(), &body);
            let again = error.again();
            return Err((error, again));
        }
        if matches!(
            status,
            StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS
        ) && !is_a_page(status, &headers, &body)
            && let Some(limit) = doctor::limit(&no)
        {
            let error = limit.error();
            let again = error.again();
            return Err((error, again));
        }
        if status == StatusCode::UNAUTHORIZED
            && let Some(birth) = &self.birth
            && birth.is_recent()
        {
            let error = GitHubError::Newborn;
            let again = error.again();
            return Err((error, again));
        }
        Ok(match status {
            // The API has just taken the token.
            StatusCode::UNAUTHORIZED => no_answer("git's door does not take the token"),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND if !is_github(&headers) => {
                let status = status.as_u16();
                no_answer(&format!(
                    "something between here and GitHub answers with HTTP {status}"
                ))
            }
            StatusCode::NOT_FOUND => Fact::Known(Answer::Invisible),
            StatusCode::FORBIDDEN | StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS => {
                Fact::Known(Answer::Forbidden(doctor::refusal(&no, &self.secret)))
            }
            status => no_answer(&format!("HTTP {}", status.as_u16())),
        })
    }

    fn unreachable(&self, why: Break) -> GitHubError {
        GitHubError::Unreachable {
            api_url: self.origin.clone(),
            why,
        }
    }
}

/// Whether a 403 is somebody else's page, which is not waited for, whatever rest it asks for.
fn is_a_page(status: StatusCode, headers: &HeaderMap, body: &str) -> bool {
    status == StatusCode::FORBIDDEN && !is_github(headers) && body.trim_start().starts_with('<')
}

/// Whether GitHub itself refuses: its answers have an id, or are plain text as git shows it.
fn is_github(headers: &HeaderMap) -> bool {
    let is_text = headers
        .get(CONTENT_TYPE)
        .is_some_and(|found| found.as_bytes().starts_with(b"text/plain"));
    headers.contains_key("x-github-request-id") || is_text
}

/// The header that git itself would send.
fn basic(token: &Token) -> HeaderValue {
    let pair = format!("x-access-token:{}", token.secret().expose_secret());
    let mut basic = HeaderValue::from_str(&format!("Basic {}", BASE64_STANDARD.encode(pair)))
        .expect("base64 is visible ASCII");
    basic.set_sensitive(true);
    basic
}

/// The first part of the body, as text. A connection is used again only if all of it was read.
async fn start(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BODY {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            // The status has told enough.
            Ok(None) | Err(_) => break,
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn no_answer(reason: &str) -> Fact<Answer> {
    Fact::Unknown(Why::NoAnswer(reason.to_owned()))
}
