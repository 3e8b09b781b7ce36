//! What the main phase costs a job: `cargo bench --bench main_phase`.

mod numbers;
mod relay;
mod stage;

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fake_github::{Account, FakeGitHub, Right, Visibility};
use jiff::{SignedDuration, Timestamp};
use wait4::Wait4 as _;

use numbers::{Result, aim, quantile, rounds, say, say_load};
use stage::{Job, Programs};

/// How far away GitHub is when the questions one after another are counted.
const DISTANCE: Duration = Duration::from_millis(100);

fn main() -> Result<()> {
    if let Some(program) = env::args().skip_while(|word| word != MEASURE).nth(1) {
        return measure(&program);
    }
    say_load()?;
    let programs = Programs::find()?;
    let stage = Stage::set(programs.patgate())?;
    let mut scenarios = scenarios();
    let (near, far) = (rounds(100), rounds(10));
    for _ in 0..near {
        for scenario in &mut scenarios {
            scenario.near.push(stage.run(scenario, stage.github.url())?);
        }
    }
    let url = relay::start(stage.github.url(), DISTANCE)?;
    for _ in 0..far {
        for scenario in &mut scenarios {
            scenario.far.push(stage.run(scenario, &url)?);
        }
    }
    say_load()?;
    let distance = DISTANCE.as_millis();
    say(&format!(
        "- {near} runs each, in turn; {far} more with {distance} ms before each answer\n"
    ))?;
    tell(&scenarios)
}

/// Makes the bench a small parent, which starts the program in its first argument and tells what
/// it took. The memory of a parent counts in its child's `ru_maxrss`, and the one with the fake
/// GitHub in it is large.
const MEASURE: &str = "--measure";

fn measure(program: &str) -> Result<()> {
    let start = Instant::now();
    let child = Command::new(program)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let used = child.wait4()?;
    let wall = start.elapsed().as_micros();
    let cpu = (used.rusage.utime + used.rusage.stime).as_micros();
    let peak = used.rusage.maxrss;
    say(&format!("{wall} {cpu} {peak}"))?;
    Ok(())
}

/// What one main phase took.
struct Cost {
    wall: Duration,
    cpu: Duration,
    /// Bytes.
    peak: u64,
    requests: usize,
}

struct Scenario {
    name: String,
    token: String,
    repositories: usize,
    /// Whether it reads the certificates of the system.
    certificates: bool,
    near: Vec<Cost>,
    far: Vec<Cost>,
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios: Vec<_> = [
        ("classic, no repositories", classic(), 0),
        ("fine-grained, 1 repository", fine_grained(), 1),
        ("fine-grained, 5 repositories", fine_grained(), 5),
        ("fine-grained, 20 repositories", fine_grained(), 20),
        ("fine-grained, 200 repositories", fine_grained(), 200),
        ("classic, with the system's roots", classic(), 0),
    ]
    .into_iter()
    .map(|(name, token, repositories)| Scenario {
        name: name.to_owned(),
        token,
        repositories,
        certificates: false,
        near: Vec::new(),
        far: Vec::new(),
    })
    .collect();
    if let Some(last) = scenarios.last_mut() {
        last.certificates = true;
    }
    scenarios
}

/// No scanner takes these for tokens: their parts meet here.
fn classic() -> String {
    ["ghp", "PATGATEtestVECTOR0123456789abc1ETiws"].join("_")
}

fn fine_grained() -> String {
    let tail = format!("{}ALO7ZAFZCCCCCCCC", "B".repeat(43));
    ["github_pat", "patgateBENCH0123456789", &tail].join("_")
}

struct Stage {
    github: FakeGitHub,
    launcher: PathBuf,
    patgate: PathBuf,
}

impl Stage {
    fn set(patgate: PathBuf) -> Result<Self> {
        let end = Timestamp::now() + SignedDuration::from_hours(60 * 24);
        let end = end.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
        let mut bot = Account::user("acme-bot").expires(end);
        let mut github = FakeGitHub::builder();
        for name in (0..200).map(repository) {
            github = github.repository(&name, Visibility::Private);
            bot = bot.right(&name, Right::Push);
        }
        Ok(Self {
            github: github
                .token(classic(), bot.clone().scopes("repo"))
                .token(fine_grained(), bot)
                .start()?,
            launcher: env::current_exe()?,
            patgate,
        })
    }

