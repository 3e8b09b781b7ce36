//! Asks GitHub for a token in a GitHub App's name: exactly what the policy wants, and no more.
//!
//! <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>

use std::cell::Cell;
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::facts::{PermissionLevel, Refusal, RepositoryName};
use crate::token::{App, AppError, Token, TokenError};

use super::github::{GitHub, GitHubError, Question, Reply, Said};
use super::header;
use super::identity::levels;
use super::patience::{Birth, Patience};
use super::repository::Seen;

/// As many repositories as one token can be narrowed to.
const MAX_REPOSITORIES: usize = 500;

/// As many as are asked about one by one to find which of them the app lacks.
const MAX_SEARCH: usize = 20;

/// A token to ask for, in one account.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wish {
    /// The account.
    pub owner: String,
    /// Those of its repositories that are known by name; at least one, unless it is for all.
    pub repositories: Vec<RepositoryName>,
    /// Whether it is for all that the installation has, whatever they are called.
    pub all: bool,
    /// The permissions.
    pub permissions: BTreeMap<String, PermissionLevel>,
}

impl Wish {
    /// What GitHub is to make. To name no repository is to ask for all of them.
    fn body(&self) -> Value {
        let permissions: BTreeMap<_, _> = self
            .permissions
            .iter()
            .map(|(name, level)| (name.as_str(), level.word()))
            .collect();
        if self.all {
            return json!({ "permissions": permissions });
        }
        let names = self.repositories.iter().map(RepositoryName::repository);
        json!({ "permissions": permissions, "repositories": names.collect::<Vec<_>>() })
    }

    fn not_installed(&self) -> MintError {
        match self.repositories.as_slice() {
            [] => MintError::NotOn {
                owner: self.owner.clone(),
            },
            repositories => MintError::NotInstalled {
                repositories: repositories.to_vec(),
            },
        }
    }
}

/// A token that was made for us, and what GitHub said of it.
#[derive(Debug)]
pub struct Minted {
    /// The token.
    pub token: Token,
    /// When it ends, by GitHub's clock.
    pub expires_at: Timestamp,
    /// The account that the app is installed on.
    pub owner: String,
    /// Under which login it acts.
    pub(super) actor: Option<String>,
    pub(super) permissions: BTreeMap<String, PermissionLevel>,
    /// Those that it was narrowed to; `None` if it was not.
    pub(super) repositories: Option<Vec<Seen>>,
    /// GitHub's clock when it made the token.
    pub(super) github_now: Option<Timestamp>,
    pub(super) enterprise: Option<String>,
    /// When it was made, by this machine's running clock.
    pub birth: Birth,
}

/// Where tokens are made, for one app.
pub struct Mint<'a> {
    app: &'a App,
    http: &'a reqwest::Client,
    api_url: &'a str,
    patience: &'a Patience,
    clock: fn() -> Timestamp,
    /// How far GitHub's clock stands before this machine's, once it has complained.
    ahead: Cell<SignedDuration>,
}

#[derive(Debug, Deserialize)]
struct Installation {
    id: u64,
    account: Option<Account>,
    #[serde(default)]
    app_slug: Option<String>,
    permissions: BTreeMap<String, String>,
    #[serde(default)]
    suspended_at: Option<String>,
}

impl Installation {
    fn is_on(&self, owner: &str) -> bool {
        let account = self.account.as_ref();
        account.is_none_or(|account| account.login.eq_ignore_ascii_case(owner))
    }
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
}

#[derive(Deserialize)]
struct Made {
    #[serde(deserialize_with = "secret")]
    token: SecretString,
    expires_at: String,
    #[serde(default)]
    permissions: BTreeMap<String, String>,
    #[serde(default)]
    repositories: Vec<Seen>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

impl<'a> Mint<'a> {
    /// A mint at the API `api_url`.
    pub fn new(
        app: &'a App,
        http: &'a reqwest::Client,
        api_url: &'a str,
        patience: &'a Patience,
        clock: fn() -> Timestamp,
    ) -> Self {
        Self {
            app,
            http,
            api_url,
            patience,
            clock,
            ahead: Cell::new(SignedDuration::ZERO),
        }
    }

