//! A lease from its issue to its end, in every place where the runner runs a step.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::engine::Engine;
use super::runner::{Phase, Ran, Runner, Step, USER};
use super::steps::JobContainer;
use crate::issue::gate;
use crate::runner::classic;

/// Lends the two repositories that a release needs.
const RULES: &str = "    kinds: [classic]\n    repositories: { acme/site: push, acme/docs: fetch }";

/// A runner whose workspace has a policy, a step that has run, and what there was before.
pub(super) fn leased(mut runner: Runner<'_>) -> (Runner<'_>, Step, BTreeSet<PathBuf>, Ran) {
    write_policy(&runner, RULES);
    let before = runner.files_of_job();
    let mut step = Step::default();
    let ran = runner.run_ok(&mut step, Phase::Main);
    assert_eq!(ran.outputs["verdict"], "allow");
    assert!(
        Path::new(&ran.outputs["report"]).is_file(),
        "later steps find the report at the host's path"
    );
    (runner, step, before, ran)
}

fn write_policy(runner: &Runner<'_>, rules: &str) {
    let file = runner.workspace().join(".github/patgate.yml");
    runner.write(&file, &gate(rules));
}

/// Runs post twice, and fails if anything of patgate's is left, or git still has a token.
#[track_caller]
pub(super) fn assert_ends(mut runner: Runner<'_>, mut step: Step, before: &BTreeSet<PathBuf>) {
    let key = runner.env["PATGATE_KEY"].clone();
    runner.run_ok(&mut step, Phase::Post);
    let after = runner.files_of_job();
    let is_clone = |path: &&PathBuf| path.join(".git").exists();
    let left: Vec<_> = after.difference(before).filter(|p| !is_clone(p)).collect();
    assert!(left.is_empty(), "{left:?} outlive the job");
    let again = runner.run_ok(&mut step, Phase::Post);
    assert!(again.log.contains("gone already"), "{}", again.log);
    let url = format!("{}/acme/site", runner.github.url);
    let refused = runner.on_host(&format!("git ls-remote {url}"));
    assert!(!refused.success, "git has no token any more");
    runner.assert_nowhere("the token", &runner.token);
    runner.assert_nowhere("the key", &key);
}

/// Whose each file is, and who may read it.
#[track_caller]
fn assert_files(home: &Path) {
    let look = |path: &Path| {
        let file = fs::metadata(path).unwrap();
        (file.uid(), file.gid(), file.mode() & 0o7777)
    };
    assert_eq!(look(home), (USER, USER, 0o755), "the directory");
    let mut modes: Vec<_> = fs::read_dir(home)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let end = path.extension().or(path.file_name()).unwrap();
            (end.to_str().unwrap().to_owned(), look(&path))
        })
        .collect();
    modes.sort();
    let expected = [
        ("git-credential-patgate", 0o755),
        ("journal", 0o600),
        ("json", 0o644),
        ("lease", 0o600),
    ];
    let expected = expected.map(|(name, mode)| (name.to_owned(), (USER, USER, mode)));
    assert_eq!(modes, expected, "name, (user, group, mode)");
}

#[test]
fn git_on_the_host_clones_and_pushes_until_the_job_ends() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let home = runner.temp().join("patgate");
    assert_eq!(runner.env["PATGATE_HOME"], home.to_str().unwrap());
    assert_files(&home);
    runner
        .on_host(&runner.clone_and_push("clone"))
        .assert_success();
    assert_eq!(runner.pushes(), 1, "{:?}", runner.github.requests());
    let url = &runner.github.url;
    let vault = runner.on_host(&format!("git ls-remote {url}/acme/vault"));
    assert!(!vault.success, "out of reach: {}", vault.text);
    // The files that hand over the key are gone by now, as the runner removes them.
    runner.assert_nowhere("the token", &runner.token);
    runner.assert_nowhere("the key", &runner.env["PATGATE_KEY"]);
    assert_ends(runner, step, &before);
}

#[test]
fn git_in_the_jobs_container_clones_and_pushes_as_root_and_as_the_runners_user() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let job = JobContainer::start(&runner);
    let home = job.run("root", r#"echo "$PATGATE_HOME""#);
    assert_eq!(
        home.text, "/__w/_temp/patgate\n",
        "the runner translates it"
    );
    for (n, user) in ["root", "1001"].into_iter().enumerate() {
        let script = runner.clone_and_push(&format!("clone-of-{user}"));
        job.run(user, &script).assert_success();
        assert_eq!(runner.pushes(), n + 1, "{:?}", runner.github.requests());
    }
    drop(job);
    assert_ends(runner, step, &before);
}

