//! Patterns of repositories: what the policy opens by them, the helper answers for, and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use fake_github::{Account, FakeGitHub, Request, Right, Visibility};
use jiff::{SignedDuration, Timestamp};
use patgate::facts::{Expiry, RepositoryName, RepositoryPattern, TokenFacts, TokenKind};
use patgate::lease;
use patgate::policy::{Document, Run};
use patgate_credential::reach::Closeness;
use patgate_credential::{Credential, Job as Tenant, Key, LeaseName, Origin, Terms, seal};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use crate::issue::gate;
use crate::runner::{Job, Ran, Step, classic, fine_grained};

/// The token can fetch from the vault, so that only the lease keeps git out of it.
const REACH: &str = "    repositories: { acme/*: fetch, acme/site: push, acme/secret-*: none, acme/secret-plan: fetch, acme/vault: none }\n    levels: { repositories/reachable: warn }";

fn github() -> FakeGitHub {
    let names = [
        "acme/docs",
        "acme/secret-plan",
        "acme/secret-sauce",
        "acme/site",
        "acme/vault",
        "acme-labs/part",
    ];
    let all = |account: Account| {
        let account = account.scopes("repo");
        names
            .iter()
            .fold(account, |account, name| account.right(*name, Right::Push))
    };
    let builder = names.iter().fold(FakeGitHub::builder(), |github, name| {
        github.repository(*name, Visibility::Private)
    });
    builder
        .token(classic(0), all(Account::user("octocat")))
        .token(classic(1), all(Account::user("robot")))
        .token(fine_grained(), all(Account::user("checkout")))
        .start()
        .unwrap()
}

#[track_caller]
fn leased(github: &FakeGitHub) -> (Job, Step, Ran) {
    let mut job = Job::on(github, &classic(0), &gate(REACH));
    let mut step = Step::new();
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    (job, step, ran)
}

/// What git gets for a path of the fake's.
fn fill(github: &FakeGitHub, job: &Job, path: &str) -> String {
    let host = github.url().trim_start_matches("http://");
    job.fill(&format!("protocol=http\nhost={host}\npath={path}\n\n"))
}

