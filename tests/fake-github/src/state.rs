//! What all connections share.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::account::Account;
use crate::answer::Answer;
use crate::git::Backend;
use crate::memory::Memory;
use crate::repository::Repositories;

/// The fake's world: what it was built from, and what a test changed since.
pub(crate) struct State {
    pub(crate) enterprise_version: Option<String>,
    pub(crate) repositories: Repositories,
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    pub(crate) tokens: Mutex<HashMap<String, Arc<Account>>>,
    pub(crate) canned: Mutex<HashMap<String, Answer>>,
    pub(crate) stalled: watch::Sender<bool>,
}

/// Who asks.
pub(crate) enum Caller {
    /// Somebody who shows no credential.
    Anonymous,
    /// Somebody with a token that means nothing, or no longer.
    Stranger,
    /// The owner of a good token.
    Known(Arc<Account>),
}

impl State {
    /// Who holds 'token'.
    pub(crate) fn caller(&self, token: &str) -> Caller {
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        match tokens.get(token) {
            Some(account) => Caller::Known(Arc::clone(account)),
            None => Caller::Stranger,
        }
    }

    pub(crate) fn revoke(&self, token: &str) {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.remove(token);
    }

    /// Sets the canned answer for 'path'.
    pub(crate) fn can(&self, path: &str, answer: Answer) {
        let mut canned = self.canned.lock().unwrap_or_else(PoisonError::into_inner);
        canned.insert(path.to_owned(), answer);
    }

    /// The canned answer for 'path', with its query before without.
    pub(crate) fn canned(&self, path: &str) -> Option<Answer> {
        let canned = self.canned.lock().unwrap_or_else(PoisonError::into_inner);
        let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
        canned.get(path).or_else(|| canned.get(bare)).cloned()
    }

    /// Waits while the fake is stalled.
    pub(crate) async fn flowing(&self) {
        let mut stalled = self.stalled.subscribe();
        // The sender lives in 'self', so there is no other way to end than to flow.
        let _ = stalled.wait_for(|stalled| !stalled).await;
    }
}
