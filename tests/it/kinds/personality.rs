//! One whole run by each of GitHub's servers.

use fake_github::{Account, FakeGitHub, Installed, Right, Server, Visibility};
use jiff::{SignedDuration, Timestamp};

use super::{assert_harmless, claims, shown, stateless, user_to_server};
use crate::issue::gate;
use crate::runner::{DAY, Job, Step, classic, expiry_in, fine_grained};

/// A gate as a careful team writes it.
const RULES: &str = "    owners: [octocat, acme]\n    expiry: { required: true, at-most: 90d }\n    scopes: { require: [repo], forbid: ['admin:*'] }\n    permissions: { require: { issues: read } }\n    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }\n    levels: { expiry/unknown: warn, permissions/unknown: warn }";

fn github(server: Server, token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .server(server)
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Public)
        .repository("acme/vault", Visibility::Private)
        .token(token, account.right("acme/site", Right::Push))
        .start()
        .unwrap()
}

fn ghes(version: &str) -> Server {
    Server::Enterprise(version.to_owned())
}

/// A run with its lease, by a job of a runner of that server.
#[track_caller]
fn run(github: &FakeGitHub, token: &str, is_cloud: bool) -> String {
    let mut job = Job::on(github, token, &gate(RULES));
    if is_cloud {
        // There, the API is a host of its own.
        let url = github.url().to_owned();
        job.env.insert("GITHUB_API_URL".to_owned(), url);
    }
    let ran = job.main(&mut Step::new());
    let requests = github.requests();
    assert_harmless(&requests, token);
    assert_eq!(job.leases().len(), usize::from(ran.status == Some(0)));
    shown(github, &job, &ran, &requests)
}

#[test]
fn by_github_com() {
    let token = fine_grained();
    let account = Account::user("octocat")
        .expires(expiry_in(DAY * 30))
        .permission("contents", "write")
        .permission("issues", "read");
    let github = github(Server::GitHubCom, &token, account);
    insta::assert_snapshot!(run(&github, &token, true), @"
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    acme/docs: fetch, public
    acme/site: fetch and push
    acme/vault: not visible
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    > GET /user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/vault.git/info/refs?service=git-upload-pack 404
    > GET /repos/acme/docs 200
    > GET /repos/acme/site 200
    > GET /repos/acme/site/issues?per_page=1 200
    > GET /repos/acme/vault 404
    exit 0
    ");
}

#[test]
fn by_a_ghe_com() {
    let end = Timestamp::now() + SignedDuration::from_mins(30);
    let token = stateless(15368, &claims(15368, end));
    let account = Account::installation("acme")
        .permission("contents", "write")
        .permission("issues", "read");
    let github = github(Server::DataResidency, &token, account);
    insta::assert_snapshot!(run(&github, &token, true), @"
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    acme/docs: fetch, public
    acme/site: fetch and push
    acme/vault: not visible
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    > GET /installation/repositories?per_page=100 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/vault.git/info/refs?service=git-upload-pack 404
    > GET /repos/acme/docs 200
    > GET /repos/acme/site/issues?per_page=1 200
    > GET /repos/acme/vault 404
    exit 0
    ");
}

/// No ends, no permissions, limits off.
#[test]
fn by_a_server_of_2021() {
    let token = classic(0);
    let account = Account::user("octocat").scopes("repo, site_admin");
    let github = github(ghes("3.2.0"), &token, account);
    insta::assert_snapshot!(run(&github, &token, false), @"
    the token is a classic personal access token of `octocat`; it has an unknown expiry: GitHub does not tell; its scopes are repo, site_admin
    acme/docs: fetch, public
    acme/site: fetch and push
    acme/vault: not visible
    beyond what the gate needs, the token has `site_admin` (grave)
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    ::warning title=patgate expiry/unknown,file=.github/patgate.yml,line=5,col=15::it is not known when the token expires: GitHub does not tell; allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/vault.git/info/refs?service=git-upload-pack 404
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/vault 404
    exit 0
    ");
}

/// Fine-grained tokens, of which no header names a permission.
#[test]
fn by_a_server_of_2023() {
    let token = fine_grained();
    let account = Account::user("octocat")
        .expires(expiry_in(DAY * 30))
        .permission("contents", "write")
        .permission("metadata", "read");
    let github = github(ghes("3.10.4"), &token, account);
    insta::assert_snapshot!(run(&github, &token, false), @"
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    acme/docs: fetch, public
    acme/site: fetch and push
    acme/vault: not visible
    of its permissions can be seen contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    ::warning title=patgate permissions/unknown,file=.github/patgate.yml,line=7,col=31::it cannot be seen whether the token has the permission `issues: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/vault.git/info/refs?service=git-upload-pack 404
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 403
    > GET /api/v3/repos/acme/vault 404
    exit 0
    ");
}

#[test]
fn by_the_newest_server() {
    let token = user_to_server();
    let installed = Installed::on("acme").selected(&["site"]);
    let installed = installed
        .permission("contents", "write")
        .permission("issues", "write");
    let account = Account::user("octocat")
        .expires(expiry_in(SignedDuration::from_hours(7)))
        .client_id("Iv23liPatgateCanary1")
        .installed_on(installed);
    let github = github(ghes("3.22.2"), &token, account);
    insta::assert_snapshot!(run(&github, &token, false), @"
    the token is a user-to-server token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it expires at <instant>, in 6 hours; it has permissions in place of scopes
    acme/docs: fetch, public
    acme/site: fetch and push
    acme/vault: not visible
    its permissions are contents: write, issues: write, metadata: read
    beyond what the gate needs, the token has `issues: write`
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/vault.git/info/refs?service=git-upload-pack 404
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/vault 404
    > GET /api/v3/user/installations?per_page=100 200
    exit 0
    ");
}