#[test]
fn git_clones_what_fits_a_pattern_and_no_exception() {
    let github = github();
    let (mut job, mut step, _) = leased(&github);
    let url = |name: &str| format!("{}/{name}", github.url());
    for name in [
        "acme/docs",
        "ACME/Docs.git",
        "acme/secret-plan",
        "acme/site",
    ] {
        job.git_ok(&["clone", "--quiet", &url(name), &name.replace('/', "-")]);
    }
    fs::write(job.path("home/acme-site/news.md"), "news\n").unwrap();
    job.git_ok(&["-C", "acme-site", "add", "."]);
    job.git_ok(&[
        "-C",
        "acme-site",
        "commit",
        "--quiet",
        "-m",
        "Tell the news",
    ]);
    job.git_ok(&["-C", "acme-site", "push", "--quiet"]);
    for name in [
        "acme/vault",
        "acme/VAULT",
        "acme/vault.git",
        "acme/secret-sauce",
        "acme-labs/part",
    ] {
        let (success, said) = job.git(&["clone", "--quiet", &url(name), "x"]);
        assert!(!success, "the token could, and the lease does not: {name}");
        assert!(said.contains("terminal prompts disabled"), "{name}: {said}");
    }
    let ran = job.post(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let host = github.url().trim_start_matches("http://");
    // For programs the same stands there again.
    let log = ran.log.split("\nuses as JSON").next().unwrap();
    insta::assert_snapshot!(job.stable(log).replace(host, "github.test"), @"
    the lease has ended: 4 files removed, and verified to be gone
    github.test/ACME/Docs: once answered
    github.test/acme-labs/part: once not answered, out of reach
    github.test/acme/VAULT: once not answered, out of reach
    github.test/acme/docs: once answered
    github.test/acme/secret-plan: once answered
    github.test/acme/secret-sauce: once not answered, out of reach
    github.test/acme/site: twice answered
    github.test/acme/vault: twice not answered, out of reach
    ");
}

#[test]
fn a_wiki_and_lfs_fit_as_their_repository_does() {
    let github = github();
    let (job, ..) = leased(&github);
    for end in [
        "",
        ".git",
        ".wiki",
        ".wiki.git",
        ".git/info/lfs",
        ".git/info/lfs/objects/batch",
    ] {
        for (name, opens) in [
            ("acme/docs", true),
            ("acme/secret-plan", true),
            ("acme/secret-sauce", false),
            ("acme/vault", false),
            ("Acme/Vault", false),
        ] {
            let said = fill(&github, &job, &format!("{name}{end}"));
            assert_eq!(said.contains(&job.token), opens, "{name}{end}: {said}");
        }
    }
    for path in [
        "acme/vault.GIT",
        "acme/vault.git.git",
        "acme/vault.Wiki.git",
        "acme/site/../vault.git",
        "acme/%76ault",
        "acme/*",
        "acme/",
        "acme",
        "",
    ] {
        let said = fill(&github, &job, path);
        assert!(!said.contains(&job.token), "{path}: {said}");
    }
}

#[test]
fn the_lease_that_fits_most_closely_answers() {
    let github = github();
    let mut job = Job::on(&github, &classic(0), "");
    let tokens = [classic(0), classic(1), fine_grained()];
    for (token, rules) in [
        (0, "    repositories: { acme/*: fetch }"),
        (
            1,
            "    repositories: { acme/s*: fetch, acme/site: none }\n    levels: { repositories/reachable: warn }",
        ),
        (2, "    repositories: { acme/secret-plan: fetch }"),
    ] {
        job.write_policy(&gate(rules));
        let ran = job.main(&mut Step::new().with("token", &tokens[token]));
        assert_eq!(ran.status, Some(0), "{}", ran.log);
    }
    for (path, answers) in [
        ("acme/docs.git", 0),
        ("acme/secret-sauce.git", 1),
        ("acme/site.git", 0),
        ("acme/secret-plan.git", 2),
    ] {
        let said = fill(&github, &job, path);
        assert!(said.contains(&tokens[answers]), "{path}: {said}");
    }
}

/// What git has shown of itself to get at `owner`'s repositories.
fn shown(github: &FakeGitHub, owner: &str) -> Vec<String> {
    let of_owner = |request: &Request| request.path.to_ascii_lowercase().starts_with(owner);
    let requests = github.requests().into_iter().filter(of_owner);
    requests
        .filter_map(|request| request.authorization)
        .collect()
}

#[test]
fn a_header_that_checkout_persisted_steps_back_for_the_patterns_owner_alone() {
    let github = github();
    let mut job = Job::on(
        &github,
        &classic(0),
        &gate(&REACH.replace("acme/*", "Acme/*")),
    );
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    job.git_ok(&["init", "--quiet", "work"]);
    let basic = |token: &str| {
        base64::Engine::encode(
            &base64::prelude::BASE64_STANDARD,
            format!("x-access-token:{token}"),
        )
    };
    let header = format!("AUTHORIZATION: basic {}", basic(&classic(1)));
    let key = format!("http.{}/.extraheader", github.url());
    job.git_ok(&["-C", "work", "config", "--local", &key, &header]);
    let look = |name: &str| {
        github.forget_requests();
        let url = format!("{}/{name}", github.url());
        job.git(&["-C", "work", "ls-remote", "--quiet", &url]).0
    };
    for name in [
        "acme/docs",
        "Acme/docs.git",
        "acme/site",
        "acme/secret-plan",
    ] {
        assert!(look(name), "{name}");
        let shown = shown(&github, "/acme/");
        let of_lease = |sent: &String| sent.ends_with(&basic(&classic(0)));
        assert!(!shown.is_empty() && shown.iter().all(of_lease), "{name}");
    }
    for name in ["acme/vault", "Acme/vault", "acme/secret-sauce"] {
        assert!(!look(name), "{name}");
        let shown = shown(&github, "/acme/");
        assert!(shown.is_empty(), "what is out of reach is nobody's: {name}");
    }
    assert!(look("acme-labs/part"), "a path ends at a slash");
    let shown = shown(&github, "/acme-labs/");
    let of_checkout = |sent: &String| sent.ends_with(&basic(&classic(1)));
    assert!(!shown.is_empty() && shown.iter().all(of_checkout));
}

#[test]
fn a_pattern_is_told_with_its_exceptions() {
    let github = github();
    let (job, _, ran) = leased(&github);
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    acme/secret-plan: fetch
    acme/site: fetch and push
    acme/vault: fetch
    policy `.github/patgate.yml`, gate `default`: allow, 2 findings
    leased to git until <instant>: acme/*, acme/secret-plan, acme/site, !acme/secret-*, !acme/vault of https://github.test
    ::warning title=patgate repositories/unseen,file=.github/patgate.yml,line=4,col=53::it cannot be seen whether the token reaches a repository that fits `acme/secret-*`, where the policy has `none`; name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`
    ::warning title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=99::the token can fetch from `acme/vault`, where the policy has `none`; remove `acme/vault` from the token, or make a token that does not have it
    ");
    let heading: Vec<_> = ran.summary.lines().skip(2).take(1).collect();
    insta::assert_snapshot!(job.stable(&heading.join("\n")), @"Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Leased to git until <instant>: all of <code>acme/&#42;</code>, <code>acme/secret-plan</code>, <code>acme/site</code> but <code>acme/secret-&#42;</code>, <code>acme/vault</code>.");
    let report = fs::read_to_string(&ran.outputs["report"]).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    insta::assert_snapshot!(report["lease"]["repositories"], @r#"["acme/*","acme/secret-plan","acme/site","!acme/secret-*","!acme/vault"]"#);
}

#[test]
fn a_reach_of_patterns_alone_asks_of_no_repository() {
    let github = github();
    let mut job = Job::on(
        &github,
        &classic(0),
        &gate(
            "    permissions: { require: { issues: read } }\n    repositories: { acme/*: push, acme/secret-*: none }",
        ),
    );
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(crate::issue::transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    leased to git until <instant>: acme/*, !acme/secret-* of https://github.test
    ::warning title=patgate repositories/unseen,file=.github/patgate.yml,line=5,col=35::it cannot be seen whether the token reaches a repository that fits `acme/secret-*`, where the policy has `none`; name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`
    --- requests ---
    GET /api/v3/user
    --- exit 0, 1 leased ---
    ");
}

/// Names and patterns in few letters, so that many fit.
fn patterns() -> impl Strategy<Value = String> {
    let owner = select(vec!["acme", "Acme", "octo"]);
    (owner, "[ab*]{1,5}|[aA][bB.]{0,2}[*]?").prop_map(|(owner, repo)| format!("{owner}/{repo}"))
}

fn names() -> impl Strategy<Value = String> {
    let owner = select(vec!["acme", "ACME", "octo", "acme-a"]);
    (owner, "[abAB]{1,6}|a[b.]{0,3}").prop_map(|(owner, repo)| format!("{owner}/{repo}"))
}

/// What a lease opens after it was sealed, by path, beside what the policy says.
fn opens(
    policy: &BTreeMap<String, &str>,
    names: &[String],
) -> Option<Vec<(bool, Option<Closeness>)>> {
    let lines = policy
        .iter()
        .map(|(pattern, access)| format!("'{pattern}': {access}"));
    let lines = lines.collect::<Vec<_>>().join(", ");
    let text = format!("version: 1\ngates: {{ default: {{ repositories: {{ {lines} }} }} }}\n");
    // One that opens nothing is an error.
    let policy = Document::parse(&text, "policy").ok()?;
    let policy = policy.gate("default").unwrap();
    let now = Timestamp::UNIX_EPOCH;
    let facts = TokenFacts {
        expiry: Expiry::At(now + SignedDuration::from_hours(1)),
        ..TokenFacts::unknown(TokenKind::Classic)
    };
    let run = Run {
        audit: true,
        facts: None,
    };
    let clearance = policy.judge(&facts, &run, now).into_clearance().unwrap();
    let credential = Credential {
        username: "x".to_owned(),
        password: "x".into(),
        terms: Terms {
            origin: Origin::parse("https://github.com").unwrap(),
            reach: lease::reach(&clearance),
            issued_at: UNIX_EPOCH,
            expires_at: UNIX_EPOCH + Duration::from_mins(1),
            job: Tenant::read(|_| None),
        },
    };
    let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
    let sealed = seal::seal(&credential, &name, &key).unwrap();
    let opened = seal::open(&sealed, &name, &key, UNIX_EPOCH)
        .unwrap()
        .terms
        .reach;
    let reach = clearance.reach().unwrap();
    let both = names.iter().map(|name| {
        let known = RepositoryName::parse(name).unwrap();
        (reach.opens(&known), opened.covers(Some(name)))
    });
    Some(both.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_helper_opens_what_the_policy_opens_and_nothing_else(
        repositories in btree_map(patterns(), select(vec!["fetch", "push", "none"]), 1..8),
        names in vec(names(), 20),
    ) {
        // In another case it is the same name, which a policy has once.
        let patterns = repositories.iter().map(|(text, access)| Some((RepositoryPattern::parse(text)?, *access)));
        let patterns: BTreeMap<_, _> = patterns.flatten().collect();
        let repositories: BTreeMap<_, _> = patterns.into_iter().map(|(pattern, access)| (pattern.to_string(), access)).collect();
        prop_assume!(!repositories.is_empty());
        let names: Vec<_> = names.into_iter().filter(|name| RepositoryName::parse(name).is_some()).collect();
        let Some(found) = opens(&repositories, &names) else {
            return Ok(());
        };
        for (name, (by_policy, by_helper)) in names.iter().zip(found) {
            prop_assert_eq!(by_policy, by_helper.is_some(), "{} of {:?}", name, repositories);
        }
    }
}
