//! Later steps: plain git, with what the lease left in the environment and nothing else.

use std::fs;
use std::thread;

use fake_github::{Account, FakeGitHub, Right, Visibility};

use patgate_credential::Key;
use patgate_credential::secrecy::ExposeSecret as _;

use crate::canary;
use crate::issue::gate;
use crate::runner::{Job, Step, classic};
use crate::trouble::wait_for;

const REACH: &str = "    repositories: { acme/site: push, acme/docs: fetch }";

pub(crate) fn github() -> FakeGitHub {
    let account = Account::user("octocat").scopes("repo");
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .repository("acme/vault", Visibility::Private)
        .repository("other/part", Visibility::Private)
        .token(
            classic(0),
            account
                .clone()
                .right("acme/site", Right::Push)
                .right("acme/docs", Right::Fetch)
                .right("acme/vault", Right::Fetch),
        )
        .token(
            classic(1),
            Account::user("robot")
                .scopes("repo")
                .right("other/part", Right::Push),
        )
        .start()
        .unwrap()
}

/// A job after patgate, with a lease of two repositories.
#[track_caller]
fn leased(github: &FakeGitHub) -> (Job, Step) {
    let mut job = Job::on(github, &classic(0), &gate(REACH));
    let mut step = Step::new();
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    (job, step)
}

/// git's request for a path of the fake's.
fn request(github: &FakeGitHub, path: &str) -> String {
    let host = github.url().trim_start_matches("http://");
    format!("protocol=http\nhost={host}\npath={path}\n\n")
}

#[test]
fn clone_fetch_and_push_just_work() {
    let github = github();
    let (job, _) = leased(&github);
    let url = format!("{}/acme/site", github.url());
    job.git_ok(&["clone", "--quiet", &url]);
    fs::write(job.path("home/site/news.md"), "news\n").unwrap();
    job.git_ok(&["-C", "site", "add", "."]);
    job.git_ok(&["-C", "site", "commit", "--quiet", "-m", "Tell the news"]);
    job.git_ok(&["-C", "site", "push", "--quiet"]);
    job.git_ok(&["-C", "site", "fetch", "--quiet"]);
    let bare = github.repository_path("acme/site");
    let log = job.git_ok(&[
        "-C",
        bare.to_str().unwrap(),
        "log",
        "-1",
        "--format=%s",
        "main",
    ]);
    assert_eq!(log, "Tell the news\n", "the push has arrived");
    canary::assert_clean_folder(job.dir.path(), &job.token);
}

#[test]
fn a_clone_over_tls_works_too() {
    let github = github();
    let mut job = Job::new(github.tls_url(), &classic(0));
    job.write_policy(&gate(REACH));
    let ran = job.main(&mut Step::new().with("ca-certificates", github.ca_pem()));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    job.env.insert(
        "GIT_SSL_CAINFO".to_owned(),
        github.ca_file().display().to_string(),
    );
    job.git_ok(&[
        "clone",
        "--quiet",
        &format!("{}/acme/site.git", github.tls_url()),
    ]);
}

#[test]
fn submodules_come_along_by_https_by_ssh_and_by_relative_url() {
    let github = github();
    let (job, _) = leased(&github);
    let url = |name: &str| format!("{}/{name}", github.url());
    job.git_ok(&["clone", "--quiet", &url("acme/site")]);
    let add = |url: &str, path: &str| {
        job.git_ok(&[
            "-C",
            "site",
            "-c",
            "protocol.file.allow=always",
            "submodule",
            "--quiet",
            "add",
            url,
            path,
        ]);
    };
    add(&url("acme/docs.git"), "by-https");
    add("git@127.0.0.1:acme/docs.git", "by-scp");
    add("ssh://git@127.0.0.1/acme/docs.git", "by-ssh");
    add("../docs.git", "by-relative");
    job.git_ok(&["-C", "site", "commit", "--quiet", "-m", "Add the documents"]);
    job.git_ok(&["-C", "site", "push", "--quiet"]);
    job.git_ok(&[
        "clone",
        "--quiet",
        "--recurse-submodules",
        &url("acme/site"),
        "again",
    ]);
    for path in ["by-https", "by-scp", "by-ssh", "by-relative"] {
        assert!(
            job.path("home/again")
                .join(path)
                .join("README.md")
                .is_file(),
            "{path}"
        );
    }
}

