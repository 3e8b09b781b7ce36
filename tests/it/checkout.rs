//! Beside actions/checkout: git's configuration as its versions write it, before, around and
//! behind patgate, and what each of them leaves.
//!
//! The commands are those of its v4 and v5 (the header in `.git/config`) and of its v6 and v7 (the
//! header in a file of the runner's temporary directory, included from `.git/config`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_github::{Account, FakeGitHub, Right, Visibility};
use patgate_credential::LeaseName;

use crate::canary;
use crate::issue::gate;
use crate::runner::{Job, Step, classic, installation};

/// How a version of checkout hands its token to git.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    /// v4 and v5.
    Header,
    /// v6 and v7.
    File,
}

const WAYS: [Way; 2] = [Way::Header, Way::File];

/// One `uses: actions/checkout` of a job.
struct Checkout {
    way: Way,
    server: String,
    repository: &'static str,
    token: String,
    persists: bool,
    submodules: bool,
    /// The work tree.
    at: PathBuf,
    /// `RUNNER_TEMP`.
    temp: PathBuf,
    /// Where the global configuration is while a phase runs, a home of its own.
    home: PathBuf,
    /// The file of the newer way.
    credentials: PathBuf,
}

impl Checkout {
    /// Of `repository`, into the folder `at` of the workspace.
    fn new(way: Way, server: &str, job: &Job, repository: &'static str, at: &str) -> Self {
        let temp = job.path("temp");
        // It takes a UUID; what it looks for when it cleans up is hexadecimal digits.
        let id = LeaseName::generate().unwrap();
        Self {
            way,
            server: server.to_owned(),
            repository,
            token: installation(),
            persists: true,
            submodules: false,
            at: job.path("workspace").join(at),
            home: temp.join(format!("home-{id}")),
            credentials: temp.join(format!("git-credentials-{id}.config")),
            temp,
        }
    }

    fn token(self, token: &str) -> Self {
        let token = token.to_owned();
        Self { token, ..self }
    }

    fn persists(self, persists: bool) -> Self {
        Self { persists, ..self }
    }

    fn with_submodules(self) -> Self {
        Self {
            submodules: true,
            ..self
        }
    }

    fn key(&self) -> String {
        format!("http.{}/.extraheader", self.server)
    }

    /// The header's value.
    fn header(&self) -> String {
        let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", self.token));
        format!("AUTHORIZATION: basic {basic}")
    }

    /// git in the work tree, with the environment of the job's steps.
    fn git(&self, job: &Job, arguments: &[&str]) -> (bool, String) {
        let mut git = job.git_command();
        if self.home.exists() {
            git.env("HOME", &self.home);
        }
        said(git.current_dir(&self.at).args(arguments))
    }

    #[track_caller]
    fn git_ok(&self, job: &Job, arguments: &[&str]) -> String {
        let (success, said) = self.git(job, arguments);
        assert!(success, "{:?}: git {arguments:?}: {said}", self.way);
        said
    }

    /// The main phase.
    #[track_caller]
    fn main(&self, job: &Job) {
        self.make_home(job);
        if !self.at.join(".git").exists() {
            // What is no clone of it is thrown away.
            let _ = fs::remove_dir_all(&self.at);
            fs::create_dir_all(&self.at).unwrap();
        }
        self.trust(job);
        self.git_ok(job, &["init"]);
        let url = format!("{}/{}", self.server, self.repository);
        self.git_ok(job, &["remote", "add", "origin", &url]);
        self.git_ok(job, &["config", "--local", "gc.auto", "0"]);
        self.remove(job);
        self.configure(job);
        self.fetch(job);
        self.git(job, &["sparse-checkout", "disable"]);
        let switch = ["checkout", "--progress", "--force", "-B", "main"];
        self.git_ok(job, &[&switch[..], &["refs/remotes/origin/main"]].concat());
        if self.submodules {
            self.fetch_submodules(job);
        }
        self.git_ok(job, &["log", "-1", "--format=%H"]);
        if !self.persists {
            self.remove(job);
        }
        fs::remove_dir_all(&self.home).unwrap();
    }

