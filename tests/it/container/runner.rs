//! GitHub's runner, as far as a container action can tell: its directories, the environment of a
//! step, `docker run`, and the command files afterwards. Modelled on actions/runner 2.336.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Output, Stdio};

use serde_yaml::Value;
use tempfile::TempDir;

use super::engine::{Container, Engine, Network, fresh_name};
use super::github::GitHub;
use crate::canary;
use crate::runner::installation;

/// A hosted runner's user; its steps run as this one, and its directories belong to it.
pub(super) const USER: u32 = 1001;

/// A machine with a runner, and a job on it.
pub(super) struct Runner<'a> {
    pub(super) engine: &'a Engine,
    pub(super) github: GitHub<'a>,
    /// A job with services or a container has one; any other uses the engine's own.
    pub(super) network: Option<Network<'a>>,
    pub(super) token: String,
    /// The context `env`: the workflow's, and what steps wrote to `GITHUB_ENV`.
    pub(super) env: BTreeMap<String, String>,
    /// Runners below 2.331 do not mount their temporary directory.
    pub(super) mounts_temp: bool,
    /// What the engine's owner adds to each `docker run`.
    pub(super) options: Vec<&'static str>,
    /// The machine's disk.
    dir: TempDir,
}

/// One `uses: …/patgate` of the job.
#[derive(Default)]
pub(super) struct Step {
    with: BTreeMap<String, String>,
    state: BTreeMap<String, String>,
}

/// Which of the action's two entrypoints.
#[derive(Clone, Copy)]
pub(super) enum Phase {
    Main,
    Post,
}

/// A phase that has begun.
pub(super) struct Running<'a> {
    pub(super) client: Child,
    pub(super) container: Container<'a>,
}

/// What a phase said.
pub(super) struct Ran {
    pub(super) status: Option<i32>,
    /// Standard output without its mask lines.
    pub(super) log: String,
    pub(super) outputs: BTreeMap<String, String>,
}

impl Step {
    pub(super) fn with(mut self, input: &str, value: &str) -> Self {
        self.with.insert(input.to_owned(), value.to_owned());
        self
    }

    /// As when the runner loses what a phase had handed it.
    pub(super) fn forget(&mut self) {
        self.state.clear();
    }

    /// Hands the next phase what a main phase would have.
    pub(super) fn set_state(&mut self, name: &str, value: &str) {
        self.state.insert(name.to_owned(), value.to_owned());
    }
}

impl<'a> Runner<'a> {
    /// A job with a network of its own, and on it a server that knows `token`.
    pub(super) fn new(engine: &'a Engine, token: &str) -> Self {
        let network = Network::create(engine);
        let github = GitHub::start(engine, Some(&network), token, false);
        Self::with(engine, github, Some(network), token)
    }

    /// The same, with a server that takes every request and answers none.
    pub(super) fn stalled(engine: &'a Engine, token: &str) -> Self {
        let network = Network::create(engine);
        let github = GitHub::start(engine, Some(&network), token, true);
        Self::with(engine, github, Some(network), token)
    }

    /// A job without services: the runner says no `--network`.
    pub(super) fn without_network(engine: &'a Engine, token: &str) -> Self {
        let github = GitHub::start(engine, None, token, false);
        Self::with(engine, github, None, token)
    }

