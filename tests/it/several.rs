//! The input `tokens`: a token for each of several gates, and several that are in question for one.

use std::fs;

use fake_github::{Account, FakeGitHub, Fault, Right, Visibility};
use jiff::SignedDuration;
use serde_json::Value;

use crate::canary;
use crate::runner::{DAY, Job, Ran, Step, classic, expiry_in};

/// A release token for the site, and one for another owner's parts.
const GATES: &str = "\
version: 1
gates:
  site:
    expiry: { required: true }
    repositories: { acme/site: push }
  parts:
    repositories: { other/part: fetch }
";

fn github() -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("other/part", Visibility::Private)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .expires(expiry_in(DAY * 60))
                .right("acme/site", Right::Push),
        )
        .token(
            classic(1),
            Account::user("robot")
                .scopes("repo")
                .right("acme/site", Right::Push)
                .right("other/part", Right::Fetch),
        )
        .start()
        .unwrap()
}

/// A token that GitHub takes no more.
fn revoked() -> String {
    // Its checksum does not fit, so that no scanner takes it for one.
    ["ghp", &"patgateREVOKED".repeat(3)[..36]].join("_")
}

fn step(lines: &[(&str, &str)]) -> Step {
    let lines: Vec<_> = lines
        .iter()
        .map(|(gate, token)| format!("{gate}: {token}"))
        .collect();
    Step::new().with("tokens", &lines.join("\n"))
}

/// The main phase, which shows none of the tokens.
#[track_caller]
fn main(job: &mut Job, step: &mut Step) -> Ran {
    let ran = job.main(step);
    for token in [classic(0), classic(1), revoked()] {
        canary::assert_clean("the log", ran.log.as_bytes(), &token);
        canary::assert_clean("the summary", ran.summary.as_bytes(), &token);
        canary::assert_clean_folder(job.dir.path(), &token);
    }
    ran
}

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&fs::read_to_string(&ran.outputs["report"]).unwrap()).unwrap()
}

#[test]
fn each_gates_token_is_leased_for_what_the_gate_names() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let mut step = step(&[("site", &classic(0)), ("parts", &classic(1))]);
    let ran = main(&mut job, &mut step);
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    line 1, for the gate `site`: the token is a classic personal access token of `octocat`; it expires at <instant>, in 59 days; its scopes are repo
    acme/site: fetch and push
    line 2, for the gate `parts`: the token is a classic personal access token of `robot`; it never expires; its scopes are repo
    other/part: fetch
    policy `.github/patgate.yml`, gates `site`, `parts`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    leased to git until <instant>: other/part of https://github.test
    ");
    for (path, token) in [("acme/site.git", classic(0)), ("other/part", classic(1))] {
        let host = github.url().trim_start_matches("http://");
        let said = job.fill(&format!("protocol=http\nhost={host}\npath={path}\n\n"));
        assert!(said.contains(&token), "{path}: {said}");
    }
    job.git_ok(&["clone", "--quiet", &format!("{}/acme/site", github.url())]);
    job.git_ok(&["clone", "--quiet", &format!("{}/other/part", github.url())]);
    assert_eq!(job.post(&mut step).status, Some(0));
    assert!(!job.home().exists(), "one post ends all leases of its step");
}

