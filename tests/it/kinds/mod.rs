//! Every kind of token, as each GitHub answers about it: its form, its headers, its end.

mod expiry;
mod form;
mod headers;
mod installation;
mod installations;
mod legacy;
mod personality;
mod user_to_server;

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use fake_github::{FakeGitHub, Request};
use jiff::Timestamp;

use crate::runner::{Job, Ran, Step};

/// A gate that asks for nothing, so that what stands in its log is what GitHub told.
pub(crate) const ALL_KINDS: &str =
    "    kinds: [classic, fine-grained, installation, legacy, oauth, user-to-server]";

/// A token of an OAuth app.
pub(crate) fn oauth() -> String {
    ["gho", "patgateVector00620zzzzzzzzzzzz00kKki"].join("_")
}

/// A token of a GitHub App that acts for a user.
pub(crate) fn user_to_server() -> String {
    ["ghu", "abcdefghijklmnopqrstuvwxyz01232LolCm"].join("_")
}

/// An installation token of the form of 2026: `ghs_<app id>_<JWT>`. 'claims' is the JWT's middle.
pub(crate) fn stateless(app_id: u64, claims: &str) -> String {
    let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"ES256","typ":"JWT"}"#);
    let signature = BASE64_URL_SAFE_NO_PAD.encode([7; 64]);
    let jwt = [header, part(claims), signature].join(".");
    ["ghs", &app_id.to_string(), &jwt].join("_")
}

/// What GitHub writes into such a token, of which it asks nobody to depend on anything.
pub(crate) fn claims(app_id: u64, expires_at: Timestamp) -> String {
    let end = expires_at.as_second();
    let noise = "patgateCANARYnoise".repeat(6);
    format!(
        r#"{{"aid":{app_id},"aud":"github","azc":"{noise}","exp":{end},"iat":{},"iss":"github","jti":"{noise}","sub":"integration/{app_id}"}}"#,
        end - 3600
    )
}

/// A token from before the prefixes.
pub(crate) fn legacy() -> String {
    "0a1b2c3d4e".repeat(4)
}

/// Runs the main phase by the gate 'rules', without a lease: what it says, then what GitHub was
/// asked and how it answered, then the exit status.
#[track_caller]
pub(crate) fn look(github: &FakeGitHub, token: &str, rules: &str) -> String {
    let mut job = Job::on(github, token, &crate::issue::gate(rules));
    look_at(github, &mut job).0
}

/// The same for a job that a test has set up.
#[track_caller]
pub(crate) fn look_at(github: &FakeGitHub, job: &mut Job) -> (String, Ran) {
    github.forget_requests();
    let ran = job.main(&mut Step::new().with("lease", "none"));
    let requests = github.requests();
    assert_harmless(&requests, &job.token);
    (shown(github, job, &ran, &requests), ran)
}

/// A run, for people.
pub(crate) fn shown(github: &FakeGitHub, job: &Job, ran: &Ran, requests: &[Request]) -> String {
    let host = github.url().trim_start_matches("http://");
    let log = job.stable(&ran.log).replace(host, "github.test");
    let log = log.strip_prefix(concat!("patgate ", env!("CARGO_PKG_VERSION"), "\n"));
    let mut asked: Vec<_> = requests
        .iter()
        .map(|request| format!("> {request} {}", request.status))
        .collect();
    // What comes after the first question is asked side by side.
    if let Some(rest) = asked.get_mut(1..) {
        rest.sort();
    }
    let asked = asked.join("\n");
    let status = ran.status.unwrap();
    let shown = format!("{}\n{asked}\nexit {status}", log.unwrap());
    // Here, no run ever leases.
    shown
        .replace("nothing was leased\n", "")
        .replace("\n\n", "\n")
}

/// The same without its first line, which tells the token, where it is one token all the time.
pub(crate) fn verdict(shown: &str) -> &str {
    shown.split_once('\n').map_or(shown, |(_, rest)| rest)
}

/// What is told of something, in a snapshot of several.
pub(crate) fn line(name: &str, told: &str) -> String {
    format!("{name}: {told}\n")
}

/// A heading and what it is of, in a snapshot of several.
pub(crate) fn row(name: &str, shown: &str) -> String {
    format!("# {name}\n{shown}\n\n")
}

/// What holds of every run, whatever the token is: nothing but questions, each once, each with
/// what GitHub wants to see and no more.
#[track_caller]
pub(crate) fn assert_harmless(requests: &[Request], token: &str) {
    for (at, request) in requests.iter().enumerate() {
        let is_question = match request.method.as_str() {
            "GET" => request.body.is_empty(),
            "POST" => {
                request.path.ends_with("/graphql")
                    && request.body == r#"{"query":"{viewer{login}}"}"#
            }
            _ => false,
        };
        assert!(is_question, "{request} only asks: {}", request.body);
        let before = requests[..at].iter().find(|before| {
            (&before.method, &before.path, &before.body)
                == (&request.method, &request.path, &request.body)
        });
        // Only what had no answer is asked again.
        let answered = before.filter(|before| (200..429).contains(&before.status));
        assert!(answered.is_none(), "{request} was answered already");
        assert_dressed(request, token);
    }
}

/// The headers of a request.
#[track_caller]
fn assert_dressed(request: &Request, token: &str) {
    let basic = BASE64_STANDARD.encode(format!("x-access-token:{token}"));
    let service = request.path.split_once("/info/refs?service=");
    let (authorization, accept, protocol) = match service {
        Some((_, "git-upload-pack")) => (format!("Basic {basic}"), None, Some("version=2")),
        Some(_) => (format!("Basic {basic}"), None, None),
        None => {
            let accept = Some("application/vnd.github+json");
            (format!("Bearer {token}"), accept, None)
        }
    };
    let lines = request.headers.iter();
    let lines = lines.filter(|(name, _)| name == "authorization").count();
    assert_eq!(lines, 1, "{request} has one credential");
    let shown = request.authorization.as_deref();
    assert!(shown == Some(&authorization), "{request} has the token");
    if let Some(accept) = accept {
        assert_eq!(request.header("accept"), Some(accept), "{request}");
        // The oldest there is: servers that have versions know it, and older ones ask for none.
        let version = request.header("x-github-api-version");
        assert_eq!(version, Some("2022-11-28"), "{request}");
    }
    assert_eq!(request.header("git-protocol"), protocol, "{request}");
    let agent = request.user_agent.as_deref().unwrap_or_default();
    assert!(agent.starts_with("patgate/"), "{request}: {agent}");
    assert!(agent.ends_with("(run 4711)"), "{request}: {agent}");
}
