//! The whole action under act, which is no runner of GitHub's and differs from it: no directory
//! of the runner's is shared, post has neither the main phase's state nor the inputs' defaults.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::engine::{Engine, Network, fresh_name};
use super::github::GitHub;
use super::runner::text;
use crate::canary;
use crate::runner::classic;

/// The program. `None`, after a line that says so: it is not here.
fn find_act() -> Option<String> {
    let act = env::var("PATGATE_TEST_ACT").ok();
    if act.is_none() {
        // Past libtest's capture: whoever reads the log must see it. If stderr is closed, nobody does.
        let _ = writeln!(io::stderr(), "skipped: no act (PATGATE_TEST_ACT not set)");
    }
    act
}

/// A repository on a developer's machine, with the actions that its workflow uses beside it.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new(engine: &Engine, github: &GitHub<'_>, token: &str, flow: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let this = Self { dir };
        let image = format!("  image: docker://{}", engine.image);
        let action = include_str!("../../../action.yml").replace("  image: Dockerfile", &image);
        assert!(action.contains(&image), "action.yml has its image there");
        this.write("patgate/action.yml", &action);
        this.write("look/action.yml", &look(&engine.job_image).to_string());
        let dead = ["ghp", &"patgateREVOKED".repeat(3)[..36]].join("_");
        let secrets = format!(
            "PAT={token}\nSITE_TOKEN={dead}\nSITE_TOKEN_NEXT={token}\nDOCS_TOKEN={token}\n"
        );
        this.write("secrets", &secrets);
        this.write("ca.pem", &github.authority());
        this.write("site/.github/workflows/ci.yml", flow);
        this.write("site/.github/patgate.yml", POLICY);
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(this.dir.path().join("site"));
            git.env("GIT_CONFIG_GLOBAL", "/dev/null");
            let output = git.args(arguments).output().unwrap();
            assert!(output.status.success(), "git {arguments:?}");
        };
        git(&["init", "--quiet"]);
        git(&["add", "."]);
        let author = ["-c", "user.name=ci", "-c", "user.email=ci@example.com"];
        git(&[&author[..], &["commit", "--quiet", "--allow-empty", "-mx"]].concat());
        this
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.dir.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// Runs the workflow; nothing comes from a network.
    fn run(&self, act: &str, engine: &Engine, network: &Network<'_>) -> Output {
        let path = |name: &str| text(&self.dir.path().join(name));
        let local = |name: &str| format!("--local-repository=patgate/{name}@v1={}", path(name));
        let image = &engine.job_image;
        let authority = format!("--volume={}:/ghes-ca.pem:ro", path("ca.pem"));
        Command::new(act)
            .args(["push", "--rm", "--pull=false", "--no-cache-server"])
            .args([
                "--network",
                &network.name,
                "--secret-file",
                &path("secrets"),
            ])
            .args(["--container-options", &authority])
            .arg(format!("--platform=ubuntu-latest={image}"))
            .args([local("patgate"), local("look")])
            // Its settings and its cache.
            .env("HOME", path("home"))
            .env_remove("XDG_CACHE_HOME")
            .env_remove("XDG_CONFIG_HOME")
            .current_dir(self.dir.path().join("site"))
            .stdin(Stdio::null())
            .output()
            .unwrap()
    }
}

/// What the example has in its comment.
const POLICY: &str = "\
version: 1
defaults:
  expiry: { required: true, warn-below: 14d }
  lease: { ttl: 20m, leaks: deny }
gates:
  default: {}
  site:
    repositories: { acme/site: push }
  docs:
    repositories: { acme/docs: fetch }
";

/// An action whose post, which comes after patgate's, fails if a lease is left. act, other than
/// the runner, splits an entrypoint into words.
fn look(image: &str) -> Value {
    json!({
        "name": "look",
        "description": "Looks for a lease.",
        "runs": {
            "using": "docker",
            "image": format!("docker://{image}"),
            "entrypoint": "/usr/bin/true",
            "post-entrypoint": "/usr/bin/test ! -e /var/run/act/patgate",
        },
    })
}

