//! A phase that is not the root it is in most containers: without a right of it, another user, or
//! root in a user namespace alone.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use super::{
    USER, assert_clear, assert_git_works, assert_post_leaves_nothing, by_shell, github, is_root,
    job,
};
use crate::runner::{Job, Ran, Step};

/// Makes all of the job the runner's, and puts the programs where it may start them.
fn give_to_runner(job: &Job) {
    let bin = job.path("home/bin");
    fs::create_dir(&bin).unwrap();
    for program in [
        env!("CARGO_BIN_EXE_patgate"),
        env!("CARGO_BIN_EXE_git-credential-patgate"),
    ] {
        let name = Path::new(program).file_name().unwrap();
        fs::copy(program, bin.join(name)).unwrap();
    }
    fs::set_permissions(job.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a phase as the words before a program say; the runner's files are its user's.
#[track_caller]
fn run_as(job: &mut Job, step: &mut Step, before: &str, phase: &str) -> Ran {
    let place = job.dir.path().display().to_string();
    let inner = format!("exec -a /{phase} {place}/home/bin/patgate");
    let script = format!("chown -R {USER}:{USER} {place}; exec {before} bash -c '{inner}'");
    let mut command = Command::new("bash");
    command.arg("-c").arg(script);
    let (child, files) = job.start_by(command, step);
    job.finish(child, &files, step)
}

#[test]
fn without_the_right_to_give_files_away_there_is_no_lease() {
    if !is_root() {
        return;
    }
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let inner = "exec -a /patgate \"$0\"";
    let script = format!("exec setpriv --bounding-set=-chown bash -c '{inner}' \"$0\"");
    let (child, files) = job.start_by(by_shell(&script, "patgate"), &step);
    let ran = job.finish(child, &files, &mut step);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_clear(&ran, "no right to give files away");
    let advice = "run the container with the capability CHOWN";
    assert!(ran.log.contains(advice), "{}", ran.log);
    assert!(ran.added.is_empty() && job.leases().is_empty());
    assert_post_leaves_nothing(&mut job, &mut step);
}

#[test]
fn the_runners_own_user_and_what_its_engine_calls_root_lease_to_it() {
    if !is_root() {
        return;
    }
    let github = github();
    let url = format!("{}/acme/site", github.url());
    let runner = format!("setpriv --reuid={USER} --regid={USER} --clear-groups");
    for before in [
        runner.clone(),
        // Another group than the directory's, as `docker run --user` has it.
        format!("setpriv --reuid={USER} --clear-groups"),
        // As an engine without root: its root is the runner's user.
        format!("{runner} unshare --user --map-root-user"),
    ] {
        let (mut job, mut step) = (job(&github), Step::new());
        give_to_runner(&job);
        let ran = run_as(&mut job, &mut step, &before, "patgate");
        assert_eq!(ran.status, Some(0), "{before}: {}", ran.log);
        let owner = fs::metadata(&job.leases()[0]).unwrap().uid();
        assert_eq!(owner, USER, "{before}");
        job.git_ok(&["ls-remote", &url]);
        let ran = run_as(&mut job, &mut step, &before, "patgate-post");
        assert_eq!(ran.status, Some(0), "{before}: {}", ran.log);
        assert!(!job.home().exists(), "{before}");
    }
}

#[test]
fn whoever_may_not_write_where_the_runner_does_says_so() {
    if !is_root() {
        return;
    }
    let github = github();
    let before = "setpriv --reuid=4242 --regid=4242 --clear-groups";
    let (mut job, mut step) = (job(&github), Step::new());
    give_to_runner(&job);
    let ran = run_as(&mut job, &mut step, before, "patgate");
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_clear(&ran, before);
    let words = "cannot write the file that `GITHUB_STATE` names: Permission denied";
    assert!(ran.log.contains(words), "{}", ran.log);
    assert!(ran.added.is_empty() && !job.home().exists());
    assert_git_works(&github, &job);
    let ran = run_as(&mut job, &mut step, before, "patgate-post");
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}
