//! Wherever git runs and whatever it is asked to do, it has the lease's token for the lease's
//! repositories, and for no other. docs/compatibility.md says which test proves which row.
//!
//! `PATGATE_TEST_GIT` names another git than the first on `PATH`, by its absolute path.

mod document;
mod environment;
mod helpers;
mod history;
mod lfs;
mod remotes;
mod several;
mod submodules;
mod sudo;
mod ways;

use std::io::{self, Write as _};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::canary;
use crate::issue::gate;
use crate::runner::{Job, Step, classic, git_program};

/// What the lease opens. The token could fetch more.
const REACH: &str =
    "    repositories: { acme/site: push, acme/docs: push, acme/part: fetch, other/part: fetch }";

/// A job behind patgate, on a GitHub with repositories of two owners.
struct Desk {
    github: FakeGitHub,
    job: Job,
}

impl Desk {
    fn new() -> Self {
        Self::with(Step::new())
    }

    #[track_caller]
    fn with(mut step: Step) -> Self {
        let github = github();
        let mut job = Job::on(&github, &classic(0), &gate(REACH));
        let ran = job.main(&mut step);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        github.forget_requests();
        Self { github, job }
    }

    /// Runs `script` in a later step, and looks for the token in all that it says and leaves.
    #[track_caller]
    fn try_run(&self, script: &str) -> (bool, String) {
        let output = self.step(script).output().unwrap();
        let said = said(&output);
        canary::assert_clean("a step's log", said.as_bytes(), &self.job.token);
        canary::assert_clean_folder(self.job.dir.path(), &self.job.token);
        (output.status.success(), said)
    }

    /// A later step. It has no terminal, else a git that prompts would wait for an answer.
    fn step(&self, script: &str) -> Command {
        let mut command = self.job.later_step("setsid".as_ref());
        command
            .args(["--wait", "sh", "-euc", &format!("{PRELUDE}\n{script}")])
            .env("GITHUB", self.github.url())
            .env("BARE", self.github.repository_path("acme/site"))
            .stdin(Stdio::null());
        command
    }

    /// Runs `script`, which must succeed.
    #[track_caller]
    fn run(&self, script: &str) -> String {
        let (success, said) = self.try_run(script);
        assert!(success, "{said}");
        said
    }

    /// Runs `script`, which must fail, and say `why`.
    #[track_caller]
    fn fails(&self, script: &str, why: &str) -> String {
        let (success, said) = self.try_run(script);
        assert!(!success, "{said}");
        assert!(said.contains(why), "{said}");
        said
    }

    /// The passwords that came with requests for `repository` which the server granted.
    fn granted(&self, repository: &str) -> Vec<String> {
        let requests = self.github.requests().into_iter();
        let of_repository = requests.filter(|request| {
            let path = request.path.trim_start_matches('/');
            let rest = path.strip_prefix(repository).unwrap_or_default();
            request.status == 200 && (rest.starts_with('/') || rest.starts_with(".git/"))
        });
        of_repository
            .filter_map(|request| password(&request.authorization?))
            .collect()
    }

    /// Fails unless the lease's token, and no other, opened `repository`.
    #[track_caller]
    fn assert_granted(&self, repository: &str) {
        let mut sent = self.granted(repository);
        sent.dedup();
        assert_eq!(sent, [self.job.token.as_str()], "{repository}");
    }

    /// Fails if any token was sent for `repository`.
    #[track_caller]
    fn assert_nothing_sent(&self, repository: &str) {
        let requests = self.github.requests().into_iter();
        let sent = requests.filter(|request| {
            request.path.starts_with(&format!("/{repository}")) && request.authorization.is_some()
        });
        assert_eq!(sent.count(), 0, "{repository}");
    }
}

/// What scripts share: `plant PATH URL OWNER/REPO` puts a submodule into the index, with no clone.
const PRELUDE: &str = r#"
BARE=${BARE%/acme/site.git}
plant() {
  git config --file .gitmodules "submodule.$1.path" "$1"
  git config --file .gitmodules "submodule.$1.url" "$2"
  git config --file .gitmodules "submodule.$1.branch" main
  git add .gitmodules
  commit=$(git --git-dir="$BARE/$3.git" rev-parse main)
  git update-index --add --cacheinfo "160000,$commit,$1"
}
"#;

fn github() -> FakeGitHub {
    let account = Account::user("octocat").scopes("repo");
    let account = ["acme/site", "acme/docs", "acme/vault"]
        .iter()
        .fold(account, |account, name| account.right(*name, Right::Push));
    let account = ["acme/part", "other/part", "other/lib"]
        .iter()
        .fold(account, |account, name| account.right(*name, Right::Fetch));
    let names = [
        "acme/site",
        "acme/docs",
        "acme/part",
        "acme/vault",
        "other/part",
        "other/lib",
    ];
    let builder = names.iter().fold(FakeGitHub::builder(), |github, name| {
        github.repository(*name, Visibility::Private)
    });
    // A history, with something to leave out.
    let builder = ["one", "two", "three"]
        .iter()
        .fold(builder, |github, name| {
            let path = format!("{name}/file.txt");
            github.file("acme/site", "main", &path, format!("{name}\n"))
        });
    builder
        .repository("acme/open", Visibility::Public)
        .token(classic(0), account)
        .start()
        .unwrap()
}

/// The password of a Basic credential.
fn password(authorization: &str) -> Option<String> {
    let (_, encoded) = authorization.split_once(' ')?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    Some(decoded.split_once(':')?.1.to_owned())
}

fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|stream| String::from_utf8_lossy(stream))
        .concat()
}

/// Whether the git under test is of `version` or newer. Where it is not, a line says that the
/// test is skipped.
fn has_git(major: u32, minor: u32) -> bool {
    let output = Command::new(git_program())
        .arg("--version")
        .output()
        .unwrap();
    let version = String::from_utf8(output.stdout).unwrap();
    let numbers = version.trim_start_matches("git version ").split('.');
    let mut numbers = numbers.map(|number| number.trim().parse::<u32>());
    let mut next = || numbers.next().unwrap().unwrap();
    let is_there = (next(), next()) >= (major, minor);
    if !is_there {
        let why = format!("{} is older than {major}.{minor}", version.trim());
        skip(&why);
    }
    is_there
}

/// Whether this machine has `program`. Where it has not, a line says that the test is skipped;
/// where `CI_REQUIRE_PACKAGES` is 1, no test may be.
fn has_program(program: &str) -> bool {
    let found = Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .unwrap();
    if found.status.success() {
        return true;
    }
    let required = std::env::var("CI_REQUIRE_PACKAGES").is_ok_and(|value| value == "1");
    assert!(
        !required,
        "no {program}, where CI_REQUIRE_PACKAGES wants it"
    );
    skip(&format!("no {program} on this machine"));
    false
}

fn skip(why: &str) {
    // Past libtest's capture: whoever reads the log must see it. If stderr is closed, nobody does.
    let _ = writeln!(io::stderr(), "skipped: {why}");
}