    /// Makes the token that is wished for.
    pub async fn make(&self, wish: &Wish) -> Result<Minted, MintError> {
        if !wish.all && wish.repositories.len() > MAX_REPOSITORIES {
            return Err(MintError::TooMany {
                owner: wish.owner.clone(),
            });
        }
        let installation = self.find(wish).await?;
        lacking(&installation, wish)?;
        let path = format!("/app/installations/{}/access_tokens", installation.id);
        let body = wish.body();
        let Reply { headers, said } = self.ask_as_app::<Made>(&path, Some(&body)).await?;
        match said {
            Said::Yes(made) => Ok(Minted {
                actor: installation.app_slug.map(|slug| format!("{slug}[bot]")),
                owner: installation
                    .account
                    .map_or_else(|| wish.owner.clone(), |account| account.login),
                token: Token::parse(&made.token).map_err(MintError::Token)?,
                expires_at: made.expires_at.parse().map_err(|_| MintError::Unreadable)?,
                permissions: levels(made.permissions).collect(),
                repositories: (!wish.all).then_some(made.repositories),
                github_now: header::date(&headers),
                enterprise: header::text(&headers, "x-github-enterprise-version")
                    .map(|version| header::word(version).to_owned()),
                birth: Birth::now(),
            }),
            Said::Other { status: 422, said } => Err(self.unprocessable(wish, said).await),
            // It was there a moment ago.
            Said::NotFound(_) => Err(wish.not_installed()),
            other => Err(refused(other)),
        }
    }

    /// Where the token is to be made: by a repository of the account, or else by its name.
    async fn find(&self, wish: &Wish) -> Result<Installation, MintError> {
        let mut installation = match wish.repositories.first() {
            Some(first) => self.of_repository(first).await?,
            None => self.of_account(&wish.owner).await?,
        };
        // A repository that has moved leads to another account, all of which nobody wishes for.
        if wish.all && !installation.is_on(&wish.owner) {
            installation = self.of_account(&wish.owner).await?;
        }
        if installation.suspended_at.is_some() {
            return Err(MintError::Suspended {
                owner: wish.owner.clone(),
            });
        }
        Ok(installation)
    }

    /// `GET /repos/{owner}/{repo}/installation`.
    async fn of_repository(&self, name: &RepositoryName) -> Result<Installation, MintError> {
        let missing = MintError::NotInstalled {
            repositories: vec![name.clone()],
        };
        self.installation(&format!("/repos/{name}/installation"), missing)
            .await
    }

    /// `GET /users/{username}/installation`, which serves organizations too.
    async fn of_account(&self, owner: &str) -> Result<Installation, MintError> {
        let missing = MintError::NotOn {
            owner: owner.to_owned(),
        };
        self.installation(&format!("/users/{owner}/installation"), missing)
            .await
    }

    /// Where the app is installed, and with what.
    async fn installation(
        &self,
        path: &str,
        missing: MintError,
    ) -> Result<Installation, MintError> {
        match self.ask_as_app::<Installation>(path, None).await?.said {
            Said::Yes(installation) => Ok(installation),
            Said::NotFound(said) if said.contains("Integration") => Err(MintError::NoApp),
            Said::NotFound(_) => Err(missing),
            other => Err(refused(other)),
        }
    }

    /// GitHub does not say which repository is missing, so that each is asked about.
    async fn unprocessable(&self, wish: &Wish, said: String) -> MintError {
        let mut missing = Vec::new();
        if said.contains("repositor") {
            for repository in wish.repositories.iter().skip(1).take(MAX_SEARCH) {
                if let Err(MintError::NotInstalled { .. }) = self.of_repository(repository).await {
                    missing.push(repository.clone());
                }
            }
        }
        if missing.is_empty() {
            MintError::Unprocessable { said }
        } else {
            MintError::NotInstalled {
                repositories: missing,
            }
        }
    }

