//! The main phase: what it asks, what it says, what it leaves.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::runner::{DAY, Job, Ran, Step, classic, expiry_in, fine_grained, installation};

/// What a run shows: the step's log, then what GitHub was asked, then the outcome.
pub(crate) fn transcript(github: &FakeGitHub, job: &Job, ran: &Ran) -> String {
    let requests: Vec<_> = github.requests().iter().map(ToString::to_string).collect();
    let status = ran.status.unwrap();
    let log = job.stable(&ran.log);
    format!(
        "{log}\n--- requests ---\n{}\n--- exit {status}, {} leased ---",
        requests.join("\n"),
        job.leases().len()
    )
}

fn github(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .repository("acme/vault", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

fn octocat() -> Account {
    Account::user("octocat")
        .scopes("repo")
        .expires(expiry_in(DAY * 60))
}

/// Rules that any token here passes.
pub(crate) const ANY: &str = "    kinds: [classic, fine-grained, installation]";

/// One gate with `rules`, indented as they stand in it.
pub(crate) fn gate(rules: &str) -> String {
    format!("version: 1\ngates:\n  default:\n{rules}\n")
}

#[test]
fn a_classic_token_that_fits_is_leased_after_one_question() {
    let token = classic(0);
    let github = github(&token, octocat());
    let mut job = Job::on(
        &github,
        &token,
        &gate(
            "    kinds: [classic]\n    owners: [octocat]\n    expiry: { required: true, at-most: 90d }\n    scopes: { allow: [repo] }\n    lease: { ttl: 20m }",
        ),
    );
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 59 days; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: all of https://github.test
    --- requests ---
    GET /api/v3/user
    --- exit 0, 1 leased ---
    ");
    assert_eq!(ran.outputs["verdict"], "allow");
    assert_eq!(ran.outputs["findings"], "0");
    assert_eq!(ran.outputs["token-kind"], "classic");
    assert_eq!(ran.outputs["owner"], "octocat");
    assert_eq!(ran.outputs["days-left"], "59");
    assert_eq!(ran.outputs["scopes"], "repo");
    assert!(!ran.outputs["lease-expires-at"].is_empty());
}

#[test]
fn a_token_that_does_not_fit_is_denied_and_nothing_is_leased() {
    let token = classic(0);
    let github = github(&token, Account::user("octocat").scopes("delete_repo, repo"));
    let policy = "    owners: [acme-bot]\n    expiry: { required: true }\n    scopes: { require: [workflow], allow: [repo, workflow], forbid: [delete_repo] }";
    let mut job = Job::on(&github, &token, &gate(policy));
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo
    beyond what the gate needs, the token has `delete_repo` (grave), `repo`
    policy `.github/patgate.yml`, gate `default`: deny, 4 findings
    nothing was leased
    ::error title=patgate owner/not-allowed,file=.github/patgate.yml,line=4,col=5::the token belongs to `octocat`, and the policy allows `acme-bot`; make the token as one of these: `acme-bot`
    ::error title=patgate expiry/required,file=.github/patgate.yml,line=5,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    ::error title=patgate scopes/missing,file=.github/patgate.yml,line=6,col=25::the token lacks the scope `workflow`; add `workflow` to the token in its owner's settings
    ::error title=patgate scopes/forbidden,file=.github/patgate.yml,line=6,col=70::the token has the scope `delete_repo`, against the policy's `delete_repo`; remove `delete_repo` from the token, or make a fine-grained token with only the permissions the job needs
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ❌ patgate: denied

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Nothing was leased.

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | never expires |
    | Scopes | <code>delete&#95;repo</code>, <code>repo</code> |

    | Beyond what the gate needs | |
    | --- | --- |
    | <code>delete&#95;repo</code> | ❗ admin |
    | <code>repo</code> | write |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ❌ deny | <code>owner/not-allowed</code> | the token belongs to <code>octocat</code>, and the policy allows <code>acme-bot</code> (<code>&#46;github/patgate&#46;yml</code>, line 4) | make the token as one of these&#58; <code>acme-bot</code> |
    | ❌ deny | <code>expiry/required</code> | the token never expires, and an expiry is required (<code>&#46;github/patgate&#46;yml</code>, line 5) | make a token with an expiry date |
    | ❌ deny | <code>scopes/missing</code> | the token lacks the scope <code>workflow</code> (<code>&#46;github/patgate&#46;yml</code>, line 6) | add <code>workflow</code> to the token in its owner's settings |
    | ❌ deny | <code>scopes/forbidden</code> | the token has the scope <code>delete&#95;repo</code>, against the policy's <code>delete&#95;repo</code> (<code>&#46;github/patgate&#46;yml</code>, line 6) | remove <code>delete&#95;repo</code> from the token, or make a fine-grained token with only the permissions the job needs |
    ");
    assert_eq!(ran.outputs["verdict"], "deny");
    assert_eq!(ran.outputs["findings"], "4");
    assert_eq!(ran.outputs["expires-at"], "never");
    assert_eq!(ran.outputs["lease-expires-at"], "");
    assert_eq!(
        ran.added,
        [],
        "later steps hear nothing of a lease that is not"
    );
}

#[test]
fn without_a_policy_the_baseline_warns_of_what_a_policy_would_forbid() {
    let token = classic(0);
    let github = github(&token, Account::user("octocat").scopes("admin:org, repo"));
    let mut job = Job::new(github.url(), &token);
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are admin:org, repo
    the built-in baseline, since there is no policy: allow, 2 findings
    leased to git until <instant>: all of https://github.test
    ::warning title=patgate expiry/required::the token never expires, and an expiry is required; make a token with an expiry date
    ::warning title=patgate scopes/forbidden::the token has the scope `admin:org`, against the policy's `admin:*`; remove `admin:org` from the token, or make a fine-grained token with only the permissions the job needs
    --- requests ---
    GET /api/v3/user
    --- exit 0, 1 leased ---
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by the built-in baseline. Leased to git until <instant>: all of <code>https://github.test</code>.

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | never expires |
    | Scopes | <code>admin&#58;org</code>, <code>repo</code> |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ⚠️ warn | <code>expiry/required</code> | the token never expires, and an expiry is required | make a token with an expiry date |
    | ⚠️ warn | <code>scopes/forbidden</code> | the token has the scope <code>admin&#58;org</code>, against the policy's <code>admin&#58;&#42;</code> | remove <code>admin&#58;org</code> from the token, or make a fine-grained token with only the permissions the job needs |

    There is no policy file, so the built-in baseline judged the token. A policy in `.github/patgate.yml` would narrow the lease to named repositories, and say which kinds, owners, expiries and scopes may pass.
    ");
}

#[test]
fn a_fine_grained_token_is_probed_for_each_repository_of_the_policy() {
    let token = fine_grained();
    let account = Account::user("octocat").expires(expiry_in(DAY * 30));
    let github = github(
        &token,
        account
            .right("acme/site", Right::Push)
            .right("acme/docs", Right::Fetch),
    );
    let policy = "    kinds: [fine-grained]\n    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }";
    let mut job = Job::on(&github, &token, &gate(policy));
    let ran = job.main(&mut Step::new());
    let mut requests: Vec<_> = github.requests().iter().map(ToString::to_string).collect();
    requests[1..].sort();
    insta::assert_snapshot!(format!("{}\n---\n{}", job.stable(&ran.log), requests.join("\n")), @"
    patgate 0.1.0
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    acme/docs: fetch
    acme/site: fetch and push
    acme/vault: not visible
    of its permissions can be seen contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/docs, acme/site of https://github.test
    ---
    GET /api/v3/user
    GET /acme/docs.git/info/refs?service=git-upload-pack
    GET /acme/site.git/info/refs?service=git-receive-pack
    GET /acme/vault.git/info/refs?service=git-upload-pack
    GET /api/v3/repos/acme/docs
    GET /api/v3/repos/acme/site
    GET /api/v3/repos/acme/vault
    ");
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn a_repository_that_does_not_answer_as_the_policy_wants_is_told() {
    let token = fine_grained();
    let account = Account::user("octocat").expires(expiry_in(DAY * 30));
    let github = github(
        &token,
        account
            .right("acme/site", Right::Fetch)
            .right("acme/vault", Right::Fetch),
    );
    let policy = "    repositories: { acme/site: push, acme/docs: fetch, acme/vault: none }";
    let mut job = Job::on(&github, &token, &gate(policy));
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(1));
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    acme/docs: not visible
    acme/site: no push
    acme/vault: fetch
    of its permissions can be seen contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 3 findings
    nothing was leased
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=38::GitHub shows the token no repository `acme/docs`, where the policy wants `fetch`; give the token access to `acme/docs`, have its owner approve it, or correct the name
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::the token may not push to `acme/site`, which the policy wants: GitHub denies it to `octocat`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=56::the token can fetch from `acme/vault`, where the policy has `none`; remove `acme/vault` from the token, or make a token that does not have it
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ❌ patgate: denied

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Nothing was leased.

    | The token | |
    | --- | --- |
    | Kind | fine-grained personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | expires at <instant>, in 29 days |
    | Days left | 29 |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>acme/docs</code> | not visible | unknown | unknown | unknown |  |
    | <code>acme/site</code> | unknown | no | private | no |  |
    | <code>acme/vault</code> | yes | unknown | private | no |  |

    | Permission, as far as it can be seen | |
    | --- | --- |
    | <code>contents</code> | read |
    | <code>metadata</code> | read |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ❌ deny | <code>repositories/unreachable</code> | GitHub shows the token no repository <code>acme/docs</code>, where the policy wants <code>fetch</code> (<code>&#46;github/patgate&#46;yml</code>, line 4) | give the token access to <code>acme/docs</code>, have its owner approve it, or correct the name |
    | ❌ deny | <code>repositories/read-only</code> | the token may not push to <code>acme/site</code>, which the policy wants&#58; GitHub denies it to <code>octocat</code> (<code>&#46;github/patgate&#46;yml</code>, line 4) | give the token the permission <code>contents&#58; write</code> or the scope <code>repo</code>, and its owner the right to push |
    | ❌ deny | <code>repositories/reachable</code> | the token can fetch from <code>acme/vault</code>, where the policy has <code>none</code> (<code>&#46;github/patgate&#46;yml</code>, line 4) | remove <code>acme/vault</code> from the token, or make a token that does not have it |
    ");
}

#[test]
fn an_installation_token_is_known_by_its_account() {
    let token = installation();
    let github = github(
        &token,
        Account::installation("acme").right("acme/site", Right::Push),
    );
    let mut job = Job::on(
        &github,
        &token,
        &gate(
            "    kinds: [installation]\n    owners: [acme]\n    expiry: { required: true, at-most: 2h }\n    repositories: { acme/site: push }",
        ),
    );
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    acme/site: fetch and push
    of its permissions can be seen contents: write, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    --- requests ---
    GET /api/v3/installation/repositories?per_page=100
    POST /api/graphql
    GET /acme/site.git/info/refs?service=git-receive-pack
    --- exit 0, 1 leased ---
    ");
}

#[test]
fn a_legacy_token_is_decided_by_the_server() {
    let token = "0a1b2c3d4e".repeat(4);
    let github = github(&token, octocat());
    let mut job = Job::on(
        &github,
        &token,
        &gate("    kinds: [legacy]\n    scopes: { require: [public_repo] }"),
    );
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(ran.outputs["token-kind"], "legacy");
}

#[test]
fn a_token_that_github_refuses_is_asked_about_once() {
    let token = classic(0);
    let github = github(&token, octocat());
    github.revoke(&token);
    let mut job = Job::on(
        &github,
        &token,
        &gate("    repositories: { acme/site: push }"),
    );
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token has the form of a classic personal access token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

#[test]
fn a_token_that_an_organization_forbids_is_denied_in_githubs_words() {
    let token = classic(0);
    let github = github(&token, octocat());
    let said =
        "`acme` forbids access via a personal access token (classic). Please use a GitHub App.";
    github.answer_with(
        "/api/v3/user",
        403,
        &[("content-type", "application/json")],
        &format!("{{\"message\":\"{said}\"}}"),
    );
    let mut job = Job::on(&github, &token, &gate(ANY));
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token has the form of a classic personal access token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    nothing was leased
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

#[test]
fn an_audit_tells_what_it_would_deny_and_leases_all_the_same() {
    let token = classic(0);
    let github = github(&token, Account::user("octocat").scopes("repo"));
    let mut job = Job::on(&github, &token, &gate("    expiry: { required: true }"));
    let ran = job.main(&mut Step::new().with("mode", "audit"));
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    mode `audit`: the token is leased all the same
    leased to git until <instant>: all of https://github.test
    ::warning title=patgate expiry/required,file=.github/patgate.yml,line=4,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    --- requests ---
    GET /api/v3/user
    --- exit 0, 1 leased ---
    ");
    assert_eq!(
        ran.outputs["verdict"], "deny",
        "what enforcing would have said"
    );
}

#[test]
fn a_token_can_be_judged_without_a_lease() {
    let token = classic(0);
    let github = github(&token, octocat());
    let mut job = Job::on(&github, &token, &gate("    kinds: [classic]"));
    let ran = job.main(&mut Step::new().with("lease", "none"));
    assert_eq!(
        (ran.status, job.leases().len()),
        (Some(0), 0),
        "{}",
        ran.log
    );
    assert_eq!(ran.added, []);
    let report = ran.outputs["report"].clone();
    assert!(std::path::Path::new(&report).is_file(), "{report}");
}

#[test]
fn the_report_tells_programs_what_the_summary_tells_people() {
    let token = classic(0);
    let github = github(&token, octocat().right("acme/site", Right::Push));
    let mut job = Job::on(
        &github,
        &token,
        &gate("    repositories: { acme/site: push }\n    expiry: { warn-below: 90d }"),
    );
    let ran = job.main(&mut Step::new());
    let report = std::fs::read_to_string(&ran.outputs["report"]).unwrap();
    let mut report: serde_json::Value = serde_json::from_str(&report).unwrap();
    // The only token, and the only lease, stand alone as well.
    for (one, all) in [("token", "tokens"), ("lease", "leases")] {
        let all = report.as_object_mut().unwrap().remove(all).unwrap();
        assert_eq!(all, serde_json::json!([report[one]]));
    }
    let of_token = report["token"].as_object_mut().unwrap().remove("findings");
    assert_eq!(of_token.as_ref(), Some(&report["findings"]));
    let report = format!("{report:#}");
    insta::assert_snapshot!(job.stable(&report), @r#"
    {
      "findings": [
        {
          "at": {
            "column": 15,
            "file": ".github/patgate.yml",
            "line": 5
          },
          "help": "make a new token in the owner's settings, and store it in the secret, before the release that finds it expired",
          "level": "warn",
          "message": "the token expires at <instant>, in 59 days, which is less than `90d`",
          "rule": "expiry/soon",
          "waived": null
        }
      ],
      "judged_at": "<instant>",
      "lease": {
        "expires_at": "<instant>",
        "form": "git",
        "gate": "default",
        "origin": "https://github.test",
        "repositories": [
          "acme/site"
        ]
      },
      "mode": "enforce",
      "policy": {
        "gate": "default",
        "gates": [
          "default"
        ],
        "source": ".github/patgate.yml"
      },
      "spare": 0,
      "token": {
        "actor": "octocat",
        "days_left": 59,
        "expires_at": "<instant>",
        "gate": "default",
        "github_enterprise_server": null,
        "is_github_token": false,
        "kind": "classic",
        "line": null,
        "made_for_this_step": false,
        "oauth_app": null,
        "owner": "octocat",
        "passed_over": false,
        "permissions": {},
        "permissions_are_complete": true,
        "reach": null,
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
        "scopes": [
          "repo"
        ],
        "standing": "accepted",
        "surplus": {
          "items": [],
          "repositories": null
        },
        "verdict": "allow"
      },
      "unusable": [],
      "verdict": "allow",
      "version": 1
    }
    "#);
}

#[test]
fn inputs_narrow_the_policy_and_never_widen_it() {
    let token = classic(0);
    let github = github(
        &token,
        octocat()
            .right("acme/site", Right::Push)
            .right("acme/docs", Right::Push),
    );
    let policy =
        gate("    repositories: { acme/site: push, acme/docs: fetch }\n    lease: { ttl: 20m }");
    let mut job = Job::on(&github, &token, &policy);
    let ran = job.main(
        &mut Step::new()
            .with("repositories", "acme/docs")
            .with("ttl", "5m"),
    );
    assert!(
        ran.log.contains("acme/docs of") && !ran.log.contains("acme/site"),
        "{}",
        ran.log
    );
    for (input, value, words) in [
        (
            "ttl",
            "2h",
            "the input `ttl` is longer than the policy's `20m`",
        ),
        (
            "repositories",
            "acme/docs: push",
            "asks to push to `acme/docs`, where the policy has `fetch`",
        ),
        (
            "repositories",
            "acme/vault",
            "asks for `acme/vault`, which the policy does not name",
        ),
        (
            "repositories",
            "acme",
            "line 1 of the input `repositories` is not `OWNER/REPO`",
        ),
        (
            "gate",
            "release",
            "the policy has no gate `release`; it has `default`",
        ),
    ] {
        let ran = job.main(&mut Step::new().with(input, value));
        assert_eq!(ran.status, Some(2));
        assert!(ran.log.contains(words), "{}", ran.log);
    }
}

#[test]
fn every_derived_form_of_the_token_is_masked() {
    let token = classic(0);
    let github = github(&token, octocat());
    let mut job = Job::new(github.url(), &token);
    let ran = job.main(&mut Step::new());
    for form in crate::canary::forms(&token) {
        let hidden = ran.masks.iter().any(|mask| form.contains(mask.as_str()));
        assert!(hidden || form.contains('%'), "{form} is printed as it is");
    }
    assert!(
        ran.masks.contains(&job.env["PATGATE_KEY"]),
        "the key is masked too"
    );
}
