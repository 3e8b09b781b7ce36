//! What `GET /repos/OWNER/REPO` says under `permissions` is the owner's role, and for some kinds
//! not even that: nobody believes it.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use super::{builder, octocat, token};
use crate::kinds::{line, look, verdict};
use crate::runner::{classic, installation};

const RULES: &str = "    repositories: { acme/site: push }";

/// What the API says of the right to push, and what the log says of git's door.
#[track_caller]
fn said(github: &FakeGitHub, token: &str) -> String {
    let shown = look(github, token, RULES);
    let line = shown.lines().find(|line| line.starts_with("acme/site: "));
    let exit = shown.lines().last();
    format!("{}, {}", line.unwrap_or_default(), exit.unwrap_or_default())
}

/// The fake's API says what GitHub's was seen to say: the opposite of the truth.
#[test]
fn the_door_decides_whatever_the_api_says_of_the_right_to_push() {
    let person = || Account::user("octocat").scopes("repo");
    let app = || Account::installation("acme");
    let mut all = String::new();
    for (name, token, account) in [
        (
            "classic, pushes",
            classic(0),
            person().right("acme/site", Right::Push),
        ),
        (
            "classic, fetches",
            classic(0),
            person().right("acme/site", Right::Fetch),
        ),
        (
            "fine-grained, pushes",
            token(0),
            octocat().permission("contents", "write"),
        ),
        (
            "fine-grained, fetches",
            token(0),
            octocat().permission("contents", "read"),
        ),
        (
            "installation, pushes",
            installation(),
            app().right("acme/site", Right::Push),
        ),
        (
            "installation, fetches",
            installation(),
            app().right("acme/site", Right::Fetch),
        ),
    ] {
        let github = builder(Visibility::Private)
            .token(&token, account)
            .start()
            .unwrap();
        all += &line(name, &said(&github, &token));
    }
    insta::assert_snapshot!(all, @"
    classic, pushes: acme/site: fetch and push, exit 0
    classic, fetches: acme/site: no push, exit 1
    fine-grained, pushes: acme/site: fetch and push, exit 0
    fine-grained, fetches: acme/site: no push, exit 1
    installation, pushes: acme/site: fetch and push, exit 0
    installation, fetches: acme/site: no push, exit 1
    ");
}

/// Whatever stands there, nothing changes: not the verdict, not the log, not what is asked.
#[test]
fn what_the_api_says_of_roles_changes_nothing() {
    for right in [Right::Push, Right::Fetch] {
        let account = Account::user("octocat")
            .scopes("repo")
            .right("acme/site", right);
        let github = builder(Visibility::Private)
            .token(classic(0), account)
            .start()
            .unwrap();
        let plain = look(&github, &classic(0), RULES);
        for permissions in [
            r#","permissions":{"admin":true,"maintain":true,"push":true,"triage":true,"pull":true}"#,
            r#","permissions":{"admin":false,"maintain":false,"push":false,"triage":false,"pull":false}"#,
            r#","permissions":null"#,
            r#","permissions":"all of them""#,
            "",
        ] {
            let body = format!(
                r#"{{"full_name":"acme/site","private":true,"archived":false{permissions}}}"#
            );
            github.answer_with("/api/v3/repos/acme/site", 200, &[], &body);
            assert_eq!(look(&github, &classic(0), RULES), plain, "{permissions}");
        }
    }
}

/// A gate that only fetches is not told of a right that it does not want.
#[test]
fn a_right_that_nobody_wants_is_not_asked_about() {
    let account = octocat().permission("contents", "write");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let shown = look(&github, &token(0), "    repositories: { acme/site: fetch }");
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch
    of its permissions can be seen contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0
    ");
}
