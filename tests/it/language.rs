//! The policy's language in real jobs: runs, waivers, bases, and what people see of them.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::issue::{gate, transcript};
use crate::runner::{Job, Ran, Step, classic};

fn github() -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/.github", Visibility::Public)
        .file("acme/.github", "main", "strict.yml", STRICT)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo, gist")
                .right("acme/site", Right::Push),
        )
        .token(job_token(), Account::installation("acme"))
        .start()
        .unwrap()
}

fn job_token() -> String {
    ["ghs", "patgateCANARYjobsOwnToken0123456789ab"].join("_")
}

const STRICT: &str = "\
version: 1
gates:
  default:
    kinds: [classic]
    expiry: { at-most: 90d }
    scopes: { allow: [repo, gist] }
    levels: { expiry/too-late: warn }
    lease: { ttl: 30m }
";

/// A step without a lease.
fn step() -> Step {
    Step::new()
        .with("lease", "none")
        .with("github-token", &job_token())
}

fn job(github: &FakeGitHub, policy: &str) -> Job {
    Job::on(github, &classic(0), policy)
}

/// What a run with this policy and these variables of the runner shows.
fn shown(policy: &str, variables: &[(&str, &str)]) -> String {
    let github = github();
    let (job, ran) = run(&github, policy, variables);
    transcript(&github, &job, &ran)
}

