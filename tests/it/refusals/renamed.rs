//! Repositories that have another name now.

use fake_github::{FakeGitHub, Right, Visibility};

use super::repositories::{FETCH, PUSH, account, builder, looks};
use super::said;
use crate::issue::gate;
use crate::kinds::{look, look_at};
use crate::runner::{Job, classic};

/// The API leads on by 301 and a number, git's door by 301 and the new name.
#[test]
fn a_renamed_repository_is_told_by_its_new_name() {
    let token = classic(0);
    let github = FakeGitHub::builder()
        .repository("acme/homepage", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .renamed("acme/site", "acme/homepage")
        .token(&token, account().right("acme/homepage", Right::Push))
        .start()
        .unwrap();
    insta::assert_snapshot!(looks(&github), @"
    # push
    acme/site: fetch and push, renamed to acme/homepage
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate repositories/renamed,file=.github/patgate.yml,line=4,col=21::`acme/site` is now called `acme/homepage`, and a lease of the old name does not answer for the new one; write `acme/homepage` in the policy, and in the jobs' remotes
    > GET /api/v3/user 200
    > GET /acme/homepage.git/info/refs?service=git-receive-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 301
    > GET /api/v3/repos/acme/site 301
    > GET /api/v3/repositories/91289404 200
    exit 0

    # fetch
    acme/site: fetch, renamed to acme/homepage
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate repositories/renamed,file=.github/patgate.yml,line=4,col=21::`acme/site` is now called `acme/homepage`, and a lease of the old name does not answer for the new one; write `acme/homepage` in the policy, and in the jobs' remotes
    > GET /api/v3/user 200
    > GET /acme/homepage.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 301
    > GET /api/v3/repos/acme/site 301
    > GET /api/v3/repositories/91289404 200
    exit 0

    # none
    acme/docs: fetch
    acme/site: fetch, renamed to acme/homepage
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=39::the token can fetch from `acme/site`, where the policy has `none`; remove `acme/site` from the token, or make a token that does not have it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/homepage.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 301
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 301
    > GET /api/v3/repositories/91289404 200
    exit 1
    ");
    let mut job = Job::on(&github, &token, &gate(PUSH));
    let (_, ran) = look_at(&github, &mut job);
    let line = ran
        .summary
        .lines()
        .find(|line| line.contains("acme/site</code> | yes"));
    assert!(
        line.is_some_and(|line| line.ends_with("<code>acme/homepage</code> |")),
        "{}",
        ran.summary
    );
}

/// A rename that goes on for ever ends, and so does one to another host.
#[test]
fn a_repository_that_moves_without_end_is_unknown_and_asked_about_little() {
    let github = builder(Visibility::Private).start().unwrap();
    let token = classic(0);
    for n in 0..9 {
        let path = if n == 0 {
            "/api/v3/repos/acme/site".to_owned()
        } else {
            format!("/api/v3/repositories/{n}")
        };
        let to = format!("{}/api/v3/repositories/{}", github.url(), n + 1);
        github.answer_with(&path, 301, &[("location", &to)], &said("Moved Permanently"));
    }
    let door = "/acme/site.git/info/refs?service=git-upload-pack";
    github.redirect(door, "/acme/site2.git/info/refs?service=git-upload-pack");
    let further = "/acme/site2.git/info/refs?service=git-upload-pack";
    github.redirect(further, "/acme/site3.git/info/refs?service=git-upload-pack");
    insta::assert_snapshot!(look(&github, &token, FETCH), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    acme/site: unknown: HTTP 302
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/site`: HTTP 302; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 302
    > GET /acme/site2.git/info/refs?service=git-upload-pack 302
    > GET /api/v3/repos/acme/site 301
    > GET /api/v3/repositories/1 301
    > GET /api/v3/repositories/2 301
    > GET /api/v3/repositories/3 301
    exit 1
    ");
}
