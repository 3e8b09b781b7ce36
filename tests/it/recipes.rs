//! The recipes in `docs/recipes.md`, run as they stand there, by the tools themselves.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASIC;
use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::agreement::{read, section};
use crate::canary;
use crate::issue::gate;
use crate::runner::{Job, Step, classic};

const PAGE: &str = "docs/recipes.md";

/// Set where every tool is there, so that no recipe skips itself.
const REQUIRED: &str = "CI_REQUIRE_RECIPES";

/// A private repository that is a package of each kind.
const PARTS: [(&str, &str); 8] = [
    (
        "Cargo.toml",
        "[package]\nname = \"parts\"\nversion = \"1.2.0\"\nedition = \"2021\"\n",
    ),
    ("src/lib.rs", ""),
    ("go.mod", "module github.com/acme/parts\n\ngo 1.19\n"),
    ("parts.go", "package parts\n"),
    (
        "package.json",
        "{\"name\": \"parts\", \"version\": \"1.2.0\"}\n",
    ),
    (
        "pyproject.toml",
        // A backend of its own: none comes from a registry.
        "[build-system]\nrequires = []\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n",
    ),
    ("parts.py", ""),
    ("backend.py", BACKEND),
];

const BACKEND: &str = r#"import zipfile

def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "parts-1.2.0-py3-none-any.whl"
    info = "parts-1.2.0.dist-info"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.write("parts.py")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: parts\nVersion: 1.2.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return name
"#;

/// A module of go's on an Enterprise Server, by its path's end.
const FORMS: &str = "module github.example/acme/forms.git\n\ngo 1.19\n";

/// A job behind patgate, and a project in it.
struct Stage {
    github: FakeGitHub,
    job: Job,
    tool: PathBuf,
}

impl Stage {
    /// `None`, after a line that says so: the tool is not here.
    fn set(tool: &str) -> Option<Self> {
        let found = find(tool);
        if found.is_none() {
            assert!(env::var_os(REQUIRED).is_none(), "there is no {tool}");
            // Past libtest's capture: whoever reads the log must see it. If stderr is closed, nobody does.
            let _ = writeln!(
                io::stderr(),
                "skipped: the recipe for {tool}, which is not here"
            );
        }
        let tool = found?;
        let bot = Account::user("acme-bot").scopes("repo");
        let mut github = FakeGitHub::builder().repository("acme/parts", Visibility::Private);
        for (path, text) in PARTS {
            github = github.file("acme/parts", "main", path, text);
        }
        let github = github
            .file("acme/parts", "refs/tags/v1.2.0", "NEWS", "News.\n")
            .repository("acme/forms", Visibility::Private)
            .file("acme/forms", "refs/tags/v1.2.0", "go.mod", FORMS)
            .token(
                classic(0),
                bot.right("acme/parts", Right::Fetch)
                    .right("acme/forms", Right::Fetch),
            )
            .enterprise_version("3.17.2")
            .start()
            .unwrap();
        let mut job = Job::new(github.tls_url(), &classic(0));
        job.write_policy(&gate(
            "    repositories: { acme/parts: fetch, acme/forms: fetch }",
        ));
        let ran = job.main(&mut Step::new().with("ca-certificates", github.ca_pem()));
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        github.forget_requests();
        Some(Self { github, job, tool })
    }

    /// The host of the fake.
    fn host(&self) -> &str {
        self.github.tls_url().trim_start_matches("https://")
    }

    /// Runs the shell block under the tool's heading, which must fetch by the lease.
    #[track_caller]
    fn run(&self, extra: &[(&str, &str)]) -> String {
        let name = self.tool.file_name().unwrap().to_str().unwrap();
        let recipe = self.here(&block(name, "sh"));
        let said = self.shell(&recipe, extra);
        let user = BASIC.encode(format!("x-access-token:{}", self.job.token));
        let requests = self.github.requests();
        let mut sent = requests
            .iter()
            .filter_map(|request| request.authorization.as_deref());
        assert!(
            sent.any(|sent| sent.ends_with(&user) || sent.ends_with(&self.job.token)),
            "{name} did not use the lease: {said}"
        );
        canary::assert_clean(name, said.as_bytes(), &self.job.token);
        canary::assert_clean_folder(self.job.dir.path(), &self.job.token);
        said
    }

