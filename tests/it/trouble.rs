//! What goes wrong before a verdict: inputs, policies, networks, signals, and hostile words.

use std::fs;
use std::net::TcpListener;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use fake_github::{Account, FakeGitHub, Visibility};

use crate::canary;
use crate::issue::{ANY, gate, transcript};
use crate::runner::{Job, Step, classic};

fn github(token: &str) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(token, Account::user("octocat").scopes("repo"))
        .start()
        .unwrap()
}

#[test]
fn an_empty_secret_is_told_with_its_usual_causes() {
    let github = github(&classic(0));
    let mut job = Job::on(&github, &classic(0), &gate(ANY));
    let ran = job.main(&mut Step::new().with("token", ""));
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    ::error title=patgate::the token is unusable: the token is empty; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there: `HAS_TOKEN: ${{ secrets.NAME != '' }}` in the job's `env`, and `if: env.HAS_TOKEN == 'true'`
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_secret_that_is_no_token_is_told_apart_and_never_repeated() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::on(&github, &token, &gate(ANY));
    let pem = [
        "-----BEGIN RSA PRIVATE",
        " KEY-----\nMIIEcanarycanary\n-----END\n",
    ]
    .concat();
    for (secret, words) in [
        ("***".to_owned(), "`***`"),
        (format!("\"{token}\""), "quotes"),
        (
            format!("Bearer {token}"),
            "begins with a word such as `Bearer`",
        ),
        (format!("\u{feff}{token}"), "invisible"),
        (format!("https://x:{token}@github.com"), "is a URL"),
        ("${{ secrets.TOKEN }}".to_owned(), "nothing has expanded"),
        (pem, "private key"),
        (["ghr", &"x".repeat(76)].join("_"), "refresh token"),
        (token[..20].to_owned(), "cut off"),
        (format!("{token}\n{token}"), "line end inside"),
    ] {
        let ran = job.main(&mut Step::new().with("token", &secret));
        assert_eq!(ran.status, Some(2), "{}", ran.log);
        assert!(
            ran.log
                .contains("::error title=patgate::the token is unusable: "),
            "{}",
            ran.log
        );
        assert!(ran.log.contains(words), "{}", ran.log);
        assert!(!ran.log.contains("canary"), "{}", ran.log);
    }
    assert_eq!(
        github.requests(),
        [],
        "nobody is asked about what is no token"
    );
}

#[test]
fn a_policy_with_a_mistake_is_shown_where_it_is() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::on(
        &github,
        &token,
        "version: 1\ngates:\n  default:\n    kinds: [clasic]\n",
    );
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
     --> .github/patgate.yml:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^ did you mean `classic`?

    ::error title=patgate,file=.github/patgate.yml,line=4,col=13::cannot use the policy: `gates.default.kinds` takes a kind of token, and not `clasic`; did you mean `classic`?
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_policy_that_an_input_names_must_be_there() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    std::os::unix::fs::symlink("/proc/self/environ", job.path("workspace/link.yml")).unwrap();
    for (path, words) in [
        (
            "ci/policy.yml",
            "there is no policy file `ci/policy.yml` in the workspace; check out",
        ),
        ("../temp/policy.yml", "leads out of the workspace"),
        ("/etc/passwd", "leads out of the workspace"),
        ("link.yml", "leads out of the workspace"),
        (".github", "it is not a file"),
    ] {
        let ran = job.main(&mut Step::new().with("policy", path));
        assert_eq!(ran.status, Some(2));
        assert!(ran.log.contains(words), "{}", ran.log);
    }
}

#[test]
fn a_policy_behind_a_link_that_leads_nowhere_is_no_baseline() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    let path = job.path("workspace/.github/patgate.yml");
    std::os::unix::fs::symlink("../shared/patgate.yml", path).unwrap();
    let ran = job.main(&mut Step::new());
    assert_eq!(
        (ran.status, job.leases().len()),
        (Some(2), 0),
        "{}",
        ran.log
    );
    assert!(
        ran.log.contains("a link of its path leads nowhere"),
        "{}",
        ran.log
    );
}

