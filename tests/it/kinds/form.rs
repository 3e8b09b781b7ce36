//! The form of a token: what it tells before anybody is asked, and what only GitHub can tell.

use fake_github::{Account, FakeGitHub, Installed, Right, Visibility};
use jiff::{SignedDuration, Timestamp};

use super::{
    ALL_KINDS, assert_harmless, claims, legacy, line, look, look_at, oauth, row, stateless,
    user_to_server,
};
use crate::issue::gate;
use crate::runner::{DAY, Job, Step, classic, expiry_in, fine_grained, installation};

fn github(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

/// A token of each form, and its account.
fn forms() -> Vec<(&'static str, String, Account)> {
    let octocat = || Account::user("octocat").expires(expiry_in(DAY * 30));
    let app = || Account::installation("acme").right("acme/site", Right::Push);
    let end = Timestamp::now() + SignedDuration::from_mins(30);
    vec![
        ("ghp_", classic(0), octocat().scopes("repo")),
        ("github_pat_", fine_grained(), octocat()),
        (
            "gho_",
            oauth(),
            Account::user("octocat")
                .scopes("gist, repo")
                .client_id("0a1b2c3d4e5f6a7b8c9d"),
        ),
        (
            "ghu_",
            user_to_server(),
            Account::user("octocat")
                .expires(expiry_in(SignedDuration::from_hours(7)))
                .client_id("Iv23liPatgateCanary1")
                .installed_on(Installed::on("acme").permission("contents", "read")),
        ),
        ("ghs_ and 36 characters", installation(), app()),
        (
            "ghs_ and a JWT, of Actions",
            stateless(15368, &claims(15368, end)),
            app(),
        ),
        (
            "ghs_ and a JWT, of another app",
            stateless(123_456, &claims(123_456, end)),
            app().slug("octo-app"),
        ),
        ("v1. and 40 digits", format!("v1.{}", legacy()), app()),
        ("40 digits", legacy(), octocat().scopes("repo")),
    ]
}

#[test]
fn each_form_is_a_kind_and_asked_about_in_its_own_way() {
    let mut all = String::new();
    for (name, token, account) in forms() {
        let github = github(&token, account);
        all += &row(name, &look(&github, &token, ALL_KINDS));
    }
    insta::assert_snapshot!(all, @"
    # ghp_
    the token is a classic personal access token of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # github_pat_
    the token is a fine-grained personal access token of `octocat`; it expires at <instant>, in 29 days; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # gho_
    the token is an OAuth token of `octocat`, issued to the app `0a1b2c3d4e5f6a7b8c9d`; it never expires; its scopes are gist, repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0

    # ghu_
    the token is a user-to-server token of `octocat`, issued to the app `Iv23liPatgateCanary1`; it expires at <instant>, in 6 hours; it has permissions in place of scopes
    its permissions are contents: read, metadata: read
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0

    # ghs_ and 36 characters
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # ghs_ and a JWT, of Actions
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # ghs_ and a JWT, of another app
    the token is an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # v1. and 40 digits
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # 40 digits
    the token is a legacy token of 40 hexadecimal digits of `octocat`; it expires at <instant>, in 29 days; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    exit 0
    ");
}

#[test]
fn each_kind_is_one_that_a_policy_can_name() {
    for (name, token, account) in forms() {
        let github = github(&token, account);
        let mut job = Job::on(&github, &token, &gate(ALL_KINDS));
        let (_, ran) = look_at(&github, &mut job);
        let kind = ran.outputs["token-kind"].clone();
        let others = ALL_KINDS.replace(&format!("{kind}, "), "");
        let others = others.replace(&format!(", {kind}"), "");
        for (rules, status) in [(format!("    kinds: [{kind}]"), 0), (others, 1)] {
            job.write_policy(&gate(&rules));
            let (shown, ran) = look_at(&github, &mut job);
            assert_eq!(ran.status, Some(status), "{name}: {shown}");
        }
    }
}

#[test]
fn what_is_no_token_is_told_by_its_name_and_sent_nowhere() {
    let github = github(&classic(0), Account::user("octocat"));
    let mut job = Job::on(&github, &classic(0), &gate(ALL_KINDS));
    let pem = ["-----BEGIN RSA PRIVATE", " KEY-----\nMIIEcanarycanary\n"].concat();
    let mut all = String::new();
    for (name, secret) in [
        ("a refresh token", ["ghr", &"x".repeat(76)].join("_")),
        (
            "a JWT",
            "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2lnbmF0dXJl".to_owned(),
        ),
        ("a private key", pem),
        ("an app's number", "123456".to_owned()),
        ("a client id", "Iv23liPatgateCanary1".to_owned()),
        ("an older client id", "Iv1.0a1b2c3d4e5f6a7b".to_owned()),
        (
            "a URL with a token in it",
            format!("https://x-access-token:{}@github.com", classic(1)),
        ),
        (
            "the token of the documentation",
            ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_"),
        ),
        ("a part of a token", classic(1)[..30].to_owned()),
        ("a part of another", fine_grained()[..60].to_owned()),
        ("another service's", "glpat-abcdefghij0123456789".to_owned()),
        ("40 capitals", legacy().to_uppercase()),
    ] {
        let ran = job.main(&mut Step::new().with("token", &secret));
        let log = job.stable(&ran.log);
        assert!(!log.contains(&secret), "{name}: {log}");
        let told = log
            .split_once("unusable: ")
            .map_or(log.as_str(), |told| told.1);
        assert_eq!(ran.status, Some(2), "{name}: {log}");
        all += &line(name, told);
    }
    assert_eq!(
        github.requests(),
        [],
        "nobody is asked about what is no token"
    );
    insta::assert_snapshot!(all, @"
    a refresh token: the secret is a refresh token, which only makes other tokens; store the access token that came with it; its prefix is `ghu_`
    a JWT: the secret is a JWT, with which an app asks for tokens; give the app's `client-id` and `private-key`, or an installation token that was made with it
    a private key: the secret is a private key or a certificate, not a token; give a GitHub App's key as `private-key`, with the app's `client-id`, or store a token in the secret
    an app's number: the secret is the id of a GitHub App or OAuth app, not a token; give it as `client-id`, with the app's `private-key`, or store the token itself in the secret
    a client id: the secret is the id of a GitHub App or OAuth app, not a token; give it as `client-id`, with the app's `private-key`, or store the token itself in the secret
    an older client id: the secret is the id of a GitHub App or OAuth app, not a token; give it as `client-id`, with the app's `private-key`, or store the token itself in the secret
    a URL with a token in it: the secret is a URL, not a token; store the token alone in the secret, with nothing before, behind or between
    the token of the documentation: the secret is an example from documentation, not a token; make a token in GitHub's settings and copy all of it into the secret
    a part of a token: the token is cut off: it is shorter than any of its kind; make a token in GitHub's settings and copy all of it into the secret
    a part of another: the token is cut off: it is shorter than any of its kind; make a token in GitHub's settings and copy all of it into the secret
    another service's: the secret has no prefix that GitHub issues, such as `github_pat_`; check that the secret is a GitHub token and not one of another service
    40 capitals: the secret has no prefix that GitHub issues, such as `github_pat_`; check that the secret is a GitHub token and not one of another service
    ");
}

#[test]
fn a_checksum_that_fits_is_not_spoken_of() {
    for (prefix, body) in [
        ("ghp", format!("{}0uCPlr", "A".repeat(30))),
        ("ghp", "PATGATEtestVECTOR0123456789abc1ETiws".to_owned()),
        ("gho", "abcdefghijklmnopqrstuvwxyz01232LolCm".to_owned()),
        ("gho", "patgateVector0007zzzzzzzzzzzzz0bctXe".to_owned()),
        ("ghu", "patgateVector00620zzzzzzzzzzzz00kKki".to_owned()),
    ] {
        let token = [prefix, body.as_str()].join("_");
        let github = github(&token, Account::user("octocat").scopes(""));
        let shown = look(&github, &token, ALL_KINDS);
        assert!(shown.contains("no findings"), "{prefix}_{body}: {shown}");
    }
}

#[test]
fn a_form_that_does_not_fit_is_a_doubt_and_only_github_decides() {
    let mut all = String::new();
    let swapped = |token: String| token.replacen("VECTOR", "vector", 1);
    let mut inside = fine_grained();
    inside.replace_range(20..21, "x");
    let long = |prefix: &str| format!("{prefix}_{}", "patgateCANARY01".repeat(17));
    for (name, token) in [
        ("ghp_ with a mistake in it", swapped(classic(0))),
        (
            "gho_ with a mistake in it",
            swapped(classic(0)).replacen('p', "o", 1),
        ),
        (
            "ghu_ with a mistake in it",
            swapped(classic(0)).replacen('p', "u", 1),
        ),
        ("github_pat_ with a mistake in it", inside),
        (
            "github_pat_ of another length",
            format!("{}0", fine_grained()),
        ),
        ("ghp_ and 255 characters", long("ghp")),
        ("gho_ and 255 characters", long("gho")),
        ("ghu_ and 255 characters", long("ghu")),
        ("ghs_ and 255 characters", long("ghs")),
    ] {
        let account = match &token[..4] {
            "ghs_" => Account::installation("acme").right("acme/site", Right::Push),
            _ => Account::user("octocat").scopes("repo"),
        };
        let github = github(&token, account);
        all += &row(name, &look(&github, &token, ALL_KINDS));
        github.revoke(&token);
        let refused = look(&github, &token, ALL_KINDS);
        assert!(refused.contains("token/refused"), "{name}: {refused}");
    }
    insta::assert_snapshot!(all, @"
    # ghp_ with a mistake in it
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/checksum::the token's checksum does not fit: it may be mistyped, or cut off and completed; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # gho_ with a mistake in it
    the token is an OAuth token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/checksum::the token's checksum does not fit: it may be mistyped, or cut off and completed; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # ghu_ with a mistake in it
    the token is a user-to-server token of `octocat`; it has an unknown expiry: GitHub does not tell; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/checksum::the token's checksum does not fit: it may be mistyped, or cut off and completed; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0

    # github_pat_ with a mistake in it
    the token is a fine-grained personal access token of `octocat`; it never expires; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/checksum::the token's checksum does not fit: it may be mistyped, or cut off and completed; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # github_pat_ of another length
    the token is a fine-grained personal access token of `octocat`; it never expires; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/shape::the token does not look like a fine-grained personal access token; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # ghp_ and 255 characters
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/shape::the token does not look like a classic personal access token; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # gho_ and 255 characters
    the token is an OAuth token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    ::warning title=patgate token/shape::the token does not look like an OAuth token; copy the token again if GitHub refuses it
    > GET /api/v3/user 200
    exit 0

    # ghu_ and 255 characters
    the token is a user-to-server token of `octocat`; it has an unknown expiry: GitHub does not tell; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/user 200
    > GET /api/v3/user/installations?per_page=100 200
    exit 0

    # ghs_ and 255 characters
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0
    ");
}

/// A secret that was pasted often ends so, and GitHub would refuse it.
#[test]
fn blanks_around_a_token_are_cut_off_and_told() {
    let token = classic(0);
    let github = github(&token, Account::user("octocat").scopes("repo"));
    let mut job = Job::on(&github, &token, &gate(ALL_KINDS));
    for secret in [
        format!("{token}\n"),
        format!("{token}\r\n"),
        format!("  {token} "),
    ] {
        github.forget_requests();
        let mut step = Step::new().with("token", &secret).with("lease", "none");
        let ran = job.main(&mut step);
        assert_harmless(&github.requests(), &token);
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        assert!(
            ran.log.contains("::warning title=patgate token/blanks::"),
            "{}",
            ran.log
        );
    }
}

/// A token's last part is the one that others print.
#[test]
fn no_part_of_a_new_installation_token_is_printed() {
    let end = Timestamp::now() + SignedDuration::from_mins(30);
    let token = stateless(15368, &claims(15368, end));
    assert!(token.len() > 500, "{} characters", token.len());
    let account = Account::installation("acme").right("acme/site", Right::Push);
    let github = github(&token, account);
    let mut job = Job::on(&github, &token, &gate(ALL_KINDS));
    let (shown, ran) = look_at(&github, &mut job);
    assert_eq!(ran.status, Some(0), "{shown}");
    let said = format!("{}{}{:?}", ran.log, ran.summary, ran.outputs);
    for part in token.split(['.', '_']).filter(|part| part.len() > 5) {
        assert!(!said.contains(part), "{said}");
    }
    for form in crate::canary::forms(&token) {
        let hidden = ran.masks.iter().any(|mask| form.contains(mask.as_str()));
        assert!(
            hidden || form.contains('%'),
            "a form of it is printed as it is"
        );
    }
}
