//! A GitHub App in place of a token: it gets narrow tokens of its own, which end with the job.

mod asking;
mod ending;
mod key;
mod owners;
mod patterns;
mod servers;
mod stage;
mod trouble;

use std::fs;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::issue::gate;
use crate::runner::installation;

use stage::{APP_ID, CLIENT_ID, Stage, claims, on_github, step};

const PUSH: &str = "    repositories: { acme/site: push }";

#[test]
fn an_app_gets_a_token_of_its_own_which_is_leased_like_any_other() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
    insta::assert_snapshot!(stage.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Leased to git until <instant>: <code>acme/site</code>.

    | The token | |
    | --- | --- |
    | Kind | installation token, made for this step |
    | Owner | <code>acme</code> |
    | Expiry | expires at <instant>, in SOME minutes |
    | Days left | 0 |
    | Acts as | <code>gatekeeper&#91;bot&#93;</code> |
    | Repositories | 1 |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>acme/site</code> | yes | yes | private | no |  |

    | Permission | |
    | --- | --- |
    | <code>contents</code> | write |
    | <code>metadata</code> | read |

    No rule complains.
    ");
    assert_eq!(ran.outputs["token-kind"], "installation");
    assert_eq!(ran.outputs["owner"], "acme");
    assert_eq!(ran.outputs["scopes"], "");
    assert_eq!(stage.revoked(), [false], "the job still needs it");
}

#[test]
fn git_clones_and_pushes_with_the_apps_token_until_post() {
    let mut stage = Stage::leased(on_github(), &gate(PUSH));
    let job = &stage.job;
    let url = format!("{}/acme/site", stage.github.url());
    job.git_ok(&["clone", "--quiet", &url]);
    fs::write(job.path("home/site/news.md"), "news\n").unwrap();
    job.git_ok(&["-C", "site", "add", "."]);
    job.git_ok(&["-C", "site", "commit", "--quiet", "-m", "Tell the news"]);
    job.git_ok(&["-C", "site", "push", "--quiet"]);
    let ran = stage.post();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    insta::assert_snapshot!(
        stage.stable(&ran.log),
        @r#"
    the app's token is revoked
    the lease has ended: 5 files removed, and verified to be gone
    github.test/acme/site: twice answered
    uses as JSON: {"asked":[{"outcome":"answered","times":2,"what":"github.test/acme/site"}],"contradicted":0,"gap":null,"more":0,"unreadable":0,"unused":[],"version":1}
    "#
    );
    assert_eq!(stage.revoked(), [true]);
    assert!(!stage.can_fetch("acme/site"), "the lease is gone");
    let bare = stage.github.repository_path("acme/site");
    let log = [
        "-C",
        bare.to_str().unwrap(),
        "log",
        "-1",
        "--format=%s",
        "main",
    ];
    assert_eq!(
        stage.job.git_ok(&log),
        "Tell the news\n",
        "the push has arrived"
    );
}

#[test]
fn a_log_with_every_step_shows_no_secret_either() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let debug = ("RUNNER_DEBUG".to_owned(), "1".to_owned());
    stage.job.env.extend([debug]);
    let ran = stage.main();
    assert!(
        ran.log.contains("/access_tokens"),
        "each request is told: {}",
        ran.log
    );
    let ran = stage.post();
    assert!(ran.log.contains("DELETE"), "{}", ran.log);
}

#[test]
fn an_app_id_serves_as_well_as_a_client_id() {
    let app_id = APP_ID.to_string();
    for id in [CLIENT_ID, app_id.as_str(), " 4242\n"] {
        let mut stage = Stage::new(on_github(), &gate(PUSH));
        stage.step = step().with("client-id", id);
        let ran = stage.main();
        assert_eq!(ran.status, Some(0), "{id}: {}", ran.log);
        for request in &stage.github.requests()[..2] {
            let claims = claims(request);
            assert_eq!(claims["iss"], id.trim(), "{request}");
            let span = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
            assert!(span <= 600, "GitHub takes ten minutes at most: {span}");
        }
    }
}

#[test]
fn the_output_tells_the_very_instant_that_github_named() {
    let mut stage = Stage::with_answer("2099-12-31T23:59:58Z");
    let ran = stage.main();
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(ran.outputs["expires-at"], "2099-12-31T23:59:58Z");
    let token = installation();
    assert!(ran.masks.contains(&token) && !ran.log.contains(&token));
}

