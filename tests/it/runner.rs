//! The harness: a runner that starts the real programs as GitHub's does, and keeps what they say.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use fake_github::FakeGitHub;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::canary;

pub(crate) const PATGATE: &str = env!("CARGO_BIN_EXE_patgate");

/// A classic token that no scanner takes for one: its parts meet at run time. `n` makes it one
/// of several.
pub(crate) fn classic(n: usize) -> String {
    let vectors = [
        "PATGATEtestVECTOR0123456789abc1ETiws",
        "patgateVector0007zzzzzzzzzzzzz0bctXe",
    ];
    ["ghp", vectors[n]].join("_")
}

/// A fine-grained token whose inside fits.
pub(crate) fn fine_grained() -> String {
    // The last 16 characters are those that the checksum of the front asks for.
    let front = ["github_pat", "patgateCANARY012345678", &"B".repeat(43)].join("_");
    let hash = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        &front,
    ));
    let bits = hash[..5]
        .iter()
        .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    let check: String = (0..8)
        .map(|at| {
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
                    [usize::try_from((bits >> (35 - 5 * at)) & 31).unwrap()],
            )
        })
        .collect();
    format!("{front}{check}CCCCCCCC")
}

/// An installation token of the older form.
pub(crate) fn installation() -> String {
    ["ghs", "patgateCANARYinstallation0123456789ab"].join("_")
}

/// `GitHub-Authentication-Token-Expiration`, so far from now.
pub(crate) fn expiry_in(span: SignedDuration) -> String {
    let end = Timestamp::now().saturating_add(span).unwrap();
    end.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

pub(crate) const DAY: SignedDuration = SignedDuration::from_hours(24);

/// A job: directories, a token, an environment that steps add to.
pub(crate) struct Job {
    pub(crate) dir: TempDir,
    /// What each phase says. A pipe would hold it up: the masks of a key are more than one takes.
    said: TempDir,
    /// The input `token`; empty where an app takes its place.
    pub(crate) token: String,
    /// What steps wrote to `GITHUB_ENV`, and the workflow's `env`.
    pub(crate) env: BTreeMap<String, String>,
    server: String,
    steps: usize,
}

/// One `uses: …/patgate` of a job.
#[derive(Clone)]
pub(crate) struct Step {
    inputs: BTreeMap<String, String>,
    state: BTreeMap<String, String>,
}

/// What one phase of a step said.
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) signal: Option<i32>,
    /// Standard output as it came.
    pub(crate) stdout: String,
    /// The same without its mask lines.
    pub(crate) log: String,
    pub(crate) masks: Vec<String>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) summary: String,
    /// What it added to the job's environment.
    pub(crate) added: Vec<(String, String)>,
}

impl Step {
    pub(crate) fn new() -> Self {
        Self {
            inputs: BTreeMap::new(),
            state: BTreeMap::new(),
        }
    }

    pub(crate) fn with(mut self, input: &str, value: &str) -> Self {
        self.inputs.insert(input.to_owned(), value.to_owned());
        self
    }

    /// What main left for post under `name`.
    pub(crate) fn state(&self, name: &str) -> Option<&str> {
        self.state.get(name).map(String::as_str)
    }

    /// As act does: the state of main never reaches a container's post, nor do defaults.
    pub(crate) fn forget(&mut self) {
        self.state.clear();
    }
}

