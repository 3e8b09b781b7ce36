//! git's own tests of a credential helper, held to one that only reads, ends and has a reach.
//!
//! The shapes are those of git's t0303 and lib-credential.sh, in its order; `docs/conformance.md`
//! tells how each ends, and why. What a request must not be is in `helper.rs`, and what git does
//! with an answer in `git.rs`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::agreement::read;
use crate::issue::gate;
use crate::runner::{Job, Step, classic, feed};

/// One of git's tests: what git is told, in turn, and what it must find.
struct Shape {
    name: &'static str,
    /// Whether a lease passes it that is for another host.
    elsewhere: bool,
    /// Whether a lease passes it that is for the whole of the host it is about.
    here: bool,
    told: Vec<Told>,
}

/// One `git credential` command.
struct Told {
    action: &'static str,
    attributes: String,
    /// The attributes that `fill` must print.
    found: Option<String>,
}

fn shape(name: &'static str, elsewhere: bool, here: bool, told: Vec<Told>) -> Shape {
    Shape {
        name,
        elsewhere,
        here,
        told,
    }
}

fn told(action: &'static str, attributes: &str) -> Told {
    Told {
        action,
        attributes: attributes.to_owned(),
        found: None,
    }
}

fn approve(attributes: &str) -> Told {
    told("approve", attributes)
}

fn reject(attributes: &str) -> Told {
    told("reject", attributes)
}

/// What is found beside the attributes themselves.
fn fill(attributes: &str, found: &str) -> Told {
    Told {
        found: Some(format!("{attributes} {found}")),
        ..told("fill", attributes)
    }
}

/// The host that git's tests are about.
const HOST: &str = "protocol=https host=example.com";

/// What git finds where no helper answers: it asks the user, who is a program here.
const ASKED: &str = "username=asked-username password=asked-password";

const ASKED_FOR_PASSWORD: &str = "password=asked-password";

/// Numbered from 1, as git's are.
fn shapes() -> Vec<Shape> {
    let mut shapes = shapes_of_passwords();
    shapes.extend(shapes_of_users());
    shapes.extend(shapes_of_ends());
    shapes
}

fn shapes_of_passwords() -> Vec<Shape> {
    let store_user = "username=store-user password=store-pass";
    let user = |name: &str| format!("{HOST} username={name}");
    let (over, distinct) = (user("user-overwrite"), user("user-distinct-pass"));
    let password = |user: &str, password: &str| format!("{user} password={password}");
    vec![
        shape("has no existing data", true, false, vec![fill(HOST, ASKED)]),
        shape(
            "stores password",
            true,
            true,
            vec![approve(&format!("{HOST} {store_user}"))],
        ),
        shape(
            "can retrieve password",
            false,
            false,
            vec![fill(HOST, store_user)],
        ),
        shape(
            "requires matching protocol",
            true,
            true,
            vec![fill("protocol=http host=example.com", ASKED)],
        ),
        shape(
            "requires matching host",
            true,
            true,
            vec![fill("protocol=https host=other.tld", ASKED)],
        ),
        shape(
            "requires matching username",
            true,
            false,
            vec![fill(&user("other"), ASKED_FOR_PASSWORD)],
        ),
        shape(
            "requires matching path",
            true,
            true,
            vec![
                approve("protocol=http host=path.tld path=foo.git username=user password=pass"),
                fill("protocol=http host=path.tld path=bar.git", ASKED),
            ],
        ),
        shape(
            "overwrites on store",
            false,
            false,
            vec![
                approve(&password(&over, "pass1")),
                approve(&password(&over, "pass2")),
                fill(&over, "password=pass2"),
                reject(&password(&over, "pass2")),
                fill(&over, ASKED_FOR_PASSWORD),
            ],
        ),
        shape(
            "can forget host",
            true,
            false,
            vec![reject(HOST), fill(HOST, ASKED)],
        ),
        shape(
            "can store multiple users",
            false,
            false,
            vec![
                approve(&password(&user("user1"), "pass1")),
                approve(&password(&user("user2"), "pass2")),
                fill(&user("user1"), "password=pass1"),
                fill(&user("user2"), "password=pass2"),
            ],
        ),
        shape(
            "does not erase a password distinct from input",
            false,
            false,
            vec![
                approve(&password(&distinct, "pass1")),
                reject(&password(&distinct, "pass2")),
                fill(&distinct, "password=pass1"),
            ],
        ),
    ]
}