#[test]
fn the_first_that_passes_is_leased_and_the_report_says_why_the_others_were_not() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let mut step = step(&[
        ("site", &revoked()),
        ("site", ""),
        ("site", &classic(1)),
        ("site", &classic(0)),
        ("site", &classic(1)),
    ]);
    let ran = main(&mut job, &mut step);
    insta::assert_snapshot!(job.stable(&ran.log), @"
    patgate 0.1.0
    line 1, for the gate `site`: the token has the form of a classic personal access token, and GitHub does not take it
    line 3, for the gate `site`: the token is a classic personal access token of `robot`; it never expires; its scopes are repo
    acme/site: fetch and push
    line 4, for the gate `site`: the token is a classic personal access token of `octocat`; it expires at <instant>, in 59 days; its scopes are repo
    acme/site: fetch and push
    1 more candidate is not needed, and was sent nowhere
    policy `.github/patgate.yml`, gate `site`: allow, no findings
    leased to git until <instant>: acme/site of https://github.test
    ::warning title=patgate::the token in line 1 of the input `tokens` is passed over for the gate `site`: GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    ::warning title=patgate::the token in line 2 of the input `tokens` is passed over for the gate `site`: the token is empty; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there: `HAS_TOKEN: ${{ secrets.NAME != '' }}` in the job's `env`, and `if: env.HAS_TOKEN == 'true'`
    ::warning title=patgate::the token in line 3 of the input `tokens` is passed over for the gate `site`: the token never expires, and an expiry is required; make a token with an expiry date
    ");
    insta::assert_snapshot!(job.stable(&ran.summary), @"
    ### ✅ patgate: allowed

    Judged by <code>&#46;github/patgate&#46;yml</code>, gate <code>site</code>. Leased to git until <instant>: <code>acme/site</code>.

    #### Line 1 of the input `tokens`, gate <code>site</code>: passed over

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | unknown: GitHub does not tell |
    | Expiry | is unknown&#58; GitHub does not take the token |
    | Scopes | unknown: GitHub does not tell |

    #### Line 3 of the input `tokens`, gate <code>site</code>: passed over

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>robot</code> |
    | Expiry | never expires |
    | Scopes | <code>repo</code> |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>acme/site</code> | yes | yes | private | no |  |

    #### Line 4 of the input `tokens`, gate <code>site</code>: allowed

    | The token | |
    | --- | --- |
    | Kind | classic personal access token |
    | Owner | <code>octocat</code> |
    | Expiry | expires at <instant>, in 59 days |
    | Days left | 59 |
    | Scopes | <code>repo</code> |

    | Repository | fetch | push | visibility | archived | renamed to |
    | --- | --- | --- | --- | --- | --- |
    | <code>acme/site</code> | yes | yes | private | no |  |

    Passed over:

    - the token in line 1 of the input <code>tokens</code> is passed over for the gate <code>site</code>&#58; GitHub refuses the token&#58; it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which; make a new token in the owner's settings, and store it in the secret
    - the token in line 2 of the input <code>tokens</code> is passed over for the gate <code>site</code>&#58; the token is empty; secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret name gives an empty text; check the name, or skip this step there&#58; <code>HAS&#95;TOKEN&#58; &#36;&#123;&#123; secrets&#46;NAME &#33;= '' &#125;&#125;</code> in the job's <code>env</code>, and <code>if&#58; env&#46;HAS&#95;TOKEN == 'true'</code>
    - the token in line 3 of the input <code>tokens</code> is passed over for the gate <code>site</code>&#58; the token never expires, and an expiry is required; make a token with an expiry date

    No rule complains.
    ");
    assert_eq!(ran.outputs["verdict"], "allow");
    assert_eq!(ran.outputs["findings"], "0");
    assert_eq!(ran.outputs["owner"], "octocat", "the one that is leased");
    let asked = github.requests();
    let asked = asked
        .iter()
        .filter(|request| request.to_string().contains("/user"));
    assert_eq!(
        asked.count(),
        3,
        "a token that is not needed travels nowhere"
    );
    let report = report(&ran);
    let became: Vec<_> = report["tokens"]
        .as_array()
        .unwrap()
        .iter()
        .map(|token| {
            (
                token["line"].as_u64().unwrap(),
                token["passed_over"].as_bool().unwrap(),
                token["findings"][0]["rule"].as_str(),
            )
        })
        .collect();
    assert_eq!(
        became,
        [
            (1, true, Some("token/refused")),
            (3, true, Some("expiry/required")),
            (4, false, None)
        ]
    );
    assert_eq!(report["unusable"][0]["line"], 2);
    assert_eq!(report["token"]["owner"], "octocat");
    let host = github.url().trim_start_matches("http://");
    let said = job.fill(&format!("protocol=http\nhost={host}\npath=acme/site\n\n"));
    assert!(said.contains(&classic(0)), "{said}");
}

#[test]
fn a_gate_without_a_token_that_passes_keeps_all_from_their_leases() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let ran = main(
        &mut job,
        &mut step(&[
            ("parts", &classic(1)),
            ("site", &classic(1)),
            ("site", &revoked()),
        ]),
    );
    assert_eq!(ran.status, Some(1), "{}", ran.log);
    assert_eq!(job.leases().len(), 0);
    assert!(
        ran.log.contains("::error title=patgate expiry/required,"),
        "{}",
        ran.log
    );
    assert!(
        ran.log.contains("::error title=patgate token/refused::"),
        "{}",
        ran.log
    );
    assert!(
        !ran.log.contains("passed over"),
        "nothing took its place: {}",
        ran.log
    );
    assert!(ran.added.is_empty(), "{:?}", ran.added);
}

