//! What git's door says of the permission for contents, and what it does not.

use fake_github::{Account, Right, Visibility};

use super::{builder, token};
use crate::kinds::{look, row, verdict};
use crate::runner::{DAY, expiry_in};

fn octocat() -> Account {
    Account::user("octocat").expires(expiry_in(DAY * 30))
}

/// What is known of `contents` by the door, for a token with 'contents' and a gate that wants 'access'.
#[track_caller]
fn contents_by_door(visibility: Visibility, contents: &str, access: &str) -> String {
    let account = match contents {
        "none" => octocat().permission("metadata", "read"),
        level => octocat().permission("contents", level),
    };
    let account = account.right("acme/site", Right::Push);
    let builder = builder(visibility).token(token(0), account);
    let github = builder.start().unwrap();
    let rules = format!(
        "    permissions: {{ require: {{ contents: write }} }}\n    repositories: {{ acme/site: {access} }}"
    );
    let shown = look(&github, &token(0), &rules);
    row(&format!("contents: {contents}, {access}"), verdict(&shown))
}

#[test]
fn the_door_of_a_private_repository_shows_the_permission_for_contents() {
    let of = |contents, access| contents_by_door(Visibility::Private, contents, access);
    let all = [
        of("read", "fetch"),
        of("write", "push"),
        of("read", "push"),
        of("none", "fetch"),
        of("none", "push"),
    ];
    insta::assert_snapshot!(all.concat(), @"
    # contents: read, fetch
    acme/site: fetch
    of its permissions can be seen contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `contents: write`, only that it has `contents: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 1

    # contents: write, push
    acme/site: fetch and push
    of its permissions can be seen contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # contents: read, push
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `contents: write`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=5,col=21::the token may not push to `acme/site`, which the policy wants: GitHub denies it to `octocat`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/site 200
    exit 1

    # contents: none, fetch
    acme/site: no fetch
    of its permissions can be seen contents: none, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `contents: write`; give the token `contents: write` in its owner's settings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=5,col=21::the token may not fetch from `acme/site`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 403
    > GET /api/v3/repos/acme/site 200
    exit 1

    # contents: none, push
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token has the permission `contents: read` at most, and the policy wants `contents: write`; give the token `contents: write` in its owner's settings
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=5,col=21::the token may not push to `acme/site`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

#[test]
fn the_door_of_a_public_repository_shows_no_more_than_a_push() {
    let of = |contents, access| contents_by_door(Visibility::Public, contents, access);
    let all = [of("read", "fetch"), of("write", "push"), of("none", "push")];
    insta::assert_snapshot!(all.concat(), @"
    # contents: read, fetch
    acme/site: fetch, public
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `contents: write`: the repository is public, so that a read proves nothing; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 1

    # contents: write, push
    acme/site: fetch and push, public
    of its permissions can be seen contents: write
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 0

    # contents: none, push
    acme/site: no push, public
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `contents: write`: the repository is public, so that a read proves nothing; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=5,col=21::the token may not push to `acme/site`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}
