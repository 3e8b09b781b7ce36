//! Questions that only read, each of which shows one permission, of a repository that is not public.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use super::{NOT_SHOWN, SHOWN, builder, octocat, requiring, seen, token, with};
use crate::kinds::{look, row, verdict};
use crate::runner::installation;

#[test]
fn each_permission_is_shown_by_a_question_that_only_reads() {
    let github = builder(Visibility::Private)
        .token(
            token(0),
            with(octocat(), &SHOWN, "read").permission("contents", "read"),
        )
        .start()
        .unwrap();
    let shown = look(&github, &token(0), &requiring(&SHOWN, "read"));
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch
    of its permissions can be seen actions: read, actions_variables: read, administration: read, contents: read, dependabot_secrets: read, deployments: read, issues: read, metadata: read, organization_secrets: read, pages: read, pull_requests: read, repository_hooks: read, secret_scanning_alerts: read, secrets: read, security_events: read, statuses: read, vulnerability_alerts: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/orgs/acme/actions/secrets?per_page=1 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/artifacts?per_page=1 200
    > GET /api/v3/repos/acme/site/actions/permissions 200
    > GET /api/v3/repos/acme/site/actions/secrets?per_page=1 200
    > GET /api/v3/repos/acme/site/actions/variables?per_page=1 200
    > GET /api/v3/repos/acme/site/code-scanning/alerts?per_page=1 200
    > GET /api/v3/repos/acme/site/commits/HEAD/statuses?per_page=1 200
    > GET /api/v3/repos/acme/site/dependabot/alerts 200
    > GET /api/v3/repos/acme/site/dependabot/secrets?per_page=1 200
    > GET /api/v3/repos/acme/site/deployments?per_page=1 200
    > GET /api/v3/repos/acme/site/hooks?per_page=1 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/repos/acme/site/pages 200
    > GET /api/v3/repos/acme/site/pulls?per_page=1 200
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 403
    > GET /api/v3/repos/acme/site/secret-scanning/alerts?per_page=1 200
    exit 0
    ");
}

