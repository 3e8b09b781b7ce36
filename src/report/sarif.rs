//! The report as SARIF, for GitHub's code scanning.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>,
//! <https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning>

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::policy::{Finding, Home, Level, Location, Reference, RuleName};

use super::Report;

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What stands for the policy where it is in no file of the repository: code scanning shows no
/// finding without a place.
const STAND_IN: &str = ".github/patgate.yml";

pub(super) fn render(report: &Report<'_>) -> String {
    let rules: Vec<_> = RuleName::ALL.iter().map(|rule| describe(*rule)).collect();
    let sarif = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "patgate",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            // Runs of several gates stand side by side.
            "automationDetails": { "id": format!("patgate/{}/", report.gates()[0]) },
            "columnKind": "unicodeCodePoints",
            "results": results(report),
        }],
    });
    format!("{sarif:#}\n")
}

fn describe(rule: RuleName) -> Value {
    let page = rule.page();
    json!({
        "id": rule.as_str(),
        "shortDescription": { "text": rule.summary() },
        "help": { "text": format!("What the rule demands, and what to do: {page}") },
        "helpUri": page,
        "defaultConfiguration": { "level": level(rule.level()) },
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
    }
}

fn results(report: &Report<'_>) -> Vec<Value> {
    let mut seen = BTreeMap::new();
    let findings = report.findings().into_iter();
    findings
        .map(|finding| {
            let print = fingerprint(report, finding);
            let count = seen.entry(print.clone()).or_insert(0);
            *count += 1;
            result(report, finding, &format!("{print}:{count}"))
        })
        .collect()
}

fn result(report: &Report<'_>, finding: &Finding, fingerprint: &str) -> Value {
    let Finding {
        rule,
        level: grave,
        message,
        help,
        at,
        waiver,
    } = finding;
    let index = RuleName::ALL.iter().position(|one| one == rule);
    let Place { file, line, column } = place(report, at.as_ref());
    let mut result = json!({
        "ruleId": rule.as_str(),
        "ruleIndex": index.expect("the table has every rule"),
        "level": level(*grave),
        "message": { "text": format!("{message}; {help}") },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(file),
            "region": { "startLine": line, "startColumn": column },
        } }],
        // The only one that GitHub reads; without it, it takes the line's text for it, and two
        // findings of one line for the same.
        "partialFingerprints": { "primaryLocationLineHash": fingerprint },
    });
    if let Some(waiver) = waiver {
        // Not set aside in the source that is scanned, but by whoever judges it.
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": waiver.to_string(),
        }]);
    }
    result
}

/// A place in the repository.
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
}

/// Where a finding is shown.
fn place<'a>(report: &'a Report<'_>, at: Option<&'a Location>) -> Place<'a> {
    if let Some(at) = at.filter(|at| at.home() == Home::Workspace) {
        return Place {
            file: report.file(at),
            line: at.line(),
            column: at.column(),
        };
    }
    // A policy of another repository and one in an input are in no file of this one.
    let is_file = |name: &&str| !name.contains('`') && Reference::parse(name).is_none();
    Place {
        file: report.policy.filter(is_file).unwrap_or(STAND_IN),
        line: 1,
        column: 1,
    }
}

fn artifact(file: &str) -> Value {
    let uri = encoded(file.trim_start_matches("./"));
    if file.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}

/// A path as a URI has it.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// The same from run to run: made of the names in the message, and not of the times.
fn fingerprint(report: &Report<'_>, finding: &Finding) -> String {
    let names = finding.message.split('`').skip(1).step_by(2);
    let parts = [
        finding.rule.as_str(),
        report.policy.unwrap_or_default(),
        report.gates()[0],
    ];
    let parts: Vec<_> = parts.into_iter().chain(names).collect();
    let hash = Sha256::digest(parts.join("\n"));
    let start = hash.first_chunk().expect("it is 32 bytes long");
    format!("{:016x}", u64::from_be_bytes(*start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_with_nothing_clever_in_it() {
        assert_eq!(encoded("ci/a b#c%.yml"), "ci/a%20b%23c%25.yml");
        assert_eq!(
            artifact("./ci/patgate.yml"),
            json!({ "uri": "ci/patgate.yml", "uriBaseId": "%SRCROOT%" })
        );
        assert_eq!(
            artifact("/etc/patgate.yml"),
            json!({ "uri": "file:///etc/patgate.yml" })
        );
    }
}
