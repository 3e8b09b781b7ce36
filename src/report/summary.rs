//! The job summary.

use std::fmt::Write as _;

use crate::facts::{Fact, TokenFacts};
use crate::policy::{Finding, Level};

use super::markdown::{code, message, reach, text};
use super::{Report, words};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut page = heading(report);
    page += &token(report);
    page += &findings(report.findings);
    page += &repositories(report.facts);
    if report.policy.is_none() {
        page += "\nThere is no policy file, so the built-in baseline judged the token. A policy in \
                 `.github/patgate.yml` would narrow the lease to named repositories, and say which kinds, owners, \
                 expiries and scopes may pass.\n";
    }
    page
}

fn heading(report: &Report<'_>) -> String {
    let lease = report.lease.map(|lease| {
        let reach = match lease.repositories {
            [] => format!("all of {}", code(lease.origin)),
            names => names
                .iter()
                .map(|name| code(name))
                .collect::<Vec<_>>()
                .join(", "),
        };
        format!(
            "Leased to git until {}: {reach}.\n\n",
            text(&lease.expires_at.to_string())
        )
    });
    let title = match (report.verdict, report.audit) {
        ("allow", _) => "✅ patgate: allowed",
        (_, true) => "⚠️ patgate: would be denied (audit)",
        (_, false) => "❌ patgate: denied",
    };
    let by = match report.policy {
        Some(policy) => format!("Judged by {}, gate {}.", code(policy), code(report.gate)),
        None => "Judged by the built-in baseline.".to_owned(),
    };
    let lease = lease.unwrap_or_else(|| "Nothing was leased.\n\n".to_owned());
    format!("### {title}\n\n{by} {lease}")
}

fn token(report: &Report<'_>) -> String {
    let facts = report.facts;
    let owner = match &facts.owner {
        Fact::Known(login) => code(login),
        Fact::Unknown(why) => format!("unknown: {}", text(&why.to_string())),
    };
    let mut rows = vec![
        ("Kind", text(&facts.kind.to_string())),
        ("Owner", owner),
        ("Expiry", text(&words::expiry(facts, report.github_now()))),
    ];
    if let Some(days) = words::days_left(facts, report.github_now()) {
        rows.push(("Days left", days.to_string()));
    }
    if facts.kind.has_scopes() {
        rows.push(("Scopes", scopes(facts)));
    }
    let mut table = "| The token | |\n| --- | --- |\n".to_owned();
    for (name, value) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {name} | {value} |");
    }
    table + "\n"
}

fn scopes(facts: &TokenFacts) -> String {
    match &facts.scopes {
        Fact::Known(scopes) if scopes.is_empty() => "none".to_owned(),
        Fact::Known(scopes) => scopes
            .iter()
            .map(|scope| code(scope))
            .collect::<Vec<_>>()
            .join(", "),
        Fact::Unknown(why) => format!("unknown: {}", text(&why.to_string())),
    }
}

fn findings(findings: &[Finding]) -> String {
    if findings.is_empty() {
        return "No rule complains.\n".to_owned();
    }
    let mut table =
        "| | Rule | What is wrong | What to do |\n| --- | --- | --- | --- |\n".to_owned();
    for finding in findings {
        let Finding {
            rule,
            level,
            message: wrong,
            help,
        } = finding;
        let mark = match level {
            Level::Deny => "❌ deny",
            Level::Warn => "⚠️ warn",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {mark} | {} | {} | {} |",
            code(rule.as_str()),
            message(wrong),
            message(help)
        );
    }
    table
}

fn repositories(facts: &TokenFacts) -> String {
    if facts.repositories.is_empty() {
        return String::new();
    }
    let mut table = "\n| Repository | What the token can do |\n| --- | --- |\n".to_owned();
    for (name, found) in &facts.repositories {
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} |",
            code(name.as_str()),
            text(&reach(found))
        );
    }
    table
}
