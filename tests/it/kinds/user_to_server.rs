//! Tokens of a GitHub App that act for a user: their permissions are those of its installations,
//! which GitHub lists.

use fake_github::{Account, FakeGitHub, Installed, Right, Visibility};
use jiff::SignedDuration;

use super::{look, row, user_to_server, verdict};
use crate::runner::expiry_in;

/// A gate that wants to see one permission, allows another, and names a repository.
pub(super) const RULES: &str = "    permissions: { require: { issues: write }, allow: { contents: write, issues: write } }\n    repositories: { acme/site: push }";

/// The same for repositories of two accounts.
const RULES_FOR_TWO: &str = "    permissions: { require: { issues: write }, allow: { contents: write, issues: write } }\n    repositories: { acme/site: push, globex/tools: fetch }";

/// A person with the right to push to the repositories of both accounts.
pub(super) fn octocat() -> Account {
    Account::user("octocat")
        .expires(expiry_in(SignedDuration::from_hours(7)))
        .client_id("Iv23liPatgateCanary1")
        .right("acme/site", Right::Push)
        .right("globex/tools", Right::Push)
}

/// An installation with `contents: write`, and `issues` at this level.
pub(super) fn on(owner: &str, issues: &str) -> Installed {
    Installed::on(owner)
        .permission("contents", "write")
        .permission("issues", issues)
}

/// A GitHub with a repository of each account.
pub(super) fn github(account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("globex/tools", Visibility::Private)
        .token(user_to_server(), account)
        .start()
        .unwrap()
}

