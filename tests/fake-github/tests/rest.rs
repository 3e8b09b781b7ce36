//! The REST API of the fake, and what it remembers.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use fake_github::{Account, Builder, FakeGitHub, Right, Visibility};
use support::{call, get};

fn builder() -> Builder {
    let octocat = Account::user("octocat")
        .scopes("repo, workflow")
        .expires("2026-10-03 11:43:41 UTC")
        .header("X-GitHub-SSO", "partial-results; organizations=1");
    let workflow = Account::installation("acme")
        .right("acme/site", Right::Push)
        .right("acme/docs", Right::Fetch);
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .token("octocats", octocat)
        .token("workflows", workflow)
}

fn github() -> FakeGitHub {
    builder().start().unwrap()
}

#[test]
fn a_user_is_told_with_scopes_and_expiry() {
    let github = github();
    for path in ["/user", "/api/v3/user"] {
        let answer = call(github.url(), path, "octocats");
        for part in [
            "HTTP/1.1 200",
            "\r\nx-oauth-scopes: repo, workflow\r\n",
            "\r\ngithub-authentication-token-expiration: 2026-10-03 11:43:41 UTC\r\n",
            "\r\nx-accepted-oauth-scopes: \r\n",
            "\r\nx-github-sso: partial-results; organizations=1\r\n",
            "\r\nx-github-request-id: ",
            "\r\nx-ratelimit-remaining: 4999\r\n",
            "\r\ndate: ",
            "\"login\":\"octocat\"",
            "\"type\":\"User\"",
        ] {
            assert!(answer.contains(part), "{part} is in {answer}");
        }
    }
    let old = get(
        github.url(),
        "/user",
        &["User-Agent: test", "Authorization: token octocats"],
    );
    assert!(old.starts_with("HTTP/1.1 200"), "{old}");
}

#[test]
fn an_installation_is_no_user_and_has_repositories() {
    let github = github();
    let user = call(github.url(), "/user", "workflows");
    assert!(user.starts_with("HTTP/1.1 403"), "{user}");
    assert!(user.contains("Resource not accessible by integration"));
    assert!(!user.contains("x-oauth-scopes"));

    let all = call(github.url(), "/installation/repositories", "workflows");
    for part in [
        "\"total_count\":2",
        "\"full_name\":\"acme/site\"",
        "\"full_name\":\"acme/docs\"",
        "\"login\":\"acme\"",
        "\"private\":true",
        "\"private\":false",
    ] {
        assert!(all.contains(part), "{part} is in {all}");
    }
    let path = "/installation/repositories?per_page=1";
    let first = call(github.url(), path, "workflows");
    assert!(first.contains("\"total_count\":2") && !first.contains("acme/docs"));
    assert!(
        first.contains("?per_page=1&page=2>; rel=\"next\""),
        "{first}"
    );
    let refused = call(github.url(), path, "octocats");
    assert!(refused.starts_with("HTTP/1.1 403"), "{refused}");
}

#[test]
fn an_installation_has_no_right_to_what_another_owns() {
    let stray = Account::installation("acme").right("other/site", Right::Fetch);
    let github = FakeGitHub::builder().token("stray", stray).start();
    assert!(github.is_err());
}

#[test]
fn a_revoked_token_is_as_bad_as_none_ever_issued() {
    let github = github();
    github.revoke("octocats");
    for token in ["octocats", "mistyped"] {
        let answer = call(github.url(), "/rate_limit", token);
        assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
        let body = "{\"message\":\"Bad credentials\",\
            \"documentation_url\":\"https://docs.github.com/rest\",\"status\":\"401\"}";
        assert!(answer.ends_with(body), "{answer}");
    }
}

#[test]
fn who_shows_no_token_learns_what_is_public() {
    let github = github();
    let anonymous = |path| get(github.url(), path, &["User-Agent: test"]);
    let user = anonymous("/user");
    assert!(user.starts_with("HTTP/1.1 401"), "{user}");
    assert!(user.contains("Requires authentication"));
    assert!(anonymous("/rate_limit").contains("\"limit\":60"));
    assert!(anonymous("/api/v3/").contains("current_user_url"));
}

