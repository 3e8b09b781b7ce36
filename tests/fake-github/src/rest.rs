//! The REST API, as far as a token is inspected with it.

use std::time::{SystemTime, UNIX_EPOCH};

use hyper::header::{AUTHORIZATION, HOST, USER_AGENT};
use hyper::http::request::Parts;
use hyper::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use crate::account::{Account, Identity};
use crate::answer::{self, Answer};
use crate::repository::Visibility;
use crate::route::RestCall;
use crate::state::{Caller, State};

/// Answers 'call', made below 'base'.
pub(crate) fn answer(
    state: &State,
    scheme: &str,
    head: &Parts,
    base: &str,
    call: &RestCall,
) -> Answer {
    if !head.headers.contains_key(USER_AGENT) {
        return answer::text(StatusCode::FORBIDDEN, NO_USER_AGENT);
    }
    let caller = caller(state, &head.headers);
    let host = head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let links = Links {
        web: format!("{scheme}://{}", host.unwrap_or("localhost")),
        base,
    };
    let mut answer = match (call, &caller) {
        (_, Caller::Stranger) => {
            // recorded: GitHub's own text for a token that is wrong, expired or revoked alike.
            answer::error(StatusCode::UNAUTHORIZED, "Bad credentials")
        }
        (RestCall::Root, Caller::Anonymous | Caller::Known(_)) => links.root(),
        (RestCall::RateLimit, caller) => rate_limit(state, caller),
        (RestCall::User | RestCall::InstallationRepositories, Caller::Anonymous) => {
            // recorded: GitHub's own text for a call without a credential.
            answer::error(StatusCode::UNAUTHORIZED, "Requires authentication")
        }
        (RestCall::User, Caller::Known(account)) => links.user(account),
        (RestCall::InstallationRepositories, Caller::Known(account)) => {
            links.installation_repositories(state, account, head.uri.query())
        }
    };
    dress(&mut answer, state, &caller);
    answer
}

// recorded: the first sentences of GitHub's own text, as its documentation quotes it.
const NO_USER_AGENT: &str = "Request forbidden by administrative rules. \
    Please make sure your request has a User-Agent header\n";

/// Who asks: `Bearer` and `token` both introduce a token.
fn caller(state: &State, headers: &HeaderMap) -> Caller {
    let Some(credential) = headers.get(AUTHORIZATION) else {
        return Caller::Anonymous;
    };
    match credential
        .to_str()
        .ok()
        .and_then(|line| line.split_once(' '))
    {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token") =>
        {
            state.caller(token.trim())
        }
        Some(_) | None => Caller::Stranger,
    }
}

/// Adds the headers every answer of the API has.
fn dress(answer: &mut Answer, state: &State, caller: &Caller) {
    // recorded: header names and forms as in the fixtures of octokit and in published logs.
    let mut add = |name, value: &str| answer::add_header(answer, name, value);
    add("X-GitHub-Media-Type", "github.v3; format=json");
    add("X-Accepted-OAuth-Scopes", "");
    add("Vary", "Accept, Authorization, Cookie, X-GitHub-OTP");
    if let Caller::Known(account) = caller {
        if let Some(scopes) = &account.scopes {
            add("X-OAuth-Scopes", scopes);
        }
        if let Some(expires) = &account.expires {
            add("GitHub-Authentication-Token-Expiration", expires);
        }
        for (name, value) in &account.headers {
            add(name, value);
        }
    }
    // recorded: an Enterprise Server names its version, and has its rate limits off by default.
    if let Some(version) = &state.enterprise_version {
        add("X-GitHub-Enterprise-Version", version);
    } else {
        let limit = limit(caller);
        add("X-RateLimit-Limit", &limit.to_string());
        add("X-RateLimit-Remaining", &(limit - 1).to_string());
        add("X-RateLimit-Used", "1");
        add("X-RateLimit-Reset", &reset().to_string());
        add("X-RateLimit-Resource", "core");
    }
}

/// Requests an hour.
fn limit(caller: &Caller) -> u32 {
    match caller {
        Caller::Anonymous | Caller::Stranger => 60,
        Caller::Known(_) => 5000,
    }
}

/// When the hour is over.
fn reset() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("the clock is past 1970").as_secs() + 3600
}