#[test]
fn each_permission_that_is_not_there_is_missed_by_its_name() {
    let github = builder(Visibility::Private)
        .token(token(0), octocat().permission("contents", "read"))
        .start()
        .unwrap();
    let shown = look(&github, &token(0), &requiring(&SHOWN, "read"));
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch
    of its permissions can be seen actions: none, actions_variables: none, administration: none, contents: read, dependabot_secrets: none, deployments: none, issues: none, metadata: read, organization_secrets: none, pages: none, pull_requests: none, repository_hooks: none, secret_scanning_alerts: none, secrets: none, security_events: none, statuses: none, vulnerability_alerts: none
    policy `.github/patgate.yml`, gate `default`: deny, 15 findings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `actions: read`; give the token `actions: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=46::the token lacks the permission `actions_variables: read`; give the token `actions_variables: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=71::the token lacks the permission `administration: read`; give the token `administration: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=93::the token lacks the permission `dependabot_secrets: read`; give the token `dependabot_secrets: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=119::the token lacks the permission `deployments: read`; give the token `deployments: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=138::the token lacks the permission `issues: read`; give the token `issues: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=152::the token lacks the permission `organization_secrets: read`; give the token `organization_secrets: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=180::the token lacks the permission `pages: read`; give the token `pages: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=193::the token lacks the permission `pull_requests: read`; give the token `pull_requests: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=214::the token lacks the permission `repository_hooks: read`; give the token `repository_hooks: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=238::the token lacks the permission `secret_scanning_alerts: read`; give the token `secret_scanning_alerts: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=268::the token lacks the permission `secrets: read`; give the token `secrets: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=283::the token lacks the permission `security_events: read`; give the token `security_events: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=306::the token lacks the permission `statuses: read`; give the token `statuses: read` in its owner's settings
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=322::the token lacks the permission `vulnerability_alerts: read`; give the token `vulnerability_alerts: read` in its owner's settings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/orgs/acme/actions/secrets?per_page=1 403
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/artifacts?per_page=1 403
    > GET /api/v3/repos/acme/site/actions/permissions 403
    > GET /api/v3/repos/acme/site/actions/secrets?per_page=1 403
    > GET /api/v3/repos/acme/site/actions/variables?per_page=1 403
    > GET /api/v3/repos/acme/site/code-scanning/alerts?per_page=1 403
    > GET /api/v3/repos/acme/site/commits/HEAD/statuses?per_page=1 403
    > GET /api/v3/repos/acme/site/dependabot/alerts 403
    > GET /api/v3/repos/acme/site/dependabot/secrets?per_page=1 403
    > GET /api/v3/repos/acme/site/deployments?per_page=1 403
    > GET /api/v3/repos/acme/site/hooks?per_page=1 403
    > GET /api/v3/repos/acme/site/issues?per_page=1 403
    > GET /api/v3/repos/acme/site/pages 403
    > GET /api/v3/repos/acme/site/pulls?per_page=1 403
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 403
    > GET /api/v3/repos/acme/site/secret-scanning/alerts?per_page=1 403
    exit 1
    ");
}

/// No question shows another's permission, and none is shown by another's question.
#[test]
fn each_question_shows_its_own_permission_alone() {
    let fakes = SHOWN.iter().enumerate();
    let github = fakes.fold(builder(Visibility::Private), |builder, (n, name)| {
        let account = octocat().permission("contents", "read");
        builder.token(token(n), account.permission(*name, "read"))
    });
    let github = github.start().unwrap();
    for (n, name) in SHOWN.iter().enumerate() {
        let shown = look(&github, &token(n), &requiring(&SHOWN, "read"));
        let mut expected: Vec<_> = SHOWN
            .iter()
            .map(|one| format!("{one}: {}", if one == name { "read" } else { "none" }))
            .chain(["contents: read".to_owned(), "metadata: read".to_owned()])
            .collect();
        expected.sort();
        // Of administration, a second question shows that it does not write.
        assert_eq!(seen(&shown), expected.join(", "), "{name}: {shown}");
    }
}

/// One of them writes, and is shown by a list that only those who write may read.
#[test]
fn administration_is_told_by_two_questions() {
    let mut all = String::new();
    for (n, level) in ["none", "read", "write"].into_iter().enumerate() {
        let account = octocat().permission("contents", "read");
        let account = match level {
            "none" => account,
            level => account.permission("administration", level),
        };
        let github = builder(Visibility::Private)
            .token(token(n), account)
            .start()
            .unwrap();
        let shown = look(&github, &token(n), &requiring(&["administration"], "write"));
        all += &row(level, verdict(&shown));
    }
    insta::assert_snapshot!(all, @"
    # none
    acme/site: fetch
    of its permissions can be seen administration: none, contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `administration: write`; give the token `administration: write` in its owner's settings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/permissions 403
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 403
    exit 1

    # read
    acme/site: fetch
    of its permissions can be seen administration: read, contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token has the permission `administration: read`, and the policy wants `administration: write`; give the token `administration: write` in its owner's settings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/permissions 200
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 403
    exit 1

    # write
    acme/site: fetch
    of its permissions can be seen administration: write, contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/actions/permissions 200
    > GET /api/v3/repos/acme/site/rulesets/rule-suites?per_page=1 200
    exit 0
    ");
}

/// No question that only reads shows them, and none is asked.
#[test]
fn a_permission_without_a_question_is_unknown_and_costs_nothing() {
    let account = octocat()
        .permission("contents", "read")
        .permission("checks", "read");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let names: Vec<_> = NOT_SHOWN.split_whitespace().collect();
    let shown = look(&github, &token(0), &requiring(&names, "read"));
    for name in &names {
        let unknown = format!("whether the token has the permission `{name}: read`");
        assert!(shown.contains(&unknown), "{name}: {shown}");
    }
    let (_, asked) = shown.split_once("\n> ").unwrap();
    insta::assert_snapshot!(asked, @"
    GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// What only reads shows no more.
#[test]
fn a_permission_to_write_cannot_be_seen() {
    let account = octocat()
        .permission("issues", "write")
        .permission("contents", "write");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let rules = "    permissions: { require: { contents: write, issues: write, metadata: read, checks: read } }\n    repositories: { acme/site: push }";
    insta::assert_snapshot!(verdict(&look(&github, &token(0), rules)), @"
    acme/site: fetch and push
    of its permissions can be seen contents: write, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=79::it cannot be seen whether the token has the permission `checks: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=48::it cannot be seen whether the token has the permission `issues: write`, only that it has `issues: read`: GitHub does not list the permissions of a fine-grained personal access token, and a question that only reads shows no more than `read`; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    exit 1
    ");
}

/// Anybody may read it, so that no answer would prove anything.
#[test]
fn of_a_public_repository_nothing_is_asked() {
    for account in [octocat(), with(octocat(), &SHOWN, "read")] {
        let github = builder(Visibility::Public)
            .token(token(0), account)
            .start()
            .unwrap();
        let shown = look(
            &github,
            &token(0),
            &requiring(&["contents", "issues", "organization_secrets"], "read"),
        );
        assert!(!shown.contains("issues?"), "{shown}");
        assert!(!shown.contains("/orgs/"), "{shown}");
        assert_eq!(seen(&shown), "nothing", "{shown}");
    }
    let github = builder(Visibility::Public)
        .token(token(0), octocat())
        .start()
        .unwrap();
    let shown = look(
        &github,
        &token(0),
        &requiring(&["contents", "issues"], "read"),
    );
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch, public
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=31::it cannot be seen whether the token has the permission `contents: read`: the repository is public, so that a read proves nothing; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    ::error title=patgate permissions/unknown,file=.github/patgate.yml,line=4,col=47::it cannot be seen whether the token has the permission `issues: read`: the repository is public, so that a read proves nothing; allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    exit 1
    ");
}