    /// Fetches as the main phase does.
    #[track_caller]
    fn fetch(&self, job: &Job) {
        let options = [
            "--no-tags",
            "--prune",
            "--no-recurse-submodules",
            "--depth=1",
        ];
        let fetch = ["-c", "protocol.version=2", "fetch"];
        let refs = ["origin", "+refs/heads/main:refs/remotes/origin/main"];
        self.git_ok(job, &[&fetch[..], &options, &refs].concat());
    }

    #[track_caller]
    fn fetch_submodules(&self, job: &Job) {
        let host = self.server.rsplit('/').next().unwrap();
        let ssh = format!("git@{}:", host.split(':').next().unwrap());
        let instead = format!("url.{}/.insteadOf", self.server);
        // The global configuration takes the token along, for as long as the phase runs.
        match self.way {
            Way::Header => {
                self.write_header(job, &["--global"], &self.home.join(".gitconfig"));
            }
            Way::File => {
                let file = self.credentials.to_str().unwrap();
                self.write_header(job, &["--file", file], &self.credentials);
                self.git_ok(job, &["config", "--global", "include.path", file]);
            }
        }
        self.git(job, &["config", "--global", "--unset-all", &instead]);
        self.git_ok(job, &["config", "--global", "--add", &instead, &ssh]);
        self.git_ok(job, &["submodule", "sync", "--recursive"]);
        let update = ["-c", "protocol.version=2", "submodule", "update", "--init"];
        let options = ["--force", "--depth=1", "--recursive"];
        self.git_ok(job, &[&update[..], &options].concat());
        self.in_submodules(job, "git config --local gc.auto 0");
        self.remove_in_submodules(job, &instead);
        if self.persists {
            self.configure_submodules(job);
            let add = format!("git config --local --add '{instead}' '{ssh}'");
            self.in_submodules(job, &add);
        }
    }

    #[track_caller]
    fn configure(&self, job: &Job) {
        match self.way {
            Way::Header => self.write_header(job, &["--local"], &self.at.join(".git/config")),
            Way::File => {
                let file = self.credentials.to_str().unwrap();
                self.write_header(job, &["--file", file], &self.credentials);
                let git = self.at.join(".git");
                for end in ["", "/worktrees/*"] {
                    let key = format!("includeIf.gitdir:{}{end}.path", git.display());
                    self.git_ok(job, &["config", "--local", &key, file]);
                    let key = format!("includeIf.gitdir:/github/workspace/.git{end}.path");
                    let in_container = self.in_container();
                    self.git_ok(job, &["config", "--local", &key, &in_container]);
                }
            }
        }
    }

    /// What the file is called in a container action.
    fn in_container(&self) -> String {
        let name = self.credentials.file_name().unwrap().to_str().unwrap();
        format!("/github/runner_temp/{name}")
    }

    #[track_caller]
    fn configure_submodules(&self, job: &Job) {
        for config in self.submodule_configs(job) {
            let file = config.to_str().unwrap();
            match self.way {
                Way::Header => self.write_header(job, &["--file", file], &config),
                Way::File => {
                    let git = config.parent().unwrap();
                    let credentials = self.credentials.to_str().unwrap();
                    let key = format!("includeIf.gitdir:{}.path", git.display());
                    self.git_ok(job, &["config", "--file", file, &key, credentials]);
                    let key = "includeIf.gitdir:/github/workspace/.git/modules/x.path";
                    let there = self.in_container();
                    self.git_ok(job, &["config", "--file", file, key, &there]);
                }
            }
        }
    }

    /// A placeholder by git, so that no process has the token among its arguments; then the value.
    #[track_caller]
    fn write_header(&self, job: &Job, place: &[&str], file: &Path) {
        let placeholder = "AUTHORIZATION: basic ***";
        self.git_ok(
            job,
            &[&["config"], place, &[&self.key(), placeholder]].concat(),
        );
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(text.matches(placeholder).count(), 1, "{}", file.display());
        fs::write(file, text.replace(placeholder, &self.header())).unwrap();
    }

