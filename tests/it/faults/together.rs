//! Phases that run at the same time.

use std::fs::{self, File};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

use super::strace::{Effect, Strace, each};
use super::{assert_git_works, assert_post_leaves_nothing, effects_of_post, github, job, lease};
use crate::runner::{Job, Ran, Step};

/// Starts `phases` at once, and waits for all.
#[track_caller]
fn at_once(job: &mut Job, phases: &mut [(&mut Step, &str)]) -> Vec<Ran> {
    let mut started: Vec<_> = phases
        .iter()
        .map(|(step, phase)| job.start(step, phase))
        .collect();
    // Whoever looks for the token must not meet files that are just being removed.
    for (child, _) in &mut started {
        child.wait().unwrap();
    }
    let started = started.into_iter().zip(phases);
    started
        .map(|((child, files), (step, _))| job.finish(child, &files, step))
        .collect()
}

#[test]
fn eight_posts_of_one_step_at_once_all_succeed_and_leave_nothing() {
    let github = github();
    for _ in 0..12 {
        let mut job = job(&github);
        let step = lease(&mut job);
        let mut steps = [(); 8].map(|()| step.clone());
        let mut phases: Vec<_> = steps
            .iter_mut()
            .map(|step| (step, "patgate-post"))
            .collect();
        for ran in at_once(&mut job, &mut phases) {
            assert_eq!(ran.status, Some(0), "{}", ran.log);
        }
        assert!(!job.home().exists());
        assert_git_works(&github, &job);
    }
}

#[test]
fn posts_of_several_steps_at_once_all_succeed_and_leave_nothing() {
    let github = github();
    for _ in 0..8 {
        let mut job = job(&github);
        let mut steps = [(); 4].map(|()| lease(&mut job));
        let mut again = steps.clone();
        let all = steps.iter_mut().chain(&mut again);
        let mut phases: Vec<_> = all.map(|step| (step, "patgate-post")).collect();
        for ran in at_once(&mut job, &mut phases) {
            assert_eq!(ran.status, Some(0), "{}", ran.log);
        }
        assert!(!job.home().exists());
    }
}

#[test]
fn a_lease_that_is_made_while_another_ends_works() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let url = format!("{}/acme/site", github.url());
    let effects = {
        let mut job = job(&github);
        lease(&mut job);
        strace.effects(&mut job, &mut Step::new(), "patgate")
    };
    each(&in_the_directory(effects), |effect| {
        let mut job = job(&github);
        let (mut first, mut second) = (lease(&mut job), Step::new());
        let (child, files) = strace.start_late((&mut job, &second, "patgate"), effect);
        thread::sleep(HALF_OF_LATE);
        // What post takes back of git's configuration is for those that begin behind all posts.
        let before = job.env.clone();
        let ran = job.post(&mut first);
        assert_eq!(ran.status, Some(0), "{effect:?}: {}", ran.log);
        job.env = before;
        let ran = job.finish(child, &files, &mut second);
        assert_eq!(ran.status, Some(0), "{effect:?}: {}", ran.log);
        job.git_ok(&["ls-remote", &url]);
        assert_post_leaves_nothing(&mut job, &mut second);
    });
}

#[test]
fn a_post_that_overtakes_another_leaves_nothing_for_it_to_stumble_over() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let effects = effects_of_post(&strace, &github);
    each(&in_the_directory(effects), |effect| {
        let mut job = job(&github);
        let mut step = lease(&mut job);
        let (child, files) = strace.start_late((&mut job, &step, "patgate-post"), effect);
        thread::sleep(HALF_OF_LATE);
        assert_post_leaves_nothing(&mut job, &mut step.clone());
        let ran = job.finish(child, &files, &mut step);
        assert_eq!(ran.status, Some(0), "{effect:?}: {}", ran.log);
        assert!(!job.home().exists(), "{effect:?}");
    });
}

/// A phase that is late by a second is so by now.
const HALF_OF_LATE: Duration = Duration::from_millis(500);

/// Those effects that another phase may come between.
fn in_the_directory(mut effects: Vec<Effect>) -> Vec<Effect> {
    effects.retain(|Effect { call, line, .. }| {
        line.contains("/temp") && ["mkdirat", "openat", "renameat", "unlinkat"].contains(&&**call)
    });
    assert!(!effects.is_empty(), "a phase changes the directory");
    effects
}

#[test]
fn main_phases_at_once_do_not_end_one_anothers_leases() {
    let github = github();
    for _ in 0..6 {
        let mut job = job(&github);
        let mut steps = [(); 3].map(|()| Step::new());
        let mut phases: Vec<_> = steps.iter_mut().map(|step| (step, "patgate")).collect();
        for ran in at_once(&mut job, &mut phases) {
            assert_eq!(ran.status, Some(0), "{}", ran.log);
        }
        assert_eq!(job.leases().len(), 3);
        // Of several keys the runner keeps one; the lease that it opens serves until its own end.
        job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
        assert_git_works(&github, &job);
        let [first, second, third] = &mut steps;
        assert_eq!(job.post(first).status, Some(0));
        assert_eq!(job.post(second).status, Some(0));
        assert_eq!(job.leases().len(), 1);
        assert_post_leaves_nothing(&mut job, third);
    }
}

#[test]
fn a_post_leaves_a_strangers_lease_alone_until_it_is_old() {
    let github = github();
    for (age, left) in [(1, 1), (3600, 0)] {
        let mut job = job(&github);
        let mut stranger = lease(&mut job);
        job.env.clear();
        let mut step = lease(&mut job);
        for path in job.leases() {
            let lease = File::options().write(true).open(path).unwrap();
            let written = SystemTime::now() - Duration::from_secs(age);
            lease.set_modified(written).unwrap();
        }
        assert_eq!(job.post(&mut step).status, Some(0));
        assert_eq!(job.leases().len(), left, "after {age} s");
        assert_post_leaves_nothing(&mut job, &mut stranger);
    }
}

#[test]
fn a_step_that_never_lets_go_of_the_directory_stops_nobody() {
    let github = github();
    let mut job = job(&github);
    fs::create_dir(job.home()).unwrap();
    let held = File::open(job.home()).unwrap();
    flock(&held, FlockOperation::LockExclusive).unwrap();
    let mut step = lease(&mut job);
    assert_post_leaves_nothing(&mut job, &mut step);
}
