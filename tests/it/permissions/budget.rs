//! How much GitHub is asked: as little as will do, and nothing twice.

use fake_github::{Account, FakeGitHub, Installed, Right, Visibility};
use jiff::Timestamp;

use super::{SHOWN, octocat, requiring, token};
use crate::kinds::{ALL_KINDS, claims, legacy, look, oauth, stateless, user_to_server};
use crate::runner::{classic, fine_grained, installation};

/// How many questions a run with 'rules' asks.
#[track_caller]
fn count(github: &FakeGitHub, token: &str, rules: &str) -> usize {
    let shown = look(github, token, rules);
    let asked = shown.lines().filter(|line| line.starts_with("> "));
    asked.count()
}

/// A token of each kind, with its account, and how many questions tell whose it is.
fn kinds() -> Vec<(String, Account, usize)> {
    let user = || Account::user("octocat");
    let app = || Account::installation("acme");
    // One end for all calls, or the token would be another each time.
    let end = Timestamp::from_second(4_000_000_000).unwrap();
    let on_acme = Installed::on("acme").permission("contents", "write");
    vec![
        (classic(0), user().scopes("repo"), 1),
        (oauth(), user().scopes("repo"), 1),
        (legacy(), user().scopes("repo"), 1),
        (fine_grained(), user(), 1),
        (user_to_server(), user().installed_on(on_acme), 2),
        (stateless(15368, &claims(15368, end)), app(), 1),
        (installation(), app(), 2),
    ]
}

/// Three repositories, to which the tokens of all kinds may push.
fn github() -> FakeGitHub {
    let names = ["acme/r0", "acme/r1", "acme/r2"];
    let builder = names.iter().fold(FakeGitHub::builder(), |builder, name| {
        builder.repository(*name, Visibility::Private)
    });
    let builder = kinds()
        .into_iter()
        .fold(builder, |builder, (token, account, _)| {
            let push = |account: Account, name: &&str| account.right(*name, Right::Push);
            builder.token(token, names.iter().fold(account, push))
        });
    builder.start().unwrap()
}

#[test]
fn a_token_by_itself_costs_one_question_or_two() {
    let github = github();
    for (token, _, identity) in kinds() {
        assert_eq!(count(&github, &token, ALL_KINDS), identity);
        let rules = "    owners: [octocat, acme]\n    expiry: { at-most: 90d }\n    scopes: { require: [repo] }";
        assert_eq!(count(&github, &token, rules), identity);
    }
}

/// The API and git's door, once each; the API not at all where a list has told already.
#[test]
fn a_repository_costs_two_questions_at_most() {
    let github = github();
    for (token, _, identity) in kinds() {
        let each = if token.starts_with("ghs_") { 1 } else { 2 };
        let mut named = Vec::new();
        for (n, access) in ["fetch", "push", "none"].into_iter().enumerate() {
            named.push(format!("acme/r{n}: {access}"));
            let rules = format!("    repositories: {{ {} }}", named.join(", "));
            let cost = identity + each * named.len();
            assert_eq!(count(&github, &token, &rules), cost, "{rules}");
        }
    }
}

#[test]
fn a_permission_costs_one_question_and_administration_two() {
    let account = octocat().permission("contents", "read");
    let builder = FakeGitHub::builder().repository("acme/site", Visibility::Private);
    let github = builder.token(token(0), account).start().unwrap();
    for name in SHOWN {
        let cost = if name == "administration" { 2 } else { 1 };
        assert_eq!(
            count(&github, &token(0), &requiring(&[name], "read")),
            3 + cost,
            "{name}"
        );
    }
    let all = SHOWN.len() + 1;
    assert_eq!(
        count(&github, &token(0), &requiring(&SHOWN, "read")),
        3 + all
    );
    let both = "    permissions: { require: { issues: read }, allow: { issues: read, contents: read } }\n    repositories: { acme/site: fetch }";
    assert_eq!(
        count(&github, &token(0), both),
        3 + 1,
        "named twice, asked once"
    );
}

/// Kinds with scopes have none, and a list that is whole tells them all.
#[test]
fn permissions_that_are_known_cost_nothing() {
    let github = github();
    let rules = requiring(&SHOWN, "read").replace("acme/site", "acme/r0");
    for (token, _, identity) in kinds() {
        if !token.starts_with("ghs_") && !token.starts_with("github_pat_") {
            assert_eq!(count(&github, &token, &rules), identity + 2);
        }
    }
}

/// GitHub locks out who keeps trying.
#[test]
fn a_token_that_is_refused_costs_one_question_whatever_the_gate_names() {
    let rules = format!("{}\n    owners: [octocat]", requiring(&SHOWN, "read"));
    let github = FakeGitHub::builder().start().unwrap();
    for (token, ..) in kinds() {
        assert_eq!(count(&github, &token, &rules), 1);
    }
    for status in [401, 403] {
        let body = r#"{"message":"Sorry. Your account was suspended."}"#;
        github.answer_with("/api/v3/user", status, &[], body);
        assert_eq!(count(&github, &classic(0), &rules), 1);
    }
}

/// More than are asked about side by side.
#[test]
fn many_repositories_are_asked_about_once_each() {
    let github = github();
    let named: Vec<_> = (0..90).map(|n| format!("acme/none{n}: fetch")).collect();
    let rules = format!("    repositories: {{ {} }}", named.join(", "));
    assert_eq!(count(&github, &classic(0), &rules), 1 + 2 * 90);
}
