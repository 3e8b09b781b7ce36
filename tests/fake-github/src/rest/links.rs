//! Bodies that point back to this server.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::account::{Installed, named};
use crate::answer::{self, Answer};
use crate::app::{id_of, installation_id};
use crate::repository::{Repository, Visibility};

/// Writes bodies with links.
pub(super) struct Links<'a> {
    /// Scheme and host, as the caller wrote them.
    web: String,
    pub(super) host: &'a str,
    /// The path of the API below it.
    base: &'a str,
}

/// What an installation's body says of its app.
pub(super) struct AppName<'a> {
    pub(super) id: u64,
    pub(super) client_id: &'a str,
    pub(super) slug: &'a str,
}

impl<'a> Links<'a> {
    pub(super) fn new(scheme: &str, host: &'a str, base: &'a str) -> Self {
        Self {
            web: format!("{scheme}://{host}"),
            host,
            base,
        }
    }

    pub(super) fn api(&self, path: &str) -> String {
        format!("{}{}{path}", self.web, self.base)
    }

    pub(super) fn root(&self) -> Answer {
        answer::json(
            StatusCode::OK,
            &json!({
                "current_user_url": self.api("/user"),
                "rate_limit_url": self.api("/rate_limit"),
            }),
        )
    }

    /// The repository `full_name`, of which nothing more may be known.
    pub(super) fn repository(&self, full_name: &str, found: Option<&Repository>) -> Value {
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        let private = found.is_none_or(|found| found.visibility == Visibility::Private);
        let id = found.map_or_else(|| id_of(full_name), Repository::id);
        json!({
            "id": id,
            "node_id": format!("R_{id}"),
            "name": name,
            "full_name": full_name,
            "owner": self.person(owner, "Organization"),
            "private": private,
            "visibility": if private { "private" } else { "public" },
            "default_branch": "main",
            "archived": found.is_some_and(|found| found.is_archived),
            "disabled": found.is_some_and(|found| found.is_disabled),
            "url": self.api(&format!("/repos/{full_name}")),
            "html_url": format!("{}/{full_name}", self.web),
            "clone_url": format!("{}/{full_name}.git", self.web),
        })
    }

    /// The installation 'installed' of 'app'.
    pub(super) fn installation(&self, app: &AppName<'_>, installed: &Installed) -> Value {
        let AppName {
            id: app_id,
            client_id,
            slug,
        } = *app;
        let id = installation_id(client_id, installed);
        let tokens = format!("/app/installations/{id}/access_tokens");
        let since = "2026-01-01T00:00:00Z";
        let suspended_at = installed.suspended.then_some("2026-01-02T00:00:00Z");
        json!({
            "id": id,
            "client_id": client_id,
            "account": self.person(&installed.owner, "Organization"),
            "repository_selection": installed.selection(),
            "access_tokens_url": self.api(&tokens),
            "repositories_url": self.api("/installation/repositories"),
            "html_url": format!("{}/settings/installations/{id}", self.web),
            "app_id": app_id,
            "app_slug": slug,
            "target_id": id_of(&installed.owner),
            "target_type": "Organization",
            "permissions": named(&installed.permissions),
            "events": [],
            "created_at": since,
            "updated_at": suspended_at.unwrap_or(since),
            "single_file_name": null,
            "has_multiple_single_files": false,
            "single_file_paths": [],
            "suspended_by": null,
            "suspended_at": suspended_at,
        })
    }

    pub(super) fn person(&self, login: &str, kind: &str) -> Value {
        let url = self.api(&format!("/users/{login}"));
        json!({
            "login": login,
            "id": id_of(login),
            "node_id": format!("U_{}", id_of(login)),
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
