//! Phases that run at the same time.

use std::fs::{self, File};
use std::thread;
use std::time::{Duration, SystemTime};

use rustix::fs::{FlockOperation, flock};

use super::{assert_git_works, assert_post_leaves_nothing, github, job, lease};
use crate::runner::{Job, Ran, Step};

/// Starts `phases` at once, and waits for all.
#[track_caller]
fn at_once(job: &mut Job, phases: &mut [(&mut Step, &str)]) -> Vec<Ran> {
    let started: Vec<_> = phases
        .iter()
        .map(|(step, phase)| job.start(step, phase))
        .collect();
    // All of them are there before the first one's files are looked at.
    started
        .into_iter()
        .zip(phases)
        .map(|((mut child, files), (step, _))| {
            child.wait().unwrap();
            job.finish(child, &files, step)
        })
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
    let github = github();
    for round in 0..12 {
        let mut job = job(&github);
        let (mut first, mut second) = (lease(&mut job), Step::new());
        let url = format!("{}/acme/site", github.url());
        let (mut child, files) = job.start(&second, "patgate");
        // Post takes a tenth of the time, and so meets main at another place each round.
        thread::sleep(Duration::from_millis(round * 4));
        let ran = job.post(&mut first);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        child.wait().unwrap();
        let ran = job.finish(child, &files, &mut second);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        job.git_ok(&["ls-remote", &url]);
        assert_post_leaves_nothing(&mut job, &mut second);
    }
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
