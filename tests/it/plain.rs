//! Leases in plain text, for tools that can ask no helper.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use fake_github::FakeGitHub;

use crate::git::github;
use crate::issue::gate;
use crate::runner::{Job, Ran, Step, classic};

/// A gate of this reach that allows these forms.
fn policy(reach: &str, formats: &str) -> String {
    gate(&format!(
        "    repositories: {{ {reach} }}\n    lease: {{ format: [{formats}] }}"
    ))
}

/// A job whose token is none of the harness's, which would not have it in a file.
fn job(github: &FakeGitHub, policy: &str) -> Job {
    Job::on(github, "", policy)
}

fn step(form: &str, token: &str) -> Step {
    Step::new().with("token", token).with("lease", form)
}

#[track_caller]
fn leased(job: &mut Job, step: &mut Step) -> Ran {
    let ran = job.main(step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    ran
}

/// The one file that holds the token as it is.
#[track_caller]
fn file(job: &Job, suffix: &str) -> PathBuf {
    let entries = fs::read_dir(job.home()).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    let path = paths
        .find(|path| path.to_str().unwrap().ends_with(suffix))
        .unwrap();
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    path
}

#[track_caller]
fn ends(job: &mut Job, step: &mut Step) {
    let ran = job.post(step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(!job.home().exists(), "{}", ran.log);
    let said = job.git_ok(&["config", "--list"]);
    assert!(!said.contains("PATGATE"), "git knows of no helper: {said}");
    assert!(!said.contains("credential."), "{said}");
}

#[test]
fn a_netrc_serves_tools_that_read_one_until_post() {
    let github = github();
    let mut job = job(&github, &policy("acme/site: push", "git, netrc"));
    let mut step = step("netrc", &classic(0));
    let ran = leased(&mut job, &mut step);
    insta::assert_snapshot!(job.stable(&ran.log.replace(step.state("lease").unwrap(), "NAME")), @"
    patgate 0.1.0
    ::warning title=patgate::the token lies in plain text in `NAME.netrc` until the post step: whoever reads the file has it, and neither a reach nor an end is kept by it; use `lease: git` wherever a tool runs git
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased in plain text (`netrc`) until the post step: all of https://github.test
    ");
    let path = file(&job, ".netrc");
    assert_eq!(job.env["NETRC"], path.display().to_string());
    assert!(
        !job.env.contains_key("PATGATE_KEY"),
        "there is nothing to open"
    );
    assert!(
        !job.env.contains_key("GIT_CONFIG_COUNT"),
        "git knows nothing of it"
    );
    assert_eq!(ran.outputs["lease-expires-at"], "");
    let url = format!(
        "{}/acme/site.git/info/refs?service=git-upload-pack",
        github.url()
    );
    let curl = |netrc: &[&str]| {
        let mut curl = Command::new("curl");
        curl.args([
            "--silent",
            "--output",
            "/dev/null",
            "--write-out",
            "%{http_code}",
        ]);
        let output = curl.args(netrc).arg(&url).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(curl(&[]), "401");
    assert_eq!(curl(&["--netrc-file", path.to_str().unwrap()]), "200");
    let read =
        "import netrc, os; print(netrc.netrc(os.environ['NETRC']).authenticators('127.0.0.1'))";
    let mut python = Command::new("python3");
    python.args(["-c", read]).envs(&job.env);
    let said = String::from_utf8(python.output().unwrap().stdout).unwrap();
    assert!(said.contains(&classic(0)), "Python's own reader: {said}");
    // For tools that look in the home directory alone, git's libcurl among them.
    std::os::unix::fs::symlink(&path, job.path("home/.netrc")).unwrap();
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    fs::remove_file(job.path("home/.netrc")).unwrap();
    ends(&mut job, &mut step);
}

#[test]
fn a_store_serves_git_within_the_reach_and_keeps_nothing_else() {
    let github = github();
    let mut job = job(
        &github,
        &policy("acme/site: push, acme/docs: fetch", "store"),
    );
    let mut step = step("store", &classic(0));
    let ran = leased(&mut job, &mut step);
    assert!(
        ran.log
            .contains("leased in plain text (`store`) until the post step: acme/docs, acme/site"),
        "{}",
        ran.log
    );
    let path = file(&job, ".credentials");
    assert_eq!(job.env["PATGATE_STORE"], path.display().to_string());
    let before = fs::read(&path).unwrap();
    let url = |path: &str| format!("{}/{path}", github.url());
    job.git_ok(&["clone", "--quiet", &url("acme/site")]);
    job.git_ok(&["clone", "--quiet", &url("acme/docs.git")]);
    job.git_ok(&[
        "-C",
        "site",
        "commit",
        "--quiet",
        "--allow-empty",
        "--message",
        "one",
    ]);
    job.git_ok(&["-C", "site", "push", "--quiet", "origin", "HEAD:one"]);
    let (success, said) = job.git(&["clone", "--quiet", &url("acme/vault")]);
    assert!(!success, "{said}");
    assert!(said.contains("terminal prompts disabled"), "{said}");
    let host = github.url().trim_start_matches("http://");
    let lfs = job.fill(&format!(
        "protocol=http\nhost={host}\npath=acme/site.git/info/lfs\n\n"
    ));
    assert!(lfs.contains(&classic(0)), "{lfs}");
    let elsewhere = job.fill("protocol=https\nhost=evil.example\npath=acme/site.git\n\n");
    assert!(!elsewhere.contains(&classic(0)), "{elsewhere}");
    assert_eq!(fs::read(&path).unwrap(), before, "git's helper only reads");
    ends(&mut job, &mut step);
}

#[test]
fn a_store_of_a_pattern_serves_the_whole_host() {
    let github = github();
    let mut job = job(&github, &policy("'acme/*': fetch", "store"));
    let mut step = step("store", &classic(0));
    let ran = leased(&mut job, &mut step);
    assert!(
        ran.log
            .contains(&format!("until the post step: all of {}", github.url())),
        "what it really opens: {}",
        ran.log
    );
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/vault", github.url())]);
    ends(&mut job, &mut step);
}

#[test]
fn a_store_and_a_sealed_lease_serve_one_job_in_either_order() {
    let github = github();
    for forms in [["git", "store"], ["store", "git"]] {
        for reach in ["acme/site: push", "'acme/*': fetch"] {
            let mut job = job(&github, &policy(reach, "git, store"));
            let mut first = step(forms[0], &classic(0));
            leased(&mut job, &mut first);
            job.write_policy(&policy("other/part: push", "git, store"));
            let mut second = step(forms[1], &classic(1));
            leased(&mut job, &mut second);
            let url = |path: &str| format!("{}/{path}", github.url());
            job.git_ok(&["clone", "--quiet", &url("acme/site")]);
            job.git_ok(&["clone", "--quiet", &url("other/part")]);
            assert_eq!(job.post(&mut second).status, Some(0));
            job.git_ok(&["-C", "site", "fetch", "--quiet"]);
            let (success, said) = job.git(&["-C", "part", "fetch", "--quiet"]);
            assert!(!success, "{forms:?}: each post ends its own: {said}");
            ends(&mut job, &mut first);
        }
    }
}

#[test]
fn a_policy_that_does_not_allow_plain_text_gets_none() {
    let github = github();
    for form in ["netrc", "store"] {
        for policy in [
            gate("    repositories: { acme/site: push }"),
            policy("acme/site: push", "git"),
        ] {
            let mut job = job(&github, &policy);
            let ran = job.main(&mut step(form, &classic(0)));
            assert_eq!(ran.status, Some(2), "{}", ran.log);
            assert!(ran.log.contains(&format!("`{form}`")), "{}", ran.log);
            assert!(!job.home().exists());
            assert!(github.requests().is_empty(), "no token travels for nothing");
        }
    }
    let mut job = Job::new(github.url(), "");
    let ran = job.main(&mut step("netrc", &classic(0)));
    assert_eq!(ran.status, Some(2), "the baseline does not: {}", ran.log);
}

#[test]
fn there_is_one_netrc_in_a_job() {
    let github = github();
    let policy = policy("acme/site: push", "netrc");
    let mut job = job(&github, &policy);
    job.env
        .insert("NETRC".to_owned(), "/home/ci/netrc".to_owned());
    let ran = job.main(&mut step("netrc", &classic(0)));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.log
            .contains("::error title=patgate::`NETRC` is set already"),
        "{}",
        ran.log
    );
    assert!(ran.added.is_empty(), "{:?}", ran.added);
    let mut several = Step::new()
        .with("tokens", &format!("a: {}\nb: {}", classic(0), classic(1)))
        .with("lease", "netrc");
    job.env.clear();
    job.write_policy(
        "version: 1\ndefaults: { lease: { format: [netrc] } }\ngates:\n  a: { repositories: { acme/site: push } }\n  b: { repositories: { other/part: push } }\n",
    );
    let ran = job.main(&mut several);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.log.contains("a netrc has one entry for a host"),
        "{}",
        ran.log
    );
    // The report of a judged step may lie there, and nothing else.
    let left = fs::read_dir(job.home()).map_or(0, Iterator::count);
    assert_eq!(left, 0, "{}", ran.log);
}

#[test]
fn several_tokens_share_a_store() {
    let github = github();
    let mut job = job(
        &github,
        "version: 1\ndefaults: { lease: { format: [store] } }\ngates:\n  a: { repositories: { acme/site: push } }\n  b: { repositories: { other/part: push } }\n",
    );
    let mut step = Step::new()
        .with("tokens", &format!("a: {}\nb: {}", classic(0), classic(1)))
        .with("lease", "store");
    leased(&mut job, &mut step);
    for path in ["acme/site", "other/part"] {
        job.git_ok(&["clone", "--quiet", &format!("{}/{path}", github.url())]);
    }
    ends(&mut job, &mut step);
}

#[test]
fn post_finds_plain_text_without_the_state_of_main() {
    let github = github();
    for form in ["netrc", "store"] {
        let mut job = job(&github, &policy("acme/site: push", "netrc, store"));
        let mut step = step(form, &classic(0));
        leased(&mut job, &mut step);
        step.forget();
        ends(&mut job, &mut step);
    }
}

#[test]
fn a_store_that_could_not_tell_its_tokens_apart_is_refused() {
    let github = github();
    let mut job = job(
        &github,
        "version: 1\ndefaults: { lease: { format: [store] } }\ngates:\n  a: { repositories: { 'acme/*': push } }\n  b: { repositories: { other/part: push } }\n",
    );
    let mut step = Step::new()
        .with("tokens", &format!("a: {}\nb: {}", classic(0), classic(1)))
        .with("lease", "store");
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert!(
        ran.log.contains("a store cannot tell them apart"),
        "{}",
        ran.log
    );
    assert!(ran.added.is_empty(), "{:?}", ran.added);
}
