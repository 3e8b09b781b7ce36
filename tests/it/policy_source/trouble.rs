//! A policy that cannot be had: each trouble, and what a person is told.

use std::time::{Duration, Instant};

use fake_github::{Account, Builder, FakeGitHub, Fault, Organization, Right, Visibility};

use super::{PATH, POLICY, building, github, job_token, run, step};
use crate::issue::{ANY, gate};
use crate::runner::{classic, fine_grained};

/// The one error of a run that ends with status 2, and asks nobody of the token.
#[track_caller]
fn error(github: &FakeGitHub, policy: &str) -> String {
    let (job, ran) = run(github, step(policy));
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    let asked = github.requests();
    let of_token = asked
        .iter()
        .find(|request| !request.path.contains("/contents/"));
    assert_eq!(of_token, None, "no policy, no question");
    github.forget_requests();
    let (_, error) = ran.log.split_once("::error title=patgate").unwrap();
    job.stable(error)
}

fn built(builder: Builder) -> FakeGitHub {
    builder.start().unwrap()
}

#[test]
fn what_is_no_reference_is_not_repeated() {
    let github = github(&gate(ANY));
    for text in [
        "acme/.github@v3",
        "acme/.github/patgate.yml@",
        "https://octocat:hunter2@github.com/acme/site",
        "acme/.github/../patgate.yml@v3",
        "@",
    ] {
        let error = error(&github, text);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"::the input `policy` has an `@` in it, and is not `OWNER/REPO/PATH@REF`; write it as `acme/.github/patgate.yml@v3`: a file of a repository, and a branch, a tag or a commit; a path in the workspace has no `@`");
        }
    }
}

#[test]
fn a_file_that_is_not_there_and_one_that_is_not_to_be_seen_look_the_same() {
    let github = built(
        building()
            .file("acme/.github", "refs/tags/v3", "ci/patgate.yml", gate(ANY))
            .repository("hub/policies", Visibility::Private)
            .file("hub/policies", "main", "patgate.yml", gate(ANY)),
    );
    insta::assert_snapshot!(error(&github, "acme/.github/ci/patgate.yaml@v3"), @"::cannot fetch the policy `acme/.github/ci/patgate.yaml@v3`: GitHub shows no such file to the token in `github-token`; correct the repository, the path or the ref; the job's own token sees no private repository but its own: if `acme/.github` is another one, give a token with `contents: read` for it in `github-token`, or make it public");
    insta::assert_snapshot!(error(&github, "hub/policies/patgate.yml@main"), @"::cannot fetch the policy `hub/policies/patgate.yml@main`: GitHub shows no such file to the token in `github-token`; correct the repository, the path or the ref; the job's own token sees no private repository but its own: if `hub/policies` is another one, give a token with `contents: read` for it in `github-token`, or make it public");
    insta::assert_snapshot!(error(&github, "hub/none/patgate.yml@main"), @"::cannot fetch the policy `hub/none/patgate.yml@main`: GitHub shows no such file to the token in `github-token`; correct the repository, the path or the ref; the job's own token sees no private repository but its own: if `hub/none` is another one, give a token with `contents: read` for it in `github-token`, or make it public");
}