#[test]
fn the_account_of_a_pattern_counts_and_no_other() {
    let account = octocat()
        .installed_on(on("acme", "write"))
        .installed_on(on("globex", "read").permission("secrets", "write"));
    let github = github(account);
    let rules = RULES.replace("acme/site: push", "acme/*: push, acme/secret-*: none");
    let shown = look(&github, &user_to_server(), &rules);
    insta::assert_snapshot!(verdict(&shown), @"
    its permissions are contents: write, issues: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate repositories/unseen,file=.github/patgate.yml,line=5,col=35::it cannot be seen whether the token reaches a repository that fits `acme/secret-*`, where the policy has `none`; name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`
    > GET /api/v3/user 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0
    ");
}

#[test]
fn its_permissions_are_those_of_the_installation_that_has_the_repository() {
    let mut all = String::new();
    for (name, installed) in [
        ("as the gate wants it", vec![on("acme", "write")]),
        ("less", vec![on("acme", "read")]),
        (
            "more",
            vec![on("acme", "write").permission("administration", "write")],
        ),
        ("suspended", vec![on("acme", "write").suspended()]),
        ("of another owner", vec![on("globex", "write")]),
        (
            "of another owner, too, where it has more",
            vec![
                on("acme", "write"),
                on("globex", "write").permission("secrets", "write"),
            ],
        ),
        ("nowhere", vec![]),
    ] {
        let account = installed.into_iter().fold(octocat(), Account::installed_on);
        let github = github(account);
        all += &row(name, verdict(&look(&github, &user_to_server(), RULES)));
    }
    insta::assert_snapshot!(all, @"
    # as the gate wants it
    acme/site: fetch and push
    its permissions are contents: write, issues: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0

    # less
    acme/site: fetch and push
    its permissions are contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token has the permission `issues: read`, and the policy wants `issues: write`; give the token `issues: write` in the app's settings, and on its installation
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1

    # more
    acme/site: fetch and push
    its permissions are administration: write, contents: write, issues: write, metadata: read
    beyond what the gate needs, the token has `administration: write` (grave)
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/excess,file=.github/patgate.yml,line=4,col=48::the token has the permission `administration: write`, which the policy does not allow; take `administration` from the token in the app's settings, and on its installation, or allow it in the policy
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1

    # suspended
    acme/site: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `issues: write`; give the token `issues: write` in the app's settings, and on its installation
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=5,col=21::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 404
    > GET /api/v3/repos/acme/site 404
    > GET /api/v3/user/installations?per_page=100 200
    exit 1

    # of another owner
    acme/site: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `issues: write`; give the token `issues: write` in the app's settings, and on its installation
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=5,col=21::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 404
    > GET /api/v3/repos/acme/site 404
    > GET /api/v3/user/installations?per_page=100 200
    exit 1

    # of another owner, too, where it has more
    acme/site: fetch and push
    its permissions are contents: write, issues: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0

    # nowhere
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `issues: write`; give the token `issues: write` in the app's settings, and on its installation
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1
    ");
}

/// What holds for both is the lesser of the two; what is too much is so in either.
#[test]
fn for_repositories_of_two_accounts_both_installations_count() {
    let mut all = String::new();
    for (name, installed) in [
        ("the same", vec![on("acme", "write"), on("globex", "write")]),
        (
            "less in one",
            vec![on("acme", "write"), on("globex", "read")],
        ),
        ("nothing in one", vec![on("acme", "write")]),
        (
            "more in one",
            vec![
                on("acme", "write"),
                on("globex", "write").permission("secrets", "write"),
            ],
        ),
    ] {
        let account = installed.into_iter().fold(octocat(), Account::installed_on);
        let github = github(account);
        all += &row(
            name,
            verdict(&look(&github, &user_to_server(), RULES_FOR_TWO)),
        );
    }
    insta::assert_snapshot!(all, @"
    # the same
    acme/site: fetch and push
    globex/tools: fetch
    its permissions are contents: write, issues: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/globex/tools 200
    > GET /api/v3/user/installations?per_page=100 200
    > GET /globex/tools.git/info/refs?service=git-upload-pack 200
    exit 0

    # less in one
    acme/site: fetch and push
    globex/tools: fetch
    its permissions are contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: it differs between the accounts that the app is installed on; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/globex/tools 200
    > GET /api/v3/user/installations?per_page=100 200
    > GET /globex/tools.git/info/refs?service=git-upload-pack 200
    exit 1

    # nothing in one
    acme/site: fetch and push
    globex/tools: not visible
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `issues: write`: it differs between the accounts that the app is installed on; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=5,col=38::GitHub shows the token no repository `globex/tools`, where the policy wants `fetch`; give the token access to `globex/tools`, have its owner approve it, or correct the name
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/globex/tools 404
    > GET /api/v3/user/installations?per_page=100 200
    > GET /globex/tools.git/info/refs?service=git-upload-pack 404
    exit 1

    # more in one
    acme/site: fetch and push
    globex/tools: fetch
    its permissions are contents: write, issues: write, metadata: read
    beyond what the gate needs, the token has `secrets: write`
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/excess,file=.github/patgate.yml,line=4,col=48::the token has the permission `secrets: write`, which the policy does not allow; take `secrets` from the token in the app's settings, and on its installation, or allow it in the policy
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/globex/tools 200
    > GET /api/v3/user/installations?per_page=100 200
    > GET /globex/tools.git/info/refs?service=git-upload-pack 200
    exit 1
    ");
}

#[test]
fn a_gate_without_repositories_is_for_every_installation() {
    let account = octocat()
        .installed_on(on("acme", "write"))
        .installed_on(on("globex", "read"));
    let github = github(account);
    let rules = "    permissions: { require: { contents: write, issues: write } }";
    insta::assert_snapshot!(look(&github, &user_to_server(), rules), @"
    the token is a user-to-server token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it expires at <instant>, in 6 hours; it has permissions in place of scopes
    its permissions are contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=48::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: it differs between the accounts that the app is installed on; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 1
    ");
}

/// What the gate requires must be there for both, and one of them has no installation.
#[test]
fn an_account_without_an_installation_has_no_permission() {
    let github = github(octocat().installed_on(on("acme", "write")));
    let rules = format!("{RULES_FOR_TWO}\n    levels: {{ repositories/unreachable: warn }}");
    let shown = look(&github, &user_to_server(), &rules);
    assert!(shown.contains("`issues: write`"), "{shown}");
    assert!(shown.ends_with("exit 1"), "{shown}");
}
