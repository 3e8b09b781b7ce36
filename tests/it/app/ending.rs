//! The end of an app's token: whatever became of the main phase, post takes it back.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use fake_github::Fault;
use patgate_credential::{Key, LeaseName, OpenError, seal};

use crate::faults::strace::{self, Effect, Strace, each};
use crate::issue::gate;
use crate::runner::Ran;
use crate::trouble::wait_for;

use super::PUSH;
use super::stage::{Stage, on_github, step};

const DOOR: &str = "/acme/site.git/info/refs";
const REVOKE: &str = "/api/v3/installation/token";

fn leased() -> Stage {
    Stage::leased(on_github(), &gate(PUSH))
}

/// Post of a stage whose token is alive must revoke it and leave nothing.
#[track_caller]
fn assert_ends(stage: &mut Stage) -> Ran {
    assert_eq!(stage.revoked(), [false]);
    stage.github.forget_requests();
    let ran = stage.post();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(stage.revoked(), [true], "{}", ran.log);
    let asked: Vec<_> = stage
        .github
        .requests()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(asked, ["DELETE /api/v3/installation/token"]);
    assert_eq!(
        fs::read_dir(stage.job.path("temp")).unwrap().count(),
        0,
        "{}",
        ran.log
    );
    ran
}

/// Whether git's door was asked about the token, which there is by then.
fn at_the_door(stage: &Stage) -> bool {
    let requests = stage.github.requests();
    requests
        .iter()
        .any(|request| request.path.starts_with(DOOR))
}