#[test]
fn a_ref_that_is_not_there_is_told_as_such() {
    let github = github(&gate(ANY));
    insta::assert_snapshot!(error(&github, "acme/.github/ci/patgate.yml@v4"), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v4`: `acme/.github` has no branch, tag or commit `v4`; correct what stands behind the `@`");
}

#[test]
fn what_is_no_file_is_told_as_what_it_is() {
    let many = (0..60).fold(building(), |builder, n| {
        builder.file("acme/.github", "main", &format!("many/{n}"), "x")
    });
    let github = built(
        many.symlink("acme/.github", "main", "link.yml", "../../etc/passwd")
            .submodule("acme/.github", "main", "vendor"),
    );
    insta::assert_snapshot!(error(&github, "acme/.github/many@main"), @"::cannot fetch the policy `acme/.github/many@main`: a directory lies there, and no file; name the policy file itself behind the repository: `OWNER/REPO/PATH@REF`");
    insta::assert_snapshot!(error(&github, "acme/.github/link.yml@main"), @"::cannot fetch the policy `acme/.github/link.yml@main`: a link lies there that leads to no file of the repository; name the policy file itself behind the repository: `OWNER/REPO/PATH@REF`");
    insta::assert_snapshot!(error(&github, "acme/.github/vendor@main"), @"::cannot fetch the policy `acme/.github/vendor@main`: a submodule lies there, and no file; name the policy file itself behind the repository: `OWNER/REPO/PATH@REF`");
}

#[test]
fn a_file_that_is_no_policy_is_told_why() {
    let long = format!("{}#{}", gate(ANY), "x".repeat(300_000));
    let github = built(
        building()
            .file("acme/.github", "main", "empty.yml", "")
            .file("acme/.github", "main", "blank.yml", " \n\n")
            .file("acme/.github", "main", "long.yml", long)
            .file(
                "acme/.github",
                "main",
                "latin.yml",
                b"version: 1 # caf\xe9\n",
            ),
    );
    insta::assert_snapshot!(error(&github, "acme/.github/empty.yml@main"), @"::cannot fetch the policy `acme/.github/empty.yml@main`: the file is empty; name a policy file: a text in YAML");
    insta::assert_snapshot!(error(&github, "acme/.github/blank.yml@main"), @"::cannot fetch the policy `acme/.github/blank.yml@main`: the file is empty; name a policy file: a text in YAML");
    insta::assert_snapshot!(error(&github, "acme/.github/long.yml@main"), @"::cannot fetch the policy `acme/.github/long.yml@main`: the file is longer than 256 KiB; name a policy file; none is so long");
    insta::assert_snapshot!(error(&github, "acme/.github/latin.yml@main"), @"::cannot fetch the policy `acme/.github/latin.yml@main`: the file is not UTF-8; name a policy file: a text in YAML");
}

#[test]
fn a_file_without_end_is_not_read_to_its_end() {
    let github = github(&gate(ANY));
    github.fault(PATH, vec![Fault::Endless]);
    let start = Instant::now();
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: the file is longer than 256 KiB; name a policy file; none is so long");
    assert!(start.elapsed() < Duration::from_secs(10));
    let body = r#"{"message":"This API returns blobs up to 100 MB in size. The requested blob is too large to fetch via the API, but you can use Git to clone the repository.","errors":[{"resource":"Blob","field":"data","code":"too_large"}]}"#;
    github.answer_with(PATH, 403, &[], body);
    assert!(error(&github, POLICY).contains("the file is longer than 256 KiB"));
}

#[test]
fn a_token_that_github_does_not_take_is_not_the_one_under_judgement() {
    let github = github(&gate(ANY));
    github.revoke(&job_token());
    insta::assert_snapshot!(error(&github, POLICY), @r#"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub does not take the token in `github-token`; it says: "Bad credentials"; leave `github-token` out for the job's own token, or give one of the GitHub that runs the job, which has not ended"#);
}

#[test]
fn a_job_without_the_permission_is_told_of_it() {
    let account = Account::installation("acme").right("acme/.github", Right::Fetch);
    let github = built(
        building()
            .file("acme/.github", "refs/tags/v3", "ci/patgate.yml", gate(ANY))
            .token(job_token(), account.permission("issues", "read")),
    );
    insta::assert_snapshot!(error(&github, POLICY), @r#"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub refuses the token in `github-token`: the token lacks the permission, and GitHub says "Resource not accessible by integration"; give the job `permissions: { contents: read }`, or a token that has it for this repository in `github-token`"#);
}

/// What is said where `organization` is what `acme` demands, and `token` asks.
#[track_caller]
fn refused(organization: Organization, token: &str) -> String {
    let account = Account::user("octocat").right("acme/.github", Right::Fetch);
    let account = if token.starts_with("ghp_") {
        account.scopes("repo")
    } else {
        account.permission("contents", "read")
    };
    let github = built(
        building()
            .file("acme/.github", "refs/tags/v3", "ci/patgate.yml", gate(ANY))
            .organization("acme", organization)
            .token(token, account),
    );
    let mut job = crate::runner::Job::new(github.url(), &classic(0));
    let ran = job.main(&mut step(POLICY).with("github-token", token));
    crate::canary::assert_clean("the log", ran.log.as_bytes(), token);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    let (_, error) = ran.log.split_once("::error title=patgate").unwrap();
    job.stable(error)
}

#[test]
fn what_an_organization_refuses_is_told_with_the_way_out() {
    let sso = refused(Organization::new().sso(), &classic(1));
    insta::assert_snapshot!(sso, @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub refuses the token in `github-token`: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=AFAKEREQUEST");
    let listed = Organization::new().ip_allow_list(Some("192.0.2.7"));
    insta::assert_snapshot!(refused(listed, &fine_grained()), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub refuses the token in `github-token`: the organization `acme` lets in listed addresses only, and this runner's `192.0.2.7` is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it");
    let no_classic = Organization::new().forbids_classic();
    insta::assert_snapshot!(refused(no_classic, &classic(1)), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub refuses the token in `github-token`: the organization `acme` forbids every classic personal access token; give a token in `github-token` that the organization allows, such as a GitHub App's");
}

#[test]
fn a_blocked_repository_and_one_without_commits_are_told() {
    let blocked = built(building().blocked("acme/.github"));
    insta::assert_snapshot!(error(&blocked, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub refuses the token in `github-token`: GitHub has blocked the repository, for `tos`; ask GitHub's support; no token opens a blocked repository");
    let github = github(&gate(ANY));
    let body = r#"{"message":"This repository is empty."}"#;
    github.answer_with(PATH, 404, &[], body);
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub shows no such file to the token in `github-token`; correct the repository, the path or the ref; the job's own token sees no private repository but its own: if `acme/.github` is another one, give a token with `contents: read` for it in `github-token`, or make it public");
}

#[test]
fn a_limit_is_told_with_its_end() {
    let github = github(&gate(ANY));
    let body = r#"{"message":"API rate limit exceeded for installation."}"#;
    let headers = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1800000000"),
    ];
    github.answer_with(PATH, 403, &headers, body);
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: the requests that GitHub grants the token in an hour are used up, until <instant>; run the step again then, or spread the jobs that use this token");
}

#[test]
fn what_passes_in_a_moment_is_asked_again() {
    let github = github(&gate(ANY));
    let away = Fault::Status {
        status: 502,
        headers: Vec::new(),
        body: String::new(),
    };
    github.fault(PATH, vec![away, Fault::Reset, Fault::Truncate]);
    let (_, ran) = run(&github, step(POLICY));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(super::askers(&github).len(), 4);
}

#[test]
fn a_login_page_and_json_that_is_no_file_are_no_policy() {
    let github = github(&gate(ANY));
    for (kind, body) in [
        ("text/html", "<!doctype html><title>Sign in</title>"),
        ("application/vnd.github.raw+json", "  <html>"),
    ] {
        github.answer_with(PATH, 200, &[("Content-Type", kind)], body);
        let error = error(&github, POLICY);
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; check `GITHUB_API_URL`, which the runner sets, and whether a proxy or a login page stands between");
        }
    }
    let json = [("Content-Type", "application/json")];
    github.answer_with(PATH, 200, &json, "{}");
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub's answer is not the file itself; check whether a proxy changes the header `Accept`, or keep the policy in the workspace");
    github.answer_with(PATH, 200, &json, "version: 1");
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and no JSON; check `GITHUB_API_URL`, which the runner sets, and whether a proxy or a login page stands between");
}

#[test]
fn the_jobs_token_goes_to_no_other_host() {
    let (github, elsewhere) = (github(&gate(ANY)), github(&gate(ANY)));
    github.redirect(PATH, &format!("{}{PATH}", elsewhere.url()));
    let error = error(&github, POLICY);
    let error = error.replace(elsewhere.url(), "https://elsewhere.test");
    insta::assert_snapshot!(error, @"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: what answers at `https://github.test/api/v3` leads elsewhere, to `https://elsewhere.test`, where the token does not go; check `GITHUB_API_URL`, which the runner sets, and whether a proxy or a login page stands between");
    assert_eq!(elsewhere.requests(), []);
}

#[test]
fn a_github_that_echoes_the_token_is_not_echoed() {
    let github = github(&gate(ANY));
    let body = format!(r#"{{"message":"you sent {}"}}"#, job_token());
    github.answer_with(PATH, 401, &[], &body);
    insta::assert_snapshot!(error(&github, POLICY), @r#"::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: GitHub does not take the token in `github-token`; it says: "you sent ***"; leave `github-token` out for the job's own token, or give one of the GitHub that runs the job, which has not ended"#);
    let policy = format!(
        "version: 1\ngates: {{ default: {{ kinds: [{}] }} }}\n",
        job_token()
    );
    github.answer_with(PATH, 200, &[], &policy);
    insta::assert_snapshot!(error(&github, POLICY), @"::cannot use the policy `acme/.github/ci/patgate.yml@v3`, line 2: an alias stands here, and a policy has no anchors; write a pattern that begins with `*` in quotes");
}

#[test]
fn a_github_that_is_not_there_is_told_by_its_own_name() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", port.local_addr().unwrap());
    drop(port);
    let mut job = crate::runner::Job::new(&nobody, &classic(0));
    let ran = job.main(&mut step(POLICY));
    let log = ran.log.replace(&nobody, "http://nobody.test");
    assert_eq!(ran.status, Some(2));
    insta::assert_snapshot!(log, @"
    patgate 0.1.0
    ::error title=patgate::cannot fetch the policy `acme/.github/ci/patgate.yml@v3`: cannot reach GitHub at `http://nobody.test/api/v3`: the connection was refused; check whether the server is up, and the proxy in `HTTPS_PROXY`, if one is set
    ");
}

#[test]
fn the_time_of_a_run_is_for_its_policy_too() {
    let github = github(&gate(ANY));
    github.fault(PATH, vec![Fault::Silence]);
    let start = Instant::now();
    let (job, ran) = run(&github, step(POLICY).with("timeout", "5s"));
    assert!(start.elapsed() < Duration::from_secs(9));
    assert_eq!(ran.status, Some(2));
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    ::error title=patgate::the token could not be judged within 5 seconds; run the step again, or give it more with the input `timeout`; GitHub's status page and the runner's network tell more
    ");
}

#[test]
fn an_empty_token_is_told_before_anybody_is_asked_for_its_policy() {
    let github = github(&gate(ANY));
    let (_, ran) = run(&github, step(POLICY).with("token", ""));
    assert_eq!(ran.status, Some(2));
    assert!(ran.log.contains("the token is empty"), "{}", ran.log);
    assert_eq!(github.requests(), []);
}

#[test]
fn a_gate_that_the_policy_has_not_is_told_as_elsewhere() {
    let github = github(&gate(ANY));
    let (job, ran) = run(&github, step(POLICY).with("gate", "release"));
    assert_eq!(ran.status, Some(2));
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    ::error title=patgate::cannot use the policy: the policy has no gate `release`; it has `default`; name one of these with the input `gate`, or add the gate to the policy
    ");
}
