//! Asks GitHub what a token is: who, in how few questions, with nothing changed by any of them.

pub mod git_probe;
pub mod github;
mod header;
mod quote;
pub mod transport;

use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};

use crate::facts::{
    Access, Expiry, Fact, RepositoryFacts, RepositoryName, Standing, TokenFacts, Why,
};
use crate::token::{Token, TokenKind};

use git_probe::GitProbe;
use github::{Asked, GitHub, GitHubError};

/// How many probes run side by side: few enough for any server, many enough for one round trip.
const PROBES: usize = 16;

/// Asks `github` for everything a policy may ask about, then git's own door about each of the
/// `wanted` repositories.
///
/// A token that GitHub refuses is asked about once and no more: it locks out an address that
/// keeps trying. `clock` is read when an answer arrives, to hold GitHub's clock against it.
pub async fn inspect(
    token: &Token,
    github: &GitHub,
    probe: &GitProbe,
    wanted: &[(RepositoryName, Access)],
    clock: impl Fn() -> Timestamp,
) -> Result<TokenFacts, GitHubError> {
    let asked = match token.kind() {
        TokenKind::Installation => github.installation().await?,
        TokenKind::Classic
        | TokenKind::FineGrained
        | TokenKind::Legacy
        | TokenKind::OAuth
        | TokenKind::UserToServer => github.user().await?,
    };
    let mut facts = facts(token, asked, clock());
    if facts.standing == Standing::Accepted {
        facts.repositories = stream::iter(wanted)
            .map(async |(name, access)| (name.clone(), ask(probe, name, *access).await))
            .buffer_unordered(PROBES)
            .collect()
            .await;
    }
    Ok(facts)
}

/// What the first answer tells.
fn facts(token: &Token, asked: Asked, now: Timestamp) -> TokenFacts {
    let Asked {
        standing,
        owner,
        headers,
    } = asked;
    let accepted = standing == Standing::Accepted;
    let github_now = header::date(&headers).unwrap_or(now);
    let (expiry, scopes) = if accepted {
        (
            header::expiry(&headers, token.kind(), token.claims(), github_now),
            header::scopes(&headers, token.kind()),
        )
    } else {
        (Expiry::Unknown(Why::NotTold), Fact::Unknown(Why::NotTold))
    };
    TokenFacts {
        kind: token.kind(),
        doubts: token.doubts().to_vec(),
        standing,
        owner,
        expiry,
        scopes,
        repositories: std::collections::BTreeMap::new(),
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

/// One probe a repository: who may push may fetch.
async fn ask(probe: &GitProbe, name: &RepositoryName, access: Access) -> RepositoryFacts {
    let unasked = || Fact::Unknown(Why::NotTold);
    match access {
        Access::None | Access::Fetch => RepositoryFacts {
            fetch: probe.ask(name, "git-upload-pack").await,
            push: unasked(),
        },
        Access::Push => {
            let push = probe.ask(name, "git-receive-pack").await;
            let fetch = match &push {
                Fact::Known(crate::facts::Answer::Yes) => push.clone(),
                Fact::Known(_) | Fact::Unknown(_) => unasked(),
            };
            RepositoryFacts { fetch, push }
        }
    }
}