#[test]
fn post_revokes_the_token_and_git_is_refused() {
    let mut stage = leased();
    let token = stage.github.minted()[0].token.clone();
    let host = stage.github.url().trim_start_matches("http://").to_owned();
    let url = format!("http://x-access-token:{token}@{host}/acme/site");
    stage
        .job
        .git_ok(&["-c", "credential.helper=", "ls-remote", "--quiet", &url]);
    let ran = assert_ends(&mut stage);
    insta::assert_snapshot!(stage.stable(&ran.log), @r#"
    the app's token is revoked
    the lease has ended: 5 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    let (success, _) = stage
        .job
        .git(&["-c", "credential.helper=", "ls-remote", "--quiet", &url]);
    assert!(!success, "nobody can use it any more, not even who has it");
}

#[test]
fn only_post_can_read_the_token_before_that() {
    let stage = leased();
    let file = stage.kept();
    let text = fs::read_to_string(&file).unwrap();
    let name = LeaseName::parse(file.file_stem().unwrap().to_str().unwrap()).unwrap();
    let now = std::time::SystemTime::now();
    let open = |key: &str| seal::open(&text, &name, &Key::parse(key).unwrap(), now);
    let by_steps = open(&stage.job.env["PATGATE_KEY"]);
    assert!(
        matches!(by_steps, Err(OpenError::WrongKey)),
        "later steps have this key"
    );
    assert!(open(stage.step.state("key").unwrap()).is_ok());
}

#[test]
fn post_may_run_twice() {
    let mut stage = leased();
    assert_ends(&mut stage);
    stage.github.forget_requests();
    let ran = stage.post();
    insta::assert_snapshot!(ran.log, @"the lease is gone already");
    assert_eq!((ran.status, stage.github.requests()), (Some(0), vec![]));
}

#[test]
fn a_token_that_is_dead_already_is_no_trouble() {
    let mut stage = leased();
    stage.github.revoke(&stage.github.minted()[0].token);
    let ran = stage.post();
    insta::assert_snapshot!(ran.log, @r#"
    the app's token had ended already
    the lease has ended: 5 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    assert_eq!((ran.status, stage.left().len()), (Some(0), 0));
}

#[test]
fn a_denied_token_is_revoked_by_main_itself() {
    let mut stage = Stage::new(on_github(), &gate("    kinds: [classic]"));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: read
    the app's token is revoked: nothing was leased
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate kind/not-allowed,file=.github/patgate.yml,line=4,col=5::the token is an installation token (`installation`), and the policy allows `classic`; make a token of one of these kinds: `classic`
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-upload-pack
    DELETE /api/v3/installation/token
    --- exit 1, 0 leased ---
    ");
    assert_eq!(stage.revoked(), [true]);
    stage.github.forget_requests();
    let ran = stage.post();
    insta::assert_snapshot!(ran.log, @"there was no lease to end: 1 file removed, and verified to be gone");
    assert_eq!((ran.status, stage.github.requests()), (Some(0), vec![]));
}

#[test]
fn what_main_cannot_revoke_post_does() {
    let mut stage = Stage::new(on_github(), &gate("    kinds: [classic]"));
    let no = Fault::Status {
        status: 403,
        headers: vec![],
        body: r#"{"message":"not now"}"#.to_owned(),
    };
    stage.github.fault(REVOKE, vec![no]);
    assert_eq!(stage.main().status, Some(1));
    assert_ends(&mut stage);
}

#[test]
fn post_revokes_what_a_killed_main_left() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage.github.fault(DOOR, vec![Fault::Silence]);
    let (mut child, files) = stage.job.start(&stage.step, "patgate");
    wait_for(|| at_the_door(&stage));
    child.kill().unwrap();
    let ran = stage.job.finish(child, &files, &mut stage.step);
    assert_eq!(ran.signal, Some(9));
    stage.watch(&ran);
    assert_ends(&mut stage);
}

#[test]
fn post_revokes_what_an_apps_main_phase_had_kept_before_it_was_killed() {
    let Some(strace) = Strace::find() else { return };
    let mut effects = {
        let Stage { job, step, .. } = &mut Stage::new(on_github(), &gate(PUSH));
        strace.effects(job, step, "patgate")
    };
    // Of the many masks none comes between a token and its keeping.
    effects.retain(|Effect { line, .. }| {
        ["/temp", "/files/", "socket:"]
            .iter()
            .any(|place| line.contains(place))
    });
    let (kept, lost) = (AtomicUsize::new(0), AtomicUsize::new(0));
    each(&effects, |effect| {
        let mut stage = Stage::new(on_github(), &gate(PUSH));
        let Stage { job, step, .. } = &mut stage;
        let (ran, happened) = strace.run((job, step, "patgate"), effect, strace::Fault::Kill);
        assert!(happened, "{effect:?}: {}", ran.log);
        let files = fs::read_dir(stage.job.home()).into_iter().flatten();
        let is_kept = |file: &fs::DirEntry| file.path().extension() == Some("minted".as_ref());
        let is_kept = files.map(Result::unwrap).any(|file| is_kept(&file));
        if is_kept {
            assert_ends(&mut stage);
            kept.fetch_add(1, Ordering::Relaxed);
        } else {
            // GitHub may have made one that main had not written down: it ends within the hour.
            lost.fetch_add(stage.revoked().len(), Ordering::Relaxed);
            let ran = stage.post();
            assert_eq!(ran.status, Some(0), "{effect:?}: {}", ran.log);
            assert!(!stage.job.home().exists(), "{effect:?}");
        }
    });
    let (kept, lost) = (kept.into_inner(), lost.into_inner());
    assert!(
        kept > 20,
        "of {} times main had kept its token {kept} times",
        effects.len()
    );
    assert!(
        lost < 15,
        "of {} times main lost its token {lost} times",
        effects.len()
    );
}

#[test]
fn post_revokes_what_a_cancelled_main_left() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage.github.fault(DOOR, vec![Fault::Silence]);
    let (child, files) = stage.job.start(&stage.step, "patgate");
    wait_for(|| at_the_door(&stage));
    let kill = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    let ran = stage.job.finish(child, &files, &mut stage.step);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    stage.watch(&ran);
    assert_ends(&mut stage);
}

#[test]
fn post_revokes_what_a_failed_main_left() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage.step = step().with("host-temp", "host:relative");
    let ran = stage.main();
    assert_eq!(
        (ran.status, stage.job.leases().len()),
        (Some(2), 0),
        "{}",
        ran.log
    );
    assert_ends(&mut stage);
}

#[test]
fn a_main_that_cannot_go_on_leaves_its_token_to_post() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage
        .job
        .env
        .insert("GIT_CONFIG_COUNT".to_owned(), "1".to_owned());
    let ran = stage.main();
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_ends(&mut stage);
}