    /// Asks with a fresh JWT; once more by GitHub's clock, where it complains of ours.
    async fn ask_as_app<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply<T>, MintError> {
        let reply = self.ask_once(path, body).await?;
        let Said::Unauthorized(said) = &reply.said else {
            return Ok(reply);
        };
        if !["Expiration time", "Issued at"]
            .iter()
            .any(|claim| said.contains(claim))
        {
            return Err(MintError::Key { said: said.clone() });
        }
        let now = (self.clock)();
        let Some(github_now) = header::date(&reply.headers) else {
            return Err(MintError::Clock { said: said.clone() });
        };
        self.ahead.set(github_now.duration_since(now));
        tracing::info!(
            "GitHub's clock stands {} s from this machine's; the app asks again by GitHub's",
            self.ahead.get().as_secs()
        );
        let reply = self.ask_once(path, body).await?;
        match reply.said {
            Said::Unauthorized(said) => Err(MintError::Clock { said }),
            said => Ok(Reply { said, ..reply }),
        }
    }

    async fn ask_once<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply<T>, MintError> {
        let now = (self.clock)().saturating_add(self.ahead.get());
        let jwt = self
            .app
            .jwt(now.expect("a signed duration has no calendar units"))?;
        let github = GitHub::new(self.http, self.api_url, &jwt, self.patience)?;
        let path = github.path(path);
        let question = match body {
            Some(body) => Question::post(path, body),
            None => Question::get(path),
        };
        Ok(github.ask(question).await?)
    }
}

/// What the installation was never granted cannot be asked for.
fn lacking(installation: &Installation, wish: &Wish) -> Result<(), MintError> {
    for (name, wanted) in &wish.permissions {
        let told = installation.permissions.get(name);
        let granted = told.map_or(PermissionLevel::None, |level| PermissionLevel::read(level));
        if granted < *wanted {
            return Err(MintError::Permission {
                owner: wish.owner.clone(),
                name: name.clone(),
                granted,
                wanted: *wanted,
            });
        }
    }
    Ok(())
}

fn refused<T>(said: Said<T>) -> MintError {
    match said {
        Said::Yes(_) => MintError::Unreadable,
        Said::Unauthorized(said) => MintError::Key { said },
        Said::Forbidden(refusal) => MintError::Refused(refusal),
        Said::NotFound(_) => MintError::NoApp,
        Said::Other { status, said } => GitHubError::Status { status, said }.into(),
    }
}

/// How a token ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Revoked {
    /// It was revoked.
    Now,
    /// It had ended already.
    Before,
}

/// Ends an installation token: `DELETE /installation/token`.
///
/// Of one that was made just now, at `birth`, a 401 may mean that the server does not know it yet.
pub async fn revoke(
    http: &reqwest::Client,
    api_url: &str,
    token: &SecretString,
    birth: Option<Birth>,
    patience: &Patience,
) -> Result<Revoked, GitHubError> {
    let github = GitHub::new(http, api_url, token, patience)?;
    let reply = loop {
        let question = Question::delete(github.path("/installation/token"));
        let reply = github.ask::<IgnoredAny>(question).await?;
        let unknown = matches!(reply.said, Said::Unauthorized(_));
        if !unknown || !birth.is_some_and(Birth::is_recent) {
            break reply;
        }
        patience.rest().await;
    };
    match reply.said {
        Said::Yes(_) => Ok(Revoked::Now),
        Said::Unauthorized(_) => Ok(Revoked::Before),
        Said::Forbidden(refusal) => Err(GitHubError::Status {
            status: 403,
            said: refusal.said,
        }),
        Said::NotFound(said) => Err(GitHubError::Status { status: 404, said }),
        Said::Other { status, said } => Err(GitHubError::Status { status, said }),
    }
}

