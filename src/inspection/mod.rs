//! Asks GitHub what a token is: who, in how few questions, with nothing changed by any of them.

mod authority;
mod breaks;
pub mod contents;
mod doctor;
pub mod git_probe;
pub mod github;
mod header;
mod identity;
pub mod mint;
pub mod patience;
mod permission_probe;
mod quote;
mod repository;
pub mod transport;
mod trouble;

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::facts::{
    Access, Expiry, Fact, Permissions, RepositoryFacts, RepositoryName, Standing, TokenFacts,
    TokenReach, Why,
};
use crate::token::{Token, TokenKind};

use git_probe::GitProbe;
use github::{GitHub, GitHubError};
use identity::Identity;
use mint::Minted;
use repository::Seen;

/// How many repositories are asked about side by side, two questions each. GitHub takes a hundred
/// questions of one account at once.
///
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits>
const SIDE_BY_SIDE: usize = 40;

/// What a policy asks about.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The accounts of its repositories.
    pub owners: &'a [&'a str],
    /// Repositories, and what of each.
    pub repositories: &'a [(RepositoryName, Access)],
    /// Permissions, by name.
    pub permissions: &'a [&'a str],
}

/// Asks `github` for everything a policy may ask about, then git's own door about each of the
/// `wanted` repositories.
///
/// A token that GitHub refuses is asked about once and no more. `clock` is read when an answer
/// arrives, to hold GitHub's clock against it.
pub async fn inspect(
    token: &Token,
    github: &GitHub<'_>,
    probe: &GitProbe<'_>,
    wanted: &Wanted<'_>,
    clock: impl Fn() -> Timestamp,
) -> Result<TokenFacts, GitHubError> {
    let identity = identity::ask(token, github, wanted.owners).await?;
    let seen = identity.seen.clone();
    let mut facts = facts(token, identity, clock());
    if facts.standing == Standing::Accepted {
        facts.repositories = repositories(github, probe, wanted.repositories, &seen).await;
        learn(&mut facts, github, wanted.permissions).await;
    }
    Ok(facts)
}

/// The same for a token that GitHub has just made and described.
pub async fn inspect_minted(
    minted: &Minted,
    github: &GitHub<'_>,
    probe: &GitProbe<'_>,
    wanted: &Wanted<'_>,
    now: Timestamp,
) -> TokenFacts {
    let (reach, seen) = match &minted.repositories {
        Some(repositories) => {
            let count = u64::try_from(repositories.len()).unwrap_or(u64::MAX);
            let reach = TokenReach { count, all: false };
            (Fact::Known(reach), identity::by_name(repositories.clone()))
        }
        None => identity::of_newborn(github, minted.birth).await,
    };
    TokenFacts {
        kind: minted.token.kind(),
        doubts: Vec::new(),
        standing: Standing::Accepted,
        owner: Fact::Known(minted.owner.clone()),
        actor: told(minted.actor.clone()),
        expiry: Expiry::At(minted.expires_at),
        scopes: Fact::Known(std::collections::BTreeSet::new()),
        permissions: Permissions::listed(minted.permissions.clone()),
        reach,
        repositories: repositories(github, probe, wanted.repositories, &seen).await,
        oauth_app: None,
        enterprise: minted.enterprise.clone(),
        clock_ahead: ahead(minted.github_now.unwrap_or(now), now),
    }
}

fn told<T>(told: Option<T>) -> Fact<T> {
    told.map_or(Fact::Unknown(Why::NotTold), Fact::Known)
}

/// What the first answers tell.
fn facts(token: &Token, identity: Identity, now: Timestamp) -> TokenFacts {
    let Identity {
        standing,
        owner,
        actor,
        permissions,
        reach,
        seen: _,
        headers,
        by_limit,
    } = identity;
    let accepted = standing == Standing::Accepted;
    let github_now = header::date(&headers).unwrap_or(now);
    let (expiry, scopes) = if accepted {
        (
            match header::expiry(&headers, token.kind(), token.claims(), github_now) {
                // Nothing is said, by an answer that may say nothing.
                Expiry::Never if by_limit => Expiry::Unknown(Why::NotTold),
                told => told,
            },
            header::scopes(&headers, token.kind()),
        )
    } else {
        (Expiry::Unknown(Why::NotTold), Fact::Unknown(Why::NotTold))
    };
    let plain = |name| header::text(&headers, name).map(|text| header::word(text).to_owned());
    TokenFacts {
        kind: token.kind(),
        doubts: token.doubts().to_vec(),
        standing,
        owner,
        actor,
        expiry,
        scopes,
        permissions: match token.kind() {
            TokenKind::Classic | TokenKind::Legacy | TokenKind::OAuth => Permissions::listed([]),
            TokenKind::FineGrained | TokenKind::Installation | TokenKind::UserToServer => {
                permissions
            }
        },
        reach,
        repositories: BTreeMap::new(),
        oauth_app: plain("x-oauth-client-id"),
        enterprise: plain("x-github-enterprise-version"),
        clock_ahead: ahead(github_now, now),
    }
}

/// A difference that a slow answer explains is none.
fn ahead(github_now: Timestamp, now: Timestamp) -> SignedDuration {
    const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);
    match github_now.duration_since(now) {
        small if small.abs() < TOLERANCE => SignedDuration::ZERO,
        skew => skew,
    }
}

async fn repositories(
    github: &GitHub<'_>,
    probe: &GitProbe<'_>,
    wanted: &[(RepositoryName, Access)],
    seen: &BTreeMap<RepositoryName, Seen>,
) -> BTreeMap<RepositoryName, RepositoryFacts> {
    stream::iter(wanted)
        .map(async |(name, access)| {
            let seen = seen.get(name);
            let found = repository::ask(github, probe, name, *access, seen).await;
            (name.clone(), found)
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .collect()
        .await
}

/// What can be learned of permissions that GitHub lists nowhere.
async fn learn(facts: &mut TokenFacts, github: &GitHub<'_>, wanted: &[&str]) {
    if facts.permissions.is_whole() {
        return;
    }
    let TokenFacts {
        repositories,
        permissions,
        ..
    } = facts;
    for found in repositories.values() {
        permission_probe::shown(found, permissions);
    }
    let hidden = repositories
        .iter()
        .find(|(_, found)| permission_probe::hides(found));
    match hidden {
        Some((name, found)) => {
            // By its present name: the old one costs a redirect each.
            let name = found.renamed_to.as_ref().unwrap_or(name);
            permission_probe::ask(github, name, wanted, permissions).await;
        }
        None if repositories.values().any(permission_probe::is_public) => {
            permissions.unseen = Some(Why::Public);
        }
        None => {}
    }
}
