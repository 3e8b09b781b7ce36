//! What git's door says by itself, in a text that git would show as `remote:`.

use fake_github::{Account, FakeGitHub, Right};

use super::{github, peoples};
use crate::kinds::{look, row, verdict};
use crate::runner::{fine_grained, installation};

const FETCH: &str = "/acme/docs.git/info/refs?service=git-upload-pack";
const PUSH: &str = "/acme/site.git/info/refs?service=git-receive-pack";
const RULES: &str = "    repositories: { acme/docs: fetch, acme/site: push }";

/// A fine-grained token that the API has nothing against.
fn fine_grained_on_github() -> FakeGitHub {
    let (_, token, account) = peoples()[1].clone();
    github(&token, account, None)
}

/// What is said of a door that answers so.
#[track_caller]
fn look_at_door(github: &FakeGitHub, status: u16, headers: &[(&str, &str)], body: &str) -> String {
    for path in [FETCH, PUSH] {
        github.answer_with(path, status, headers, body);
    }
    let shown = look(github, &fine_grained(), RULES);
    let (said, asked) = shown.split_once("\n> ").unwrap();
    let once = format!(
        "GET /api/v3/user 200\n> GET {FETCH} {status}\n> GET {PUSH} {status}\n> \
         GET /api/v3/repos/acme/docs 200\n> GET /api/v3/repos/acme/site 200\nexit 1"
    );
    assert_eq!(asked, once, "each is asked about once, at each door");
    verdict(said).to_owned()
}

const TEXT: (&str, &str) = ("content-type", "text/plain; charset=UTF-8");

/// What git's door says of a token that it knows, with the status.
fn of_the_token() -> Vec<(&'static str, u16, String)> {
    let page = "https://github.com/orgs/acme/sso?authorization_request=A1B2";
    let visit = format!("To access this repository, visit {page} and try your request again.");
    let saml = "The 'acme' organization has enabled or enforced SAML SSO.";
    let again =
        "To access this repository, you must re-authorize the OAuth Application `octo-app`.";
    vec![
        ("no contents", 403, "Write access to repository not granted.".to_owned()),
        ("no right to push", 403, "Permission to acme/site.git denied to octocat.".to_owned()),
        (
            "a bot without it",
            403,
            "Permission to acme/site.git denied to github-actions[bot].".to_owned(),
        ),
        (
            "no classic tokens",
            403,
            "Personal access tokens (classic) are forbidden from accessing this repository.".to_owned(),
        ),
        ("single sign-on", 403, format!("{saml}\n{visit}\n")),
        ("single sign-on, of an app", 403, format!("{saml}\n{again}\n")),
        (
            "a suspended account",
            403,
            "Your account is suspended. Please visit https://support.github.com for more information.".to_owned(),
        ),
    ]
}

/// What it says of the repository, or of a token that it does not know.
fn of_anything_else() -> Vec<(&'static str, u16, String)> {
    vec![
        ("an archive", 403, "This repository was archived so it is read-only.".to_owned()),
        ("a blocked repository", 451, "Repository unavailable due to DMCA takedown.".to_owned()),
        ("nothing of that name", 404, "Repository not found.".to_owned()),
        (
            "no such token",
            401,
            "Invalid username or token. Password authentication is not supported for Git operations.".to_owned(),
        ),
        ("no such token, in older words", 401, "Invalid username or password.".to_owned()),
        ("words that nobody knows", 403, "Computer says no.".to_owned()),
        ("no words", 403, String::new()),
    ]
}

/// What is said of each text.
#[track_caller]
fn looks(texts: Vec<(&str, u16, String)>) -> String {
    let github = fine_grained_on_github();
    texts
        .into_iter()
        .fold(String::new(), |all, (name, status, body)| {
            all + &row(name, &look_at_door(&github, status, &[TEXT], &body))
        })
}