/// Why no token was made.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MintError {
    /// The key cannot sign.
    #[error(transparent)]
    App(#[from] AppError),
    /// The clocks differ.
    #[error("GitHub does not take what the app signs, even by GitHub's own clock; it says: {said}")]
    Clock {
        /// Its words.
        said: String,
    },
    /// GitHub does not answer.
    #[error("cannot ask for a token of the app: {0}")]
    GitHub(#[from] GitHubError),
    /// The key is another app's.
    #[error("GitHub does not take what the app signs; it says: {said}")]
    Key {
        /// Its words.
        said: String,
    },
    /// There is no such app.
    #[error("this GitHub knows no such app")]
    NoApp,
    /// The app is not installed there.
    #[error(
        "the app is not installed on {}, or may not see {}",
        list(repositories),
        if repositories.len() == 1 { "it" } else { "them" }
    )]
    NotInstalled {
        /// Those.
        repositories: Vec<RepositoryName>,
    },
    /// The app is not installed on the account.
    #[error("the app is not installed on the account `{owner}`")]
    NotOn {
        /// The account.
        owner: String,
    },
    /// The installation lacks a permission.
    #[error(
        "the app's installation on `{owner}` has `{name}: {granted}`, and the policy requires `{name}: {wanted}`"
    )]
    Permission {
        /// The account.
        owner: String,
        /// The permission.
        name: String,
        /// What it has.
        granted: PermissionLevel,
        /// What is wanted.
        wanted: PermissionLevel,
    },
    /// GitHub refuses.
    #[error("GitHub makes no token for the app: {0}")]
    Refused(Refusal),
    /// Its owner has suspended the app.
    #[error("the app's installation on `{owner}` is suspended")]
    Suspended {
        /// The account.
        owner: String,
    },
    /// The token is none.
    #[error("what GitHub made for the app is unusable: {0}")]
    Token(TokenError),
    /// More than one token can hold.
    #[error("the policy names more than {MAX_REPOSITORIES} repositories of `{owner}`")]
    TooMany {
        /// The account.
        owner: String,
    },
    /// GitHub's answer is none that is known.
    #[error("GitHub's answer to the app cannot be read")]
    Unreadable,
    /// GitHub cannot make it.
    #[error("GitHub cannot make the token that the policy asks for; it says: {said}")]
    Unprocessable {
        /// Its words.
        said: String,
    },
}

fn list(repositories: &[RepositoryName]) -> String {
    let names: Vec<_> = repositories
        .iter()
        .map(|name| format!("`{name}`"))
        .collect();
    names.join(", ")
}

impl MintError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::App(error) => error.help().to_owned(),
            Self::Clock { .. } => "set the clock of this machine".to_owned(),
            Self::GitHub(error) => error.help().to_owned(),
            Self::Key { .. } => {
                "check that `private-key` is a key of the app that `client-id` names, and that it has not been deleted \
                 there; a GitHub Enterprise Server before 3.18 takes the app id, a number, and no client id"
                    .to_owned()
            }
            Self::NoApp => {
                "check `client-id`, and that the app belongs to this GitHub; a GitHub Enterprise Server before 3.18 takes \
                 the app id, a number, and no client id"
                    .to_owned()
            }
            Self::NotInstalled { .. } => {
                "install the app on the account and give it access to the repository, in the account's settings under \
                 `GitHub Apps`, or correct the name in the policy"
                    .to_owned()
            }
            Self::NotOn { .. } => {
                "install the app on the account and give it access to its repositories, in the account's settings under \
                 `GitHub Apps`, or correct the owner in the policy"
                    .to_owned()
            }
            Self::Permission { .. } => {
                "grant the permission in the app's settings and have the account's owner accept it, or require less in \
                 the policy"
                    .to_owned()
            }
            Self::Refused(refusal) => refusal.help(),
            Self::Suspended { .. } => {
                "have an owner of the account end the suspension in its settings, under `GitHub Apps`".to_owned()
            }
            Self::Token(_) | Self::Unreadable => {
                "check `server-url` and `api-url`, and what stands between".to_owned()
            }
            Self::TooMany { .. } => "name fewer, or split them over several gates".to_owned(),
            Self::Unprocessable { .. } => {
                "compare the policy's `permissions.require` and `repositories` with the app's installation, in the \
                 account's settings under `GitHub Apps`, and whether a repository has another name now"
                    .to_owned()
            }
        }
    }
}
