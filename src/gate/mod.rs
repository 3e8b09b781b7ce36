//! The two phases of the action, and judging alone: each a straight line. Decides nothing itself.

mod asking;
mod check;
mod error;
mod giving_back;
mod hand_over;
mod holder;
mod janitor;
mod left_behind;
mod policy_file;
mod round;
mod run;
mod tell;

use std::io::{self, Write};
use std::path::PathBuf;

use jiff::Timestamp;
use patgate_credential::LeaseName;
use secrecy::SecretString;

use crate::input::{Input, LeaseForm, Mode, Runner, Secrets};
use crate::lease::drop_box::DropBox;
use crate::lease::plain::{self, Form};
use crate::lease::{self, Lease, LeaseError};
use crate::policy::{Clearance, Level};
use crate::runner::path::{Directories, SharedDirectory};
use crate::runner::{command, mask};
use crate::token::Token;

use asking::{Cabinet, Desk, Term};
use holder::Holder;
use round::{Bench, Round};

pub use check::check;
pub use error::{Error, Explanation};
pub use policy_file::with_bases;

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
    let holder = masked(&secrets, &mut world.out)?;
    tracing::info!("patgate {}", env!("CARGO_PKG_VERSION"));
    let runner = Runner::read(world.lookup);
    let shared = SharedDirectory::find(&directories(&runner))?;
    let name = LeaseName::generate().map_err(LeaseError::Seal)?;
    hand_over::state(&runner, &name)?;
    janitor::tidy(&runner, &shared, (world.clock)(), &mut world.out)?;
    let input = Input::parse(world.lookup)?;
    let term = Term::begin(&input)?;
    // Nobody is asked for a policy to judge what is no token.
    let holder = holder?;
    holder.permits(&input)?;
    let gates = holder.gates(&input.gate);
    let found = policy_file::read(
        &gates,
        &input,
        &runner,
        &secrets.github_token,
        &term.patience,
    );
    let found = term.bound(Box::pin(found)).await?;
    tell::doubts(&found.warnings, &mut world.out)?;
    if input.lease != LeaseForm::None {
        for (_, policy) in &found.policies {
            policy.permit_form(input.lease.word())?;
        }
    }
    let leaks = found.policies.iter().map(|(_, policy)| policy.leaks());
    hand_over::state_leaks(&runner, leaks.max().unwrap_or(Level::Warn))?;
    let desk = Desk {
        input: &input,
        runner: &runner,
        patience: &term.patience,
    };
    let cabinet = Cabinet {
        shared: &shared,
        name: &name,
    };
    let bench = Bench {
        policies: found.policies,
        audit: input.mode == Mode::Audit,
        facts: &run::facts(&runner),
    };
    let rounds = bench.judge(holder, &desk, &cabinet, world);
    let rounds = term.bound(Box::pin(rounds)).await?;
    conclude(rounds, found.name.as_deref(), &desk, &cabinet, world).await
}

/// Masks every secret before a word is said, and tells what the inputs hold.
fn masked(secrets: &Secrets, mut out: impl Write) -> Result<Result<Holder, Error>, Error> {
    mask_all(&secrets.token, &mut out)?;
    for line in &secrets.tokens {
        mask_all(&line.secret, &mut out)?;
    }
    mask_all(&secrets.private_key, &mut out)?;
    mask_all(&secrets.github_token, &mut out)?;
    let holder = Holder::read(secrets);
    if let Ok(Holder::App(app)) = &holder {
        mask_all(app.key_lines(), &mut out)?;
    }
    Ok(holder)
}

/// Leases what has passed, for every gate or for none. `true`: allowed.
async fn conclude<W: Write>(
    mut rounds: Vec<Round>,
    policy: Option<&str>,
    desk: &Desk<'_>,
    cabinet: &Cabinet<'_>,
    world: &mut World<'_, W>,
) -> Result<bool, Error> {
    let (input, runner) = (desk.input, desk.runner);
    let now = (world.clock)();
    let audit = input.mode == Mode::Audit;
    let cleared: Vec<_> = rounds.iter_mut().map(Round::take_clearance).collect();
    // All of them, or nothing is leased.
    let cleared: Option<Vec<_>> = cleared.into_iter().collect();
    let allowed = cleared.is_some();
    let mut told = tell::Told::of(&rounds, input, policy, now);
    let drop_box = DropBox::create(cabinet.shared.container()).map_err(LeaseError::DropBox)?;
    let hall = Hall {
        runner,
        shared: cabinet.shared,
        drop_box: &drop_box,
        name: cabinet.name,
        parts: rounds.len(),
    };
    let lends = input.lease != LeaseForm::None;
    if let Some(cleared) = cleared.filter(|_| lends) {
        let chosen = rounds
            .iter()
            .filter_map(|round| Some((round, round.chosen()?)));
        let (mut of_gates, mut tokens) = (Vec::new(), Vec::new());
        for ((round, case), clearance) in chosen.zip(cleared) {
            // An audit never fails on a finding, and what has ended is one.
            if audit && clearance.is_over(now) {
                tracing::info!(
                    "the token for the gate `{}` has ended, and is not leased",
                    round.gate
                );
                continue;
            }
            of_gates.push(round.gate.as_str());
            tokens.push((&case.asked.token, clearance));
        }
        tell::ties(&of_gates, &tokens, &mut world.out)?;
        let leases = match plain_form(input.lease) {
            _ if tokens.is_empty() => Vec::new(),
            None => lend(world, tokens, input, &hall, now)?,
            Some(form) => lend_plain(world, tokens, form, input, &hall, now)?,
        };
        told.lease(of_gates, leases);
    }
    if !told.is_leased() {
        // Nobody will use what was made for this step.
        giving_back::at_once(&rounds, &hall, desk).await;
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
    /// How many leases the step makes.
    parts: usize,
}

impl Hall<'_> {
    /// A step that fails leaves no lease, should later steps run all the same.
    fn take_back(&self) {
        for part in 0..self.parts {
            // The first error is the one to tell; post looks for what is left.
            let _ = self.drop_box.remove(&self.name.part(part).file());
        }
        for form in [Form::Netrc, Form::Store] {
            let _ = self.drop_box.remove(&form.file(self.name));
        }
    }
}