impl Job {
    pub(crate) fn new(server: &str, token: &str) -> Self {
        let dir = TempDir::new().unwrap();
        for name in ["temp", "workspace/.github", "home", "files"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        Self {
            dir,
            said: TempDir::new().unwrap(),
            token: token.to_owned(),
            env: BTreeMap::new(),
            server: server.to_owned(),
            steps: 0,
        }
    }

    /// A job on the fake, whose workspace has `policy`.
    pub(crate) fn on(github: &FakeGitHub, token: &str, policy: &str) -> Self {
        let job = Self::new(github.url(), token);
        job.write_policy(policy);
        job
    }

    pub(crate) fn write_policy(&self, policy: &str) {
        fs::write(self.path("workspace/.github/patgate.yml"), policy).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The directory that a lease leaves.
    pub(crate) fn home(&self) -> PathBuf {
        self.path("temp/patgate")
    }

    /// The main phase of `step`.
    pub(crate) fn main(&mut self, step: &mut Step) -> Ran {
        let (child, files) = self.start(step, "patgate");
        self.finish(child, &files, step)
    }

    /// The post phase of `step`.
    pub(crate) fn post(&mut self, step: &mut Step) -> Ran {
        let (child, files) = self.start(step, "patgate-post");
        self.finish(child, &files, step)
    }

    /// Starts a phase, and says where its files are.
    pub(crate) fn start(&mut self, step: &Step, phase: &str) -> (Child, PathBuf) {
        let mut command = Command::new(PATGATE);
        command.arg0(format!("/{phase}"));
        self.start_by(command, step)
    }

    /// The same by a command of the caller's, which starts the program in the end.
    pub(crate) fn start_by(&mut self, mut command: Command, step: &Step) -> (Child, PathBuf) {
        let files = self.equip(&mut command, step);
        let said = File::create(self.said(&files)).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(said)
            .stderr(Stdio::piped())
            .spawn();
        (child.unwrap(), files)
    }

    /// Gives `command` what a phase of `step` has, and says where the phase's files are.
    pub(crate) fn equip(&mut self, command: &mut Command, step: &Step) -> PathBuf {
        self.steps += 1;
        let files = self.path("files").join(self.steps.to_string());
        fs::create_dir(&files).unwrap();
        command.current_dir(self.path("workspace"));
        command.env_clear().envs(&self.env).envs(self.runner_env());
        for (variable, name) in FILES {
            fs::write(files.join(name), "").unwrap();
            command.env(variable, files.join(name));
        }
        for (name, value) in &step.inputs {
            command.env(format!("INPUT_{}", name.to_uppercase()), value);
        }
        for (name, value) in &step.state {
            command.env(format!("STATE_{name}"), value);
        }
        files
    }

    /// Hands on what a phase wrote for later steps and for its post. What it added for the steps.
    pub(crate) fn hand_on(&mut self, files: &Path, step: &mut Step) -> Vec<(String, String)> {
        let read = |name: &str| pairs(&fs::read_to_string(files.join(name)).unwrap());
        let added = read("env");
        self.env.extend(added.clone());
        step.state.extend(read("state"));
        added
    }

    /// Waits for a phase, does what the runner does with its files, and looks for the token.
    #[track_caller]
    pub(crate) fn finish(&mut self, child: Child, files: &Path, step: &mut Step) -> Ran {
        let Output { status, stderr, .. } = child.wait_with_output().unwrap();
        let stdout = fs::read_to_string(self.said(files)).unwrap();
        let (masks, log): (Vec<_>, Vec<_>) = stdout
            .lines()
            .partition(|line| line.starts_with("::add-mask::"));
        // What each post says is left out of the transcripts.
        let log: Vec<_> = log
            .into_iter()
            .filter(|line| !(line.starts_with("searched ") && line.ends_with(CLEAN)))
            .collect();
        let log = log.join("\n");
        assert_eq!(
            String::from_utf8_lossy(&stderr),
            "",
            "the runner reads stderr before stdout"
        );
        if !self.token.is_empty() {
            self.look_for_token(&stdout, &log);
        }
        let read = |name: &str| fs::read_to_string(files.join(name)).unwrap();
        let added = pairs(&read("env"));
        if let Some((_, key)) = added.iter().find(|(name, _)| name == "PATGATE_KEY") {
            let folder = self.home();
            canary::assert_clean("the log", log.as_bytes(), key);
            canary::assert_clean("the summary", read("summary").as_bytes(), key);
            canary::assert_clean_folder(&folder, key);
        }
        self.hand_on(files, step);
        Ran {
            status: status.code(),
            signal: status.signal(),
            masks: masks
                .iter()
                .map(|line| line["::add-mask::".len()..].to_owned())
                .collect(),
            stdout,
            log,
            outputs: pairs(&read("output")).into_iter().collect(),
            summary: read("summary"),
            added,
        }
    }

    /// Where the phase whose files these are says what it says.
    fn said(&self, files: &Path) -> PathBuf {
        self.said.path().join(files.file_name().unwrap())
    }

    /// Fails unless the token is masked before a word is said, and is nowhere else.
    #[track_caller]
    fn look_for_token(&self, stdout: &str, log: &str) {
        canary::assert_clean("the log", log.as_bytes(), &self.token);
        let first = stdout.lines().next().unwrap_or_default();
        let masked_first = first.starts_with("::add-mask::") || !stdout.contains(&self.token);
        assert!(masked_first, "masks come before every word: {first}");
        let spoken = stdout
            .lines()
            .skip_while(|line| line.starts_with("::add-mask::"));
        let late = spoken.filter(|line| line.starts_with("::add-mask::"));
        assert!(
            !late.collect::<String>().contains(&self.token),
            "no word before the last mask"
        );
        canary::assert_clean_folder(self.dir.path(), &self.token);
    }

    fn runner_env(&self) -> Vec<(&'static str, String)> {
        let temp = self.path("temp").display().to_string();
        vec![
            ("INPUT_TOKEN", self.token.clone()),
            ("INPUT_HOST-TEMP", format!("host:{temp}")),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_JOB", "release".to_owned()),
            ("GITHUB_REPOSITORY", "acme/site".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_SERVER_URL", self.server.clone()),
            (
                "GITHUB_WORKSPACE",
                self.path("workspace").display().to_string(),
            ),
            ("RUNNER_TEMP", temp),
        ]
    }

    /// git as a later step runs it.
    pub(crate) fn git_command(&self) -> Command {
        self.later_step(&git_program())
    }

    /// `program` as a later step runs it.
    pub(crate) fn later_step(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", search_path())
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GITHUB_REPOSITORY", "acme/site")
            .env("GITHUB_RUN_ID", "4711")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .env("GITHUB_JOB", "release")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "ci")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "ci@example.com")))
            .envs(&self.env)
            .current_dir(self.path("home"));
        command
    }

    /// Runs git; its exit status and all that it says.
    pub(crate) fn git(&self, arguments: &[&str]) -> (bool, String) {
        let output = self.git_command().args(arguments).output().unwrap();
        let said = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        (output.status.success(), said)
    }

    /// Runs git, which must succeed.
    #[track_caller]
    pub(crate) fn git_ok(&self, arguments: &[&str]) -> String {
        let (success, said) = self.git(arguments);
        assert!(success, "git {arguments:?}: {said}");
        if !self.token.is_empty() {
            canary::assert_clean("git", said.as_bytes(), &self.token);
        }
        said
    }

    /// What `git credential fill` answers to `request`, and complains of.
    pub(crate) fn fill(&self, request: &str) -> String {
        let mut command = self.git_command();
        command.args(["credential", "fill"]);
        feed(command, request.as_bytes())
    }

    /// What the helper itself answers, asked without git.
    pub(crate) fn ask_helper(&self, action: &str, request: &[u8]) -> String {
        let mut command = Command::new(self.home().join("git-credential-patgate"));
        command
            .arg(action)
            .env_clear()
            .envs(&self.env)
            .current_dir(self.path("home"));
        feed(command, request)
    }

    /// The sealed files.
    pub(crate) fn leases(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.home()) else {
            return Vec::new();
        };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == "lease"))
            .collect()
    }

    /// `text` without what changes from run to run.
    pub(crate) fn stable(&self, text: &str) -> String {
        let escaped = self.server.replacen(':', "&#58;", 1).replace('.', "&#46;");
        let text = text.replace(&self.server, "https://github.test");
        let text = text.replace(&escaped, "https://github.test");
        let text = text.replace(&self.dir.path().display().to_string(), "/job");
        let mut stable = String::new();
        let mut rest = text.as_str();
        while let Some(c) = rest.chars().next() {
            if is_instant(rest) {
                stable += "<instant>";
                rest = &rest[20..];
            } else {
                stable.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        stable
    }
}

/// How post ends its search where the token is nowhere.
pub(crate) const CLEAN: &str = "the token is in none of them";

/// The git under test: the one that `PATGATE_TEST_GIT` names, or the first on `PATH`.
pub(crate) fn git_program() -> PathBuf {
    env::var_os("PATGATE_TEST_GIT").map_or_else(|| "git".into(), PathBuf::from)
}

/// `PATH`, where a script finds the git under test first.
fn search_path() -> OsString {
    let path = env::var_os("PATH").unwrap();
    let program = git_program();
    let first = program.parent().filter(|folder| folder.is_absolute());
    let folders = first.map(Path::to_owned).into_iter();
    env::join_paths(folders.chain(env::split_paths(&path))).unwrap()
}

const FILES: [(&str, &str); 4] = [
    ("GITHUB_ENV", "env"),
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_STATE", "state"),
    ("GITHUB_STEP_SUMMARY", "summary"),
];

/// Whether `text` begins with an instant such as `2026-09-01T00:00:00Z`.
fn is_instant(text: &str) -> bool {
    text.starts_with("20")
        && text
            .get(..20)
            .is_some_and(|text| text.parse::<Timestamp>().is_ok())
}

/// The runner's reading of a command file; a bad line fails the step.
#[track_caller]
fn pairs(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let equals = line.find('=').unwrap_or(line.len());
        let heredoc = line.find("<<").filter(|at| *at < equals);
        if let Some(at) = heredoc {
            let end = &line[at + 2..];
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
            pairs.push((line[..at].to_owned(), value.join("\n")));
        } else if !line.is_empty() {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            assert!(!name.is_empty(), "{line}");
            pairs.push((name.to_owned(), value.to_owned()));
        }
    }
    pairs
}

/// Runs `command` with `input`, and joins all that it says.
pub(crate) fn feed(mut command: Command, input: &[u8]) -> String {
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    // A program that hangs up early has its own test.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}
