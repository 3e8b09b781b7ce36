//! Who makes a call of the API.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::app;
use crate::state::{Caller, State};

/// Who asks: `Bearer` and `token` both introduce a token, and `Bearer` alone a JWT.
pub(super) fn of<'a>(state: &'a State, headers: &HeaderMap) -> Caller<'a> {
    let Some(credential) = credential(headers) else {
        return if headers.contains_key(AUTHORIZATION) {
            Caller::Stranger
        } else {
            Caller::Anonymous
        };
    };
    let (scheme, token) = credential;
    match state.caller(token) {
        Caller::Stranger if app::looks_like_jwt(token) && scheme.eq_ignore_ascii_case("bearer") => {
            match app::verify(state, token) {
                Ok(app) => Caller::App(app),
                Err(refusal) => Caller::Refused(refusal),
            }
        }
        caller => caller,
    }
}

/// The token shown.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    credential(headers).map(|(_, token)| token)
}

/// The scheme and what it introduces.
fn credential(headers: &HeaderMap) -> Option<(&str, &str)> {
    let line = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = line.split_once(' ')?;
    let is_known = ["bearer", "token"]
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known));
    is_known.then_some((scheme, token.trim()))
}
