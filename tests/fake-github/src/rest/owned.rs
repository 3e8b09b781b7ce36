//! Repositories and organisations, and what may be read below them.

use hyper::StatusCode;
use serde_json::{Value, json};

use super::{Ask, inaccessible, not_found};
use crate::account::{Holder, Kind, Level, Right};
use crate::answer::{self, Answer};
use crate::repository::{Repository, Visibility, blocked};
use crate::route::{Probe, Role, Shape, Which};
use crate::state::Caller;

impl Ask<'_> {
    /// Answers 'probe', which is at 'tail' below the repository.
    pub(super) fn repository(
        &self,
        caller: &Caller<'_>,
        which: &Which,
        (probe, tail): (&Probe, &str),
    ) -> Answer {
        let holder = caller.holder();
        let found = self.find(which);
        let Some((found, is_moved)) = found.filter(|(found, _)| is_visible(holder, found)) else {
            return not_found();
        };
        if is_moved {
            return self.moved_to(found, tail);
        }
        if let Some(refusal) = self.refused(holder, &found.full_name) {
            return refusal;
        }
        if found.is_blocked {
            return blocked();
        }
        if probe.is_cloud_only && self.state.server.is_enterprise() {
            return not_found();
        }
        if let Some(refusal) = refusal(holder, found, probe) {
            return refusal;
        }
        match (found.off(probe.permission), probe.shape) {
            (_, Shape::Itself) => answer::json(StatusCode::OK, &self.described(holder, found)),
            (None, Shape::Content) => self.contents(found, tail),
            (Some(off), _) => off.answer(),
            (None, shape) => self.shaped(shape),
        }
    }

    /// The repository meant, and whether it has moved to another name.
    pub(super) fn find(&self, which: &Which) -> Option<(&Repository, bool)> {
        let repositories = &self.state.repositories;
        match which {
            Which::Numbered(id) => repositories.numbered(*id).map(|found| (found, false)),
            Which::Named(name) => match repositories.find(name) {
                Some(found) => Some((found, false)),
                None => repositories.renamed(name).map(|found| (found, true)),
            },
        }
    }

    /// Leads to 'tail' below a repository that was renamed.
    pub(super) fn moved_to(&self, found: &Repository, tail: &str) -> Answer {
        let query = self.query.map(|query| format!("?{query}"));
        let path = format!(
            "/repositories/{}{tail}{}",
            found.id(),
            query.unwrap_or_default()
        );
        let url = self.links.api(&path);
        // recorded: the body as GitHub documents it for redirects.
        let guide = "https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects";
        let body = json!({
            "message": "Moved Permanently",
            "url": url,
            "documentation_url": guide,
        });
        let mut answer = answer::json(StatusCode::MOVED_PERMANENTLY, &body);
        answer::add_header(&mut answer, "Location", &url);
        answer
    }

    /// The refusal of the organisation that owns 'of', or is so called.
    fn refused(&self, holder: Option<&Holder>, of: &str) -> Option<Answer> {
        let refusal = self.state.refusal(of, holder?)?;
        Some(refusal.rest(&self.state.server, self.links.host))
    }

    pub(super) fn organization(&self, caller: &Caller<'_>, login: &str, probe: &Probe) -> Answer {
        if let Some(refusal) = self.refused(caller.holder(), login) {
            return refusal;
        }
        if probe.shape == Shape::Itself {
            let body = self.links.person(login, "Organization");
            return answer::json(StatusCode::OK, &body);
        }
        match caller.holder() {
            None => answer::error(StatusCode::UNAUTHORIZED, "Requires authentication"),
            Some(holder) if !holder.may(login, probe.permission, probe.level) => {
                inaccessible(holder.kind)
            }
            Some(_) => self.shaped(probe.shape),
        }
    }

    /// The repository as 'holder' sees it.
    pub(super) fn described(&self, holder: Option<&Holder>, found: &Repository) -> Value {
        let mut body = self.links.repository(&found.full_name, Some(found));
        if let Some(holder) = holder {
            let push = says_push(holder, &found.full_name);
            body["permissions"] = json!({
                "admin": false, "maintain": false, "push": push, "triage": push, "pull": true,
            });
        }
        body
    }

    fn shaped(&self, shape: Shape) -> Answer {
        let body = match shape {
            Shape::List => json!([]),
            Shape::Counted(name) => json!({ "total_count": 0, name: [] }),
            Shape::Object | Shape::Itself | Shape::Content => json!({}),
            Shape::Missing => return not_found(),
            Shape::Incomplete if self.query.is_some_and(|query| query.contains("ref=")) => {
                json!({ "accepted": true })
            }
            Shape::Incomplete => {
                let message = "Invalid request.\n\n\"ref\" wasn't supplied.";
                return answer::error(StatusCode::UNPROCESSABLE_ENTITY, message);
            }
        };
        answer::json(StatusCode::OK, &body)
    }
}

/// Whether 'found' exists for 'holder', or for one without a token.
fn is_visible(holder: Option<&Holder>, found: &Repository) -> bool {
    found.visibility == Visibility::Public
        || holder.is_some_and(|holder| holder.sees(&found.full_name))
}

/// Refuses what the permissions do not allow, and then what the role does not.
fn refusal(holder: Option<&Holder>, found: &Repository, probe: &Probe) -> Option<Answer> {
    if probe.is_public && found.visibility == Visibility::Public {
        return None;
    }
    let Some(holder) = holder else {
        // recorded: GitHub's own text for a call without a credential.
        let message = "Requires authentication";
        return Some(answer::error(StatusCode::UNAUTHORIZED, message));
    };
    let name = &found.full_name;
    if !holder.may(name, probe.permission, probe.level) {
        return Some(inaccessible(holder.kind));
    }
    // An installation has no role beside its permissions.
    let may_write =
        holder.kind == Kind::Installation || holder.account.right_to(name) == Some(Right::Push);
    match probe.role {
        Role::Reader => None,
        Role::Writer | Role::Admin if may_write => None,
        Role::Writer => {
            // recorded: GitHub's own text.
            let message = "Must have admin rights to Repository.";
            Some(answer::error(StatusCode::FORBIDDEN, message))
        }
        Role::Admin => Some(not_found()),
    }
}

/// What the body says of the right to push: the truth for classic tokens alone.
fn says_push(holder: &Holder, name: &str) -> bool {
    let is_writer = holder.account.right_to(name) == Some(Right::Push);
    match holder.kind {
        Kind::Classic | Kind::OAuth => is_writer,
        // recorded: it follows the user where the token only reads (semantic-release/github #895), and is false where the
        // token may push (IntuneGet #235).
        Kind::FineGrained | Kind::UserToServer => {
            let may_push = is_writer && holder.may(name, "contents", Level::Write);
            let is_told = is_writer || !holder.has_permission_set();
            !may_push && is_told
        }
        // recorded: false although the token can push, seen in agent-glovebox #5127.
        Kind::Installation => false,
    }
}
