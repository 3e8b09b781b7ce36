//! The one query of GraphQL it understands: who am I?

use hyper::StatusCode;
use serde_json::{Value, json};

use super::Ask;
use crate::account::{Account, Identity};
use crate::answer::{self, Answer};
use crate::app::id_of;

impl Ask<'_> {
    /// Answers a query that mentions `viewer` and `login`; no other.
    pub(super) fn graphql(&self, account: &Account) -> Option<Answer> {
        let query: Value = serde_json::from_slice(self.body).ok()?;
        let query = query["query"].as_str()?;
        if !["viewer", "login"].iter().all(|word| query.contains(word)) {
            return None;
        }
        let login = account.login();
        let mut viewer = json!({ "login": login });
        if query.contains("databaseId") {
            let id = match &account.identity {
                Identity::User { login } => account.user_id.unwrap_or_else(|| id_of(login)),
                Identity::Installation { owner: _ } => id_of(&login),
            };
            viewer["databaseId"] = id.into();
        }
        let body = json!({ "data": { "viewer": viewer } });
        Some(answer::json(StatusCode::OK, &body))
    }
}
