//! git-lfs's API, by bare requests: who may, and what becomes of an object.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use fake_github::{Account, FakeGitHub, Right, Visibility};
use support::authorization;

/// The SHA-256 of `hello\n`.
const OID: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

fn github() -> FakeGitHub {
    let octocat = Account::user("octocat")
        .right("acme/site", Right::Push)
        .right("acme/docs", Right::Fetch);
    FakeGitHub::builder()
        .repository("acme/site", Visibility::Private)
        .repository("acme/docs", Visibility::Private)
        .repository("acme/open", Visibility::Public)
        .renamed("acme/old", "acme/site")
        .token("octocats", octocat)
        .start()
        .unwrap()
}

/// The status, the head and the body of the answer to a request with `token`.
fn ask(github: &FakeGitHub, token: &str, line: &str, body: &str) -> (u16, String, String) {
    let authority = github.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(authority).unwrap();
    let credential = match token {
        "" => String::new(),
        token => format!("{}\r\n", authorization(token)),
    };
    write!(
        stream,
        "{line} HTTP/1.1\r\nHost: {authority}\r\n{credential}Content-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len(),
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_ascii_lowercase(), body.to_owned())
}

fn batch(operation: &str) -> String {
    format!(r#"{{"operation":"{operation}","objects":[{{"oid":"{OID}","size":6}}]}}"#)
}

#[test]
fn an_object_is_brought_verified_and_had_again() {
    let github = github();
    let lfs = "/acme/site.git/info/lfs";
    let octocat = |line: &str, body: &str| ask(&github, "octocats", line, body);
    let line = format!("POST {lfs}/objects/batch");
    let (status, head, body) = octocat(&line, &batch("download"));
    assert_eq!(status, 200);
    assert!(
        head.contains("content-type: application/vnd.git-lfs+json"),
        "{head}"
    );
    assert!(body.contains(r#""code":404"#), "{body}");
    let (_, _, body) = octocat(&line, &batch("upload"));
    let href = format!("{}{lfs}/objects/{OID}", github.url());
    assert!(
        body.contains(&format!(r#""upload":{{"href":"{href}"}}"#)),
        "{body}"
    );
    let put = format!("PUT {lfs}/objects/{OID}");
    assert_eq!(octocat(&put, "another").0, 422, "the name is the hash");
    assert_eq!(octocat(&put, "hello\n").0, 200);
    let verify = format!("POST {lfs}/objects/verify");
    let told = |size| format!(r#"{{"oid":"{OID}","size":{size}}}"#);
    assert_eq!(octocat(&verify, &told(6)).0, 200);
    assert_eq!(octocat(&verify, &told(7)).0, 404);
    let (_, _, body) = octocat(&line, &batch("upload"));
    assert!(!body.contains("actions"), "it is there: {body}");
    let (_, _, body) = octocat(&line, &batch("download"));
    assert!(
        body.contains(&format!(r#""download":{{"href":"{href}"}}"#)),
        "{body}"
    );
    let (status, _, body) = octocat(&format!("GET {lfs}/objects/{OID}"), "");
    assert_eq!((status, body.as_str()), (200, "hello\n"));
    let elsewhere = format!("GET /acme/docs.git/info/lfs/objects/{OID}");
    assert_eq!(
        octocat(&elsewhere, "").0,
        404,
        "each repository has its own"
    );
}

#[test]
fn who_may_not_by_git_may_not_by_lfs() {
    let github = github();
    let (fetch, push) = (batch("download"), batch("upload"));
    for (token, name, body, status, words) in [
        ("", "acme/site", &fetch, 401, "Repository not found."),
        (
            "strangers",
            "acme/site",
            &fetch,
            401,
            "Invalid username or token.",
        ),
        (
            "octocats",
            "acme/none",
            &fetch,
            404,
            "Repository not found.",
        ),
        ("octocats", "acme/docs", &fetch, 200, "objects"),
        (
            "octocats",
            "acme/docs",
            &push,
            403,
            "Permission to acme/docs.git denied to octocat.",
        ),
        ("", "acme/open", &fetch, 200, "objects"),
        ("", "acme/open", &push, 401, "No anonymous write access."),
    ] {
        let line = format!("POST /{name}.git/info/lfs/objects/batch");
        let (told, head, body) = ask(&github, token, &line, body);
        assert_eq!(told, status, "{name}: {body}");
        assert!(body.contains(words), "{name}: {body}");
        assert_eq!(
            head.contains("www-authenticate: basic"),
            status == 401,
            "{head}"
        );
    }
    let put = format!("PUT /acme/docs.git/info/lfs/objects/{OID}");
    assert_eq!(ask(&github, "octocats", &put, "hello\n").0, 403);
}

#[test]
fn locks_are_none_and_a_renamed_repository_leads_on() {
    let github = github();
    let octocat = |line: &str| ask(&github, "octocats", line, "{}");
    let (status, _, body) = octocat("GET /acme/site.git/info/lfs/locks");
    assert_eq!((status, body.as_str()), (200, r#"{"locks":[]}"#));
    let (status, _, body) = octocat("POST /acme/site.git/info/lfs/locks/verify");
    assert_eq!((status, body.as_str()), (200, r#"{"ours":[],"theirs":[]}"#));
    let (status, ..) = octocat("POST /acme/docs.git/info/lfs/locks/verify");
    assert_eq!(status, 403, "locks are for those who push");
    let line = "POST /acme/old.git/info/lfs/objects/batch";
    let (status, head, _) = ask(&github, "octocats", line, &batch("download"));
    assert_eq!(status, 301);
    assert!(
        head.contains("/acme/site.git/info/lfs/objects/batch\r\n"),
        "{head}"
    );
    let (status, _, body) = ask(&github, "octocats", &line.replace("old", "site"), "{}");
    assert_eq!(status, 422, "{body}");
}
