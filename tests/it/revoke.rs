//! The post phase: nothing usable is left, whatever came before.

use std::fs::{self, File};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::time::{Duration, SystemTime};

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::issue::{ANY, gate};
use crate::runner::{Job, Step, classic};

/// A server with a repository for the lease, and one that needs none.
pub(crate) fn github() -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/open", Visibility::Public)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .right("acme/site", Right::Push),
        )
        .start()
        .unwrap()
}

fn leased(github: &FakeGitHub) -> (Job, Step) {
    let mut job = Job::on(
        github,
        &classic(0),
        &gate("    repositories: { acme/site: push }"),
    );
    let mut step = Step::new();
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    (job, step)
}

#[test]
fn post_removes_everything_and_tells_how_the_lease_was_used() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    job.git(&["ls-remote", &format!("{}/acme/vault", github.url())]);
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let stable = |text: &str| {
        job.stable(text)
            .replace(github.url().trim_start_matches("http://"), "github.test")
    };
    insta::assert_snapshot!(stable(&ran.log), @r#"
    the lease has ended: 4 files removed, and verified to be gone
    github.test/acme/site: once answered
    github.test/acme/vault: once not answered, out of reach
    uses as JSON: {"asked":[{"outcome":"answered","times":1,"what":"github.test/acme/site"},{"outcome":"out-of-reach","times":1,"what":"github.test/acme/vault"}],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":[],"version":1}
    "#);
    insta::assert_snapshot!(stable(&ran.summary.replace("&#46;", ".").replace("&#58;", ":")), @"
    ### patgate: the lease has ended

    | git asked for | outcome | times |
    | --- | --- | --- |
    | <code>github.test/acme/site</code> | answered | 1 |
    | <code>github.test/acme/vault</code> | not answered, out of reach | 1 |
    ");
    assert_eq!(fs::read_dir(job.path("temp")).unwrap().count(), 0);
    let (success, said) = job.git(&["ls-remote", &format!("{}/acme/site", github.url())]);
    assert!(!success, "{said}");
}

#[test]
fn post_may_run_twice_and_without_a_lease() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    assert_eq!(job.post(&mut step).status, Some(0));
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    insta::assert_snapshot!(ran.log, @"the lease is gone already");
}

#[test]
fn post_finds_what_a_killed_main_left() {
    let github = github();
    for left in [
        "git-credential-patgate",
        "journal",
        ".journal.tmp",
        ".0123456789abcdef.lease.tmp",
        ".git-credential-patgate.tmp",
    ] {
        let mut job = Job::on(&github, &classic(0), &gate(ANY));
        let mut step = Step::new();
        // State is written before there is anything to clean up.
        github.stall(true);
        let (mut child, files) = job.start(&step, "patgate");
        crate::trouble::wait_for(|| {
            fs::read_to_string(files.join("state"))
                .unwrap()
                .contains("lease=")
        });
        child.kill().unwrap();
        job.finish(child, &files, &mut step);
        github.stall(false);
        fs::create_dir(job.home()).unwrap();
        fs::write(job.home().join(left), "half").unwrap();
        let ran = job.post(&mut step);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        assert!(!job.home().exists(), "{left}");
    }
}

#[test]
fn without_its_state_post_ends_all_leases_of_the_job() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    step.forget();
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(!job.home().exists());
}

#[test]
fn what_patgate_did_not_make_stays_and_is_told() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    fs::write(job.home().join("mine.txt"), "x").unwrap();
    symlink(job.path("workspace"), job.home().join("link")).unwrap();
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(
        ran.log
            .contains("a file that patgate did not make stays in its directory: mine.txt"),
        "{}",
        ran.log
    );
    assert_eq!(job.leases().len(), 0);
    assert!(!job.home().join("git-credential-patgate").exists());
    assert!(
        job.path("workspace/.github/patgate.yml").is_file(),
        "no link is followed"
    );
}

#[test]
fn no_mode_and_no_folder_keeps_post_from_its_work() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    fs::set_permissions(job.home(), fs::Permissions::from_mode(0o777)).unwrap();
    fs::create_dir(job.home().join(".a.tmp")).unwrap();
    fs::create_dir(job.home().join("0000000000000000.lease")).unwrap();
    fs::remove_file(job.home().join("journal")).unwrap();
    fs::create_dir(job.home().join("journal")).unwrap();
    fs::write(job.home().join("ffffffffffffffff.lease"), "planted").unwrap();
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let left: Vec<_> = fs::read_dir(job.home())
        .unwrap()
        .map(|entry| entry.unwrap())
        .collect();
    assert!(
        left.iter().all(|entry| entry.file_type().unwrap().is_dir()),
        "{left:?}"
    );
    assert!(
        ran.log
            .contains("a file that patgate did not make stays in its directory: .a.tmp"),
        "{}",
        ran.log
    );
}

