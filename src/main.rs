//! The action's program. `action.yml` names it twice: `/patgate` in the main phase, and
//! `/patgate-post`, a link to the same file, in post. An entrypoint takes no arguments: where there
//! are some, a person speaks.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};

use jiff::Timestamp;
use rustix::fs::Mode;
use rustix::process::{self as system, DumpableBehavior, Resource, Rlimit};
use rustix::process::{getrlimit, set_dumpable_behavior, setrlimit, umask};
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use patgate::command_line::{self, Input, Output};
use patgate::gate::{self, Error, Explanation, World};
use patgate::runner::command::{self, Log};

/// Denied by the policy.
const DENIED: u8 = 1;
/// Could not judge.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    keep_out_of_dumps();
    let arguments: Vec<_> = env::args_os().collect();
    if arguments.len() > 1 {
        return answer(arguments);
    }
    panic::set_hook(Box::new(confess));
    // Whatever the runner's was: what is made is ours alone until it is opened to others.
    umask(Mode::from_raw_mode(0o077));
    start_log();
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(DENIED),
        Err(error) => {
            // Nothing is left to do if stdout is closed.
            let _ = error.explain().iter().try_for_each(complain);
            ExitCode::from(FAILED)
        }
    }
}

/// A person at a shell, or a scheduled job. Signals do what they do by themselves: there is nothing
/// to clean up.
fn answer(arguments: Vec<OsString>) -> ExitCode {
    panic::set_hook(Box::new(confess_to_person));
    warn_person();
    let (mut stdin, mut stdout, mut stderr) = (io::stdin(), io::stdout(), io::stderr());
    let world = command_line::World {
        lookup: &|name| env::var(name).ok(),
        clock: Timestamp::now,
        input: Input {
            is_terminal: stdin.is_terminal(),
            reader: &mut stdin,
        },
        out: Output {
            is_terminal: stdout.is_terminal(),
            writer: &mut stdout,
        },
        err: Output {
            is_terminal: stderr.is_terminal(),
            writer: &mut stderr,
        },
    };
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return ExitCode::from(FAILED);
    };
    let status = runtime.block_on(command_line::run(arguments, world));
    runtime.shutdown_background();
    ExitCode::from(status)
}

fn run() -> Result<bool, Error> {
    demand_descriptors()?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Error::Start)?;
    let outcome = runtime.block_on(async {
        if is_post() {
            post().await
        } else {
            issue().await
        }
    });
    // Dropped, it would wait for a name that is still being looked up, and outlast the runner's
    // patience with a run that is cancelled.
    runtime.shutdown_background();
    outcome
}

async fn issue() -> Result<bool, Error> {
    let (interrupt, terminate) = signals().map_err(Error::Start)?;
    let mut world = world()?;
    tokio::select! {
        outcome = gate::issue(&mut world) => outcome,
        () = first(interrupt, terminate) => Err(Error::Cancelled),
    }
}

/// Post is short and must not be cut off: from here on, a signal changes nothing.
async fn post() -> Result<bool, Error> {
    let _heard = signals().map_err(Error::Start)?;
    gate::revoke(&mut world()?).await
}

fn world() -> Result<World<'static, io::Stdout>, Error> {
    let program = env::current_exe().map_err(Error::Start)?;
    let beside = program.parent().unwrap_or(Path::new("/"));
    Ok(World {
        lookup: &|name| env::var(name).ok(),
        clock: Timestamp::now,
        helper: PathBuf::from(beside).join("git-credential-patgate"),
        out: io::stdout(),
    })
}

/// What the runner sends when a run is cancelled. A process that is the container's first
/// ignores both unless it asks for them.
fn signals() -> io::Result<(Signal, Signal)> {
    // A file too large for a limit of the job's is an error to tell, and no reason to die.
    drop(signal(SignalKind::from_raw(system::Signal::XFSZ.as_raw()))?);
    Ok((
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    ))
}

async fn first(mut interrupt: Signal, mut terminate: Signal) {
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

/// The runner reads stderr before stdout, so that a mask on one could miss a line on the other:
/// everything goes to stdout, and everything through the one writer that makes it harmless.
fn start_log() {
    log_to(io::stdout, tracing::Level::INFO);
}

/// What a person should know beside the answer, which alone goes to stdout.
fn warn_person() {
    log_to(io::stderr, tracing::Level::WARN);
}

fn log_to<W: io::Write + 'static>(out: fn() -> W, level: tracing::Level) {
    let level = match env::var("RUNNER_DEBUG").as_deref() {
        Ok("1") => tracing::Level::DEBUG,
        _ => level,
    };
    let lines = fmt::layer()
        .with_writer(move || Log(out()))
        .with_ansi(false)
        .with_level(false)
        .with_target(false)
        .without_time()
        // Ours alone: an HTTP library's own log would hold headers.
        .with_filter(Targets::new().with_target("patgate", level));
    tracing_subscriber::registry().with(lines).init();
}

/// A bug of ours fails the step as every other failure does, and never shows a value.
#[expect(
    clippy::exit,
    reason = "a release aborts on panic, and an abort has no exit status"
)]
fn confess(panicked: &panic::PanicHookInfo<'_>) {
    // Nothing is left to do if stdout is closed.
    let _ = command::annotate(
        "error",
        "patgate",
        None,
        &confession(panicked),
        io::stdout(),
    );
    process::exit(FAILED.into());
}

#[expect(
    clippy::exit,
    reason = "a release aborts on panic, and an abort has no exit status"
)]
fn confess_to_person(panicked: &panic::PanicHookInfo<'_>) {
    // Nothing is left to do if stderr is closed.
    let _ = writeln!(io::stderr(), "error: {}", confession(panicked));
    process::exit(FAILED.into());
}

/// The place and not the message, which may hold a value.
fn confession(panicked: &panic::PanicHookInfo<'_>) -> String {
    let at = panicked
        .location()
        .map(ToString::to_string)
        .unwrap_or_default();
    format!("patgate has a bug, at {at}; please report it")
}

fn complain(explanation: &Explanation) -> io::Result<()> {
    let Explanation {
        message,
        place,
        excerpt,
    } = explanation;
    let mut out = io::stdout();
    if let Some(excerpt) = excerpt {
        writeln!(Log(&mut out), "{excerpt}")?;
    }
    command::annotate("error", "patgate", place.as_ref(), message, out)
}

/// No dump of this process, and no debugger of another user's: the token is in its memory.
fn keep_out_of_dumps() {
    // A system that refuses either is no worse than one that has neither.
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// The runtime takes it for a bug if there are too few, and no phase needs many.
fn demand_descriptors() -> Result<(), Error> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let needed = Some(DESCRIPTORS);
    let enough = |limit: Option<u64>| limit.is_none() || limit >= needed;
    let raised = Rlimit {
        current: needed,
        maximum,
    };
    if enough(current) || enough(maximum) && setrlimit(Resource::Nofile, raised).is_ok() {
        return Ok(());
    }
    Err(Error::Descriptors {
        limit: maximum.unwrap_or_default(),
        needed: DESCRIPTORS,
    })
}

/// A dozen for itself, and a few for each request at a time.
const DESCRIPTORS: u64 = 64;

fn is_post() -> bool {
    env::args_os()
        .next()
        .is_some_and(|name| Path::new(&name).ends_with("patgate-post"))
}
