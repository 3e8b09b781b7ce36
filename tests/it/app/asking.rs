//! What the app asks GitHub for, to the byte, and how often.

use std::collections::BTreeSet;

use fake_github::Request;
use serde_json::{Value, json};

use crate::issue::gate;

use super::stage::{Stage, on_github, stable, step};

/// The body in which the one token was asked for.
#[track_caller]
fn wish(stage: &Stage) -> Value {
    let mints = stage.asked("POST");
    assert_eq!(mints.len(), 1, "{mints:?}");
    assert!(mints[0].path.ends_with("/access_tokens"), "{mints:?}");
    serde_json::from_str(&mints[0].body).unwrap()
}

#[test]
fn the_wish_is_what_the_gate_requires_and_no_more() {
    let policy = gate(
        "    permissions: { require: { contents: write, issues: read }, allow: { contents: write, issues: write } }\n    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }",
    );
    let mut stage = Stage::new(on_github(), &policy);
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let expected = json!({
        "permissions": { "contents": "write", "issues": "read" },
        "repositories": ["docs", "site"],
    });
    assert_eq!(wish(&stage), expected);
    let minted = &stage.github.minted()[0];
    assert_eq!(minted.repositories, ["acme/docs", "acme/site"]);
    assert_eq!(json!(minted.permissions), expected["permissions"]);
}

#[test]
fn a_gate_without_permissions_wishes_for_what_its_reach_needs() {
    for (rules, contents) in [
        (
            "repositories: { acme/site: fetch, acme/docs: fetch }",
            "read",
        ),
        (
            "repositories: { acme/site: push, acme/docs: fetch }",
            "write",
        ),
        (
            "permissions: { allow: { contents: write, issues: read } }\n    repositories: { acme/site: fetch, acme/docs: fetch }",
            "read",
        ),
    ] {
        let mut stage = Stage::new(on_github(), &gate(&format!("    {rules}")));
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let expected = json!({
            "permissions": { "contents": contents },
            "repositories": ["docs", "site"],
        });
        assert_eq!(wish(&stage), expected, "{rules}");
    }
}

#[test]
fn a_gate_that_allows_nothing_never_wishes_for_everything() {
    // To name no permission were to ask for all that the app has.
    let policy = gate("    permissions: { allow: {} }\n    repositories: { acme/site: fetch }");
    let mut stage = Stage::new(on_github(), &policy);
    let ran = stage.main();
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    let expected = json!({ "permissions": { "metadata": "read" }, "repositories": ["site"] });
    assert_eq!(wish(&stage), expected);
    assert_eq!(stage.revoked(), [true]);
}

#[test]
fn a_policy_without_repositories_is_for_the_jobs_own() {
    let own = json!({ "permissions": { "contents": "read" }, "repositories": ["site"] });
    let mut stage = Stage::new(on_github(), &gate("    kinds: [installation]"));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: read
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-upload-pack
    --- exit 0, 1 leased ---
    ");
    assert_eq!(wish(&stage), own);
    assert!(stage.can_fetch("acme/site"));
    assert!(!stage.can_fetch("acme/docs"), "it is not the job's own");

    let mut stage = Stage::new(on_github(), &gate("    kinds: [installation]"));
    std::fs::remove_file(stage.job.path("workspace/.github/patgate.yml")).unwrap();
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: read
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch
    its permissions are contents: read, metadata: read
    the built-in baseline, since there is no policy: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-upload-pack
    --- exit 0, 1 leased ---
    ");
    assert_eq!(wish(&stage), own, "without any policy, too");
}

#[test]
fn names_in_another_case_are_the_same_repositories() {
    let policy = gate("    repositories: { Acme/Site: push, ACME/docs: fetch }");
    let mut stage = Stage::new(on_github(), &policy);
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for ACME/docs, Acme/Site, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    ACME/docs: fetch
    Acme/Site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: ACME/docs, Acme/Site of https://github.test
    --- requests ---
    GET /api/v3/repos/ACME/docs/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /ACME/docs.git/info/refs?service=git-upload-pack
    GET /Acme/Site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
    assert_eq!(wish(&stage)["repositories"], json!(["docs", "Site"]));
}

