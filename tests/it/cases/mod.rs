//! A policy and facts go in, a verdict comes out: a file a case, in `tests/cases`.
//!
//! What a case leaves out is the same for all: the baseline's policy, its gate `default`, no
//! inputs, and a token of `acme-bot` that GitHub takes, that never expires and has no scope.

mod examples;
mod form;
pub(crate) mod parts;
mod properties;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use patgate::policy::{Document, Policy, RuleName};
use patgate::trial::{Found, Now, RunForm};

use form::{Case, instant};

/// The present, where a case names no other.
const NOW: &str = "2026-09-01T12:00:00Z";

#[test]
fn every_case_has_the_verdict_that_it_expects() {
    let files = files();
    assert!(!files.is_empty(), "there is no case in tests/cases");
    let failures: Vec<_> = files
        .iter()
        .filter_map(|file| {
            let failure = run(&read(file)).err()?;
            let name = file.file_name()?.to_string_lossy();
            Some(format!("tests/cases/{name}:\n{failure}"))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases fail\n\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
}

#[test]
fn every_rule_complains_in_some_case() {
    let found: BTreeSet<_> = files()
        .iter()
        .filter_map(|file| serde_yaml::from_str::<Case>(&read(file)).ok())
        .flat_map(|case| case.expect.findings.unwrap_or_default())
        .map(|finding| finding.rule)
        .collect();
    let silent: Vec<_> = RuleName::ALL
        .iter()
        // How a policy was fetched is no part of a case: `examples` has it.
        .filter(|rule| **rule != RuleName::PolicyMovableRef)
        .map(|rule| rule.as_str())
        .filter(|rule| !found.contains(*rule))
        .collect();
    assert!(silent.is_empty(), "no case has a finding of {silent:?}");
}

#[test]
fn a_case_is_named_by_a_sentence() {
    for file in files() {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        assert!(
            name.chars().all(plain) && name.split('-').count() > 2,
            "{name}.yml is no sentence in small letters with `-` between its words"
        );
    }
}

#[test]
fn a_case_that_is_wrong_is_told() {
    let good = "facts: { kind: classic, expiry: never }\npolicy: |\n  version: 1\n  gates: { default: {} }\nexpect: { verdict: allow, lease: { until: 2026-09-01T13:00:00Z, reach: origin } }\n";
    assert_eq!(run(good), Ok(()));
    for (from, to, told) in [
        (
            "verdict: allow",
            "verdict: deny",
            "- verdict: deny\n+ verdict: allow",
        ),
        (
            "13:00",
            "13:01",
            "- lease until 2026-09-01T13:01:00Z\n+ lease until 2026-09-01T13:00:00Z",
        ),
        ("expect: {", "expected: {", "unknown field `expected`"),
        (
            "reach: origin",
            "reach: [acme/site]",
            "- lease of acme/site",
        ),
        ("version: 1", "version: 2", "and not `2`"),
    ] {
        let failure = run(&good.replace(from, to)).unwrap_err();
        assert!(failure.contains(told), "{failure}");
    }
    let (without, _) = good.split_once("expect").unwrap();
    assert!(run(without).unwrap_err().contains("missing field `expect`"));
}

/// Judges a case, or tells how it differs from what it expects. Unlike a test of a team's own, a
/// case says everything: each finding in its order, and the lease.
fn run(text: &str) -> Result<(), String> {
    let case: Case = serde_yaml::from_str(text).map_err(|error| format!("no case: {error}\n"))?;
    let (policy, mut trial) = case.split();
    let gate = trial.gate.as_deref().unwrap_or("default");
    let policy = policy
        .map_or_else(
            || Ok(Policy::baseline()),
            |text| Document::parse(&text, "policy").and_then(|document| document.gate(gate)),
        )
        .map_err(|error| format!("the policy is wrong: {error}\n"))?;
    let run = trial.run.as_ref().map(RunForm::build).transpose()?;
    let verdict = trial.verdict(policy, run.as_ref(), Now(instant(NOW)))?;
    let found = Found::of(verdict);
    trial.expect.findings.get_or_insert_default();
    let mut differences = trial.expect.differences(&found);
    if trial.expect.lease.is_none() && found.lease.is_some() {
        differences.push("+ lease".to_owned());
    }
    let expected = trial.expect.findings.iter().flatten();
    let expected: Vec<_> = expected.map(|finding| finding.rule.as_str()).collect();
    let order: Vec<_> = found
        .findings
        .iter()
        .map(|finding| finding.rule.as_str())
        .collect();
    if differences.is_empty() && expected != order {
        differences.push(format!("- {}\n+ {}", expected.join(", "), order.join(", ")));
    }
    if differences.is_empty() {
        Ok(())
    } else {
        Err(differences.join("\n"))
    }
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}
