//! Whom to ask about what: the token that was given, or those that an app asks for.

use std::io::Write;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use patgate_credential::{Key, LeaseName};

use crate::facts::{Access, RepositoryName, RepositoryPattern, TokenFacts};
use crate::input::{Input, InputError, Roots, Runner, is_local};
use crate::inspection::git_probe::GitProbe;
use crate::inspection::github::GitHub;
use crate::inspection::mint::{Mint, MintError, Minted, Wish};
use crate::inspection::patience::Patience;
use crate::inspection::transport::{self, Connections, HttpClient, TransportError};
use crate::inspection::{Wanted, inspect, inspect_minted};
use crate::lease::drop_box::DropBox;
use crate::lease::{LeaseError, minted};
use crate::policy::{Lifetime, Policy};
use crate::runner::path::SharedDirectory;
use crate::token::{App, Token};

use super::{Error, World, hand_over, mask_all};

/// The verdict is not there yet; a step that waits longer helps nobody.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The time that a run has, from now on.
pub(super) struct Term {
    span: Duration,
    pub(super) patience: Patience,
}

impl Term {
    pub(super) fn begin(input: &Input) -> Result<Self, Error> {
        let span = span(input)?;
        Ok(Self {
            span,
            patience: Patience::new(span),
        })
    }

    /// Does `work`, but not beyond the end. All of asking is in it, and too much for the stack.
    pub(super) async fn bound<T>(
        &self,
        work: Pin<Box<impl Future<Output = Result<T, Error>>>>,
    ) -> Result<T, Error> {
        let done = self.patience.bound(work).await;
        done.ok_or(Error::Deadline {
            seconds: self.span.as_secs(),
        })?
    }
}

/// How long the run may take.
fn span(input: &Input) -> Result<Duration, Error> {
    let Some(text) = &input.timeout else {
        return Ok(TIMEOUT);
    };
    let span = Lifetime::parse(text)
        .map_err(|_| Error::Timeout)?
        .duration();
    let seconds = u64::try_from(span.as_secs()).map_err(|_| Error::Timeout)?;
    (5..=600)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
        .ok_or(Error::Timeout)
}

/// A token, and what it is.
pub(super) struct Asked {
    pub(super) token: Token,
    pub(super) facts: TokenFacts,
    /// Under which name it is kept for post, if it was made for this step.
    pub(super) minted: Option<LeaseName>,
}

/// Where questions are asked from: what all of them share.
pub(super) struct Desk<'a> {
    pub(super) input: &'a Input,
    pub(super) runner: &'a Runner,
    pub(super) patience: &'a Patience,
}

/// Where an app's tokens are kept for post, and by what name.
pub(super) struct Cabinet<'a> {
    pub(super) shared: &'a SharedDirectory,
    pub(super) name: &'a LeaseName,
}

