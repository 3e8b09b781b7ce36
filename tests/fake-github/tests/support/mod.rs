//! A git and a bare HTTP client, free of the machine's settings.
#![expect(dead_code, reason = "no test file uses all of it")]

pub(crate) mod app;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

/// Runs git in 'directory'.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command
        .current_dir(directory)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_AUTHOR_NAME", "Tess")
        .env("GIT_AUTHOR_EMAIL", "tess@github.example")
        .env("GIT_COMMITTER_NAME", "Tess")
        .env("GIT_COMMITTER_EMAIL", "tess@github.example");
    command.output().unwrap()
}

/// Runs git in 'directory', and returns what it says; it must succeed.
pub(crate) fn git_well(directory: &Path, arguments: &[&str]) -> String {
    let output = git(directory, arguments);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        complaint(&output)
    );
    stdout.into_owned()
}

/// What git wrote to stderr.
pub(crate) fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The setting that makes git send 'token'.
pub(crate) fn header(token: &str) -> String {
    format!("http.extraHeader={}", authorization(token))
}

/// The header git shows 'token' with.
pub(crate) fn authorization(token: &str) -> String {
    let credential = BASE64_STANDARD.encode(format!("x-access-token:{token}"));
    format!("Authorization: Basic {credential}")
}

/// Clones 'name' into 'directory'/clone with 'token', and returns the URL.
pub(crate) fn clone(url: &str, name: &str, token: &str, directory: &Path) -> String {
    let remote = format!("{url}/{name}.git");
    let arguments = ["-c", &header(token), "clone", "--quiet", &remote, "clone"];
    git_well(directory, &arguments);
    remote
}

/// Sends a GET with 'headers', and returns the whole answer as text.
pub(crate) fn get(url: &str, path: &str, headers: &[&str]) -> String {
    send(url, "GET", path, headers, "")
}

/// Sends a request, and returns the whole answer as text.
pub(crate) fn send(url: &str, method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let host = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for header in headers {
        request.push_str(header);
        request.push_str("\r\n");
    }
    if method != "GET" {
        let length = format!("Content-Length: {}\r\n", body.len());
        request.push_str(&length);
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Calls the REST API at 'path' with 'token'.
pub(crate) fn call(url: &str, path: &str, token: &str) -> String {
    call_with(url, "GET", path, token, "")
}

/// Calls the REST API with 'token' and 'body'.
pub(crate) fn call_with(url: &str, method: &str, path: &str, token: &str, body: &str) -> String {
    let authorization = format!("Authorization: Bearer {token}");
    send(
        url,
        method,
        path,
        &["User-Agent: test", &authorization],
        body,
    )
}

/// The status of 'answer'.
pub(crate) fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).unwrap();
    status.parse().unwrap()
}

/// The JSON body of 'answer'.
pub(crate) fn json(answer: &str) -> serde_json::Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    serde_json::from_str(body).unwrap()
}
