//! A clock that jumps between a lease and whoever looks at it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, SystemTime};

use fake_github::FakeGitHub;
use jiff::{SignedDuration, Timestamp};
use patgate::gate::{self, World};
use patgate_credential::{Credential, Job as Home, Key, LeaseName, Origin, Reach, Terms, seal};
use tokio::runtime::Builder;

use super::{assert_git_works, assert_post_leaves_nothing, github, job, lease};
use crate::runner::{Job, PATGATE, Step};

/// Seals the job's token again, as if the clock had been `ahead` by so many seconds then.
fn seal_again(github: &FakeGitHub, job: &Job, ahead: i64) {
    let path = job.leases().remove(0);
    let name = LeaseName::of_file(path.file_name().unwrap().to_str().unwrap()).unwrap();
    let now = SystemTime::now();
    let then = match u64::try_from(ahead) {
        Ok(ahead) => now + Duration::from_secs(ahead),
        Err(_) => now - Duration::from_secs(ahead.unsigned_abs()),
    };
    let credential = Credential {
        username: "x-access-token".to_owned(),
        password: job.token.clone().into(),
        terms: Terms {
            origin: Origin::parse(github.url()).unwrap(),
            reach: Reach::Origin,
            issued_at: then,
            expires_at: then + Duration::from_hours(1),
            // As git's steps have it.
            job: Home {
                repository: "acme/site".to_owned(),
                run_id: "4711".to_owned(),
                run_attempt: "1".to_owned(),
                job: "release".to_owned(),
            },
        },
    };
    let key = Key::parse(&job.env["PATGATE_KEY"]).unwrap();
    fs::write(path, seal::seal(&credential, &name, &key).unwrap()).unwrap();
}

#[test]
fn a_clock_that_jumps_after_main_ends_a_lease_early_and_never_late() {
    let github = github();
    let mut job = job(&github);
    let mut step = lease(&mut job);
    let url = format!("{}/acme/site", github.url());
    let hour = 3600;
    for (ahead, words) in [
        (4 * 60, None),
        (6 * 60, Some("the clock went back")),
        (30 * 24 * hour, Some("the clock went back")),
        (60 - hour, None),
        (-hour, Some("the lease has expired")),
        (-30 * 24 * hour, Some("the lease has expired")),
    ] {
        seal_again(&github, &job, ahead);
        let (success, said) = job.git(&["ls-remote", &url]);
        assert_eq!(success, words.is_none(), "{ahead}: {said}");
        assert!(said.contains(words.unwrap_or("")), "{ahead}: {said}");
        assert!(
            !said.contains("could not read"),
            "no prompt: {ahead}: {said}"
        );
        assert_git_works(&github, &job);
    }
    assert_post_leaves_nothing(&mut job, &mut step);
}

/// Runs a phase in this process, by a clock of the test's: what it says, and whether all is well.
fn phase(
    job: &mut Job,
    step: &mut Step,
    is_post: bool,
    clock: fn() -> Timestamp,
) -> (bool, String) {
    let mut command = Command::new(PATGATE);
    let files = job.equip(&mut command, step);
    let text = |text: &OsStr| text.to_str().unwrap().to_owned();
    let variables = command.get_envs();
    let variables: BTreeMap<_, _> = variables
        .filter_map(|(name, value)| Some((text(name), text(value?))))
        .collect();
    let mut said = Vec::new();
    let mut world = World {
        lookup: &|name| variables.get(name).cloned(),
        clock,
        helper: PathBuf::from(env!("CARGO_BIN_EXE_git-credential-patgate")),
        out: &mut said,
    };
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(async {
        if is_post {
            gate::revoke(&mut world).await
        } else {
            gate::issue(&mut world).await
        }
    });
    job.hand_on(&files, step);
    let well = done.is_ok_and(|allowed| allowed);
    (well, String::from_utf8(said).unwrap())
}

fn now_plus(hours: i64) -> Timestamp {
    Timestamp::now()
        .saturating_add(SignedDuration::from_hours(hours))
        .unwrap()
}

/// Clocks by name: long ago, a little, far ahead, and the system's first day.
const CLOCKS: [fn() -> Timestamp; 5] = [
    || now_plus(-24 * 365 * 10),
    || now_plus(-2),
    || now_plus(2),
    || now_plus(24 * 365 * 10),
    || Timestamp::UNIX_EPOCH,
];

#[test]
fn post_ends_the_lease_whatever_its_clock_says() {
    let github = github();
    for clock in CLOCKS {
        let mut job = job(&github);
        let (mut step, mut other) = (lease(&mut job), lease(&mut job));
        let (well, said) = phase(&mut job, &mut step, true, clock);
        assert!(well, "{}: {said}", clock());
        assert_eq!(job.leases().len(), 1, "another step's lives on");
        let (well, said) = phase(&mut job, &mut other, true, clock);
        assert!(well, "{}: {said}", clock());
        assert!(!job.home().exists(), "{}", clock());
    }
}

#[test]
fn a_main_phase_whose_clock_is_wrong_makes_no_lease_that_outlives_the_right_time() {
    let github = github();
    let url = format!("{}/acme/site", github.url());
    for clock in CLOCKS {
        let (mut job, mut step) = (job(&github), Step::new());
        let (well, said) = phase(&mut job, &mut step, false, clock);
        assert!(well, "{}: {said}", clock());
        let (success, said) = job.git(&["ls-remote", &url]);
        let told = said.contains("the lease has expired") || said.contains("the clock went back");
        assert!(!success && told, "{}: {said}", clock());
        assert_git_works(&github, &job);
        let (well, said) = phase(&mut job, &mut step, true, clock);
        assert!(well && !job.home().exists(), "{}: {said}", clock());
    }
}