fn shapes_of_users() -> Vec<Shape> {
    let user = |name: &str| format!("{HOST} username={name}");
    let sso = "protocol=https host=sso.tld";
    let victim = "protocol=https host=victim.example.com username=user password=to-be-stolen";
    // As long as a buffer of git's was, once: its rest was read as a line of its own.
    let header = format!("wwwauth[]=basic,realm={}", "a".repeat(1024 - 23));
    let badguy = format!("protocol=https host=badguy.example.com {header}host=victim.example.com");
    vec![
        shape(
            "can forget user",
            true,
            false,
            vec![
                reject(&user("user1")),
                fill(&user("user1"), ASKED_FOR_PASSWORD),
            ],
        ),
        shape(
            "remembers other user",
            false,
            false,
            vec![fill(&user("user2"), "password=pass2")],
        ),
        shape(
            "can store empty username",
            false,
            false,
            vec![
                approve(&format!("{sso} username= password=")),
                fill(sso, "username= password="),
            ],
        ),
        shape(
            "erases all matching credentials",
            true,
            false,
            vec![
                approve(&format!("{HOST} username=user-erase1 password=pass1")),
                approve(&format!("{HOST} username=user-erase2 password=pass1")),
                reject(HOST),
                fill(HOST, ASKED),
            ],
        ),
        shape(
            "not confused by long header",
            true,
            true,
            vec![approve(victim), fill(&badguy, ASKED)],
        ),
    ]
}

fn shapes_of_ends() -> Vec<Shape> {
    let user = |name: &str| format!("{HOST} username={name}");
    let (ends, again) = (user("user-expiry"), user("user-expiry-overwrite"));
    let (fourth, timeout) = (user("user4"), "protocol=https host=timeout.tld");
    let end = "password=pass password_expiry_utc=9999999999";
    let later = "password=pass2 password_expiry_utc=9999999999";
    let refresh = "password=pass oauth_refresh_token=xyzzy";
    vec![
        shape(
            "stores password_expiry_utc",
            true,
            true,
            vec![approve(&format!("{ends} {end}"))],
        ),
        shape(
            "gets password_expiry_utc",
            false,
            false,
            vec![fill(&ends, end)],
        ),
        shape(
            "overwrites when password_expiry_utc changes",
            false,
            false,
            vec![
                approve(&format!(
                    "{again} password=pass1 password_expiry_utc=9999999998"
                )),
                approve(&format!("{again} {later}")),
                fill(&again, later),
                reject(&format!("{again} password=pass2")),
                fill(&again, ASKED_FOR_PASSWORD),
            ],
        ),
        shape(
            "stores oauth_refresh_token",
            true,
            true,
            vec![approve(&format!("{fourth} {refresh}"))],
        ),
        shape(
            "gets oauth_refresh_token",
            false,
            false,
            vec![fill(&fourth, refresh)],
        ),
        shape(
            "times out",
            true,
            true,
            // git's own waits in between. What was never kept need not run out.
            vec![
                approve(&format!("{timeout} username=user password=pass")),
                fill(timeout, ASKED),
            ],
        ),
        shape(
            "test cleanup removes everything",
            true,
            true,
            ["store-user", "user1", "user2", "user-expiry", "user4"]
                .map(|name| reject(&user(name)))
                .into(),
        ),
    ]
}

/// The helper, as git's tests name it: for any host, behind whatever else is configured.
const HELPER: &str = r#"credential.helper=!"$PATGATE_HOME/git-credential-patgate""#;

/// A job whose lease is for the fake's TLS name.
struct Stage {
    github: FakeGitHub,
    job: Job,
}

impl Stage {
    /// With one gate of `rules`.
    fn set(rules: &str) -> Self {
        let account = Account::user("octocat").scopes("repo");
        let github = FakeGitHub::builder()
            .repository("acme/site", Visibility::Private)
            .token(classic(0), account.right("acme/site", Right::Push))
            .start()
            .unwrap();
        let mut job = Job::new(github.tls_url(), &classic(0));
        job.write_policy(&gate(rules));
        let ran = job.main(&mut Step::new().with("ca-certificates", github.ca_pem()));
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let stage = Self { github, job };
        stage.write_user();
        stage
    }

    /// Who is asked where no helper answers.
    fn write_user(&self) {
        let program = self.job.path("home/user");
        let answer = "case $1 in User*) echo asked-username;; *) echo asked-password;; esac";
        fs::write(&program, format!("#!/bin/sh\n{answer}\n")).unwrap();
        fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    }

    /// The host of the lease.
    fn host(&self) -> &str {
        self.github.tls_url().trim_start_matches("https://")
    }