    /// `text`, with the fake in GitHub's place.
    fn here(&self, text: &str) -> String {
        text.replace("https://github.com", self.github.tls_url())
            .replace("host=github.com", &format!("host={}", self.host()))
    }

    /// A step of the workflow, in a folder of its own.
    #[track_caller]
    fn shell(&self, script: &str, extra: &[(&str, &str)]) -> String {
        let mut step = self.job.later_step(Path::new("bash"));
        let authority = self.github.ca_file();
        // Before all: other programs of its name may be there.
        let folders = [self.tool.parent().unwrap().to_owned()];
        let path = env::var_os("PATH").unwrap();
        let path = folders.into_iter().chain(env::split_paths(&path));
        step.env("PATH", env::join_paths(path).unwrap())
            .env("GIT_SSL_CAINFO", authority)
            .env("SSL_CERT_FILE", authority)
            .envs(extra.iter().copied())
            .current_dir(self.project());
        let output = step
            .args(["-euo", "pipefail", "-c", script])
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        assert!(output.status.success(), "{script}\n{said}");
        said
    }

    fn project(&self) -> PathBuf {
        let project = self.job.path("home/project");
        fs::create_dir_all(&project).unwrap();
        project
    }

    fn write(&self, name: &str, text: &str) {
        let file = self.project().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn home(&self, name: &str) -> String {
        self.job.path("home").join(name).display().to_string()
    }
}

/// Where a program is. cargo names itself: in PATH there may be another that only chooses one.
fn find(tool: &str) -> Option<PathBuf> {
    match tool {
        "cargo" => return env::var_os("CARGO").map(PathBuf::from),
        "gh" if let Some(gh) = env::var_os("PATGATE_TEST_GH") => return Some(gh.into()),
        _ => {}
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .map(|folder| folder.join(tool))
        .find(|file| file.is_file())
}

/// The first block of a language under the heading `tool`.
#[track_caller]
fn block(tool: &str, language: &str) -> String {
    let section = section(PAGE, &format!("## {tool}"));
    let (_, rest) = section
        .split_once(&format!("\n```{language}\n"))
        .unwrap_or_else(|| panic!("{tool} has a block of {language}"));
    rest.split("```").next().unwrap().to_owned()
}

#[test]
fn cargo_fetches_a_dependency() {
    let Some(stage) = Stage::set("cargo") else {
        return;
    };
    let dependencies = stage.here(&block("cargo", "toml"));
    let package = "[package]\nname = \"site\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n";
    stage.write("Cargo.toml", &format!("{package}{dependencies}"));
    stage.write("src/lib.rs", "");
    stage.run(&[("CARGO_HOME", &stage.home("cargo"))]);
    let lock = fs::read_to_string(stage.project().join("Cargo.lock")).unwrap();
    assert!(lock.contains("name = \"parts\""), "{lock}");
}

#[test]
fn cargo_fetches_what_is_written_as_ssh() {
    let Some(stage) = Stage::set("cargo") else {
        return;
    };
    let ssh = block("cargo", "toml").replace("https://github.com", "ssh://git@localhost");
    let package = "[package]\nname = \"site\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n";
    stage.write("Cargo.toml", &format!("{package}{ssh}"));
    stage.write("src/lib.rs", "");
    stage.run(&[("CARGO_HOME", &stage.home("cargo"))]);
}

#[test]
fn go_gets_a_module() {
    let Some(stage) = Stage::set("go") else {
        return;
    };
    // A module's path has no room for a port: it keeps its name, and git finds the fake.
    let instead = format!("url.{}/.insteadOf", stage.github.tls_url());
    stage
        .job
        .git_ok(&["config", "--global", &instead, "https://github.com/"]);
    stage.write("go.mod", "module site\n\ngo 1.19\n");
    stage.run(&go(&stage).each_ref().map(|(name, value)| (*name, &**value)));
    let module = fs::read_to_string(stage.project().join("go.mod")).unwrap();
    assert!(module.contains("github.com/acme/parts v1.2.0"), "{module}");
}

#[test]
fn go_gets_a_module_of_an_enterprise_server() {
    let Some(stage) = Stage::set("go") else {
        return;
    };
    let instead = format!("url.{}/.insteadOf", stage.github.tls_url());
    stage
        .job
        .git_ok(&["config", "--global", &instead, "https://github.example/"]);
    stage.write("go.mod", "module site\n\ngo 1.19\n");
    let recipe = block("go", "sh")
        .replace("github.com", "github.example")
        .replace("acme/parts@", "acme/forms.git@");
    stage.shell(
        &recipe,
        &go(&stage).each_ref().map(|(name, value)| (*name, &**value)),
    );
    let module = fs::read_to_string(stage.project().join("go.mod")).unwrap();
    let line = "github.example/acme/forms.git v1.2.0";
    assert!(module.contains(line), "{module}");
}

/// What keeps go within the job's folder, and away from any network but the fake's.
fn go(stage: &Stage) -> [(&'static str, String); 5] {
    [
        ("GOPATH", stage.home("go")),
        ("GOCACHE", stage.home("go-cache")),
        // Else nobody but root could remove what it fetched.
        ("GOFLAGS", "-modcacherw".to_owned()),
        ("GOPROXY", "off".to_owned()),
        ("GOTOOLCHAIN", "local".to_owned()),
    ]
}

#[test]
fn npm_installs_a_package() {
    let Some(stage) = Stage::set("npm") else {
        return;
    };
    stage.write(
        "package.json",
        "{\"name\": \"site\", \"version\": \"0.1.0\"}\n",
    );
    stage.run(&[("npm_config_update_notifier", "false")]);
    let installed = stage.project().join("node_modules/parts/package.json");
    assert!(installed.is_file());
}

#[test]
fn pip_installs_a_package() {
    let Some(stage) = Stage::set("python3") else {
        return;
    };
    let python = stage.tool.display().to_string();
    stage.shell(&format!("'{python}' -m venv ."), &[]);
    let tool = stage.project().join("bin/pip");
    let stage = Stage { tool, ..stage };
    stage.run(&[
        ("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
        ("PIP_NO_INDEX", "1"),
    ]);
    stage.shell("bin/python -c 'import parts'", &[]);
}

#[test]
fn gh_takes_the_token_for_one_command() {
    let Some(stage) = Stage::set("gh") else {
        return;
    };
    let host = stage.host().to_owned();
    // As the document says for an Enterprise Server.
    let recipe = block("gh", "sh").replace("GH_TOKEN=", "GH_ENTERPRISE_TOKEN=");
    let said = stage.shell(&stage.here(&recipe), &[("GH_HOST", &host)]);
    assert_eq!(said, "acme/parts\n");
    canary::assert_clean_folder(stage.job.dir.path(), &stage.job.token);
}

#[test]
fn every_recipe_is_run() {
    let page = read(PAGE);
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    // What reads a file in plain text has tests of its own.
    let headings = headings.filter(|heading| !heading.starts_with("Tools that read "));
    let run = BTreeSet::from(["cargo", "gh", "go", "npm", "pip"]);
    assert_eq!(headings.collect::<BTreeSet<_>>(), run);
    for tool in run {
        assert!(!block(tool, "sh").is_empty());
        let row = format!("| [{tool}](#{tool}) |");
        assert!(page.contains(&row), "{row}");
    }
}