    fn with(
        engine: &'a Engine,
        github: GitHub<'a>,
        network: Option<Network<'a>>,
        token: &str,
    ) -> Self {
        let mut this = Self {
            engine,
            github,
            network,
            token: token.to_owned(),
            env: BTreeMap::new(),
            mounts_temp: true,
            options: Vec::new(),
            dir: TempDir::new().unwrap(),
        };
        // The machine's root has 0700 of a temporary directory; a real one's has not.
        fs::set_permissions(this.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        own(this.dir.path());
        for dir in this.directories() {
            this.create(&dir);
        }
        let authority = this.shared_home().join("ghes-ca.pem");
        this.write(&authority, &this.github.authority());
        this.env.extend([
            // A whole path, so that the runner translates it wherever a step runs.
            ("GIT_SSL_CAINFO".to_owned(), text(&authority)),
            ("GIT_AUTHOR_NAME".to_owned(), "ci".to_owned()),
            ("GIT_AUTHOR_EMAIL".to_owned(), "ci@example.com".to_owned()),
            ("GIT_COMMITTER_NAME".to_owned(), "ci".to_owned()),
            (
                "GIT_COMMITTER_EMAIL".to_owned(),
                "ci@example.com".to_owned(),
            ),
        ]);
        this
    }

    fn directories(&self) -> [PathBuf; 8] {
        [
            self.temp(),
            self.shared_home(),
            self.workflow(),
            self.files(),
            self.workspace(),
            self.user_home(),
            self.work().join("_actions"),
            self.tools(),
        ]
    }

    /// The disk of the machine, as far as the runner's user may write.
    pub(super) fn disk(&self) -> &Path {
        self.dir.path()
    }

    /// `H` of facts/runner.md.
    pub(super) fn work(&self) -> PathBuf {
        self.dir.path().join("work")
    }

    /// `RUNNER_TEMP` of steps on the host.
    pub(super) fn temp(&self) -> PathBuf {
        self.work().join("_temp")
    }

    /// What every container has as its home.
    pub(super) fn shared_home(&self) -> PathBuf {
        self.temp().join("_github_home")
    }

    pub(super) fn workflow(&self) -> PathBuf {
        self.temp().join("_github_workflow")
    }

    fn files(&self) -> PathBuf {
        self.temp().join("_runner_file_commands")
    }

    pub(super) fn workspace(&self) -> PathBuf {
        self.work().join("site/site")
    }

    /// The home of steps on the host.
    pub(super) fn user_home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    pub(super) fn tools(&self) -> PathBuf {
        self.dir.path().join("tools")
    }

    /// Makes a directory as the runner's user does.
    fn create(&self, dir: &Path) {
        fs::create_dir_all(dir).unwrap();
        for dir in dir
            .ancestors()
            .take_while(|dir| dir.starts_with(self.disk()))
        {
            own(dir);
        }
    }

    /// Writes a file as the runner's user does.
    pub(super) fn write(&self, file: &Path, text: &str) {
        self.create(file.parent().unwrap());
        fs::write(file, text).unwrap();
        own(file);
    }

    /// Starts a phase of `step`.
    pub(super) fn start(&self, step: &Step, phase: Phase) -> Running<'a> {
        self.renew_command_files();
        let action: Value = serde_yaml::from_str(include_str!("../../../action.yml")).unwrap();
        let entrypoint = match phase {
            Phase::Main => &action["runs"]["entrypoint"],
            Phase::Post => &action["runs"]["post-entrypoint"],
        };
        let inputs = self.inputs(&action, step);
        let arguments = arguments(&action, &inputs);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let state = step.state.iter();
        let mut env: Vec<_> = state
            .map(|(name, value)| (format!("STATE_{name}"), value.clone()))
            .collect();
        env.extend(inputs.into_iter().map(|(name, value)| {
            let name = name.to_uppercase().replace(' ', "_");
            (format!("INPUT_{name}"), value)
        }));
        self.docker_run(&self.engine.image, entrypoint.as_str(), &arguments, &env)
    }

    /// The inputs with their defaults, evaluated as on the host.
    fn inputs(&self, action: &Value, step: &Step) -> BTreeMap<String, String> {
        let known = action["inputs"].as_mapping().unwrap().iter();
        let mut inputs: BTreeMap<_, _> = known
            .map(|(name, input)| {
                let default = input.get("default").and_then(Value::as_str);
                let value = default
                    .unwrap_or_default()
                    .replace("${{ github.server_url }}", &self.github.url)
                    .replace("${{ github.token }}", &installation())
                    .replace("${{ runner.temp }}", &text(&self.temp()));
                assert!(
                    !value.contains("${{"),
                    "the harness cannot evaluate {value}"
                );
                (name.as_str().unwrap().to_owned(), value)
            })
            .collect();
        inputs.insert("token".to_owned(), self.token.clone());
        inputs.insert("ca-certificates".to_owned(), self.github.authority());
        for (name, value) in &step.with {
            let known = inputs.insert(name.clone(), value.clone());
            assert!(known.is_some(), "action.yml has no input `{name}`");
        }
        inputs
    }