#[test]
fn git_in_the_jobs_container_tells_another_user_why_there_is_no_token() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let job = JobContainer::start(&runner);
    let url = &runner.github.url;
    let said = job.run("1000", &format!("git ls-remote {url}/acme/site"));
    assert!(!said.success, "the lease is the runner's user's alone");
    let reason = "git-credential-patgate: cannot read the lease: Permission denied";
    assert!(said.text.contains(reason), "{}", said.text);
    drop(job);
    assert_ends(runner, step, &before);
}

#[test]
fn git_in_a_later_container_action_clones_and_pushes() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let url = format!("{}/acme/site", runner.github.url);
    runner.in_action(&["clone", &url, "clone"]).assert_success();
    let commit = ["-C", "clone", "commit", "--allow-empty", "--message=x"];
    runner.in_action(&commit).assert_success();
    runner.in_action(&["-C", "clone", "push"]).assert_success();
    assert_eq!(runner.pushes(), 1, "{:?}", runner.github.requests());
    assert_ends(runner, step, &before);
}

#[test]
fn a_runner_that_does_not_mount_its_temporary_directory_shares_the_home() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::new(&engine, &classic(0));
    runner.mounts_temp = false;
    let (runner, step, before, _) = leased(runner);
    let home = runner.shared_home().join("patgate");
    assert_eq!(runner.env["PATGATE_HOME"], home.to_str().unwrap());
    assert_files(&home);
    runner
        .on_host(&runner.clone_and_push("clone"))
        .assert_success();
    let url = format!("{}/acme/site", runner.github.url);
    runner.in_action(&["ls-remote", &url]).assert_success();
    let job = JobContainer::start(&runner);
    job.run("root", &runner.clone_and_push("another"))
        .assert_success();
    assert_eq!(runner.pushes(), 2, "{:?}", runner.github.requests());
    drop(job);
    assert_ends(runner, step, &before);
}

#[test]
fn a_job_without_a_network_of_its_own_has_a_lease_all_the_same() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::without_network(&engine, &classic(0)));
    runner
        .on_host(&runner.clone_and_push("clone"))
        .assert_success();
    assert_eq!(runner.pushes(), 1, "{:?}", runner.github.requests());
    assert_ends(runner, step, &before);
}

#[test]
fn a_second_lease_of_the_job_outlives_the_first() {
    let Some(engine) = Engine::find() else { return };
    let (mut runner, mut first, before, _) = leased(Runner::new(&engine, &classic(0)));
    let key = runner.env["PATGATE_KEY"].clone();
    let mut second = Step::default().with("repositories", "acme/site: push");
    runner.run_ok(&mut second, Phase::Main);
    assert_eq!(runner.env["PATGATE_KEY"], key, "one key a job");
    runner
        .on_host(&runner.clone_and_push("clone"))
        .assert_success();
    runner.run_ok(&mut first, Phase::Post);
    runner.on_host("cd clone && git fetch").assert_success();
    assert_ends(runner, second, &before);
}

#[test]
fn a_server_under_an_unknown_authority_gets_no_token() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::new(&engine, &classic(0));
    let mut step = Step::default().with("ca-certificates", "");
    let ran = runner.run(&mut step, Phase::Main);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert!(ran.log.contains("certificate"), "{}", ran.log);
    assert!(runner.github.requests().is_empty(), "nothing was asked");
    runner.run_ok(&mut step, Phase::Post);
}

#[test]
fn a_denied_token_is_not_leased() {
    let Some(engine) = Engine::find() else { return };
    let mut runner = Runner::new(&engine, &classic(0));
    write_policy(&runner, "    kinds: [fine-grained]");
    let before = runner.files_of_job();
    let mut step = Step::default();
    let ran = runner.run(&mut step, Phase::Main);
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert_eq!(ran.outputs["verdict"], "deny");
    assert!(ran.log.contains("::error "), "{}", ran.log);
    let is_lease = |path: &PathBuf| path.extension().is_some_and(|end| end == "lease");
    assert!(!runner.files_of_job().iter().any(is_lease), "no lease");
    let new = runner.env.keys().find(|name| name.starts_with("PATGATE_"));
    assert_eq!(new, None, "later steps hear nothing");
    runner.run_ok(&mut step, Phase::Post);
    assert_eq!(runner.files_of_job(), before, "nothing is left");
}
