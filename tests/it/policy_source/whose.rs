//! Whose token fetches a policy, and from which GitHub.

use fake_github::{Account, FakeGitHub, Visibility};

use super::{POLICY, askers, assert_hidden, building, github, job_token, run, step};
use crate::issue::{ANY, gate, transcript};
use crate::runner::{Job, Step, classic};

#[test]
fn the_token_under_judgement_fetches_nothing() {
    let github = github(&gate(ANY));
    let (_, ran) = run(&github, step(POLICY));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let bearers: Vec<_> = askers(&github).into_iter().map(|(who, _)| who).collect();
    assert_eq!(bearers, [format!("Bearer {}", job_token())]);
    let own = job_token();
    for request in github.requests() {
        let headers = format!("{:?}", request.headers);
        let is_of_file = request.path.contains("/contents/");
        assert_eq!(headers.contains(&own), is_of_file, "{request}");
    }
}

#[test]
fn a_job_without_a_token_of_its_own_fetches_nothing() {
    let github = github(&gate(ANY));
    for token in ["", "  \n", "two words"] {
        let mut job = Job::new(github.url(), &classic(0));
        let ran = job.main(
            &mut Step::new()
                .with("policy", POLICY)
                .with("github-token", token),
        );
        insta::allow_duplicates! {
            insta::assert_snapshot!(transcript(&github, &job, &ran), @"
            patgate 0.1.0
            ::error title=patgate::the policy `acme/.github/ci/patgate.yml@v3` is in another repository, and the input `github-token` holds no token to fetch it with; leave the input out for the job's own token; where there is none, as with act, give one that may read the repository
            --- requests ---

            --- exit 2, 0 leased ---
            ");
        }
    }
}

#[test]
fn blanks_around_the_jobs_token_do_no_harm() {
    let github = github(&gate(ANY));
    let token = format!(" {}\n", job_token());
    let (_, ran) = run(&github, step(POLICY).with("github-token", &token));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn a_policy_in_the_workspace_needs_no_token_of_the_jobs() {
    let github = building().start().unwrap();
    let mut job = Job::on(&github, &classic(0), &gate(ANY));
    let ran = job.main(&mut step(""));
    assert_hidden(&job, &ran);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let own = job_token();
    for request in github.requests() {
        assert!(
            !format!("{:?}", request.headers).contains(&own),
            "{request}"
        );
    }
}

/// Another GitHub, which knows the token that is judged, and must not see the job's own.
fn elsewhere() -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(classic(0), Account::user("octocat").scopes("repo"))
        .start()
        .unwrap()
}

#[test]
fn a_token_of_another_github_is_judged_by_a_policy_of_the_jobs_own() {
    let (home, elsewhere) = (github(&gate(ANY)), elsewhere());
    for with_api in [false, true] {
        let mut job = Job::new(home.url(), &classic(0));
        let api_url = format!("{}/api/v3", home.url());
        if with_api {
            job.env.insert("GITHUB_API_URL".to_owned(), api_url);
        }
        let mut step = step(POLICY).with("server-url", elsewhere.url());
        let ran = job.main(&mut step);
        assert_hidden(&job, &ran);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        assert_eq!(askers(&home).len(), 1);
        assert_eq!(home.requests().len(), 1, "the token is judged elsewhere");
        let own = job_token();
        for request in elsewhere.requests() {
            assert!(
                !format!("{:?}", request.headers).contains(&own),
                "{request}"
            );
        }
        assert!(!elsewhere.requests().is_empty());
        home.forget_requests();
        elsewhere.forget_requests();
    }
}

#[test]
fn an_api_url_of_the_inputs_is_not_where_policies_lie() {
    let (home, elsewhere) = (github(&gate(ANY)), elsewhere());
    let api_url = format!("{}/api/v3", elsewhere.url());
    let (_, ran) = run(&home, step(POLICY).with("api-url", &api_url));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!((askers(&home).len(), askers(&elsewhere).len()), (1, 0));
}

#[test]
fn the_roots_of_the_inputs_are_for_policies_too() {
    let github = github(&gate(ANY));
    let mut job = Job::new(github.tls_url(), &classic(0));
    let refused = job.main(&mut step(POLICY));
    assert_eq!(refused.status, Some(2));
    let why = "comes from an authority that is not trusted here";
    assert!(refused.log.contains(why), "{}", refused.log);
    let ran = job.main(&mut step(POLICY).with("ca-certificates", github.ca_pem()));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(askers(&github).len(), 1);
}

#[test]
fn a_github_api_url_that_is_none_is_told() {
    let github = github(&gate(ANY));
    let mut job = Job::new(github.url(), &classic(0));
    let plain = "http://ghes.example/api/v3".to_owned();
    job.env.insert("GITHUB_API_URL".to_owned(), plain);
    let ran = job.main(&mut step(POLICY));
    insta::assert_snapshot!(transcript(&github, &job, &ran), @"
    patgate 0.1.0
    ::error title=patgate::`GITHUB_API_URL` is no GitHub: it is `http`, and a token never travels in the clear; set up the runner anew; a policy of another repository is fetched from the GitHub that runs the job
    --- requests ---

    --- exit 2, 0 leased ---
    ");
}