#[test]
fn inputs_narrow_the_wish() {
    let policy = gate("    repositories: { acme/site: push, acme/docs: push, acme/vault: fetch }");
    let mut stage = Stage::new(on_github(), &policy);
    stage.step = step().with("repositories", "acme/docs");
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let expected = json!({ "permissions": { "contents": "read" }, "repositories": ["docs"] });
    assert_eq!(wish(&stage), expected);
}

#[test]
fn a_token_that_cannot_do_what_the_gate_wants_is_denied_and_revoked_at_once() {
    // What is required is asked for, and nothing is added for the reach.
    let policy = gate(
        "    permissions: { require: { issues: read } }\n    repositories: { acme/site: fetch }",
    );
    let mut stage = Stage::new(on_github(), &policy);
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with issues: read
    the app's token is revoked: nothing was leased
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: no fetch
    its permissions are issues: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=5,col=21::the token may not fetch from `acme/site`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-upload-pack
    DELETE /api/v3/installation/token
    --- exit 1, 0 leased ---
    ");
    assert_eq!(wish(&stage)["permissions"], json!({ "issues": "read" }));
    assert_eq!(stage.revoked(), [true]);
}

#[test]
fn no_request_is_made_twice_and_none_in_vain() {
    let policy = gate("    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }");
    let mut stage = Stage::leased(on_github(), &policy);
    let requests = stage.github.requests();
    let probes = requests.len() - 2;
    insta::assert_snapshot!(sorted(&requests), @"
    GET /acme/docs.git/info/refs?service=git-upload-pack 200
    GET /acme/site.git/info/refs?service=git-receive-pack 200
    GET /acme/vault.git/info/refs?service=git-upload-pack 404
    GET /api/v3/repos/acme/docs/installation 200
    GET /api/v3/repos/acme/vault 404
    POST /api/v3/app/installations/NUMBER/access_tokens 201
    ");
    assert!(
        probes <= 2 * 3,
        "two questions for a repository at most: {probes}"
    );
    stage.github.forget_requests();
    stage.post();
    insta::assert_snapshot!(sorted(&stage.github.requests()), @"DELETE /api/v3/installation/token 204");
}

/// The requests by path and status, of which none may come twice.
#[track_caller]
fn sorted(requests: &[Request]) -> String {
    let lines = requests
        .iter()
        .map(|request| stable(&format!("{request} {}", request.status)));
    let lines: BTreeSet<_> = lines.collect();
    assert_eq!(lines.len(), requests.len(), "{lines:#?}");
    lines.into_iter().collect::<Vec<_>>().join("\n")
}

#[test]
fn the_app_signs_for_itself_and_the_token_speaks_for_itself() {
    let mut stage = Stage::leased(on_github(), &gate("    repositories: { acme/site: push }"));
    stage.post();
    let minted = stage.github.minted()[0].token.clone();
    let bearer = format!("Bearer {minted}");
    for request in stage.github.requests() {
        let shown = request.authorization.clone().unwrap();
        let is_of_app = request.path.ends_with("/installation") || request.method == "POST";
        assert_eq!(shown.starts_with("Bearer eyJ"), is_of_app, "{request}");
        if request.method == "DELETE" {
            assert_eq!(shown, bearer, "a token revokes itself");
        }
        let agent = request.user_agent.clone().unwrap();
        assert!(
            agent.starts_with("patgate/") && agent.ends_with("(run 4711)"),
            "{agent}"
        );
    }
    assert_eq!(
        stage.asked("POST")[0].header("content-type"),
        Some("application/json")
    );
    assert_eq!(
        stage.asked("POST")[0].header("x-github-stateless-s2s-token"),
        None,
        "GitHub chooses the form of the token"
    );
}