/// Seals each token, then tells later steps where they lie and what opens them.
fn lend<W: Write>(
    world: &mut World<'_, W>,
    cleared: Vec<(&Token, Clearance)>,
    input: &Input,
    hall: &Hall<'_>,
    now: Timestamp,
) -> Result<Vec<Lease>, Error> {
    let key = hand_over::job_key(hall, now)?;
    // What later steps cannot take is found before there is anything to take back.
    let reaches: Vec<_> = cleared
        .iter()
        .map(|(_, clearance)| lease::reach(clearance))
        .collect();
    let variables = hand_over::variables(&reaches, &key, input, hall)?;
    let leases = cleared.into_iter().enumerate().map(|(part, cleared)| {
        let (token, clearance) = cleared;
        let tenant = lease::Tenant {
            origin: input.origin.clone(),
            job: hall.runner.job.clone(),
            name: hall.name.part(part),
        };
        let (drop_box, helper) = (hall.drop_box, &world.helper);
        Lease::issue(token, clearance, tenant, &key, drop_box, helper, now)
    });
    let leases = leases
        .collect::<Result<_, _>>()
        .inspect_err(|_| hall.take_back())?;
    mask_all(&key.to_text(), &mut world.out)
        .map_err(Error::Io)
        .and_then(|()| hand_over::environment(&variables, hall.runner))
        .inspect_err(|_| hall.take_back())?;
    Ok(leases)
}

fn plain_form(form: LeaseForm) -> Option<Form> {
    match form {
        LeaseForm::Git | LeaseForm::None => None,
        LeaseForm::Netrc => Some(Form::Netrc),
        LeaseForm::Store => Some(Form::Store),
    }
}

/// Writes the tokens as they are, then tells later steps where they lie.
fn lend_plain<W: Write>(
    world: &mut World<'_, W>,
    cleared: Vec<(&Token, Clearance)>,
    form: Form,
    input: &Input,
    hall: &Hall<'_>,
    now: Timestamp,
) -> Result<Vec<Lease>, Error> {
    if form == Form::Netrc && hall.runner.has_netrc {
        return Err(LeaseError::OtherNetrc.into());
    }
    // What later steps cannot take is found before there is anything to take back.
    let reaches = plain::opened(form, cleared.iter().map(|(_, clearance)| clearance))?;
    let variables = hand_over::plain_variables(&reaches, form, input, hall)?;
    tell::plain(form, hall, &mut world.out)?;
    plain::write(cleared, form, &input.origin, hall.name, hall.drop_box, now)
        .map_err(Error::Lease)
        .and_then(|()| hand_over::environment(&variables, hall.runner))
        .inspect_err(|_| hall.take_back())?;
    let lease = |reach| Lease {
        expires_at: None,
        reach,
    };
    Ok(reaches.into_iter().map(lease).collect())
}

/// The `post` phase: end the lease, and look for what the job left of the token. It must work even
/// where [`issue`] stopped half-way, and a second time. `false`: the token was left behind, and the
/// policy denies that.
pub async fn revoke<W: Write>(world: &mut World<'_, W>) -> Result<bool, Error> {
    let secrets = Secrets::read(world.lookup);
    // What the main phase masked is masked for the whole job; one that was killed may not have. Who
    // cannot speak ends the lease all the same.
    let _ = masked(&secrets, &mut world.out);
    let runner = Runner::read(world.lookup);
    let shared = SharedDirectory::find(&directories(&runner))?;
    let kept = end(&runner, &shared, world).await?;
    left_behind::search(&kept, &secrets, (&runner, &shared), world)
}

/// Ends the step's leases, and gives back what was made for it. Returns those tokens.
async fn end<W: Write>(
    runner: &Runner,
    shared: &SharedDirectory,
    world: &mut World<'_, W>,
) -> Result<Vec<SecretString>, Error> {
    let name = runner.state_lease.as_deref().and_then(LeaseName::parse);
    let root = shared.container();
    let mut kept = Vec::new();
    if let Some(drop_box) = DropBox::open(root).map_err(LeaseError::DropBox)? {
        // Whatever comes of it, the files go.
        kept = giving_back::in_post(name.as_ref(), runner, &drop_box, world).await?;
    }
    let Some(drop_box) = DropBox::open_alone(root).map_err(LeaseError::DropBox)? else {
        tracing::info!("the lease is gone already");
        hand_over::take_back(runner);
        return Ok(kept);
    };
    let ended = lease::end(
        &drop_box,
        name.as_ref(),
        runner.key.as_ref(),
        (world.clock)(),
    )?;
    if !ended.others {
        hand_over::take_back(runner);
    }
    tell::end(&ended, runner, &mut world.out)?;
    Ok(kept)
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
