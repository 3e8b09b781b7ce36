//! What goes back over the wire.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::Value;

/// A whole answer; nothing here is streamed.
pub(crate) type Answer = Response<Full<Bytes>>;

/// An answer in plain text, which git shows line by line behind `remote:`.
pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Answer {
    typed(status, "text/plain; charset=utf-8", body)
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

/// An answer of the REST API.
pub(crate) fn json(status: StatusCode, body: &Value) -> Answer {
    typed(status, JSON, body.to_string())
}

/// An answer of git-lfs's API.
pub(crate) fn lfs(status: StatusCode, body: &Value) -> Answer {
    typed(status, "application/vnd.git-lfs+json", body.to_string())
}

/// An error of the REST API.
pub(crate) fn error(status: StatusCode, message: &str) -> Answer {
    // recorded: the shape of newer answers, with the status as a string; older ones leave it out.
    let message = Value::from(message);
    let documentation = "https://docs.github.com/rest";
    let body = format!(
        r#"{{"message":{message},"documentation_url":"{documentation}","status":"{}"}}"#,
        status.as_str(),
    );
    typed(status, JSON, body)
}

/// An answer that a test chose, word by word.
///
/// # Panics
///
/// If 'status' or a header is none that HTTP knows.
pub(crate) fn canned(status: u16, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
    let mut answer = Answer::new(Full::new(body.into()));
    *answer.status_mut() = status.try_into().expect("the test gives an HTTP status");
    for (name, value) in headers {
        add_header(&mut answer, name, value);
    }
    answer
}

/// Adds the header 'name'.
///
/// # Panics
///
/// If 'name' or 'value' is no header: a mistake of the test that chose them.
pub(crate) fn add_header(answer: &mut Answer, name: &str, value: &str) {
    let name = HeaderName::try_from(name).expect("the test names a header");
    let value = HeaderValue::try_from(value).expect("the test gives a header's value");
    answer.headers_mut().append(name, value);
}

/// Bytes that are no text.
pub(crate) fn bytes(body: Bytes) -> Answer {
    typed(StatusCode::OK, "application/octet-stream", body)
}

const JSON: &str = "application/json; charset=utf-8";

fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}
