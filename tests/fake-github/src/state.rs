//! What all connections share.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hyper::body::Bytes;
use tokio::sync::watch;

use crate::account::{Account, Holder, Identity, Kind};
use crate::answer::Answer;
use crate::app::{App, Minted};
use crate::clock::Clock;
use crate::fault::Fault;
use crate::git::Backend;
use crate::memory::Memory;
use crate::organization::{Organization, Refusal};
use crate::repository::{Repositories, Repository};
use crate::server::Server;

/// The fake's world: what it was built from, and what a test changed since.
pub(crate) struct State {
    pub(crate) server: Server,
    pub(crate) clock: Clock,
    pub(crate) apps: Vec<App>,
    pub(crate) repositories: Repositories,
    pub(crate) backend: Backend,
    pub(crate) memory: Memory,
    pub(crate) tokens: Mutex<HashMap<String, Arc<Holder>>>,
    pub(crate) minted: Mutex<Vec<Minted>>,
    pub(crate) replication_delay: usize,
    pub(crate) canned: Mutex<HashMap<String, Answer>>,
    pub(crate) faults: Mutex<HashMap<String, VecDeque<Fault>>>,
    pub(crate) latency: Mutex<Duration>,
    pub(crate) organizations: HashMap<String, Organization>,
    /// By the repository and the object's name.
    pub(crate) lfs: Mutex<HashMap<(u64, String), Bytes>>,
    pub(crate) stalled: watch::Sender<bool>,
}

/// Who asks.
pub(crate) enum Caller<'a> {
    /// Somebody who shows no credential.
    Anonymous,
    /// Somebody with a token that means nothing, or no longer, or not yet.
    Stranger,
    /// Somebody with a JWT that is refused.
    Refused(Box<Answer>),
    /// The owner of a good token.
    Known(Arc<Holder>),
    /// An app, by its JWT.
    App(&'a App),
}

impl State {
    /// Who holds 'token'.
    pub(crate) fn caller(&self, token: &str) -> Caller<'_> {
        let holder = lock(&self.tokens).get(token).map(Arc::clone);
        let is_too_new = token.starts_with("github_pat_") && !self.server.has_since((3, 10));
        match holder {
            Some(holder) if !is_too_new && holder.is_known() => Caller::Known(holder),
            Some(_) | None => Caller::Stranger,
        }
    }

    /// Makes a token that was just minted stand for 'account'.
    pub(crate) fn know(&self, minted: &Minted, account: Account) {
        let holder = Holder::new(&minted.token, account).unknown_for(self.replication_delay);
        lock(&self.tokens).insert(minted.token.clone(), holder.into());
        lock(&self.minted).push(minted.clone());
    }

    /// Every token that was minted so far.
    pub(crate) fn minted(&self) -> Vec<Minted> {
        lock(&self.minted).clone()
    }

    pub(crate) fn revoke(&self, token: &str) {
        lock(&self.tokens).remove(token);
        let mut minted = lock(&self.minted);
        if let Some(minted) = minted.iter_mut().find(|minted| minted.token == token) {
            minted.revoked = true;
        }
    }

    /// Whether 'login' is a person some token is of.
    pub(crate) fn is_user(&self, login: &str) -> bool {
        let tokens = lock(&self.tokens);
        let mut accounts = tokens.values().map(|holder| &holder.account.identity);
        accounts.any(|identity| match identity {
            Identity::User { login: known } => known.eq_ignore_ascii_case(login),
            Identity::Installation { owner: _ } => false,
        })
    }

    /// The object 'oid' that git-lfs brought to 'repository'.
    pub(crate) fn lfs_object(&self, repository: &Repository, oid: &str) -> Option<Bytes> {
        let key = (repository.id(), oid.to_owned());
        lock(&self.lfs).get(&key).cloned()
    }

    pub(crate) fn keep_lfs_object(&self, repository: &Repository, oid: &str, object: Bytes) {
        lock(&self.lfs).insert((repository.id(), oid.to_owned()), object);
    }

    /// Sets the canned answer for 'path'.
    pub(crate) fn can(&self, path: &str, answer: Answer) {
        lock(&self.canned).insert(path.to_owned(), answer);
    }

    /// The canned answer for 'path', with its query before without.
    pub(crate) fn canned(&self, path: &str) -> Option<Answer> {
        let canned = lock(&self.canned);
        let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
        canned.get(path).or_else(|| canned.get(bare)).cloned()
    }

    pub(crate) fn add_faults(&self, path: &str, faults: Vec<Fault>) {
        let mut queues = lock(&self.faults);
        queues.entry(path.to_owned()).or_default().extend(faults);
    }

    /// The next fault for 'path', with its query before without.
    pub(crate) fn next_fault(&self, path: &str) -> Option<Fault> {
        let mut queues = lock(&self.faults);
        let bare = path.split_once('?').map_or(path, |(bare, _)| bare);
        let mut next = |path| queues.get_mut(path).and_then(VecDeque::pop_front);
        next(path).or_else(|| next(bare))
    }

    pub(crate) fn set_latency(&self, latency: Duration) {
        *lock(&self.latency) = latency;
    }

    pub(crate) async fn wait_for_latency(&self) {
        let latency = *lock(&self.latency);
        if !latency.is_zero() {
            tokio::time::sleep(latency).await;
        }
    }

    /// Why the owner of the repository 'of', or the organisation so called, refuses 'holder'.
    pub(crate) fn refusal(&self, of: &str, holder: &Holder) -> Option<Refusal> {
        let owner = of.split_once('/').map_or(of, |(owner, _)| owner);
        let organization = self.organization(owner)?;
        organization.refusal(owner, holder, self.clock.now())
    }

    /// The organisation 'name', in any case.
    pub(crate) fn organization(&self, name: &str) -> Option<&Organization> {
        self.organizations.get(&name.to_ascii_lowercase())
    }

    /// Waits while the fake is stalled.
    pub(crate) async fn flowing(&self) {
        let mut stalled = self.stalled.subscribe();
        // The sender lives in 'self', so there is no other way to end than to flow.
        let _ = stalled.wait_for(|stalled| !stalled).await;
    }
}

impl Caller<'_> {
    /// Who holds the token shown, if it is a good one.
    pub(crate) fn holder(&self) -> Option<&Holder> {
        match self {
            Self::Known(holder) => Some(holder),
            Self::Anonymous | Self::Stranger | Self::Refused(_) | Self::App(_) => None,
        }
    }

    /// Which kind of token it is, if it is a good one.
    pub(crate) fn kind(&self) -> Option<Kind> {
        self.holder().map(|holder| holder.kind)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
