//! A reach with a pattern: nobody knows the names, so that the token is for all that the installation has, and the
//! lease opens what fits.

use std::fs;

use fake_github::{Builder, Visibility};
use serde_json::{Value, json};

use crate::issue::gate;

use super::stage::{Stage, app, github, on_acme, on_github, on_octo, step, world};

const PATTERNS: &str = "    repositories: { acme/*: fetch, acme/secret-*: none }";

/// Names of both sides of the pattern, none of which the policy may be asked to find the app by.
const NAMES: &str =
    "    repositories: { acme/*: fetch, acme/absent: none, acme/docs: fetch, acme/site: push }";

fn wishes(stage: &Stage) -> Vec<Value> {
    let mints = stage.asked("POST");
    let bodies = mints.iter().map(|request| &request.body);
    bodies
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}

fn both() -> Builder {
    world().app(app().installed_on(on_acme()).installed_on(on_octo()))
}

#[test]
fn a_pattern_is_a_token_for_the_whole_installation_and_a_lease_for_what_fits() {
    let builder = on_github().repository("acme/secret-plan", Visibility::Private);
    let mut stage = Stage::new(builder, &gate(PATTERNS));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for all repositories of the installation on acme, with contents: read
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    leased to git until <instant>: acme/*, !acme/secret-* of https://github.test
    ::warning title=patgate repositories/unseen,file=.github/patgate.yml,line=4,col=36::it cannot be seen whether the token reaches a repository that fits `acme/secret-*`, where the policy has `none`; name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`
    --- requests ---
    GET /api/v3/users/acme/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /api/v3/installation/repositories?per_page=100
    --- exit 0, 1 leased ---
    ");
    insta::assert_snapshot!(stage.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Leased to git until <instant>: all of <code>acme/&#42;</code> but <code>acme/secret-&#42;</code>.

    | The token | |
    | --- | --- |
    | Kind | installation token, made for this step |
    | Owner | <code>acme</code> |
    | Expiry | expires at <instant>, in SOME minutes |
    | Days left | 0 |
    | Acts as | <code>gatekeeper&#91;bot&#93;</code> |
    | Repositories | 4, all of the account |

    | Permission | |
    | --- | --- |
    | <code>contents</code> | read |
    | <code>metadata</code> | read |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ⚠️ warn | <code>repositories/unseen</code> | it cannot be seen whether the token reaches a repository that fits <code>acme/secret-&#42;</code>, where the policy has <code>none</code> (<code>&#46;github/patgate&#46;yml</code>, line 4) | name the repositories that must be out of reach one by one, or give a GitHub App with <code>client-id</code> and <code>private-key</code> |
    ");
    assert_eq!(
        wishes(&stage),
        [json!({ "permissions": { "contents": "read" } })]
    );
    for (name, opens) in [
        ("acme/site", true),
        ("acme/vault", true),
        ("acme/secret-plan", false),
        ("octo/parts", false),
    ] {
        assert_eq!(stage.can_fetch(name), opens, "{name}");
    }
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [true]);
    assert!(!stage.can_fetch("acme/site"), "the lease is gone");
}

#[test]
fn the_installation_is_found_by_a_name_where_there_is_one() {
    let mut stage = Stage::new(on_github(), &gate(NAMES));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for all repositories of the installation on acme, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/absent: not visible
    acme/docs: fetch
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/*, acme/docs, acme/site, !acme/absent of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/docs/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /api/v3/installation/repositories?per_page=100
    GET /acme/absent.git/info/refs?service=git-upload-pack
    GET /acme/docs.git/info/refs?service=git-upload-pack
    GET /acme/site.git/info/refs?service=git-receive-pack
    GET /api/v3/repos/acme/absent
    --- exit 0, 1 leased ---
    ");
    assert_eq!(
        wishes(&stage),
        [json!({ "permissions": { "contents": "write" } })]
    );
    assert!(stage.can_fetch("acme/vault"));
}

#[test]
fn what_the_token_reaches_is_told_as_it_is() {
    for (installed, expected) in [
        (on_acme(), json!({ "all": true, "repositories": 3 })),
        (
            on_acme().selected(&["docs", "site"]),
            json!({ "all": false, "repositories": 2 }),
        ),
    ] {
        let mut stage = Stage::new(github(installed), &gate(PATTERNS));
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let report = fs::read_to_string(&ran.outputs["report"]).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["token"]["reach"], expected);
    }
}

#[test]
fn what_cannot_be_counted_is_unknown_and_no_reason_to_fail() {
    let mut stage = Stage::new(on_github(), &gate(PATTERNS));
    for (status, body) in [
        (
            403,
            r#"{"message":"Resource not accessible by integration"}"#,
        ),
        (404, r#"{"message":"Not Found"}"#),
        (200, "<html>"),
    ] {
        let path = "/api/v3/installation/repositories";
        stage.github.answer_with(path, status, &[], body);
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let report = fs::read_to_string(&ran.outputs["report"]).unwrap();
        let report: Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["token"]["reach"], Value::Null, "{status}");
    }
}

#[test]
fn a_new_token_that_the_api_does_not_know_yet_is_shown_again() {
    let mut stage = Stage::new(on_github().replication_delay(1), &gate(PATTERNS));
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let asked = stage.asked("GET");
    let asked = asked
        .iter()
        .filter(|request| request.path.contains("/installation/repositories"));
    let statuses: Vec<_> = asked.map(|request| request.status).collect();
    assert_eq!(statuses, [401, 200]);
}

#[test]
fn each_account_is_asked_as_its_own_part_of_the_reach_has_patterns() {
    let policy = gate("    repositories: { acme/*: fetch, octo/parts: push }");
    let mut stage = Stage::new(both(), &policy);
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let expected = [
        json!({ "permissions": { "contents": "read" } }),
        json!({ "permissions": { "contents": "write" }, "repositories": ["parts"] }),
    ];
    assert_eq!(wishes(&stage), expected);
    assert!(stage.can_fetch("acme/vault") && stage.can_fetch("octo/parts"));
}

#[test]
fn inputs_narrow_a_pattern_to_names_and_the_token_with_it() {
    let mut stage = Stage::new(on_github(), &gate(PATTERNS));
    stage.step = step().with("repositories", "acme/site");
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let expected = json!({ "permissions": { "contents": "read" }, "repositories": ["site"] });
    assert_eq!(wishes(&stage), [expected]);
    assert!(stage.can_fetch("acme/site") && !stage.can_fetch("acme/docs"));
}

#[test]
fn a_repository_that_has_moved_leads_to_no_other_accounts_repositories() {
    let policy = gate("    repositories: { acme/*: fetch, acme/old: fetch }");
    let mut stage = Stage::new(both().renamed("acme/old", "octo/parts"), &policy);
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for all repositories of the installation on acme, with contents: read
    the app's token is revoked: nothing was leased
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/old: not visible
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=36::GitHub shows the token no repository `acme/old`, where the policy wants `fetch`; give the token access to `acme/old`, have its owner approve it, or correct the name
    --- requests ---
    GET /api/v3/repos/acme/old/installation
    GET /api/v3/repositories/NUMBER/installation
    GET /api/v3/users/acme/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /api/v3/installation/repositories?per_page=100
    GET /acme/old.git/info/refs?service=git-upload-pack
    GET /api/v3/repos/acme/old
    DELETE /api/v3/installation/token
    --- exit 1, 0 leased ---
    ");
    assert_eq!(stage.github.minted()[0].owner, "acme");
}

#[test]
fn an_account_without_the_app_is_told_by_name() {
    let mut stage = Stage::new(world().app(app()), &gate(PATTERNS));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    ::error title=patgate::the app is not installed on the account `acme`; install the app on the account and give it access to its repositories, in the account's settings under `GitHub Apps`, or correct the owner in the policy
    --- requests ---
    GET /api/v3/users/acme/installation
    --- exit 2, 0 leased ---
    ");
    let mut stage = Stage::new(github(on_acme().suspended()), &gate(PATTERNS));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    ::error title=patgate::the app's installation on `acme` is suspended; have an owner of the account end the suspension in its settings, under `GitHub Apps`
    --- requests ---
    GET /api/v3/users/acme/installation
    --- exit 2, 0 leased ---
    ");
    let mut stage = Stage::new(on_github(), &gate(PATTERNS));
    stage.step = step().with("client-id", "Iv23liPATGATEnobody0");
    let ran = stage.main();
    assert!(
        ran.log.contains("this GitHub knows no such app"),
        "{}",
        ran.log
    );
}