fn run(github: &FakeGitHub, policy: &str, variables: &[(&str, &str)]) -> (Job, Ran) {
    let mut job = job(github, policy);
    let variables = variables.iter();
    job.env
        .extend(variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let ran = job.main(&mut step());
    (job, ran)
}

const PUSH: [(&str, &str); 6] = [
    ("GITHUB_ACTOR", "octocat"),
    ("GITHUB_EVENT_NAME", "push"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_TRIGGERING_ACTOR", "octocat"),
    (
        "GITHUB_WORKFLOW_REF",
        "acme/site/.github/workflows/release.yml@refs/heads/main",
    ),
    ("RUNNER_ENVIRONMENT", "github-hosted"),
];

const RUN: &str = "    run:
      events: [push]
      refs: [refs/heads/main]
      actors: [octocat]
      workflows: ['acme/site/.github/workflows/*@refs/heads/main']
      runners: [github-hosted]
      forks: deny";

#[test]
fn a_run_that_the_policy_lists_has_its_lease() {
    insta::assert_snapshot!(shown(&gate(RUN), &PUSH), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    nothing was leased
    --- requests ---
    GET /api/v3/user
    --- exit 0, 0 leased ---
    ");
}

#[test]
fn a_run_that_the_policy_does_not_list_is_told_by_each_of_its_traits() {
    let github = github();
    let mut job = job(&github, &gate(RUN));
    let payload = job.path("event.json");
    std::fs::write(
        &payload,
        r#"{"pull_request":{"head":{"repo":{"id":2,"full_name":"mallory/site"}},"base":{"repo":{"id":1,"full_name":"acme/site"}}}}"#,
    )
    .unwrap();
    for (name, value) in [
        ("GITHUB_ACTOR", "octocat"),
        ("GITHUB_EVENT_NAME", "pull_request_target"),
        ("GITHUB_EVENT_PATH", payload.to_str().unwrap()),
        ("GITHUB_REF", "refs/heads/Main"),
        ("GITHUB_TRIGGERING_ACTOR", "mallory"),
        (
            "GITHUB_WORKFLOW_REF",
            "acme/site/.github/workflows/test.yml@refs/heads/topic",
        ),
        ("RUNNER_ENVIRONMENT", "self-hosted"),
    ] {
        job.env.insert(name.to_owned(), value.to_owned());
    }
    let ran = job.main(&mut step());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: deny, 6 findings
    nothing was leased
    ::error title=patgate run/event-not-allowed,file=.github/patgate.yml,line=5,col=7::the run was begun by the event `pull_request_target`, and the policy allows `push`; run the job on one of these events: `push`
    ::error title=patgate run/ref-not-allowed,file=.github/patgate.yml,line=6,col=7::the run is for `refs/heads/Main`, and the policy allows `refs/heads/main`; run the job on one of these refs: `refs/heads/main`
    ::error title=patgate run/actor-not-allowed,file=.github/patgate.yml,line=7,col=7::the run was begun by `mallory`, and the policy allows `octocat`; have one of these begin the run, and run it again: `octocat`
    ::error title=patgate run/workflow-not-allowed,file=.github/patgate.yml,line=8,col=7::the run follows the workflow `acme/site/.github/workflows/test.yml@refs/heads/topic`, and the policy allows `acme/site/.github/workflows/*@refs/heads/main`; lend the token in one of these workflows: `acme/site/.github/workflows/*@refs/heads/main`
    ::error title=patgate run/runner-not-allowed,file=.github/patgate.yml,line=9,col=7::the run is on a `self-hosted` runner, and the policy allows `github-hosted`; run the job on one of these: `github-hosted`
    ::error title=patgate run/fork,file=.github/patgate.yml,line=10,col=7::the run is for a fork, and the policy denies forks; lend no token to code of a fork, and run the job on an event of the repository itself, such as `push`
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

#[test]
fn what_the_runner_does_not_tell_of_a_run_denies_it() {
    insta::assert_snapshot!(shown(&gate("    run: { events: [push], forks: deny }"), &[]), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    nothing was leased
    ::error title=patgate run/unknown,file=.github/patgate.yml,line=4,col=12::it is not known which event began the run: the runner does not set `GITHUB_EVENT_NAME`; update the runner, or allow it with `levels: { run/unknown: warn }`
    ::error title=patgate run/unknown,file=.github/patgate.yml,line=4,col=28::it is not known whether the run is for a fork: the runner does not set `GITHUB_EVENT_NAME`; update the runner, or allow it with `levels: { run/unknown: warn }`
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

#[test]
fn a_waived_rule_is_told_as_a_notice_with_its_reason() {
    let github = github();
    let policy = gate(
        "    expiry:\n      required: true\n    waive:\n      - { rule: expiry/required, until: 9998-12-31, reason: 'vendor bot, OPS-123' }",
    );
    let (job, ran) = run(&github, &policy, &[]);
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    nothing was leased
    ::notice title=patgate expiry/required,file=.github/patgate.yml,line=5,col=7::the token never expires, and an expiry is required; waived until 9998-12-31: vendor bot, OPS-123
    --- requests ---
    GET /api/v3/user
    --- exit 0, 0 leased ---
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>default</code>. Nothing was leased.

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | never expires |
    | Scopes | <code>gist</code>, <code>repo</code> |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ☑️ waived | <code>expiry/required</code> | the token never expires, and an expiry is required (<code>&#46;github/patgate&#46;yml</code>, line 5) | waived until 9998-12-31&#58; vendor bot, OPS-123 |
    ");
    let report = std::fs::read_to_string(&ran.outputs["report"]).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        report["findings"][0]["waived"],
        serde_json::json!({ "until": "9998-12-31", "reason": "vendor bot, OPS-123" })
    );
}

#[test]
fn a_waiver_that_has_ended_denies_and_says_so() {
    let policy = gate(
        "    expiry: { required: true }\n    waive:\n      - { rule: expiry/required, until: 2026-01-31, reason: 'vendor bot, OPS-123' }",
    );
    insta::assert_snapshot!(shown(&policy, &[]), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    nothing was leased
    ::error title=patgate expiry/required,file=.github/patgate.yml,line=4,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    ::warning title=patgate waiver/expired,file=.github/patgate.yml,line=6,col=11::the waiver of `expiry/required` ended with 2026-01-31: vendor bot, OPS-123; take it out of the policy, or renew it with a new reason
    --- requests ---
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

/// A policy of the workspace on top of [`STRICT`].
fn on_strict(rules: &str) -> String {
    gate(rules).replace(
        "version: 1\n",
        "version: 1\nextends: acme/.github/strict.yml@main\n",
    )
}

#[test]
fn what_a_base_demands_is_demanded_and_told_by_its_own_line() {
    insta::assert_snapshot!(shown(&on_strict("    scopes: { allow: [repo] }"), &[]), @"
    patgate 0.1.0
    the policy `.github/patgate.yml` extends `acme/.github/strict.yml@main`
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: deny, 3 findings
    nothing was leased
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=5,col=15::the token has the scope `gist`, which the policy does not allow; remove `gist` from the token in its owner's settings
    ::warning title=patgate policy/movable-ref,file=.github/patgate.yml,line=2,col=10::the policy `acme/.github/strict.yml@main` is named by a branch or a tag, which can move; name a commit by its whole hash
    ::warning title=patgate expiry/too-late::the token never expires, and may live at most `90d` longer (acme/.github/strict.yml@main, line 5); make a token with an expiry date
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/strict.yml?ref=main
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
}

#[test]
fn a_policy_that_loosens_its_base_is_shown_with_both_lines() {
    let policy = on_strict(
        "    kinds: [classic, oauth]\n    expiry: { at-most: 120d }\n    lease: { ttl: 31m }\n    levels: { scopes/excess: warn }",
    );
    insta::assert_snapshot!(shown(&policy, &[]), @"
    patgate 0.1.0
    the policy `.github/patgate.yml` extends `acme/.github/strict.yml@main`
     --> .github/patgate.yml:5:22
      |
    5 |     kinds: [classic, oauth]
      |                      ^^^^^ this would loosen the base
      |
    note: the base has this
     --> acme/.github/strict.yml@main:4:5
      |
    4 |     kinds: [classic]
      |     ^^^^^^^^^^^^^^^^

    ::error title=patgate,file=.github/patgate.yml,line=5,col=22::cannot use the policy: the base does not allow the kind `oauth`; a policy only tightens what it extends; take it out, or change the base
     --> .github/patgate.yml:6:15
      |
    6 |     expiry: { at-most: 120d }
      |               ^^^^^^^^^^^^^ this would loosen the base
      |
    note: the base has this
     --> acme/.github/strict.yml@main:5:15
      |
    5 |     expiry: { at-most: 90d }
      |               ^^^^^^^^^^^^

    ::error title=patgate,file=.github/patgate.yml,line=6,col=15::cannot use the policy: `at-most` is `120d`, more than the base's `90d`; a policy only tightens what it extends; take it out, or change the base
     --> .github/patgate.yml:7:14
      |
    7 |     lease: { ttl: 31m }
      |              ^^^^^^^^ this would loosen the base
      |
    note: the base has this
     --> acme/.github/strict.yml@main:8:14
      |
    8 |     lease: { ttl: 30m }
      |              ^^^^^^^^

    ::error title=patgate,file=.github/patgate.yml,line=7,col=14::cannot use the policy: `ttl` is `31m`, more than the base's `30m`; a policy only tightens what it extends; take it out, or change the base
     --> .github/patgate.yml:8:15
      |
    8 |     levels: { scopes/excess: warn }
      |               ^^^^^^^^^^^^^^^^^^^ this would loosen the base
      |
    note: the base has this
     --> acme/.github/strict.yml@main:6:15
      |
    6 |     scopes: { allow: [repo, gist] }
      |               ^^^^^^^^^^^^^^^^^^^

    ::error title=patgate,file=.github/patgate.yml,line=8,col=15::cannot use the policy: the base has the level `deny` for `scopes/excess`; a policy only tightens what it extends; take it out, or change the base
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/strict.yml?ref=main
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn what_is_doubtful_in_a_policy_is_a_warning_at_its_line() {
    insta::assert_snapshot!(shown(&gate("    scopes: { forbid: [delete-repo] }"), &[]), @"
    patgate 0.1.0
     --> .github/patgate.yml:4:24
      |
    4 |     scopes: { forbid: [delete-repo] }
      |                        ^^^^^^^^^^^ did you mean `delete_repo`?
    ::warning title=patgate,file=.github/patgate.yml,line=4,col=24::the policy is doubtful: this patgate knows no scope `delete-repo`; did you mean `delete_repo`?
    the token is a classic personal access token of `octocat`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    nothing was leased
    --- requests ---
    GET /api/v3/user
    --- exit 0, 0 leased ---
    ");
}

#[test]
fn every_mistake_has_its_own_annotation() {
    let policy = "version: 1\ngates:\n  default:\n    kind: [classic]\n    expiry: { at-most: 3 months }\n    levels: { expiry/to-late: warn }\n";
    insta::assert_snapshot!(shown(policy, &[]), @"
    patgate 0.1.0
     --> .github/patgate.yml:4:5
      |
    4 |     kind: [classic]
      |     ^^^^ did you mean `kinds`?

    ::error title=patgate,file=.github/patgate.yml,line=4,col=5::cannot use the policy: `gates.default` has no field `kind`; did you mean `kinds`? its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`
     --> .github/patgate.yml:5:24
      |
    5 |     expiry: { at-most: 3 months }
      |                        ^^^^^^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`

    ::error title=patgate,file=.github/patgate.yml,line=5,col=24::cannot use the policy: `gates.default.expiry.at-most` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `3 months`; correct the policy; every field is described at https://github.com/patgate/patgate/blob/main/docs/policy.md
     --> .github/patgate.yml:6:15
      |
    6 |     levels: { expiry/to-late: warn }
      |               ^^^^^^^^^^^^^^ did you mean `expiry/too-late`?

    ::error title=patgate,file=.github/patgate.yml,line=6,col=15::cannot use the policy: `gates.default.levels` takes a rule's name, such as `expiry/too-soon`, and not `expiry/to-late`; did you mean `expiry/too-late`?
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_form_that_the_policy_does_not_allow_is_no_lease() {
    let github = github();
    let mut job = job(&github, &gate("    lease: { format: [netrc] }"));
    let ran = job.main(&mut Step::new());
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    ::error title=patgate::the input `lease` asks for `git`, where `lease.format` in the policy has `netrc`; inputs only narrow a policy; ask for less, or change the policy
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}

#[test]
fn gates_have_in_common_what_defaults_say() {
    let policy = "\
version: 1
defaults:
  kinds: [classic]
  owners: [acme-bot]
  repositories: { acme/site: fetch }
gates:
  default: {}
  open:
    owners: [octocat]
    repositories: { acme/site: push }
";
    let github = github();
    let mut job = job(&github, policy);
    let denied = job.main(&mut step());
    assert!(
        denied.log.contains("gate `default`: deny, 1 finding"),
        "{}",
        denied.log
    );
    let allowed = job.main(&mut step().with("gate", "open"));
    assert!(
        allowed.log.contains("gate `open`: allow, no findings"),
        "{}",
        allowed.log
    );
    assert!(
        allowed.log.contains("acme/site: fetch and push"),
        "{}",
        allowed.log
    );
}