#[test]
fn without_the_rewriting_ssh_remotes_stay_ssh() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), &gate(REACH));
    let ran = job.main(&mut Step::new().with("rewrite-ssh", "false"));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let url = "git@127.0.0.1:acme/site.git";
    assert_eq!(job.git_ok(&["ls-remote", "--get-url", url]).trim(), url);
}

#[test]
fn another_host_port_scheme_or_spelling_gets_what_it_should() {
    let github = github();
    let (job, _) = leased(&github);
    let host = github.url().trim_start_matches("http://").to_owned();
    let port = host.split_once(':').unwrap().1;
    let answered = |protocol: &str, host: &str| {
        let request = format!("protocol={protocol}\nhost={host}\npath=acme/site.git\n\n");
        job.ask_helper("get", request.as_bytes())
            .contains(&format!("password={}", job.token))
    };
    assert!(answered("http", &host), "the sealed origin");
    for (protocol, host) in [
        ("http", "evil.example".to_owned()),
        ("http", format!("127.0.0.1.evil.example:{port}")),
        ("http", format!("127.0.0.2:{port}")),
        ("http", "127.0.0.1".to_owned()),
        ("http", "127.0.0.1:1".to_owned()),
        ("http", format!("127.0.0.1.:{port}")),
        ("http", format!("x@127.0.0.1:{port}")),
        ("https", host.clone()),
        ("HTTP", host.clone()),
        ("ssh", host.clone()),
    ] {
        assert!(!answered(protocol, &host), "{protocol}://{host}");
    }
    let said = job.fill("protocol=https\nhost=evil.example\npath=acme/site.git\n\n");
    assert!(
        said.contains("terminal prompts disabled"),
        "git goes on to its next source: {said}"
    );
}

#[test]
fn a_host_in_upper_case_is_the_same_host() {
    let github = github();
    let mut job = Job::new(
        &github.tls_url().replace("localhost", "LOCALHOST"),
        &classic(0),
    );
    job.write_policy(&gate(REACH));
    let ran = job.main(&mut Step::new().with("ca-certificates", github.ca_pem()));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let host = github
        .tls_url()
        .trim_start_matches("https://")
        .to_uppercase();
    let said = job.fill(&format!("protocol=https\nhost={host}\npath=Acme/SITE\n\n"));
    assert!(said.contains(&format!("password={}", job.token)), "{said}");
}

#[test]
fn a_path_outside_the_reach_gets_nothing() {
    let github = github();
    let (job, _) = leased(&github);
    let inside = job.fill(&request(&github, "acme/site.git"));
    assert!(inside.contains(&job.token), "{inside}");
    for path in [
        "acme/vault.git",
        "acme/site-other.git",
        "other/part.git",
        "acme/../acme/site.git",
        "acme/%2e%2e/acme/site.git",
        "acme/site.git/../vault.git",
        "acme//site.git",
        "",
    ] {
        let said = job.fill(&request(&github, path));
        assert!(!said.contains(&job.token), "{path}: {said}");
        assert!(said.contains("terminal prompts disabled"), "{path}: {said}");
    }
    let (success, said) = job.git(&["clone", "--quiet", &format!("{}/acme/vault", github.url())]);
    assert!(!success, "the token could, and the lease does not: {said}");
}

#[test]
fn dots_in_a_url_lead_the_token_nowhere_else() {
    let github = github();
    let (job, _) = leased(&github);
    github.forget_requests();
    for path in [
        "acme/%2e%2e/acme/vault.git",
        "acme/site/%2e%2e/vault.git",
        "acme%2fvault.git",
    ] {
        let (success, _) = job.git(&["clone", "--quiet", &format!("{}/{path}", github.url()), "x"]);
        assert!(!success, "{path}");
    }
    github.allow_unknown_routes();
    let sent: Vec<_> = github
        .requests()
        .into_iter()
        .filter(|request| request.authorization.is_some())
        .collect();
    assert!(sent.is_empty(), "{sent:?}");
}

#[test]
fn an_expired_lease_is_told_and_nobody_is_prompted() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), &gate(REACH));
    let ran = job.main(&mut Step::new().with("ttl", "1s"));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    wait_for(|| {
        !job.fill(&request(&github, "acme/site.git"))
            .contains(&job.token)
    });
    let said = job.fill(&request(&github, "acme/site.git"));
    assert!(
        said.contains("git-credential-patgate: the lease has expired; run patgate closer"),
        "{said}"
    );
    assert!(said.contains("told us to quit"), "{said}");
    let elsewhere = job.ask_helper("get", request(&github, "acme/vault.git").as_bytes());
    assert_eq!(
        elsewhere, "",
        "an ended lease for something else is no answer"
    );
}

