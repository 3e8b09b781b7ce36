//! What the fake was asked, and what it said.

use std::fmt;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, USER_AGENT};

/// One request as it came in.
///
/// Neither `Display` nor `Debug` shows a header's value that could be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method, in capitals.
    pub method: String,
    /// The path with its query, as sent: neither decoded nor normalised.
    pub path: String,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// The first `Authorization` header, raw.
    pub authorization: Option<String>,
    /// The `User-Agent`.
    pub user_agent: Option<String>,
    /// Every header, raw, with its name in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, as sent; empty for what git sends, which is no text.
    pub body: String,
    /// The status of the answer; 0 while there is none.
    pub status: u16,
}

impl Request {
    /// The first header 'name', whose case does not matter.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn new(scheme: &'static str, head: &hyper::http::request::Parts) -> Self {
        let raw = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let first = |name| head.headers.get(name);
        let path = head.uri.path_and_query();
        Self {
            method: head.method.to_string(),
            path: path.map_or_else(|| head.uri.to_string(), ToString::to_string),
            scheme,
            authorization: first(AUTHORIZATION).map(|value| raw(value.as_bytes())),
            user_agent: first(USER_AGENT).map(|value| raw(value.as_bytes())),
            headers: every_header(&head.headers),
            body: String::new(),
            status: 0,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let authorization = self.authorization.as_ref().map(|_| "[redacted]");
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("path", &self.path)
            .field("scheme", &self.scheme)
            .field("authorization", &authorization)
            .field("user_agent", &self.user_agent)
            .field("headers", &names)
            .field("body", &format_args!("[{} bytes]", self.body.len()))
            .field("status", &self.status)
            .finish()
    }
}

/// All that is remembered, behind one lock.
pub(crate) struct Memory(Mutex<Remembered>);

struct Remembered {
    requests: Vec<(u64, Request)>,
    count: u64,
    unknown: Vec<String>,
    unknown_allowed: bool,
    log: Option<File>,
}

impl Memory {
    pub(crate) fn new(log: Option<File>) -> Self {
        Self(Mutex::new(Remembered {
            requests: Vec::new(),
            count: 0,
            unknown: Vec::new(),
            unknown_allowed: false,
            log,
        }))
    }

    /// Remembers 'request', and gives it a number.
    pub(crate) fn asked(&self, request: Request) -> u64 {
        let mut memory = self.lock();
        memory.count += 1;
        let number = memory.count;
        memory.requests.push((number, request));
        number
    }

    /// Remembers the body of the request 'number'.
    pub(crate) fn sent(&self, number: u64, body: &[u8]) {
        let mut memory = self.lock();
        let is_git = |request: &Request| {
            let kind = request.header("content-type");
            kind.is_some_and(|kind| kind.starts_with("application/x-git-"))
        };
        if let Some(request) = memory.find(number).filter(|request| !is_git(request)) {
            request.body = String::from_utf8_lossy(body).into_owned();
        }
    }

    /// Logs that the request 'number' has no answer, at least for now.
    pub(crate) fn unanswered(&self, number: u64) {
        self.lock().log(number);
    }

    /// Remembers how the request 'number' was answered.
    pub(crate) fn answered(&self, number: u64, status: u16) {
        let mut memory = self.lock();
        if let Some(request) = memory.find(number) {
            request.status = status;
        }
        memory.log(number);
    }

    /// Remembers that the request 'number' made no sense.
    pub(crate) fn unknown(&self, number: u64) {
        let mut memory = self.lock();
        if let Some(line) = memory.find(number).map(|request| request.to_string()) {
            memory.unknown.push(line);
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        let memory = self.lock();
        let requests = memory.requests.iter();
        requests.map(|(_, request)| request.clone()).collect()
    }

    pub(crate) fn forget_requests(&self) {
        self.lock().requests.clear();
    }

    pub(crate) fn unknown_routes(&self) -> Vec<String> {
        self.lock().unknown.clone()
    }

    pub(crate) fn allow_unknown_routes(&self) {
        self.lock().unknown_allowed = true;
    }

    /// The unknown routes, unless they are allowed.
    pub(crate) fn intolerable_routes(&self) -> Vec<String> {
        let memory = self.lock();
        if memory.unknown_allowed {
            Vec::new()
        } else {
            memory.unknown.clone()
        }
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    /// Finds the request 'number', unless it was forgotten meanwhile.
    fn find(&mut self, number: u64) -> Option<&mut Request> {
        let mut requests = self.requests.iter_mut().rev();
        requests
            .find(|(known, _)| *known == number)
            .map(|(_, request)| request)
    }

    fn log(&mut self, number: u64) {
        let line = self
            .find(number)
            .map(|request| format!("{request} {}\n", request.status));
        if let (Some(line), Some(log)) = (line, &mut self.log) {
            // A full disk must not look like GitHub's answer.
            let _ = log.write_all(line.as_bytes());
        }
    }
}

fn every_header(headers: &HeaderMap) -> Vec<(String, String)> {
    let raw = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = headers.iter();
    headers
        .map(|(name, value)| (name.to_string(), raw(value.as_bytes())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_never_prints_its_authorization() {
        let request = hyper::Request::builder()
            .uri("http://localhost/api/v3/user?page=2")
            .header("Authorization", "Bearer hush")
            .body(())
            .unwrap();
        let mut request = Request::new("http", &request.into_parts().0);
        request.body = "hush, too".to_owned();
        assert_eq!(request.header("authorization"), Some("Bearer hush"));
        assert_eq!(request.header("x-none"), None);
        assert_eq!(request.authorization.as_deref(), Some("Bearer hush"));
        assert_eq!(request.to_string(), "GET /api/v3/user?page=2");
        assert!(!format!("{request:?}").contains("hush"));
    }
}
