//! Repositories that are not as a policy thinks: archived, disabled, blocked, public.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use super::peoples;
use crate::issue::gate;
use crate::kinds::{line, look, look_at, row, verdict};
use crate::runner::{Job, classic};

pub(super) const PUSH: &str = "    repositories: { acme/site: push }";
pub(super) const FETCH: &str = "    repositories: { acme/site: fetch }";
const NONE: &str = "    repositories: { acme/docs: fetch, acme/site: none }";

/// A person who may push to one repository, and fetch from the other.
pub(super) fn account() -> Account {
    let account = Account::user("octocat").scopes("repo");
    let account = account.right("acme/site", Right::Push);
    account.right("acme/docs", Right::Fetch)
}

/// What is said by each of three gates: one that pushes, one that fetches, one that must not reach it.
#[track_caller]
pub(super) fn looks(github: &FakeGitHub) -> String {
    let token = classic(0);
    [("push", PUSH), ("fetch", FETCH), ("none", NONE)]
        .into_iter()
        .fold(String::new(), |all, (name, rules)| {
            all + &row(name, verdict(&look(github, &token, rules)))
        })
}

/// The two repositories, of which the first is to be made odd.
pub(super) fn builder(visibility: Visibility) -> fake_github::Builder {
    FakeGitHub::builder()
        .repository("acme/site", visibility)
        .repository("acme/docs", Visibility::Private)
        .token(classic(0), account())
}

