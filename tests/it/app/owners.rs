//! Several accounts, several steps: each token ends with its own.

use std::fs;

use fake_github::Builder;
use serde_json::json;

use crate::issue::gate;

use super::stage::{Stage, app, on_acme, on_octo, step, world};

const BOTH: &str = "    repositories: { acme/site: push, acme/docs: fetch, octo/parts: fetch }";

fn both() -> Builder {
    world().app(app().installed_on(on_acme()).installed_on(on_octo()))
}

#[test]
fn two_accounts_are_two_tokens_and_two_leases_in_one_step() {
    let mut stage = Stage::new(both(), &gate(BOTH));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/docs, acme/site, with contents: write
    the app has a token of its own for octo/parts, with contents: read
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/docs: fetch
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    the token is an installation token of `octo`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    octo/parts: fetch
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    leased to git until <instant>: octo/parts of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/docs/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/docs.git/info/refs?service=git-upload-pack
    GET /acme/site.git/info/refs?service=git-receive-pack
    GET /api/v3/repos/octo/parts/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /octo/parts.git/info/refs?service=git-upload-pack
    --- exit 0, 2 leased ---
    ");
    insta::assert_snapshot!(stage.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Leased to git until <instant>: <code>acme/docs</code>, <code>acme/site</code>.

    Leased to git until <instant>: <code>octo/parts</code>.

    | The token | |
    | --- | --- |
    | Kind | installation token, made for this step |
    | Owner | <code>acme</code> |
    | Expiry | expires at <instant>, in SOME minutes |
    | Days left | 0 |
    | Acts as | <code>gatekeeper&#91;bot&#93;</code> |
    | Repositories | 2 |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>acme/docs</code> | yes | unknown | private | no |  |
    | <code>acme/site</code> | yes | yes | private | no |  |

    | Permission | |
    | --- | --- |
    | <code>contents</code> | write |
    | <code>metadata</code> | read |

    | The token | |
    | --- | --- |
    | Kind | installation token, made for this step |
    | Owner | <code>octo</code> |
    | Expiry | expires at <instant>, in SOME minutes |
    | Days left | 0 |
    | Acts as | <code>gatekeeper&#91;bot&#93;</code> |
    | Repositories | 1 |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>octo/parts</code> | yes | unknown | private | no |  |

    | Permission | |
    | --- | --- |
    | <code>contents</code> | read |
    | <code>metadata</code> | read |

    No rule complains.
    ");
    assert_eq!(ran.outputs["owner"], "acme, octo");
    let wishes: Vec<serde_json::Value> = stage
        .asked("POST")
        .iter()
        .map(|request| serde_json::from_str(&request.body).unwrap())
        .collect();
    assert_eq!(
        wishes,
        [
            json!({ "permissions": { "contents": "write" }, "repositories": ["docs", "site"] }),
            json!({ "permissions": { "contents": "read" }, "repositories": ["parts"] }),
        ]
    );
    let ran = stage.post();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    insta::assert_snapshot!(stage.stable(&ran.log), @r#"
    the app's token is revoked
    the app's token is revoked
    the lease has ended: 7 files removed, and verified to be gone
    git never used the lease
    uses as JSON: {"asked":[],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":["octo/parts","acme/docs","acme/site"],"version":1}
    "#);
    assert_eq!(stage.revoked(), [true, true]);
    assert_eq!(fs::read_dir(stage.job.path("temp")).unwrap().count(), 0);
}

#[test]
fn git_clones_from_both_accounts_and_pushes_where_it_may() {
    let mut stage = Stage::leased(both(), &gate(BOTH));
    for name in ["acme/site", "acme/docs", "octo/parts"] {
        let url = format!("{}/{name}", stage.github.url());
        stage.job.git_ok(&["clone", "--quiet", &url]);
    }
    let push = |folder: &str| {
        let job = &stage.job;
        fs::write(job.path(&format!("home/{folder}/news.md")), "news\n").unwrap();
        job.git_ok(&["-C", folder, "add", "."]);
        job.git_ok(&["-C", folder, "commit", "--quiet", "-m", "Tell the news"]);
        job.git(&["-C", folder, "push", "--quiet"])
    };
    let (success, said) = push("site");
    assert!(success, "{said}");
    let (success, said) = push("parts");
    assert!(
        !success && said.contains("Permission to octo/parts.git denied to gatekeeper[bot]"),
        "{said}"
    );
    assert!(!stage.can_fetch("acme/vault"), "no token reaches it");
    assert_eq!(stage.post().status, Some(0));
    for name in ["acme/site", "octo/parts"] {
        assert!(!stage.can_fetch(name), "{name}");
    }
}

#[test]
fn a_second_account_that_gives_no_token_ends_the_first_ones_too() {
    let mut stage = Stage::new(world().app(app().installed_on(on_acme())), &gate(BOTH));
    let ran = stage.main();
    assert_eq!(
        (ran.status, stage.job.leases().len()),
        (Some(2), 0),
        "{}",
        ran.log
    );
    assert!(
        ran.log.contains("the app is not installed on `octo/parts`"),
        "{}",
        ran.log
    );
    let ran = stage.post();
    assert_eq!(
        (ran.status, stage.revoked()),
        (Some(0), vec![true]),
        "{}",
        ran.log
    );
}

#[test]
fn if_one_token_is_denied_neither_is_leased() {
    let policy =
        gate("    owners: [acme]\n    repositories: { acme/site: push, octo/parts: fetch }");
    let mut stage = Stage::new(both(), &policy);
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the app has a token of its own for octo/parts, with contents: read
    the app's token is revoked: nothing was leased
    the app's token is revoked: nothing was leased
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    the token is an installation token of `octo`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    octo/parts: fetch
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate owner/not-allowed,file=.github/patgate.yml,line=4,col=5::the token belongs to `octo`, and the policy allows `acme`; make the token as one of these: `acme`
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    GET /api/v3/repos/octo/parts/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /octo/parts.git/info/refs?service=git-upload-pack
    DELETE /api/v3/installation/token
    DELETE /api/v3/installation/token
    --- exit 1, 0 leased ---
    ");
    assert_eq!(stage.revoked(), [true, true]);
}

#[test]
fn what_must_be_out_of_reach_is_out_of_each_tokens_reach() {
    let policy = gate("    repositories: { acme/site: push, octo/parts: fetch, acme/vault: none }");
    let mut stage = Stage::new(both(), &policy);
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let vault = "/acme/vault.git/info/refs?service=git-upload-pack";
    let asked = stage.github.requests();
    let asked: Vec<_> = asked
        .iter()
        .filter(|request| request.path == vault)
        .collect();
    assert_eq!(asked.len(), 2);
    assert_ne!(
        asked[0].authorization, asked[1].authorization,
        "one question each"
    );
}

#[test]
fn one_steps_post_leaves_another_steps_token_alone() {
    let mut stage = Stage::leased(both(), &gate("    repositories: { acme/site: push }"));
    stage
        .job
        .write_policy(&gate("    repositories: { octo/parts: fetch }"));
    let mut first = std::mem::replace(&mut stage.step, step());
    let ran = stage.main();
    assert_eq!(
        (ran.status, stage.job.leases().len()),
        (Some(0), 2),
        "{}",
        ran.log
    );
    assert!(stage.can_fetch("acme/site") && stage.can_fetch("octo/parts"));
    // The runner ends the last step first.
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [false, true]);
    assert!(stage.can_fetch("acme/site") && !stage.can_fetch("octo/parts"));
    std::mem::swap(&mut stage.step, &mut first);
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [true, true]);
    assert_eq!(fs::read_dir(stage.job.path("temp")).unwrap().count(), 0);
}

#[test]
fn a_post_leaves_the_token_of_a_step_that_failed_to_its_own_post() {
    let mut stage = Stage::new(both(), &gate("    repositories: { acme/site: push }"));
    stage.step = step().with("host-temp", "host:relative");
    assert_eq!(stage.main().status, Some(2));
    stage
        .job
        .write_policy(&gate("    repositories: { octo/parts: fetch }"));
    let mut first = std::mem::replace(&mut stage.step, step());
    assert_eq!(stage.main().status, Some(0), "the job goes on all the same");
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [false, true]);
    std::mem::swap(&mut stage.step, &mut first);
    let ran = stage.post();
    assert_eq!(
        (ran.status, stage.revoked()),
        (Some(0), vec![true, true]),
        "{}",
        ran.log
    );
}