impl Desk<'_> {
    /// The API's client, once for all questions of a phase.
    pub(super) fn http(&self) -> Result<HttpClient, Error> {
        let Input { api_url, roots, .. } = self.input;
        Ok(client(is_local(api_url), roots, self.runner)?)
    }

    /// The client of git's door. It is another only where a proxy leads to one of the two alone.
    fn door(&self, http: &HttpClient) -> Result<HttpClient, Error> {
        let Input {
            api_url,
            origin,
            roots,
            ..
        } = self.input;
        if origin.is_loopback() == is_local(api_url) {
            return Ok(http.clone());
        }
        Ok(client(origin.is_loopback(), roots, self.runner)?)
    }

    /// Asks GitHub about a token that was given.
    pub(super) async fn about(
        &self,
        token: Token,
        policy: &Policy,
        clock: fn() -> Timestamp,
    ) -> Result<Asked, Error> {
        let http = self.http()?;
        let Input {
            api_url, origin, ..
        } = self.input;
        let github = GitHub::new(&http, api_url, token.secret(), self.patience)?;
        let probe = GitProbe::new(
            &self.door(&http)?,
            &origin.to_string(),
            &token,
            self.patience,
        );
        let repositories = repositories(policy);
        let wanted = Wanted {
            owners: &owners(policy),
            repositories: &repositories,
            permissions: &policy.permissions(),
        };
        let facts = inspect(&token, &github, &probe, &wanted, clock).await?;
        Ok(Asked {
            token,
            facts,
            minted: None,
        })
    }

    /// One token for each account of the policy's repositories, and the policy for that account.
    pub(super) async fn through<W: Write>(
        &self,
        app: &App,
        policy: Policy,
        cabinet: &Cabinet<'_>,
        world: &mut World<'_, W>,
    ) -> Result<Vec<(Policy, Asked)>, Error> {
        let http = self.http()?;
        let mint = Mint::new(app, &http, &self.input.api_url, self.patience, world.clock);
        let own = RepositoryName::parse(&self.runner.job.repository);
        let policies = policy.by_owner(own).ok_or(InputError::NotARunner {
            name: "GITHUB_REPOSITORY",
        })?;
        let create = || DropBox::create(cabinet.shared.container()).map_err(LeaseError::DropBox);
        // Whether it can be made is known before there is a token to keep in it.
        create()?;
        let key = Key::generate().map_err(LeaseError::Seal)?;
        mask_all(&key.to_text(), &mut world.out)?;
        hand_over::state_key(self.runner, &key)?;
        let mut all = Vec::new();
        for (part, policy) in policies.into_iter().enumerate() {
            let wish = wish(&policy);
            let made = mint.make(&wish).await?;
            mask_all(made.token.secret(), &mut world.out)?;
            let name = cabinet.name.part(part);
            let place = (self.input.api_url.as_str(), &self.input.origin);
            let now = (world.clock)();
            minted::keep(
                &made.token,
                place,
                (&name, &key),
                // Not before: no other phase is to wait for GitHub.
                &create()?,
                now,
                &self.runner.job,
            )?;
            tracing::info!("{}", made_for(&wish));
            let asked = self.about_minted(made, &policy, name, &http, now).await?;
            all.push((policy, asked));
        }
        Ok(all)
    }

    async fn about_minted(
        &self,
        made: Minted,
        policy: &Policy,
        name: LeaseName,
        http: &HttpClient,
        now: Timestamp,
    ) -> Result<Asked, Error> {
        let Input {
            api_url, origin, ..
        } = self.input;
        let github = GitHub::new(http, api_url, made.token.secret(), self.patience)
            .map_err(MintError::GitHub)?;
        let probe = GitProbe::new(
            &self.door(http)?,
            &origin.to_string(),
            &made.token,
            self.patience,
        )
        .for_newborn(made.birth);
        let repositories = repositories(policy);
        let wanted = Wanted {
            owners: &owners(policy),
            repositories: &repositories,
            permissions: &policy.permissions(),
        };
        let facts = inspect_minted(&made, &github, &probe, &wanted, now).await;
        Ok(Asked {
            token: made.token,
            facts,
            minted: Some(name),
        })
    }
}

/// The client for one phase.
pub(super) fn client(
    is_local: bool,
    roots: &Roots,
    runner: &Runner,
) -> Result<HttpClient, TransportError> {
    let connections = Connections {
        is_local,
        pem: roots.pem.clone(),
        files: roots.files.clone(),
        folders: roots.folders.clone(),
    };
    transport::client(&connections, &user_agent(runner))
}

/// Who asks, and in which run if it is one, for whoever reads GitHub's audit log.
fn user_agent(runner: &Runner) -> String {
    let run = match runner.job.run_id.as_str() {
        "-" => String::new(),
        run_id => format!(" (run {run_id})"),
    };
    format!("patgate/{}{run}", env!("CARGO_PKG_VERSION"))
}

fn repositories(policy: &Policy) -> Vec<(RepositoryName, Access)> {
    policy.named_repositories().collect()
}

/// The accounts that the policy speaks of.
fn owners(policy: &Policy) -> Vec<&str> {
    let patterns = policy.repositories();
    let mut owners: Vec<_> = patterns.map(|(pattern, _)| pattern.owner()).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

/// What an app is to ask for by one of the policies [by owner](Policy::by_owner). What fits a
/// pattern has a name that nobody knows.
fn wish(policy: &Policy) -> Wish {
    let reach = policy.reach().expect("a policy by owner has a reach");
    let open = reach.open.iter();
    let repositories: Vec<_> = open.filter_map(RepositoryPattern::name).collect();
    Wish {
        owner: reach.owners()[0].to_owned(),
        all: repositories.len() < reach.open.len(),
        repositories,
        permissions: policy.wished_permissions(),
    }
}

/// What GitHub made for the app, for the log.
fn made_for(wish: &Wish) -> String {
    let Wish {
        owner,
        repositories,
        all,
        permissions,
    } = wish;
    let names: Vec<_> = repositories.iter().map(RepositoryName::as_str).collect();
    let reach = if *all {
        format!("all repositories of the installation on {owner}")
    } else {
        names.join(", ")
    };
    let permissions: Vec<_> = permissions
        .iter()
        .map(|(name, level)| format!("{name}: {level}"))
        .collect();
    format!(
        "the app has a token of its own for {reach}, with {}",
        permissions.join(", ")
    )
}
