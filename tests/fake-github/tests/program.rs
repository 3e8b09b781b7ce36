//! The program, as a container runs it.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use support::app::{good_jwt, public_key};
use support::{call, json};
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
fn it_plays_the_server_its_spec_names_with_apps() {
    let directory = tempdir().unwrap();
    let key = BASE64_STANDARD.encode(public_key());
    let spec = format!(
        r#"{{
            "server": "ghes-3.10.4", "repositories": {{ "acme/site": "private" }}, "archived": ["acme/site"],
            "tokens": [ {{
                "token": "octocats", "user": "octocat",
                "rights": {{ "acme/site": "push" }}, "permissions": {{ "contents": "read" }}
            }} ],
            "apps": [ {{
                "id": 7, "client_id": "Iv1.7", "slug": "gate", "public_key": "{key}",
                "installed_on": [ {{ "owner": "acme", "permissions": {{ "issues": "read" }}, "repositories": ["site"] }} ]
            }} ]
        }}"#
    );
    let (mut child, stdin, words) = start(directory.path(), &spec, Stdio::piped());
    let url = words[1].strip_prefix("http=").unwrap();
    let site = call(url, "/api/v3/repos/acme/site", "octocats");
    assert!(site.contains("\r\nx-github-enterprise-version: 3.10.4\r\n"));
    assert_eq!(json(&site)["archived"], true);
    let issues = call(url, "/api/v3/repos/acme/site/issues", "octocats");
    assert!(issues.starts_with("HTTP/1.1 403"), "{issues}");
    let installed = call(url, "/api/v3/repos/acme/site/installation", &good_jwt(7));
    assert_eq!(json(&installed)["permissions"]["issues"], "read");
    assert_eq!(json(&installed)["repository_selection"], "selected");
    drop(stdin);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_word_its_spec_does_not_know_is_an_error() {
    let directory = tempdir().unwrap();
    let (mut child, _, words) = start(directory.path(), r#"{ "prot": 80 }"#, Stdio::null());
    assert!(words.is_empty());
    assert!(!child.wait().unwrap().success());
    let spec = r#"{ "server": "gitlab" }"#;
    let (mut child, _, words) = start(directory.path(), spec, Stdio::null());
    assert!(words.is_empty());
    assert!(!child.wait().unwrap().success());
}