#[test]
fn each_text_about_the_token_is_told_by_its_cause() {
    insta::assert_snapshot!(looks(of_the_token()), @"
    # no contents
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen contents: none, metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the token has not the permission for the repository's contents that this takes; give the token the permission `contents` for this repository: `read` to fetch, `write` to push

    # no right to push
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub denies it to `octocat`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: GitHub denies it to `octocat`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push

    # a bot without it
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub denies it to `github-actions[bot]`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: GitHub denies it to `github-actions[bot]`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push

    # no classic tokens
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`

    # single sign-on
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=A1B2
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=A1B2

    # single sign-on, of an app
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token for the organization: `Configure SSO` beside it in its owner's settings
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token for the organization: `Configure SSO` beside it in its owner's settings

    # a suspended account
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account
    ");
}

#[test]
fn each_text_about_the_repository_is_told_by_its_cause() {
    insta::assert_snapshot!(looks(of_anything_else()), @r#"
    # an archive
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: the repository is archived, and nobody can push to it; unarchive the repository in its settings, or ask for `fetch` in the policy
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the repository is archived, and nobody can push to it; unarchive the repository in its settings, or ask for `fetch` in the policy

    # a blocked repository
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub has blocked the repository; ask GitHub's support; no token opens a blocked repository
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: GitHub has blocked the repository; ask GitHub's support; no token opens a blocked repository

    # nothing of that name
    acme/docs: not visible
    acme/site: not visible
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::GitHub shows the token no repository `acme/docs`, where the policy wants `fetch`; give the token access to `acme/docs`, have its owner approve it, or correct the name
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=39::GitHub shows the token no repository `acme/site`, where the policy wants `push`; give the token access to `acme/site`, have its owner approve it, or correct the name

    # no such token
    acme/docs: unknown: git's door does not take the token
    acme/site: unknown: git's door does not take the token
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: git's door does not take the token; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: git's door does not take the token; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # no such token, in older words
    acme/docs: unknown: git's door does not take the token
    acme/site: unknown: git's door does not take the token
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: git's door does not take the token; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: git's door does not take the token; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # words that nobody knows
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub says "Computer says no."; give the token the permission `contents: read`, or the scope `repo`
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: GitHub says "Computer says no."; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push

    # no words
    acme/docs: no fetch
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub says nothing; give the token the permission `contents: read`, or the scope `repo`
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: GitHub says nothing; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    "#);
}

/// They come with no verdict of GitHub's.
#[test]
fn what_is_not_gits_door_is_unknown() {
    let html = ("content-type", "text/html");
    let other = (
        "content-type",
        "application/x-git-upload-archive-advertisement",
    );
    let github = fine_grained_on_github();
    let mut all = String::new();
    for (name, status, headers, body) in [
        ("a login page", 200, vec![html], "<html>Sign in</html>"),
        ("another service", 200, vec![other], "0000"),
        ("nothing", 204, vec![], ""),
        ("a question in bad form", 400, vec![TEXT], "Bad Request"),
        ("gone", 410, vec![TEXT], "Gone"),
        (
            "a page elsewhere",
            302,
            vec![("location", "https://login.example/")],
            "",
        ),
        ("a page nowhere", 301, vec![], ""),
    ] {
        all += &row(name, &look_at_door(&github, status, &headers, body));
    }
    insta::assert_snapshot!(all, @"
    # a login page
    acme/docs: unknown: a web page answers in git's place
    acme/site: unknown: a web page answers in git's place
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # another service
    acme/docs: unknown: a web page answers in git's place
    acme/site: unknown: a web page answers in git's place
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: a web page answers in git's place; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # nothing
    acme/docs: unknown: HTTP 204
    acme/site: unknown: HTTP 204
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: HTTP 204; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: HTTP 204; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # a question in bad form
    acme/docs: unknown: HTTP 400
    acme/site: unknown: HTTP 400
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: HTTP 400; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: HTTP 400; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # gone
    acme/docs: unknown: HTTP 410
    acme/site: unknown: HTTP 410
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: HTTP 410; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: HTTP 410; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # a page elsewhere
    acme/docs: unknown: it is redirected to another host
    acme/site: unknown: it is redirected to another host
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: it is redirected to another host; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: it is redirected to another host; run the step again, or allow it with `levels: { repositories/unknown: warn }`

    # a page nowhere
    acme/docs: unknown: it is redirected to another host
    acme/site: unknown: it is redirected to another host
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=21::it is not known what the token can do with `acme/docs`: it is redirected to another host; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: it is redirected to another host; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ");
}

fn for_a_job(right: Right) -> (FakeGitHub, String) {
    let token = installation();
    let account = Account::installation("acme").right("acme/site", right);
    (github_of_job(&token, account), token)
}

fn github_of_job(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", fake_github::Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

/// The token of a fork's pull request, or of a workflow that does not ask for more.
#[test]
fn a_jobs_own_token_that_only_reads_is_told_as_such() {
    let (github, token) = for_a_job(Right::Fetch);
    let shown = look(&github, &token, "    repositories: { acme/site: push }");
    insta::assert_snapshot!(shown, @"
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    acme/site: no push
    of its permissions can be seen metadata: read
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=21::the token may not push to `acme/site`, which the policy wants: GitHub denies it to `github-actions[bot]`; give the token the permission `contents: write` or the scope `repo`, and its owner the right to push
    > GET /api/v3/installation/repositories?per_page=100 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > POST /api/graphql 200
    exit 1
    ");
}

/// Where the API knows better why the door is shut, its cause is the one that is told.
#[test]
fn a_door_that_is_vague_is_explained_by_the_api() {
    let github = fine_grained_on_github();
    let blocked = r#"{"message":"Repository access blocked","block":{"reason":"dmca","created_at":"2026-01-02T00:00:00Z","html_url":null}}"#;
    github.answer_with("/api/v3/repos/acme/docs", 451, &[], blocked);
    let text = "Access to this repository has been disabled by GitHub staff.";
    github.answer_with(FETCH, 403, &[TEXT], text);
    let page = "required; url=https://github.com/orgs/acme/sso?authorization_request=A1B2";
    let sso = r#"{"message":"Resource protected by organization SAML enforcement. You must grant your Personal Access token access to this organization."}"#;
    github.answer_with(
        "/api/v3/repos/acme/site",
        403,
        &[("x-github-sso", page)],
        sso,
    );
    let text = "The 'acme' organization has enabled or enforced SAML SSO.";
    github.answer_with(PUSH, 403, &[TEXT], text);
    insta::assert_snapshot!(look(&github, &fine_grained(), RULES), @"
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    acme/docs: no fetch
    acme/site: no push
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unreachable,file=.github/patgate.yml,line=4,col=21::the token may not fetch from `acme/docs`, which the policy wants: GitHub has blocked the repository, for `dmca`; ask GitHub's support; no token opens a blocked repository
    ::error title=patgate repositories/read-only,file=.github/patgate.yml,line=4,col=39::the token may not push to `acme/site`, which the policy wants: the organization demands single sign-on, and the token is not authorized for it; authorize the token as its owner, within the hour, at https://github.com/orgs/acme/sso?authorization_request=A1B2
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 403
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /api/v3/repos/acme/docs 451
    > GET /api/v3/repos/acme/site 403
    exit 1
    ");
}

/// The API has the reason, and the door has not.
#[test]
fn a_block_is_told_with_the_reason_that_the_api_has() {
    let github = fine_grained_on_github();
    let blocked = r#"{"message":"Repository access blocked","block":{"reason":"dmca"}}"#;
    github.answer_with("/api/v3/repos/acme/docs", 451, &[], blocked);
    github.answer_with(
        FETCH,
        451,
        &[TEXT],
        "Repository unavailable due to DMCA takedown.",
    );
    let shown = look(
        &github,
        &fine_grained(),
        "    repositories: { acme/docs: fetch }",
    );
    assert!(shown.contains("for `dmca`"), "{shown}");
}
