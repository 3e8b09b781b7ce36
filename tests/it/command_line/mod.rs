//! The command line: what a person asks, and what comes back.

mod base;
mod check;
mod completions;
mod document;
mod explain;
mod help;
mod link;
mod policy;
mod sarif;
mod test;

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fake_github::{Account, FakeGitHub, Visibility};
use tempfile::TempDir;

use crate::canary;
use crate::runner::PATGATE;

/// A shell in a folder of its own.
pub(crate) struct Shell {
    dir: TempDir,
    env: BTreeMap<String, String>,
    /// What comes by standard input.
    pub(crate) input: String,
}

/// What a command says.
pub(crate) struct Said {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Both ways out and the status, as a snapshot has them.
    pub(crate) fn all(&self) -> String {
        let Self { status, out, err } = self;
        let status = status.unwrap();
        format!("{out}--- stderr ---\n{err}--- exit {status} ---")
    }
}

impl Shell {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join(".github")).unwrap();
        Self {
            dir,
            env: BTreeMap::new(),
            input: String::new(),
        }
    }

    /// A shell at `github`, whose standard input is `token`.
    pub(crate) fn at(github: &FakeGitHub, token: &str) -> Self {
        let mut shell = Self::new().with("GITHUB_SERVER_URL", github.url());
        shell.input = format!("{token}\n");
        shell
    }

    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.env.insert(variable.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PATGATE);
        command
            .args(arguments)
            .current_dir(self.dir.path())
            .env_clear()
            .envs(&self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs `patgate`, and looks for the token in all that comes of it.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        let mut child = self.command(arguments).spawn().unwrap();
        // Not every command reads it.
        let _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        let output = child.wait_with_output().unwrap();
        for token in [Some(&self.input), self.env.get("PATGATE_TOKEN")] {
            let token = token.map(|token| token.trim()).unwrap_or_default();
            if token.len() > 8 {
                canary::assert_clean("standard output", &output.stdout, token);
                canary::assert_clean("standard error", &output.stderr, token);
                canary::assert_clean_folder(self.dir.path(), token);
            }
        }
        Said {
            status: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A GitHub that knows `token`.
pub(crate) fn github(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

/// Whose token never expires and has more than it needs.
pub(crate) fn careless() -> Account {
    Account::user("octocat").scopes("delete_repo, repo")
}

pub(crate) const STRICT: &str = "\
version: 1
gates:
  default:
    kinds: [classic]
    expiry: { required: true, at-most: 90d }
    scopes: { require: [repo], allow: [repo] }
  lax:
    kinds: [classic]
    levels: { token/blanks: warn }
";
