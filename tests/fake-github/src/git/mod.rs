//! git over HTTP: who may, and what GitHub says to those who may not.

mod backend;
pub(crate) mod lfs;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST, LOCATION, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};

pub(crate) use backend::Backend;

use crate::account::{Holder, Level, Right};
use crate::answer::{self, Answer};
use crate::repository::{Repository, Visibility};
use crate::route::{GitCall, Service};
use crate::state::{Caller, State};

/// Answers 'call': by the real git if the caller may, else as GitHub does.
pub(crate) async fn answer(
    state: &State,
    scheme: &str,
    head: &Parts,
    call: &GitCall,
    body: Bytes,
) -> Answer {
    let caller = caller(state, &head.headers);
    let ask = Ask {
        state,
        scheme,
        host: host(&head.headers),
        repository: &call.repository,
        service: call.service,
    };
    match ask.admit(&caller, |name| call.path_for(name)) {
        Ok(repository) => {
            let login = caller.holder().map(|holder| holder.account.login());
            let login = login.as_deref();
            let answer = state.backend.run(repository, call, login, head, body).await;
            answer.unwrap_or_else(|error| {
                let complaint = format!("git http-backend does not answer: {error}\n");
                answer::text(StatusCode::INTERNAL_SERVER_ERROR, complaint)
            })
        }
        Err(refusal) => *refusal,
    }
}

/// Where the caller thinks that it asks.
fn host(headers: &HeaderMap) -> &str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    host.unwrap_or("localhost")
}

/// Who asks: a Basic credential, whose password is the token.
fn caller<'a>(state: &'a State, headers: &HeaderMap) -> Caller<'a> {
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

/// One call, apart from who makes it.
struct Ask<'a> {
    state: &'a State,
    scheme: &'a str,
    host: &'a str,
    /// `owner/name` as asked for.
    repository: &'a str,
    service: Service,
}

impl<'a> Ask<'a> {
    /// The repository, if 'caller' may do the call to it; else GitHub's refusal.
    ///
    /// 'moved' is the path of the same call to a repository of another name.
    fn admit(
        &self,
        caller: &Caller<'_>,
        moved: impl Fn(&str) -> String,
    ) -> Result<&'a Repository, Box<Answer>> {
        let holder = match caller {
            Caller::Known(holder) => Some(&**holder),
            Caller::Anonymous => None,
            // A bad token is refused even where none is needed: seen in scfuzzbench #18.
            Caller::Stranger | Caller::Refused(_) | Caller::App(_) => {
                return Err(unauthorized(BAD_TOKEN));
            }
        };
        if holder.is_some_and(|holder| holder.account.suspended) {
            return Err(forbidden(SUSPENDED));
        }
        let repositories = &self.state.repositories;
        let current = repositories.find(self.repository);
        let found = current.or_else(|| repositories.renamed(self.repository));
        let is_visible = |found: &&Repository| {
            let name = &found.full_name;
            found.visibility == Visibility::Public || holder.is_some_and(|holder| holder.sees(name))
        };
        let Some(found) = found.filter(is_visible) else {
            return Err(match holder {
                Some(_) => answer::text(StatusCode::NOT_FOUND, NOT_FOUND).into(),
                None => unauthorized(NOT_FOUND),
            });
        };
        match self.refusal(holder, found) {
            _ if current.is_none() => Err(self.moved_to(&moved(&found.full_name))),
            Some(refusal) => Err(refusal),
            None => Ok(found),
        }
    }

    /// Why 'holder', who sees 'found', or one without a token may not do the call to it.
    fn refusal(&self, holder: Option<&Holder>, found: &Repository) -> Option<Box<Answer>> {
        let of_owner = holder.and_then(|holder| self.state.refusal(&found.full_name, holder));
        if let Some(refusal) = of_owner {
            return Some(refusal.git(&self.state.server, self.host).into());
        }
        if found.is_blocked {
            return Some(forbidden(BLOCKED));
        }
        let Some(holder) = holder else {
            return match self.service {
                Service::UploadPack => None,
                Service::ReceivePack => Some(unauthorized(NO_ANONYMOUS_WRITE)),
            };
        };
        if let Some(refusal) = lack(holder, found, self.service) {
            return Some(forbidden(refusal));
        }
        let is_frozen = found.is_archived && self.service == Service::ReceivePack;
        is_frozen.then(|| forbidden(ARCHIVED))
    }

    /// Leads to the same call of a repository that was renamed.
    fn moved_to(&self, path: &str) -> Box<Answer> {
        let location = format!("{}://{}{path}", self.scheme, self.host);
        let mut answer = answer::empty(StatusCode::MOVED_PERMANENTLY);
        answer::add_header(&mut answer, LOCATION.as_str(), &location);
        answer.into()
    }
}

/// What 'holder', who sees 'found', lacks for 'service'.
fn lack(holder: &Holder, found: &Repository, service: Service) -> Option<String> {
    let name = &found.full_name;
    let may_read = holder.may(name, "contents", Level::Read);
    let may_write = holder.may(name, "contents", Level::Write)
        && holder.account.right_to(name) == Some(Right::Push);
    match service {
        Service::UploadPack if may_read || found.visibility == Visibility::Public => None,
        Service::UploadPack => Some(NOT_GRANTED.to_owned()),
        Service::ReceivePack if may_write => None,
        Service::ReceivePack if !may_read && holder.has_permission_set() => {
            Some(NOT_GRANTED.to_owned())
        }
        Service::ReceivePack => {
            // recorded: GitHub's own text, seen in unslothai/llama.cpp #69 and agent-glovebox #5127.
            let login = holder.account.login();
            Some(format!("Permission to {name}.git denied to {login}."))
        }
    }
}

fn forbidden(body: impl Into<Bytes>) -> Box<Answer> {
    answer::text(StatusCode::FORBIDDEN, body).into()
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

// recorded: GitHub's own text for a token without the permission `contents`, though it may be a read that is refused.
const NOT_GRANTED: &str = "Write access to repository not granted.";

// recorded: GitHub's own text.
const SUSPENDED: &str =
    "Your account is suspended. Please visit https://support.github.com for more information.";

// recorded: GitHub's own text.
const ARCHIVED: &str = "This repository was archived so it is read-only.";

// recorded: GitHub's own text where its terms are broken, as published in many issues.
const BLOCKED: &str = "Access to this repository has been disabled by GitHub staff.";
