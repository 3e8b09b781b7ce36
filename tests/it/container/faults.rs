//! An engine that gives a container less than Docker does by default, or other users.

use std::path::PathBuf;
use std::process::Command;

use super::engine::Engine;
use super::runner::{Phase, Ran, Runner, Step};
use crate::issue::gate;
use crate::runner::classic;

const RULES: &str = "    kinds: [classic]\n    repositories: { acme/site: push }";

fn runner<'a>(engine: &'a Engine, options: &[&'static str]) -> Runner<'a> {
    let mut runner = Runner::new(engine, &classic(0));
    let file = runner.workspace().join(".github/patgate.yml");
    runner.write(&file, &gate(RULES));
    runner.options = options.to_vec();
    runner
}

/// Runs a whole job; git works in between.
#[track_caller]
fn assert_lends(mut runner: Runner<'_>) {
    let (mut step, before) = (Step::default(), runner.files_of_job());
    runner.run_ok(&mut step, Phase::Main);
    let url = format!("{}/acme/site", runner.github.url);
    let git = runner.on_host(&format!("git ls-remote {url}"));
    assert!(git.success, "{}", git.text);
    runner.run_ok(&mut step, Phase::Post);
    assert_eq!(runner.files_of_job(), before);
}

/// Runs a main phase that must fail with these words, and a post that must not.
#[track_caller]
fn assert_refuses(mut runner: Runner<'_>, words: &str) {
    let (mut step, before) = (Step::default(), runner.files_of_job());
    let env = runner.env.clone();
    let Ran { status, log, .. } = runner.run(&mut step, Phase::Main);
    assert_eq!(status, Some(2), "{log}");
    let errors = log.lines().filter(|line| line.starts_with("::error "));
    let errors: Vec<_> = errors.collect();
    assert!(errors.len() == 1 && errors[0].contains(words), "{log}");
    assert_eq!(runner.env, env, "git has no trace of it");
    runner.run_ok(&mut step, Phase::Post);
    assert_eq!(runner.files_of_job(), before);
}

#[test]
fn a_container_that_may_not_give_files_away_makes_no_lease() {
    let Some(engine) = Engine::find() else { return };
    let words = "run the container with the capability CHOWN";
    assert_refuses(runner(&engine, &["--cap-drop", "CHOWN"]), words);
}

#[test]
fn a_container_whose_root_has_no_rights_tells_what_it_cannot_write() {
    let Some(engine) = Engine::find() else { return };
    let words = "cannot write the file that `GITHUB_STATE` names: Permission denied";
    assert_refuses(runner(&engine, &["--cap-drop", "ALL"]), words);
}

#[test]
fn a_container_that_runs_as_a_stranger_tells_what_it_cannot_write() {
    let Some(engine) = Engine::find() else { return };
    let words = "cannot write the file that `GITHUB_STATE` names: Permission denied";
    assert_refuses(runner(&engine, &["--user", "4242"]), words);
}

#[test]
fn a_container_that_runs_as_the_runners_user_lends() {
    let Some(engine) = Engine::find() else { return };
    assert_lends(runner(&engine, &["--user", "1001", "--cap-drop", "ALL"]));
}

#[test]
fn a_container_lends_whose_own_root_is_read_only() {
    let Some(engine) = Engine::find() else { return };
    assert_lends(runner(&engine, &["--read-only"]));
}

#[test]
fn a_container_sees_that_later_steps_could_not_run_the_helper() {
    let Some(engine) = Engine::find() else { return };
    let runner = runner(&engine, &[]);
    let _mount = NoExec::on(runner.temp());
    assert_refuses(runner, "git could not run its helper");
}

/// A folder on which no program starts, until this is dropped.
struct NoExec(PathBuf);

impl NoExec {
    fn on(folder: PathBuf) -> Self {
        let this = Self(folder);
        this.mount(&["--bind", &this.0.display().to_string()]);
        this.mount(&["-o", "remount,bind,noexec"]);
        this
    }

    #[track_caller]
    fn mount(&self, arguments: &[&str]) {
        let mut mount = Command::new("mount");
        let output = mount.args(arguments).arg(&self.0).output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{complaint}");
    }
}

impl Drop for NoExec {
    fn drop(&mut self) {
        // A failing test has its own reason already.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}