#[test]
fn a_refusal_that_is_not_githubs_proves_nothing() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::on(
        &github,
        &token,
        &gate("    repositories: { acme/site: fetch, acme/vault: none }"),
    );
    let path = "/acme/vault.git/info/refs?service=git-upload-pack";
    for (status, headers) in [
        (401, vec![]),
        (
            403,
            vec![("content-type", "text/html"), ("retry-after", "9")],
        ),
        (
            403,
            vec![("content-type", "text/plain"), ("retry-after", "9")],
        ),
        (502, vec![]),
        (200, vec![("content-type", "text/html")]),
    ] {
        github.answer_with(path, status, &headers, "x");
        let ran = job.main(&mut Step::new());
        assert_eq!(ran.status, Some(1), "{status}: {}", ran.log);
        assert!(
            ran.log
                .contains("it is not known what the token can do with `acme/vault`"),
            "{status}: {}",
            ran.log
        );
    }
}

#[test]
fn a_step_that_cannot_be_handed_over_leaves_no_lease() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::on(&github, &token, &gate(ANY));
    let ran = job.main(&mut Step::new().with("host-temp", "host:relative"));
    assert_eq!(
        (ran.status, job.leases().len()),
        (Some(2), 0),
        "{}",
        ran.log
    );
    assert!(
        ran.log
            .contains("does not tell where its temporary directory lies"),
        "{}",
        ran.log
    );
}

#[test]
fn a_policy_may_stand_in_the_input_itself() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    let ran = job.main(&mut Step::new().with("policy", &gate("    kinds: [installation]")));
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert!(
        ran.log.contains("gate `default`: deny, 1 finding"),
        "{}",
        ran.log
    );
    assert!(
        ran.log.contains("::error title=patgate kind/not-allowed::"),
        "{}",
        ran.log
    );
    let ran = job.main(&mut Step::new().with("policy", "version: 1\ngates: []\n"));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.log
            .contains("::error title=patgate::cannot use the input `policy`, line 2: "),
        "no file to show it in: {}",
        ran.log
    );
}

#[test]
fn a_github_that_is_not_there_is_told() {
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut job = Job::new(&format!("http://127.0.0.1:{port}"), &classic(0));
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(2));
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    ::error title=patgate::cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: the connection was refused; check `server-url` and its port, whether the server is up, and the proxy in `HTTPS_PROXY`, if one is set
    ");
}

#[test]
fn what_is_not_github_is_told_from_github() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    let html = [("content-type", "text/html")];
    for (status, body, words) in [
        (200, "<html>log in</html>", "is not GitHub's API: HTTP 200"),
        (200, "{}", "is not GitHub's API: HTTP 200"),
        (401, "<html>proxy</html>", "is not GitHub's API: HTTP 401"),
        (
            503,
            "<html>maintenance</html>",
            "GitHub is out of order: HTTP 503",
        ),
        (
            404,
            "{\"message\":\"Not Found\"}",
            "HTTP 404, which this question does not have; it says: \"Not Found\"",
        ),
        (
            429,
            "{\"message\":\"slow down\"}",
            "answers no more questions for now",
        ),
    ] {
        github.answer_with("/api/v3/user", status, &html, body);
        let ran = job.main(&mut Step::new());
        assert_eq!(ran.status, Some(2), "{}", ran.log);
        assert!(ran.log.contains(words), "{}", ran.log);
    }
}

#[test]
fn a_redirect_never_carries_the_token_to_another_host() {
    let token = classic(0);
    let github = github(&token);
    let other = FakeGitHub::builder().start().unwrap();
    github.redirect("/api/v3/user", &format!("{}/api/v3/user", other.url()));
    let path = "/acme/site.git/info/refs?service=git-receive-pack";
    github.redirect(path, &format!("{}{path}", other.url()));
    let mut job = Job::on(
        &github,
        &token,
        &gate("    repositories: { acme/site: push }"),
    );
    assert_eq!(job.main(&mut Step::new()).status, Some(2));
    let user = "{\"login\":\"octocat\"}";
    github.answer_with("/api/v3/user", 200, &[("x-github-request-id", "1")], user);
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.log.contains("it is redirected to another host"),
        "{}",
        ran.log
    );
    assert_eq!(other.requests(), []);
}