/// A job's own token is asked about as others are.
#[test]
fn an_installations_token_is_asked_in_the_same_way() {
    let token = installation();
    let account = Account::installation("acme")
        .right("acme/site", Right::Push)
        .permission("contents", "read")
        .permission("issues", "read");
    let github = builder(Visibility::Private)
        .token(&token, account)
        .start()
        .unwrap();
    let shown = look(&github, &token, &requiring(&["actions", "issues"], "read"));
    insta::assert_snapshot!(verdict(&shown), @"
    acme/site: fetch
    of its permissions can be seen actions: none, contents: read, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate permissions/missing,file=.github/patgate.yml,line=4,col=31::the token lacks the permission `actions: read`; give the token `actions: read`, by `permissions` in the workflow for `GITHUB_TOKEN`, else in the app's settings and on its installation
    > GET /api/v3/installation/repositories?per_page=100 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site/actions/artifacts?per_page=1 403
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > POST /api/graphql 200
    exit 1
    ");
}

/// One repository is enough: a fine-grained token has the same permissions in all of its own.
#[test]
fn only_one_repository_is_asked_about_and_not_a_public_one() {
    let account = octocat()
        .right("acme/zoo", Right::Push)
        .permission("contents", "read")
        .permission("issues", "read");
    let github = FakeGitHub::builder()
        .repository("acme/open", Visibility::Public)
        .repository("acme/site", Visibility::Private)
        .repository("acme/zoo", Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let rules = "    permissions: { require: { issues: read } }\n    repositories: { acme/nothing: none, acme/open: fetch, acme/site: fetch, acme/zoo: fetch }";
    insta::assert_snapshot!(verdict(&look(&github, &token(0), rules)), @"
    acme/nothing: not visible
    acme/open: fetch, public
    acme/site: fetch
    acme/zoo: fetch
    of its permissions can be seen contents: read, issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/nothing.git/info/refs?service=git-upload-pack 404
    > GET /acme/open.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /acme/zoo.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/nothing 404
    > GET /api/v3/repos/acme/open 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    > GET /api/v3/repos/acme/zoo 200
    exit 0
    ");
}

/// Its permissions are unknown, and an `allow` says that there may be others.
#[test]
fn what_is_allowed_is_held_against_what_is_seen() {
    let account = octocat()
        .permission("contents", "write")
        .permission("issues", "read");
    let github = builder(Visibility::Private)
        .token(token(0), account)
        .start()
        .unwrap();
    let rules = "    permissions: { allow: { contents: read, issues: none } }\n    repositories: { acme/site: fetch }";
    insta::assert_snapshot!(verdict(&look(&github, &token(0), rules)), @"
    acme/site: fetch
    of its permissions can be seen contents: read, issues: read, metadata: read
    beyond what the gate needs, the token has `issues: read`
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate permissions/excess,file=.github/patgate.yml,line=4,col=45::the token has the permission `issues: read`, which the policy does not allow; take `issues` from the token in its owner's settings, or allow it in the policy
    ::warning title=patgate permissions/unseen,file=.github/patgate.yml,line=4,col=20::GitHub does not list the permissions of a fine-grained personal access token, so that it may have more than the policy allows; look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site/issues?per_page=1 200
    exit 1
    ");
}

/// A name is a name, whatever stands in it.
#[test]
fn a_repository_whose_name_holds_a_mark_of_the_table_is_asked_about_itself() {
    for name in ["acme/ORGCHART", "acme/REPO", "REPO/ORG"] {
        let account = Account::user("octocat")
            .right(name, Right::Push)
            .permission("contents", "read")
            .permission("issues", "read");
        let builder = FakeGitHub::builder().repository(name, Visibility::Private);
        let github = builder.token(token(0), account).start().unwrap();
        let rules = format!(
            "    permissions: {{ require: {{ issues: read }} }}\n    repositories: {{ {name}: fetch }}"
        );
        let shown = look(&github, &token(0), &rules);
        let asked = format!("> GET /api/v3/repos/{name}/issues?per_page=1 200");
        assert!(shown.contains(&asked), "{shown}");
    }
}

/// By its present name, or each question would be led on and cost two.
#[test]
fn a_renamed_repository_is_asked_about_by_its_new_name() {
    let account = octocat()
        .permission("contents", "read")
        .permission("issues", "read");
    let builder = builder(Visibility::Private).renamed("acme/old", "acme/site");
    let github = builder.token(token(0), account).start().unwrap();
    let rules =
        "    permissions: { require: { issues: read } }\n    repositories: { acme/old: fetch }";
    let shown = look(&github, &token(0), rules);
    assert!(
        shown.contains("> GET /api/v3/repos/acme/site/issues?per_page=1 200"),
        "{shown}"
    );
    assert!(!shown.contains("issues?per_page=1 301"), "{shown}");
}
