//! Versions of the API, by date.

use hyper::{HeaderMap, StatusCode};

use crate::answer::{self, Answer};
use crate::server::Server;

/// The version that is selected unless the caller names one.
const DEFAULT: &str = "2022-11-28";

/// The version of 2026.
pub(super) const NEWEST: &str = "2026-03-10";

/// The version a call is answered in, where there are versions.
pub(super) fn selected(server: &Server, headers: &HeaderMap) -> Option<&'static str> {
    let known = known(server)?;
    let asked = asked(headers);
    let found = known.iter().find(|known| asked.as_deref() == Some(**known));
    Some(found.copied().unwrap_or(DEFAULT))
}

/// Refuses a version that is not known here; a server without versions ignores it.
pub(super) fn refusal(server: &Server, headers: &HeaderMap) -> Option<Answer> {
    let (known, asked) = (known(server)?, asked(headers)?);
    if known.contains(&asked.as_str()) {
        return None;
    }
    let listed: Vec<_> = known.iter().map(|known| format!("\"{known}\"")).collect();
    // recorded: GitHub's own text, seen in expipiplus1/update-nix-fetchgit #79.
    let message = format!(
        "The version you specified in the \"X-GitHub-API-Version\" request header, \"{asked}\", is not a supported version. \
         The following versions are currently supported: {} (most recent).",
        listed.join(", "),
    );
    Some(answer::error(StatusCode::BAD_REQUEST, &message))
}

/// The versions there are.
fn known(server: &Server) -> Option<&'static [&'static str]> {
    if server.has_since((3, 21)) {
        Some(&[DEFAULT, NEWEST])
    } else if server.has_since((3, 8)) {
        Some(&[DEFAULT])
    } else {
        None
    }
}

fn asked(headers: &HeaderMap) -> Option<String> {
    let asked = headers.get("x-github-api-version")?;
    Some(String::from_utf8_lossy(asked.as_bytes()).into_owned())
}