    /// A step that is a container action: `DockerCommandManager.DockerRun`, word by word.
    pub(super) fn docker_run(
        &self,
        image: &str,
        entrypoint: Option<&str>,
        arguments: &[&str],
        step: &[(String, String)],
    ) -> Running<'a> {
        let container = Container::named(self.engine, "action");
        let mut client = self.engine.command();
        client.args(["run", "--name", &container.name, "--label", "a1b2c3"]);
        client.args(["--workdir", "/github/workspace", "--rm"]);
        let mappings = self.mappings();
        for (name, value) in self.environment(step) {
            // The name alone: the value goes by the client's own environment.
            client.args(["-e", &name]);
            client.env(name, translate(&value, &mappings));
        }
        client.args(["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]);
        if let Some(entrypoint) = entrypoint {
            client.args(["--entrypoint", entrypoint]);
        }
        if let Some(network) = &self.network {
            client.args(["--network", &network.name]);
        }
        client.args(["-v", "/var/run/docker.sock:/var/run/docker.sock"]);
        for (host, mount) in mappings.iter().rev() {
            client.args(["-v", &format!("{host}:{mount}")]);
        }
        client.args(&self.options).arg(image).args(arguments);
        let client = client.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        Running {
            client: client.unwrap(),
            container,
        }
    }

    /// What `TranslateToContainerPath` goes by; the first that fits wins.
    fn mappings(&self) -> Vec<(String, &'static str)> {
        let mut mappings = vec![
            (text(&self.workspace()), "/github/workspace"),
            (text(&self.files()), "/github/file_commands"),
            (text(&self.workflow()), "/github/workflow"),
            (text(&self.shared_home()), "/github/home"),
        ];
        if self.mounts_temp {
            mappings.push((text(&self.temp()), "/github/runner_temp"));
        }
        mappings
    }

    /// The environment of a container action, before translation; later values win.
    fn environment(&self, step: &[(String, String)]) -> BTreeMap<String, String> {
        let mut env = self.env.clone();
        env.extend(step.iter().cloned());
        env.insert("HOME".to_owned(), "/github/home".to_owned());
        env.extend(self.contexts());
        env
    }

    /// The contexts `github` and `runner`, which every step has by environment.
    pub(super) fn contexts(&self) -> Vec<(String, String)> {
        let file = |kind: &str| text(&self.command_file(kind));
        let url = &self.github.url;
        let pairs = [
            ("GITHUB_ACTION", "patgate".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_ACTOR", "octocat".to_owned()),
            ("GITHUB_API_URL", format!("{url}/api/v3")),
            ("GITHUB_ENV", file("set_env")),
            ("GITHUB_EVENT_NAME", "push".to_owned()),
            (
                "GITHUB_EVENT_PATH",
                text(&self.workflow().join("event.json")),
            ),
            ("GITHUB_JOB", "release".to_owned()),
            ("GITHUB_OUTPUT", file("set_output")),
            ("GITHUB_PATH", file("add_path")),
            ("GITHUB_REF", "refs/heads/main".to_owned()),
            ("GITHUB_REPOSITORY", "acme/site".to_owned()),
            ("GITHUB_RUN_ATTEMPT", "1".to_owned()),
            ("GITHUB_RUN_ID", "4711".to_owned()),
            ("GITHUB_SERVER_URL", url.clone()),
            ("GITHUB_STATE", file("save_state")),
            ("GITHUB_STEP_SUMMARY", file("step_summary")),
            ("GITHUB_WORKSPACE", text(&self.workspace())),
            ("RUNNER_ARCH", "X64".to_owned()),
            ("RUNNER_ENVIRONMENT", "self-hosted".to_owned()),
            ("RUNNER_NAME", "runner-1".to_owned()),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_TEMP", text(&self.temp())),
            ("RUNNER_TOOL_CACHE", text(&self.tools())),
            ("RUNNER_WORKSPACE", text(&self.work().join("site"))),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn command_file(&self, kind: &str) -> PathBuf {
        let found = fs::read_dir(self.files()).unwrap();
        let mut paths = found.map(|entry| entry.unwrap().path());
        let of_kind = |path: &PathBuf| text(path).contains(&format!("/{kind}_"));
        paths
            .find(of_kind)
            .unwrap_or_else(|| self.files().join(kind))
    }

    /// Every step has fresh files, and the last one's are removed.
    pub(super) fn renew_command_files(&self) {
        for entry in fs::read_dir(self.files()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        let guid = fresh_name("files");
        for kind in [
            "add_path",
            "save_state",
            "set_env",
            "set_output",
            "step_summary",
        ] {
            self.write(&self.files().join(format!("{kind}_{guid}")), "");
        }
    }

    /// Waits for a phase, looks for the token in all that it left, and reads its command files.
    #[track_caller]
    pub(super) fn finish(&mut self, running: Running<'a>, step: &mut Step) -> Ran {
        let Running {
            client,
            container: _container,
        } = running;
        let output = client.wait_with_output().unwrap();
        let log = self.check_log(&output);
        self.assert_nowhere("the token", &self.token.clone());
        for entry in fs::read_dir(self.files()).unwrap() {
            let file = entry.unwrap();
            let owner = file.metadata().unwrap().uid();
            assert_eq!(owner, USER, "the runner's files stay its own: {file:?}");
        }
        let read = |kind: &str| pairs(&fs::read_to_string(self.command_file(kind)).unwrap());
        let (env, state) = (read("set_env"), read("save_state"));
        let outputs = read("set_output").into_iter().collect();
        self.env.extend(env);
        step.state.extend(state);
        Ran {
            status: output.status.code(),
            log,
            outputs,
        }
    }

    /// What people see of the log: without the masks, which are the only place for the token.
    #[track_caller]
    fn check_log(&self, output: &Output) -> String {
        let stdout = String::from_utf8(output.stdout.clone()).unwrap();
        let is_mask = |line: &&str| line.starts_with("::add-mask::");
        let (masks, log): (Vec<_>, Vec<_>) = stdout.lines().partition(is_mask);
        let log = log.join("\n");
        assert_eq!(
            String::from_utf8_lossy(&output.stderr),
            "",
            "the runner reads stderr before stdout: {log}"
        );
        canary::assert_clean("the log", log.as_bytes(), &self.token);
        let is_masked_first = masks.is_empty() || stdout.starts_with("::add-mask::");
        assert!(is_masked_first, "masks come before other words: {log}");
        log
    }

    /// Runs a phase from start to end.
    #[track_caller]
    pub(super) fn run(&mut self, step: &mut Step, phase: Phase) -> Ran {
        let running = self.start(step, phase);
        self.finish(running, step)
    }

    /// Runs a phase, which must succeed.
    #[track_caller]
    pub(super) fn run_ok(&mut self, step: &mut Step, phase: Phase) -> Ran {
        let ran = self.run(step, phase);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        ran
    }

    /// Fails if a file of the machine, or a file's name, gives `secret` away.
    #[track_caller]
    pub(super) fn assert_nowhere(&self, what: &str, secret: &str) {
        let read = canary::assert_clean_folder(self.disk(), secret);
        assert!(read > 0, "there are files to look for {what} in");
    }

    /// Every file and directory there is, but for the command files and what lies in a clone.
    pub(super) fn files_of_job(&self) -> BTreeSet<PathBuf> {
        let mut found = BTreeSet::new();
        let mut folders = vec![self.disk().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && path != self.files() && !path.join(".git").exists() {
                    folders.push(path.clone());
                }
                found.insert(path);
            }
        }
        found
    }
}

/// Gives a path to the runner's user.
fn own(path: &Path) {
    chown(path, Some(USER), Some(USER)).expect("root, or the user 1001, runs the tests");
}

/// `ContainerInfo.TranslateToContainerPath`: a whole value, or the beginning of one.
pub(super) fn translate(value: &str, mappings: &[(String, &str)]) -> String {
    let translated = mappings.iter().find_map(|(host, mount)| {
        let rest = value.strip_prefix(host)?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{mount}{rest}"))
    });
    translated.unwrap_or_else(|| value.to_owned())
}

pub(super) fn text(path: &Path) -> String {
    path.to_str()
        .expect("test directories have plain names")
        .to_owned()
}

/// `runs.args`, which has none of the runner's translation.
fn arguments(action: &Value, inputs: &BTreeMap<String, String>) -> Vec<String> {
    let Some(arguments) = action["runs"].get("args") else {
        return Vec::new();
    };
    let arguments = arguments.as_sequence().unwrap().iter();
    arguments
        .map(|argument| {
            let argument = argument.as_str().unwrap().to_owned();
            inputs.iter().fold(argument, |argument, (name, value)| {
                argument.replace(&format!("${{{{ inputs.{name} }}}}"), value)
            })
        })
        .collect()
}

/// The runner's reading of a command file; a bad line fails the step.
#[track_caller]
fn pairs(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            let is_plain = !name.is_empty() && !name.contains("<<");
            assert!(is_plain, "one line for each value: {name}");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn the_runner_translates_whole_paths_only() {
    let mappings = [
        ("/w/_temp/_github_home".to_owned(), "/github/home"),
        ("/w/_temp".to_owned(), "/github/runner_temp"),
    ];
    for (value, translated) in [
        ("/w/_temp", "/github/runner_temp"),
        ("/w/_temp/x", "/github/runner_temp/x"),
        ("/w/_temp/_github_home/x", "/github/home/x"),
        ("/w/_temporary", "/w/_temporary"),
        ("host:/w/_temp", "host:/w/_temp"),
        ("!/w/_temp/x", "!/w/_temp/x"),
    ] {
        assert_eq!(translate(value, &mappings), translated);
    }
}
