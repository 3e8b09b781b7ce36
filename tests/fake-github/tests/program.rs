//! The program, as a container runs it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use support::call;
use tempfile::tempdir;

/// Starts the program on 'spec', and returns the words of its one line.
fn start(directory: &Path, spec: &str, stdin: Stdio) -> (Child, Option<ChildStdin>, Vec<String>) {
    let file = directory.join("spec.json");
    std::fs::write(&file, spec).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fake-github"))
        .arg(file)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let words = line.split_whitespace().map(str::to_owned).collect();
    let stdin = child.stdin.take();
    (child, stdin, words)
}

fn spec(directory: &Path) -> String {
    let directory = directory.display();
    format!(
        r#"{{
            "bind": "0.0.0.0", "tls_names": ["ghes.test"], "enterprise_version": "3.17.2",
            "ca_directory": "{directory}", "log": "{directory}/log",
            "repositories": {{ "acme/site": "private", "acme/docs": "public" }},
            "tokens": [
                {{ "token": "octocats", "user": "octocat", "scopes": "", "rights": {{ "acme/site": "push" }} }},
                {{ "token": "workflows", "installation": "acme", "rights": {{ "acme/site": "fetch" }} }}
            ],
            "answers": [ {{ "path": "/away", "status": 503, "body": "away" }} ]
        }}"#
    )
}

#[test]
fn it_serves_its_spec_and_logs_until_its_stdin_ends() {
    let directory = tempdir().unwrap();
    let directory = directory.path();
    let (mut child, stdin, words) = start(directory, &spec(directory), Stdio::piped());
    let [ready, http, https, ca] = &words[..] else {
        panic!("not ready: {words:?}");
    };
    assert_eq!(ready, "ready");
    assert!(https.starts_with("https=https://localhost:"));
    assert_eq!(ca, &format!("ca={}/ca.pem", directory.display()));

    let url = http.strip_prefix("http=").unwrap();
    assert!(call(url, "/api/v3/user", "octocats").contains("x-oauth-scopes: \r\n"));
    assert!(call(url, "/away", "octocats").ends_with("away"));
    assert!(call(url, "/zen", "workflows").starts_with("HTTP/1.1 501"));
    drop(stdin);
    assert!(
        child.wait().unwrap().success(),
        "unknown routes are only logged"
    );
    let log = std::fs::read_to_string(directory.join("log")).unwrap();
    assert_eq!(log, "GET /api/v3/user 200\nGET /away 503\nGET /zen 501\n");
}

#[test]
fn it_serves_without_a_stdin_until_it_is_terminated() {
    let directory = tempdir().unwrap();
    let directory = directory.path();
    let (mut child, _, words) = start(directory, &spec(directory), Stdio::null());
    let url = words[1].strip_prefix("http=").unwrap();
    assert!(call(url, "/user", "octocats").starts_with("HTTP/1.1 200"));
    let kill = Command::new("kill").arg(child.id().to_string()).status();
    assert!(kill.unwrap().success());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_word_its_spec_does_not_know_is_an_error() {
    let directory = tempdir().unwrap();
    let (mut child, _, words) = start(directory.path(), r#"{ "prot": 80 }"#, Stdio::null());
    assert!(words.is_empty());
    assert!(!child.wait().unwrap().success());
}