    /// The post phase.
    #[track_caller]
    fn post(&self, job: &Job) {
        self.make_home(job);
        self.trust(job);
        self.remove(job);
        fs::remove_dir_all(&self.home).unwrap();
    }

    /// Takes out of `.git/config`, and of those of its submodules, what it put there.
    #[track_caller]
    fn remove(&self, job: &Job) {
        for key in ["core.sshCommand", &self.key()] {
            let pattern = key.replace('.', "\\.");
            let find = ["config", "--local", "--name-only", "--get-regexp"];
            if self.git(job, &[&find[..], &[&pattern]].concat()).0 {
                self.git_ok(job, &["config", "--local", "--unset-all", key]);
            }
            self.remove_in_submodules(job, key);
        }
        if self.way == Way::Header {
            return;
        }
        let own = self.at.join(".git/config");
        for config in self.submodule_configs(job).into_iter().chain([own]) {
            for file in self.remove_includes(job, config.to_str().unwrap()) {
                if Path::new(&file).starts_with(&self.temp) {
                    // It may be another one's, which is gone already.
                    let _ = fs::remove_file(file);
                }
            }
        }
    }

    /// The files that were included.
    fn remove_includes(&self, job: &Job, config: &str) -> Vec<String> {
        let find = ["config", "--file", config, "--get-regexp"];
        let pattern = "^includeIf\\.gitdir:";
        let (_, found) = self.git(job, &[&find[..], &[pattern]].concat());
        let includes = found.lines().filter_map(|line| line.split_once(' '));
        let ours = includes.filter(|(_, file)| file.contains("/git-credentials-"));
        ours.map(|(key, file)| {
            let value = file.replace('.', "\\.");
            self.git_ok(job, &["config", "--file", config, "--unset", key, &value]);
            file.to_owned()
        })
        .collect()
    }

    #[track_caller]
    fn remove_in_submodules(&self, job: &Job, key: &str) {
        let pattern = key.replace('.', "\\.");
        let find = format!("git config --local --name-only --get-regexp '{pattern}'");
        let unset = format!("git config --local --unset-all '{key}'");
        self.in_submodules(job, &format!("sh -c \"{find} && {unset} || :\""));
    }

    #[track_caller]
    fn in_submodules(&self, job: &Job, command: &str) -> String {
        self.git_ok(job, &["submodule", "foreach", "--recursive", command])
    }

    fn submodule_configs(&self, job: &Job) -> Vec<PathBuf> {
        let find = "git config --local --show-origin --name-only --get-regexp remote.origin.url";
        let found = self.in_submodules(job, find);
        let files = found.lines().filter_map(|line| line.strip_prefix("file:"));
        files
            .filter_map(|line| line.split('\t').next())
            .map(|file| self.at.join(file))
            .collect()
    }

    fn make_home(&self, job: &Job) {
        fs::create_dir(&self.home).unwrap();
        let own = fs::read(job.path("home/.gitconfig")).unwrap_or_default();
        fs::write(self.home.join(".gitconfig"), own).unwrap();
    }

    #[track_caller]
    fn trust(&self, job: &Job) {
        let at = self.at.to_str().unwrap();
        self.git_ok(job, &["config", "--global", "--add", "safe.directory", at]);
    }
}

fn said(git: &mut Command) -> (bool, String) {
    let output = git.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    (output.status.success(), said)
}

/// The job's own repository is `acme/site`, with the private submodule `acme/docs`.
struct Stage {
    github: FakeGitHub,
    job: Job,
    step: Step,
}

