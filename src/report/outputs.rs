//! The outputs of the action: one line each, for the workflow's expressions.

use crate::facts::{Expiry, Fact, TokenFacts};

use super::{Report, words};

/// Where there are several tokens, what they have in common once, and the earliest end.
pub(super) fn of(report: &Report<'_>) -> Vec<(String, String)> {
    let facts: Vec<_> = report.counting().map(|token| token.facts).collect();
    let first = facts[0];
    let ends = facts.iter().filter_map(|facts| match facts.expiry {
        Expiry::At(end) => Some((end, *facts)),
        Expiry::Never | Expiry::Unknown(_) | Expiry::Within(_) => None,
    });
    let soonest = ends
        .min_by_key(|(end, _)| *end)
        .map_or(first, |(_, facts)| facts);
    let days_left = words::days_left(soonest, report.github_now(soonest));
    let lease = report
        .leases
        .iter()
        .filter_map(|lease| lease.expires_at)
        .min();
    [
        ("verdict", report.verdict().to_owned()),
        ("findings", report.findings().len().to_string()),
        ("token-kind", first.kind.word().to_owned()),
        ("owner", joined(&facts, owner)),
        ("expires-at", expires_at(&soonest.expiry)),
        (
            "days-left",
            days_left.map(|days| days.to_string()).unwrap_or_default(),
        ),
        ("scopes", joined(&facts, scopes)),
        (
            "lease-expires-at",
            lease.map(|end| end.to_string()).unwrap_or_default(),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

fn joined(facts: &[&TokenFacts], word: impl Fn(&TokenFacts) -> String) -> String {
    let mut words: Vec<_> = facts.iter().map(|facts| word(facts)).collect();
    words.dedup();
    words.join(", ")
}

fn owner(facts: &TokenFacts) -> String {
    match &facts.owner {
        Fact::Known(login) => one_line(login),
        Fact::Unknown(_) => String::new(),
    }
}

fn scopes(facts: &TokenFacts) -> String {
    match &facts.scopes {
        Fact::Known(scopes) => {
            let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
            one_line(&scopes.join(", "))
        }
        Fact::Unknown(_) => "unknown".to_owned(),
    }
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
