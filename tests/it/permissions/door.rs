//! git's own door: what its answer to the first question of a fetch or a push says of a token.

use fake_github::{Account, Builder, FakeGitHub, Fault, Right, Visibility};

use super::token;
use crate::issue::gate;
use crate::kinds::{look, look_at, oauth};
use crate::runner::{DAY, Job, classic, expiry_in, fine_grained, installation};

/// A gate that wants one thing of each of three repositories, which are alike.
const RULES: &str = "    repositories: { acme/docs: fetch, acme/site: push, acme/vault: none }";

const PUSH: &str = "    repositories: { acme/site: push }";

const NAMES: [&str; 3] = ["acme/docs", "acme/site", "acme/vault"];

/// Three repositories that are alike.
fn repositories(visibility: Visibility) -> Builder {
    NAMES.iter().fold(FakeGitHub::builder(), |builder, name| {
        builder.repository(*name, visibility)
    })
}

/// The same right to each of them.
fn with_right(account: Account, right: Option<Right>) -> Account {
    right.into_iter().fold(account, |account, right| {
        NAMES
            .iter()
            .fold(account, |account, name| account.right(*name, right))
    })
}

/// The three, and one token that may push to them.
fn github(token: &str, account: Account, visibility: Visibility) -> FakeGitHub {
    let account = with_right(account, Some(Right::Push));
    repositories(visibility)
        .token(token, account)
        .start()
        .unwrap()
}

/// What is told of each repository, what was asked at its door, and which rule complains.
fn gist(heading: &str, shown: &str) -> String {
    let of = |name: &str| {
        let told = shown
            .lines()
            .find_map(|line| line.strip_prefix(&format!("acme/{name}: ")));
        let door = format!("> GET /acme/{name}.git/info/refs?service=git-");
        let asked: Vec<_> = shown
            .lines()
            .filter_map(|line| line.strip_prefix(&door))
            .collect();
        let complaint = shown
            .lines()
            .find(|line| line.starts_with("::") && line.contains(&format!("`acme/{name}`")));
        let rule = complaint.and_then(|line| {
            line.split(['=', ':'])
                .find_map(|part| part.strip_prefix("patgate "))
        });
        format!(
            "{} ({}), {}",
            told.unwrap_or("not told"),
            asked.join(", "),
            rule.unwrap_or("passes")
        )
    };
    format!(
        "{heading}\n  fetch: {}\n  push: {}\n  none: {}\n",
        of("docs"),
        of("site"),
        of("vault")
    )
}

fn octocat() -> Account {
    Account::user("octocat").expires(expiry_in(DAY * 30))
}

/// Each of the owner's rights with each permission of the token's.
fn rights() -> Vec<(String, Account)> {
    let mut all = Vec::new();
    for contents in ["none", "read", "write"] {
        for (role, right) in [
            ("no role", None),
            ("may fetch", Some(Right::Fetch)),
            ("may push", Some(Right::Push)),
        ] {
            let account = match contents {
                "none" => octocat().permission("metadata", "read"),
                level => octocat().permission("contents", level),
            };
            let account = with_right(account, right);
            all.push((format!("{role}, contents: {contents}"), account));
        }
    }
    all
}

