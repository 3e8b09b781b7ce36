//! The calls that an app makes with its JWT, and the end of the tokens it minted.

use hyper::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::links::AppName;
use super::{Ask, caller, inaccessible, not_found};
use crate::account::{Holder, Installed, Kind, named};
use crate::answer::{self, Answer};
use crate::app::{self, App, Minted};
use crate::repository::Repository;
use crate::route::{RestCall, Which};
use crate::state::Caller;

impl Ask<'_> {
    /// Answers an app that shows a good JWT.
    pub(super) fn for_app(&self, caller: &Caller<'_>, app: &App, call: &RestCall) -> Answer {
        match call {
            RestCall::App => self.app(app),
            RestCall::AppInstallation(id) => self.installation(app, app.installation(*id)),
            RestCall::RepositoryInstallation(which) => self.installation_for(app, which),
            RestCall::OwnerInstallation {
                owner,
                is_organization,
            } => {
                let mut installed = app.installed.iter();
                let installed = installed.find(|installed| installed.is_on(owner));
                let is_hidden = *is_organization && self.state.is_user(owner);
                self.installation(app, installed.filter(|_| !is_hidden))
            }
            RestCall::Mint(id) => match app.installation(*id) {
                Some(installed) => self.mint(app, installed),
                None => not_found(),
            },
            RestCall::Root
            | RestCall::RateLimit
            | RestCall::Repository { .. }
            | RestCall::Organization { .. } => self.for_anyone(caller, call),
            RestCall::User
            | RestCall::GraphQl
            | RestCall::InstallationRepositories
            | RestCall::RevokeInstallationToken
            | RestCall::UserInstallations
            | RestCall::UserInstallationRepositories(_) => inaccessible(Kind::Installation),
        }
    }

    fn app(&self, app: &App) -> Answer {
        let owner = app.installed.first();
        let owner = owner.map_or("octocat", |installed| &installed.owner);
        let body = json!({
            "id": app.id,
            "client_id": app.client_id,
            "slug": app.slug,
            "name": app.slug,
            "owner": self.links.person(owner, "Organization"),
            "description": null,
            "external_url": self.links.api("/"),
            "html_url": self.links.api(&format!("/apps/{}", app.slug)),
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "permissions": named(&app.permissions()),
            "events": [],
            "installations_count": app.installed.len(),
        });
        answer::json(StatusCode::OK, &body)
    }

    fn installation_for(&self, app: &App, which: &Which) -> Answer {
        let covers = |found: &Repository| {
            let mut installed = app.installed.iter();
            installed.find(|installed| installed.covers(&found.full_name))
        };
        match self.find(which) {
            Some((found, true)) if covers(found).is_some() => self.moved_to(found, "/installation"),
            found => self.installation(app, found.and_then(|(found, _)| covers(found))),
        }
    }

    fn installation(&self, app: &App, installed: Option<&Installed>) -> Answer {
        let Some(installed) = installed else {
            return not_found();
        };
        let body = self.links.installation(&name(app), installed);
        answer::json(StatusCode::OK, &body)
    }

    fn mint(&self, app: &App, installed: &Installed) -> Answer {
        if installed.suspended {
            // recorded: GitHub's own text.
            let message = "This installation has been suspended";
            return answer::error(StatusCode::FORBIDDEN, message);
        }
        let owner = &installed.owner;
        let organization = self.state.organization(owner);
        if let Some(refusal) = organization.and_then(|by| by.address_refusal(owner)) {
            return refusal.rest(&self.state.server, self.links.host);
        }
        let wish = match self.body {
            [] => json!({}),
            body => match serde_json::from_slice(body) {
                Ok(wish) => wish,
                // recorded: GitHub's own text.
                Err(_) => return answer::error(StatusCode::BAD_REQUEST, "Problems parsing JSON"),
            },
        };
        let format = self.headers.get("x-github-stateless-s2s-token");
        let is_stateless = format.is_none_or(|format| format.as_bytes() != b"disabled");
        match app::mint(self.state, app, installed, &wish, is_stateless) {
            Ok(minted) => self.minted(&minted, &wish, installed),
            Err(complaint) => answer::error(StatusCode::UNPROCESSABLE_ENTITY, complaint),
        }
    }

    fn minted(&self, minted: &Minted, wish: &Value, installed: &Installed) -> Answer {
        let expires_at: Timestamp = self.state.clock.now() + SignedDuration::from_hours(1);
        let mut permissions = minted.permissions.clone();
        // Every token has it, whatever was asked for.
        permissions
            .entry("metadata".to_owned())
            .or_insert_with(|| "read".to_owned());
        let is_narrowed = app::is_narrowed(wish);
        let selection = if is_narrowed {
            "selected"
        } else {
            installed.selection()
        };
        let mut body = json!({
            "token": minted.token,
            "expires_at": expires_at.to_string(),
            "permissions": permissions,
            "repository_selection": selection,
        });
        if is_narrowed {
            let repositories = minted.repositories.iter();
            let found = repositories.filter_map(|name| self.state.repositories.find(name));
            let found = found.map(|found| self.links.repository(&found.full_name, Some(found)));
            body["repositories"] = found.collect();
        }
        answer::json(StatusCode::CREATED, &body)
    }

    /// Revokes the token that asks for it.
    pub(super) fn revoke(&self, holder: &Holder) -> Answer {
        if holder.kind != Kind::Installation {
            // The words are from memory.
            let message = "You must authenticate with an installation access token in order to \
                revoke it.";
            return answer::error(StatusCode::FORBIDDEN, message);
        }
        if let Some(token) = caller::token(self.headers) {
            self.state.revoke(token);
        }
        answer::empty(StatusCode::NO_CONTENT)
    }
}

fn name(app: &App) -> AppName<'_> {
    AppName {
        id: app.id,
        client_id: &app.client_id,
        slug: &app.slug,
    }
}