#[test]
fn a_token_that_is_only_judged_is_revoked_at_once() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    stage.step = step().with("lease", "none");
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the app's token is revoked: nothing was leased
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    nothing was leased
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    DELETE /api/v3/installation/token
    --- exit 0, 0 leased ---
    ");
    assert_eq!(stage.revoked(), [true]);
    assert_eq!(ran.added, []);
    assert_eq!(
        stage.left().len(),
        1,
        "the report alone: {:?}",
        stage.left()
    );
    stage.github.forget_requests();
    let ran = stage.post();
    insta::assert_snapshot!(ran.log, @"there was no lease to end: 1 file removed, and verified to be gone");
    assert_eq!(stage.github.requests(), [], "it was revoked already");
}

#[test]
fn an_audit_leases_what_it_would_deny() {
    let policy = gate("    kinds: [classic]\n    repositories: { acme/site: push }");
    let mut stage = Stage::new(on_github(), &policy);
    stage.step = step().with("mode", "audit");
    let ran = stage.main();
    insta::assert_snapshot!(stage.transcript(&ran), @"
    patgate 0.1.0
    the app has a token of its own for acme/site, with contents: write
    the token is an installation token of `acme`; it expires at <instant>, in SOME minutes; it has permissions in place of scopes
    acme/site: fetch and push
    its permissions are contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    mode `audit`: the token is leased all the same
    leased to git until <instant>: acme/site of https://github.test
    ::warning title=patgate kind/not-allowed,file=.github/patgate.yml,line=4,col=5::the token is an installation token (`installation`), and the policy allows `classic`; make a token of one of these kinds: `classic`
    --- requests ---
    GET /api/v3/repos/acme/site/installation
    POST /api/v3/app/installations/NUMBER/access_tokens
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
    assert_eq!(stage.revoked(), [false]);
    assert!(stage.can_fetch("acme/site"));
    assert_eq!(stage.post().status, Some(0));
    assert_eq!(stage.revoked(), [true]);
}

#[test]
fn a_token_that_is_about_to_end_is_not_leased() {
    let soon = Timestamp::now() + SignedDuration::from_secs(20);
    for (mode, status, phase) in [("audit", 0, "main"), ("enforce", 2, "post")] {
        let mut stage = Stage::with_answer(&soon.to_string());
        stage.step = step().with("mode", mode);
        let ran = stage.main();
        assert_eq!(ran.status, Some(status), "{mode}: {}", ran.log);
        assert_eq!((ran.added, stage.job.leases()), (vec![], vec![]), "{mode}");
        let revoked_by_main = stage.asked("DELETE").len();
        stage.post();
        let revoked = stage.asked("DELETE").len();
        assert_eq!(revoked, 1, "{mode}");
        assert_eq!(revoked_by_main == 1, phase == "main", "{mode}");
    }
}

#[test]
fn the_report_says_that_the_token_was_made_for_this_step() {
    let mut stage = Stage::new(on_github(), &gate(PUSH));
    let ran = stage.main();
    let report = fs::read_to_string(&ran.outputs["report"]).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    insta::assert_snapshot!(stage.stable(&format!("{:#}", report["tokens"])), @r#"
    [
      {
        "actor": "gatekeeper[bot]",
        "days_left": 0,
        "expires_at": "<instant>",
        "findings": [],
        "gate": "default",
        "github_enterprise_server": null,
        "is_github_token": false,
        "kind": "installation",
        "line": null,
        "made_for_this_step": true,
        "oauth_app": null,
        "owner": "acme",
        "passed_over": false,
        "permissions": {
          "contents": {
            "at_least": "write",
            "at_most": "write",
            "level": "write"
          },
          "metadata": {
            "at_least": "read",
            "at_most": "read",
            "level": "read"
          }
        },
        "permissions_are_complete": true,
        "reach": {
          "all": false,
          "repositories": 1
        },
        "refusal": null,
        "repositories": {
          "acme/site": {
            "archived": false,
            "fetch": "yes",
            "push": "yes",
            "renamed_to": null,
            "visibility": "private"
          }
        },
        "scopes": [],
        "standing": "accepted",
        "surplus": {
          "items": [],
          "repositories": null
        },
        "verdict": "allow"
      }
    ]
    "#);
}
