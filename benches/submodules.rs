//! What a lease costs a clone of many private submodules, beside the header that checkout writes
//! and git's own `credential-store`: `cargo bench --bench submodules`.

mod numbers;
mod stage;

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_github::{Account, FakeGitHub, Right, Visibility};
use wait4::Wait4 as _;

use numbers::{Result, aim, quantile, rounds, say, say_load};
use stage::{JOB, Job, Programs};

/// How many submodules the repository has.
const SUBMODULES: usize = 200;

/// How many of them git clones at once: its own default, and more.
const AT_ONCE: [Option<usize>; 2] = [None, Some(8)];

fn main() -> Result<()> {
    say_load()?;
    let stage = Stage::set()?;
    let mut contenders = stage.contenders(&Programs::find()?)?;
    let rounds = rounds(5);
    for _ in 0..rounds {
        // In turn, so that what slows one slows the others.
        for contender in &mut contenders {
            contender.run(&stage)?;
        }
    }
    say_load()?;
    say(&format!(
        "- {rounds} clones each, in turn, of a repository with {SUBMODULES} submodules\n"
    ))?;
    tell(&contenders)
}

struct Stage {
    github: FakeGitHub,
    token: String,
    /// Where the clones lie.
    job: Job,
}

impl Stage {
    fn set() -> Result<Self> {
        // No scanner takes it for a token: its parts meet here.
        let token = ["ghp", "PATGATEtestVECTOR0123456789abc1ETiws"].join("_");
        let mut bot = Account::user("acme-bot").scopes("repo");
        let mut github = FakeGitHub::builder();
        for name in names() {
            github = github.repository(&name, Visibility::Private);
            bot = bot.right(&name, Right::Fetch);
        }
        let stage = Self {
            github: github.token(&token, bot).start()?,
            token,
            job: Job::new("version: 1\ngates: { default: {} }\n")?,
        };
        stage.add_submodules()?;
        Ok(stage)
    }

    /// In one commit, by what `git fast-import` reads.
    fn add_submodules(&self) -> Result<()> {
        let (mut modules, mut links) = (String::new(), String::new());
        for name in names().skip(1) {
            let folder = self.github.repository_path(&name);
            let mut git = Command::new("git");
            git.arg("-C").arg(folder).args(["rev-parse", "main"]);
            let commit = String::from_utf8(git.output()?.stdout)?;
            let path = name.trim_start_matches("acme/");
            let url = format!("{}/{name}.git", self.github.url());
            writeln!(
                modules,
                "[submodule \"{path}\"]\n\tpath = {path}\n\turl = {url}"
            )?;
            writeln!(links, "M 160000 {} {path}", commit.trim())?;
        }
        let import = format!(
            "commit refs/heads/main\ncommitter bench <bench@example.com> 1767225600 +0000\ndata 0\n\
             from refs/heads/main^0\nM 100644 inline .gitmodules\ndata {}\n{modules}\n{links}",
            modules.len()
        );
        let mut git = Command::new("git");
        git.arg("-C").arg(self.github.repository_path("acme/site"));
        let mut child = git
            .args(["fast-import", "--quiet"])
            .stdin(Stdio::piped())
            .spawn()?;
        let mut stdin = child.stdin.take().ok_or("stdin is piped")?;
        stdin.write_all(import.as_bytes())?;
        drop(stdin);
        if child.wait()?.success() {
            Ok(())
        } else {
            Err("git fast-import failed".into())
        }
    }

    /// For each number of clones at once, those with a lease first, then the header.
    fn contenders(&self, programs: &Programs) -> Result<Vec<Contender>> {
        let url = self.github.url();
        let names: Vec<_> = names().map(|name| format!("{name}: fetch")).collect();
        let leases = [
            ("patgate, `acme/*`", "\"acme/*\": fetch".to_owned()),
            ("patgate, each by its name", names.join(", ")),
        ]
        .map(|(name, reach)| {
            let policy =
                format!("version: 1\ngates: {{ default: {{ repositories: {{ {reach} }} }} }}\n");
            let job = Job::new(&policy)?;
            job.command(&programs.patgate(), url, &self.token)
                .output()?;
            let mut variables = job.lease()?;
            let temp = job.path("temp").display().to_string();
            variables.push(("RUNNER_TEMP".to_owned(), temp));
            Ok((name, variables, Rc::new(job)))
        });
        let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", self.token));
        // As checkout has it while it fetches submodules: a file that the global configuration includes.
        let header = format!("[http \"{url}/\"]\n\textraheader = AUTHORIZATION: basic {basic}\n");
        let header = self.configured("header", &header)?;
        let stored = self.job.path("stored");
        let authority = url.trim_start_matches("http://");
        fs::write(
            &stored,
            format!("http://x-access-token:{}@{authority}\n", self.token),
        )?;
        let helper = format!(
            "[credential]\n\thelper = store --file {}\n",
            stored.display()
        );
        let store = self.configured("store", &helper)?;
        let mut all = Vec::new();
        let leases = leases.into_iter().collect::<Result<Vec<_>>>()?;
        for at_once in AT_ONCE {
            for (name, variables, job) in &leases {
                let contender = Contender::new(name, at_once, variables.clone());
                all.push(Contender {
                    _lease: Some(Rc::clone(job)),
                    ..contender
                });
            }
            all.push(Contender::new(
                "the header of checkout",
                at_once,
                header.clone(),
            ));
            all.push(Contender::new(
                "`git credential-store`",
                at_once,
                store.clone(),
            ));
        }
        Ok(all)
    }

