//! 40 hexadecimal digits: a token of before the prefixes, or none at all. The server decides.

use fake_github::{Account, FakeGitHub, Right, Server, Visibility};

use super::{legacy, look, row};
use crate::runner::{DAY, expiry_in};

const RULES: &str = "    kinds: [legacy]\n    scopes: { require: [repo] }";

fn github(account: Option<Account>, server: Server) -> FakeGitHub {
    let builder = FakeGitHub::builder()
        .server(server)
        .repository("acme/site", Visibility::Private);
    let builder = match account {
        Some(account) => builder.token(legacy(), account),
        None => builder,
    };
    builder.start().unwrap()
}

fn old_server() -> Server {
    Server::Enterprise("3.1.22".to_owned())
}

#[test]
fn forty_digits_are_what_the_server_says_they_are() {
    let octocat = || Account::user("octocat").scopes("repo");
    let mut all = String::new();
    for (name, account, server) in [
        (
            "a person's",
            Some(octocat().expires(expiry_in(DAY * 30))),
            Server::GitHubCom,
        ),
        (
            "a person's, from before there were ends",
            Some(octocat()),
            old_server(),
        ),
        (
            "an OAuth app's",
            Some(octocat().client_id("0a1b2c3d4e5f6a7b8c9d")),
            Server::GitHubCom,
        ),
        ("a commit, or the secret of an app", None, Server::GitHubCom),
        ("the same on a GitHub Enterprise Server", None, old_server()),
    ] {
        let github = github(account, server);
        all += &row(name, &look(&github, &legacy(), RULES));
    }
    insta::assert_snapshot!(all, @"
    # a person's
    the token is a legacy token of 40 hexadecimal digits of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # a person's, from before there were ends
    the token is a legacy token of 40 hexadecimal digits of `octocat`; it has an unknown expiry: GitHub does not tell; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # an OAuth app's
    the token is a legacy token of 40 hexadecimal digits of `octocat`, issued to the app `0a1b2c3d4e5f6a7b8c9d`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # a commit, or the secret of an app
    the token has the form of a legacy token of 40 hexadecimal digits, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1

    # the same on a GitHub Enterprise Server
    the token has the form of a legacy token of 40 hexadecimal digits, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1
    ");
}

/// It tells no user, and the limits take it: where they are off, by a 404.
#[test]
fn forty_digits_that_are_an_installations_are_taken_by_the_limits() {
    let app = || Account::installation("acme").right("acme/site", Right::Push);
    let mut all = String::new();
    for (name, server) in [
        ("github.com", Server::GitHubCom),
        ("where they are off", old_server()),
    ] {
        let github = github(Some(app()), server);
        let rules = "    kinds: [legacy]\n    repositories: { acme/site: push }";
        all += &row(name, &look(&github, &legacy(), rules));
    }
    let github = github(Some(app()), old_server());
    // Very old ones say it so.
    let words = r#"{"message":"No rate limit for white listed users"}"#;
    let version = [("x-github-enterprise-version", "2.13.26")];
    github.answer_with("/api/v3/rate_limit", 404, &version, words);
    all += &row("in other words", &look(&github, &legacy(), RULES));
    insta::assert_snapshot!(all, @"
    # github.com
    the token is a legacy token of 40 hexadecimal digits; it has an unknown expiry: GitHub does not tell; its scopes are unknown: GitHub does not tell
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/rate_limit 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # where they are off
    the token is a legacy token of 40 hexadecimal digits; it has an unknown expiry: GitHub does not tell; its scopes are unknown: GitHub does not tell
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/rate_limit 404
    > GET /api/v3/repos/acme/site 200
    exit 0

    # in other words
    the token is a legacy token of 40 hexadecimal digits; it has an unknown expiry: GitHub does not tell; its scopes are unknown: GitHub does not tell
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/unknown,file=.github/patgate.yml,line=5,col=5::the token's scopes are not known: GitHub does not tell; let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 404
    exit 1
    ");
}

/// Only a 404 that speaks of limits is a yes.
#[test]
fn limits_that_answer_something_else_are_no_yes() {
    let github = github(Some(Account::installation("acme")), old_server());
    let mut all = String::new();
    for (status, body) in [
        (404, r#"{"message":"Not Found"}"#),
        (401, r#"{"message":"Bad credentials"}"#),
        (403, r#"{"message":"Sorry. Your account was suspended."}"#),
        (410, r#"{"message":"This is gone."}"#),
        (404, "<html>not here</html>"),
        (200, "<html>log in</html>"),
    ] {
        github.answer_with("/api/v3/rate_limit", status, &[], body);
        all += &row(
            &format!("{status} {body}"),
            &look(&github, &legacy(), RULES),
        );
    }
    insta::assert_snapshot!(all, @r#"
    # 404 {"message":"Not Found"}
    ::error title=patgate::cannot inspect the token: GitHub answers with HTTP 404, which this question does not have; it says: "Not Found"; check `server-url` and `api-url`
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 404
    exit 2

    # 401 {"message":"Bad credentials"}
    the token has the form of a legacy token of 40 hexadecimal digits, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 401
    exit 1

    # 403 {"message":"Sorry. Your account was suspended."}
    the token has the form of a legacy token of 40 hexadecimal digits, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 403
    exit 1

    # 410 {"message":"This is gone."}
    ::error title=patgate::cannot inspect the token: GitHub answers with HTTP 410, which this question does not have; it says: "This is gone."; check `server-url` and `api-url`
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 410
    exit 2

    # 404 <html>not here</html>
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 404 and a web page, such as a proxy or a login sends; check `server-url` and `api-url`, and whether a proxy or a login page stands between
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 404
    exit 2

    # 200 <html>log in</html>
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; check `server-url` and `api-url`, and whether a proxy or a login page stands between
    > GET /api/v3/user 403
    > GET /api/v3/rate_limit 200
    exit 2
    "#);
}

/// Such a token ends within the hour, if GitHub's word on installations holds for it.
#[test]
fn forty_digits_that_are_an_installations_are_not_said_never_to_expire() {
    let app = Account::installation("acme").right("acme/site", Right::Push);
    let github = github(Some(app), Server::GitHubCom);
    let shown = look(&github, &legacy(), "    kinds: [legacy]");
    assert!(!shown.contains("never expires"), "{shown}");
}
