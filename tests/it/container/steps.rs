//! The steps after patgate: on the host, in the job's container, and in another container action.

use std::process::{Command, Output};

use super::engine::Container;
use super::runner::{Runner, USER, text, translate};
use crate::canary;

/// What a step did.
pub(super) struct Said {
    pub(super) success: bool,
    /// Both streams.
    pub(super) text: String,
}

impl Said {
    fn of(output: &Output, token: &str) -> Self {
        let streams = [&output.stdout, &output.stderr].map(|s| String::from_utf8_lossy(s));
        let text = streams.concat();
        canary::assert_clean("a step's log", text.as_bytes(), token);
        let success = output.status.success();
        Self { success, text }
    }

    #[track_caller]
    pub(super) fn assert_success(&self) {
        assert!(self.success, "{}", self.text);
    }
}

impl Runner<'_> {
    /// What a workflow does with git: it clones into `folder`, commits and pushes.
    pub(super) fn clone_and_push(&self, folder: &str) -> String {
        let url = &self.github.url;
        format!(
            "git clone {url}/acme/site {folder}
            cd {folder}
            git commit --allow-empty --message 'from {folder}'
            git push"
        )
    }

    /// How many pushes the server has taken.
    pub(super) fn pushes(&self) -> usize {
        let requests = self.github.requests();
        let is_push = |line: &&String| line.contains("/git-receive-pack 200");
        requests.iter().filter(is_push).count()
    }

    /// A `run:` step on the host: as the runner's user, with every path as it is there.
    pub(super) fn on_host(&self, script: &str) -> Said {
        self.renew_command_files();
        let container = Container::named(self.engine, "host");
        let mut command = self.engine.command();
        command.args(["run", "--rm", "--name", &container.name]);
        command.args(["--user", &format!("{USER}:{USER}")]);
        command.args(["--workdir", &text(&self.workspace())]);
        if let Some(network) = &self.network {
            command.args(["--network", &network.name]);
        }
        let disk = text(self.disk());
        command.args(["--volume", &format!("{disk}:{disk}")]);
        command.args(["-e", &format!("HOME={}", text(&self.user_home()))]);
        self.hand_over(&mut command, &[]);
        command.args([&self.engine.job_image, "sh", "-euc", script]);
        Said::of(&command.output().unwrap(), &self.token)
    }

    /// A `uses: docker://…` step: git alone, in a container action's surroundings.
    pub(super) fn in_action(&self, git: &[&str]) -> Said {
        self.in_action_of(&self.engine.job_image, git)
    }

    /// The same, of `image`.
    pub(super) fn in_action_of(&self, image: &str, git: &[&str]) -> Said {
        self.renew_command_files();
        let running = self.docker_run(image, Some("/usr/bin/git"), git, &[]);
        let output = running.client.wait_with_output().unwrap();
        Said::of(&output, &self.token)
    }

    /// The environment of a step that is no container action.
    fn hand_over(&self, command: &mut Command, mappings: &[(String, &str)]) {
        for (name, value) in self
            .env
            .iter()
            .map(|(n, v)| (n.clone(), v.clone()))
            .chain(self.contexts())
        {
            command.args(["-e", &name]);
            command.env(name, translate(&value, mappings));
        }
    }
}

/// The job's own container, as `container:` asks for it.
pub(super) struct JobContainer<'a> {
    runner: &'a Runner<'a>,
    container: Container<'a>,
}

impl<'a> JobContainer<'a> {
    pub(super) fn start(runner: &'a Runner<'a>) -> Self {
        Self::of(runner, &runner.engine.job_image)
    }

    /// `ContainerOperationProvider`: it sleeps, and steps are executed in it.
    pub(super) fn of(runner: &'a Runner<'a>, image: &str) -> Self {
        let container = Container::named(runner.engine, "job");
        let network = runner
            .network
            .as_ref()
            .expect("a job with a container has a network");
        let work = text(&runner.work());
        let volumes = [
            format!("{work}:/__w"),
            format!("{work}/_temp:/__w/_temp"),
            format!("{work}/_actions:/__w/_actions"),
            format!("{}:/__t", text(&runner.tools())),
            format!("{}:/github/home", text(&runner.shared_home())),
            format!("{}:/github/workflow", text(&runner.workflow())),
            "/var/run/docker.sock:/var/run/docker.sock".to_owned(),
        ];
        let mut arguments = vec!["create", "--name", &container.name, "--label", "a1b2c3"];
        arguments.extend(["--workdir", "/__w/site/site", "--network", &network.name]);
        arguments.extend([
            "-e",
            "HOME=/github/home",
            "-e",
            "GITHUB_ACTIONS=true",
            "-e",
            "CI=true",
        ]);
        for volume in &volumes {
            arguments.extend(["-v", volume]);
        }
        arguments.extend(["--entrypoint", "tail", image, "-f", "/dev/null"]);
        runner.engine.ok(&arguments);
        runner.engine.ok(&["start", &container.name]);
        Self { runner, container }
    }

    /// A `run:` step of the job, as `user`.
    pub(super) fn run(&self, user: &str, script: &str) -> Said {
        let Self { runner, container } = self;
        runner.renew_command_files();
        let work = text(&runner.work());
        let mappings = [
            (text(&runner.workflow()), "/github/workflow"),
            (text(&runner.shared_home()), "/github/home"),
            (work, "/__w"),
            (text(&runner.tools()), "/__t"),
        ];
        let mut command = runner.engine.command();
        command.args(["exec", "-i", "--workdir", "/__w/site/site", "--user", user]);
        runner.hand_over(&mut command, &mappings);
        command.args([&container.name, "sh", "-euc", script]);
        Said::of(&command.output().unwrap(), &runner.token)
    }
}
