//! The examples in the table of the rules: they are judged as it says.

use std::collections::BTreeSet;

use patgate::facts::TokenFacts;
use patgate::policy::{Document, Policy, RuleName, Run, Verdict};
use serde::Deserialize;

use super::NOT_YET;
use super::form::{Facts, instant};

/// When the examples are judged.
const NOW: &str = "2026-12-01T09:00:00Z";

/// What the words of an example speak of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// Who passes.
    passes: Facts,
    /// Who fails, in the order of the table.
    fails: Vec<Facts>,
}

/// By rule, in the form of a case's facts.
const EXAMPLES: &[(RuleName, &str)] = &[
    (
        RuleName::ExpiryPassed,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: 2026-11-28T09:00:00Z }",
    ),
    (
        RuleName::ExpiryRequired,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: never }",
    ),
    (
        RuleName::ExpirySoon,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: 2026-12-08T09:00:00Z }",
    ),
    (
        RuleName::ExpiryTooLate,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: 2027-11-26T09:00:00Z }
  - { kind: classic, expiry: never }",
    ),
    (
        RuleName::ExpiryTooSoon,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: 2026-12-01T09:50:00Z }",
    ),
    (
        RuleName::ExpiryUnknown,
        "
passes: { kind: classic, expiry: 2026-12-31T09:00:00Z }
fails:
  - { kind: classic, expiry: unknown, enterprise: 3.2.1 }
  - { kind: installation, expiry: { within: 2026-12-01T10:00:00Z } }",
    ),
    (
        RuleName::KindNotAllowed,
        "
passes: { kind: fine-grained }
fails:
  - { kind: classic }",
    ),
    (
        RuleName::OwnerNotAllowed,
        "
passes: { kind: classic, owner: acme-bot }
fails:
  - { kind: classic, owner: octocat }",
    ),
    (
        RuleName::OwnerUnknown,
        "
passes: { kind: installation, owner: acme }
fails:
  - { kind: installation, owner: unknown }",
    ),
    (
        RuleName::PermissionsExcess,
        "
passes: { kind: user-to-server, permissions: { listed: { contents: read } } }
fails:
  - { kind: user-to-server, permissions: { listed: { contents: write } } }
  - { kind: user-to-server, permissions: { listed: { contents: read, issues: read } } }",
    ),
    (
        RuleName::PermissionsMissing,
        "
passes:
  kind: user-to-server
  permissions: { listed: { contents: read, issues: write } }
  repositories: { acme/site: { fetch: yes } }
fails:
  - kind: user-to-server
    permissions: { listed: { contents: read, issues: read } }
    repositories: { acme/site: { fetch: yes } }
  - kind: fine-grained
    permissions: { seen: { contents: { at-least: read }, issues: { at-most: none } } }
    repositories: { acme/site: { fetch: yes } }",
    ),
    (
        RuleName::PermissionsUnknown,
        "
passes:
  kind: installation
  permissions: { listed: { contents: write, issues: write, workflows: write } }
  repositories: { acme/site: { push: yes } }
fails:
  - kind: fine-grained
    permissions: { seen: { contents: { at-least: write } } }
    repositories: { acme/site: { push: yes } }
  - kind: fine-grained
    permissions: { seen: { contents: { at-least: write }, issues: { at-least: read } } }
    repositories: { acme/site: { push: yes } }",
    ),
    (
        RuleName::PermissionsUnseen,
        "
passes: { kind: installation, permissions: { listed: { contents: write } } }
fails:
  - { kind: fine-grained }",
    ),
    (
        RuleName::RepositoriesReachable,
        "
passes:
  kind: fine-grained
  repositories:
    acme/site: { push: yes }
    acme/secrets-vault: { fetch: invisible }
fails:
  - kind: fine-grained
    repositories:
      acme/site: { push: yes }
      acme/secrets-vault: { fetch: yes, visibility: private }
  - kind: fine-grained
    repositories:
      acme/site: { push: yes }
      acme/secrets-vault: { fetch: yes, visibility: public }",
    ),
    (
        RuleName::RepositoriesReadOnly,
        "
passes: { kind: installation, repositories: { acme/site: { push: yes } } }
fails:
  - kind: installation
    repositories: { acme/site: { push: { forbidden: { no-push: { login: 'github-actions[bot]' } } } } }
  - kind: installation
    repositories: { acme/site: { push: yes, archived: true } }",
    ),
    (
        RuleName::RepositoriesRenamed,
        "
passes: { kind: classic, repositories: { acme/site: { push: yes } } }
fails:
  - { kind: classic, repositories: { acme/site: { push: yes, renamed-to: acme/web } } }",
    ),
    (
        RuleName::RepositoriesUnknown,
        "
passes: { kind: classic, repositories: { acme/site: { fetch: yes } } }
fails:
  - kind: classic
    repositories: { acme/site: { fetch: { unknown: 'GitHub is out of order: HTTP 502' } } }",
    ),
    (
        RuleName::RepositoriesUnreachable,
        "
passes: { kind: classic, repositories: { acme/site: { push: yes }, acme/docs: { fetch: yes } } }
fails:
  - kind: fine-grained
    repositories: { acme/site: { push: yes }, acme/docs: { fetch: invisible } }
  - kind: classic
    repositories:
      acme/site: { push: yes }
      acme/docs:
        fetch: { forbidden: { kind-forbidden: { organization: acme, kind: classic } } }",
    ),
    (
        RuleName::ScopesExcess,
        "
passes: { kind: classic, scopes: [repo] }
fails:
  - { kind: classic, scopes: [gist, repo] }",
    ),
    (
        RuleName::ScopesForbidden,
        "
passes: { kind: classic, scopes: [repo] }
fails:
  - { kind: classic, scopes: ['admin:org'] }
  - { kind: classic, scopes: [delete_repo] }",
    ),
    (
        RuleName::ScopesMissing,
        "
passes: { kind: classic, scopes: [repo, workflow] }
fails:
  - { kind: classic, scopes: [repo] }",
    ),
    (
        RuleName::ScopesUnknown,
        "
passes: { kind: classic, scopes: [repo] }
fails:
  - { kind: classic, scopes: { unknown: headers-filtered } }",
    ),
    (
        RuleName::TokenBlanks,
        "
passes: { kind: classic }
fails:
  - { kind: classic, doubts: [blanks] }",
    ),
    (
        RuleName::TokenChecksum,
        "
passes: { kind: classic }
fails:
  - { kind: classic, doubts: [checksum] }",
    ),
    (
        RuleName::TokenRefused,
        "
passes: { kind: classic }
fails:
  - { kind: classic, standing: refused }
  - { kind: fine-grained, standing: refused, enterprise: 3.9.12 }
  - { kind: legacy, standing: refused }
  - { kind: classic, standing: { forbidden: suspended-account } }",
    ),
    (
        RuleName::TokenShape,
        "
passes: { kind: classic }
fails:
  - { kind: classic, doubts: [shape] }",
    ),
];