#[test]
fn a_github_that_is_away_is_told_and_stops_nothing() {
    let Stage {
        github,
        mut job,
        mut step,
    } = leased();
    let url = github.url().to_owned();
    drop(github);
    let ran = job.post(&mut step);
    insta::assert_snapshot!(job.stable(&ran.log).replace(&url, "https://github.test"), @r#"
    ::warning title=patgate::the app's token could not be revoked: cannot reach GitHub at `https://github.test/api/v3`: the connection was refused; it ends by itself within an hour of its making
    the lease has ended: 5 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    assert_eq!(ran.status, Some(0));
    assert_eq!(fs::read_dir(job.path("temp")).unwrap().count(), 0);
}

#[test]
fn a_github_that_will_not_revoke_is_told_in_its_words() {
    let mut said = Vec::new();
    for (status, body) in [
        (
            403,
            r#"{"message":"Resource not accessible by integration"}"#,
        ),
        (404, r#"{"message":"Not Found"}"#),
        (422, r#"{"message":"later"}"#),
        (200, "<html>"),
    ] {
        let mut stage = leased();
        stage.github.answer_with(REVOKE, status, &[], body);
        let ran = stage.post();
        assert_eq!(
            (ran.status, stage.left().len()),
            (Some(0), 0),
            "{}",
            ran.log
        );
        said.push(stage.stable(ran.log.lines().next().unwrap()));
    }
    insta::assert_snapshot!(said.join("\n"), @r#"
    ::warning title=patgate::the app's token could not be revoked: GitHub answers with HTTP 403, which this question does not have; it says: "Resource not accessible by integration"; it ends by itself within an hour of its making
    ::warning title=patgate::the app's token could not be revoked: GitHub answers with HTTP 404, which this question does not have; it says: "Not Found"; it ends by itself within an hour of its making
    ::warning title=patgate::the app's token could not be revoked: GitHub answers with HTTP 422, which this question does not have; it says: "later"; it ends by itself within an hour of its making
    ::warning title=patgate::the app's token could not be revoked: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; it ends by itself within an hour of its making
    "#);
}

#[test]
fn without_its_state_post_tells_that_it_cannot_revoke_and_removes_all_the_same() {
    let mut stage = leased();
    stage.step.forget();
    stage.github.forget_requests();
    let ran = stage.post();
    insta::assert_snapshot!(stage.stable(&ran.log), @r#"
    ::warning title=patgate::the app's token could not be revoked: what the main phase kept of it does not open; it ends by itself within an hour of its making
    the lease has ended: 5 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    assert_eq!(ran.status, Some(0));
    assert_eq!(stage.github.requests(), []);
    assert_eq!(fs::read_dir(stage.job.path("temp")).unwrap().count(), 0);
    assert!(!stage.can_fetch("acme/site"));
}

#[test]
fn a_kept_token_that_was_changed_is_told_and_removed() {
    let mut stage = leased();
    fs::write(stage.kept(), "patgate-lease-v1\nAAAA\n").unwrap();
    let ran = stage.post();
    insta::assert_snapshot!(stage.stable(&ran.log), @r#"
    ::warning title=patgate::the app's token could not be revoked: what the main phase kept of it does not open; it ends by itself within an hour of its making
    the lease has ended: 5 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    assert_eq!((ran.status, stage.left().len()), (Some(0), 0));
}

#[test]
fn a_new_token_that_the_api_does_not_know_yet_is_revoked_all_the_same() {
    // git's door knows it at once, and the API after two questions.
    let github = on_github().replication_delay(2);
    let mut stage = Stage::new(github, &gate(PUSH));
    stage.github.fault(DOOR, vec![Fault::Silence]);
    let (mut child, files) = stage.job.start(&stage.step, "patgate");
    wait_for(|| at_the_door(&stage));
    child.kill().unwrap();
    let ran = stage.job.finish(child, &files, &mut stage.step);
    stage.watch(&ran);
    let ran = stage.post();
    assert_eq!(
        (ran.status, stage.revoked()),
        (Some(0), vec![true]),
        "{}",
        ran.log
    );
}

#[test]
fn a_kept_token_that_a_step_removed_keeps_post_from_nothing_else() {
    let mut stage = leased();
    fs::remove_file(stage.kept()).unwrap();
    let ran = stage.post();
    insta::assert_snapshot!(stage.stable(&ran.log), @r#"
    the lease has ended: 4 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["acme/site"],"version":1}
    "#);
    assert_eq!((ran.status, stage.left().len()), (Some(0), 0));
}