/// Where git fetches and pushes, the owner's right and the token's permission both count; who may
/// push may fetch, and one question is enough.
#[test]
fn each_direction_is_asked_about_at_its_own_door() {
    let mut all = String::new();
    for (what, visibility) in [
        ("private", Visibility::Private),
        ("public", Visibility::Public),
    ] {
        let mut builder = repositories(visibility);
        for (n, (_, account)) in rights().into_iter().enumerate() {
            builder = builder.token(token(n), account);
        }
        let github = builder.start().unwrap();
        for (n, (name, _)) in rights().into_iter().enumerate() {
            let shown = look(&github, &token(n), RULES);
            all += &gist(&format!("{what}, {name}"), &shown);
        }
    }
    insta::assert_snapshot!(all, @"
    private, no role, contents: none
      fetch: not visible (upload-pack 404), repositories/unreachable,file
      push: not visible (receive-pack 404), repositories/unreachable,file
      none: not visible (upload-pack 404), passes
    private, may fetch, contents: none
      fetch: no fetch (upload-pack 403), repositories/unreachable,file
      push: no push (receive-pack 403), repositories/read-only,file
      none: no fetch (upload-pack 403), passes
    private, may push, contents: none
      fetch: no fetch (upload-pack 403), repositories/unreachable,file
      push: no push (receive-pack 403), repositories/read-only,file
      none: no fetch (upload-pack 403), passes
    private, no role, contents: read
      fetch: not visible (upload-pack 404), repositories/unreachable,file
      push: not visible (receive-pack 404), repositories/unreachable,file
      none: not visible (upload-pack 404), passes
    private, may fetch, contents: read
      fetch: fetch (upload-pack 200), passes
      push: no push (receive-pack 403), repositories/read-only,file
      none: fetch (upload-pack 200), repositories/reachable,file
    private, may push, contents: read
      fetch: fetch (upload-pack 200), passes
      push: no push (receive-pack 403), repositories/read-only,file
      none: fetch (upload-pack 200), repositories/reachable,file
    private, no role, contents: write
      fetch: not visible (upload-pack 404), repositories/unreachable,file
      push: not visible (receive-pack 404), repositories/unreachable,file
      none: not visible (upload-pack 404), passes
    private, may fetch, contents: write
      fetch: fetch (upload-pack 200), passes
      push: no push (receive-pack 403), repositories/read-only,file
      none: fetch (upload-pack 200), repositories/reachable,file
    private, may push, contents: write
      fetch: fetch (upload-pack 200), passes
      push: fetch and push (receive-pack 200), passes
      none: fetch (upload-pack 200), repositories/reachable,file
    public, no role, contents: none
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may fetch, contents: none
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may push, contents: none
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, no role, contents: read
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may fetch, contents: read
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may push, contents: read
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, no role, contents: write
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may fetch, contents: write
      fetch: fetch, public (upload-pack 200), passes
      push: no push, public (receive-pack 403), repositories/read-only,file
      none: fetch, public (upload-pack 200), repositories/reachable,file
    public, may push, contents: write
      fetch: fetch, public (upload-pack 200), passes
      push: fetch and push, public (receive-pack 200), passes
      none: fetch, public (upload-pack 200), repositories/reachable,file
    ");
}

/// The door is the same for all kinds, and each is asked by the same user's name.
#[test]
fn each_kind_is_asked_about_at_the_same_door() {
    let mut all = String::new();
    for (name, token, account) in [
        ("classic", classic(0), octocat().scopes("repo")),
        ("fine-grained", fine_grained(), octocat()),
        ("oauth", oauth(), octocat().scopes("repo")),
        (
            "installation",
            installation(),
            Account::installation("acme"),
        ),
    ] {
        let github = github(&token, account, Visibility::Private);
        all += &gist(name, &look(&github, &token, RULES));
    }
    insta::assert_snapshot!(all, @"
    classic
      fetch: fetch (upload-pack 200), passes
      push: fetch and push (receive-pack 200), passes
      none: fetch (upload-pack 200), repositories/reachable,file
    fine-grained
      fetch: fetch (upload-pack 200), passes
      push: fetch and push (receive-pack 200), passes
      none: fetch (upload-pack 200), repositories/reachable,file
    oauth
      fetch: fetch (upload-pack 200), passes
      push: fetch and push (receive-pack 200), passes
      none: fetch (upload-pack 200), repositories/reachable,file
    installation
      fetch: fetch (upload-pack 200), passes
      push: fetch and push (receive-pack 200), passes
      none: fetch (upload-pack 200), repositories/reachable,file
    ");
}

/// A door that refuses a good token, even where none is needed.
#[test]
fn a_token_that_the_door_does_not_take_is_no_verdict_on_the_repository() {
    let mut all = String::new();
    for (name, visibility) in [
        ("private", Visibility::Private),
        ("public", Visibility::Public),
    ] {
        let token = classic(0);
        let github = github(&token, octocat().scopes("repo"), visibility);
        let challenge = [
            ("www-authenticate", "Basic realm=\"GitHub\""),
            ("content-type", "text/plain"),
        ];
        let words = "Invalid username or token. Password authentication is not supported for Git operations.";
        for door in [
            "docs.git/info/refs",
            "site.git/info/refs",
            "vault.git/info/refs",
        ] {
            github.answer_with(&format!("/acme/{door}"), 401, &challenge, words);
        }
        all += &gist(name, &look(&github, &token, RULES));
    }
    insta::assert_snapshot!(all, @"
    private
      fetch: unknown: git's door does not take the token (upload-pack 401), repositories/unknown,file
      push: unknown: git's door does not take the token (receive-pack 401), repositories/unknown,file
      none: unknown: git's door does not take the token (upload-pack 401), repositories/unknown,file
    public
      fetch: unknown: git's door does not take the token, public (upload-pack 401), repositories/unknown,file
      push: unknown: git's door does not take the token, public (receive-pack 401), repositories/unknown,file
      none: unknown: git's door does not take the token, public (upload-pack 401), repositories/unknown,file
    ");
}

/// Whoever wants only the status takes no more than the beginning of it.
#[test]
fn an_advertisement_of_many_refs_is_not_read_to_its_end() {
    let token = classic(0);
    let github = github(&token, octocat().scopes("repo"), Visibility::Private);
    let door = "/acme/site.git/info/refs?service=git-receive-pack";
    let line = "003d0123456789abcdef0123456789abcdef01234567 refs/heads/x\n";
    let body = format!(
        "001f# service=git-receive-pack\n0000{}",
        line.repeat(200_000)
    );
    let service = [(
        "content-type",
        "application/x-git-receive-pack-advertisement",
    )];
    github.answer_with(door, 200, &service, &body);
    let shown = look(&github, &token, PUSH);
    assert!(shown.contains("acme/site: fetch and push"), "{shown}");
    github.fault(door, vec![Fault::Endless]);
    let shown = look(&github, &token, PUSH);
    assert!(shown.contains("acme/site: unknown: "), "{shown}");
}

/// An empty repository has no refs, and a door all the same.
#[test]
fn an_empty_repository_is_as_open_as_another() {
    let token = classic(0);
    let github = github(&token, octocat().scopes("repo"), Visibility::Private);
    let door = "/acme/site.git/info/refs?service=git-receive-pack";
    let service = [(
        "content-type",
        "application/x-git-receive-pack-advertisement",
    )];
    let empty = "001f# service=git-receive-pack\n00000000";
    github.answer_with(door, 200, &service, empty);
    let shown = look(&github, &token, PUSH);
    assert!(shown.contains("acme/site: fetch and push"), "{shown}");
}

/// Nobody looks into the API's opinion of it: the same is said where the API says nothing.
#[test]
fn the_door_is_enough() {
    let token = classic(0);
    let github = github(&token, octocat().scopes("repo"), Visibility::Private);
    github.answer_with(
        "/api/v3/repos/acme/site",
        404,
        &[],
        r#"{"message":"Not Found"}"#,
    );
    let mut job = Job::on(&github, &token, &gate(PUSH));
    let (shown, ran) = look_at(&github, &mut job);
    assert_eq!(ran.status, Some(0), "{shown}");
    assert!(shown.contains("acme/site: fetch and push"), "{shown}");
}
