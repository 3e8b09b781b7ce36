//! What an answer to a question proves of a permission: only what leaves no doubt.

use fake_github::{Account, Right, Server, Visibility};

use super::{SHOWN, builder, octocat, requiring, seen, token, with};
use crate::kinds::{line, look, verdict};

/// A server before 3.11 names no permission, and its refusal may be of anything.
#[test]
fn a_refusal_that_names_no_permission_proves_nothing() {
    let github = builder(Visibility::Private)
        .server(Server::Enterprise("3.10.4".to_owned()))
        .token(token(0), octocat().permission("contents", "read"))
        .start()
        .unwrap();
    let shown = look(&github, &token(0), &requiring(&SHOWN, "read"));
    assert_eq!(seen(&shown), "contents: read, metadata: read", "{shown}");
    assert!(!shown.contains("permissions/missing"), "{shown}");
    for name in SHOWN {
        let unknown = format!("whether the token has the permission `{name}: read`");
        assert!(shown.contains(&unknown), "{shown}");
    }
}

/// The same for a role that the permission alone does not make up for.
#[test]
fn a_refusal_for_want_of_a_role_proves_nothing() {
    let account = Account::user("octocat").right("acme/site", Right::Fetch);
    let account = with(account.permission("contents", "read"), &SHOWN, "read");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let shown = look(&github, &token(0), &requiring(&SHOWN, "read"));
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch
    of its permissions can be seen actions: read, contents: read, deployments: read, issues: read, metadata: read, organization_secrets: read, pages: read, pull_requests: read, statuses: read
    policy `.github/patgate.yml`, gate `default`: deny, 8 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=46::it cannot be seen whether the token has the permission `actions_variables: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=71::it cannot be seen whether the token has the permission `administration: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=93::it cannot be seen whether the token has the permission `dependabot_secrets: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=214::it cannot be seen whether the token has the permission `repository_hooks: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=238::it cannot be seen whether the token has the permission `secret_scanning_alerts: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=268::it cannot be seen whether the token has the permission `secrets: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=283::it cannot be seen whether the token has the permission `security_events: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=322::it cannot be seen whether the token has the permission `vulnerability_alerts: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/orgs/acme/actions/secrets?per_page=1 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/artifacts?per_page=1 200
    > GET /api/v3/repos/acme/site/actions/permissions 404
    > GET /api/v3/repos/acme/site/actions/secrets?per_page=1 403
    > GET /api/v3/repos/acme/site/actions/variables?per_page=1 403
    > GET /api/v3/repos/acme/site/code-scanning/alerts?per_page=1 403
    > GET /api/v3/repos/acme/site/commits/HEAD/statuses?per_page=1 200
    > GET /api/v3/repos/acme/site/dependabot/alerts 403
    > GET /api/v3/repos/acme/site/dependabot/secrets?per_page=1 403
    > GET /api/v3/repos/acme/site/deployments?per_page=1 200
    > GET /api/v3/repos/acme/site/hooks?per_page=1 404
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/repos/acme/site/pages 200
    > GET /api/v3/repos/acme/site/pulls?per_page=1 200
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 403
    > GET /api/v3/repos/acme/site/secret-scanning/alerts?per_page=1 404
    exit 1
    ");
}

/// An answer: its name, its status, its headers and its body.
type Answer = (
    &'static str,
    u16,
    Vec<(&'static str, &'static str)>,
    &'static str,
);

/// Each answer that the question about `issues` may have.
fn answers() -> Vec<Answer> {
    let pat = r#"{"message":"Resource not accessible by personal access token"}"#;
    let app = r#"{"message":"Resource not accessible by integration"}"#;
    let sso = r#"{"message":"Resource protected by organization SAML enforcement."}"#;
    let off = r#"{"message":"Issues has been disabled in this repository."}"#;
    let wants = |wanted| vec![("x-accepted-github-permissions", wanted)];
    vec![
        ("a list", 200, wants("issues=read"), "[]"),
        ("another object", 200, wants("issues=read"), "{}"),
        ("refused, and named", 403, wants("issues=read"), pat),
        ("refused as an app's", 403, wants("issues=read"), app),
        (
            "refused, in other blanks",
            403,
            wants(" issues = read "),
            pat,
        ),
        (
            "refused, one of two named",
            403,
            wants("pull_requests=read; issues=read"),
            pat,
        ),
        (
            "refused, two named together",
            403,
            wants("metadata=read,issues=read"),
            pat,
        ),
        (
            "refused, two together or one",
            403,
            wants("metadata=read,contents=read; issues=read"),
            pat,
        ),
        ("refused, another named", 403, wants("contents=read"), pat),
        (
            "refused, a longer name",
            403,
            wants("issues_of_others=read"),
            pat,
        ),
        ("refused, none named", 403, wants(""), pat),
        ("refused, the header taken out", 403, vec![], pat),
        ("refused for another cause", 403, wants("issues=read"), sso),
        (
            "refused in unknown words",
            403,
            wants("issues=read"),
            r#"{"message":"Computer says no."}"#,
        ),
        (
            "hidden",
            404,
            wants("issues=read"),
            r#"{"message":"Not Found"}"#,
        ),
        (
            "a conflict",
            409,
            wants("issues=read"),
            r#"{"message":"Git Repository is empty."}"#,
        ),
        ("gone", 410, wants("issues=read"), off),
        (
            "not to be processed",
            422,
            wants("issues=read"),
            r#"{"message":"Validation Failed"}"#,
        ),
        (
            "no such token",
            401,
            vec![],
            r#"{"message":"Bad credentials"}"#,
        ),
        ("a limit", 403, vec![("x-ratelimit-remaining", "0")], pat),
        ("a login page", 200, vec![], "<html>Sign in</html>"),
        (
            "a page elsewhere",
            302,
            vec![("location", "https://login.example/")],
            "",
        ),
    ]
}

