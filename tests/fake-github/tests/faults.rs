//! Answers that go wrong.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fake_github::{Account, FakeGitHub, Fault};
use support::{call, status};

fn github() -> FakeGitHub {
    let octocat = Account::user("octocat");
    FakeGitHub::builder()
        .token("octocats", octocat)
        .start()
        .unwrap()
}

/// A connection on which `/user` was asked for.
fn ask(github: &FakeGitHub) -> TcpStream {
    let host = github.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let request = format!(
        "GET /user HTTP/1.1\r\nHost: {host}\r\nUser-Agent: test\r\nAuthorization: Bearer octocats\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Reads until at least so many bytes are there.
fn read(stream: &mut TcpStream, count: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while bytes.len() < count {
        let read = stream.read(&mut buffer).unwrap();
        assert!(read > 0, "it ended after {} bytes", bytes.len());
        bytes.extend_from_slice(&buffer[..read]);
    }
    bytes
}

fn is_well(github: &FakeGitHub) {
    assert_eq!(status(&call(github.url(), "/user", "octocats")), 200);
}

#[test]
fn each_request_meets_the_next_fault_and_then_all_is_well() {
    let github = github();
    let fault = |status, headers: &[(&str, &str)]| Fault::Status {
        status,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: "<h1>away</h1>".to_owned(),
    };
    let first = fault(503, &[("Content-Type", "text/html"), ("Retry-After", "1")]);
    github.fault("/user", vec![first, fault(502, &[])]);
    github.fault("/rate_limit?x=1", vec![fault(500, &[])]);
    let answer = call(github.url(), "/user?page=1", "octocats");
    assert_eq!(status(&answer), 503);
    assert!(answer.contains("\r\nretry-after: 1\r\n") && answer.ends_with("<h1>away</h1>"));
    assert!(!answer.contains("x-github"), "{answer}");
    assert_eq!(status(&call(github.url(), "/user", "octocats")), 502);
    is_well(&github);
    assert_eq!(status(&call(github.url(), "/rate_limit", "octocats")), 200);
    assert_eq!(
        status(&call(github.url(), "/rate_limit?x=1", "octocats")),
        500
    );
    let statuses: Vec<_> = github
        .requests()
        .iter()
        .map(|request| request.status)
        .collect();
    assert_eq!(statuses, [503, 502, 200, 200, 500]);
}

#[test]
fn a_connection_is_reset() {
    let github = github();
    github.fault("/user", vec![Fault::Reset]);
    let error = ask(&github).read(&mut [0; 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(github.requests()[0].status, 0);
    is_well(&github);
}

#[test]
fn an_answer_is_cut_in_the_middle_of_its_body() {
    let github = github();
    let whole = call(github.url(), "/user", "octocats");
    github.fault("/user", vec![Fault::Truncate]);
    let mut cut = Vec::new();
    // It may end quietly or with an error; what came before counts.
    let _ = ask(&github).read_to_end(&mut cut);
    let cut = String::from_utf8(cut).unwrap();
    let body = |answer: &str| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
    let (whole, half) = (body(&whole), body(&cut));
    assert!(
        cut.contains(&format!("\r\ncontent-length: {}\r\n", whole.len())),
        "{cut}"
    );
    assert_eq!(half, whole[..whole.len() / 2]);
    is_well(&github);
}

#[test]
fn nothing_is_said_for_ever() {
    let github = github();
    github.fault("/user", vec![Fault::Silence]);
    let mut stream = ask(&github);
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    let error = stream.read(&mut [0; 1]).unwrap_err();
    assert!([ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()));
    assert_eq!(github.requests()[0].status, 0);
    is_well(&github);
    drop(github);
    assert_eq!(
        stream.read(&mut [0; 1]).unwrap(),
        0,
        "a silent fake still stops"
    );
}

#[test]
fn a_body_drips() {
    let github = github();
    github.fault("/user", vec![Fault::Drip]);
    let mut stream = ask(&github);
    let head = b"\r\n\r\n";
    let mut answer = read(&mut stream, 1);
    while !answer.windows(4).any(|window| window == head) {
        answer.extend(read(&mut stream, 1));
    }
    // Chunks of one byte: `1`, a line's end, the byte, a line's end.
    answer.extend(read(&mut stream, 12));
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.contains("transfer-encoding: chunked"), "{answer}");
    assert!(answer.contains("1\r\n \r\n1\r\n \r\n"), "{answer}");
    is_well(&github);
}

#[test]
fn a_body_has_no_end() {
    let github = github();
    github.fault("/user", vec![Fault::Endless]);
    let mut stream = ask(&github);
    read(&mut stream, 10 << 20);
    is_well(&github);
    drop(stream);
    is_well(&github);
}

#[test]
fn every_answer_waits_as_long_as_it_is_told() {
    let github = github();
    github.latency(Duration::from_hours(1));
    let mut stream = ask(&github);
    stream
        .set_read_timeout(Some(Duration::from_millis(300)))
        .unwrap();
    assert!(stream.read(&mut [0; 1]).is_err());
    assert_eq!(github.requests()[0].status, 0);
    github.latency(Duration::from_millis(1));
    is_well(&github);
}

#[test]
fn a_fault_meets_tls_too() {
    let github = github();
    github.fault("/acme/site/info/refs", vec![Fault::Reset]);
    let directory = tempfile::tempdir().unwrap();
    let ca = format!("http.sslCAInfo={}", github.ca_file().display());
    let remote = format!("{}/acme/site", github.tls_url());
    let output = support::git(directory.path(), &["-c", &ca, "ls-remote", &remote]);
    assert!(!output.status.success());
    assert_eq!(github.requests()[0].status, 0);
}