#[test]
fn what_an_earlier_job_left_is_swept() {
    let github = github();
    let (mut job, _) = leased(&github);
    job.env.clear();
    let earlier = File::options().write(true).open(&job.leases()[0]).unwrap();
    let hour = Duration::from_hours(1);
    earlier.set_modified(SystemTime::now() - hour).unwrap();
    let ran = job.main(&mut Step::new());
    assert_eq!(
        (ran.status, job.leases().len()),
        (Some(0), 1),
        "{}",
        ran.log
    );
    assert!(
        ran.log.contains("removed what an earlier job left"),
        "{}",
        ran.log
    );
}

#[test]
fn what_was_never_asked_for_is_told_by_name_and_by_pattern() {
    let github = github();
    let policy = gate(
        "    repositories: { acme/site: push, 'acme/d*': fetch, 'acme/x*': fetch, acme/vault: none }",
    );
    let mut job = Job::on(&github, &classic(0), &policy);
    let mut step = Step::new();
    assert_eq!(job.main(&mut step).status, Some(0));
    job.git(&["ls-remote", &format!("{}/acme/docs.git", github.url())]);
    let ran = job.post(&mut step);
    assert!(
        ran.log.contains("never asked for: acme/site, acme/x*;"),
        "{}",
        ran.log
    );
    assert!(
        ran.summary
            .contains("Never asked for: <code>acme&#47;site</code>")
            || ran
                .summary
                .contains("Never asked for: <code>acme/site</code>"),
        "{}",
        ran.summary
    );
}

#[test]
fn a_line_that_contradicts_the_lease_does_not_count() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    let name = step.state("lease").unwrap();
    let host = github.url().trim_start_matches("http://");
    let now = jiff::Timestamp::now().as_second();
    let line = |at: i64, outcome: &str, host: &str, path: &str| {
        format!("v1 {at} {name} {outcome} {host} {path}\n")
    };
    let forged = [
        line(now, "answered", "evil.example", "acme/site"),
        line(now, "answered", host, "acme/vault"),
        line(now - 3600, "answered", host, "acme/site"),
        line(now + 90_000, "answered", host, "acme/site"),
        line(now, "expired", host, "acme/site"),
        line(now, "out-of-reach", host, "acme/vault"),
    ];
    let honest = line(now, "answered", host, "acme/site");
    fs::write(job.home().join("journal"), forged.concat() + &honest).unwrap();
    let ran = job.post(&mut step);
    assert!(
        ran.log
            .contains("6 lines of the journal that tell what the lease does not allow"),
        "{}",
        ran.log
    );
    assert!(ran.log.contains("/acme/site: once answered"), "{}", ran.log);
    assert!(!ran.log.contains("evil"), "{}", ran.log);
}

#[test]
fn a_journal_with_a_gap_tells_of_the_gap_and_not_of_what_was_never_used() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    fs::remove_file(job.home().join("journal")).unwrap();
    let ran = job.post(&mut step);
    assert!(ran.log.contains("the journal is gone"), "{}", ran.log);
    assert!(!ran.log.contains("never"), "{}", ran.log);

    let (mut job, mut step) = leased(&github);
    let line = "v1 1 - out-of-reach github.com acme/vault\n";
    let full = line.repeat(1024 * 1024 / line.len() + 1);
    fs::write(job.home().join("journal"), full).unwrap();
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    let ran = job.post(&mut step);
    assert!(ran.log.contains("the journal is full"), "{}", ran.log);
    assert!(!ran.log.contains("never"), "{}", ran.log);
}

#[test]
fn a_forged_journal_is_told_and_not_believed() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    let journal = job.home().join("journal");
    fs::write(
        &journal,
        "::error::x\nv1 1 - answered github.com ##[error]y\n\u{0}\u{ff}\n",
    )
    .unwrap();
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(
        ran.log
            .contains("2 lines of the journal that no helper wrote"),
        "{}",
        ran.log
    );
    assert!(!ran.log.contains("##["), "{}", ran.log);
    assert!(
        !ran.log.lines().any(|line| line.starts_with("::")),
        "{}",
        ran.log
    );
}

#[test]
fn a_denied_step_leaves_nothing_either() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), &gate("    kinds: [installation]"));
    let mut step = Step::new();
    assert_eq!(job.main(&mut step).status, Some(1));
    assert_eq!(job.post(&mut step).status, Some(0));
    assert_eq!(fs::read_dir(job.path("temp")).unwrap().count(), 0);
}