impl Stage {
    fn set(reach: &str) -> Self {
        let bot = Account::user("acme-bot").scopes("repo");
        let own = Account::user("github-actions").scopes("repo");
        let vendor = Account::user("vendor-bot").scopes("repo");
        let github = FakeGitHub::builder()
            .repository("acme/site", Visibility::Private)
            .repository("acme/docs", Visibility::Private)
            .repository("vendor/part", Visibility::Private)
            .token(
                classic(0),
                bot.right("acme/site", Right::Push)
                    .right("acme/docs", Right::Push),
            )
            .token(
                installation(),
                own.right("acme/site", Right::Push)
                    .right("acme/docs", Right::Fetch),
            )
            .token(classic(1), vendor.right("vendor/part", Right::Push))
            .start()
            .unwrap();
        let job = Job::on(&github, &classic(0), &gate(reach));
        let stage = Self {
            github,
            job,
            step: Step::new(),
        };
        stage.add_submodule();
        stage
    }

    /// By ssh: a rewriting takes it to https, checkout's or the lease's.
    fn add_submodule(&self) {
        let path = |name: &str| self.github.repository_path(name).display().to_string();
        let git = |arguments: &[&str]| self.job.git_ok(arguments);
        let docs = git(&["-C", &path("acme/docs"), "rev-parse", "main"]);
        git(&["clone", "--quiet", &path("acme/site"), "set"]);
        let modules = "[submodule \"docs\"]\n\tpath = docs\n\turl = git@127.0.0.1:acme/docs.git\n";
        fs::write(self.job.path("home/set/.gitmodules"), modules).unwrap();
        let entry = format!("160000,{},docs", docs.trim());
        git(&["-C", "set", "add", ".gitmodules"]);
        git(&["-C", "set", "update-index", "--add", "--cacheinfo", &entry]);
        git(&["-C", "set", "commit", "--quiet", "-m", "Add the documents"]);
        git(&["-C", "set", "push", "--quiet"]);
        fs::remove_dir_all(self.job.path("home/set")).unwrap();
    }

    fn checkout(&self, way: Way) -> Checkout {
        Checkout::new(way, self.github.url(), &self.job, "acme/site", "")
    }

    /// patgate's main phase, with the policy as a checkout leaves it.
    #[track_caller]
    fn lease(&mut self, reach: &str) {
        fs::create_dir_all(self.job.path("workspace/.github")).unwrap();
        self.job.write_policy(&gate(reach));
        let ran = self.job.main(&mut self.step);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
    }

    #[track_caller]
    fn end(&mut self) {
        let ran = self.job.post(&mut self.step);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
    }

    /// Whose token a command of git's took to the repository in its URL, or what it said.
    #[track_caller]
    fn user(
        &self,
        at: &Path,
        arguments: &[&str],
        repository: &str,
    ) -> Result<&'static str, String> {
        self.github.forget_requests();
        let (success, said) = said(self.job.git_command().current_dir(at).args(arguments));
        if !success {
            return Err(said);
        }
        let requests = self.github.requests();
        let sent = requests
            .iter()
            .filter(|request| request.path.starts_with(&format!("/{repository}")))
            .filter_map(|request| request.authorization.as_deref());
        let mut users: Vec<_> = sent.map(whose).collect();
        users.dedup();
        let [user] = users[..] else {
            panic!("git {arguments:?} sent the tokens of {users:?}");
        };
        Ok(user)
    }

    /// Whose token pushes a new commit of the work tree.
    fn pusher(&self, checkout: &Checkout) -> Result<&'static str, String> {
        let commit = ["commit", "--quiet", "--allow-empty", "-m", "Go on"];
        checkout.git_ok(&self.job, &commit);
        let push = ["push", "--quiet", "origin", "HEAD:main"];
        self.user(&checkout.at, &push, checkout.repository)
    }

    /// Whose token asks for a repository from within the work tree.
    fn asker(&self, checkout: &Checkout, repository: &str) -> Result<&'static str, String> {
        let url = format!("{}/{repository}", self.github.url());
        self.user(&checkout.at, &["ls-remote", &url], repository)
    }

    /// No token is in any file, and nothing of either is in the temporary directory.
    #[track_caller]
    fn assert_nothing_left(&self) {
        for token in [classic(0), classic(1), installation()] {
            canary::assert_clean_folder(self.job.dir.path(), &token);
        }
        let left = fs::read_dir(self.job.path("temp")).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// Whose token an `Authorization` header holds.
fn whose(header: &str) -> &'static str {
    let basic = header.rsplit(' ').next().unwrap();
    let decoded = String::from_utf8(BASE64_STANDARD.decode(basic).unwrap()).unwrap();
    let users = [
        (classic(0), "lease"),
        (installation(), "job"),
        (classic(1), "vendor"),
    ];
    let user = users.iter().find(|(token, _)| decoded.ends_with(token));
    user.map_or("nobody", |(_, user)| user)
}