    /// A home whose global configuration includes `text`.
    fn configured(&self, name: &str, text: &str) -> Result<Vec<(String, String)>> {
        let home = self.job.path(name);
        fs::create_dir(&home)?;
        let file = home.join("credentials.config");
        fs::write(&file, text)?;
        let include = format!("[include]\n\tpath = {}\n", file.display());
        fs::write(home.join(".gitconfig"), include)?;
        Ok(vec![("HOME".to_owned(), home.display().to_string())])
    }
}

/// The repository, and those of its submodules.
fn names() -> impl Iterator<Item = String> {
    let parts = (0..SUBMODULES).map(|number| format!("acme/part-{number}"));
    ["acme/site".to_owned()].into_iter().chain(parts)
}

struct Contender {
    name: &'static str,
    at_once: Option<usize>,
    variables: Vec<(String, String)>,
    /// Where it lies: gone with the last that uses it.
    _lease: Option<Rc<Job>>,
    walls: Vec<Duration>,
    cpus: Vec<Duration>,
}

impl Contender {
    fn new(name: &'static str, at_once: Option<usize>, variables: Vec<(String, String)>) -> Self {
        Self {
            name,
            at_once,
            variables,
            _lease: None,
            walls: Vec::new(),
            cpus: Vec::new(),
        }
    }

    fn run(&mut self, stage: &Stage) -> Result<()> {
        let clone = stage.job.path("clone");
        let mut git = Command::new("git");
        git.args(["clone", "--quiet", "--recurse-submodules"]);
        if let Some(jobs) = self.at_once {
            git.arg(format!("--jobs={jobs}"));
        }
        git.arg(format!("{}/acme/site.git", stage.github.url()))
            .arg(&clone)
            .env_clear()
            .envs(JOB)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("HOME", stage.job.path("home"))
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().cloned());
        let start = Instant::now();
        // Those that it waited for count as its own.
        let used = git.spawn()?.wait4()?;
        self.walls.push(start.elapsed());
        self.cpus.push(used.rusage.utime + used.rusage.stime);
        let last = clone.join(format!("part-{}/README.md", SUBMODULES - 1));
        if !used.status.success() || !last.is_file() {
            return Err(format!("{} did not clone", self.name).into());
        }
        fs::remove_dir_all(clone)?;
        stage.github.forget_requests();
        Ok(())
    }
}

/// Where the header is among the contenders of one number of clones at once.
const HEADER: usize = 2;

fn tell(contenders: &[Contender]) -> Result<()> {
    say(
        "| clone | at once | wall, median | wall, min | to the header's | CPU of git, median | to the header's |",
    )?;
    say("| --- | --: | --: | --: | --: | --: | --: |")?;
    let mut worst = Vec::new();
    for group in contenders.chunks(contenders.len() / AT_ONCE.len()) {
        let header = group.get(HEADER).ok_or("a header")?;
        for contender in group {
            let wall = over(&contender.walls, &header.walls);
            let cpu = over(&contender.cpus, &header.cpus);
            let [min, median] = [0, 50].map(|percent| seconds(quantile(&contender.walls, percent)));
            let at_once = contender
                .at_once
                .map_or("default".to_owned(), |jobs| jobs.to_string());
            say(&format!(
                "| {} | {at_once} | {median} | {min} | {wall:+.1} % | {} | {cpu:+.1} % |",
                contender.name,
                seconds(quantile(&contender.cpus, 50)),
            ))?;
            if contender.name.starts_with("patgate") {
                worst.push(wall);
            }
        }
    }
    say("")?;
    let worst = worst.into_iter().fold(f64::MIN, f64::max);
    aim(
        "a lease takes at most 5 % longer than the header",
        &format!("{worst:+.1} % at most"),
        worst <= 5.0,
    )?;
    Ok(())
}

/// How much longer one median is than another, in percent.
fn over(one: &[Duration], other: &[Duration]) -> f64 {
    let [one, other] = [one, other].map(|times| quantile(times, 50).as_secs_f64());
    (one / other - 1.0) * 100.0
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
