//! The tripwire: what post says of a token that the job left in its directories.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use fake_github::FakeGitHub;

use crate::canary;
use crate::issue::gate;
use crate::revoke::github;
use crate::runner::{Job, Ran, Step, classic};

const WARN: &str = "    repositories: { acme/site: push }";
const DENY: &str = "    repositories: { acme/site: push }\n    lease: { leaks: deny }";

/// A job after patgate. The harness is not told of the token, since it would not have it in a file.
#[track_caller]
fn leased(github: &FakeGitHub, rules: &str) -> (Job, Step) {
    let mut job = Job::on(github, "", &gate(rules));
    let mut step = Step::new().with("token", &classic(0));
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    (job, step)
}

#[track_caller]
fn write(job: &Job, path: &str, text: impl AsRef<[u8]>) {
    let path = job.path(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Post, which names places and shows no token.
#[track_caller]
fn post(job: &mut Job, step: &mut Step) -> Ran {
    let ran = job.post(step);
    canary::assert_clean("the log", ran.log.as_bytes(), &classic(0));
    canary::assert_clean("the summary", ran.summary.as_bytes(), &classic(0));
    assert!(
        !job.home().exists(),
        "the lease is gone, whatever was found"
    );
    ran
}

fn pipe(program: &str, arguments: &[&str], input: &[u8], dir: &Path) -> Vec<u8> {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

#[test]
fn what_checkout_persisted_is_called_out_by_name_with_the_fix() {
    let github = github();
    let (mut job, mut step) = leased(&github, WARN);
    let header = STANDARD.encode(format!("x-access-token:{}", classic(0)));
    write(
        &job,
        "workspace/site/.git/config",
        format!("[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic {header}\n"),
    );
    let ran = post(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    insta::assert_snapshot!(ran.log.lines().skip(3).collect::<Vec<_>>().join("\n"), @"
    searched 2 files of the job, 209 bytes: the token is in one of them
    ::warning title=patgate::the job left the token in `workspace/site/.git/config`, git's configuration of the repository in `site`: base64; check out with `persist-credentials: false`, and run `git config --unset-all http.https://HOST/.extraheader`; if a remote's URL holds it, set that with `git remote set-url`
    ");
    let (_, summary) = ran.summary.split_once("### ⚠️").unwrap();
    insta::assert_snapshot!(summary, @"
     patgate: the job left the token behind

    | where | how | what to do |
    | --- | --- | --- |
    | <code>workspace/site/&#46;git/config</code>, git's configuration of the repository in <code>site</code> | base64 | check out with <code>persist-credentials&#58; false</code>, and run <code>git config --unset-all http&#46;https&#58;//HOST/&#46;extraheader</code>; if a remote's URL holds it, set that with <code>git remote set-url</code> |
    ");
}

#[test]
fn a_policy_that_denies_leaks_fails_the_job() {
    let github = github();
    let (mut job, mut step) = leased(&github, DENY);
    // The policy of the end is not that of the beginning.
    job.write_policy(&gate(WARN));
    write(
        &job,
        "workspace/build/out.log",
        format!("curl -u x:{}", classic(0)),
    );
    let ran = post(&mut job, &mut step);
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert!(
        ran.log
            .contains("::error title=patgate::the job left the token in `workspace/build/out.log`"),
        "{}",
        ran.log
    );
    assert!(
        ran.summary
            .contains("### ❌ patgate: the job left the token behind")
    );
}

#[test]
fn every_directory_of_the_job_and_every_form_is_searched() {
    let github = github();
    let token = classic(0);
    let hex: Vec<_> = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    let gz = pipe(
        "gzip",
        &["-c"],
        format!("log\n{token}\n").as_bytes(),
        Path::new("/"),
    );
    let wide: Vec<u8> = token.bytes().flat_map(|byte| [byte, 0]).collect();
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("workspace/a.txt", token.clone().into_bytes(), "as it is"),
        (
            "workspace/deep/er/b.b64",
            STANDARD.encode(format!("xy{token}z")).into_bytes(),
            "base64",
        ),
        ("temp/c.hex", hex.concat().into_bytes(), "hexadecimal"),
        ("temp/d.log.gz", gz, "as it is"),
        (
            "temp/e.url",
            token.replace('_', "%5F").into_bytes(),
            "as it is",
        ),
        (
            "runner-home/.netrc",
            format!("machine x login y password {token}").into_bytes(),
            "as it is",
        ),
        ("runner-home/f.utf16", wide, "UTF-16"),
    ];
    for (path, bytes, form) in cases {
        let (mut job, mut step) = leased(&github, DENY);
        let home = job.path("runner-home").display().to_string();
        job.env.insert("HOME".to_owned(), home);
        write(&job, path, &bytes);
        let ran = post(&mut job, &mut step);
        assert_eq!(ran.status, Some(1), "{path}: {}", ran.log);
        let place = path.replace("runner-home", "home");
        assert!(
            ran.log
                .contains(&format!("the job left the token in `{place}`"))
                && ran.log.contains(form),
            "{path}: {}",
            ran.log
        );
        fs::remove_file(job.path(path)).unwrap();
        let ran = post(&mut job, &mut step);
        assert_eq!(
            ran.status,
            Some(0),
            "a second post sees that it is gone: {}",
            ran.log
        );
    }
}

#[test]
fn an_artifact_is_opened_and_its_member_named() {
    let github = github();
    let (mut job, mut step) = leased(&github, WARN);
    write(&job, "temp/x/config.ini", format!("t={}", classic(0)));
    let zip = "import zipfile; z = zipfile.ZipFile('site.zip', 'w', zipfile.ZIP_DEFLATED); z.write('config.ini')";
    pipe("python3", &["-c", zip], b"", &job.path("temp/x"));
    fs::remove_file(job.path("temp/x/config.ini")).unwrap();
    let ran = post(&mut job, &mut step);
    assert!(
        ran.log
            .contains("the job left the token in `config.ini` in `temp/x/site.zip`"),
        "{}",
        ran.log
    );
}

#[test]
fn a_token_that_was_committed_is_found_in_gits_objects() {
    let github = github();
    let (mut job, mut step) = leased(&github, WARN);
    let site = job.path("workspace/site");
    fs::create_dir_all(&site).unwrap();
    let site = site.to_str().unwrap().to_owned();
    job.git_ok(&["-C", &site, "init", "--quiet"]);
    write(&job, "workspace/site/notes", format!("see {}", classic(0)));
    let (success, said) = job.git(&["-C", &site, "add", "."]);
    assert!(success, "{said}");
    fs::remove_file(job.path("workspace/site/notes")).unwrap();
    let ran = post(&mut job, &mut step);
    assert!(
        ran.log
            .contains("the job left the token in `workspace/site/.git/objects/"),
        "{}",
        ran.log
    );
}

#[test]
fn each_of_several_tokens_is_searched_for() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(WARN));
    let tokens = format!("default: {}\ndefault: {}", classic(0), classic(1));
    let mut step = Step::new().with("tokens", &tokens);
    assert_eq!(job.main(&mut step).status, Some(0));
    write(&job, "workspace/a", classic(1));
    let ran = post(&mut job, &mut step);
    assert!(ran.log.contains("in `workspace/a`"), "{}", ran.log);
}

#[test]
fn without_the_state_of_main_what_is_left_is_a_warning() {
    let github = github();
    let (mut job, mut step) = leased(&github, DENY);
    write(&job, "workspace/a", classic(0));
    step.forget();
    let ran = post(&mut job, &mut step);
    assert_eq!(ran.status, Some(0));
    assert!(
        ran.log.contains("::warning title=patgate::the job left"),
        "{}",
        ran.log
    );
}

#[test]
fn a_name_that_would_be_a_command_is_text() {
    let github = github();
    let (mut job, mut step) = leased(&github, WARN);
    write(&job, "workspace/`::error::x\r##[error]y`|<b>", classic(0));
    let ran = post(&mut job, &mut step);
    assert!(ran.log.contains("the job left the token in"), "{}", ran.log);
    assert!(!ran.log.contains("##["), "{}", ran.log);
    assert!(!ran.log.contains('\r'), "{}", ran.log);
    assert!(
        !ran.log.lines().any(|line| line.starts_with("::error")),
        "{}",
        ran.log
    );
    assert!(!ran.summary.contains("<b>"), "{}", ran.summary);
}

#[test]
fn a_link_leads_the_search_nowhere() {
    let github = github();
    let (mut job, mut step) = leased(&github, DENY);
    write(&job, "elsewhere/secret", classic(0));
    std::os::unix::fs::symlink(job.path("elsewhere"), job.path("workspace/link")).unwrap();
    std::os::unix::fs::symlink(job.path("elsewhere/secret"), job.path("temp/link")).unwrap();
    let ran = post(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn another_steps_lease_in_plain_text_is_no_leak() {
    let github = github();
    let rules =
        "    repositories: { acme/site: push }\n    lease: { leaks: deny, format: [git, netrc] }";
    let (mut job, mut first) = leased(&github, rules);
    let mut second = Step::new()
        .with("token", &classic(0))
        .with("lease", "netrc");
    assert_eq!(job.main(&mut second).status, Some(0));
    let ran = job.post(&mut first);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let ran = post(&mut job, &mut second);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn what_is_no_token_is_not_searched_for() {
    let github = github();
    let mut job = Job::on(&github, "", &gate(DENY));
    let tokens = format!("default: undefined\ndefault: {}", classic(0));
    let mut step = Step::new().with("tokens", &tokens);
    assert_eq!(job.main(&mut step).status, Some(0));
    write(&job, "workspace/app.js", "if (typeof x === 'undefined') {}");
    let ran = post(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn the_name_of_a_lease_hides_a_token_nowhere_else() {
    let github = github();
    for path in [
        "workspace/patgate/0123456789abcdef.netrc",
        "temp/x/patgate/0123456789abcdef.netrc",
    ] {
        let (mut job, mut step) = leased(&github, DENY);
        write(&job, path, classic(0));
        let ran = post(&mut job, &mut step);
        assert_eq!(ran.status, Some(1), "{path}: {}", ran.log);
    }
}
