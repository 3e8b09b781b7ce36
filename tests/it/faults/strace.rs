//! strace, which kills a phase at one of its effects, or lets that effect fail.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Mutex;
use std::thread;

use tempfile::TempDir;

use crate::runner::{Job, PATGATE, Ran, Step};

/// The calls by which a phase changes anything outside of itself, or asks a server to.
const EFFECTS: [&str; 13] = [
    "connect",
    "fchmod",
    "fchown",
    "fsync",
    "ftruncate",
    "mkdirat",
    "openat",
    "renameat",
    "renameat2",
    "sendto",
    "unlinkat",
    "write",
    "writev",
];

/// What is done to an effect.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// The process is gone before it.
    Kill,
    /// It fails with an error of this name.
    Error(&'static str),
    /// It waits for a second before it happens.
    Late,
}

/// One effect of a phase.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) call: String,
    /// Of the calls of that name, which one.
    nth: usize,
    /// strace's words.
    pub(crate) line: String,
}

pub(crate) struct Strace {
    /// The programs by the names that say which phase is meant; strace hands on no other.
    programs: TempDir,
}

impl Strace {
    /// `None`, after a line that says so: it is not installed, or may not trace.
    ///
    /// Where `CI_REQUIRE_STRACE` is 1, no test may be skipped.
    pub(crate) fn find() -> Option<Self> {
        let mut trial = Command::new("strace");
        trial.args(["-f", "-qq", "-o", "/dev/null", "true"]);
        let missing = match trial.output() {
            Ok(output) if output.status.success() => {
                let programs = TempDir::new().unwrap();
                for phase in ["patgate", "patgate-post"] {
                    symlink(PATGATE, programs.path().join(phase)).unwrap();
                }
                return Some(Self { programs });
            }
            Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        assert_ne!(
            env::var("CI_REQUIRE_STRACE").as_deref(),
            Ok("1"),
            "no strace, where CI_REQUIRE_STRACE wants one: {missing}"
        );
        // Past libtest's capture: whoever reads the log must see it. If stderr is closed, nobody does.
        let _ = writeln!(io::stderr(), "skipped: no strace: {missing}");
        None
    }

    /// Runs a phase that nothing happens to: what it does, in order.
    pub(crate) fn effects(&self, job: &mut Job, step: &mut Step, phase: &str) -> Vec<Effect> {
        let trace = self.programs.path().join("trace");
        let mut command = command(&trace);
        command.arg(format!("--trace={}", EFFECTS.join(",")));
        let ran = self.finish(command, job, step, phase);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let mut all: Vec<Effect> = Vec::new();
        let trace = fs::read_to_string(trace).unwrap();
        let mut threads = trace.lines().filter_map(|line| line.split(' ').next());
        let first = threads.next().unwrap_or_default();
        // strace counts the calls of each thread; the others only read what a job has left.
        let of_first = trace.lines().filter_map(|line| line.strip_prefix(first));
        let lines = of_first.map(str::trim_start);
        for line in lines.filter(|line| !line.starts_with("<... ")) {
            let call = line.split('(').next().unwrap_or_default().to_owned();
            let nth = 1 + all.iter().filter(|effect| effect.call == call).count();
            all.push(Effect {
                call,
                nth,
                line: line.to_owned(),
            });
        }
        // What the system's loader opens is none of ours, nor are roots.
        let ours = ["temp", "files"].map(|name| job.path(name).display().to_string());
        // Post ends with a search, in which the threads share the files as it comes.
        let is_search =
            |Effect { line, .. }: &Effect| phase == "patgate-post" && line.contains("/workspace\"");
        let search = all.iter().position(is_search).unwrap_or(all.len());
        let mut at = 0;
        all.retain(|Effect { call, line, .. }| {
            at += 1;
            call != "openat" || at <= search && ours.iter().any(|place| line.contains(place))
        });
        assert!(!all.is_empty(), "a phase has effects");
        all
    }

    /// Runs a phase to which `fault` happens at `effect`, and says whether it did.
    pub(crate) fn run(
        &self,
        (job, step, phase): (&mut Job, &mut Step, &str),
        effect: &Effect,
        fault: Fault,
    ) -> (Ran, bool) {
        let folder = TempDir::new().unwrap();
        let trace = folder.path().join("trace");
        let command = with_fault(&trace, effect, fault);
        let ran = self.finish(command, job, step, phase);
        let happened = match fault {
            Fault::Kill => ran.signal == Some(9),
            Fault::Error(_) => fs::read_to_string(trace).unwrap().contains("(INJECTED)"),
            // strace marks none.
            Fault::Late => true,
        };
        (ran, happened)
    }

    /// Starts a phase that waits for a second before `effect`.
    pub(crate) fn start_late(
        &self,
        (job, step, phase): (&mut Job, &Step, &str),
        effect: &Effect,
    ) -> (Child, PathBuf) {
        let mut command = with_fault(Path::new("/dev/null"), effect, Fault::Late);
        command.arg(self.programs.path().join(phase));
        job.start_by(command, step)
    }

    #[track_caller]
    fn finish(&self, mut command: Command, job: &mut Job, step: &mut Step, phase: &str) -> Ran {
        command.arg(self.programs.path().join(phase));
        let (child, files) = job.start_by(command, step);
        job.finish(child, &files, step)
    }
}

fn command(trace: &Path) -> Command {
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-qq", "-o"]).arg(trace);
    command
}

fn with_fault(trace: &Path, effect: &Effect, fault: Fault) -> Command {
    let Effect { call, nth, line: _ } = effect;
    let what = match fault {
        Fault::Kill => "signal=KILL".to_owned(),
        Fault::Error(name) => format!("error={name}"),
        Fault::Late => "delay_enter=1000000".to_owned(),
    };
    let mut command = command(trace);
    command.arg(format!("--trace={call}"));
    command.arg(format!("--inject={call}:{what}:when={nth}"));
    command
}

/// Does `work` for each of `all`, two at a time. A failure of one is told by its own words.
pub(crate) fn each<T: Sync>(all: &[T], work: impl Fn(&T) + Sync) {
    let next = Mutex::new(all.iter());
    let take = || next.lock().unwrap().next();
    let work_on = || {
        while let Some(one) = take() {
            work(one);
        }
    };
    thread::scope(|scope| {
        scope.spawn(work_on);
        work_on();
    });
}
