//! One request, and what becomes of it.

use std::fmt;
use std::future::pending;

use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};

use crate::answer::{self, Answer};
use crate::body::Body;
use crate::fault::Fault;
use crate::route::Route;
use crate::state::State;
use crate::{git, memory, rest};

/// Ends a connection without an answer.
#[derive(Debug)]
pub(super) struct Reset;

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection is to be reset")
    }
}

impl std::error::Error for Reset {}

/// One request on its way.
struct Exchange<'a> {
    state: &'a State,
    scheme: &'static str,
    /// The path with its query, as sent.
    path: String,
    /// The number it is remembered by.
    number: u64,
}

/// Answers one request, and remembers both.
pub(super) async fn answer(
    state: &State,
    scheme: &'static str,
    request: Request<Incoming>,
) -> Result<Response<Body>, Reset> {
    let (head, body) = request.into_parts();
    let asked = memory::Request::new(scheme, &head);
    let path = asked.path.clone();
    let number = state.memory.asked(asked);
    let exchange = Exchange {
        state,
        scheme,
        path,
        number,
    };
    if *state.stalled.borrow() {
        state.memory.unanswered(number);
        state.flowing().await;
    }
    // The whole body, whatever the answer: a client that is cut off while it sends may miss it.
    let body = body
        .collect()
        .await
        .ok()
        .map(http_body_util::Collected::to_bytes);
    if let Some(body) = &body {
        state.memory.sent(number, body);
    }
    state.wait_for_latency().await;
    exchange.end(&head, body).await
}

impl Exchange<'_> {
    async fn end(&self, head: &Parts, body: Option<Bytes>) -> Result<Response<Body>, Reset> {
        let Some(fault) = self.state.next_fault(&self.path) else {
            return Ok(self.ordinary(head, body).await.map(Body::Whole));
        };
        match fault {
            Fault::Status {
                status,
                headers,
                body,
            } => Ok(self.canned(status, &headers, body).map(Body::Whole)),
            Fault::Truncate => Ok(halved(self.ordinary(head, body).await).await),
            Fault::Drip => Ok(self.unending(Body::drip())),
            Fault::Endless => Ok(self.unending(Body::Endless)),
            Fault::Reset => {
                self.state.memory.unanswered(self.number);
                Err(Reset)
            }
            Fault::Silence => {
                self.state.memory.unanswered(self.number);
                pending().await
            }
        }
    }

    /// The answer of a fake in good health.
    async fn ordinary(&self, head: &Parts, body: Option<Bytes>) -> Answer {
        let mut answer = match (body, self.state.canned(&self.path)) {
            (None, _) => answer::text(StatusCode::BAD_REQUEST, "the body broke off\n"),
            (Some(_), Some(canned)) => canned,
            (Some(body), None) => self.find_answer(head, body).await,
        };
        if !answer.headers().contains_key("x-github-request-id") {
            let id = format!("FA4E:{:04X}", self.number);
            answer::add_header(&mut answer, "X-GitHub-Request-Id", &id);
        }
        self.remembered(answer)
    }

    async fn find_answer(&self, head: &Parts, body: Bytes) -> Answer {
        let Self { state, scheme, .. } = *self;
        if head.headers.get_all(AUTHORIZATION).iter().count() > 1 {
            // recorded: GitHub's own text, seen in peter-evans/create-pull-request #4272.
            let complaint = "Duplicate header: \"Authorization\"";
            return answer::text(StatusCode::BAD_REQUEST, complaint);
        }
        let known = match Route::of(&head.method, head.uri.path(), head.uri.query()) {
            Route::Rest { base, call } => rest::answer(state, scheme, (head, &body), base, &call),
            Route::Git(call) => Some(git::answer(state, scheme, head, &call, body).await),
            Route::Lfs(call) => Some(git::lfs::answer(state, scheme, head, &call, body).await),
            Route::Unknown => None,
        };
        known.unwrap_or_else(|| {
            state.memory.unknown(self.number);
            let complaint = "the fake GitHub does not know this route\n";
            answer::text(StatusCode::NOT_IMPLEMENTED, complaint)
        })
    }

    fn canned(&self, status: u16, headers: &[(String, String)], body: String) -> Answer {
        let headers = headers.iter();
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        self.remembered(answer::canned(status, &headers, body))
    }

    fn unending(&self, body: Body) -> Response<Body> {
        let mut answer = answer::empty(StatusCode::OK);
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, kind);
        self.remembered(answer).map(|_| body)
    }

    /// Dates 'answer', and remembers how it went.
    fn remembered(&self, mut answer: Answer) -> Answer {
        if !answer.headers().contains_key(DATE) {
            answer::add_header(&mut answer, DATE.as_str(), &self.state.clock.date());
        }
        let status = answer.status().as_u16();
        self.state.memory.answered(self.number, status);
        answer
    }
}

/// 'answer' without the second half of its body.
async fn halved(answer: Answer) -> Response<Body> {
    let (head, body) = answer.into_parts();
    let body = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    Response::from_parts(head, Body::half_of(&body))
}
