//! The two phases of the action, each a straight line. Decides nothing itself.

mod error;
mod hand_over;
mod policy_file;
mod tell;

use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use patgate_credential::LeaseName;
use secrecy::SecretString;

use crate::facts::{Access, RepositoryName, TokenFacts};
use crate::input::{Input, LeaseForm, Mode, Runner, Secrets};
use crate::inspection::git_probe::GitProbe;
use crate::inspection::github::GitHub;
use crate::inspection::inspect;
use crate::inspection::transport::{self, Connections};
use crate::lease::drop_box::DropBox;
use crate::lease::{self, Lease, LeaseError};
use crate::policy::{Clearance, Policy, Run, Verdict};
use crate::runner::path::{Directories, SharedDirectory};
use crate::runner::{command, mask};
use crate::token::Token;

pub use error::{Error, Explanation};

/// What a phase cannot make for itself: the environment, the clock, the helper's file, the log.
pub struct World<'a, W> {
    /// [`std::env::var`] in all but name.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// [`Timestamp::now`] in all but name.
    pub clock: fn() -> Timestamp,
    /// Where the static helper lies, to be copied.
    pub helper: PathBuf,
    /// The runner's end of this process: commands between the lines of the log.
    pub out: W,
}

/// The `main` phase: judge the token, and lease it if it passes. `true`: allowed.
///
/// The order of effects is the only right one. Masks come before a word is said; the state for
/// post comes before there is anything to clean up, so that post finds what a killed phase left.
pub async fn issue<W: Write>(world: &mut World<'_, W>) -> Result<bool, Error> {
    let secrets = Secrets::read(world.lookup);
    mask_all(&secrets.token, &mut world.out)?;
    mask_all(&secrets.private_key, &mut world.out)?;
    tracing::info!("patgate {}", env!("CARGO_PKG_VERSION"));
    let runner = Runner::read(world.lookup);
    let shared = SharedDirectory::find(&directories(&runner))?;
    let name = LeaseName::generate().map_err(LeaseError::Seal)?;
    hand_over::state(&runner, &name)?;
    let input = Input::parse(world.lookup)?;
    let (policy, source) = policy_file::read(&input, &runner)?;
    let token = Token::parse(&secrets.token)?;
    let facts = ask(&token, &input, &policy, &runner, world.clock).await?;
    let now = (world.clock)();
    let audit = input.mode == Mode::Audit;
    let verdict = policy.judge(&facts, &Run { audit }, now);
    let mut told = tell::Told::of(&facts, &verdict, &input, source.as_deref(), now);
    let allowed = !matches!(verdict, Verdict::Deny { .. });
    let drop_box = DropBox::create(shared.container()).map_err(LeaseError::DropBox)?;
    let hall = Hall {
        runner: &runner,
        shared: &shared,
        drop_box: &drop_box,
        name: &name,
    };
    if let (LeaseForm::Git, Some(clearance)) = (input.lease, verdict.into_clearance()) {
        told.lease = match lend(world, &token, clearance, &input, &hall, now) {
            // An audit never fails on a finding, and this follows from one.
            Err(Error::Lease(LeaseError::NoTime)) if audit => None,
            lease => Some(lease?),
        };
    }
    tell::tell(&told, &hall, &mut world.out).inspect_err(|_| hall.take_back())?;
    Ok(allowed)
}

/// Where a lease is made and by what name: what all of its steps share.
struct Hall<'a> {
    runner: &'a Runner,
    shared: &'a SharedDirectory,
    drop_box: &'a DropBox,
    name: &'a LeaseName,
}

impl Hall<'_> {
    /// A step that fails leaves no lease, should later steps run all the same.
    fn take_back(&self) {
        // The first error is the one to tell; post looks for what is left.
        let _ = self.drop_box.remove(&self.name.file());
    }
}

/// Seals the token, then tells later steps where it lies and what opens it.
fn lend<W: Write>(
    world: &mut World<'_, W>,
    token: &Token,
    clearance: Clearance,
    input: &Input,
    hall: &Hall<'_>,
    now: Timestamp,
) -> Result<Lease, Error> {
    let key = hand_over::job_key(hall, now)?;
    let tenant = lease::Tenant {
        origin: input.origin.clone(),
        job: hall.runner.job.clone(),
        name: hall.name.clone(),
    };
    // What later steps cannot take is found before there is anything to take back.
    let variables = hand_over::variables(&lease::reach(&clearance), &key, input, hall)?;
    let lease = Lease::issue(
        token,
        clearance,
        tenant,
        &key,
        hall.drop_box,
        &world.helper,
        now,
    )?;
    mask_all(&key.to_text(), &mut world.out)
        .map_err(Error::Io)
        .and_then(|()| hand_over::environment(&variables, hall.runner))
        .inspect_err(|_| hall.take_back())?;
    Ok(lease)
}

/// Asks GitHub what the token is, and what it can do with the policy's repositories.
async fn ask(
    token: &Token,
    input: &Input,
    policy: &Policy,
    runner: &Runner,
    clock: fn() -> Timestamp,
) -> Result<TokenFacts, Error> {
    let connections = Connections {
        is_local: input.origin.is_loopback(),
        pem: input.ca_certificates.clone(),
        file: input.extra_roots.clone(),
    };
    let http = transport::client(&connections, &user_agent(runner))?;
    let github = GitHub::new(&http, &input.api_url, token)?;
    let probe = GitProbe::new(&http, &input.origin.to_string(), token);
    let wanted: Vec<(RepositoryName, Access)> = policy
        .repositories()
        .map(|(name, access)| (name.clone(), access))
        .collect();
    Ok(inspect(token, &github, &probe, &wanted, clock).await?)
}

/// Who asks, and in which run, for whoever reads GitHub's audit log.
fn user_agent(runner: &Runner) -> String {
    format!(
        "patgate/{} (run {})",
        env!("CARGO_PKG_VERSION"),
        runner.job.run_id
    )
}

/// The `post` phase: end the lease. It must work even where [`issue`] stopped half-way, and a
/// second time.
pub fn revoke<W: Write>(world: &mut World<'_, W>) -> Result<(), Error> {
    let runner = Runner::read(world.lookup);
    let shared = SharedDirectory::find(&directories(&runner))?;
    let name = runner.state_lease.as_deref().and_then(LeaseName::parse);
    let Some(drop_box) = DropBox::open(shared.container()).map_err(LeaseError::DropBox)? else {
        tracing::info!("the lease is gone already");
        return Ok(());
    };
    let ended = lease::end(
        &drop_box,
        name.as_ref(),
        runner.key.as_ref(),
        (world.clock)(),
    )?;
    tell::end(&ended, &runner, &mut world.out)
}

fn mask_all(secret: &SecretString, mut out: impl Write) -> io::Result<()> {
    mask::forms(secret)
        .iter()
        .try_for_each(|form| command::mask(form, &mut out))
}

fn directories(runner: &Runner) -> Directories {
    Directories {
        temp: runner.temp.clone(),
        host_temp: runner.host_temp.clone(),
        workspace: runner.runner_workspace.clone(),
        is_act: runner.is_act,
    }
}
