//! The REST API and a word of GraphQL, as far as a token is inspected and minted with them.

mod apps;
mod caller;
mod contents;
mod dress;
mod graphql;
mod links;
mod lists;
mod owned;
mod version;

use hyper::header::{HOST, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use crate::account::{Account, Holder, Identity, Kind};
use crate::answer::{self, Answer};
use crate::app;
use crate::route::RestCall;
use crate::state::{Caller, State};
use links::Links;

/// Answers 'call', made below 'base'; not if it is a query nobody taught it.
pub(crate) fn answer(
    state: &State,
    scheme: &str,
    (head, body): (&Parts, &[u8]),
    base: &str,
    call: &RestCall,
) -> Option<Answer> {
    if !head.headers.contains_key(USER_AGENT) {
        return Some(answer::text(StatusCode::FORBIDDEN, NO_USER_AGENT));
    }
    let caller = caller::of(state, &head.headers);
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let ask = Ask {
        state,
        headers: &head.headers,
        query: head.uri.query(),
        body,
        links: Links::new(scheme, host.unwrap_or("localhost"), base),
    };
    let mut answer = match version::refusal(&state.server, &head.headers) {
        Some(refusal) => refusal,
        None => ask.answer(&caller, call)?,
    };
    ask.dress(&mut answer, &caller, call);
    Some(answer)
}

// recorded: the first sentences of GitHub's own text, as its documentation quotes it.
const NO_USER_AGENT: &str = "Request forbidden by administrative rules. \
    Please make sure your request has a User-Agent header\n";

/// One call, apart from who makes it and what it is.
struct Ask<'a> {
    state: &'a State,
    headers: &'a HeaderMap,
    query: Option<&'a str>,
    body: &'a [u8],
    links: Links<'a>,
}

impl Ask<'_> {
    fn answer(&self, caller: &Caller<'_>, call: &RestCall) -> Option<Answer> {
        Some(match caller {
            // recorded: GitHub's own text for a token that is wrong, expired or revoked alike.
            Caller::Stranger => answer::error(StatusCode::UNAUTHORIZED, "Bad credentials"),
            Caller::Refused(refusal) => (**refusal).clone(),
            Caller::Known(holder) if holder.account.suspended => {
                // recorded: GitHub's own text.
                answer::error(StatusCode::FORBIDDEN, "Sorry. Your account was suspended.")
            }
            Caller::Known(holder) => return self.for_holder(caller, holder, call),
            Caller::App(app) => self.for_app(caller, app, call),
            Caller::Anonymous => self.for_anyone(caller, call),
        })
    }

    /// Answers whoever shows a good token.
    fn for_holder(&self, caller: &Caller<'_>, holder: &Holder, call: &RestCall) -> Option<Answer> {
        Some(match call {
            RestCall::User => self.user(&holder.account),
            RestCall::GraphQl => return self.graphql(&holder.account),
            RestCall::InstallationRepositories => self.installation_repositories(holder),
            RestCall::RevokeInstallationToken => self.revoke(holder),
            RestCall::UserInstallations => self.user_installations(holder),
            RestCall::UserInstallationRepositories(id) => {
                self.user_installation_repositories(holder, *id)
            }
            RestCall::Root
            | RestCall::RateLimit
            | RestCall::Repository { .. }
            | RestCall::Organization { .. }
            | RestCall::App
            | RestCall::AppInstallation(_)
            | RestCall::Mint(_)
            | RestCall::RepositoryInstallation(_)
            | RestCall::OwnerInstallation { .. } => self.for_anyone(caller, call),
        })
    }

    /// Answers what needs no token, and refuses the rest to those who show none.
    fn for_anyone(&self, caller: &Caller<'_>, call: &RestCall) -> Answer {
        match call {
            RestCall::Root => self.links.root(),
            RestCall::RateLimit => self.rate_limit(caller),
            RestCall::Repository { which, probe, tail } => {
                self.repository(caller, which, (*probe, tail.as_str()))
            }
            RestCall::Organization { login, probe } => self.organization(caller, login, probe),
            RestCall::App
            | RestCall::AppInstallation(_)
            | RestCall::Mint(_)
            | RestCall::RepositoryInstallation(_)
            | RestCall::OwnerInstallation { .. } => {
                answer::error(StatusCode::UNAUTHORIZED, app::NOT_DECODED)
            }
            // recorded: GitHub's own text for a query without a credential.
            RestCall::GraphQl => answer::error(
                StatusCode::UNAUTHORIZED,
                "This endpoint requires you to be authenticated.",
            ),
            RestCall::User
            | RestCall::InstallationRepositories
            | RestCall::RevokeInstallationToken
            | RestCall::UserInstallations
            | RestCall::UserInstallationRepositories(_) => {
                // recorded: GitHub's own text for a call without a credential.
                answer::error(StatusCode::UNAUTHORIZED, "Requires authentication")
            }
        }
    }

    fn rate_limit(&self, caller: &Caller<'_>) -> Answer {
        if self.state.server.is_enterprise() {
            // recorded: an Enterprise Server 3.10 with limits off, and actions/stale #1227; the token is good all the same.
            return answer::error(StatusCode::NOT_FOUND, "Rate limiting is not enabled.");
        }
        let (limit, reset) = (dress::limit(caller), self.reset());
        let core = json!({ "limit": limit, "used": 1, "remaining": limit - 1, "reset": reset });
        let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": reset });
        let mut body = json!({
            "resources": { "core": core, "graphql": core, "search": search },
        });
        // The version of 2026 has dropped it.
        if version::selected(&self.state.server, self.headers) != Some(version::NEWEST) {
            body["rate"] = core;
        }
        answer::json(StatusCode::OK, &body)
    }

    fn user(&self, account: &Account) -> Answer {
        match &account.identity {
            Identity::User { login } => {
                let mut person = self.links.person(login, "User");
                if let Some(id) = account.user_id {
                    person["id"] = id.into();
                }
                answer::json(StatusCode::OK, &person)
            }
            // It proves that the token is a good one of an installation.
            Identity::Installation { owner: _ } => inaccessible(Kind::Installation),
        }
    }
}

/// Refuses what a token's permissions, or its kind, do not allow.
fn inaccessible(kind: Kind) -> Answer {
    // recorded: GitHub's own texts.
    let message = match kind {
        Kind::FineGrained | Kind::Classic | Kind::OAuth => {
            "Resource not accessible by personal access token"
        }
        Kind::UserToServer | Kind::Installation => "Resource not accessible by integration",
    };
    answer::error(StatusCode::FORBIDDEN, message)
}

/// What is not there, or not for this caller.
fn not_found() -> Answer {
    // recorded: GitHub's own text, for both alike.
    answer::error(StatusCode::NOT_FOUND, "Not Found")
}