    /// `git credential`, with `settings`.
    fn credential(&self, settings: &[&str], action: &str, request: &str) -> String {
        let mut git = self.job.git_command();
        for setting in settings {
            git.args(["-c", setting]);
        }
        git.args(["credential", action])
            .env("GIT_ASKPASS", self.job.path("home/user"));
        feed(git, request.as_bytes())
    }

    /// Whether git finds all that `shape` has it find, with the helper asked for every host.
    fn passes(&self, shape: &Shape, is_here: bool) -> bool {
        shape.told.iter().all(|told| {
            let lines = |words: &str| {
                let host = format!("host={}", self.host());
                let text = words.replace(' ', "\n") + "\n";
                if is_here {
                    text.replace("host=example.com\n", &(host + "\n"))
                } else {
                    text
                }
            };
            let settings = [HELPER, "credential.useHttpPath=true"];
            let said = self.credential(&settings, told.action, &lines(&told.attributes));
            let wanted = told.found.as_deref().map(lines).unwrap_or_default();
            set(&said) == set(&wanted)
        })
    }

    /// The sealed files, byte by byte.
    fn sealed(&self) -> Vec<Vec<u8>> {
        let leases = self.job.leases();
        assert!(!leases.is_empty());
        leases.iter().map(|path| fs::read(path).unwrap()).collect()
    }
}

/// The attributes of an answer; git repeats its server's headers only from 2.41 on.
fn set(text: &str) -> BTreeSet<&str> {
    let lines = text.lines();
    lines
        .filter(|line| !line.starts_with("wwwauth[]="))
        .collect()
}

const WHOLE_ORIGIN: &str = "    kinds: [classic]";

const REACH: &str = "    repositories: { acme/site: push }";

#[test]
fn gits_shapes_end_for_another_host_as_they_must() {
    let stage = Stage::set(REACH);
    let before = stage.sealed();
    for (number, shape) in (1..).zip(shapes()) {
        let passed = stage.passes(&shape, false);
        assert_eq!(passed, shape.elsewhere, "{number} {}", shape.name);
    }
    assert_eq!(stage.sealed(), before, "what git tells is not kept");
}

#[test]
fn gits_shapes_end_for_the_leases_own_host_as_they_must() {
    let stage = Stage::set(WHOLE_ORIGIN);
    let before = stage.sealed();
    for (number, shape) in (1..).zip(shapes()) {
        let passed = stage.passes(&shape, true);
        assert_eq!(passed, shape.here, "{number} {}", shape.name);
    }
    assert_eq!(stage.sealed(), before, "what git tells is not kept");
}

#[test]
fn without_a_path_a_reach_is_as_silent_as_for_another_host() {
    let stage = Stage::set(REACH);
    for (number, shape) in (1..).zip(shapes()) {
        let passed = stage.passes(&shape, true);
        assert_eq!(passed, shape.elsewhere, "{number} {}", shape.name);
    }
}

#[test]
fn a_password_that_git_rejects_stays() {
    let stage = Stage::set(REACH);
    let (host, token) = (stage.host(), &stage.job.token);
    let request = format!("protocol=https\nhost={host}\npath=acme/site.git\n");
    let whole = format!("{request}username=x-access-token\npassword={token}\n");
    let before = stage.sealed();
    for action in ["approve", "reject", "reject"] {
        assert_eq!(stage.credential(&[], action, &whole), "", "{action}");
    }
    assert_eq!(stage.credential(&[], "reject", &request), "");
    assert_eq!(stage.sealed(), before);
    let found = stage.credential(&[], "fill", &request);
    assert!(found.contains(&format!("password={token}\n")), "{found}");
}

#[test]
fn whichever_user_is_asked_for_the_answer_is_the_same() {
    let stage = Stage::set(REACH);
    for user in ["git", "octocat", "x-access-token", ""] {
        let request = format!(
            "protocol=https\nhost={}\npath=acme/site.git\nusername={user}\n",
            stage.host()
        );
        let found = stage.credential(&[], "fill", &request);
        assert!(found.contains("username=x-access-token\n"), "{found}");
        assert!(found.contains(&stage.job.token), "{user}: {found}");
    }
}

