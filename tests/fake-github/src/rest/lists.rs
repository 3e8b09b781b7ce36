//! The calls that answer with one page of a list.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::links::AppName;
use super::{Ask, inaccessible, not_found};
use crate::account::{Holder, Identity, Installed, Kind};
use crate::answer::{self, Answer};
use crate::app::{id_of, installation_id};

impl Ask<'_> {
    pub(super) fn installation_repositories(&self, holder: &Holder) -> Answer {
        let account = &holder.account;
        if let Identity::User { login: _ } = &account.identity {
            // The status is as recorded; the words are from memory.
            let message = "You must authenticate with an installation access token in order to \
                list repositories for an installation.";
            return answer::error(StatusCode::FORBIDDEN, message);
        }
        let page = self.page(account.repositories().collect());
        let repositories = page.items.iter();
        let repositories: Vec<_> = repositories.map(|name| self.listed(holder, name)).collect();
        let selection = if account.has_all { "all" } else { "selected" };
        page.answer(
            self,
            "/installation/repositories",
            &json!({
                "total_count": page.total,
                "repository_selection": selection,
                "repositories": repositories,
            }),
        )
    }

    pub(super) fn user_installations(&self, holder: &Holder) -> Answer {
        if let Some(refusal) = refuse_others(holder.kind) {
            return refusal;
        }
        let page = self.page(holder.account.installed.iter().collect());
        let app = self.app_of(holder);
        let installations = page.items.iter();
        let installations: Vec<_> = installations
            .map(|installed| self.links.installation(&app, installed))
            .collect();
        let body = json!({ "total_count": page.total, "installations": installations });
        page.answer(self, "/user/installations", &body)
    }

    pub(super) fn user_installation_repositories(&self, holder: &Holder, id: u64) -> Answer {
        if let Some(refusal) = refuse_others(holder.kind) {
            return refusal;
        }
        let app = self.app_of(holder);
        let has_id = |installed: &&Installed| installation_id(app.client_id, installed) == id;
        let Some(installed) = holder.account.installed.iter().find(has_id) else {
            return not_found();
        };
        let names = holder.account.repositories();
        let page = self.page(names.filter(|name| installed.covers(name)).collect());
        let repositories = page.items.iter();
        let repositories: Vec<_> = repositories.map(|name| self.listed(holder, name)).collect();
        let path = format!("/user/installations/{id}/repositories");
        page.answer(
            self,
            &path,
            &json!({
                "total_count": page.total,
                "repository_selection": installed.selection(),
                "repositories": repositories,
            }),
        )
    }

    /// The repository 'name' as lists show it.
    pub(super) fn listed(&self, holder: &Holder, name: &str) -> Value {
        match self.state.repositories.find(name) {
            Some(found) => self.described(Some(holder), found),
            None => self.links.repository(name, None),
        }
    }

    /// The app a user's token was issued to.
    fn app_of<'h>(&'h self, holder: &'h Holder) -> AppName<'h> {
        let client_id = holder.account.client_id.as_deref().unwrap_or_default();
        let mut apps = self.state.apps.iter();
        match apps.find(|app| app.client_id == client_id) {
            Some(app) => AppName {
                id: app.id,
                client_id,
                slug: &app.slug,
            },
            None => AppName {
                id: id_of(client_id),
                client_id,
                slug: "octo-app",
            },
        }
    }

    /// The page of 'all' that the query asks for.
    fn page<T>(&self, all: Vec<T>) -> Page<T> {
        let size = parameter(self.query, "per_page")
            .unwrap_or(30)
            .clamp(1, 100);
        let number = parameter(self.query, "page").unwrap_or(1).max(1);
        let total = all.len();
        let before = (number - 1).saturating_mul(size);
        Page {
            items: all.into_iter().skip(before).take(size).collect(),
            total,
            next: (number.saturating_mul(size) < total).then_some((size, number + 1)),
        }
    }
}

/// A part of a list.
struct Page<T> {
    items: Vec<T>,
    total: usize,
    /// The size and number of the page after this one.
    next: Option<(usize, usize)>,
}

impl<T> Page<T> {
    /// Answers with 'body', and with the link to the page after, at 'path'.
    fn answer(&self, ask: &Ask<'_>, path: &str, body: &Value) -> Answer {
        let mut answer = answer::json(StatusCode::OK, body);
        if let Some((size, number)) = self.next {
            let next = format!("{path}?per_page={size}&page={number}");
            let link = format!("<{}>; rel=\"next\"", ask.links.api(&next));
            answer::add_header(&mut answer, "Link", &link);
        }
        answer
    }
}

/// Refuses all but a user's token of a GitHub App.
fn refuse_others(kind: Kind) -> Option<Answer> {
    match kind {
        Kind::UserToServer => None,
        Kind::FineGrained | Kind::Installation => Some(inaccessible(kind)),
        // The status is as recorded; the words are from memory.
        Kind::Classic | Kind::OAuth => Some(answer::error(
            StatusCode::FORBIDDEN,
            "You must authenticate with an access token authorized to a GitHub App in order to list installations",
        )),
    }
}

fn parameter(query: Option<&str>, name: &str) -> Option<usize> {
    let parameters = query.unwrap_or_default().split('&');
    parameters
        .filter_map(|parameter| parameter.split_once('='))
        .find(|(known, _)| *known == name)
        .and_then(|(_, value)| value.parse().ok())
}
