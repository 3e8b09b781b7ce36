//! Whose token it is, and what GitHub tells of it in the same breath.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;

use crate::facts::{
    Cause, Fact, PermissionLevel, Permissions, Refusal, RepositoryName, Standing, TokenReach, Why,
};
use crate::token::{Token, TokenKind};

use super::github::{GitHub, GitHubError, Question, Reply, Said};
use super::header;
use super::patience::Birth;
use super::repository::Seen;

/// As many as GitHub puts on one page.
const PAGE: usize = 100;

/// More pages of installations than any user has.
const MAX_PAGES: usize = 10;

/// The app id of GitHub Actions, whose tokens are the `GITHUB_TOKEN` of jobs.
const ACTIONS: u64 = 15368;

/// Under which login they act.
const ACTIONS_BOT: &str = "github-actions[bot]";

/// What the first questions bring.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) standing: Standing,
    pub(super) owner: Fact<String>,
    pub(super) actor: Fact<String>,
    pub(super) permissions: Permissions,
    pub(super) reach: Fact<TokenReach>,
    /// Repositories that an answer described in passing.
    pub(super) seen: BTreeMap<RepositoryName, Seen>,
    pub(super) headers: HeaderMap,
    /// Whether only the question for limits was answered, which tells little of the token.
    pub(super) by_limit: bool,
}

impl Identity {
    fn new(standing: Standing, headers: HeaderMap) -> Self {
        Self {
            standing,
            owner: Fact::Unknown(Why::NotTold),
            actor: Fact::Unknown(Why::NotTold),
            permissions: Permissions::unknown(Why::NotTold),
            reach: Fact::Unknown(Why::NotTold),
            seen: BTreeMap::new(),
            headers,
            by_limit: false,
        }
    }
}

