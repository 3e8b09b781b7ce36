//! What one `get` costs git, beside its own `credential-store`: `cargo bench --bench helper`.

mod numbers;
mod stage;

use std::env;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fake_github::{Account, FakeGitHub, Right, Visibility};

use numbers::{Result, aim, quantile, rounds, say, say_load};
use stage::{JOB, Job, Programs};

const POLICY: &str = "\
version: 1
gates:
  default:
    repositories: { acme/site: push }
";

fn main() -> Result<()> {
    say_load()?;
    let stage = Stage::set(&Programs::find()?)?;
    let mut contenders = stage.contenders()?;
    for contender in &mut contenders {
        contender.check(&stage)?;
    }
    let rounds = rounds(1500);
    for _ in 0..rounds {
        for contender in &mut contenders {
            contender.run(&stage.request)?;
        }
    }
    say_load()?;
    say(&format!(
        "- {rounds} runs each, in turn: fork, exec and wait\n"
    ))?;
    tell(&contenders)?;
    // The others are several processes, or have no answer.
    for contender in &mut contenders[..2] {
        let peak = contender.peak(&stage.request)?;
        say(&format!("- peak memory of {}: {peak}", contender.name))?;
    }
    Ok(())
}

/// A lease that the real main phase made, and the same credential in `credential-store`'s file.
struct Stage {
    git: PathBuf,
    job: Job,
    lease: Vec<(String, String)>,
    request: PathBuf,
    stored: PathBuf,
    token: String,
}

impl Stage {
    fn set(programs: &Programs) -> Result<Self> {
        // No scanner takes it for a token: its parts meet here.
        let token = ["ghp", "PATGATEtestVECTOR0123456789abc1ETiws"].join("_");
        let bot = Account::user("acme-bot").scopes("repo");
        let github = FakeGitHub::builder()
            .repository("acme/site", Visibility::Private)
            .token(&token, bot.right("acme/site", Right::Push))
            .start()?;
        let job = Job::new(POLICY)?;
        let mut main = job.command(&programs.patgate(), github.url(), &token);
        main.output()?;
        let authority = github.url().trim_start_matches("http://");
        let (request, stored) = (job.path("request"), job.path("stored"));
        fs::write(
            &request,
            format!("protocol=http\nhost={authority}\npath=acme/site.git\n\n"),
        )?;
        fs::write(
            &stored,
            format!("http://x-access-token:{token}@{authority}/acme/site.git\n"),
        )?;
        Ok(Self {
            git: find("git")?,
            lease: job.lease()?,
            job,
            request,
            stored,
            token,
        })
    }

    /// In pairs, patgate's before git's own.
    fn contenders(&self) -> Result<Vec<Contender>> {
        let mut patgate = self.step(&self.job.path("temp/patgate/git-credential-patgate"));
        patgate.arg("get").envs(self.lease.clone());
        let mut store = self.step(&self.git);
        store.args(["credential-store", "--file"]);
        store.arg(&self.stored).arg("get");
        let mut fill_by_patgate = self.step(&self.git);
        fill_by_patgate.args(["credential", "fill"]);
        fill_by_patgate.envs(self.lease.clone());
        let mut fill_by_store = self.step(&self.git);
        fill_by_store
            .args(["credential", "fill"])
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "credential.helper")
            .env(
                "GIT_CONFIG_VALUE_0",
                format!("store --file {}", self.stored.display()),
            );
        Ok(vec![
            Contender::new("`git-credential-patgate get`", patgate),
            Contender::new("`git credential-store get`", store),
            Contender::new("`git credential fill`, patgate", fill_by_patgate),
            Contender::new("`git credential fill`, store", fill_by_store),
            Contender::idle("`true`", self.step(&find("true")?)),
        ])
    }

    /// `program` as a later step runs it.
    fn step(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .envs(JOB)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("HOME", self.job.path("home"))
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("RUNNER_TEMP", self.job.path("temp"))
            .current_dir(self.job.path("home"));
        command
    }
}

struct Contender {
    name: &'static str,
    command: Command,
    answers: bool,
    times: Vec<Duration>,
}

impl Contender {
    fn new(name: &'static str, command: Command) -> Self {
        Self {
            name,
            command,
            answers: true,
            times: Vec::new(),
        }
    }

    /// A process that does nothing: what the machine itself takes.
    fn idle(name: &'static str, command: Command) -> Self {
        Self {
            answers: false,
            ..Self::new(name, command)
        }
    }

    /// Sees that it answers at all.
    fn check(&mut self, stage: &Stage) -> Result<()> {
        self.command.stdin(File::open(&stage.request)?);
        let output = self.command.output()?;
        let said = String::from_utf8(output.stdout)?;
        let answered = said.contains(&format!("password={}\n", stage.token));
        if answered == self.answers && output.status.success() {
            Ok(())
        } else {
            let complaint = String::from_utf8_lossy(&output.stderr);
            Err(format!("{} does not answer: {complaint}", self.name).into())
        }
    }

    fn run(&mut self, request: &Path) -> Result<()> {
        self.command
            .stdin(File::open(request)?)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let start = Instant::now();
        let status = self.command.spawn()?.wait()?;
        self.times.push(start.elapsed());
        if status.success() {
            Ok(())
        } else {
            Err(format!("{}: {status}", self.name).into())
        }
    }

    /// The most memory it had by the time it answers. The pipe for the answer is full, so that it
    /// stands still there; `ru_maxrss` would count its parent's memory in.
    fn peak(&mut self, request: &Path) -> Result<String> {
        let (reader, mut writer) = io::pipe()?;
        let answer = writer.try_clone()?;
        // Ends with an error, once there is no reader any more.
        let filler = thread::spawn(move || while writer.write_all(&[0; 4096]).is_ok() {});
        thread::sleep(Duration::from_millis(100));
        let request = File::open(request)?;
        let mut child = self.command.stdin(request).stdout(answer).spawn()?;
        thread::sleep(Duration::from_millis(200));
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()))?;
        child.kill()?;
        child.wait()?;
        drop(reader);
        filler.join().map_err(|_| "the pipe cannot be filled")?;
        let mut lines = status.lines();
        let peak = lines.find_map(|line| line.strip_prefix("VmHWM:"));
        Ok(peak
            .ok_or("it did not wait at its answer")?
            .trim()
            .to_owned())
    }
}

fn tell(contenders: &[Contender]) -> Result<()> {
    let median = |contender: &Contender| quantile(&contender.times, 50).as_secs_f64();
    // Each pair ends with git's own.
    let ratio = |at: usize| Some(median(contenders.get(at)?) / median(contenders.get(at | 1)?));
    say("| µs | min | p10 | median | p90 | median, to `store`'s |")?;
    say("| --- | --: | --: | --: | --: | --: |")?;
    for (at, contender) in contenders.iter().enumerate() {
        let [min, p10, median, p90] =
            [0, 10, 50, 90].map(|percent| quantile(&contender.times, percent).as_micros());
        let ratio = ratio(at).map_or(String::new(), |ratio| format!("{ratio:.2}"));
        let name = contender.name;
        say(&format!(
            "| {name} | {min} | {p10} | {median} | {p90} | {ratio} |"
        ))?;
    }
    say("")?;
    let ratio = ratio(0).ok_or("a pair")?;
    aim(
        "a `get` takes at most 0.6 of `git credential-store`'s time",
        &format!("{ratio:.2}"),
        ratio <= 0.6,
    )?;
    Ok(())
}

/// Where `program` is, so that no run has to look for it.
fn find(program: &str) -> Result<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("there is no `{program}` in PATH").into())
}
