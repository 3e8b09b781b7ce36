//! Answers that speak of the token itself: it is none, or it is forbidden everywhere.

use fake_github::{Account, FakeGitHub, Server};

use super::{classic_on_github, github, look_at_user, peoples, said};
use crate::kinds::{legacy, look, oauth, row, user_to_server, verdict};
use crate::runner::{classic, fine_grained, installation};

const ANY: &str = "    levels: { expiry/soon: warn }";

/// Wrong, expired and revoked are one answer, and one question is enough.
#[test]
fn each_kind_that_github_does_not_know_is_asked_about_once() {
    let other = classic(1);
    let mut all = String::new();
    for (name, token) in [
        ("classic", classic(0)),
        ("fine-grained", fine_grained()),
        ("oauth", oauth()),
        ("user-to-server", user_to_server()),
        ("installation", installation()),
        ("legacy", legacy()),
    ] {
        let github = github(&other, Account::user("octocat"), None);
        all += &row(name, &look(&github, &token, super::RULES));
    }
    insta::assert_snapshot!(all, @"
    # classic
    the token has the form of a classic personal access token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1

    # fine-grained
    the token has the form of a fine-grained personal access token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1

    # oauth
    the token has the form of an OAuth token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1

    # user-to-server
    the token has the form of a user-to-server token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1

    # installation
    the token has the form of an installation token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/installation/repositories?per_page=100 401
    exit 1

    # legacy
    the token has the form of a legacy token of 40 hexadecimal digits, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which (40 hexadecimal digits may also be a commit, or the secret of an OAuth app); make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/user 401
    exit 1
    ");
}

/// There, a fine-grained token can only be another GitHub's.
#[test]
fn a_server_that_has_no_fine_grained_tokens_is_named() {
    let token = fine_grained();
    for (version, has_none) in [("3.9.20", true), ("3.10.0", false)] {
        let server = Server::Enterprise(version.to_owned());
        let github = FakeGitHub::builder().server(server).start().unwrap();
        let shown = look(&github, &token, super::RULES);
        assert!(shown.contains("token/refused"), "{shown}");
        let told = format!("GitHub Enterprise Server {version}");
        assert_eq!(shown.contains(&told), has_none, "{shown}");
    }
}

/// What GitHub says of a token that it knows and forbids, by the cause.
fn causes() -> Vec<(&'static str, String)> {
    let correct = "Although you appear to have the correct authorization credentials";
    let (forbids, adjust) = (
        "forbids access via a",
        "Please adjust your token's lifetime at the following URL: https://github.com/settings",
    );
    vec![
        ("suspended", "Sorry. Your account was suspended.".to_owned()),
        (
            "an IP allow list that tells the address",
            format!(
                "{correct}, the `acme` organization has an IP allow list enabled, and your IP address 1.2.3.4 is not permitted to access this resource."
            ),
        ),
        (
            "an IP allow list that does not",
            format!(
                "{correct}, the `acme` organization has an IP allow list enabled, and your IP address is not permitted to access this resource."
            ),
        ),
        (
            "an OAuth app that nobody approved",
            format!(
                "{correct}, the `acme` organization has enabled OAuth App access restrictions, meaning that data access to third-parties is limited. For more information on these restrictions, including how to enable this app, visit https://docs.github.com/articles/restricting-access-to-your-organization-s-data/"
            ),
        ),
        (
            "too many wrong credentials",
            "Maximum number of login attempts exceeded. Please try again later.".to_owned(),
        ),
        (
            "a fine-grained lifetime",
            format!(
                "The 'acme' organization {forbids} fine-grained personal access tokens if the token's lifetime is greater than 366 days. {adjust}/personal-access-tokens/4711"
            ),
        ),
        (
            "a classic lifetime",
            format!(
                "The 'acme' organization {forbids} personal access tokens (classic) if the token's lifetime is greater than 180 days. {adjust}/tokens/4711"
            ),
        ),
        (
            "an enterprise's lifetime",
            format!(
                "The 'octo' enterprise {forbids} personal access tokens (classic) if the token's lifetime is greater than 90 days. {adjust}/tokens/4711"
            ),
        ),
        (
            "a lifetime in the singular, without a page",
            format!(
                "The 'acme' organization {forbids} personal access token (classic) if the token's lifetime is greater than 8 days."
            ),
        ),
        (
            "no classic tokens",
            format!(
                "`acme` {forbids} personal access token (classic). Please use a GitHub App, OAuth App, or a personal access token with fine-grained permissions."
            ),
        ),
        (
            "no fine-grained tokens",
            format!(
                "`acme` {forbids} personal access token with fine-grained permissions. Please use a GitHub App, or an OAuth App."
            ),
        ),
        ("words that nobody knows", "Computer says no.".to_owned()),
    ]
}

#[test]
fn each_refusal_of_the_token_is_told_by_its_cause() {
    let (github, _) = classic_on_github();
    let mut all = String::new();
    for (name, message) in causes() {
        all += &row(
            name,
            verdict(&look_at_user(&github, 403, &[], &said(&message))),
        );
    }
    insta::assert_snapshot!(all, @r#"
    # suspended
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account
    > GET /api/v3/user 403
    exit 1

    # an IP allow list that tells the address
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` lets in listed addresses only, and this runner's `1.2.3.4` is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    > GET /api/v3/user 403
    exit 1

    # an IP allow list that does not
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` lets in listed addresses only, and this runner's is not one of them; have an owner of the organization put the runner's address on its allow list, or use a runner that is on it
    > GET /api/v3/user 403
    exit 1

    # an OAuth app that nobody approved
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` restricts OAuth apps, and has not approved the one that the token is of; have an owner of the organization approve the app, or use a token of another kind
    > GET /api/v3/user 403
    exit 1

    # too many wrong credentials
    > GET /api/v3/user 403
    exit 2

    # a fine-grained lifetime
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids tokens that live longer than 366 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/personal-access-tokens/4711
    > GET /api/v3/user 403
    exit 1

    # a classic lifetime
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids tokens that live longer than 180 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    > GET /api/v3/user 403
    exit 1

    # an enterprise's lifetime
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the enterprise `octo` forbids tokens that live longer than 90 days from their making to their end, as those do that never expire; give the token an earlier end, at https://github.com/settings/tokens/4711
    > GET /api/v3/user 403
    exit 1

    # a lifetime in the singular, without a page
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids tokens that live longer than 8 days from their making to their end, as those do that never expire; make a token that lives at most 8 days in all
    > GET /api/v3/user 403
    exit 1

    # no classic tokens
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`
    > GET /api/v3/user 403
    exit 1

    # no fine-grained tokens
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the organization `acme` forbids every fine-grained personal access token; use a GitHub App, with `client-id` and `private-key`
    > GET /api/v3/user 403
    exit 1

    # words that nobody knows
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: GitHub says "Computer says no."; ask an owner of the organization, or make a token of the kind that its rules allow
    > GET /api/v3/user 403
    exit 1
    "#);
}

/// GitHub's wording varies with the years, in its case too.
#[test]
fn the_same_in_capitals_is_the_same() {
    let (github, _) = classic_on_github();
    let mut all = String::new();
    for message in [
        "SORRY. YOUR ACCOUNT WAS SUSPENDED.",
        "`acme` FORBIDS ACCESS VIA A PERSONAL ACCESS TOKEN (CLASSIC).",
        "THE 'acme' ORGANIZATION FORBIDS ACCESS VIA A PERSONAL ACCESS TOKENS (CLASSIC) IF THE TOKEN'S LIFETIME IS GREATER THAN 90 DAYS.",
        "RESOURCE PROTECTED BY ORGANIZATION SAML ENFORCEMENT.",
    ] {
        let shown = look_at_user(&github, 403, &[], &said(message));
        let told = shown.lines().find_map(|line| line.split_once("its use: "));
        all += &row(message, told.map_or(shown.as_str(), |told| told.1));
    }
    insta::assert_snapshot!(all, @"
    # SORRY. YOUR ACCOUNT WAS SUSPENDED.
    the account of the token is suspended; ask an administrator of this GitHub, or use a token of another account

    # `acme` FORBIDS ACCESS VIA A PERSONAL ACCESS TOKEN (CLASSIC).
    the organization `acme` forbids every classic personal access token; use a fine-grained token, or a GitHub App with `client-id` and `private-key`

    # THE 'acme' ORGANIZATION FORBIDS ACCESS VIA A PERSONAL ACCESS TOKENS (CLASSIC) IF THE TOKEN'S LIFETIME IS GREATER THAN 90 DAYS.
    the organization `acme` forbids tokens that live longer than 90 days from their making to their end, as those do that never expire; make a token that lives at most 90 days in all

    # RESOURCE PROTECTED BY ORGANIZATION SAML ENFORCEMENT.
    the organization demands single sign-on, and the token is not authorized for it; authorize the token for the organization: `Configure SSO` beside it in its owner's settings
    ");
}

/// The token is a good one that the question is not for; every token may ask for its limits.
#[test]
fn a_question_that_is_not_for_the_token_says_nothing_against_it() {
    for message in [
        "Resource not accessible by personal access token",
        "Resource not accessible by integration",
    ] {
        let (_, token, account) = peoples()[1].clone();
        let github = github(&token, account, None);
        github.answer_with("/api/v3/user", 403, &[], &said(message));
        let shown = look(&github, &token, ANY);
        assert!(shown.contains("allow, no findings"), "{shown}");
        assert!(shown.contains("> GET /api/v3/rate_limit 200"), "{shown}");
    }
}

#[test]
fn an_answer_that_speaks_of_something_else_is_no_verdict() {
    let (github, _) = classic_on_github();
    let mut all = String::new();
    let html = [("content-type", "text/html")];
    let agent = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header (https://docs.github.com/rest).";
    for (name, status, headers, body) in [
        ("the credential was taken out", 401, &[][..], said("Requires authentication")),
        ("nothing of that name", 404, &[], said("Not Found")),
        ("a question in bad form", 422, &[], said("Validation Failed")),
        ("the name of the client was taken out", 403, &[], agent.to_owned()),
        ("a login page", 200, &html, "<!DOCTYPE html><html>Sign in</html>".to_owned()),
        ("a proxy's own 403", 403, &html, "<html>Blocked by policy</html>".to_owned()),
        ("a proxy's own 407", 407, &html, "<html>Who are you?</html>".to_owned()),
        (
            "maintenance",
            503,
            &html,
            "<html><head><title>GitHub Enterprise is currently down for maintenance</title></head></html>".to_owned(),
        ),
    ] {
        all += &row(name, &look_at_user(&github, status, headers, &body));
    }
    insta::assert_snapshot!(all, @r#"
    # the credential was taken out
    ::error title=patgate::cannot inspect the token: GitHub did not see the token: something between takes it out of the request; have the proxy pass the header `Authorization` on to this host
    > GET /api/v3/user 401
    exit 2

    # nothing of that name
    ::error title=patgate::cannot inspect the token: GitHub answers with HTTP 404, which this question does not have; it says: "Not Found"; check `server-url` and `api-url`
    > GET /api/v3/user 404
    exit 2

    # a question in bad form
    ::error title=patgate::cannot inspect the token: GitHub answers with HTTP 422, which this question does not have; it says: "Validation Failed"; check `server-url` and `api-url`
    > GET /api/v3/user 422
    exit 2

    # the name of the client was taken out
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 403 and no JSON; check `server-url` and `api-url`, and whether a proxy or a login page stands between
    > GET /api/v3/user 403
    exit 2

    # a login page
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 200 and a web page, such as a proxy or a login sends; check `server-url` and `api-url`, and whether a proxy or a login page stands between
    > GET /api/v3/user 200
    exit 2

    # a proxy's own 403
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` is not GitHub's API: HTTP 403 and a web page, such as a proxy or a login sends; check `server-url` and `api-url`, and whether a proxy or a login page stands between
    > GET /api/v3/user 403
    exit 2

    # a proxy's own 407
    ::error title=patgate::cannot inspect the token: the proxy between here and GitHub refuses: HTTP 407; correct the name and the password in `HTTPS_PROXY`, or name the host in `NO_PROXY`
    > GET /api/v3/user 407
    exit 2

    # maintenance
    ::error title=patgate::cannot inspect the token: the GitHub Enterprise Server at `https://github.test/api/v3` is down for maintenance; run the step again when the maintenance is over
    > GET /api/v3/user 503
    exit 2
    "#);
}

/// Some proxies lead to their own pages.
#[test]
fn a_login_page_elsewhere_never_gets_the_token() {
    let (github, token) = classic_on_github();
    github.redirect("/api/v3/user", "https://login.example/?next=github");
    insta::assert_snapshot!(look(&github, &token, ANY), @"
     --> .github/patgate.yml:4:15
      |
    4 |     levels: { expiry/soon: warn }
      |               ^^^^^^^^^^^^^^^^^
    ::warning title=patgate,file=.github/patgate.yml,line=4,col=15::the policy is doubtful: nothing in this gate demands `expiry/soon`, so that its level is of no use
    ::error title=patgate::cannot inspect the token: what answers at `https://github.test/api/v3` leads elsewhere, to `https://login.example`, where the token does not go; give the address that it leads to as `server-url` or `api-url`, if that is your GitHub
    > GET /api/v3/user 302
    exit 2
    ");
}

/// GitHub refuses good tokens too, and has said nothing of this one.
#[test]
fn a_lock_out_is_no_verdict_on_the_token() {
    let (github, _) = classic_on_github();
    let message = "Maximum number of login attempts exceeded. Please try again later.";
    let shown = look_at_user(&github, 403, &[], &said(message));
    assert!(shown.ends_with("exit 2"), "{shown}");
    assert!(!shown.contains("knows the token"), "{shown}");
}