#[test]
fn hostile_words_never_become_commands() {
    let token = classic(0);
    let github = github(&token);
    let hostile = "x\\r\\n::set-output name=verdict::allow\\n##[set-output name=a]b\\u2028 <img src=x> [a](https://evil.example) | ` @octocat";
    let said = format!("{{\"message\":\"{hostile} {token}\"}}");
    github.answer_with("/api/v3/user", 403, &[], &said);
    let mut job = Job::on(&github, &token, &gate(ANY));
    let ran = job.main(&mut Step::new());
    harmless(&ran.log, &ran.summary);
    let user = format!("{{\"login\":\"{hostile}\"}}");
    github.answer_with(
        "/api/v3/user",
        200,
        &[
            ("x-github-request-id", "1"),
            ("x-oauth-scopes", "a|b, <b>x</b>, ##[c]"),
        ],
        &user,
    );
    let ran = job.main(&mut Step::new());
    harmless(&ran.log, &ran.summary);
    assert_eq!(ran.outputs["verdict"], "allow");
    assert!(!ran.outputs.contains_key("name"), "{:?}", ran.outputs);
}

#[track_caller]
pub(crate) fn harmless(log: &str, summary: &str) {
    assert!(!log.contains("##["), "{log}");
    assert!(!log.contains(['\r', '\u{2028}']), "{log}");
    let commands = log
        .lines()
        .filter(|line| line.trim_start().starts_with("::"));
    for command in commands {
        assert!(
            command.starts_with("::error title=patgate")
                || command.starts_with("::warning title=patgate"),
            "{command}"
        );
    }
    assert!(
        !summary.contains("<img") && !summary.contains("](http") && !summary.contains("@octocat"),
        "{summary}"
    );
}

#[test]
fn an_authority_of_its_own_is_trusted_only_by_input() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.tls_url(), &token);
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(2));
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    ::error title=patgate::cannot inspect the token: cannot reach GitHub at `https://github.test/api/v3`: its certificate comes from an authority that is not trusted here, `CN=fake-github CA`; give this authority's certificate, as PEM text, with the input `ca-certificates`
    ");
    let ran = job.main(&mut Step::new().with("ca-certificates", github.ca_pem()));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let ran = job.main(&mut Step::new().with("ca-certificates", "not PEM"));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.log
            .contains("the input `ca-certificates` holds no certificate"),
        "{}",
        ran.log
    );
}

#[test]
fn a_configuration_that_breaks_git_is_told_and_not_added_to() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    job.env
        .insert("GIT_CONFIG_COUNT".to_owned(), "2".to_owned());
    job.env
        .insert("GIT_CONFIG_KEY_0".to_owned(), "a.b".to_owned());
    job.env
        .insert("GIT_CONFIG_VALUE_0".to_owned(), "c".to_owned());
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.log
            .contains("`GIT_CONFIG_COUNT` counts more than there is: `GIT_CONFIG_KEY_1`"),
        "{}",
        ran.log
    );
    assert_eq!((ran.added, job.leases().len()), (vec![], 0));
}

#[test]
fn a_cancelled_run_ends_at_once_and_leaves_nothing() {
    for signal in ["INT", "TERM"] {
        let token = classic(0);
        let github = github(&token);
        github.stall(true);
        let mut job = Job::new(github.url(), &token);
        let mut step = Step::new();
        let (child, files) = job.start(&step, "patgate");
        wait_for(|| !github.requests().is_empty());
        let arguments = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap();
        canary::assert_clean("the argument list", &arguments, &token);
        let kill = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let ran = job.finish(child, &files, &mut step);
        assert_eq!(
            (ran.status, ran.signal),
            (Some(2), None),
            "it handles {signal} itself"
        );
        assert!(
            ran.log.contains("the run was cancelled; run the job again"),
            "{}",
            ran.log
        );
        assert!(!job.home().exists());
        assert_eq!(job.post(&mut step).status, Some(0));
    }
}

#[test]
fn something_else_in_the_place_of_the_directory_is_refused() {
    let token = classic(0);
    let github = github(&token);
    let mut job = Job::new(github.url(), &token);
    let elsewhere = job.path("home/elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, job.home()).unwrap();
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(2));
    assert!(ran.log.contains("is not patgate's: a link"), "{}", ran.log);
    assert_eq!(
        fs::read_dir(elsewhere).unwrap().count(),
        0,
        "the link was not followed"
    );
}

/// Waits for another process; the bound only ends a run that hangs.
pub(crate) fn wait_for(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_mins(1), "it never happens");
        thread::sleep(Duration::from_millis(5));
    }
}