#[test]
fn the_password_says_when_it_ends() {
    let github = github();
    let (job, _) = leased(&github);
    let said = job.ask_helper("get", request(&github, "acme/site.git").as_bytes());
    let lines: Vec<_> = said.lines().collect();
    assert_eq!(lines[0], "username=x-access-token");
    assert!(
        lines[2].starts_with("password_expiry_utc=1")
            || lines[2].starts_with("password_expiry_utc=2"),
        "{said}"
    );
    assert_eq!(lines.len(), 3);
}

#[test]
fn a_wrong_key_or_a_changed_byte_opens_nothing() {
    let github = github();
    let (mut job, _) = leased(&github);
    let ask = |job: &Job| job.fill(&request(&github, "acme/site.git"));
    let key = job.env["PATGATE_KEY"].clone();
    for (other, words) in [
        (
            Key::generate()
                .unwrap()
                .to_text()
                .expose_secret()
                .to_owned(),
            "sealed with another key, or altered",
        ),
        ("short".to_owned(), "PATGATE_KEY is not a lease's key"),
    ] {
        job.env.insert("PATGATE_KEY".to_owned(), other);
        let said = ask(&job);
        assert!(
            said.contains(words) && said.contains("told us to quit"),
            "{said}"
        );
    }
    job.env.remove("PATGATE_KEY");
    assert!(ask(&job).contains("PATGATE_KEY is not set in this step"));
    job.env.insert("PATGATE_KEY".to_owned(), key);
    let lease = &job.leases()[0];
    let whole = fs::read(lease).unwrap();
    for at in [0, 20, whole.len() - 2] {
        let mut changed = whole.clone();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        fs::write(lease, changed).unwrap();
        let said = ask(&job);
        assert!(
            !said.contains(&job.token) && said.contains("told us to quit"),
            "byte {at}: {said}"
        );
    }
    fs::write(lease, whole).unwrap();
    assert!(ask(&job).contains(&job.token), "and back");
}

#[test]
fn a_lease_of_another_job_does_not_open() {
    let github = github();
    let (mut job, _) = leased(&github);
    job.env
        .insert("GITHUB_RUN_ID".to_owned(), "4712".to_owned());
    let said = job.fill(&request(&github, "acme/site.git"));
    assert!(said.contains("made in another job"), "{said}");
}

#[test]
fn a_header_that_checkout_persisted_steps_back_for_the_reach_alone() {
    let github = github();
    let (job, _) = leased(&github);
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    // As actions/checkout writes it, with a token that reaches neither repository.
    let basic = base64::Engine::encode(
        &base64::prelude::BASE64_STANDARD,
        format!("x-access-token:{}", classic(1)),
    );
    let header = format!("AUTHORIZATION: basic {basic}");
    let key = format!("http.{}/.extraheader", github.url());
    job.git_ok(&["-C", "site", "config", "--local", &key, &header]);
    job.git_ok(&["-C", "site", "fetch", "--quiet"]);
    job.git_ok(&["-C", "site", "push", "--quiet"]);
    let other = format!("{}/other/part", github.url());
    job.git_ok(&["-C", "site", "ls-remote", "--quiet", &other]);
    let users: Vec<_> = github
        .requests()
        .into_iter()
        .filter(|request| request.path.starts_with("/other/"))
        .filter_map(|request| request.authorization)
        .collect();
    assert!(
        users.iter().all(|sent| sent.ends_with(&basic)) && !users.is_empty(),
        "checkout's token serves its own"
    );
}

#[test]
fn a_store_of_the_users_never_receives_the_token() {
    let github = github();
    let (job, _) = leased(&github);
    let store = job.path("home/.git-credentials");
    job.git_ok(&[
        "config",
        "--global",
        "credential.helper",
        &format!("store --file={}", store.display()),
    ]);
    let scoped = format!("credential.{}.helper", github.url());
    job.git_ok(&[
        "config",
        "--global",
        &scoped,
        &format!("store --file={}", store.display()),
    ]);
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    assert!(
        !store.exists(),
        "git stores what it was given with every helper that is asked"
    );
    canary::assert_clean_folder(job.dir.path(), &job.token);
}

