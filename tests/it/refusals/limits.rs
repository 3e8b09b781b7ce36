//! Too much was asked, or GitHub has trouble of its own: no verdict, and a second try where it may help.

use fake_github::Fault;

use super::{RULES, classic_on_github, look_at_user, said};
use crate::kinds::{look, row};

#[test]
fn a_limit_is_told_and_is_no_verdict() {
    let reset = ("x-ratelimit-reset", "1790000000");
    let used_up = [("x-ratelimit-remaining", "0"), reset];
    let left = [("x-ratelimit-remaining", "4711"), reset];
    let long = [("x-ratelimit-remaining", "4711"), ("retry-after", "3600")];
    let secondary =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
    let abuse = "You have triggered an abuse detection mechanism. Please wait a few minutes before you try again.";
    let (github, _) = classic_on_github();
    let mut all = String::new();
    for (name, status, headers, message) in [
        (
            "a user's",
            403,
            &used_up,
            "API rate limit exceeded for user ID 583231.",
        ),
        (
            "an installation's",
            403,
            &used_up,
            "API rate limit exceeded for installation ID 4711.",
        ),
        (
            "an address's",
            429,
            &used_up,
            "API rate limit exceeded for 1.2.3.4.",
        ),
        ("secondary", 403, &left, secondary),
        ("secondary, as 429", 429, &left, secondary),
        ("secondary, for an hour", 403, &long, secondary),
        ("abuse", 403, &left, abuse),
        ("without words", 429, &left, "Too Many Requests"),
    ] {
        all += &row(
            name,
            &look_at_user(&github, status, headers, &said(message)),
        );
    }
    insta::assert_snapshot!(all, @"
    # a user's
    ::error title=patgate::cannot inspect the token: the requests that GitHub grants the token in an hour are used up, until <instant>; run the step again then, or spread the jobs that use this token
    > GET /api/v3/user 403
    exit 2

    # an installation's
    ::error title=patgate::cannot inspect the token: the requests that GitHub grants the token in an hour are used up, until <instant>; run the step again then, or spread the jobs that use this token
    > GET /api/v3/user 403
    exit 2

    # an address's
    ::error title=patgate::cannot inspect the token: the requests that GitHub grants the token in an hour are used up, until <instant>; run the step again then, or spread the jobs that use this token
    > GET /api/v3/user 429
    exit 2

    # secondary
    ::error title=patgate::cannot inspect the token: GitHub answers no more questions for now; run the step again later, or spread the jobs that use this token
    > GET /api/v3/user 403
    exit 2

    # secondary, as 429
    ::error title=patgate::cannot inspect the token: GitHub answers no more questions for now; run the step again later, or spread the jobs that use this token
    > GET /api/v3/user 429
    exit 2

    # secondary, for an hour
    ::error title=patgate::cannot inspect the token: GitHub answers no more questions for now, and wants 3600 s of rest; run the step again later, or spread the jobs that use this token
    > GET /api/v3/user 403
    exit 2

    # abuse
    ::error title=patgate::cannot inspect the token: GitHub answers no more questions for now; run the step again later, or spread the jobs that use this token
    > GET /api/v3/user 403
    exit 2

    # without words
    ::error title=patgate::cannot inspect the token: GitHub answers no more questions for now; run the step again later, or spread the jobs that use this token
    > GET /api/v3/user 429
    exit 2
    ");
}

fn fault(status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Fault::Status {
        status,
        headers: headers.iter().map(own).collect(),
        body: body.to_owned(),
    }
}

/// How long a pause is differs from run to run.
fn without_pauses(shown: &str) -> String {
    let words: Vec<_> = shown.split("asked again in ").collect();
    let rest = words[1..].iter();
    let rest = rest.map(|part| part.split_once(" s,").map_or(*part, |(_, rest)| rest));
    let parts: Vec<_> = [words[0]].into_iter().chain(rest).collect();
    parts.join("asked again in a moment,")
}

#[test]
fn a_trouble_that_passes_is_waited_for() {
    let json = ("content-type", "application/json");
    let unicorn = "<!DOCTYPE html><html><title>Unicorn! &middot; GitHub</title></html>";
    let busy = "No server is currently available to service your request. Sorry about that.";
    let secondary = said("You have exceeded a secondary rate limit.");
    let own = ("x-github-request-id", "C0DE:1");
    let short = [json, own, ("retry-after", "1")];
    let mut all = String::new();
    for (name, path, faults) in [
        (
            "the first question",
            "/api/v3/user",
            vec![fault(502, &[], unicorn), fault(504, &[], busy)],
        ),
        (
            "a repository",
            "/api/v3/repos/acme/site",
            vec![fault(503, &[json], &said(busy))],
        ),
        (
            "git's door",
            "/acme/site.git/info/refs?service=git-receive-pack",
            vec![fault(429, &short, &secondary), Fault::Reset],
        ),
    ] {
        let (github, token) = classic_on_github();
        github.fault(path, faults);
        let shown = without_pauses(&look(
            &github,
            &token,
            "    repositories: { acme/site: push }",
        ));
        all += &row(name, &shown);
    }
    insta::assert_snapshot!(all, @"
    # the first question
    GET /api/v3/user: GitHub is out of order: HTTP 502; asked again in a moment, for the second time
    GET /api/v3/user: GitHub is out of order: HTTP 504; asked again in a moment, for the third time
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 502
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/user 200
    > GET /api/v3/user 504
    exit 0

    # a repository
    GET /api/v3/repos/acme/site: GitHub is out of order: HTTP 503; asked again in a moment, for the second time
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > GET /api/v3/repos/acme/site 503
    exit 0

    # git's door
    GET /acme/site.git/info/refs?service=git-receive-pack: GitHub answers no more questions for now, and wants 1 s of rest; asked again in a moment, for the second time
    GET /acme/site.git/info/refs?service=git-receive-pack: cannot reach GitHub at `https://github.test`: the connection was torn down; asked again in a moment, for the third time
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    acme/site: fetch and push
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 0
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 429
    > GET /api/v3/repos/acme/site 200
    exit 0
    ");
}

#[test]
fn a_trouble_that_stays_is_told_in_the_end() {
    let (github, token) = classic_on_github();
    let json = [("content-type", "application/json")];
    let busy = said("No server is currently available to service your request.");
    github.answer_with("/api/v3/user", 503, &json, &busy);
    insta::assert_snapshot!(without_pauses(&look(&github, &token, RULES)), @"
    GET /api/v3/user: GitHub is out of order: HTTP 503; asked again in a moment, for the second time
    GET /api/v3/user: GitHub is out of order: HTTP 503; asked again in a moment, for the third time
    GET /api/v3/user: GitHub is out of order: HTTP 503; asked again in a moment, for the fourth time
    ::error title=patgate::cannot inspect the token: GitHub is out of order: HTTP 503; run the step again; GitHub's status page, or the server's administrators, tell more
    > GET /api/v3/user 503
    > GET /api/v3/user 503
    > GET /api/v3/user 503
    > GET /api/v3/user 503
    exit 2
    ");
}

/// Of one repository nothing is known, and of the others all is.
#[test]
fn a_limit_in_the_middle_makes_one_repository_unknown() {
    let (github, token) = classic_on_github();
    let used_up = [
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1790000000"),
    ];
    let message = "API rate limit exceeded for user ID 583231.";
    github.answer_with("/api/v3/repos/acme/site", 403, &used_up, &said(message));
    let service = "/acme/site.git/info/refs?service=git-receive-pack";
    github.answer_with(service, 403, &used_up, message);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    acme/docs: fetch
    acme/site: unknown: the requests that GitHub grants the token in an hour are used up, until <instant>
    acme/vault: fetch
    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    ::error title=patgate repositories/unknown,file=.github/patgate.yml,line=4,col=39::it is not known what the token can do with `acme/site`: the requests that GitHub grants the token in an hour are used up, until <instant>; run the step again, or allow it with `levels: { repositories/unknown: warn }`
    ::error title=patgate repositories/reachable,file=.github/patgate.yml,line=4,col=56::the token can fetch from `acme/vault`, where the policy has `none`; remove `acme/vault` from the token, or make a token that does not have it
    > GET /api/v3/user 200
    > GET /acme/docs.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 403
    > GET /acme/vault.git/info/refs?service=git-upload-pack 200
    > GET /api/v3/repos/acme/docs 200
    > GET /api/v3/repos/acme/site 403
    > GET /api/v3/repos/acme/vault 200
    exit 1
    ");
}