#[test]
fn an_audit_leases_the_first_that_works_where_none_passes() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let mut step = step(&[("site", &revoked()), ("site", &classic(1))]).with("mode", "audit");
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(ran.outputs["verdict"], "deny");
    let host = github.url().trim_start_matches("http://");
    let said = job.fill(&format!("protocol=http\nhost={host}\npath=acme/site\n\n"));
    assert!(said.contains(&classic(1)), "{said}");
}

#[test]
fn what_is_no_list_of_tokens_is_told_without_its_text() {
    let github = github();
    let cases: [(Step, &str); 6] = [
        (
            Step::new().with("tokens", &format!("site: {}\n{}", classic(0), classic(1))),
            "line 2 of the input `tokens` is not `GATE: TOKEN`",
        ),
        (
            step(&[("site", ""), ("parts", &classic(1))]),
            "no token for the gate `site` is usable; the first, in line 1 of the input `tokens`: the token is empty",
        ),
        (
            step(&[("site", &classic(0))]).with("token", &classic(1)),
            "the inputs `tokens` and `token` are given both",
        ),
        (
            step(&[("site", &classic(0))]).with("client-id", "Iv1.0123456789abcdef"),
            "the inputs `tokens` and `private-key` are given both",
        ),
        (
            step(&[("site", &classic(0))]).with("gate", "parts"),
            "the inputs `tokens` and `gate` are given both",
        ),
        (
            step(&[("site", &classic(0)), ("parts", &classic(1))])
                .with("repositories", "acme/site"),
            "the inputs `tokens` and `repositories` are given both",
        ),
    ];
    for (mut step, message) in cases {
        let mut job = Job::on(&github, "", GATES);
        let ran = main(&mut job, &mut step);
        assert_eq!(ran.status, Some(2), "{}", ran.log);
        let last = ran.log.lines().last().unwrap();
        assert!(
            last.starts_with(&format!("::error title=patgate::{message}")),
            "{last}"
        );
        assert_eq!(job.leases().len(), 0);
    }
}

#[test]
fn a_gate_that_the_policy_does_not_have_is_told_before_any_token_travels() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let ran = main(
        &mut job,
        &mut step(&[("site", &classic(0)), ("sight", &classic(1))]),
    );
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert!(ran.log.contains("`sight`"), "{}", ran.log);
    assert!(github.requests().is_empty());
}