#[test]
fn the_jobs_own_configuration_by_environment_goes_on_working() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), &gate(REACH));
    for (name, value) in [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "user.name"),
        ("GIT_CONFIG_VALUE_0", "from the workflow"),
        ("GIT_CONFIG_PARAMETERS", "'init.defaultbranch=trunk'"),
    ] {
        job.env.insert(name.to_owned(), value.to_owned());
    }
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(
        job.git_ok(&["config", "user.name"]).trim(),
        "from the workflow"
    );
    assert_eq!(
        job.git_ok(&["config", "init.defaultbranch"]).trim(),
        "trunk"
    );
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
}

#[test]
fn a_configuration_of_the_step_alone_does_not_break_later_git() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), &gate(REACH));
    let own = [
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "alias.two"),
        ("GIT_CONFIG_VALUE_0", "!echo one\necho two"),
    ];
    job.env
        .extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    // Only what patgate wrote is there for the next step.
    job.env = ran.added.into_iter().collect();
    assert_eq!(job.git_ok(&["two"]), "one\ntwo\n");
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
}

#[test]
fn older_git_is_served_by_the_parameters_alone() {
    let github = github();
    let (mut job, _) = leased(&github);
    job.env
        .retain(|name, _| !name.starts_with("GIT_CONFIG_COUNT"));
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
}

#[test]
fn of_a_long_reach_each_repository_is_the_leases() {
    let names: Vec<_> = (0..40).map(|n| format!("acme/part-{n}")).collect();
    let mut account = Account::user("octocat").scopes("repo");
    let mut builder = FakeGitHub::builder();
    for name in &names {
        builder = builder.repository(name, Visibility::Private);
        account = account.right(name, Right::Fetch);
    }
    let github = builder.token(classic(0), account).start().unwrap();
    let reach = names.join(": fetch, ");
    let rules = format!("    repositories: {{ {reach}: fetch }}");
    let mut job = Job::on(&github, &classic(0), &gate(&rules));
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(job.env["GIT_CONFIG_COUNT"], "3", "the helper alone");
    // As checkout persists one, of a token that nobody knows.
    let key = format!("http.{}/.extraheader", github.url());
    let header = "AUTHORIZATION: basic bm9ib2R5Om5vYm9keQ==";
    job.git_ok(&["config", "--global", &key, header]);
    for name in [&names[0], &names[39]] {
        for end in ["", ".git"] {
            job.git_ok(&["ls-remote", &format!("{}/{name}{end}", github.url())]);
        }
    }
}

#[test]
fn two_leases_in_one_job_do_not_quarrel() {
    let github = github();
    let (mut job, mut first) = leased(&github);
    let key = job.env["PATGATE_KEY"].clone();
    job.write_policy(&gate("    repositories: { other/part: push }"));
    let mut second = Step::new().with("token", &classic(1));
    let ran = job.main(&mut second);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(job.env["PATGATE_KEY"], key, "one key a job");
    assert_eq!(job.leases().len(), 2);
    let helpers = job.git_ok(&[
        "config",
        "--get-all",
        &format!("credential.{}.helper", github.url()),
    ]);
    let ours = helpers
        .lines()
        .filter(|line| line.contains("patgate"))
        .count();
    assert!(
        ours <= 2,
        "one helper entry in each of git's two ways: {helpers}"
    );
    let said = job.fill(&request(&github, "acme/site.git"));
    assert!(said.contains(&classic(0)), "{said}");
    let said = job.fill(&request(&github, "other/part.git"));
    assert!(said.contains(&classic(1)), "{said}");
    job.git_ok(&["clone", "--quiet", &format!("{}/other/part", github.url())]);

    assert_eq!(job.post(&mut second).status, Some(0));
    assert_eq!(job.leases().len(), 1, "each post ends its own");
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    assert_eq!(job.post(&mut first).status, Some(0));
    assert!(!job.home().exists());
}

#[test]
fn parallel_fetches_are_all_answered_and_journalled() {
    let github = github();
    let (mut job, mut step) = leased(&github);
    let url = format!("{}/acme/docs", github.url());
    thread::scope(|scope| {
        for n in 0..8 {
            let (job, url) = (&job, &url);
            scope.spawn(move || job.git_ok(&["clone", "--quiet", url, &n.to_string()]));
        }
    });
    let ran = job.post(&mut step);
    assert!(
        ran.log.contains("/acme/docs: 8 times answered"),
        "{}",
        ran.log
    );
}