    /// One main phase, in a job of its own.
    fn run(&self, scenario: &Scenario, server: &str) -> Result<Cost> {
        let job = Job::new(&policy(scenario.repositories))?;
        let mut launch = job.command(&self.launcher, server, &scenario.token);
        if scenario.certificates {
            launch
                .env_remove("SSL_CERT_DIR")
                .env_remove("SSL_CERT_FILE");
        }
        self.github.forget_requests();
        let output = launch.arg(MEASURE).arg(&self.patgate).output()?;
        // Else it would be something else that is measured.
        job.lease()?;
        let said = String::from_utf8(output.stdout)?;
        let numbers: Vec<u64> = said
            .split_whitespace()
            .map(str::parse)
            .collect::<std::result::Result<_, _>>()?;
        let &[wall, cpu, peak] = numbers.as_slice() else {
            return Err("the launcher tells three numbers".into());
        };
        Ok(Cost {
            wall: Duration::from_micros(wall),
            cpu: Duration::from_micros(cpu),
            peak,
            requests: self.github.requests().len(),
        })
    }
}

fn repository(number: usize) -> String {
    format!("acme/part-{number}")
}

fn policy(repositories: usize) -> String {
    let gate = "version: 1\ngates:\n  default:\n    expiry: { required: true }\n".to_owned();
    let names = (0..repositories).map(repository);
    let lines: Vec<_> = names.map(|name| format!("      {name}: push\n")).collect();
    if lines.is_empty() {
        gate
    } else {
        gate + "    repositories:\n" + &lines.concat()
    }
}

/// How many answers are waited for, one after another.
fn rounds_of_requests(scenario: &Scenario) -> f64 {
    let median = |costs: &[Cost]| quantile(&walls(costs), 50).as_secs_f64();
    let longer = median(&scenario.far) - median(&scenario.near);
    (longer / DISTANCE.as_secs_f64()).round()
}

fn walls(costs: &[Cost]) -> Vec<Duration> {
    costs.iter().map(|cost| cost.wall).collect()
}

fn tell(scenarios: &[Scenario]) -> Result<()> {
    say(
        "| main phase | requests | rounds | CPU, median | CPU, p90 | wall, median | wall, p90 | peak memory |",
    )?;
    say("| --- | --: | --: | --: | --: | --: | --: | --: |")?;
    for scenario in scenarios {
        let Scenario { name, near, .. } = scenario;
        let requests = near.iter().map(|cost| cost.requests).max().unwrap_or(0);
        let cpus: Vec<_> = near.iter().map(|cost| cost.cpu).collect();
        let [cpu, cpu_high] = [50, 90].map(|percent| milliseconds(quantile(&cpus, percent)));
        let walls = walls(near);
        let [wall, wall_high] = [50, 90].map(|percent| milliseconds(quantile(&walls, percent)));
        let (peak, rounds) = (mebibytes(peak(scenario)), rounds_of_requests(scenario));
        say(&format!(
            "| {name} | {requests} | {rounds} | {cpu} | {cpu_high} | {wall} | {wall_high} | {peak} |"
        ))?;
    }
    say("")?;
    tell_aims(scenarios)
}

/// The image has no certificates of a system, so that the aims are about the others.
fn tell_aims(scenarios: &[Scenario]) -> Result<()> {
    let image: Vec<_> = scenarios.iter().filter(|s| !s.certificates).collect();
    let cpu = |scenario: &&Scenario| {
        let cpus: Vec<_> = scenario.near.iter().map(|cost| cost.cpu).collect();
        quantile(&cpus, 50)
    };
    let cpu = image.iter().map(cpu).max().unwrap_or_default();
    aim(
        "less than 30 ms of CPU, whichever token",
        &format!("{} at most", milliseconds(cpu)),
        cpu < Duration::from_millis(30),
    )?;
    let peak = image.iter().map(|scenario| peak(scenario)).max();
    let peak = peak.unwrap_or_default();
    aim(
        "less than 20 MiB of memory",
        &format!("{} at most", mebibytes(peak)),
        peak < 20 << 20,
    )?;
    let rounds: Vec<_> = image
        .iter()
        .map(|scenario| rounds_of_requests(scenario))
        .collect();
    let told: Vec<_> = rounds.iter().map(ToString::to_string).collect();
    aim(
        "one round of requests",
        &format!("{} in the order of the rows", told.join(", ")),
        rounds.iter().all(|rounds| *rounds <= 1.0),
    )?;
    Ok(())
}

fn peak(scenario: &Scenario) -> u64 {
    scenario
        .near
        .iter()
        .map(|cost| cost.peak)
        .max()
        .unwrap_or(0)
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

fn mebibytes(bytes: u64) -> String {
    let tenths = bytes * 10 / (1 << 20);
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
