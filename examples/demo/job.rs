//! One job as the runner would run it: directories, command files, phases, masks.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::programs::Programs;
use crate::secret::Secret;
use crate::{Result, expect};

/// Names and values, in the order they came.
type Pairs = Vec<(String, String)>;

/// A job on a runner of its own.
pub(crate) struct Job {
    name: String,
    server: String,
    root: PathBuf,
    inputs: Pairs,
    /// What `GITHUB_ENV` brought for later steps.
    environment: Pairs,
    /// What `GITHUB_STATE` keeps for the post phase.
    state: Pairs,
    masks: Vec<String>,
}

/// What a phase left, masked.
pub(crate) struct Phase {
    pub(crate) status: Option<i32>,
    /// The log without the lines that mask something.
    pub(crate) log: Vec<String>,
    /// How many lines those were.
    pub(crate) masked: usize,
    pub(crate) outputs: Pairs,
    summary: String,
}

/// What a run of git left.
pub(crate) struct Ran {
    pub(crate) succeeded: bool,
    /// What it said, masked.
    pub(crate) said: String,
    /// Whether there was the token to mask in it.
    pub(crate) has_token: bool,
}

/// The files by which a step talks to the runner.
const COMMAND_FILES: [&str; 4] = [
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
];

impl Job {
    /// Makes the runner's directories, with `policy` in the workspace.
    pub(crate) fn start(root: &Path, name: &str, server: &str, policy: &str) -> Result<Self> {
        let job = Self {
            name: name.to_owned(),
            server: server.to_owned(),
            root: root.join(name),
            inputs: Pairs::new(),
            environment: Pairs::new(),
            state: Pairs::new(),
            masks: Vec::new(),
        };
        for directory in ["commands", "home", "temp", "workspace/.github"] {
            fs::create_dir_all(job.root.join(directory))?;
        }
        fs::write(job.root.join("workspace/.github/patgate.yml"), policy)?;
        Ok(job)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Runs the main phase.
    pub(crate) fn main(
        &mut self,
        programs: &Programs,
        token: &Secret,
        inputs: &[(&str, &str)],
    ) -> Result<Phase> {
        let host_temp = format!("host:{}", self.path("temp"));
        // The defaults of action.yml, and what the workflow gives.
        let given = [
            ("TOKEN", token.text()),
            ("GATE", "default"),
            ("MODE", "enforce"),
            ("LEASE", "git"),
            ("REWRITE-SSH", "true"),
            ("SERVER-URL", &self.server),
            ("HOST-TEMP", &host_temp),
        ];
        self.inputs = given
            .iter()
            .chain(inputs)
            .map(|(name, value)| (format!("INPUT_{name}"), (*value).to_owned()))
            .collect();
        let phase = self.phase("/patgate", programs, token)?;
        let is_masked = self.masks.iter().any(|mask| mask == token.text());
        expect(is_masked, || "patgate does not mask the token".to_owned())?;
        Ok(phase)
    }

    /// Runs the post phase.
    pub(crate) fn post(&mut self, programs: &Programs, token: &Secret) -> Result<Phase> {
        self.phase("/patgate-post", programs, token)
    }

    /// Runs the program under `name`, then takes what it left in the runner's files.
    fn phase(&mut self, name: &str, programs: &Programs, token: &Secret) -> Result<Phase> {
        let files = COMMAND_FILES.map(|file| (file, self.root.join("commands").join(file)));
        for (_, path) in &files {
            fs::write(path, "")?;
        }
        let output = self
            .program(programs)
            .arg0(name)
            .envs(files.clone())
            .output()?;
        let (log, masked) = self.read_log(&output, token)?;
        let mut left = Vec::new();
        for (_, path) in &files {
            left.push(fs::read_to_string(path)?);
            // The runner keeps them no longer than the step: the job's key was in one.
            fs::remove_file(path)?;
        }
        let [environment, outputs, state, summary] = left.try_into().expect("one text a file");
        self.environment.extend(pairs(&environment)?);
        self.state.extend(pairs(&state)?);
        let is_masked = |key: &String| self.masks.contains(key);
        expect(self.key().is_none_or(is_masked), || {
            format!("{name} does not mask the key of the lease")
        })?;
        expect(
            !token.is_in((outputs.clone() + &summary).as_bytes()),
            || format!("{name} writes the token into its outputs or its summary"),
        )?;
        Ok(Phase {
            status: output.status.code(),
            log,
            masked,
            outputs: pairs(&self.hide(&outputs))?,
            summary: self.hide(&summary),
        })
    }

    /// The action's program with all that the runner hands to a phase, and nothing else.
    fn program(&self, programs: &Programs) -> Command {
        let state = self.state.iter();
        let mut command = Command::new(programs.patgate());
        command
            .env_clear()
            .envs(self.environment.iter().cloned())
            .envs(state.map(|(name, value)| (format!("STATE_{name}"), value)))
            .envs(self.variables())
            .envs(self.inputs.iter().cloned());
        command
    }

    /// What the runner says of itself to each phase.
    fn variables(&self) -> [(&'static str, String); 8] {
        [
            ("GITHUB_SERVER_URL", self.server.clone()),
            ("GITHUB_API_URL", format!("{}/api/v3", self.server)),
            ("GITHUB_REPOSITORY", "acme/site".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_JOB", self.name.clone()),
            ("GITHUB_WORKSPACE", self.path("workspace")),
            ("RUNNER_TEMP", self.path("temp")),
        ]
    }

    /// Takes the masks out of a phase's log, and masks the rest as the runner does.
    fn read_log(&mut self, output: &Output, token: &Secret) -> Result<(Vec<String>, usize)> {
        let text = String::from_utf8_lossy(&output.stdout);
        let (masks, rest): (Vec<_>, Vec<_>) = text
            .lines()
            .partition(|line| line.starts_with("::add-mask::"));
        let shown = [rest.join("\n").as_bytes(), &output.stderr].concat();
        expect(!token.is_in(&shown), || {
            "the log shows the token".to_owned()
        })?;
        let secrets = masks
            .iter()
            .filter_map(|line| line.strip_prefix("::add-mask::"));
        self.masks.extend(secrets.map(unescape));
        // The longest first: some are parts of others.
        self.masks.sort_by_key(|mask| std::cmp::Reverse(mask.len()));
        let complaint = self.hide(&String::from_utf8_lossy(&output.stderr));
        expect(complaint.is_empty(), || {
            format!("something is on stderr: {complaint}")
        })?;
        let lines = rest.iter().map(|line| annotation(&self.hide(line)));
        Ok((lines.collect(), masks.len()))
    }

    /// Runs git as a later step has it, in the workspace. It sees nothing of this process's own.
    pub(crate) fn git(&self, arguments: &[&str], input: &str, token: &Secret) -> Result<Ran> {
        let mut child = Command::new("git")
            .args(arguments)
            .current_dir(self.root.join("workspace"))
            .env_clear()
            .envs(self.environment.iter().cloned())
            .envs(env::var_os("PATH").map(|path| ("PATH", path)))
            .env("HOME", self.root.join("home"))
            .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_TERMINAL_PROMPT", "0")])
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "acme-bot")))
            .envs(
                ["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "bot@acme.example")),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().expect("stdin is piped above");
        stdin.write_all(input.as_bytes())?;
        drop(stdin);
        let output = child.wait_with_output()?;
        let all = [output.stdout, output.stderr].concat();
        Ok(Ran {
            succeeded: output.status.success(),
            said: self.hide(&String::from_utf8_lossy(&all)),
            has_token: token.is_in(&all),
        })
    }

    /// Asks for the head of acme/site: the shortest use of a lease.
    pub(crate) fn list_remote(&self, server: &str, token: &Secret) -> Result<Ran> {
        let remote = format!("{server}/acme/site");
        self.git(&["ls-remote", &remote, "refs/heads/main"], "", token)
    }

    /// What lies in `RUNNER_TEMP`.
    pub(crate) fn temp(&self) -> io::Result<Vec<String>> {
        let temp = self.root.join("temp");
        let below = files(&temp)?;
        let empty = below.is_empty() && fs::read_dir(&temp)?.next().is_some();
        let name = |path: &PathBuf| self.hide(&path.to_string_lossy());
        Ok(below
            .iter()
            .map(name)
            .chain(empty.then(|| "an empty directory".to_owned()))
            .collect())
    }

    /// Looks for `token` and the job's key in all files of the runner; how many those are, and
    /// which hold one.
    pub(crate) fn scan(&self, token: &Secret) -> io::Result<(usize, Vec<String>)> {
        let files = files(&self.root)?;
        let key = self.key();
        let mut found = Vec::new();
        for path in &files {
            let bytes = fs::read(path)?;
            let has_key = key.is_some_and(|key| {
                bytes
                    .windows(key.len())
                    .any(|window| window == key.as_bytes())
            });
            if has_key || token.is_in(&bytes) {
                found.push(path.display().to_string());
            }
        }
        Ok((files.len(), found))
    }

    /// What opens the job's leases, once there is one.
    fn key(&self) -> Option<&String> {
        let mut environment = self.environment.iter();
        let (_, key) = environment.find(|(name, _)| name == "PATGATE_KEY")?;
        Some(key)
    }

    fn path(&self, name: &str) -> String {
        self.root.join(name).to_string_lossy().into_owned()
    }

    /// `text` without secrets, and with short names for what a runner's paths would be.
    fn hide(&self, text: &str) -> String {
        let masks = self.masks.iter().filter(|mask| !mask.is_empty());
        masks
            .fold(text.to_owned(), |text, mask| text.replace(mask, "***"))
            .replace(&self.path("temp"), "$RUNNER_TEMP")
    }
}

impl Phase {
    /// The value of an output; one that is not there is as good as empty.
    pub(crate) fn output(&self, name: &str) -> &str {
        let mut outputs = self.outputs.iter();
        outputs
            .find(|(other, _)| other == name)
            .map_or("", |(_, value)| value)
    }

    pub(crate) fn exit(&self) -> String {
        let code = self
            .status
            .map_or("a signal".to_owned(), |code| code.to_string());
        format!("exit status {code}:\n{}", self.log.join("\n"))
    }

    /// The summary's first two lines, as a reader of the page sees them.
    pub(crate) fn headline(&self) -> String {
        let lines = self.summary.lines().filter(|line| !line.is_empty());
        let lines: Vec<_> = lines
            .take(2)
            .map(|line| line.trim_start_matches("### "))
            .collect();
        let text = lines
            .join("\n")
            .replace("<code>", "")
            .replace("</code>", "");
        let mut parts = text.split("&#");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| match part.split_once(';') {
            Some((number, rest)) => {
                let character = number.parse().ok().and_then(char::from_u32);
                format!("{text}{}{rest}", character.unwrap_or('?'))
            }
            None => text + part,
        })
    }
}

/// The `NAME=VALUE` lines of a command file. The form for values of several lines is none that
/// patgate has a use for.
fn pairs(text: &str) -> Result<Pairs> {
    text.lines()
        .map(|line| match line.split_once('=') {
            Some((name, value)) if !name.contains("<<") => Ok((name.to_owned(), value.to_owned())),
            Some(_) | None => Err("a line of a command file is not NAME=VALUE".into()),
        })
        .collect()
}

/// A line of the log as the runner shows it: `::error title=T::text` becomes `Error: text`.
fn annotation(line: &str) -> String {
    let parts = line
        .strip_prefix("::")
        .and_then(|rest| rest.split_once("::"));
    let Some((command, text)) = parts else {
        return line.to_owned();
    };
    let (word, title) = command
        .split_once(" title=")
        .unwrap_or((command, "patgate"));
    let (first, others) = word.split_at(word.len().min(1));
    format!(
        "{}{others}: {} [{}]",
        first.to_uppercase(),
        unescape(text),
        unescape(title)
    )
}

fn unescape(text: &str) -> String {
    text.replace("%3A", ":")
        .replace("%2C", ",")
        .replace("%0D", "\r")
        .replace("%0A", "\n")
        .replace("%25", "%")
}

/// All files below `directory`. A link is not followed.
fn files(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(self::files(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}