#[test]
fn a_url_is_taken_apart_by_git_and_near_misses_find_nothing() {
    let stage = Stage::set(REACH);
    let host = stage.host().to_owned();
    let port = host.split_once(':').unwrap().1;
    let answered = |url: &str| {
        let found = stage.credential(&[HELPER], "fill", &format!("url={url}\n\n"));
        found.contains(&stage.job.token)
    };
    assert!(answered(&format!("https://{host}/acme/site.git")));
    assert!(answered(&format!("https://git@{host}/Acme/Site/")));
    assert!(answered(&format!("https://LOCALHOST:{port}/acme/site")));
    for url in [
        format!("http://{host}/acme/site.git"),
        "https://localhost/acme/site.git".to_owned(),
        format!("https://localhost.:{port}/acme/site.git"),
        format!("https://xlocalhost:{port}/acme/site.git"),
        format!("https://localhost.evil.example:{port}/acme/site.git"),
        format!("https://evil.example/{host}/acme/site.git"),
        format!("https://{host}@evil.example/acme/site.git"),
        format!("https://localhost%00:{port}/acme/site.git"),
        format!("https://localhost%2f:{port}/acme/site.git"),
        format!("https://localhost:0{port}/acme/site.git"),
        format!("https://{host}/acme/%2e%2e/acme/site.git"),
        format!("https://{host}/acme/site.git/%2e%2e/vault.git"),
        format!("https://{host}/acme%5csite.git"),
        format!("https://{host}/acme/site.git%00"),
        format!("https://{host}/acme/site.git?x=/.."),
        format!("https://{host}/acme"),
        format!("https://{host}/"),
    ] {
        assert!(!answered(&url), "{url}");
    }
}

#[test]
fn an_answer_is_three_lines_and_no_word_more() {
    let stage = Stage::set(REACH);
    let request = format!(
        "protocol=https\nhost={}\npath=acme/site.git\n",
        stage.host()
    );
    for before in [
        "",
        "capability[]=authtype\ncapability[]=state\n",
        "authtype=Bearer\nephemeral=1\n",
    ] {
        let said = stage
            .job
            .ask_helper("get", format!("{before}{request}\n").as_bytes());
        let lines: Vec<_> = said.split('\n').collect();
        let [username, password, end, ""] = lines.as_slice() else {
            panic!("{said}");
        };
        assert_eq!(*username, "username=x-access-token");
        assert_eq!(*password, format!("password={}", stage.job.token));
        let end = end.strip_prefix("password_expiry_utc=").unwrap();
        assert!(end.bytes().all(|byte| byte.is_ascii_digit()), "{end}");
    }
}

#[test]
fn a_helper_behind_ours_is_asked_where_ours_is_silent_and_not_where_it_quits() {
    let mut stage = Stage::set(REACH);
    let behind = "credential.helper=!f() { echo username=behind; echo password=behind; }; f";
    let ask = |stage: &Stage, path: &str| {
        let request = format!("protocol=https\nhost={}\npath={path}\n", stage.host());
        stage.credential(&[behind], "fill", &request)
    };
    assert!(ask(&stage, "acme/vault.git").contains("password=behind"));
    assert!(!ask(&stage, "acme/site.git").contains("behind"));
    stage.job.env.remove("PATGATE_KEY");
    let said = ask(&stage, "acme/site.git");
    assert!(said.contains("told us to quit"), "{said}");
    assert!(!said.contains("password="), "{said}");
}

/// The table in the document, as its cells.
fn rows() -> Vec<Vec<String>> {
    let text = read("docs/conformance.md");
    let rows = text.lines().filter(|line| {
        line.strip_prefix("| ")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    rows.map(|row| {
        let cells = row.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    })
    .collect()
}

#[test]
fn the_document_tells_how_each_shape_ends() {
    let word = |passes: bool| if passes { "passes" } else { "fails" };
    let rows = rows();
    assert_eq!(rows.len(), shapes().len());
    for ((number, shape), row) in (1..).zip(shapes()).zip(&rows) {
        let told = [
            number.to_string(),
            shape.name.to_owned(),
            word(shape.elsewhere).to_owned(),
            word(shape.here).to_owned(),
        ];
        assert_eq!(row[..4], told);
    }
    let text = read("docs/conformance.md");
    let count = |passes: fn(&Shape) -> bool| shapes().iter().filter(|shape| passes(shape)).count();
    let elsewhere = count(|shape| shape.elsewhere);
    let here = count(|shape| shape.here);
    for words in [
        format!("{elsewhere} of {}", rows.len()),
        format!("{here} of {}", rows.len()),
    ] {
        assert!(text.contains(&words), "{words}");
    }
}

#[test]
fn the_document_names_tests_that_there_are() {
    let text = read("docs/conformance.md");
    let named: BTreeSet<_> = text
        .split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|word| word.split_once("::"))
        .collect();
    assert!(named.len() > 15, "{named:?}");
    for (file, test) in named {
        let source = read(&format!("tests/it/{file}.rs"));
        let is_there = source.contains(&format!("\nfn {test}() {{"));
        assert!(is_there, "{file}.rs has {test}");
    }
}
