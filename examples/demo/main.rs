//! The main job on a fake GitHub: `cargo run --example demo`.
//!
//! The programs are the real ones, and so is git. The demo plays the runner around them, and a
//! GitHub on loopback. It is no slide show: each step is checked, and the first wrong outcome ends
//! it with the status 1.

mod job;
mod programs;
mod screen;
mod secret;

use std::error::Error;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::thread;
use std::time::Duration;

use fake_github::{Account, FakeGitHub, Right, Visibility};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use job::{Job, Phase, Ran};
use programs::Programs;
use screen::Screen;
use secret::Secret;

/// A wrong outcome, or what kept the demo from finding out.
type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let mut screen = Screen::new(io::stdout());
    match play(&mut screen) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if stderr is closed.
            let _ = writeln!(io::stderr(), "\ndemo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn play(screen: &mut Screen) -> Result<()> {
    let programs = Programs::build(screen)?;
    let stage = Stage::set(programs)?;
    stage.show(screen)?;
    let mut deploy = stage.job("deploy")?;
    stage.lend(&mut deploy, screen)?;
    stage.push(&deploy, screen)?;
    stage.ask_elsewhere(&deploy, screen)?;
    let mut nightly = stage.job("nightly")?;
    stage.deny(&mut nightly, screen)?;
    let mut slow = stage.job("slow")?;
    stage.outlive(&mut slow, screen)?;
    stage.end(deploy, nightly, slow, screen)?;
    stage.count_requests(screen)
}

/// The policy of the demo's repository.
const POLICY: &str = "\
# yaml-language-server: $schema=https://github.com/patgate/patgate/raw/main/schema/patgate.schema.json
version: 1
gates:
  default:
    kinds: [classic, fine-grained]
    owners: [acme-bot]
    expiry: { required: true, at-most: 90d, warn-below: 14d }
    scopes: { require: [repo], allow: [repo] }
    repositories: { acme/site: push }
    lease: { ttl: 20m }
";

/// All that the jobs have in common.
struct Stage {
    programs: Programs,
    github: FakeGitHub,
    good: Secret,
    bad: Secret,
    // The last, so that it goes when nothing uses it any more.
    root: TempDir,
}