const SITE_IN_REACH: &str = "    repositories: { acme/site: push, acme/docs: fetch }";

const SITE_NOT_IN_REACH: &str = "    repositories: { acme/docs: fetch }";

#[test]
fn checkout_first_and_each_token_serves_its_own() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_NOT_IN_REACH);
        let checkout = stage.checkout(way);
        checkout.main(&stage.job);
        stage.lease(SITE_NOT_IN_REACH);
        assert_eq!(stage.pusher(&checkout), Ok("job"), "{way:?}");
        assert_eq!(stage.asker(&checkout, "acme/docs"), Ok("lease"), "{way:?}");
        let vendor = stage.asker(&checkout, "vendor/part").unwrap_err();
        assert!(
            vendor.contains("not found"),
            "the job's own token: {vendor}"
        );
        stage.end();
        assert_eq!(stage.pusher(&checkout), Ok("job"), "{way:?}");
        checkout.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn checkout_first_and_the_lease_serves_the_jobs_own_repository() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_IN_REACH);
        let checkout = stage.checkout(way);
        checkout.main(&stage.job);
        stage.lease(SITE_IN_REACH);
        assert_eq!(stage.pusher(&checkout), Ok("lease"), "{way:?}");
        checkout.fetch(&stage.job);
        stage.end();
        // Nothing steps back any more for a lease that is gone.
        assert_eq!(stage.pusher(&checkout), Ok("job"), "{way:?}");
        checkout.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn checkout_that_persists_nothing_leaves_all_to_the_lease() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_IN_REACH);
        let checkout = stage.checkout(way).persists(false);
        checkout.main(&stage.job);
        for token in [installation(), classic(0)] {
            canary::assert_clean_folder(stage.job.dir.path(), &token);
        }
        stage.lease(SITE_IN_REACH);
        assert_eq!(stage.pusher(&checkout), Ok("lease"), "{way:?}");
        assert_eq!(stage.asker(&checkout, "acme/docs"), Ok("lease"), "{way:?}");
        stage.end();
        let said = stage.pusher(&checkout).unwrap_err();
        assert!(said.starts_with("fatal: could not read Username"), "{said}");
        checkout.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn patgate_first_and_checkout_fetches_by_the_lease_what_is_in_its_reach() {
    for (reach, user) in [(SITE_IN_REACH, "lease"), (SITE_NOT_IN_REACH, "job")] {
        for way in WAYS {
            let mut stage = Stage::set(reach);
            stage.lease(reach);
            stage.github.forget_requests();
            let checkout = stage.checkout(way);
            checkout.main(&stage.job);
            let requests = stage.github.requests();
            let sent = requests
                .iter()
                .filter_map(|request| request.authorization.as_deref());
            assert!(sent.map(whose).all(|found| found == user), "{way:?}");
            assert_eq!(stage.pusher(&checkout), Ok(user), "{way:?}");
            // The posts in the opposite order of the main phases.
            checkout.post(&stage.job);
            stage.end();
            stage.assert_nothing_left();
        }
    }
}