#[test]
fn with_one_gate_alone_the_reach_can_be_narrowed() {
    let github = github();
    let policy = GATES.replace(
        "{ acme/site: push }",
        "{ acme/site: push, acme/docs: push }",
    );
    let mut job = Job::on(&github, "", &policy);
    let mut step = step(&[("site", &revoked()), ("site", &classic(0))])
        .with("repositories", "acme/site: push");
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn concurrent_jobs_on_one_machine_never_meet() {
    let github = github();
    let mut jobs: Vec<_> = (0..4)
        .map(|n| {
            let job = Job::on(&github, "", GATES);
            let lines = [("site", classic(0)), ("parts", classic(1))];
            let (gate, token) = &lines[n % 2];
            (job, step(&[(gate, token)]), *gate)
        })
        .collect();
    std::thread::scope(|scope| {
        for (job, step, _) in &mut jobs {
            scope.spawn(|| assert_eq!(job.main(step).status, Some(0)));
        }
    });
    let url = |gate: &str| match gate {
        "site" => format!("{}/acme/site", github.url()),
        _ => format!("{}/other/part", github.url()),
    };
    for (at, (job, _, gate)) in jobs.iter().enumerate() {
        job.git_ok(&["ls-remote", &url(gate)]);
        let other = if *gate == "site" { "parts" } else { "site" };
        let (success, said) = job.git(&["ls-remote", &url(other)]);
        assert!(!success, "{said}");
        // Even with the neighbour's directory in hand.
        let (neighbour, ..) = &jobs[(at + 1) % 4];
        let mut git = job.git_command();
        git.env("PATGATE_HOME", neighbour.home());
        let output = git.args(["ls-remote", &url(other)]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{said}");
        assert!(said.contains("sealed with another key"), "{said}");
    }
    let (mut last, mut step, gate) = jobs.pop().unwrap();
    for (job, step, _) in &mut jobs {
        assert_eq!(job.post(step).status, Some(0));
    }
    last.git_ok(&["ls-remote", &url(gate)]);
    assert_eq!(last.post(&mut step).status, Some(0));
}

#[test]
fn a_token_in_front_of_a_colon_is_masked_and_no_gate() {
    let github = github();
    let mut job = Job::on(&github, "", GATES);
    let line = format!("{}:x-oauth-basic", classic(0));
    let ran = main(&mut job, &mut Step::new().with("tokens", &line));
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert!(
        ran.log.contains("line 1 of the input `tokens` is not"),
        "{}",
        ran.log
    );
    assert!(ran.masks.contains(&classic(0)), "{:?}", ran.masks.len());
}

#[test]
fn a_gate_of_the_whole_host_takes_nothing_from_the_others() {
    let github = github();
    let policy = "version: 1\ngates:\n  site: { repositories: { acme/site: push } }\n  all: { kinds: [classic] }\n";
    let mut job = Job::on(&github, "", policy);
    let mut step = step(&[("site", &classic(0)), ("all", &classic(1))]);
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    let cleared = job.git_ok(&[
        "config",
        "--get-urlmatch",
        "http.extraheader",
        &format!("{}/acme/site", github.url()),
    ]);
    assert_eq!(
        cleared.trim(),
        "",
        "a persisted header steps back for the named one"
    );
    let rewritten = job.git_ok(&["config", "--get-regexp", "url.*acme.*insteadof"]);
    assert!(rewritten.contains("git@127.0.0.1:acme/"), "{rewritten}");
    job.git_ok(&["clone", "--quiet", &format!("{}/other/part", github.url())]);
}

#[test]
fn two_gates_that_open_the_same_are_told_and_the_first_serves_it() {
    let github = github();
    let policy = "version: 1\ngates:\n  one: { repositories: { acme/site: push } }\n  two: { repositories: { ACME/site: push } }\n";
    let mut job = Job::on(&github, "", policy);
    let mut step = step(&[("one", &classic(1)), ("two", &classic(0))]);
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(
        ran.log
            .contains("::warning title=patgate::the gates `one` and `two` both open `ACME/site`"),
        "{}",
        ran.log
    );
    let host = github.url().trim_start_matches("http://");
    let said = job.fill(&format!("protocol=http\nhost={host}\npath=acme/site\n\n"));
    assert!(said.contains(&classic(1)), "{said}");
}

#[test]
fn a_candidate_whose_account_has_no_requests_left_does_not_stop_the_next() {
    let github = github();
    let headers = [
        ("Content-Type", "application/json; charset=utf-8"),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", "1893456000"),
    ];
    let used_up = Fault::Status {
        status: 403,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: "{\"message\":\"API rate limit exceeded for user ID 1.\"}".to_owned(),
    };
    github.fault("/api/v3/user", vec![used_up]);
    let mut job = Job::on(&github, "", GATES);
    let mut step = step(&[("site", &classic(1)), ("site", &classic(0))]);
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(
        ran.log
            .contains("the token in line 1 of the input `tokens` is passed over"),
        "{}",
        ran.log
    );
}

#[test]
fn an_audit_leases_the_tokens_that_have_not_ended() {
    let github = FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("other/part", Visibility::Private)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .right("acme/site", Right::Push),
        )
        .token(
            classic(1),
            Account::user("robot")
                .scopes("repo")
                // GitHub takes it still, in the seconds between its two clocks.
                .expires(expiry_in(-SignedDuration::from_mins(60)))
                .right("other/part", Right::Fetch),
        )
        .start()
        .unwrap();
    let mut job = Job::on(
        &github,
        "",
        &GATES.replace("    expiry: { required: true }\n", ""),
    );
    let mut step = step(&[("parts", &classic(1)), ("site", &classic(0))]).with("mode", "audit");
    let ran = main(&mut job, &mut step);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert!(
        ran.log.contains("for the gate `parts` has ended"),
        "{}",
        ran.log
    );
    assert_eq!(report(&ran)["lease"]["gate"], "site");
    job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
}
