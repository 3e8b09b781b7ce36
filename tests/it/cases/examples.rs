//! The examples in the table of the rules: they are judged as it says.

use std::collections::BTreeSet;

use jiff::Timestamp;
use patgate::facts::RunFacts;
use patgate::policy::{Document, Policy, Reference, RuleName, Run, Verdict};
use patgate::trial::{Facts, Now, RunForm};
use serde::Deserialize;

use super::form::{built, instant};

/// When the examples are judged.
const NOW: &str = "2026-12-01T09:00:00Z";

/// What the words of an example speak of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// Who passes.
    passes: Facts,
    /// In which run.
    passes_in: Option<RunForm>,
    /// When, if not at the usual time.
    passes_at: Option<Now>,
    /// Who fails, in the order of the table.
    #[serde(default)]
    fails: Vec<Facts>,
    /// The runs in which the one who passes fails elsewhere.
    #[serde(default)]
    fails_in: Vec<RunForm>,
    /// By what reference the policy was fetched that denies.
    fetched_by: Option<String>,
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
    (
        RuleName::PolicyMovableRef,
        "
passes: { kind: fine-grained }
fails:
  - { kind: fine-grained }
fetched_by: acme/.github/patgate.yml@v3",
    ),
    (
        RuleName::RepositoriesUnseen,
        "
passes:
  kind: installation
  reach: { count: 1 }
  repositories: { acme/site: { push: yes, visibility: private } }
fails:
  - { kind: classic, repositories: { acme/site: { push: yes } } }",
    ),
    (
        RuleName::RunActorNotAllowed,
        "
passes: { kind: classic }
passes_in: { actor: octocat }
fails_in:
  - { actor: [octocat, mallory] }",
    ),
    (
        RuleName::RunEventNotAllowed,
        "
passes: { kind: classic }
passes_in: { event: push }
fails_in:
  - { event: pull_request_target }",
    ),
    (
        RuleName::RunFork,
        "
passes: { kind: classic }
passes_in: { fork: false }
fails_in:
  - { fork: true }",
    ),
    (
        RuleName::RunRefNotAllowed,
        "
passes: { kind: classic }
passes_in: { ref: refs/heads/main }
fails_in:
  - { ref: refs/heads/topic }",
    ),
    (
        RuleName::RunRunnerNotAllowed,
        "
passes: { kind: classic }
passes_in: { runner: github-hosted }
fails_in:
  - { runner: self-hosted }",
    ),
    (
        RuleName::RunUnknown,
        "
passes: { kind: classic }
passes_in: { event: push, runner: github-hosted }
fails_in:
  - { runner: github-hosted }
  - { event: push }",
    ),
    (
        RuleName::RunWorkflowNotAllowed,
        "
passes: { kind: classic }
passes_in: { workflow: acme/site/.github/workflows/release.yml@refs/heads/main }
fails_in:
  - { workflow: acme/site/.github/workflows/x.yml@refs/heads/main }",
    ),
    (
        RuleName::WaiverExpired,
        "
passes: { kind: classic, expiry: never }
passes_at: 2026-08-31T23:59:59Z
fails:
  - { kind: classic, expiry: never }",
    ),
    (
        RuleName::WaiverUnused,
        "
passes: { kind: classic, expiry: never }
fails:
  - { kind: classic, expiry: 2026-12-31T09:00:00Z }",
    ),
];

#[test]
fn every_rule_has_an_example_that_is_judged() {
    let rules: Vec<_> = EXAMPLES.iter().map(|(rule, _)| *rule).collect();
    let each: BTreeSet<_> = rules.iter().copied().collect();
    assert_eq!(each.len(), rules.len(), "a rule stands here twice");
    assert!(each.iter().eq(RuleName::ALL));
}

#[test]
fn who_passes_an_example_has_no_finding() {
    for (rule, example) in examples() {
        let run = example.passes_in.map(|run| run.build().unwrap());
        let Now(now) = example.passes_at.unwrap_or(Now(instant(NOW)));
        let verdict = judge(&policy(rule), example.passes, run.as_ref(), now);
        let mut findings = verdict.findings().iter();
        // What a waiver sets aside is told all the same.
        assert!(
            findings.all(|finding| finding.waiver.is_some()),
            "{rule}: {verdict:?}"
        );
    }
}

#[test]
fn who_fails_an_example_has_the_finding_in_the_words_of_the_table() {
    for (rule, example) in examples() {
        let reference = example.fetched_by.as_deref().map(Reference::parse);
        let movable = reference.map(|reference| (reference.unwrap(), None));
        let policy = policy(rule).from_movable(movable.into_iter().collect());
        let elsewhere = example.fails_in.into_iter();
        let elsewhere = elsewhere.map(|run| (example.passes.clone(), Some(run.build().unwrap())));
        let fails: Vec<_> = example
            .fails
            .into_iter()
            .map(|facts| (facts, None))
            .chain(elsewhere)
            .collect();
        assert_eq!(fails.len(), rule.failures().len(), "{rule}");
        for ((facts, run), (who, told)) in fails.into_iter().zip(rule.failures()) {
            let verdict = judge(&policy, facts, run.as_ref(), instant(NOW));
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
        let verdict = judge(&Policy::baseline(), facts, None, instant(NOW));
        for finding in verdict.findings() {
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

fn judge(policy: &Policy, facts: Facts, run: Option<&RunFacts>, now: Timestamp) -> Verdict {
    let facts = built(facts, now);
    let run = Run {
        audit: false,
        facts: run,
    };
    policy.judge(&facts, &run, now)
}
