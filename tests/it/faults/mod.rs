//! What may go wrong under a lease: in each case a clear message, no token that can be read, and a
//! git that works.

mod clock;
mod errors;
mod kill;
mod limits;
mod planted;
pub(crate) mod strace;
mod together;
mod users;

use std::os::unix::fs::chown;
use std::process::Command;

use fake_github::FakeGitHub;

use crate::issue::gate;
use crate::revoke::github;
use crate::runner::{Job, PATGATE, Ran, Step, classic};

use strace::{Effect, Strace};

/// A hosted runner's user.
const USER: u32 = 1001;

/// A job whose steps run as another user than the action, as on a real runner, if root may say so.
fn job(github: &FakeGitHub) -> Job {
    let rules = "    repositories: { acme/site: push }";
    let job = Job::on(github, &classic(0), &gate(rules));
    if is_root() {
        chown(job.path("temp"), Some(USER), Some(USER)).unwrap();
    }
    job
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Runs a main phase that leases.
#[track_caller]
fn lease(job: &mut Job) -> Step {
    let mut step = Step::new();
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    step
}

/// Fails if what a phase left keeps git from a repository that needs no token.
#[track_caller]
fn assert_git_works(github: &FakeGitHub, job: &Job) {
    job.git_ok(&["ls-remote", &format!("{}/acme/open", github.url())]);
}

/// Runs post, after which nothing is left.
#[track_caller]
fn assert_post_leaves_nothing(job: &mut Job, step: &mut Step) {
    let ran = job.post(step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(!job.home().exists(), "{}", ran.log);
}

/// One line that says what is wrong and what to do, and no confession.
#[track_caller]
fn assert_clear(ran: &Ran, what: &str) {
    let errors = ran.log.lines().filter(|line| line.starts_with("::error "));
    let errors: Vec<_> = errors.collect();
    assert_eq!(errors.len(), 1, "{what}: {}", ran.log);
    assert!(errors[0].contains("; "), "no advice: {what}: {}", ran.log);
    assert!(!errors[0].contains("has a bug"), "{what}: {}", ran.log);
}

/// A phase that a shell starts, after it has done what `script` says.
fn by_shell(script: &str, phase: &str) -> Command {
    let mut command = Command::new("bash");
    command
        .arg("-c")
        .arg(format!("{script}\nexec -a /{phase} \"$0\""));
    command.arg(PATGATE);
    command
}

#[track_caller]
fn run_by_shell(job: &mut Job, step: &mut Step, script: &str, phase: &str) -> Ran {
    let (child, files) = job.start_by(by_shell(script, phase), step);
    job.finish(child, &files, step)
}

/// What post does to a lease, in order.
fn effects_of_post(strace: &Strace, github: &FakeGitHub) -> Vec<Effect> {
    let mut job = job(github);
    let mut step = lease(&mut job);
    strace.effects(&mut job, &mut step, "patgate-post")
}
