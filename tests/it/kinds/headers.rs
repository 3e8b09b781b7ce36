//! What GitHub tells in headers: scopes, single sign-on, versions, clocks.

use fake_github::{Account, FakeGitHub, Server, Visibility};

use super::{look, look_at, oauth, row, user_to_server, verdict};
use crate::issue::gate;
use crate::runner::{DAY, Job, classic, expiry_in, fine_grained};

fn github(server: Server, token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .server(server)
        .repository("acme/site", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

const OCTOCAT: &str = r#"{"login":"octocat"}"#;

#[test]
fn scopes_are_a_list_an_empty_one_or_none_at_all() {
    let token = classic(0);
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    let rules = "    scopes: { require: [public_repo], allow: [repo, workflow] }";
    let mut all = String::new();
    for (name, lines) in [
        ("a list", &["repo, workflow"][..]),
        ("an empty line", &[""]),
        ("no line", &[]),
        ("several lines", &["repo", "workflow, gist"]),
        ("other blanks, and an empty place", &["workflow,repo , ,"]),
        ("a scope that nobody knows yet", &["repo, write:quantum"]),
        (
            "wider scopes than the gate names",
            &["admin:org, public_repo"],
        ),
        (
            "scopes of a GitHub Enterprise Server",
            &["repo, site_admin"],
        ),
    ] {
        let lines = lines.iter().map(|line| ("x-oauth-scopes", *line));
        let headers: Vec<_> = lines.collect();
        github.answer_with("/api/v3/user", 200, &headers, OCTOCAT);
        all += &row(name, &look(&github, &token, rules));
    }
    insta::assert_snapshot!(all, @"
    # a list
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo, workflow
    beyond what the gate needs, the token has `repo`, `workflow`
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # an empty line
    the token is a classic personal access token of `octocat`; it never expires; it has no scope
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/missing,file=.github/patgate.yml,line=4,col=25::the token lacks the scope `public_repo`; add `public_repo` to the token in its owner's settings
    > GET /api/v3/user 200
    exit 1

    # no line
    the token is a classic personal access token of `octocat`; it never expires; its scopes are unknown: GitHub does not tell
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/unknown,file=.github/patgate.yml,line=4,col=5::the token's scopes are not known: GitHub does not tell; let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`
    > GET /api/v3/user 200
    exit 1

    # several lines
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo, workflow
    beyond what the gate needs, the token has `gist`, `repo`, `workflow`
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=4,col=39::the token has the scope `gist`, which the policy does not allow; remove `gist` from the token in its owner's settings
    > GET /api/v3/user 200
    exit 1

    # other blanks, and an empty place
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo, workflow
    beyond what the gate needs, the token has `repo`, `workflow`
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # a scope that nobody knows yet
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo, write:quantum
    beyond what the gate needs, the token has `repo`, `write:quantum`
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=4,col=39::the token has the scope `write:quantum`, which the policy does not allow; remove `write:quantum` from the token in its owner's settings
    > GET /api/v3/user 200
    exit 1

    # wider scopes than the gate names
    the token is a classic personal access token of `octocat`; it never expires; its scopes are admin:org, public_repo
    beyond what the gate needs, the token has `admin:org` (grave)
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=4,col=39::the token has the scope `admin:org`, which the policy does not allow; remove `admin:org` from the token in its owner's settings
    > GET /api/v3/user 200
    exit 1

    # scopes of a GitHub Enterprise Server
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo, site_admin
    beyond what the gate needs, the token has `site_admin` (grave), `repo`
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=4,col=39::the token has the scope `site_admin`, which the policy does not allow; remove `site_admin` from the token in its owner's settings
    > GET /api/v3/user 200
    exit 1
    ");
}

#[test]
fn a_token_without_scopes_says_so_in_every_place() {
    let token = classic(0);
    let github = github(
        Server::GitHubCom,
        &token,
        Account::user("octocat").scopes(""),
    );
    let mut job = Job::on(&github, &token, &gate("    scopes: { allow: [] }"));
    let (shown, ran) = look_at(&github, &mut job);
    assert!(shown.contains("; it has no scope\n"), "{shown}");
    assert_eq!(ran.outputs["scopes"], "");
    assert!(ran.summary.contains("| Scopes | none |"), "{}", ran.summary);
    github.answer_with("/api/v3/user", 200, &[], OCTOCAT);
    let (_, ran) = look_at(&github, &mut job);
    assert_eq!(ran.outputs["scopes"], "unknown");
    let cell = "| Scopes | unknown: GitHub does not tell |";
    assert!(ran.summary.contains(cell), "{}", ran.summary);
}

/// The header is there and empty for `ghu_`, and absent for the others.
#[test]
fn a_kind_with_permissions_has_no_scopes_whatever_a_header_says() {
    for (token, headers) in [
        (fine_grained(), vec![]),
        (fine_grained(), vec![("x-oauth-scopes", "")]),
        (user_to_server(), vec![("x-oauth-scopes", "")]),
        (user_to_server(), vec![]),
    ] {
        let github = github(Server::GitHubCom, &token, Account::user("octocat"));
        github.answer_with("/api/v3/user", 200, &headers, OCTOCAT);
        for rules in ["require: [repo]", "allow: [], forbid: ['*']"] {
            let shown = look(&github, &token, &format!("    scopes: {{ {rules} }}"));
            assert!(shown.contains("allow, no findings"), "{shown}");
        }
    }
}

#[test]
fn an_app_that_a_token_was_issued_to_is_named() {
    let token = oauth();
    let mut all = String::new();
    for id in [
        "0a1b2c3d4e5f6a7b8c9d",
        "Iv1.0a1b2c3d4e5f6a7b",
        "Iv23liPatgateCanary1",
    ] {
        let account = Account::user("octocat").scopes("repo").client_id(id);
        let github = github(Server::GitHubCom, &token, account);
        let mut job = Job::on(&github, &token, &gate("    kinds: [oauth]"));
        let (shown, ran) = look_at(&github, &mut job);
        let cell = ran
            .summary
            .lines()
            .find(|line| line.starts_with("| Issued"));
        all += &row(id, &format!("{shown}\n{}", cell.unwrap_or_default()));
    }
    insta::assert_snapshot!(all, @"
    # 0a1b2c3d4e5f6a7b8c9d
    the token is an OAuth token of `octocat`, issued to the app `0a1b2c3d4e5f6a7b8c9d`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0
    | Issued to the app | <code>0a1b2c3d4e5f6a7b8c9d</code> |

    # Iv1.0a1b2c3d4e5f6a7b
    the token is an OAuth token of `octocat`, issued to the app `Iv1.0a1b2c3d4e5f6a7b`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0
    | Issued to the app | <code>Iv1&#46;0a1b2c3d4e5f6a7b</code> |

    # Iv23liPatgateCanary1
    the token is an OAuth token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0
    | Issued to the app | <code>Iv23liPatgateCanary1</code> |
    ");
}

#[test]
fn a_servers_version_stands_in_the_summary() {
    let token = classic(0);
    for (server, row) in [
        (Server::GitHubCom, None),
        (Server::DataResidency, None),
        (
            Server::Enterprise("3.10.4".to_owned()),
            Some("| GitHub Enterprise Server | 3&#46;10&#46;4 |"),
        ),
    ] {
        let github = github(server, &token, Account::user("octocat").scopes("repo"));
        let mut job = Job::on(&github, &token, &gate("    kinds: [classic]"));
        let (_, ran) = look_at(&github, &mut job);
        let found = ran
            .summary
            .lines()
            .find(|line| line.contains("Enterprise Server"));
        assert_eq!(found, row, "{}", ran.summary);
    }
}

/// What the API says of its own age, or of a permission that its endpoint wants, is none of a
/// token's properties.
#[test]
fn headers_that_tell_nothing_of_the_token_change_nothing() {
    let token = fine_grained();
    let account = Account::user("octocat").expires(expiry_in(DAY * 30));
    let plain = github(Server::GitHubCom, &token, account.clone());
    let rules = "    permissions: { require: { issues: read } }";
    let said = look(&plain, &token, rules);
    let account = account
        .header("Deprecation", "Tue, 10 Mar 2026 00:00:00 GMT")
        .header("Sunset", "Fri, 10 Mar 2028 00:00:00 GMT")
        .header("X-Accepted-OAuth-Scopes", "repo")
        .header(
            "X-Accepted-GitHub-Permissions",
            "issues=write; administration=write",
        );
    let dressed = github(Server::GitHubCom, &token, account);
    assert_eq!(look(&dressed, &token, rules), said);
    assert!(said.contains("patgate permissions/unknown"), "{said}");
}

#[test]
fn a_version_of_the_api_that_is_not_served_is_told() {
    let token = classic(0);
    let github = github(Server::GitHubCom, &token, Account::user("octocat"));
    let mut all = String::new();
    for (status, message) in [
        (
            400,
            r#"The version you specified in the \"X-GitHub-API-Version\" request header, \"2022-11-28\", is not a supported version."#,
        ),
        (410, "This version of the API is no longer supported."),
    ] {
        let body = format!(r#"{{"message":"{message}"}}"#);
        github.answer_with("/api/v3/user", status, &[], &body);
        all += &row(
            &status.to_string(),
            &look(&github, &token, "    kinds: [classic]"),
        );
    }
    insta::assert_snapshot!(all, @r#"
    # 400
    ::error title=patgate::cannot inspect the token: GitHub does not serve the version of its API that it was asked in; it says: "The version you specified in the "X-GitHub-API-Version" request header, "2022-11-28", is not a supported version."; use a newer patgate, or correct `api-url`
    > GET /api/v3/user 400
    exit 2

    # 410
    ::error title=patgate::cannot inspect the token: GitHub does not serve the version of its API that it was asked in; it says: "This version of the API is no longer supported."; use a newer patgate, or correct `api-url`
    > GET /api/v3/user 410
    exit 2
    "#);
}

/// An expiry is told by GitHub's clock, and a machine's own may stand anywhere.
#[test]
fn a_clock_that_differs_is_told_and_githubs_counts() {
    let token = classic(0);
    let mut all = String::new();
    for (name, ahead) in [
        ("two hours ahead", 7230),
        ("two hours behind", -7230),
        ("two seconds", 2),
    ] {
        let account = Account::user("octocat")
            .scopes("repo")
            .expires(expiry_in(DAY / 24));
        let github = FakeGitHub::builder()
            .clock_ahead(ahead)
            .token(&token, account)
            .start()
            .unwrap();
        let shown = look(
            &github,
            &token,
            "    expiry: { at-least: 10m, at-most: 2h }",
        );
        all += &row(name, &shown);
    }
    insta::assert_snapshot!(all, @"
    # two hours ahead
    the token is a classic personal access token of `octocat`; it expired at <instant>; its scopes are repo
    this machine's clock stands 120 minutes behind GitHub's, by which expiries are judged; set it right
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/passed::the token expired at <instant>, 60 minutes ago; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 200
    exit 1

    # two hours behind
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 3 hours; its scopes are repo
    this machine's clock stands 120 minutes before GitHub's, by which expiries are judged; set it right
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate expiry/too-late,file=.github/patgate.yml,line=4,col=30::the token expires at <instant>, in 3 hours, and may live at most `2h` longer; make a token that expires within `2h`
    > GET /api/v3/user 200
    exit 1

    # two seconds
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 59 minutes; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0
    ");
}

/// 404 may also be what an organization hides, and says nothing of single sign-on.
#[test]
fn single_sign_on_is_told_by_its_header_with_any_page() {
    let token = classic(0);
    let account = Account::user("octocat").scopes("repo");
    let github = github(Server::GitHubCom, &token, account);
    let page = "https://github.com/enterprises/octo/sso?authorization_request=A1B2";
    let demand = "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization.";
    let mut all = String::new();
    for (name, header, message) in [
        ("a page", format!("required; url={page}"), demand),
        (
            "in another order",
            format!("required ; enterprise=octo ; url={page}"),
            "Forbidden",
        ),
        ("no page", "required".to_owned(), demand),
        (
            "a page that is none",
            "required; url=javascript:alert(1)".to_owned(),
            demand,
        ),
    ] {
        let headers = [("x-github-sso", header.as_str())];
        let body = format!(r#"{{"message":"{message}"}}"#);
        github.answer_with("/api/v3/user", 403, &headers, &body);
        all += &row(
            name,
            verdict(&look(&github, &token, "    kinds: [classic]")),
        );
    }
    insta::assert_snapshot!(all, @"
    # a page
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/enterprises/octo/sso?authorization_request=A1B2
    > GET /api/v3/user 403
    exit 1

    # in another order
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/enterprises/octo/sso?authorization_request=A1B2
    > GET /api/v3/user 403
    exit 1

    # no page
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization demands single sign-on, and the token is not authorized for it; authorize the token for the organization: `Configure SSO` beside it in its owner's settings
    > GET /api/v3/user 403
    exit 1

    # a page that is none
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization demands single sign-on, and the token is not authorized for it; authorize the token for the organization: `Configure SSO` beside it in its owner's settings
    > GET /api/v3/user 403
    exit 1
    ");
}