/// JSON is YAML too.
fn workflow(github: &GitHub<'_>) -> Value {
    let url = &github.url;
    json!({
        "name": fresh_name("act"),
        "on": "push",
        "jobs": { "release": {
            "runs-on": "ubuntu-latest",
            "env": {
                "GIT_SSL_CAINFO": "/ghes-ca.pem",
                "GIT_AUTHOR_NAME": "ci",
                "GIT_AUTHOR_EMAIL": "ci@example.com",
                "GIT_COMMITTER_NAME": "ci",
                "GIT_COMMITTER_EMAIL": "ci@example.com",
            },
            "steps": [
                { "uses": "patgate/look@v1" },
                { "uses": "patgate/patgate@v1", "with": {
                    "token": "${{ secrets.PAT }}",
                    "server-url": url,
                    "repositories": "acme/site: push",
                    "ca-certificates": github.authority(),
                } },
                { "run": format!("git clone {url}/acme/site clone") },
                { "run": "cd clone && git commit --allow-empty --message x && git push" },
                { "run": "test -e /var/run/act/patgate" },
                {
                    "run": r#"if grep --recursive --quiet "$PAT" /var/run/act; then exit 1; fi"#,
                    "env": { "PAT": "${{ secrets.PAT }}" },
                },
            ],
        } },
    })
}

#[test]
fn act_leases_to_its_later_steps_and_ends_the_lease() {
    let Some(engine) = Engine::find() else { return };
    let Some(act) = find_act() else { return };
    assert!(Path::new(&act).exists(), "PATGATE_TEST_ACT names a program");
    let token = classic(0);
    let network = Network::create(&engine);
    let github = GitHub::start(&engine, Some(&network), &token, false);
    let flow = workflow(&github).to_string();
    let output = Desk::new(&engine, &github, &token, &flow).run(&act, &engine, &network);
    let log = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&log);
    canary::assert_clean("act's log", &log, &token);
    assert!(output.status.success(), "{said}");
    let requests = github.requests();
    let push = "POST /acme/site/git-receive-pack 200";
    assert!(requests.iter().any(|line| line == push), "{requests:?}");
    assert!(said.contains("the lease has ended: 4 files"), "{said}");
}

/// The example as it stands, but for the two names that it leaves to its reader, and for where the
/// fake is.
fn example(github: &GitHub<'_>) -> String {
    let text = include_str!("../../../examples/workflows/tokens.yml");
    let lines = POLICY.lines().filter(|line| !line.contains("default: {}"));
    let commented: Vec<_> = lines.map(|line| format!("#   {line}")).collect();
    assert!(
        text.contains(&commented.join("\n")),
        "the policy is the example's"
    );
    let text = text.replace("https://github.com", &github.url);
    let zero = format!("OWNER/patgate@{}", "0".repeat(40));
    assert!(text.contains(&zero), "{text}");
    let text = text.replace(&zero, "patgate/patgate@v1");
    let authority = github.authority().replace('\n', "\n            ");
    let inputs = format!(
        "        with:\n          server-url: {}\n          ca-certificates: |\n            {authority}\n          # The first",
        github.url
    );
    let text = text.replace("        with:\n          # The first", &inputs);
    assert!(text.contains("ca-certificates"), "{text}");
    let steps = "    steps:\n      - uses: actions/checkout";
    let look = "    env: { GIT_SSL_CAINFO: /ghes-ca.pem }\n    steps:\n      - uses: patgate/look@v1\n      - uses: actions/checkout";
    assert!(text.contains(steps), "{text}");
    text.replace(steps, look)
}

#[test]
fn act_runs_an_example_with_several_tokens_from_main_to_post() {
    let Some(engine) = Engine::find() else { return };
    let Some(act) = find_act() else { return };
    let token = classic(0);
    let network = Network::create(&engine);
    let github = GitHub::start(&engine, Some(&network), &token, false);
    let flow = example(&github);
    let output = Desk::new(&engine, &github, &token, &flow).run(&act, &engine, &network);
    let log = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&log);
    canary::assert_clean("act's log", &log, &token);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("the token in line 1 of the input `tokens` is passed over"),
        "{said}"
    );
    let requests = github.requests();
    for request in [
        "POST /acme/docs.git/git-upload-pack 200",
        "POST /acme/site.git/git-receive-pack 200",
    ] {
        assert!(requests.iter().any(|line| line == request), "{requests:?}");
    }
    assert!(said.contains("the lease has ended: 5 files"), "{said}");
}
