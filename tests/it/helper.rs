//! The helper asked directly: what git, or somebody who is not git, may say to it.

use fake_github::{Account, FakeGitHub, Right, Visibility};

use crate::issue::gate;
use crate::runner::{Job, Step, classic};

fn leased() -> (FakeGitHub, Job) {
    let github = FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .token(
            classic(0),
            Account::user("octocat")
                .scopes("repo")
                .right("acme/site", Right::Push),
        )
        .start()
        .unwrap();
    let mut job = Job::on(
        &github,
        &classic(0),
        &gate("    repositories: { acme/site: push }"),
    );
    let ran = job.main(&mut Step::new());
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    (github, job)
}

#[test]
fn a_request_that_can_be_read_two_ways_is_refused() {
    let (github, job) = leased();
    let host = github.url().trim_start_matches("http://").to_owned();
    let good = format!("protocol=http\nhost={host}\npath=acme/site.git\n");
    assert!(job.ask_helper("get", good.as_bytes()).contains(&job.token));
    for (request, words) in [
        (
            format!("protocol=http\nhost=evil.example\nhost={host}\npath=acme/site.git\n"),
            "names an attribute twice",
        ),
        (
            format!("{good}path=acme/vault.git\n"),
            "names an attribute twice",
        ),
        (
            format!("protocol=http\nhost={host}\rx\npath=acme/site.git\n"),
            "control byte",
        ),
        (
            format!("protocol=http\r\nhost={host}\r\npath=acme/site.git\r\n"),
            "control byte",
        ),
        (
            format!("protocol=http\nhost={host}\npath=acme/site.git\0\n"),
            "control byte",
        ),
        (
            format!("protocol=http\nhost={host}\nacme/site.git\n"),
            "line without `=`",
        ),
        (
            "protocol=http\npath=acme/site.git\n".to_owned(),
            "names no protocol or no host",
        ),
        (
            format!("{good}x={}\n", "y".repeat(2 * 1024 * 1024)),
            "longer than any of git's",
        ),
    ] {
        let said = job.ask_helper("get", request.as_bytes());
        assert!(!said.contains(&job.token));
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_long_header_of_the_server_is_no_reason_to_refuse() {
    let (github, job) = leased();
    let host = github.url().trim_start_matches("http://");
    let request = format!(
        "capability[]=authtype\ncapability[]=state\nprotocol=http\nhost={host}\npath=acme/site.git\nwwwauth[]=Basic realm=\"{}\"\nwwwauth[]=Basic\n\n",
        "x".repeat(70_000)
    );
    assert!(
        job.ask_helper("get", request.as_bytes())
            .contains(&job.token)
    );
}

#[test]
fn store_erase_and_unknown_words_are_met_with_silence() {
    let (github, job) = leased();
    let before = std::fs::read(&job.leases()[0]).unwrap();
    let host = github.url().trim_start_matches("http://");
    let request =
        format!("protocol=http\nhost={host}\npath=acme/site.git\nusername=x\npassword=other\n");
    for action in ["store", "erase", "capability", "approve", ""] {
        assert_eq!(job.ask_helper(action, request.as_bytes()), "", "{action}");
    }
    assert_eq!(std::fs::read(&job.leases()[0]).unwrap(), before);
    let again = job.fill(&format!(
        "protocol=http\nhost={host}\npath=acme/site.git\n\n"
    ));
    assert!(
        again.contains(&job.token),
        "a rejected password ends no lease"
    );
}

#[test]
fn the_journal_tells_what_was_asked_and_never_the_token() {
    let (github, job) = leased();
    let host = github.url().trim_start_matches("http://");
    for path in [
        "acme/site.git",
        "acme/vault.git",
        "a b\u{1b}[31m::error::x/##[error]y",
    ] {
        job.ask_helper(
            "get",
            format!("protocol=http\nhost={host}\npath={path}\n").as_bytes(),
        );
    }
    let journal = std::fs::read_to_string(job.home().join("journal")).unwrap();
    let outcomes: Vec<_> = journal
        .lines()
        .map(|line| line.split(' ').nth(3).unwrap())
        .collect();
    assert_eq!(
        outcomes,
        ["answered", "out-of-reach"],
        "a request with a control byte is no use"
    );
    assert!(!journal.contains(&job.token));
}

#[test]
fn a_pipe_in_the_journals_place_does_not_hold_git_up() {
    let (github, job) = leased();
    let journal = job.home().join("journal");
    std::fs::remove_file(&journal).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&journal).status();
    assert!(made.unwrap().success());
    let host = github.url().trim_start_matches("http://");
    let said = job.ask_helper(
        "get",
        format!("protocol=http\nhost={host}\npath=acme/site\n").as_bytes(),
    );
    assert!(said.contains(&job.token));
}

#[test]
fn a_directory_without_a_journal_still_answers() {
    let (github, job) = leased();
    std::fs::remove_file(job.home().join("journal")).unwrap();
    let host = github.url().trim_start_matches("http://");
    let said = job.ask_helper(
        "get",
        format!("protocol=http\nhost={host}\npath=acme/site\n").as_bytes(),
    );
    assert!(said.contains(&job.token));
    assert!(
        !job.home().join("journal").exists(),
        "the gate makes it, with the right owner"
    );
}