impl Stage {
    fn set(programs: Programs) -> Result<Self> {
        let good = Secret::classic("patgateVector0007zzzzzzzzzzzzz", "0bctXe");
        let bad = Secret::classic("patgateVector00620zzzzzzzzzzzz", "00kKki");
        let end = Timestamp::now() + SignedDuration::from_hours(60 * 24 + 1);
        let bot = Account::user("acme-bot")
            .right("acme/site", Right::Push)
            .right("acme/other", Right::Push);
        let narrow = bot
            .clone()
            .scopes("repo")
            .expires(end.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
        let wide = bot.scopes("repo, delete_repo, admin:org");
        let github = FakeGitHub::builder()
            .repository("acme/site", Visibility::Private)
            .repository("acme/other", Visibility::Private)
            .token(good.text(), narrow)
            .token(bad.text(), wide)
            .start()?;
        Ok(Self {
            programs,
            github,
            good,
            bad,
            root: tempfile::Builder::new().prefix("patgate-demo-").tempdir()?,
        })
    }

    fn job(&self, name: &str) -> Result<Job> {
        Job::start(self.root.path(), name, self.github.url(), POLICY)
    }

    fn show(&self, screen: &mut Screen) -> Result<()> {
        screen.act("A fake GitHub, and a repository with a policy")?;
        let url = self.github.url();
        screen.say(&format!(
            "GitHub is {url}; acme/site and acme/other are private there, and"
        ))?;
        screen.say("acme-bot may push to both. acme/site has .github/patgate.yml:")?;
        let gate = POLICY.lines().skip_while(|line| !line.contains("kinds"));
        screen.output(&gate.map(str::trim_start).collect::<Vec<_>>().join("\n"))?;
        Ok(())
    }

    /// The main phase with a token that the policy allows.
    fn lend(&self, job: &mut Job, screen: &mut Screen) -> Result<()> {
        screen.act("The step `uses: patgate`, with a narrow token of acme-bot: allowed")?;
        let phase = job.main(&self.programs, &self.good, &[])?;
        show(&phase, screen)?;
        screen.output_of("outputs", &told(&phase))?;
        screen.output_of("summary", &phase.headline())?;
        expect(phase.status == Some(0), || {
            format!("a good token ends with the {}", phase.exit())
        })?;
        expect_outputs(&phase)?;
        let files = job.temp()?;
        expect(has_lease(&files), || {
            format!("there is no sealed file, only {}", files.join(", "))
        })?;
        let (scanned, found) = job.scan(&self.good)?;
        nowhere(&found)?;
        screen.good(&format!(
            "exit status 0; the token is sealed: {scanned} files on the runner, and none shows it"
        ))?;
        Ok(())
    }

    /// A later step, with plain git.
    fn push(&self, job: &Job, screen: &mut Screen) -> Result<()> {
        screen.act("A later step, with plain git and what GITHUB_ENV brought")?;
        let remote = format!("{}/acme/site", self.github.url());
        let clone = ["clone", "--quiet", &remote];
        let commit = [
            "-C",
            "site",
            "commit",
            "--quiet",
            "--allow-empty",
            "--message=Hello",
        ];
        let push = ["-C", "site", "push", "--quiet", "origin", "HEAD:main"];
        for arguments in [&clone[..], &commit, &push] {
            let shown = arguments.join(" ");
            screen.command(&format!(
                "git {}",
                shown.replace(self.github.url(), "$GITHUB_SERVER_URL")
            ))?;
            let ran = job.git(arguments, "", &self.good)?;
            screen.output(&ran.said)?;
            expect(ran.succeeded && !ran.has_token, || {
                format!("git does not do it: {}", ran.said)
            })?;
        }
        let bare = self.github.repository_path("acme/site");
        let log = Command::new("git")
            .arg("-C")
            .arg(bare)
            .args(["log", "-1", "--format=%h %an: %s", "main"])
            .output()?;
        let log = String::from_utf8_lossy(&log.stdout).trim().to_owned();
        expect(log.ends_with(": Hello"), || {
            format!("the push did not arrive; GitHub is at `{log}`")
        })?;
        screen.good(&format!("it arrived; acme/site on GitHub is at: {log}"))?;
        Ok(())
    }

    /// What the lease does not open.
    fn ask_elsewhere(&self, job: &Job, screen: &mut Screen) -> Result<()> {
        screen.act("Another host, and a repository out of reach: nothing")?;
        let authority = self.github.url().trim_start_matches("http://").to_owned();
        let plain = ["credential", "fill"];
        // git asks the helper for its own host alone; here it is made to ask for any, with the path.
        let helper = "credential.helper=!\"$PATGATE_HOME/git-credential-patgate\"";
        let path = "credential.useHttpPath=true";
        let forced = ["-c", helper, "-c", path, "credential", "fill"];
        for (arguments, protocol, host, path, answered) in [
            (&forced[..], "https", "evil.example", "acme/site.git", false),
            (&plain, "http", &authority, "acme/other.git", false),
            (&plain, "http", &authority, "acme/site.git", true),
        ] {
            let request = format!("protocol={protocol}\nhost={host}\npath={path}\n\n");
            let ran = job.git(arguments, &request, &self.good)?;
            screen.command(&format!(
                "git credential fill <<< {protocol}://{host}/{path}"
            ))?;
            // What git answers is the user's name and the password; the runner masks the latter.
            screen.output(&ran.said.trim().replace('\n', " "))?;
            expect(
                ran.has_token == answered && ran.succeeded == answered,
                || format!("that is the wrong answer: {}", ran.said),
            )?;
        }
        screen.good("only acme/site is answered, though the token itself could push to both")?;
        Ok(())
    }

    /// The main phase with a token that the policy denies.
    fn deny(&self, job: &mut Job, screen: &mut Screen) -> Result<()> {
        screen.act("Another job, with a token that can do too much and never expires: denied")?;
        let phase = job.main(&self.programs, &self.bad, &[])?;
        show(&phase, screen)?;
        expect(phase.status == Some(1), || {
            format!("a bad token ends with the {}", phase.exit())
        })?;
        expect(phase.output("verdict") == "deny", || told(&phase))?;
        for rule in ["expiry/required", "scopes/excess"] {
            expect(phase.log.iter().any(|line| line.contains(rule)), || {
                format!("the rule `{rule}` is silent")
            })?;
        }
        let files = job.temp()?;
        expect(!has_lease(&files), || "a denied token is leased".to_owned())?;
        let ran = job.list_remote(self.github.url(), &self.bad)?;
        expect(!ran.succeeded, || "git is served all the same".to_owned())?;
        screen.good("exit status 1, no lease; git of a later step gets nothing:")?;
        screen.output(&ran.said)?;
        Ok(())
    }

    /// A lease that is shorter than its job.
    fn outlive(&self, job: &mut Job, screen: &mut Screen) -> Result<()> {
        screen.act("A third job, whose lease lives for four seconds")?;
        let phase = job.main(&self.programs, &self.good, &[("TTL", "4s")])?;
        expect(phase.status == Some(0), || phase.log.join("\n"))?;
        let end: Timestamp = phase.output("lease-expires-at").parse()?;
        let list = |screen: &mut Screen| -> Result<Ran> {
            screen.command("git ls-remote $GITHUB_SERVER_URL/acme/site main")?;
            let ran = job.list_remote(self.github.url(), &self.good)?;
            screen.output(&ran.said)?;
            Ok(ran)
        };
        expect(list(screen)?.succeeded, || {
            "git is refused at once".to_owned()
        })?;
        let left = end.duration_since(Timestamp::now());
        thread::sleep(Duration::try_from(left).unwrap_or_default() + Duration::from_millis(50));
        let ran = list(screen)?;
        expect(
            !ran.succeeded && ran.said.contains("the lease has expired"),
            || "git is not refused by the helper".to_owned(),
        )?;
        screen.good(&format!(
            "git is served at once; from {} on it is not, and says why",
            end.strftime("%H:%M:%S")
        ))?;
        Ok(())
    }

    /// The post phases of all jobs.
    fn end(&self, deploy: Job, nightly: Job, slow: Job, screen: &mut Screen) -> Result<()> {
        screen.act("After each job: the post phase")?;
        let mut scanned = 0;
        for (mut job, secret, used) in [
            (
                deploy,
                &self.good,
                "evil.example/acme/site: once not answered, out of reach",
            ),
            (nightly, &self.bad, "there was no lease to end"),
            (slow, &self.good, "the lease had expired"),
        ] {
            let phase = job.post(&self.programs, secret)?;
            screen.output_of(job.name(), &phase.log.join("\n"))?;
            expect(phase.status == Some(0), || {
                format!("the post phase ends with the {}", phase.exit())
            })?;
            expect(phase.log.iter().any(|line| line.contains(used)), || {
                format!("the post phase does not tell `{used}`")
            })?;
            let left = job.temp()?;
            expect(left.is_empty(), || format!("left: {}", left.join(", ")))?;
            let (files, found) = job.scan(secret)?;
            nowhere(&found)?;
            scanned += files;
        }
        screen.good(&format!(
            "RUNNER_TEMP is empty; neither tokens nor keys are in any of the {scanned} other files"
        ))?;
        Ok(())
    }

    fn count_requests(&self, screen: &mut Screen) -> Result<()> {
        let unknown = self.github.unknown_routes();
        expect(unknown.is_empty(), || {
            format!("GitHub has no {}", unknown.join(", "))
        })?;
        let requests = self.github.requests();
        for request in &requests {
            let Some(authorization) = &request.authorization else {
                continue;
            };
            let path = &request.path;
            expect(
                path.starts_with("/api/v3/") || path.starts_with("/acme/site"),
                || format!("a token went out with {request}"),
            )?;
            // git sends it as base64: the scans above would have found it in that form.
            let known = [&self.good, &self.bad]
                .iter()
                .any(|secret| secret.is_in(authorization.as_bytes()));
            expect(known, || {
                format!("no token of the demo went out with {request}")
            })?;
        }
        screen.end(&format!(
            "everything went as expected, in {} requests to GitHub",
            requests.len()
        ))?;
        Ok(())
    }
}

/// Shows what the step's log has, the masks in one line.
fn show(phase: &Phase, screen: &mut Screen) -> io::Result<()> {
    screen.output(&format!("::add-mask::*** ({} lines)", phase.masked))?;
    screen.output(&phase.log.join("\n"))
}

/// The outputs, a few a line.
fn told(phase: &Phase) -> String {
    let pairs: Vec<_> = phase
        .outputs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let lines: Vec<_> = pairs.chunks(4).map(|few| few.join("  ")).collect();
    lines.join("\n")
}

fn expect_outputs(phase: &Phase) -> Result<()> {
    for (name, value) in [
        ("verdict", "allow"),
        ("findings", "0"),
        ("token-kind", "classic"),
        ("owner", "acme-bot"),
        ("days-left", "60"),
        ("scopes", "repo"),
    ] {
        let found = phase.output(name);
        expect(found == value, || {
            format!("the output `{name}` is `{found}`, not `{value}`")
        })?;
    }
    Ok(())
}

/// Whether a sealed token is among `files`.
fn has_lease(files: &[String]) -> bool {
    let extensions = files.iter().map(|file| Path::new(file).extension());
    extensions.flatten().any(|extension| extension == "lease")
}

fn nowhere(found: &[String]) -> Result<()> {
    expect(found.is_empty(), || {
        format!("the token lies in {}", found.join(", "))
    })
}

/// Ends the demo with `complaint` unless `outcome` is as it should be.
fn expect(outcome: bool, complaint: impl FnOnce() -> String) -> Result<()> {
    if outcome {
        Ok(())
    } else {
        Err(complaint().into())
    }
}
