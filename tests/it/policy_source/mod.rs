//! Policies of other repositories, and what policies extend.

mod chain;
mod trouble;
mod whose;

use fake_github::{Account, Builder, FakeGitHub, Right, Visibility};

use crate::canary;
use crate::issue::{ANY, gate, transcript};
use crate::runner::{Job, Ran, Step, classic};

/// The job's own token. It is none of those that are judged.
fn job_token() -> String {
    ["ghs", "patgateCANARYjobsOwnToken0123456789ab"].join("_")
}

const POLICY: &str = "acme/.github/ci/patgate.yml@v3";

/// Where `POLICY` lies, below the API.
const PATH: &str = "/api/v3/repos/acme/.github/contents/ci/patgate.yml?ref=v3";

/// A GitHub where the job's own token may read the policies of `acme`, and octocat's may push.
fn building() -> Builder {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/.github", Visibility::Private)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .right("acme/site", Right::Push)
                .right("acme/.github", Right::Push),
        )
        .token(
            job_token(),
            Account::installation("acme")
                .right("acme/.github", Right::Fetch)
                .permission("contents", "read"),
        )
}

/// The same, with `text` at `POLICY`.
fn github(text: &str) -> FakeGitHub {
    let builder = building().file("acme/.github", "refs/tags/v3", "ci/patgate.yml", text);
    builder.start().unwrap()
}

/// A step that is judged by `policy`.
fn step(policy: &str) -> Step {
    Step::new()
        .with("policy", policy)
        .with("github-token", &job_token())
        .with("lease", "none")
}

/// A run of `step` in a job of `github`; the job's own token must be nowhere.
#[track_caller]
fn run(github: &FakeGitHub, mut step: Step) -> (Job, Ran) {
    let mut job = Job::new(github.url(), &classic(0));
    let ran = job.main(&mut step);
    assert_hidden(&job, &ran);
    (job, ran)
}

#[track_caller]
fn assert_hidden(job: &Job, ran: &Ran) {
    let token = job_token();
    let spoken = ran.stdout.lines();
    let mut spoken = spoken.skip_while(|line| line.starts_with("::add-mask::"));
    assert!(
        !spoken.any(|line| line.contains(&token)),
        "no word before its mask, and none with it"
    );
    assert!(ran.masks.contains(&token), "it is masked");
    canary::assert_clean("the log", ran.log.as_bytes(), &token);
    canary::assert_clean("the summary", ran.summary.as_bytes(), &token);
    canary::assert_clean_folder(job.dir.path(), &token);
}

/// What a run with `policy` shows.
#[track_caller]
fn shown(github: &FakeGitHub, policy: &str) -> String {
    let (job, ran) = run(github, step(policy));
    transcript(github, &job, &ran)
}

/// Who asked for what below `contents`.
fn askers(github: &FakeGitHub) -> Vec<(String, String)> {
    let requests = github.requests().into_iter();
    requests
        .filter(|request| request.path.contains("/contents/"))
        .map(|request| (request.authorization.unwrap_or_default(), request.path))
        .collect()
}

#[test]
fn a_policy_of_another_repository_judges_under_its_whole_name() {
    let github = github(&gate("    kinds: [fine-grained]"));
    let (job, ran) = run(&github, step(POLICY));
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `acme/.github/ci/patgate.yml@v3`, gate `default`: deny, 2 findings
    nothing was leased
    ::error title=patgate kind/not-allowed::the token is a classic personal access token (`classic`), and the policy allows `fine-grained` (acme/.github/ci/patgate.yml@v3, line 4); make a token of one of these kinds: `fine-grained`
    ::warning title=patgate policy/movable-ref::the policy `acme/.github/ci/patgate.yml@v3` is named by a branch or a tag, which can move; name a commit by its whole hash
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/ci/patgate.yml?ref=v3
    GET /api/v3/user
    --- exit 1, 0 leased ---
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ❌ patgate: denied

    Judged by <code>acme/&#46;github/ci/patgate&#46;yml&#64;v3</code>, gate <code>default</code>. Nothing was leased.

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | never expires |
    | Scopes | <code>repo</code> |

    | | Rule | What is wrong | What to do |
    | --- | --- | --- | --- |
    | ❌ deny | <code>kind/not-allowed</code> | the token is a classic personal access token (<code>classic</code>), and the policy allows <code>fine-grained</code> (<code>acme/&#46;github/ci/patgate&#46;yml&#64;v3</code>, line 4) | make a token of one of these kinds&#58; <code>fine-grained</code> |
    | ⚠️ warn | <code>policy/movable-ref</code> | the policy <code>acme/&#46;github/ci/patgate&#46;yml&#64;v3</code> is named by a branch or a tag, which can move | name a commit by its whole hash |
    ");
    let report = std::fs::read_to_string(&ran.outputs["report"]).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["policy"]["source"], POLICY);
}

#[test]
fn a_branch_a_tag_a_commit_and_a_full_ref_name_a_policy() {
    let github = building()
        .file("acme/.github", "release/2", "patgate.yml", gate(ANY))
        .file("acme/.github", "refs/tags/v1+2", "patgate.yml", gate(ANY))
        .start()
        .unwrap();
    let repository = github.repository_path("acme/.github");
    let commit = std::process::Command::new("git")
        .current_dir(repository)
        .args(["rev-parse", "release/2"])
        .output()
        .unwrap();
    let commit = String::from_utf8(commit.stdout).unwrap();
    for revision in [
        "release/2",
        "refs/heads/release/2",
        "v1+2",
        "refs/tags/v1+2",
        commit.trim(),
    ] {
        let (_, ran) = run(
            &github,
            step(&format!("acme/.github/patgate.yml@{revision}")),
        );
        assert_eq!(ran.status, Some(0), "{revision}: {}", ran.log);
    }
}

#[test]
fn a_repository_that_was_renamed_is_followed_on_the_same_github() {
    let github = building()
        .renamed("acme/policies", "acme/.github")
        .file("acme/.github", "main", "patgate.yml", gate(ANY))
        .start()
        .unwrap();
    let (_, ran) = run(&github, step("acme/policies/patgate.yml@main"));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn a_public_policy_needs_no_right_and_a_link_to_a_policy_is_one() {
    let github = building()
        .repository("hub/policies", Visibility::Public)
        .file("hub/policies", "main", "strict.yml", gate(ANY))
        .symlink("hub/policies", "main", "patgate.yml", "strict.yml")
        .start()
        .unwrap();
    let (_, ran) = run(&github, step("hub/policies/patgate.yml@main"));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}
