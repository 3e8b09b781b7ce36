//! What the benches of the programs stand on: the programs themselves, and a job.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::numbers::{Result, say};

/// The two programs, side by side.
pub(crate) struct Programs(PathBuf);

impl Programs {
    /// Those that `PATGATE_BENCH_BINARIES` or `.ci/dist` has, or else the bench profile's own.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let programs = match env::var_os("PATGATE_BENCH_BINARIES") {
            Some(folder) => Self(fs::canonicalize(folder)?),
            None if root.join("dist/patgate").is_file() => Self(root.join("dist")),
            None => Self(
                Path::new(env!("CARGO_BIN_EXE_patgate"))
                    .with_file_name("")
                    .components()
                    .collect(),
            ),
        };
        for program in [programs.patgate(), programs.helper()] {
            let len = fs::metadata(&program)?.len();
            say(&format!("- `{}`: {len} bytes", program.display()))?;
        }
        Ok(programs)
    }

    pub(crate) fn patgate(&self) -> PathBuf {
        self.0.join("patgate")
    }

    fn helper(&self) -> PathBuf {
        self.0.join("git-credential-patgate")
    }
}

/// A job of a workflow: its directories, and the environment of its main phase.
pub(crate) struct Job(TempDir);

impl Job {
    pub(crate) fn new(policy: &str) -> Result<Self> {
        let job = Self(TempDir::new()?);
        for folder in ["temp", "workspace/.github", "home", "no-certificates"] {
            fs::create_dir_all(job.path(folder))?;
        }
        fs::write(job.path("workspace/.github/patgate.yml"), policy)?;
        for (_, file) in FILES {
            fs::write(job.path(file), "")?;
        }
        Ok(job)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `program` as the runner starts a main phase, and with no more certificates than the
    /// image has.
    pub(crate) fn command(&self, program: &Path, server: &str, token: &str) -> Command {
        let temp = self.path("temp");
        let mut command = Command::new(program);
        command
            .current_dir(self.path("workspace"))
            .env_clear()
            .envs(JOB)
            .envs(FILES.map(|(variable, file)| (variable, self.path(file))))
            .env("GITHUB_SERVER_URL", server)
            .env("GITHUB_WORKSPACE", self.path("workspace"))
            .env("INPUT_HOST-TEMP", format!("host:{}", temp.display()))
            .env("INPUT_TOKEN", token)
            .env("RUNNER_TEMP", temp)
            .env("SSL_CERT_DIR", self.path("no-certificates"))
            .env("SSL_CERT_FILE", self.path("no-certificates/none.pem"));
        command
    }

    /// What a main phase leaves to later steps, by environment.
    pub(crate) fn lease(&self) -> Result<Vec<(String, String)>> {
        let text = fs::read_to_string(self.path("env"))?;
        let pairs: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        if pairs.iter().any(|(name, _)| name == "PATGATE_KEY") {
            Ok(pairs)
        } else {
            Err("the main phase made no lease".into())
        }
    }
}

/// Which job it is, for the main phase and for later steps.
pub(crate) const JOB: [(&str, &str); 4] = [
    ("GITHUB_JOB", "release"),
    ("GITHUB_REPOSITORY", "acme/site"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_RUN_ID", "4711"),
];

const FILES: [(&str, &str); 4] = [
    ("GITHUB_ENV", "env"),
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_STATE", "state"),
    ("GITHUB_STEP_SUMMARY", "summary"),
];
