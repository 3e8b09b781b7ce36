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

use patgate::facts::TokenFacts;
use patgate::policy::{Document, Policy, RuleName, Run};

use form::{Case, Outcome, instant};

/// The present, where a case names no other.
const NOW: &str = "2026-09-01T12:00:00Z";

/// Rules that stand in the table and that nothing checks yet. Whoever writes the check takes the rule
/// from here, and adds a case and the facts of its example.
pub(crate) const NOT_YET: &[RuleName] = &[
    RuleName::PolicyMovableRef,
    RuleName::RepositoriesUnseen,
    RuleName::RunActorNotAllowed,
    RuleName::RunEventNotAllowed,
    RuleName::RunFork,
    RuleName::RunRefNotAllowed,
    RuleName::RunRunnerNotAllowed,
    RuleName::RunUnknown,
    RuleName::RunWorkflowNotAllowed,
    RuleName::WaiverExpired,
    RuleName::WaiverUnused,
];

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
        .flat_map(|case| case.expect.findings)
        .map(|finding| finding.rule)
        .collect();
    let silent: Vec<_> = RuleName::ALL
        .iter()
        .filter(|rule| !NOT_YET.contains(rule))
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
            "-   until: 2026-09-01T13:01:00Z\n+   until: 2026-09-01T13:00:00Z",
        ),
        ("expect: {", "expected: {", "unknown field `expected`"),
        ("reach: origin", "reach: [acme/site]", "-   - acme/site"),
        ("version: 1", "version: 2", "and not `2`"),
    ] {
        let failure = run(&good.replace(from, to)).unwrap_err();
        assert!(failure.contains(told), "{failure}");
    }
    let (without, _) = good.split_once("expect").unwrap();
    assert!(run(without).unwrap_err().contains("missing field `expect`"));
}

/// Judges a case, or tells how it differs from what it expects.
fn run(text: &str) -> Result<(), String> {
    let case: Case = serde_yaml::from_str(text).map_err(|error| format!("no case: {error}\n"))?;
    let Case {
        policy,
        gate,
        inputs,
        facts,
        now,
        expect,
    } = case;
    let gate = gate.as_deref().unwrap_or("default");
    let policy = policy
        .map_or_else(
            || Ok(Policy::baseline()),
            |text| Document::parse(&text, "policy").and_then(|document| document.gate(gate)),
        )
        .map_err(|error| format!("the policy is wrong: {error}\n"))?
        .narrow(&inputs.repositories, inputs.ttl.as_deref())
        .map_err(|error| format!("the inputs are wrong: {error}\n"))?;
    let facts: TokenFacts = facts.build();
    let run = Run {
        audit: inputs.audit,
        facts: None,
    };
    let verdict = policy.judge(&facts, &run, instant(now.as_deref().unwrap_or(NOW)));
    let outcome = Outcome::of(verdict);
    if outcome == expect {
        Ok(())
    } else {
        Err(difference(&expect.to_text(), &outcome.to_text()))
    }
}

/// Two texts as one: `-` stands before what is expected, `+` before what is found.
fn difference(expected: &str, found: &str) -> String {
    let expected: Vec<_> = expected.lines().collect();
    let found: Vec<_> = found.lines().collect();
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let before = expected.iter().zip(&found).take_while(same).count();
    let ends = expected[before..]
        .iter()
        .rev()
        .zip(found[before..].iter().rev());
    let after = ends.take_while(same).count();
    let marked = |mark, part: &[&str]| -> String {
        let lines: Vec<_> = part.iter().map(|line| format!("{mark} {line}\n")).collect();
        lines.concat()
    };
    [
        marked(' ', &expected[..before]),
        marked('-', &expected[before..expected.len() - after]),
        marked('+', &found[before..found.len() - after]),
        marked(' ', &expected[expected.len() - after..]),
    ]
    .concat()
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
