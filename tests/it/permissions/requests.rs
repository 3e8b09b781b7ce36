//! Every request to GitHub's API that any run sends, held against the list that `.ci/openapi` holds against GitHub's
//! own descriptions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use fake_github::{Account, App, FakeGitHub, Installed, Request, Right, Visibility};
use jiff::{SignedDuration, Timestamp};

use super::{NOT_SHOWN, SHOWN};
use crate::issue::gate;
use crate::kinds::{claims, legacy, look_at, oauth, stateless, user_to_server};
use crate::rsa::{RsaKey, pem};
use crate::runner::{Job, Step, classic, fine_grained, installation};

/// The lines of the list.
fn listed() -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/requests.txt");
    let text = fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

/// A request as the list has it: below the API, of one repository, without numbers that differ.
/// None is what git would send.
fn line(request: &Request) -> Option<String> {
    let Request {
        method, path, body, ..
    } = request;
    if path.contains("/info/refs?service=") {
        return None;
    }
    let path = path
        .strip_prefix("/api/v3")
        .or_else(|| path.strip_prefix("/api"))
        .unwrap_or(path);
    let mut last = "";
    let parts = path.split('/').map(|part| {
        let number = part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty();
        let shown = match (last, number) {
            ("repositories", true) => "1",
            ("installations", true) => "7",
            ("acme", _) if ["docs", "was"].contains(&part) => "site",
            _ => part,
        };
        last = part;
        shown
    });
    let parts: Vec<_> = parts.collect();
    let body = if body.is_empty() {
        String::new()
    } else {
        format!(" {body}")
    };
    Some(format!("{method} {}{body}", parts.join("/")))
}

/// A gate that asks for all there is to ask about.
fn rules() -> String {
    let names = SHOWN.into_iter().chain(NOT_SHOWN.split_whitespace());
    let names = names.chain(["contents", "metadata"]);
    let wanted: Vec<_> = names.map(|name| format!("{name}: read")).collect();
    format!(
        "    owners: [octocat]\n    expiry: {{ at-most: 90d }}\n    scopes: {{ require: [repo], allow: [repo] }}\n    permissions: {{ require: {{ {} }} }}\n    repositories: {{ acme/docs: none, acme/was: fetch, acme/site: push }}",
        wanted.join(", ")
    )
}

fn github(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/docs", Visibility::Private)
        .repository("acme/site", Visibility::Private)
        .renamed("acme/was", "acme/site")
        .token(token, account.right("acme/site", Right::Push))
        .start()
        .unwrap()
}

/// What a run with a token sends.
#[track_caller]
fn sent_with(token: &str, account: Account) -> Vec<Request> {
    let github = github(token, account);
    let mut job = Job::on(&github, token, &gate(&rules()));
    look_at(&github, &mut job);
    github.requests()
}

/// What a run with an app sends for `repository`, from its beginning to the end of its token in
/// post.
#[track_caller]
fn sent_by_an_app(repository: &str) -> Vec<Request> {
    let id = "Iv23liPatgateCanary1";
    let installed = Installed::on("acme").permission("contents", "write");
    let github = FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .app(App::new(4242, id, "gatekeeper", RsaKey::of_app().public()).installed_on(installed))
        .start()
        .unwrap();
    let rules = format!("    repositories: {{ {repository}: push }}");
    let mut job = Job::on(&github, "", &gate(&rules));
    let key = pem("RSA PRIVATE KEY", &RsaKey::of_app().pkcs1());
    let mut step = Step::new().with("client-id", id).with("private-key", &key);
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(job.post(&mut step).status, Some(0));
    github.requests()
}

/// What a run sends whose policy is in another repository.
#[track_caller]
fn sent_for_a_policy() -> Vec<Request> {
    let own = installation();
    let github = FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .file("acme/site", "refs/tags/v3", "patgate.yml", gate(&rules()))
        .token(
            &own,
            Account::installation("acme").right("acme/site", Right::Fetch),
        )
        .token(classic(0), Account::user("octocat").scopes("repo"))
        .start()
        .unwrap();
    let mut job = Job::new(github.url(), &classic(0));
    let step = Step::new().with("policy", "acme/site/patgate.yml@v3");
    let ran = job.main(&mut step.with("github-token", &own));
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    github.requests()
}

#[test]
fn the_list_of_requests_is_what_is_sent() {
    let user = || Account::user("octocat").scopes("repo");
    let app = || Account::installation("acme");
    let end = Timestamp::now() + SignedDuration::from_mins(30);
    let many = (0..101).fold(Account::user("octocat"), |account, n| {
        account.installed_on(Installed::on(format!("other{n}")))
    });
    let requests = [
        sent_with(&classic(0), user()),
        sent_with(&oauth(), user()),
        sent_with(&legacy(), user()),
        // It turns out to be an installation's.
        sent_with(&legacy(), app()),
        sent_with(
            &fine_grained(),
            Account::user("octocat").permission("contents", "write"),
        ),
        sent_with(&user_to_server(), many),
        sent_with(&installation(), app().permission("contents", "write")),
        sent_with(&stateless(15368, &claims(15368, end)), app()),
        sent_by_an_app("acme/site"),
        sent_by_an_app("acme/*"),
        sent_for_a_policy(),
    ];
    let sent: BTreeSet<_> = requests.iter().flatten().filter_map(line).collect();
    let listed = listed();
    let unlisted: Vec<_> = sent.difference(&listed).collect();
    let unsent: Vec<_> = listed.difference(&sent).collect();
    assert!(
        unlisted.is_empty() && unsent.is_empty(),
        "tests/requests.txt lacks {unlisted:#?}, and has {unsent:#?} which nobody sends"
    );
}

/// Nothing is changed by any of them, but for an app's own tokens.
#[test]
fn only_an_apps_token_is_made_and_ended() {
    let writes: Vec<_> = listed()
        .into_iter()
        .filter(|line| !line.starts_with("GET "))
        .collect();
    insta::assert_snapshot!(writes.join("\n"), @r#"
    DELETE /installation/token
    POST /app/installations/7/access_tokens {"permissions":{"contents":"write"},"repositories":["site"]}
    POST /app/installations/7/access_tokens {"permissions":{"contents":"write"}}
    POST /graphql {"query":"{viewer{login}}"}
    "#);
}
