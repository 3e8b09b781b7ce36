//! How a phase ends that does not come to its own end: cancelled, stopped, killed.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use rustix::process::{Pid, Signal, kill_process};

use super::engine::{Engine, wait_until};
use super::runner::{Phase, Ran, Runner, Running, Step};
use crate::canary;
use crate::runner::classic;

/// Starts a main phase, and waits until it waits for GitHub.
fn waiting<'a>(runner: &Runner<'a>, step: &Step) -> Running<'a> {
    let running = runner.start(step, Phase::Main);
    let is_waiting = |line: &String| line.starts_with("GET ") && line.ends_with(" 0");
    wait_until("the token is inspected", || {
        runner.github.requests().iter().any(is_waiting)
    });
    running
}

#[track_caller]
fn assert_cancelled(ran: &Ran) {
    assert_eq!(ran.status, Some(2), "by itself, not killed: {}", ran.log);
    let message = "::error title=patgate::the run was cancelled";
    assert!(ran.log.contains(message), "{}", ran.log);
}

/// Runs post twice, as after a main phase that left `before` and perhaps more.
#[track_caller]
fn assert_post_leaves(runner: &mut Runner<'_>, step: &mut Step, before: &BTreeSet<PathBuf>) {
    for _ in 0..2 {
        runner.run_ok(step, Phase::Post);
        let after = runner.files_of_job();
        let left: Vec<_> = after.symmetric_difference(before).collect();
        assert!(left.is_empty(), "{left:?} outlive the job");
    }
}

#[test]
fn docker_stop_ends_a_waiting_main_phase() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::stalled(&engine, &classic(0));
    let (mut step, before) = (Step::default(), runner.files_of_job());
    let running = waiting(&runner, &step);
    // SIGTERM, and SIGKILL for who does not heed it, which another status would tell.
    engine.ok(&["stop", "--time", "30", &running.container.name]);
    assert_cancelled(&runner.finish(running, &mut step));
    assert_eq!(runner.files_of_job(), before, "nothing was made");
    assert_post_leaves(&mut runner, &mut step, &before);
}

#[test]
fn an_interrupt_ends_a_waiting_main_phase() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::stalled(&engine, &classic(0));
    let (mut step, before) = (Step::default(), runner.files_of_job());
    let mut running = waiting(&runner, &step);
    // The runner's way: the client hands the signal on to the container's first process.
    kill_process(Pid::from_child(&running.client), Signal::INT).unwrap();
    wait_until("the client ends", || {
        running.client.try_wait().unwrap().is_some()
    });
    assert_cancelled(&runner.finish(running, &mut step));
    assert_post_leaves(&mut runner, &mut step, &before);
}

#[test]
fn post_cleans_up_after_a_main_phase_that_was_killed() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::stalled(&engine, &classic(0));
    let (mut step, before) = (Step::default(), runner.files_of_job());
    let running = waiting(&runner, &step);
    engine.ok(&["kill", "--signal", "KILL", &running.container.name]);
    let ran = runner.finish(running, &mut step);
    assert_eq!(ran.status, Some(137), "killed: {}", ran.log);
    assert_post_leaves(&mut runner, &mut step, &before);
}

#[test]
fn post_removes_what_a_killed_main_phase_had_half_made() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::new(&engine, &classic(0));
    let before = runner.files_of_job();
    for knows_its_state in [true, false] {
        let mut step = Step::default();
        if knows_its_state {
            step.set_state("lease", "0123456789abcdef");
            step.set_state("home", "/github/runner_temp");
        }
        plant(&runner);
        assert_ne!(
            runner.files_of_job(),
            before,
            "there is something to remove"
        );
        assert_post_leaves(&mut runner, &mut step, &before);
    }
}

/// What lies there if the main phase, which is root, is killed between two files.
fn plant(runner: &Runner<'_>) {
    let home = runner.temp().join("patgate");
    fs::create_dir(&home).unwrap();
    for (name, mode) in [
        ("git-credential-patgate", 0o755),
        ("journal", 0o600),
        (".0123456789abcdef.lease.tmp", 0o600),
        (".journal.tmp", 0o600),
    ] {
        fs::write(home.join(name), "half").unwrap();
        fs::set_permissions(home.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
}

#[test]
fn post_finds_a_lease_without_the_main_phases_state() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::new(&engine, &classic(0));
    let (mut step, before) = (Step::default(), runner.files_of_job());
    runner.run_ok(&mut step, Phase::Main);
    assert_ne!(runner.files_of_job(), before, "there is a lease to end");
    step.forget();
    assert_post_leaves(&mut runner, &mut step, &before);
}

const MASK: &str = "::add-mask::";

#[test]
fn a_waiting_container_shows_the_token_in_no_argument_and_no_log() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::stalled(&engine, &classic(0));
    let mut step = Step::default();
    let running = waiting(&runner, &step);
    let name = running.container.name.clone();
    let parts = "{{json .Path}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} \
                 {{json .Config.Labels}} {{json .Name}}";
    let shown = engine.ok(&["inspect", "--format", parts, &name]);
    assert!(
        shown.starts_with(r#""/patgate" [] null ["/patgate"]"#),
        "{shown}"
    );
    canary::assert_clean("docker inspect", shown.as_bytes(), &runner.token);
    let env = engine.ok(&["inspect", "--format", "{{json .Config.Env}}", &name]);
    assert!(
        env.contains(&runner.token),
        "it goes by the environment: {name}"
    );
    let log = engine.ok(&["logs", &name]);
    let (masks, spoken): (Vec<_>, Vec<_>) = log.lines().partition(|line| line.starts_with(MASK));
    assert!(!masks.is_empty(), "the token is masked before it is used");
    let spoken = spoken.join("\n");
    canary::assert_clean("docker logs", spoken.as_bytes(), &runner.token);
    engine.ok(&["stop", "--time", "30", &name]);
    runner.finish(running, &mut step);
}
