//! When a token ends: each form in which GitHub tells it, and what it means where GitHub does not.

use fake_github::{Account, FakeGitHub, Fault, Right, Server, Visibility};
use jiff::{SignedDuration, Timestamp};

use super::{ALL_KINDS, legacy, line, look, look_at, oauth, row, user_to_server, verdict};
use crate::issue::gate;
use crate::runner::{Job, classic, expiry_in, fine_grained, installation};

/// A gate for which the end matters.
const RULES: &str = "    expiry: { required: true, at-most: 400d }";

fn github(server: Server, token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .server(server)
        .repository("acme/site", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

/// What `GET /user` answers with this end, beside what it always does.
fn with_end<'a>(github: &FakeGitHub, ends: &[&'a str]) {
    let header = |end: &&'a str| ("github-authentication-token-expiration", *end);
    let ends = ends.iter().map(header);
    let headers: Vec<_> = [("x-oauth-scopes", "repo")]
        .into_iter()
        .chain(ends)
        .collect();
    github.answer_with("/api/v3/user", 200, &headers, r#"{"login":"octocat"}"#);
}

#[test]
fn each_form_of_an_end_is_read() {
    let token = classic(0);
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    let mut job = Job::on(&github, &token, &gate("    expiry: { required: true }"));
    for (told, read) in [
        ("2099-10-03 11:43:41 UTC", "2099-10-03T11:43:41Z"),
        ("2099-10-03 11:43:41 GMT", "2099-10-03T11:43:41Z"),
        ("2099-10-03 11:43:41 Z", "2099-10-03T11:43:41Z"),
        ("2099-04-26 23:23:18 +0200", "2099-04-26T21:23:18Z"),
        ("2099-12-02 07:00:00 +0800", "2099-12-01T23:00:00Z"),
        ("2099-12-02 07:00:00 +0900", "2099-12-01T22:00:00Z"),
        ("2099-12-02 07:00:00 +0500", "2099-12-02T02:00:00Z"),
        ("2099-12-02 07:00:00 -0700", "2099-12-02T14:00:00Z"),
        ("2099-12-02 07:00:00 +05:30", "2099-12-02T01:30:00Z"),
        ("2099-12-02 00:00:00 UTC", "2099-12-02T00:00:00Z"),
        ("2099-12-02T07:00:00Z", "2099-12-02T07:00:00Z"),
        ("2099-12-02T07:00:00+02:00", "2099-12-02T05:00:00Z"),
        ("2099-12-02", "2099-12-02T23:59:59Z"),
        ("  2099-12-02 07:00:00 UTC ", "2099-12-02T07:00:00Z"),
    ] {
        with_end(&github, &[told]);
        let (shown, ran) = look_at(&github, &mut job);
        assert_eq!(ran.outputs["expires-at"], read, "{told}: {shown}");
        assert_eq!(ran.status, Some(0), "{told}: {shown}");
    }
}

/// Others took what they could not read for a token that never expires.
#[test]
fn an_end_that_cannot_be_read_is_unknown_and_never_none() {
    let token = classic(0);
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    let mut job = Job::on(&github, &token, &gate(RULES));
    for ends in [
        &["2099-10-03 11:43:41 EST"][..],
        &["2099-10-03 11:43:41"],
        &["2099-10-03 11:43:41 PM UTC"],
        &["2099-13-03 11:43:41 UTC"],
        &["1790000000"],
        &["never"],
        &[""],
        &["2099-10-03 11:43:41 UTC", "2098-10-03 11:43:41 UTC"],
    ] {
        with_end(&github, ends);
        let (shown, ran) = look_at(&github, &mut job);
        assert_eq!(ran.outputs["expires-at"], "unknown", "{ends:?}: {shown}");
        let said = "it is not known when the token expires: GitHub's answer cannot be read";
        assert!(shown.contains(said), "{ends:?}: {shown}");
        assert!(!shown.contains("never"), "{ends:?}: {shown}");
    }
    with_end(&github, &["2099-10-03 11:43:41 EST"]);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is a classic personal access token of `octocat`; it has an unknown expiry: GitHub's answer cannot be read; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires: GitHub's answer cannot be read; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/user 200
    exit 1
    ");
}

/// Seen once, for a fine-grained token: the header tells the server's own time.
#[test]
fn an_end_that_is_now_is_not_relied_on_for_a_token_that_works() {
    let token = fine_grained();
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    for seconds in [-2, 0, 2] {
        let end = expiry_in(SignedDuration::from_secs(seconds));
        with_end(&github, &[&end]);
        let shown = look(
            &github,
            &token,
            "    expiry: { required: false, at-most: 400d }",
        );
        assert!(!shown.contains("expired at"), "{seconds}: {shown}");
        assert!(!shown.contains("expiry/passed"), "{seconds}: {shown}");
    }
    let end = expiry_in(SignedDuration::ZERO);
    with_end(&github, &[&end]);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is a fine-grained personal access token of `octocat`; it has an unknown expiry: GitHub names the present moment, which cannot be right; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires: GitHub names the present moment, which cannot be right; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/user 200
    exit 1
    ");
    // Minutes are no mistake of the clock's: such a token does end.
    with_end(&github, &[&expiry_in(SignedDuration::from_mins(4))]);
    let shown = look(&github, &token, RULES);
    assert!(shown.contains("it expires at <instant>, in "), "{shown}");
    with_end(&github, &[&expiry_in(SignedDuration::from_hours(-4))]);
    let shown = look(&github, &token, RULES);
    assert!(shown.contains("patgate expiry/passed"), "{shown}");
}

/// A server tells of ends since 3.3, and of fine-grained tokens since 3.10.
#[test]
fn an_end_that_is_not_told_means_never_only_where_it_would_be_told() {
    let user = || Account::user("octocat").scopes("repo");
    let app = || Account::installation("acme").right("acme/site", Right::Push);
    let ghes = |version: &str| Server::Enterprise(version.to_owned());
    let kinds = || {
        [
            ("classic", classic(0), user()),
            ("oauth", oauth(), user()),
            ("legacy", legacy(), user()),
            ("fine-grained", fine_grained(), Account::user("octocat")),
            ("user-to-server", user_to_server(), Account::user("octocat")),
            ("installation", installation(), app()),
        ]
    };
    let mut all = String::new();
    for (name, server) in [
        ("github.com", Server::GitHubCom),
        ("ghe.com", Server::DataResidency),
        ("3.2.0", ghes("3.2.0")),
        ("3.3.0", ghes("3.3.0")),
        ("3.10.4", ghes("3.10.4")),
        ("3.17.1", ghes("3.17.1")),
        ("next", ghes("next")),
    ] {
        let builder = FakeGitHub::builder().server(server);
        let builder = kinds()
            .into_iter()
            .fold(builder, |builder, (_, token, account)| {
                builder.token(token, account)
            });
        let github = builder.start().unwrap();
        for (kind, token, _) in kinds() {
            let shown = look(&github, &token, ALL_KINDS);
            let refused = shown.contains("patgate token/refused").then_some("refused");
            let told = refused.or(shown.split("; ").nth(1)).unwrap_or(&shown);
            all += &line(&format!("{name}, {kind}"), told);
        }
    }
    insta::assert_snapshot!(all, @"
    github.com, classic: it never expires
    github.com, oauth: it never expires
    github.com, legacy: it never expires
    github.com, fine-grained: it never expires
    github.com, user-to-server: it has an unknown expiry: GitHub does not tell
    github.com, installation: it expires before <instant>
    ghe.com, classic: it never expires
    ghe.com, oauth: it never expires
    ghe.com, legacy: it never expires
    ghe.com, fine-grained: it never expires
    ghe.com, user-to-server: it has an unknown expiry: GitHub does not tell
    ghe.com, installation: it expires before <instant>
    3.2.0, classic: it has an unknown expiry: GitHub does not tell
    3.2.0, oauth: it has an unknown expiry: GitHub does not tell
    3.2.0, legacy: it has an unknown expiry: GitHub does not tell
    3.2.0, fine-grained: refused
    3.2.0, user-to-server: it has an unknown expiry: GitHub does not tell
    3.2.0, installation: it expires before <instant>
    3.3.0, classic: it never expires
    3.3.0, oauth: it never expires
    3.3.0, legacy: it never expires
    3.3.0, fine-grained: refused
    3.3.0, user-to-server: it has an unknown expiry: GitHub does not tell
    3.3.0, installation: it expires before <instant>
    3.10.4, classic: it never expires
    3.10.4, oauth: it never expires
    3.10.4, legacy: it never expires
    3.10.4, fine-grained: it never expires
    3.10.4, user-to-server: it has an unknown expiry: GitHub does not tell
    3.10.4, installation: it expires before <instant>
    3.17.1, classic: it never expires
    3.17.1, oauth: it never expires
    3.17.1, legacy: it never expires
    3.17.1, fine-grained: it never expires
    3.17.1, user-to-server: it has an unknown expiry: GitHub does not tell
    3.17.1, installation: it expires before <instant>
    next, classic: it has an unknown expiry: GitHub does not tell
    next, oauth: it has an unknown expiry: GitHub does not tell
    next, legacy: it has an unknown expiry: GitHub does not tell
    next, fine-grained: it has an unknown expiry: GitHub does not tell
    next, user-to-server: it has an unknown expiry: GitHub does not tell
    next, installation: it expires before <instant>
    ");
}

/// A proxy that lets known headers through leaves no id of the request either.
#[test]
fn an_end_that_a_proxy_takes_away_is_unknown() {
    let token = classic(0);
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    let mut all = String::new();
    for (name, headers) in [
        ("all of GitHub's headers", vec![]),
        ("all but the scopes", vec![("x-oauth-scopes", "repo")]),
        (
            "the end alone",
            vec![
                ("x-oauth-scopes", "repo"),
                ("x-github-request-id", "C0DE:1"),
            ],
        ),
        ("the scopes alone", vec![("x-github-request-id", "C0DE:1")]),
    ] {
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let fault = Fault::Status {
            status: 200,
            headers: headers.into_iter().map(own).collect(),
            body: r#"{"login":"octocat"}"#.to_owned(),
        };
        github.fault("/api/v3/user", vec![fault]);
        let rules = format!("{RULES}\n    scopes: {{ require: [repo] }}");
        all += &row(name, &look(&github, &token, &rules));
    }
    insta::assert_snapshot!(all, @"
    # all of GitHub's headers
    the token is a classic personal access token of `octocat`; it has an unknown expiry: a proxy takes GitHub's headers out of its answers; its scopes are unknown: a proxy takes GitHub's headers out of its answers
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires: a proxy takes GitHub's headers out of its answers; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    ::error title=patgate scopes/unknown,file=.github/patgate.yml,line=5,col=5::the token's scopes are not known: a proxy takes GitHub's headers out of its answers; let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`
    > GET /api/v3/user 200
    exit 1

    # all but the scopes
    the token is a classic personal access token of `octocat`; it has an unknown expiry: a proxy takes GitHub's headers out of its answers; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires: a proxy takes GitHub's headers out of its answers; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/user 200
    exit 1

    # the end alone
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/required,file=.github/patgate.yml,line=4,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    > GET /api/v3/user 200
    exit 1

    # the scopes alone
    the token is a classic personal access token of `octocat`; it never expires; its scopes are unknown: GitHub does not tell
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate expiry/required,file=.github/patgate.yml,line=4,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    ::error title=patgate scopes/unknown,file=.github/patgate.yml,line=5,col=5::the token's scopes are not known: GitHub does not tell; let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`
    > GET /api/v3/user 200
    exit 1
    ");
}

/// The rules judge an end that is only bounded by its bound.
#[test]
fn an_end_within_the_hour_is_judged_by_what_is_certain() {
    let token = installation();
    let account = Account::installation("acme").right("acme/site", Right::Push);
    let github = github(Server::GitHubCom, &token, account);
    let mut all = String::new();
    for bounds in [
        "required: true",
        "at-most: 2h",
        "at-most: 20m",
        "at-least: 20m",
        "at-least: 2h",
        "warn-below: 14d",
    ] {
        let rules = format!("    expiry: {{ {bounds} }}");
        all += &row(bounds, verdict(&look(&github, &token, &rules)));
    }
    insta::assert_snapshot!(all, @"
    # required: true
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # at-most: 2h
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # at-most: 20m
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires, only that it does before <instant>; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 1

    # at-least: 20m
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires, only that it does before <instant>; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 1

    # at-least: 2h
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/unknown,file=.github/patgate.yml,line=4,col=15::it is not known when the token expires, only that it does before <instant>; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 1

    # warn-below: 14d
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0
    ");
}

/// An end that an installation's token tells by a header is taken as it is.
#[test]
fn an_end_that_is_told_of_an_installations_token_counts() {
    let token = installation();
    let end = Timestamp::now() + SignedDuration::from_mins(30);
    let account = Account::installation("acme")
        .right("acme/site", Right::Push)
        .expires(end.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    let github = github(Server::GitHubCom, &token, account);
    let shown = look(&github, &token, RULES);
    assert!(
        shown.contains("it expires at <instant>, in 29 minutes"),
        "{shown}"
    );
}
