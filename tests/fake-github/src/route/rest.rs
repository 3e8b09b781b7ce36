//! The calls of the REST API, and of GraphQL.

use hyper::Method;

use super::probe::{self, Probe};

/// The calls of the REST API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RestCall {
    Root,
    User,
    RateLimit,
    GraphQl,
    InstallationRepositories,
    RevokeInstallationToken,
    UserInstallations,
    UserInstallationRepositories(u64),
    App,
    AppInstallation(u64),
    Mint(u64),
    RepositoryInstallation(Which),
    OwnerInstallation {
        owner: String,
        is_organization: bool,
    },
    Repository {
        which: Which,
        probe: &'static Probe,
        /// What follows the repository in the path.
        tail: String,
    },
    Organization {
        login: String,
        probe: &'static Probe,
    },
}

/// How a repository is named.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Named(String),
    Numbered(u64),
}

/// The call, and the base it was made below.
pub(super) fn call(method: &Method, segments: &[&str]) -> Option<(&'static str, RestCall)> {
    let (base, rest) = match segments {
        ["api", "v3", rest @ ..] => ("/api/v3", rest),
        ["api", rest @ ..] if rest == ["graphql"] => ("/api", rest),
        rest => ("", rest),
    };
    let call = match *method {
        Method::GET | Method::HEAD => get(rest),
        Method::POST => post(rest),
        Method::DELETE if rest == ["installation", "token"] => {
            Some(RestCall::RevokeInstallationToken)
        }
        _ => None,
    };
    call.map(|call| (base, call))
}

fn get(segments: &[&str]) -> Option<RestCall> {
    Some(match segments {
        [] | [""] => RestCall::Root,
        ["user"] => RestCall::User,
        ["rate_limit"] => RestCall::RateLimit,
        ["installation", "repositories"] => RestCall::InstallationRepositories,
        ["user", "installations"] => RestCall::UserInstallations,
        ["user", "installations", id, "repositories"] => {
            RestCall::UserInstallationRepositories(id.parse().ok()?)
        }
        ["app"] => RestCall::App,
        ["app", "installations", id] => RestCall::AppInstallation(id.parse().ok()?),
        ["repos", owner, name, "installation"] => {
            RestCall::RepositoryInstallation(Which::Named(format!("{owner}/{name}")))
        }
        ["repositories", id, "installation"] => {
            RestCall::RepositoryInstallation(Which::Numbered(id.parse().ok()?))
        }
        [kind @ ("orgs" | "users"), owner, "installation"] => RestCall::OwnerInstallation {
            owner: (*owner).to_owned(),
            is_organization: *kind == "orgs",
        },
        ["repos", owner, name, rest @ ..] => RestCall::Repository {
            which: Which::Named(format!("{owner}/{name}")),
            probe: probe::of_repository(rest)?,
            tail: tail(rest),
        },
        ["repositories", id, rest @ ..] => RestCall::Repository {
            which: Which::Numbered(id.parse().ok()?),
            probe: probe::of_repository(rest)?,
            tail: tail(rest),
        },
        ["orgs", login, rest @ ..] => RestCall::Organization {
            login: (*login).to_owned(),
            probe: probe::of_organization(rest)?,
        },
        _ => return None,
    })
}

fn tail(rest: &[&str]) -> String {
    let segments = rest.iter();
    segments.flat_map(|segment| ["/", *segment]).collect()
}

fn post(segments: &[&str]) -> Option<RestCall> {
    Some(match segments {
        ["graphql"] => RestCall::GraphQl,
        ["app", "installations", id, "access_tokens"] => RestCall::Mint(id.parse().ok()?),
        _ => return None,
    })
}
