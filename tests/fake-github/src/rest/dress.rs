//! The headers every answer of the API has.

use hyper::StatusCode;

use super::{Ask, version};
use crate::account::{Holder, Kind};
use crate::answer::{self, Answer};
use crate::route::{Probe, RestCall};
use crate::state::Caller;

impl Ask<'_> {
    pub(super) fn dress(&self, answer: &mut Answer, caller: &Caller<'_>, call: &RestCall) {
        // recorded: header names and forms as in the fixtures of octokit and in published logs.
        answer::add_header(answer, "X-GitHub-Media-Type", "github.v3; format=json");
        answer::add_header(answer, "X-Accepted-OAuth-Scopes", "");
        let vary = "Accept, Authorization, Cookie, X-GitHub-OTP";
        answer::add_header(answer, "Vary", vary);
        if let Some(version) = version::selected(&self.state.server, self.headers) {
            answer::add_header(answer, "X-GitHub-Api-Version-Selected", version);
        }
        if let Some(holder) = caller.holder() {
            self.add_holder(answer, holder);
        }
        if let Some(accepted) = self.accepted(answer.status(), caller, call) {
            answer::add_header(answer, "X-Accepted-GitHub-Permissions", &accepted);
        }
        // recorded: an Enterprise Server names its version, and has its rate limits off by default.
        if let Some(version) = self.state.server.version() {
            answer::add_header(answer, "X-GitHub-Enterprise-Version", version);
        } else {
            self.add_limits(answer, caller, call);
        }
    }

    /// Tells of the token what GitHub tells.
    fn add_holder(&self, answer: &mut Answer, holder: &Holder) {
        let account = &holder.account;
        // recorded: present but empty for a user's token of a GitHub App.
        let none = (holder.kind == Kind::UserToServer).then_some("");
        if let Some(scopes) = account.scopes.as_deref().or(none) {
            answer::add_header(answer, "X-OAuth-Scopes", scopes);
        }
        if let Some(client_id) = &account.client_id {
            answer::add_header(answer, "X-OAuth-Client-Id", client_id);
        }
        if let Some(expires) = &account.expires
            && self.state.server.has_since((3, 3))
        {
            answer::add_header(answer, "GitHub-Authentication-Token-Expiration", expires);
        }
        for (name, value) in &account.headers {
            answer::add_header(answer, name, value);
        }
    }

    /// What the call asks of those who have permissions, where GitHub tells it.
    fn accepted(&self, status: StatusCode, caller: &Caller<'_>, call: &RestCall) -> Option<String> {
        let is_told = caller.kind().is_some_and(Kind::has_permissions)
            && self.state.server.has_since((3, 11))
            && ![StatusCode::NOT_FOUND, StatusCode::MOVED_PERMANENTLY].contains(&status);
        let of = |probe: &Probe| format!("{}={}", probe.permission, probe.level);
        is_told.then_some(match call {
            RestCall::Repository {
                which: _,
                probe,
                tail: _,
            }
            | RestCall::Organization { login: _, probe } => of(probe),
            RestCall::InstallationRepositories => "metadata=read".to_owned(),
            RestCall::Root
            | RestCall::User
            | RestCall::RateLimit
            | RestCall::RevokeInstallationToken
            | RestCall::UserInstallations
            | RestCall::UserInstallationRepositories(_) => {
                "allows_permissionless_access=true".to_owned()
            }
            RestCall::GraphQl
            | RestCall::App
            | RestCall::AppInstallation(_)
            | RestCall::Mint(_)
            | RestCall::RepositoryInstallation(_)
            | RestCall::OwnerInstallation { .. } => return None,
        })
    }

    fn add_limits(&self, answer: &mut Answer, caller: &Caller<'_>, call: &RestCall) {
        let limit = limit(caller);
        let resource = if *call == RestCall::GraphQl {
            "graphql"
        } else {
            "core"
        };
        for (name, value) in [
            ("X-RateLimit-Limit", limit.to_string()),
            ("X-RateLimit-Remaining", (limit - 1).to_string()),
            ("X-RateLimit-Used", 1.to_string()),
            ("X-RateLimit-Reset", self.reset().to_string()),
            ("X-RateLimit-Resource", resource.to_owned()),
        ] {
            answer::add_header(answer, name, &value);
        }
    }

    /// When the hour is over.
    pub(super) fn reset(&self) -> i64 {
        self.state.clock.now().as_second() + 3600
    }
}

/// Requests an hour.
pub(super) fn limit(caller: &Caller<'_>) -> u32 {
    match caller {
        Caller::Anonymous | Caller::Stranger | Caller::Refused(_) => 60,
        Caller::Known(_) | Caller::App(_) => 5000,
    }
}