#[test]
fn who_shows_no_user_agent_is_refused() {
    let answer = get(github().url(), "/rate_limit", &[]);
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    assert!(answer.contains("Please make sure your request has a User-Agent header"));
}

#[test]
fn an_enterprise_server_tells_its_version_and_has_no_limits() {
    let github = builder().enterprise_version("3.17.2").start().unwrap();
    let answer = call(github.url(), "/api/v3/rate_limit", "octocats");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert!(answer.contains("Rate limiting is not enabled."));
    assert!(answer.contains("x-github-enterprise-version: 3.17.2"));
    assert!(answer.contains("x-oauth-scopes: repo, workflow"));
    assert!(!answer.contains("x-ratelimit-limit"));
}

#[test]
fn a_canned_answer_comes_before_all_others() {
    let github = github();
    github.answer_with(
        "/user",
        503,
        &[("Content-Type", "text/html")],
        "<h1>away</h1>",
    );
    github.answer_with("/user?page=2", 410, &[], "");
    github.redirect("/anything", "http://other.test/");
    let answer = call(github.url(), "/user?page=1", "octocats");
    assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("<h1>away</h1>"));
    assert!(call(github.url(), "/user?page=2", "octocats").starts_with("HTTP/1.1 410"));
    let redirect = call(github.url(), "/anything", "octocats");
    assert!(
        redirect.contains("location: http://other.test/"),
        "{redirect}"
    );
}

#[test]
fn a_stalled_request_is_remembered_and_waits() {
    let github = github();
    github.stall(true);
    thread::scope(|scope| {
        let waiting = scope.spawn(|| call(github.url(), "/user", "octocats"));
        while github.requests().is_empty() {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(50));
        assert!(!waiting.is_finished());
        assert_eq!(github.requests()[0].status, 0);
        github.stall(false);
        assert!(waiting.join().unwrap().starts_with("HTTP/1.1 200"));
    });
    assert_eq!(github.requests()[0].status, 200);
}

#[test]
fn a_stalled_fake_still_stops() {
    let github = github();
    github.stall(true);
    let url = github.url().to_owned();
    let waiting = thread::spawn(move || call(&url, "/user", "octocats"));
    while github.requests().is_empty() {
        thread::sleep(Duration::from_millis(1));
    }
    drop(github);
    assert_eq!(waiting.join().unwrap(), "", "the connection just ends");
}

#[test]
fn an_unknown_route_cannot_be_overlooked() {
    let github = github();
    let answer = call(github.url(), "/zen?x=1", "octocats");
    assert!(answer.starts_with("HTTP/1.1 501"), "{answer}");
    assert_eq!(github.unknown_routes(), ["GET /zen?x=1"]);
    let panic = catch_unwind(AssertUnwindSafe(|| drop(github))).unwrap_err();
    let message = panic.downcast_ref::<String>().unwrap();
    assert!(message.contains("GET /zen?x=1"), "{message}");
}

#[test]
fn an_unknown_route_may_be_allowed() {
    let github = github();
    github.allow_unknown_routes();
    call(github.url(), "/zen", "octocats");
    drop(github);
}

#[test]
fn a_folder_goes_with_its_fake() {
    let github = github();
    let (bare, ca) = (
        github.repository_path("acme/site"),
        github.ca_file().to_owned(),
    );
    assert!(bare.is_dir() && ca.is_file());
    drop(github);
    assert!(!bare.exists() && !ca.exists());
}

#[tokio::test]
async fn it_starts_and_stops_within_a_runtime() {
    let github = github();
    let url = github.url().to_owned();
    let answer = tokio::task::spawn_blocking(move || call(&url, "/user", "octocats")).await;
    assert!(answer.unwrap().starts_with("HTTP/1.1 200"));
}