#[test]
fn the_submodules_that_checkout_fetches_are_the_leases_in_its_reach() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_NOT_IN_REACH);
        stage.lease(SITE_NOT_IN_REACH);
        let checkout = stage.checkout(way).with_submodules();
        checkout.main(&stage.job);
        let docs = checkout.at.join("docs");
        assert!(docs.join("README.md").is_file());
        let fetched = stage.user(&docs, &["fetch", "--quiet"], "acme/docs");
        assert_eq!(fetched, Ok("lease"), "{way:?}");
        assert_eq!(stage.pusher(&checkout), Ok("job"), "{way:?}");
        checkout.post(&stage.job);
        stage.end();
        stage.assert_nothing_left();
    }
}

#[test]
fn the_submodules_that_checkout_fetched_are_the_leases_afterwards() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_NOT_IN_REACH);
        let checkout = stage.checkout(way).with_submodules();
        checkout.main(&stage.job);
        let docs = checkout.at.join("docs");
        let fetch = ["fetch", "--quiet"];
        assert_eq!(stage.user(&docs, &fetch, "acme/docs"), Ok("job"));
        stage.lease(SITE_NOT_IN_REACH);
        assert_eq!(stage.user(&docs, &fetch, "acme/docs"), Ok("lease"));
        stage.end();
        assert_eq!(stage.user(&docs, &fetch, "acme/docs"), Ok("job"));
        checkout.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn a_second_checkout_with_a_token_of_its_own_is_left_alone() {
    for way in WAYS {
        let mut stage = Stage::set(SITE_IN_REACH);
        let first = stage.checkout(way);
        first.main(&stage.job);
        stage.lease(SITE_IN_REACH);
        let second = Checkout::new(way, stage.github.url(), &stage.job, "vendor/part", "part")
            .token(&classic(1));
        second.main(&stage.job);
        assert_eq!(stage.pusher(&second), Ok("vendor"), "{way:?}");
        assert_eq!(stage.asker(&second, "acme/docs"), Ok("lease"), "{way:?}");
        assert_eq!(stage.pusher(&first), Ok("lease"), "{way:?}");
        second.post(&stage.job);
        stage.end();
        assert_eq!(stage.pusher(&first), Ok("job"), "{way:?}");
        first.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn a_lease_of_the_whole_origin_lets_the_persisted_header_go_first() {
    let reach = "    kinds: [classic]";
    for way in WAYS {
        let mut stage = Stage::set(reach);
        let checkout = stage.checkout(way);
        checkout.main(&stage.job);
        stage.lease(reach);
        assert_eq!(stage.pusher(&checkout), Ok("job"), "{way:?}");
        let elsewhere = stage.job.path("home");
        let url = format!("{}/acme/docs", stage.github.url());
        let user = stage.user(&elsewhere, &["ls-remote", &url], "acme/docs");
        assert_eq!(user, Ok("lease"), "{way:?}");
        stage.end();
        checkout.post(&stage.job);
        stage.assert_nothing_left();
    }
}

#[test]
fn the_configuration_goes_with_the_last_lease_and_the_jobs_own_stays() {
    let mut stage = Stage::set(SITE_IN_REACH);
    let own = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "alias.own"),
        ("GIT_CONFIG_VALUE_0", "!echo own"),
        ("GIT_CONFIG_PARAMETERS", "'alias.other=!echo other'"),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
    stage.job.env.extend(own.clone());
    stage.lease(SITE_IN_REACH);
    stage
        .job
        .write_policy(&gate("    repositories: { vendor/part: push }"));
    let mut second = Step::new().with("token", &classic(1));
    assert_eq!(stage.job.main(&mut second).status, Some(0));
    let list = |job: &Job| job.git_ok(&["config", "--list"]);
    assert_eq!(stage.job.post(&mut second).added, [], "the first lives on");
    assert!(list(&stage.job).contains("git-credential-patgate"));
    stage.end();
    for (name, value) in own {
        assert_eq!(stage.job.env[&name], value);
    }
    assert_eq!(
        list(&stage.job),
        "alias.own=!echo own\nalias.other=!echo other\n"
    );
}
