//! Asks git's own door what a token may do: the advertisement that every fetch and push begins
//! with. Nothing is written, and it is the very right that later steps need.
//!
//! <https://git-scm.com/docs/http-protocol#_discovering_references>

use base64::{Engine as _, prelude::BASE64_STANDARD};
use http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use reqwest::Response;
use secrecy::{ExposeSecret as _, SecretString};

use crate::facts::{Answer, Fact, RepositoryName, Why};
use crate::token::Token;

use super::quote::{cause, quote};

/// An advertisement lists every ref; beyond this the connection is dropped, not drained.
const MAX_BODY: usize = 64 * 1024;

/// A door to one GitHub's repositories for one token.
#[derive(Debug)]
pub struct GitProbe {
    http: reqwest::Client,
    origin: String,
    basic: HeaderValue,
    secret: SecretString,
}

impl GitProbe {
    /// A probe of the repositories at `origin`, such as `https://github.com`.
    pub fn new(http: &reqwest::Client, origin: &str, token: &Token) -> Self {
        Self {
            http: http.clone(),
            origin: origin.to_owned(),
            basic: basic(token),
            secret: token.secret().clone(),
        }
    }

    /// Asks whether `service` (`git-upload-pack` to fetch, `git-receive-pack` to push) is open
    /// for `repository`. What brings no answer is unknown, with its reason.
    pub async fn ask(&self, repository: &RepositoryName, service: &str) -> Fact<Answer> {
        let url = format!(
            "{}/{repository}.git/info/refs?service={service}",
            self.origin
        );
        match self.get(&url, service).await {
            Ok(response) if response.status().is_redirection() => {
                match self.moved(&response, &url) {
                    Some(url) => match self.get(&url, service).await {
                        Ok(response) => self.answer(response, service).await,
                        Err(error) => unknown(&error, &self.secret),
                    },
                    None => no_answer("it is redirected to another host"),
                }
            }
            Ok(response) => self.answer(response, service).await,
            Err(error) => unknown(&error, &self.secret),
        }
    }

    async fn get(&self, url: &str, service: &str) -> reqwest::Result<Response> {
        tracing::debug!("GET {url}");
        let request = self.http.get(url).header(AUTHORIZATION, self.basic.clone());
        let request = match service {
            // Without the refs, the answer is short. Pushing has no such version.
            "git-upload-pack" => request.header("git-protocol", "version=2"),
            _ => request,
        };
        request.send().await
    }

    /// Where a renamed repository is, if that is the same origin: the token goes nowhere else.
    fn moved(&self, response: &Response, from: &str) -> Option<String> {
        let to = response.headers().get(LOCATION)?.to_str().ok()?;
        let to = reqwest::Url::parse(from).ok()?.join(to).ok()?;
        let origin = reqwest::Url::parse(&self.origin).ok()?.origin();
        (to.origin() == origin).then(|| to.to_string())
    }

    async fn answer(&self, response: Response, service: &str) -> Fact<Answer> {
        let status = response.status();
        let advertisement = format!("application/x-{service}-advertisement");
        let is_git = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|found| found.as_bytes() == advertisement.as_bytes());
        let is_github = is_github(&response);
        let body = start(response).await;
        match status {
            StatusCode::OK if is_git => Fact::Known(Answer::Yes),
            StatusCode::OK => no_answer("a web page answers in git's place"),
            // The API has just taken the token.
            StatusCode::UNAUTHORIZED => no_answer("git's door does not take the token"),
            StatusCode::FORBIDDEN | StatusCode::NOT_FOUND if !is_github => {
                let status = status.as_u16();
                no_answer(&format!(
                    "something between here and GitHub answers with HTTP {status}"
                ))
            }
            StatusCode::NOT_FOUND => Fact::Known(Answer::Invisible),
            StatusCode::FORBIDDEN if body.to_ascii_lowercase().contains("rate limit") => {
                no_answer("GitHub answers no more questions for now")
            }
            StatusCode::FORBIDDEN => Fact::Known(Answer::Forbidden(quote(&body, &self.secret))),
            status => no_answer(&format!("HTTP {}", status.as_u16())),
        }
    }
}

/// Whether GitHub itself refuses: its answers have an id, or are plain text as git shows it; and
/// a limit is no refusal.
fn is_github(response: &Response) -> bool {
    let headers = response.headers();
    let is_text = headers
        .get(CONTENT_TYPE)
        .is_some_and(|found| found.as_bytes().starts_with(b"text/plain"));
    !headers.contains_key("retry-after") && (headers.contains_key("x-github-request-id") || is_text)
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

fn unknown(error: &reqwest::Error, secret: &SecretString) -> Fact<Answer> {
    Fact::Unknown(Why::NoAnswer(cause(error, secret)))
}
