//! A phase that is killed before any one of its effects.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fake_github::FakeGitHub;
use tempfile::TempDir;

use super::strace::{Effect, Fault, Strace, each};
use super::{assert_git_works, assert_post_leaves_nothing, effects_of_post, github, job, lease};
use crate::runner::{Job, Step};

#[test]
fn post_alone_cleans_up_after_a_main_phase_that_was_killed_at_any_of_its_effects() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let effects = strace.effects(&mut job(&github), &mut Step::new(), "patgate");
    assert_covered(&effects, &["fchmod", "fsync", "mkdirat", "renameat"]);
    each(&effects, |effect| {
        let (mut job, mut step) = (job(&github), Step::new());
        let what = (&mut job, &mut step, "patgate");
        let (ran, happened) = strace.run(what, effect, Fault::Kill);
        assert!(happened, "{effect:?}: {}", ran.log);
        assert_eq!(ran.added.is_empty(), job.env.is_empty());
        assert_lease_works(&github, &job);
        assert_each_post_leaves_nothing(&github, &mut job, &mut step);
    });
}

#[test]
fn a_second_post_ends_what_a_killed_one_has_left() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let effects = effects_of_post(&strace, &github);
    assert_covered(&effects, &["openat", "unlinkat", "write"]);
    each(&effects, |effect| {
        let mut job = job(&github);
        let mut step = lease(&mut job);
        let what = (&mut job, &mut step, "patgate-post");
        let (ran, happened) = strace.run(what, effect, Fault::Kill);
        assert!(happened, "{effect:?}: {}", ran.log);
        assert_each_post_leaves_nothing(&github, &mut job, &mut step);
    });
}

#[test]
fn another_lease_of_the_job_outlives_a_post_that_is_killed() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let two = || {
        let mut job = job(&github);
        let steps = (lease(&mut job), lease(&mut job));
        (job, steps)
    };
    let effects = {
        let (mut job, (mut first, _)) = two();
        strace.effects(&mut job, &mut first, "patgate-post")
    };
    each(&effects, |effect| {
        let (mut job, (mut first, mut second)) = two();
        let what = (&mut job, &mut first, "patgate-post");
        let (ran, happened) = strace.run(what, effect, Fault::Kill);
        assert!(happened, "{effect:?}: {}", ran.log);
        assert_eq!(job.post(&mut first).status, Some(0));
        assert_lease_works(&github, &job);
        assert_eq!(job.leases().len(), 1, "{effect:?}");
        assert_post_leaves_nothing(&mut job, &mut second);
    });
}

/// Fails unless what is killed are the effects that the test is about.
#[track_caller]
fn assert_covered(effects: &[Effect], calls: &[&str]) {
    let found: BTreeSet<_> = effects.iter().map(|effect| effect.call.as_str()).collect();
    for call in calls {
        assert!(found.contains(call), "{call} is not among {found:?}");
    }
}

/// What reached the job is a lease that serves, or nothing; git works with either.
#[track_caller]
fn assert_lease_works(github: &FakeGitHub, job: &Job) {
    assert_git_works(github, job);
    if !job.env.is_empty() {
        job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
    }
}

/// Runs post on what is there, and once more on the same as act does, which keeps no state.
#[track_caller]
fn assert_each_post_leaves_nothing(github: &FakeGitHub, job: &mut Job, step: &mut Step) {
    let kept = TempDir::new().unwrap();
    copy(&job.path("temp"), kept.path());
    assert_post_leaves_nothing(job, step);
    copy(kept.path(), &job.path("temp"));
    step.forget();
    assert_post_leaves_nothing(job, step);
    assert_git_works(github, job);
}

/// Copies a folder's files, and those in folders below.
fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
