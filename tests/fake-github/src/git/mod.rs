//! git over HTTP: who may, and what GitHub says to those who may not.

mod backend;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};

pub(crate) use backend::Backend;

use crate::account::Right;
use crate::answer::{self, Answer};
use crate::repository::{Repository, Visibility};
use crate::route::{GitCall, Service};
use crate::state::{Caller, State};

/// Answers 'call': by the real git if the caller may, else as GitHub does.
pub(crate) async fn answer(state: &State, head: &Parts, call: &GitCall, body: Bytes) -> Answer {
    let caller = caller(state, &head.headers);
    match admit(state, &caller, call) {
        Ok(repository) => {
            let login = match &caller {
                Caller::Known(account) => Some(account.login()),
                Caller::Anonymous | Caller::Stranger => None,
            };
            let answer = state.backend.run(repository, call, login, head, body).await;
            answer.unwrap_or_else(|error| {
                let complaint = format!("git http-backend does not answer: {error}\n");
                answer::text(StatusCode::INTERNAL_SERVER_ERROR, complaint)
            })
        }
        Err(refusal) => *refusal,
    }
}

/// Who asks: a Basic credential, whose password is the token.
fn caller(state: &State, headers: &HeaderMap) -> Caller {
    let Some(credential) = headers.get(AUTHORIZATION) else {
        return Caller::Anonymous;
    };
    match credential.to_str().ok().and_then(basic) {
        Some((_, password)) if !password.is_empty() && password != "x-oauth-basic" => {
            state.caller(&password)
        }
        // The old form: the token is the user's name.
        Some((user, _)) => state.caller(&user),
        None => Caller::Stranger,
    }
}

/// The user and password of a Basic credential.
fn basic(line: &str) -> Option<(String, String)> {
    let (scheme, encoded) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = BASE64_STANDARD.decode(encoded.trim()).ok()?;
    let decoded = String::from_utf8(decoded).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// The repository, if 'caller' may do 'call' to it; else GitHub's refusal.
fn admit<'a>(
    state: &'a State,
    caller: &Caller,
    call: &GitCall,
) -> Result<&'a Repository, Box<Answer>> {
    let repository = state.repositories.find(&call.repository);
    let public = repository.filter(|found| found.visibility == Visibility::Public);
    let account = match caller {
        Caller::Known(account) => account,
        // A bad token is refused even where none is needed: seen in scfuzzbench #18.
        Caller::Stranger => return Err(unauthorized(BAD_TOKEN)),
        Caller::Anonymous => {
            return match (public, call.service) {
                (Some(public), Service::UploadPack) => Ok(public),
                (Some(_), Service::ReceivePack) => Err(unauthorized(NO_ANONYMOUS_WRITE)),
                (None, Service::UploadPack | Service::ReceivePack) => Err(unauthorized(NOT_FOUND)),
            };
        }
    };

    let right = account.right_to(&call.repository);
    let visible = repository.filter(|_| right.is_some() || public.is_some());
    let Some(visible) = visible else {
        return Err(answer::text(StatusCode::NOT_FOUND, NOT_FOUND).into());
    };
    match call.service {
        Service::ReceivePack if right < Some(Right::Push) => {
            // recorded: GitHub's own text, seen in unslothai/llama.cpp #69 and agent-glovebox #5127.
            let name = &visible.full_name;
            let refusal = format!("Permission to {name}.git denied to {}.", account.login());
            Err(answer::text(StatusCode::FORBIDDEN, refusal).into())
        }
        Service::ReceivePack | Service::UploadPack => Ok(visible),
    }
}

fn unauthorized(body: &'static str) -> Box<Answer> {
    let mut answer = answer::text(StatusCode::UNAUTHORIZED, body);
    // recorded: GitHub's own challenge, seen in scfuzzbench #18.
    let challenge = "Basic realm=\"GitHub\"";
    answer::add_header(&mut answer, WWW_AUTHENTICATE.as_str(), challenge);
    answer.into()
}

// recorded: GitHub's own text since passwords are gone, seen in many published logs.
const BAD_TOKEN: &str =
    "Invalid username or token. Password authentication is not supported for Git operations.";

// recorded: GitHub's own text, seen in desktop/desktop #10704.
const NO_ANONYMOUS_WRITE: &str = "No anonymous write access.";

// recorded: GitHub's own text; with a 401 seen in desktop/desktop #13404, with a 404 in mislav/hub #1402.
const NOT_FOUND: &str = "Repository not found.";