#[test]
fn every_rule_has_an_example_that_is_judged() {
    let judged = EXAMPLES.iter().map(|(rule, _)| *rule);
    let rules: Vec<_> = judged.chain(NOT_YET.iter().copied()).collect();
    let each: BTreeSet<_> = rules.iter().copied().collect();
    assert_eq!(each.len(), rules.len(), "a rule stands here twice");
    assert!(each.iter().eq(RuleName::ALL));
}

#[test]
fn who_passes_an_example_has_no_finding() {
    for (rule, example) in examples() {
        let verdict = judge(&policy(rule), example.passes);
        assert_eq!(verdict.findings(), [], "{rule}");
    }
}

#[test]
fn who_fails_an_example_has_the_finding_in_the_words_of_the_table() {
    for (rule, example) in examples() {
        let policy = policy(rule);
        assert_eq!(example.fails.len(), rule.failures().len(), "{rule}");
        for (facts, (who, told)) in example.fails.into_iter().zip(rule.failures()) {
            let verdict = judge(&policy, facts);
            let of_the_rule = verdict
                .findings()
                .iter()
                .filter(|finding| finding.rule == rule && finding.level == rule.level());
            let found: Vec<_> = of_the_rule
                .map(|finding| format!("{}; {}", finding.message, finding.help))
                .collect();
            assert!(
                found.iter().any(|found| found == told),
                "{rule}, {who}\n{told}\n{found:#?}"
            );
        }
    }
}

#[test]
fn the_baseline_has_the_levels_of_the_table() {
    let mut lowered = BTreeSet::new();
    for facts in examples()
        .into_iter()
        .flat_map(|(_, example)| example.fails)
    {
        for finding in judge(&Policy::baseline(), facts).findings() {
            let rule = finding.rule;
            assert_eq!(finding.level, rule.baseline_level(), "{rule}");
            lowered.extend((rule.level() != rule.baseline_level()).then_some(rule));
        }
    }
    let rules = RuleName::ALL.iter();
    let others = rules.filter(|rule| rule.level() != rule.baseline_level());
    assert!(lowered.iter().eq(others), "{lowered:?}");
}

fn examples() -> Vec<(RuleName, Example)> {
    EXAMPLES
        .iter()
        .map(|(rule, text)| {
            let example = serde_yaml::from_str(text);
            (
                *rule,
                example.unwrap_or_else(|error| panic!("{rule}: {error}")),
            )
        })
        .collect()
}

fn policy(rule: RuleName) -> Policy {
    Document::parse(&rule.example(), "example")
        .and_then(|document| document.gate("default"))
        .unwrap_or_else(|error| panic!("{rule}: {error}"))
}

fn judge(policy: &Policy, facts: Facts) -> Verdict {
    let facts: TokenFacts = facts.build();
    let run = Run {
        audit: false,
        facts: None,
    };
    policy.judge(&facts, &run, instant(NOW))
}
