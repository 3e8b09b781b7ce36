//! The outputs of the action: one line each, for the workflow's expressions.

use crate::facts::{Expiry, Fact};

use super::{Report, words};

pub(super) fn of(report: &Report<'_>) -> Vec<(String, String)> {
    let facts = report.facts;
    let owner = match &facts.owner {
        Fact::Known(login) => one_line(login),
        Fact::Unknown(_) => String::new(),
    };
    let scopes = match &facts.scopes {
        Fact::Known(scopes) => one_line(
            &scopes
                .iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", "),
        ),
        Fact::Unknown(_) => "unknown".to_owned(),
    };
    let days_left = words::days_left(facts, report.github_now());
    let lease = report.lease.map(|lease| lease.expires_at.to_string());
    [
        ("verdict", report.verdict.to_owned()),
        ("findings", report.findings.len().to_string()),
        ("token-kind", facts.kind.word().to_owned()),
        ("owner", owner),
        ("expires-at", expires_at(&facts.expiry)),
        (
            "days-left",
            days_left.map(|days| days.to_string()).unwrap_or_default(),
        ),
        ("scopes", scopes),
        ("lease-expires-at", lease.unwrap_or_default()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// RFC 3339, `never` or `unknown`.
pub(super) fn expires_at(expiry: &Expiry) -> String {
    match expiry {
        Expiry::At(end) => end.to_string(),
        Expiry::Never => "never".to_owned(),
        Expiry::Unknown(_) | Expiry::Within(_) => "unknown".to_owned(),
    }
}

/// GitHub's words, without a line end that would begin another output.
pub(super) fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
