//! The report that programs read. Its form is a promise: fields are added, never changed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::facts::{Answer, Fact, RepositoryFacts, Standing};
use crate::policy::Finding;

use super::{Report, outputs, words};

pub(super) fn render(report: &Report<'_>) -> String {
    let facts = report.facts;
    let repositories: Map<_, _> = facts
        .repositories
        .iter()
        .map(|(name, found)| (name.to_string(), repository(found)))
        .collect();
    let report = json!({
        "version": 1,
        "judged_at": seconds(report.now).to_string(),
        "verdict": report.verdict,
        "mode": if report.audit { "audit" } else { "enforce" },
        "policy": { "source": report.policy, "gate": report.policy.map(|_| report.gate) },
        "token": {
            "kind": facts.kind.word(),
            "standing": match facts.standing {
                Standing::Accepted => "accepted",
                Standing::Refused => "refused",
                Standing::Forbidden(_) => "forbidden",
            },
            "owner": known(&facts.owner, |login| json!(login)),
            "expires_at": outputs::expires_at(&facts.expiry),
            "days_left": words::days_left(facts, report.github_now()),
            "scopes": known(&facts.scopes, |scopes| json!(scopes)),
            "repositories": repositories,
        },
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "lease": report.lease.map(|lease| json!({
            "origin": lease.origin,
            "repositories": lease.repositories,
            "expires_at": lease.expires_at.to_string(),
        })),
    });
    format!("{report:#}\n")
}

/// An instant without its fraction, as all the others are.
fn seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).expect("an instant without its fraction")
}

fn finding(finding: &Finding) -> Value {
    let Finding {
        rule,
        level,
        message,
        help,
    } = finding;
    json!({ "rule": rule.as_str(), "level": level.word(), "message": message, "help": help })
}

fn repository(found: &RepositoryFacts) -> Value {
    let RepositoryFacts { fetch, push } = found;
    json!({ "fetch": known(fetch, answer), "push": known(push, answer) })
}

fn answer(answer: &Answer) -> Value {
    json!(match answer {
        Answer::Yes => "yes",
        Answer::Forbidden(_) => "forbidden",
        Answer::Invisible => "invisible",
    })
}

/// What is not known is `null`.
fn known<T>(fact: &Fact<T>, value: impl Fn(&T) -> Value) -> Value {
    match fact {
        Fact::Known(known) => value(known),
        Fact::Unknown(_) => Value::Null,
    }
}