/// An answer to the question about `issues`, and what is known of the permission then.
#[test]
fn each_answer_says_as_much_as_is_certain() {
    let github = builder(Visibility::Private)
        .token(token(0), octocat().permission("contents", "read"))
        .start()
        .unwrap();
    let mut all = String::new();
    for (name, status, headers, body) in answers() {
        github.answer_with("/api/v3/repos/acme/site/issues", status, &headers, body);
        let shown = look(&github, &token(0), &requiring(&["issues"], "read"));
        let rule = ["permissions/missing", "permissions/unknown"]
            .into_iter()
            .find(|rule| shown.contains(rule));
        let told = format!("{} ({})", seen(&shown), rule.unwrap_or("passes"));
        all += &line(name, &told);
    }
    insta::assert_snapshot!(all, @"
    a list: contents: read, issues: read, metadata: read (passes)
    another object: contents: read, issues: read, metadata: read (passes)
    refused, and named: contents: read, issues: none, metadata: read (permissions/missing)
    refused as an app's: contents: read, issues: none, metadata: read (permissions/missing)
    refused, in other blanks: contents: read, metadata: read (permissions/unknown)
    refused, one of two named: contents: read, issues: none, metadata: read (permissions/missing)
    refused, two named together: contents: read, metadata: read (permissions/unknown)
    refused, two together or one: contents: read, issues: none, metadata: read (permissions/missing)
    refused, another named: contents: read, metadata: read (permissions/unknown)
    refused, a longer name: contents: read, metadata: read (permissions/unknown)
    refused, none named: contents: read, metadata: read (permissions/unknown)
    refused, the header taken out: contents: read, metadata: read (permissions/unknown)
    refused for another cause: contents: read, metadata: read (permissions/unknown)
    refused in unknown words: contents: read, metadata: read (permissions/unknown)
    hidden: contents: read, metadata: read (permissions/unknown)
    a conflict: contents: read, metadata: read (permissions/unknown)
    gone: contents: read, metadata: read (permissions/unknown)
    not to be processed: contents: read, metadata: read (permissions/unknown)
    no such token: contents: read, metadata: read (permissions/unknown)
    a limit: contents: read, metadata: read (permissions/unknown)
    a login page: contents: read, metadata: read (permissions/unknown)
    a page elsewhere: contents: read, metadata: read (permissions/unknown)
    ");
}

/// What is off for all says nothing of one token, but where only those who may ask hear of it.
#[test]
fn a_feature_that_is_off_is_told_from_a_permission_that_is_not_there() {
    let mut all = String::new();
    for feature in [
        "contents",
        "issues",
        "pages",
        "secret_scanning_alerts",
        "security_events",
        "vulnerability_alerts",
    ] {
        for level in ["read", "none"] {
            let account = octocat().permission("contents", "read");
            let account = match level {
                "none" => account,
                level => account.permission(feature, level),
            };
            let github = builder(Visibility::Private)
                .feature_off("acme/site", feature)
                .token(token(0), account)
                .start()
                .unwrap();
            let shown = look(&github, &token(0), &requiring(&[feature], "read"));
            all += &line(&format!("{feature}, {level}"), seen(&shown));
        }
    }
    insta::assert_snapshot!(all, @"
    contents, read: contents: read, metadata: read
    contents, none: contents: read, metadata: read
    issues, read: contents: read, metadata: read
    issues, none: contents: read, issues: none, metadata: read
    pages, read: contents: read, metadata: read
    pages, none: contents: read, metadata: read, pages: none
    secret_scanning_alerts, read: contents: read, metadata: read
    secret_scanning_alerts, none: contents: read, metadata: read, secret_scanning_alerts: none
    security_events, read: contents: read, metadata: read, security_events: read
    security_events, none: contents: read, metadata: read, security_events: none
    vulnerability_alerts, read: contents: read, metadata: read
    vulnerability_alerts, none: contents: read, metadata: read, vulnerability_alerts: none
    ");
}

/// A question that wants to write says of reading nothing when it is refused.
#[test]
fn a_refusal_proves_no_more_than_the_level_that_its_header_names() {
    let account = octocat().permission("contents", "read");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let body = r#"{"message":"Resource not accessible by personal access token"}"#;
    let wants = [("x-accepted-github-permissions", "issues=write")];
    github.answer_with("/api/v3/repos/acme/site/issues", 403, &wants, body);
    let shown = look(&github, &token(0), &requiring(&["issues"], "read"));
    assert!(!shown.contains("permissions/missing"), "{shown}");
}