#[test]
fn an_archived_repository_is_only_fetched_from() {
    let github = builder(Visibility::Private)
        .archived("acme/site")
        .start()
        .unwrap();
    insta::assert_snapshot!(looks(&github), @"
    # push
    acme/site: no push, archived
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::nobody can push to `acme/site`, which the policy wants: the repository is archived; unarchive `acme/site` in its settings, or ask for `fetch` in the policy
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/site 200
    exit 1

    # fetch
    acme/site: fetch, archived
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # none
    acme/docs: fetch
    acme/site: fetch, archived
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=39::the token can fetch from `acme/site`, where the policy has `none`; remove `acme/site` from the token, or make a token that does not have it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// Its door may be open all the same: GitHub refuses the push itself.
#[test]
fn an_archive_whose_door_is_open_is_no_place_to_push_to() {
    let github = builder(Visibility::Private)
        .archived("acme/site")
        .start()
        .unwrap();
    let door = "/acme/site.git/info/refs?service=git-receive-pack";
    let service = [(
        "content-type",
        "application/x-git-receive-pack-advertisement",
    )];
    github.answer_with(door, 200, &service, "001f# service=git-receive-pack\n0000");
    let shown = look(&github, &classic(0), PUSH);
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch and push, archived
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::nobody can push to `acme/site`, which the policy wants: the repository is archived; unarchive `acme/site` in its settings, or ask for `fetch` in the policy
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// Only the API tells it, and git's door is what counts.
#[test]
fn a_disabled_repository_is_what_its_door_says() {
    let github = builder(Visibility::Private)
        .disabled("acme/site")
        .start()
        .unwrap();
    insta::assert_snapshot!(verdict(&look(&github, &classic(0), PUSH)), @"
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0
    ");
}

#[test]
fn a_blocked_repository_is_told_with_githubs_reason() {
    let github = builder(Visibility::Private)
        .blocked("acme/site")
        .start()
        .unwrap();
    insta::assert_snapshot!(looks(&github), @"
    # push
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::the token may not push to `acme/site`, which the policy wants: GitHub has blocked the repository, for `tos`; ask GitHub's support; no token opens a blocked repository
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # fetch
    acme/site: no fetch
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/site`, which the policy wants: GitHub has blocked the repository, for `tos`; ask GitHub's support; no token opens a blocked repository
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/site 403
    exit 1

    # none
    acme/docs: fetch
    acme/site: no fetch
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 403
    exit 0
    ");
}

/// For legal reasons, with another status.
#[test]
fn a_repository_that_is_blocked_by_law_is_told_too() {
    let github = builder(Visibility::Private).start().unwrap();
    let body = r#"{"message":"Repository access blocked","block":{"reason":"dmca","created_at":"2026-01-02T00:00:00Z","html_url":"https://github.com/github/dmca"}}"#;
    github.answer_with("/api/v3/repos/acme/site", 451, &[], body);
    let door = "/acme/site.git/info/refs?service=git-receive-pack";
    let text = [("content-type", "text/plain")];
    github.answer_with(
        door,
        451,
        &text,
        "Repository unavailable due to DMCA takedown.",
    );
    insta::assert_snapshot!(verdict(&look(&github, &classic(0), PUSH)), @"
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::the token may not push to `acme/site`, which the policy wants: GitHub has blocked the repository, for `dmca`; ask GitHub's support; no token opens a blocked repository
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 451
    > GET /api/v3/repos/acme/site 451
    exit 1
    ");
}

/// Anybody can read it, so that no token can be kept from it.
#[test]
fn a_public_repository_cannot_be_out_of_reach() {
    let github = builder(Visibility::Public).start().unwrap();
    insta::assert_snapshot!(looks(&github), @"
    # push
    acme/site: fetch and push, public
    beyond what the gate needs, the token has `repo`
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # fetch
    acme/site: fetch, public
    beyond what the gate needs, the token has `repo`
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # none
    acme/docs: fetch
    acme/site: fetch, public
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=39::`acme/site` is public: anybody can fetch from it, where the policy has `none`; make `acme/site` private, or take it out of the policy
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// Of an enterprise's own.
#[test]
fn an_internal_repository_is_told_as_such() {
    let github = builder(Visibility::Private).start().unwrap();
    let body = r#"{"full_name":"acme/site","private":true,"visibility":"internal","archived":false,"permissions":{"push":true,"pull":true}}"#;
    github.answer_with("/api/v3/repos/acme/site", 200, &[], body);
    insta::assert_snapshot!(verdict(&look(&github, &classic(0), NONE)), @"
    acme/docs: fetch
    acme/site: fetch, internal
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=39::the token can fetch from `acme/site`, where the policy has `none`; remove `acme/site` from the token, or make a token that does not have it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// There, or hidden, or not yet approved: GitHub does not say which, and nor do we.
#[test]
fn a_repository_that_is_not_shown_is_never_said_not_to_exist() {
    let mut all = String::new();
    for (name, token, account) in peoples() {
        let github = FakeGitHub::builder()
            .repository("acme/site", Visibility::Private)
            .token(&token, account)
            .start()
            .unwrap();
        let shown = look(&github, &token, PUSH);
        assert!(!shown.contains("not exist"), "{shown}");
        all += &row(name, verdict(&shown));
    }
    insta::assert_snapshot!(all, @"
    # classic
    acme/site: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 404
    > GET /api/v3/repos/acme/site 404
    exit 1

    # fine-grained
    acme/site: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 404
    > GET /api/v3/repos/acme/site 404
    exit 1

    # oauth
    acme/site: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 404
    > GET /api/v3/repos/acme/site 404
    exit 1
    ");
}

/// An answer of before 3.0 has a flag alone, and an odd one not even that.
#[test]
fn what_the_api_leaves_out_is_unknown() {
    let github = builder(Visibility::Private).start().unwrap();
    let mut all = String::new();
    for body in [
        r#"{"full_name":"acme/site","private":true}"#,
        r#"{"full_name":"acme/site","private":false,"archived":true}"#,
        r#"{"full_name":"acme/site"}"#,
        "{}",
    ] {
        github.answer_with("/api/v3/repos/acme/site", 200, &[], body);
        let mut job = Job::on(&github, &classic(0), &gate(FETCH));
        let (shown, ran) = look_at(&github, &mut job);
        let cells = ran
            .summary
            .lines()
            .find(|line| line.contains("acme/site</code> |"));
        assert!(shown.contains("allow, no findings"), "{shown}");
        all += &line(body, cells.unwrap_or_default());
    }
    insta::assert_snapshot!(all, @r#"
    {"full_name":"acme/site","private":true}: | <code>acme/site</code> | yes | unknown | private | unknown |  |
    {"full_name":"acme/site","private":false,"archived":true}: | <code>acme/site</code> | yes | unknown | public | yes |  |
    {"full_name":"acme/site"}: | <code>acme/site</code> | yes | unknown | unknown | unknown |  |
    {}: | <code>acme/site</code> | yes | unknown | unknown | unknown |  |
    "#);
}
