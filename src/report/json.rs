//! The report that programs read. Its form is a promise: fields are added, never changed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::facts::{
    Answer, Fact, Grant, RepositoryFacts, RepositoryName, Standing, TokenFacts, TokenReach,
    Visibility,
};
use crate::policy::{Finding, Home, Item, Location, Surplus};

use super::{Judged, Leased, Report, Unusable, outputs, words};

pub(super) fn render(report: &Report<'_>) -> String {
    let tokens: Vec<_> = report
        .tokens
        .iter()
        .map(|judged| token(report, judged))
        .collect();
    let leases: Vec<_> = report.leases.iter().map(lease).collect();
    let findings = report.findings();
    let json = json!({
        "version": 1,
        "judged_at": seconds(report.now).to_string(),
        "verdict": report.verdict(),
        "mode": if report.audit { "audit" } else { "enforce" },
        "policy": {
            "source": report.policy,
            "gate": report.policy.map(|_| report.gates()[0]),
            "gates": report.policy.map(|_| report.gates()),
        },
        // Of several tokens, the first that counts stands where the only one would.
        "token": tokens.iter().zip(report.tokens).find(|(_, judged)| !judged.is_passed_over).map(|(json, _)| json),
        "tokens": tokens,
        "spare": report.spare,
        "unusable": report.unusable.iter().map(unusable).collect::<Vec<_>>(),
        "findings": findings.into_iter().map(|one| finding(report, one)).collect::<Vec<_>>(),
        "lease": leases.first(),
        "leases": leases,
    });
    format!("{json:#}\n")
}

fn token(report: &Report<'_>, judged: &Judged<'_>) -> Value {
    let facts = judged.facts;
    let repositories: Map<_, _> = facts
        .repositories
        .iter()
        .map(|(name, found)| (name.to_string(), repository(found)))
        .collect();
    let (standing, refusal) = match &facts.standing {
        Standing::Accepted => ("accepted", None),
        Standing::Refused => ("refused", None),
        Standing::Forbidden(refusal) => ("forbidden", Some(refusal)),
    };
    json!({
        "gate": report.policy.map(|_| judged.gate),
        "line": judged.line,
        "passed_over": judged.is_passed_over,
        // Of one that is passed over they stand nowhere else.
        "findings": judged.findings.iter().map(|one| finding(report, one)).collect::<Vec<_>>(),
        "kind": facts.kind.word(),
        "made_for_this_step": judged.is_made,
        "verdict": judged.verdict,
        "standing": standing,
        "refusal": refusal.map(|refusal| json!({
            "message": refusal.to_string(),
            "help": refusal.help(),
            "page": refusal.page(),
        })),
        "owner": known(&facts.owner, |login| json!(login)),
        "actor": known(&facts.actor, |login| json!(login)),
        "is_github_token": facts.is_github_token(),
        "oauth_app": facts.oauth_app,
        "github_enterprise_server": facts.enterprise,
        "expires_at": outputs::expires_at(&facts.expiry),
        "days_left": words::days_left(facts, report.github_now(facts)),
        "scopes": known(&facts.scopes, |scopes| json!(scopes)),
        "permissions": permissions(facts),
        "permissions_are_complete": facts.permissions.is_whole(),
        "reach": known(&facts.reach, |TokenReach { count, all }| json!({ "repositories": count, "all": all })),
        "repositories": repositories,
        "surplus": judged.surplus.as_ref().map(surplus),
    })
}

/// A line of the input `tokens` that holds no token.
fn unusable(unusable: &Unusable<'_>) -> Value {
    let Unusable {
        gate,
        line,
        message,
        help,
    } = unusable;
    json!({ "gate": gate, "line": line, "message": message, "help": help })
}

/// Each permission of which something is known; what is not exact says `at_most`, too.
fn permissions(facts: &TokenFacts) -> Map<String, Value> {
    let named = facts.permissions.named.iter();
    named
        .map(|(name, grant)| {
            let Grant { least, most } = grant;
            let level = json!({
                "level": grant.word(),
                "at_least": least.word(),
                "at_most": most.word(),
            });
            (name.clone(), level)
        })
        .collect()
}

fn surplus(surplus: &Surplus) -> Value {
    let Surplus {
        items,
        repositories,
    } = surplus;
    let item = |Item { name, grade }: &Item| json!({ "name": name, "grade": grade.word() });
    json!({ "items": items.iter().map(item).collect::<Vec<_>>(), "repositories": repositories })
}

fn lease(lease: &Leased<'_>) -> Value {
    json!({
        "gate": lease.gate,
        "origin": lease.origin,
        "repositories": lease.repositories(),
        "form": lease.form,
        "expires_at": lease.expires_at.map(|end| end.to_string()),
    })
}

/// An instant without its fraction, as all the others are.
fn seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).expect("an instant without its fraction")
}

fn finding(report: &Report<'_>, finding: &Finding) -> Value {
    let Finding {
        rule,
        level,
        message,
        help,
        at,
        waiver,
    } = finding;
    json!({
        "rule": rule.as_str(),
        "level": level.word(),
        "message": message,
        "help": help,
        "at": at.as_ref().and_then(|at| place(report, at)),
        "waived": waiver.as_ref().map(|waiver| json!({
            "until": waiver.until.to_string(),
            "reason": waiver.reason,
        })),
    })
}

/// Where the policy demands otherwise. The baseline has no lines that anybody could look up.
fn place(report: &Report<'_>, at: &Location) -> Option<Value> {
    (at.home() != Home::Builtin)
        .then(|| json!({ "file": report.file(at), "line": at.line(), "column": at.column() }))
}

fn repository(found: &RepositoryFacts) -> Value {
    let RepositoryFacts {
        fetch,
        push,
        archived,
        visibility,
        renamed_to,
    } = found;
    json!({
        "fetch": known(fetch, answer),
        "push": known(push, answer),
        "archived": known(archived, |archived| json!(archived)),
        "visibility": known(visibility, |visibility: &Visibility| json!(visibility.word())),
        "renamed_to": renamed_to.as_ref().map(RepositoryName::as_str),
    })
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
