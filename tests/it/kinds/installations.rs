//! The list of a user's installations: its pages, what GitHub leaves out of it, what it adds one day.

use super::user_to_server::{RULES, github, octocat, on};
use super::{look, row, user_to_server, verdict};

/// The list of installations as a test writes it.
fn listed(count: usize, installations: &[String]) -> String {
    let installations = installations.join(",");
    format!(r#"{{"total_count":{count},"installations":[{installations}]}}"#)
}

fn installation(owner: &str, permissions: &str) -> String {
    format!(
        r#"{{"id":1,"account":{{"login":"{owner}"}},"permissions":{permissions},"suspended_at":null}}"#
    )
}

#[test]
fn installations_on_a_second_page_count_too() {
    let many = (0..100).fold(octocat(), |account, n| {
        account.installed_on(on(&format!("other{n}"), "read"))
    });
    let github = github(many.installed_on(on("acme", "write")));
    insta::assert_snapshot!(look(&github, &user_to_server(), RULES), @"
    the token is a user-to-server token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it expires at <instant>, in 6 hours; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, issues: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    > GET /api/v3/user/installations?per_page=100&page=2 200
    exit 0
    ");
}

#[test]
fn a_list_that_is_not_whole_makes_permissions_unknown() {
    let token = user_to_server();
    let github = github(octocat().installed_on(on("acme", "write")));
    let path = "/api/v3/user/installations";
    let one = listed(
        1,
        &[installation(
            "acme",
            r#"{"contents":"write","issues":"write"}"#,
        )],
    );
    let sso = (
        "x-github-sso",
        "partial-results; organizations=21955855,20582480",
    );
    let mut all = String::new();
    for (name, status, headers, body) in [
        ("organizations left out", 200, vec![sso], one.clone()),
        (
            "refused",
            403,
            vec![],
            r#"{"message":"Resource not accessible by integration"}"#.to_owned(),
        ),
        (
            "not there",
            404,
            vec![],
            r#"{"message":"Not Found"}"#.to_owned(),
        ),
        ("no GitHub", 200, vec![], "<html>log in</html>".to_owned()),
    ] {
        github.answer_with(path, status, &headers, &body);
        all += &row(name, verdict(&look(&github, &token, RULES)));
    }
    insta::assert_snapshot!(all, @r#"
    # organizations left out
    acme/site: fetch and push
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: GitHub leaves out organizations that demand single sign-on and have not authorized the token; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::warning title=patgate permissions/unseen,file=.github/patgate.yml,line=4,col=48::GitHub does not list the permissions of a user-to-server token (GitHub leaves out organizations that demand single sign-on and have not authorized the token), so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1

    # refused
    acme/site: fetch and push
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: the token lacks the permission, and GitHub says "Resource not accessible by integration"; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::warning title=patgate permissions/unseen,file=.github/patgate.yml,line=4,col=48::GitHub does not list the permissions of a user-to-server token (the token lacks the permission, and GitHub says "Resource not accessible by integration"), so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/user/installations?per_page=100 403
    exit 1

    # not there
    acme/site: fetch and push
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: GitHub does not list the permissions of a user-to-server token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::warning title=patgate permissions/unseen,file=.github/patgate.yml,line=4,col=48::GitHub does not list the permissions of a user-to-server token, so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/user/installations?per_page=100 404
    exit 1

    # no GitHub
    acme/site: fetch and push
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::warning title=patgate permissions/unseen,file=.github/patgate.yml,line=4,col=48::GitHub does not list the permissions of a user-to-server token (what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends), so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1
    "#);
}

/// GitHub adds permissions and levels each year.
#[test]
fn permissions_and_levels_that_nobody_knows_yet_are_kept() {
    let token = user_to_server();
    let github = github(octocat().installed_on(on("acme", "write")));
    let permissions =
        r#"{"contents":"write","issues":"write","quantum_secrets":"read","wikis":"triage"}"#;
    let body = listed(1, &[installation("ACME", permissions)]);
    github.answer_with("/api/v3/user/installations", 200, &[], &body);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is a user-to-server token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it expires at <instant>, in 6 hours; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, issues: write, quantum_secrets: read, wikis: admin
    beyond what the gate needs, the token has `wikis: admin` (grave), `quantum_secrets: read`
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/excess,file=.github/patgate.yml,line=4,col=48::the token has the permission `quantum_secrets: read`, which the policy does not allow; take `quantum_secrets` from the token in the app's settings, and on its installation, or allow it in the policy
    ::error title=patgate permissions/excess,file=.github/patgate.yml,line=4,col=48::the token has the permission `wikis: admin`, which the policy does not allow; take `wikis` from the token in the app's settings, and on its installation, or allow it in the policy
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1
    ");
}