fn rate_limit(state: &State, caller: &Caller) -> Answer {
    if state.enterprise_version.is_some() {
        // recorded: an Enterprise Server 3.10 with limits off, and actions/stale #1227; the token is good all the same.
        return answer::error(StatusCode::NOT_FOUND, "Rate limiting is not enabled.");
    }
    let core = json!({
        "limit": limit(caller), "used": 1, "remaining": limit(caller) - 1, "reset": reset(),
    });
    let search = json!({ "limit": 30, "used": 0, "remaining": 30, "reset": reset() });
    answer::json(
        StatusCode::OK,
        &json!({
            "resources": { "core": core, "graphql": core, "search": search },
            "rate": core,
        }),
    )
}

/// Writes bodies that point back to this server.
struct Links<'a> {
    /// Scheme and host, as the caller wrote them.
    web: String,
    /// The path of the API below it.
    base: &'a str,
}

impl Links<'_> {
    fn api(&self, path: &str) -> String {
        format!("{}{}{path}", self.web, self.base)
    }

    fn root(&self) -> Answer {
        answer::json(
            StatusCode::OK,
            &json!({
                "current_user_url": self.api("/user"),
                "rate_limit_url": self.api("/rate_limit"),
            }),
        )
    }

    fn user(&self, account: &Account) -> Answer {
        match &account.identity {
            Identity::User { login } => answer::json(StatusCode::OK, &self.person(login, "User")),
            Identity::Installation { owner: _ } => {
                // recorded: GitHub's own text; it proves that the token is a good one of an installation.
                let message = "Resource not accessible by integration";
                answer::error(StatusCode::FORBIDDEN, message)
            }
        }
    }

    fn installation_repositories(
        &self,
        state: &State,
        account: &Account,
        query: Option<&str>,
    ) -> Answer {
        if let Identity::User { login: _ } = &account.identity {
            // The status is as recorded; the words are from memory.
            let message = "You must authenticate with an installation access token in order to \
                list repositories for an installation.";
            return answer::error(StatusCode::FORBIDDEN, message);
        }
        let all: Vec<_> = account.repositories().collect();
        let size = parameter(query, "per_page").unwrap_or(30).clamp(1, 100);
        let page = parameter(query, "page").unwrap_or(1).max(1);
        let repositories = all.iter().skip((page - 1).saturating_mul(size)).take(size);
        let repositories: Vec<_> = repositories
            .map(|name| self.repository(state, name))
            .collect();
        let mut answer = answer::json(
            StatusCode::OK,
            &json!({
                "total_count": all.len(),
                "repository_selection": "selected",
                "repositories": repositories,
            }),
        );
        if page.saturating_mul(size) < all.len() {
            let next = format!(
                "/installation/repositories?per_page={size}&page={}",
                page + 1
            );
            let link = format!("<{}>; rel=\"next\"", self.api(&next));
            answer::add_header(&mut answer, "Link", &link);
        }
        answer
    }

    fn repository(&self, state: &State, full_name: &str) -> Value {
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        let private = state
            .repositories
            .find(full_name)
            .is_none_or(|known| known.visibility == Visibility::Private);
        json!({
            "id": id(full_name),
            "node_id": format!("R_{}", id(full_name)),
            "name": name,
            "full_name": full_name,
            "owner": self.person(owner, "Organization"),
            "private": private,
            "visibility": if private { "private" } else { "public" },
            "default_branch": "main",
            "archived": false,
            "disabled": false,
            "url": self.api(&format!("/repos/{full_name}")),
            "html_url": format!("{}/{full_name}", self.web),
            "clone_url": format!("{}/{full_name}.git", self.web),
        })
    }

    fn person(&self, login: &str, kind: &str) -> Value {
        let url = self.api(&format!("/users/{login}"));
        json!({
            "login": login,
            "id": id(login),
            "node_id": format!("U_{}", id(login)),
            "avatar_url": format!("{}/{login}.png", self.web),
            "gravatar_id": "",
            "url": url,
            "html_url": format!("{}/{login}", self.web),
            "followers_url": format!("{url}/followers"),
            "following_url": format!("{url}/following"),
            "gists_url": format!("{url}/gists"),
            "starred_url": format!("{url}/starred"),
            "subscriptions_url": format!("{url}/subscriptions"),
            "organizations_url": format!("{url}/orgs"),
            "repos_url": format!("{url}/repos"),
            "events_url": format!("{url}/events"),
            "received_events_url": format!("{url}/received_events"),
            "type": kind,
            "site_admin": false,
        })
    }
}

/// A number for 'name', always the same.
fn id(name: &str) -> u32 {
    let fnv = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    name.bytes().fold(0x811c_9dc5, fnv) % 100_000_000
}

fn parameter(query: Option<&str>, name: &str) -> Option<usize> {
    let parameters = query.unwrap_or_default().split('&');
    parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(known, _)| *known == name)
        .and_then(|(_, value)| value.parse().ok())
}
