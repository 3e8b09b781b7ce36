//! Tokens of installations: a job's own `GITHUB_TOKEN` and those of other apps, of either form.

use fake_github::{Account, FakeGitHub, Right, Visibility};
use jiff::{SignedDuration, Timestamp};

use super::{claims, legacy, look, look_at, row, stateless};
use crate::issue::gate;
use crate::runner::{Job, installation};

/// What only a token with a known owner and a near end passes.
const RULES: &str =
    "    kinds: [installation]\n    owners: [acme]\n    expiry: { required: true, at-most: 2h }";

fn github(token: &str, account: Account) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(token, account)
        .start()
        .unwrap()
}

fn on_acme() -> Account {
    Account::installation("acme").right("acme/site", Right::Push)
}

fn in_half_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_mins(30)
}

#[test]
fn the_older_forms_are_known_by_the_login_that_graphql_tells() {
    let mut all = String::new();
    for (name, token, account) in [
        ("ghs_, of Actions", installation(), on_acme()),
        (
            "ghs_, of another app",
            installation(),
            on_acme().slug("octo-app"),
        ),
        (
            "v1., of another app",
            format!("v1.{}", legacy()),
            on_acme().slug("octo-app"),
        ),
    ] {
        let github = github(&token, account);
        let mut job = Job::on(&github, &token, &gate(RULES));
        let (shown, ran) = look_at(&github, &mut job);
        let acts = ran
            .summary
            .lines()
            .filter(|line| line.starts_with("| Acts"));
        let kind = ran
            .summary
            .lines()
            .filter(|line| line.starts_with("| Kind"));
        let rows: Vec<_> = kind.chain(acts).collect();
        all += &row(name, &format!("{shown}\n{}", rows.join("\n")));
    }
    insta::assert_snapshot!(all, @"
    # ghs_, of Actions
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0
    | Kind | installation token, the job's own <code>GITHUB&#95;TOKEN</code> |
    | Acts as | <code>github-actions&#91;bot&#93;</code> |

    # ghs_, of another app
    the token is an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0
    | Kind | installation token |
    | Acts as | <code>octo-app&#91;bot&#93;</code> |

    # v1., of another app
    the token is an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0
    | Kind | installation token |
    | Acts as | <code>octo-app&#91;bot&#93;</code> |
    ");
}

/// Beside the API on a GitHub Enterprise Server, and below it in the cloud.
#[test]
fn graphql_is_asked_where_each_server_has_it() {
    let token = installation();
    let github = github(&token, on_acme());
    for (api, path) in [("/api/v3", "/api/graphql"), ("", "/graphql")] {
        let mut job = Job::on(&github, &token, &gate(RULES));
        let url = format!("{}{api}", github.url());
        job.env.insert("GITHUB_API_URL".to_owned(), url);
        let (shown, _) = look_at(&github, &mut job);
        assert!(shown.contains(&format!("> POST {path} 200")), "{shown}");
        let first = format!("> GET {api}/installation/repositories?per_page=100 200");
        assert!(shown.contains(&first), "{shown}");
    }
}

/// GraphQL refuses with 200, and only its login is lost.
#[test]
fn a_token_whose_login_is_not_told_is_judged_all_the_same() {
    let token = installation();
    let github = github(&token, on_acme());
    let error = |sort: &str, text: &str| {
        format!(r#"{{"data":null,"errors":[{{"type":"{sort}","message":"{text}"}}]}}"#)
    };
    for (status, body) in [
        (
            200,
            error("FORBIDDEN", "Resource not accessible by integration"),
        ),
        (
            200,
            error(
                "INSUFFICIENT_SCOPES",
                "Your token has not been granted the required scopes to execute this query. The 'login' field requires one of the following scopes: ['read:user'], but your token has only been granted the: [''] scopes.",
            ),
        ),
        (200, error("NOT_FOUND", "Could not resolve to a User.")),
        (200, r#"{"data":{"viewer":null}}"#.to_owned()),
        (200, "<html>log in</html>".to_owned()),
        (
            401,
            r#"{"message":"This endpoint requires you to be authenticated."}"#.to_owned(),
        ),
        (
            403,
            r#"{"message":"Resource not accessible by integration"}"#.to_owned(),
        ),
        (404, r#"{"message":"Not Found"}"#.to_owned()),
    ] {
        github.answer_with("/api/graphql", status, &[], &body);
        let shown = look(&github, &token, RULES);
        let told = "the token is an installation token of `acme`; it expires before <instant>";
        assert!(shown.contains(told), "{status} {body}: {shown}");
        assert!(
            shown.contains("allow, no findings"),
            "{status} {body}: {shown}"
        );
    }
}

/// GitHub asks nobody to depend on them: they shorten a lease, and never deny.
#[test]
fn what_a_new_token_says_of_itself_is_a_hint() {
    let in_a_moment = |minutes| Timestamp::now() + SignedDuration::from_mins(minutes);
    let mut all = String::new();
    for (name, token) in [
        (
            "of Actions",
            stateless(15368, &claims(15368, in_half_an_hour())),
        ),
        (
            "of another app",
            stateless(123_456, &claims(123_456, in_half_an_hour())),
        ),
        (
            "an end that has passed, of a token that GitHub takes",
            stateless(15368, &claims(15368, in_a_moment(-90))),
        ),
        (
            "an end beyond the hour",
            stateless(15368, &claims(15368, in_a_moment(600))),
        ),
        (
            "no app",
            stateless(
                15368,
                &format!(r#"{{"exp":{}}}"#, in_half_an_hour().as_second()),
            ),
        ),
        ("no end", stateless(15368, r#"{"aid":15368}"#)),
        (
            "no claims at all",
            stateless(15368, "what GitHub may write one day"),
        ),
        (
            "an app that differs",
            stateless(15368, &claims(7, in_half_an_hour())),
        ),
    ] {
        let github = github(&token, on_acme());
        all += &row(name, &look(&github, &token, RULES));
    }
    insta::assert_snapshot!(all, @"
    # of Actions
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # of another app
    the token is an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # an end that has passed, of a token that GitHub takes
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # an end beyond the hour
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0

    # no app
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # no end
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # no claims at all
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 0

    # an app that differs
    the token is an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    exit 0
    ");
}

#[test]
fn a_token_that_reaches_nothing_has_an_owner_that_nobody_tells() {
    let token = installation();
    let github = github(&token, Account::installation("acme"));
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is the job's own `GITHUB_TOKEN`, an installation token; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate owner/unknown,file=.github/patgate.yml,line=5,col=5::it is not known whose token it is: GitHub does not tell; allow it with `levels: { owner/unknown: warn }`, or use a token of another kind
    > GET /api/v3/installation/repositories?per_page=100 200
    > POST /api/graphql 200
    exit 1
    ");
    let tolerant = format!("{RULES}\n    levels: {{ owner/unknown: warn }}");
    let shown = look(&github, &token, &tolerant);
    assert!(shown.ends_with("exit 0"), "{shown}");
}

#[test]
fn a_token_tells_how_many_repositories_it_reaches() {
    let token = installation();
    let many = (0..120).fold(Account::installation("acme"), |account, n| {
        account.right(format!("acme/r{n}"), Right::Fetch)
    });
    let github = github(&token, many.right("acme/site", Right::Push));
    let rules = format!("{RULES}\n    repositories: {{ acme/r7: fetch, acme/site: push }}");
    let mut job = Job::on(&github, &token, &gate(&rules));
    // What stands on the first page is not asked about again.
    let fetch = "/acme/r7.git/info/refs?service=git-upload-pack";
    let advertisement = [(
        "content-type",
        "application/x-git-upload-pack-advertisement",
    )];
    github.answer_with(
        fetch,
        200,
        &advertisement,
        "001e# service=git-upload-pack\n0000",
    );
    let (shown, ran) = look_at(&github, &mut job);
    insta::assert_snapshot!(shown, @"
    the token is the job's own `GITHUB_TOKEN`, an installation token of `acme`; it expires before <instant>; it has permissions in place of scopes
    acme/r7: fetch
    acme/site: fetch and push
    of its permissions can be seen contents: write, metadata: read
    beyond what the gate needs, the token has 119 more repositories
    policy `.github/patgate.yml`, gate `default`: allow, no findings
    > GET /api/v3/installation/repositories?per_page=100 200
    > GET /acme/r7.git/info/refs?service=git-upload-pack 200
    > GET /acme/site.git/info/refs?service=git-receive-pack 200
    > GET /api/v3/repos/acme/site 200
    > POST /api/graphql 200
    exit 0
    ");
    let reach = ran
        .summary
        .lines()
        .find(|line| line.starts_with("| Repositories"));
    assert_eq!(reach, Some("| Repositories | 121 |"), "{}", ran.summary);
    let all = r#"{"total_count":3,"repository_selection":"all","repositories":[{"full_name":"acme/site","private":true,"archived":false}]}"#;
    github.answer_with("/api/v3/installation/repositories", 200, &[], all);
    let (_, ran) = look_at(&github, &mut job);
    let reach = ran
        .summary
        .lines()
        .find(|line| line.starts_with("| Repositories"));
    assert_eq!(
        reach,
        Some("| Repositories | 3, all of the account |"),
        "{}",
        ran.summary
    );
}

#[test]
fn a_list_that_is_refused_tells_a_good_token_from_a_bad_one() {
    let token = installation();
    let github = github(&token, on_acme());
    let refused = r#"{"message":"Resource not accessible by integration"}"#;
    github.answer_with("/api/v3/installation/repositories", 403, &[], refused);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token is the job's own `GITHUB_TOKEN`, an installation token; it expires before <instant>; it has permissions in place of scopes
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate owner/unknown,file=.github/patgate.yml,line=5,col=5::it is not known whose token it is: GitHub does not tell; allow it with `levels: { owner/unknown: warn }`, or use a token of another kind
    > GET /api/v3/installation/repositories?per_page=100 403
    > GET /api/v3/rate_limit 200
    > POST /api/graphql 200
    exit 1
    ");
    let suspended = r#"{"message":"This installation has been suspended"}"#;
    github.answer_with("/api/v3/installation/repositories", 403, &[], suspended);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token has the form of an installation token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub knows the token and forbids its use: the installation of the app is suspended; have an owner of the account end the suspension in its settings, under `GitHub Apps`
    > GET /api/v3/installation/repositories?per_page=100 403
    exit 1
    ");
    let stranger = r#"{"message":"Bad credentials"}"#;
    github.answer_with("/api/v3/installation/repositories", 401, &[], stranger);
    insta::assert_snapshot!(look(&github, &token, RULES), @"
    the token has the form of an installation token, and GitHub does not take it
    policy `.github/patgate.yml`, gate `default`: deny, 1 finding
    ::error title=patgate token/refused::GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    > GET /api/v3/installation/repositories?per_page=100 401
    exit 1
    ");
}

/// GitHub asks nobody to depend on it, so that it never denies by itself.
#[test]
fn an_end_that_only_the_token_claims_does_not_deny() {
    let end = Timestamp::now() + SignedDuration::from_mins(5);
    let token = stateless(15368, &claims(15368, end));
    let github = github(&token, on_acme());
    let mut job = Job::new(github.url(), &token);
    let (shown, ran) = look_at(&github, &mut job);
    assert_eq!(ran.status, Some(0), "{shown}");
    assert!(!shown.contains("expiry/too-soon"), "{shown}");
}