/// Asks who the token is. A token that GitHub refuses is asked about once and no more: it locks
/// out an address that keeps trying.
pub(super) async fn ask(
    token: &Token,
    github: &GitHub<'_>,
    owners: &[&str],
) -> Result<Identity, GitHubError> {
    match token.kind() {
        TokenKind::Installation => installation(token, github).await,
        TokenKind::UserToServer => {
            let mut identity = user(github).await?;
            if identity.standing == Standing::Accepted {
                identity.permissions = of_installations(github, owners).await;
            }
            Ok(identity)
        }
        TokenKind::Classic | TokenKind::FineGrained | TokenKind::Legacy | TokenKind::OAuth => {
            user(github).await
        }
    }
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

/// `GET /user`: the token acts for a user.
async fn user(github: &GitHub<'_>) -> Result<Identity, GitHubError> {
    let reply = github
        .ask::<User>(Question::get(github.path("/user")))
        .await?;
    let (user, identity) = standing(github, reply).await?;
    Ok(match user {
        Some(User { login }) => Identity {
            owner: Fact::Known(login.clone()),
            actor: Fact::Known(login),
            ..identity
        },
        None => identity,
    })
}

#[derive(Debug, Deserialize)]
struct InstallationRepositories {
    total_count: u64,
    #[serde(default)]
    repository_selection: Option<String>,
    repositories: Vec<Seen>,
}

impl InstallationRepositories {
    /// How many there are, and those on the first page.
    fn told(self) -> (TokenReach, BTreeMap<RepositoryName, Seen>) {
        let reach = TokenReach {
            count: self.total_count,
            all: self.repository_selection.as_deref() == Some("all"),
        };
        (reach, by_name(self.repositories))
    }
}

/// What GitHub described, by name.
pub(super) fn by_name(seen: Vec<Seen>) -> BTreeMap<RepositoryName, Seen> {
    seen.into_iter()
        .filter_map(|seen| Some((RepositoryName::parse(&seen.full_name)?, seen)))
        .collect()
}

async fn installation_repositories(
    github: &GitHub<'_>,
) -> Result<Reply<InstallationRepositories>, GitHubError> {
    let path = github.path(&format!("/installation/repositories?per_page={PAGE}"));
    github.ask(Question::get(path)).await
}

/// What an installation token reaches that was made at `birth` for all that its installation has.
/// So soon, a 401 may mean that the server does not know it yet.
pub(super) async fn of_newborn(
    github: &GitHub<'_>,
    birth: Birth,
) -> (Fact<TokenReach>, BTreeMap<RepositoryName, Seen>) {
    let question = async {
        loop {
            let said = installation_repositories(github).await?.said;
            if !matches!(said, Said::Unauthorized(_)) || !birth.is_recent() {
                return Ok(said);
            }
            github.patience().rest().await;
        }
    };
    let answer = github.patience().spare(question).await;
    let why = match answer.unwrap_or_else(|| Err(github.silent())) {
        Ok(Said::Yes(found)) => {
            let (reach, seen) = found.told();
            return (Fact::Known(reach), seen);
        }
        Ok(Said::Forbidden(refusal)) => Why::NoAnswer(refusal.to_string()),
        Ok(Said::Unauthorized(_) | Said::NotFound(_) | Said::Other { .. }) => Why::NotTold,
        Err(error) => Why::NoAnswer(error.to_string()),
    };
    (Fact::Unknown(why), BTreeMap::new())
}

/// `GET /installation/repositories`, since an installation token has no user.
async fn installation(token: &Token, github: &GitHub<'_>) -> Result<Identity, GitHubError> {
    let reply = installation_repositories(github).await?;
    let (found, mut identity) = standing(github, reply).await?;
    if let Some(found) = found {
        let (reach, seen) = found.told();
        (identity.reach, identity.seen) = (Fact::Known(reach), seen);
        if let Some(name) = identity.seen.keys().next() {
            identity.owner = Fact::Known(name.owner().to_owned());
        }
    }
    if identity.standing == Standing::Accepted {
        identity.actor = bot(token, github).await;
    }
    Ok(identity)
}

#[derive(Debug, Deserialize)]
struct Viewer {
    data: Option<ViewerData>,
}

#[derive(Debug, Deserialize)]
struct ViewerData {
    viewer: User,
}

/// Under which login an installation token acts: a new token tells its app, and of any other
/// GraphQL alone tells it.
async fn bot(token: &Token, github: &GitHub<'_>) -> Fact<String> {
    match token.claims().and_then(|claims| claims.app_id) {
        Some(ACTIONS) => return Fact::Known(ACTIONS_BOT.to_owned()),
        Some(_) => return Fact::Unknown(Why::NotTold),
        None => {}
    }
    let query = json!({ "query": "{viewer{login}}" });
    let question = Question::query(github.graphql_path(), &query);
    let answer = github
        .patience()
        .spare(github.ask::<Viewer>(question))
        .await;
    match answer.unwrap_or_else(|| Err(github.silent())) {
        Ok(Reply {
            said: Said::Yes(Viewer { data: Some(data) }),
            ..
        }) => Fact::Known(data.viewer.login),
        Ok(_) => Fact::Unknown(Why::NotTold),
        Err(error) => Fact::Unknown(Why::NoAnswer(error.to_string())),
    }
}

/// Whether GitHub takes the token, and what was asked for, if it says.
async fn standing<T>(
    github: &GitHub<'_>,
    reply: Reply<T>,
) -> Result<(Option<T>, Identity), GitHubError> {
    let Reply { headers, said } = reply;
    let standing = match said {
        Said::Yes(told) => return Ok((Some(told), Identity::new(Standing::Accepted, headers))),
        Said::Unauthorized(_) => Standing::Refused,
        // The token is a good one, and this question is not for it.
        Said::Forbidden(Refusal {
            cause: Cause::NotGranted,
            ..
        }) => return Ok((None, by_limit(github).await?)),
        // It speaks of the address, and not of this token.
        Said::Forbidden(Refusal {
            cause: Cause::LoginLimit,
            ..
        }) => return Err(GitHubError::LoginLimit),
        Said::Forbidden(refusal) => Standing::Forbidden(refusal),
        Said::NotFound(said) => return Err(GitHubError::Status { status: 404, said }),
        Said::Other { status, said } => return Err(GitHubError::Status { status, said }),
    };
    Ok((None, Identity::new(standing, headers)))
}

/// `GET /rate_limit`, which every token may ask. Where limits are switched off, as they are on a
/// GitHub Enterprise Server, it is a 404 that only a good token gets.
async fn by_limit(github: &GitHub<'_>) -> Result<Identity, GitHubError> {
    let reply = github
        .ask::<IgnoredAny>(Question::get(github.path("/rate_limit")))
        .await?;
    let Reply { headers, said } = reply;
    let standing = match said {
        Said::Forbidden(Refusal {
            cause: Cause::LoginLimit,
            ..
        }) => return Err(GitHubError::LoginLimit),
        Said::Yes(_) => Standing::Accepted,
        Said::NotFound(said) if said.to_ascii_lowercase().contains("rate limit") => {
            Standing::Accepted
        }
        Said::Unauthorized(_) => Standing::Refused,
        Said::Forbidden(refusal) => Standing::Forbidden(refusal),
        Said::NotFound(said) => return Err(GitHubError::Status { status: 404, said }),
        Said::Other { status, said } => return Err(GitHubError::Status { status, said }),
    };
    Ok(Identity {
        by_limit: true,
        ..Identity::new(standing, headers)
    })
}

#[derive(Debug, Deserialize)]
struct Installations {
    total_count: usize,
    installations: Vec<Installation>,
}

#[derive(Debug, Deserialize)]
struct Installation {
    account: Option<User>,
    permissions: BTreeMap<String, String>,
    #[serde(default)]
    suspended_at: Option<String>,
}

/// `GET /user/installations`: what the app may do where it is installed, for the accounts of
/// `owners`, or for all where there are none.
async fn of_installations(github: &GitHub<'_>, owners: &[&str]) -> Permissions {
    let installations = match installations(github).await {
        Ok(installations) => installations,
        Err(why) => return Permissions::unknown(why),
    };
    let of_owners = |account: &User| {
        owners.is_empty()
            || owners
                .iter()
                .any(|owner| owner.eq_ignore_ascii_case(&account.login))
    };
    let found: Vec<_> = installations
        .into_iter()
        .filter(|installation| {
            installation.suspended_at.is_none()
                && installation.account.as_ref().is_some_and(of_owners)
        })
        .collect();
    let is_covered = |owner: &&&str| {
        found.iter().any(|installation| {
            let account = installation.account.as_ref();
            account.is_some_and(|account| owner.eq_ignore_ascii_case(&account.login))
        })
    };
    // Where the app is not installed, it may do nothing.
    let nowhere = !owners.iter().all(|owner| is_covered(&owner));
    let listed = found
        .into_iter()
        .map(|installation| Permissions::listed(levels(installation.permissions)));
    listed
        .chain(nowhere.then(|| Permissions::listed([])))
        .reduce(|all, one| all.also(&one))
        .unwrap_or_else(|| Permissions::listed([]))
}

/// All of them, or why they are not known.
async fn installations(github: &GitHub<'_>) -> Result<Vec<Installation>, Why> {
    let mut all = Vec::new();
    for page in 1..=MAX_PAGES {
        let page = if page == 1 {
            String::new()
        } else {
            format!("&page={page}")
        };
        let path = github.path(&format!("/user/installations?per_page={PAGE}{page}"));
        let question = github.ask::<Installations>(Question::get(path));
        let reply = github.patience().spare(question).await;
        let reply = reply.unwrap_or_else(|| Err(github.silent()));
        let Reply { headers, said } = reply.map_err(|error| Why::NoAnswer(error.to_string()))?;
        let found = match said {
            Said::Yes(found) => found,
            Said::Forbidden(refusal) => return Err(Why::NoAnswer(refusal.to_string())),
            Said::Unauthorized(_) | Said::NotFound(_) | Said::Other { .. } => {
                return Err(Why::NotTold);
            }
        };
        let partial = header::text(&headers, "x-github-sso");
        if partial.is_some_and(|told| told.contains("partial-results")) {
            return Err(Why::Partial);
        }
        let last = found.installations.is_empty();
        all.extend(found.installations);
        if last || all.len() >= found.total_count {
            return Ok(all);
        }
    }
    Err(Why::NotTold)
}

/// Levels as GitHub writes them; one that it adds later is taken for the highest.
pub(super) fn levels(
    told: BTreeMap<String, String>,
) -> impl Iterator<Item = (String, PermissionLevel)> {
    told.into_iter()
        .map(|(name, level)| (name, PermissionLevel::read(&level)))
}
