//! A phase of which any one effect fails.

use fake_github::FakeGitHub;

use super::strace::{Effect, Fault, Strace, each};
use super::{
    assert_clear, assert_git_works, assert_post_leaves_nothing, effects_of_post, github, job, lease,
};
use crate::runner::{Job, Step};

#[test]
fn a_main_phase_of_which_an_effect_fails_says_so_and_leaves_no_lease() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let effects = strace.effects(&mut job(&github), &mut Step::new(), "patgate");
    each(&faults(&effects), |(effect, error)| {
        let (mut job, mut step) = (job(&github), Step::new());
        let what = (&mut job, &mut step, "patgate");
        let (ran, happened) = strace.run(what, effect, Fault::Error(error));
        let what = format!("{error} at {effect:?}: {:?} {}", ran.status, ran.log);
        assert!(happened, "{what}");
        assert_git_works(&github, &job);
        match ran.status {
            Some(0) => assert_lease_works(&github, &job, &what),
            // What GitHub did not answer, the policy may demand to know.
            Some(1 | 2) => {
                assert_clear(&ran, &what);
                assert!(job.leases().is_empty(), "{what}");
            }
            _ => panic!("{what}"),
        }
        assert_post_leaves_nothing(&mut job, &mut step);
        assert_git_works(&github, &job);
    });
}

#[test]
fn a_post_phase_of_which_an_effect_fails_leaves_nothing_or_says_what() {
    let Some(strace) = Strace::find() else { return };
    let github = github();
    let effects = effects_of_post(&strace, &github);
    each(&faults(&effects), |(effect, error)| {
        let mut job = job(&github);
        let mut step = lease(&mut job);
        let what = (&mut job, &mut step, "patgate-post");
        let (ran, happened) = strace.run(what, effect, Fault::Error(error));
        let what = format!("{error} at {effect:?}: {:?} {}", ran.status, ran.log);
        assert!(happened, "{what}");
        match ran.status {
            Some(0) => assert!(!job.home().exists(), "{what}"),
            Some(2) => assert_clear(&ran, &what),
            _ => panic!("{what}"),
        }
        if effect.call == "unlinkat" {
            assert_eq!(ran.status, Some(2), "{what}");
        } else {
            assert!(job.leases().is_empty() || effect.call == "openat", "{what}");
        }
        assert_post_leaves_nothing(&mut job, &mut step);
        assert_git_works(&github, &job);
    });
}

/// One kind of error for each effect, and in turn all kinds that the call may meet.
fn faults(effects: &[Effect]) -> Vec<(Effect, &'static str)> {
    // The runtime wakes itself by one, and no disk is in between.
    let effects = effects
        .iter()
        .filter(|effect| !effect.line.contains("anon_inode"));
    let faults = effects.enumerate().map(|(n, effect)| {
        let errors = errors(&effect.call);
        (effect.clone(), errors[n % errors.len()])
    });
    faults.collect()
}

fn errors(call: &str) -> &'static [&'static str] {
    match call {
        "connect" | "sendto" | "writev" => &["ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "EPERM"],
        "fchmod" | "fchown" => &["EPERM", "EROFS", "EIO"],
        "openat" | "mkdirat" => &["EACCES", "EMFILE", "EROFS", "ENOSPC", "EIO", "EDQUOT"],
        "unlinkat" => &["EACCES", "EROFS", "EIO"],
        _ => &["ENOSPC", "EIO", "EDQUOT"],
    }
}

#[track_caller]
fn assert_lease_works(github: &FakeGitHub, job: &Job, what: &str) {
    assert!(!job.env.is_empty(), "{what}");
    job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
}
