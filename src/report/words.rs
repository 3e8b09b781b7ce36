//! Facts in the words of people, for the log and the summary alike.

use jiff::{SignedDuration, Timestamp};

use crate::facts::{Expiry, Fact, Standing, TokenFacts};
use crate::policy::{Grade, Item, Surplus};

use super::Report;

pub(super) fn log(report: &Report<'_>) -> Vec<String> {
    let mut lines = tokens(report);
    lines.extend(match report.spare {
        0 => None,
        1 => Some("1 more candidate is not needed, and was sent nowhere".to_owned()),
        spare => Some(format!(
            "{spare} more candidates are not needed, and were sent nowhere"
        )),
    });
    lines.push(verdict(report));
    if report.audit && report.verdict() == "deny" && !report.leases.is_empty() {
        lines.push("mode `audit`: the token is leased all the same".to_owned());
    }
    if report.leases.is_empty() {
        lines.push("nothing was leased".to_owned());
    }
    for lease in &report.leases {
        let reach = match lease.repositories().join(", ") {
            names if names.is_empty() => format!("all of {}", lease.origin),
            names => format!("{names} of {}", lease.origin),
        };
        lines.push(format!("leased {}: {reach}", lease.terms()));
    }
    lines
}

/// Each token that another took the place of, and why. A text that is no token is told even where
/// none passed.
pub(super) fn passed_over(report: &Report<'_>) -> impl Iterator<Item = String> {
    let tokens = report.tokens.iter().filter(|token| token.is_passed_over);
    let judged = tokens.map(|token| {
        let denials = token.findings.iter();
        let gravest = denials.max_by_key(|finding| finding.level);
        let why = gravest.map(|finding| format!("{}; {}", finding.message, finding.help));
        (token.line, token.gate, why.unwrap_or_default())
    });
    let unusable = report.unusable.iter().map(|one| {
        let why = format!("{}; {}", one.message, one.help);
        (Some(one.line), one.gate, why)
    });
    let mut all: Vec<_> = judged.chain(unusable).collect();
    all.sort_by_key(|(line, ..)| *line);
    all.into_iter().map(|(line, gate, why)| {
        let line = line.unwrap_or_default();
        format!(
            "the token in line {line} of the input `tokens` is passed over for the gate `{gate}`: {why}"
        )
    })
}

/// What the tokens are.
pub(super) fn tokens(report: &Report<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    for judged in report.tokens {
        let facts = judged.facts;
        let told = token(facts, report.github_now(facts));
        lines.push(match judged.line {
            Some(line) => format!("line {line}, for the gate `{}`: {told}", judged.gate),
            None => told,
        });
        lines.extend(clock(facts));
        for (name, found) in &facts.repositories {
            lines.push(format!("{name}: {}", super::markdown::reach(found)));
        }
        lines.extend(permissions(facts));
        lines.extend(judged.surplus.as_ref().and_then(surplus));
    }
    lines
}

/// What became of them, and by which policy.
pub(super) fn verdict(report: &Report<'_>) -> String {
    let gates: Vec<_> = report
        .gates()
        .iter()
        .map(|gate| format!("`{gate}`"))
        .collect();
    let gate = match gates.len() {
        1 => format!("gate {}", gates[0]),
        _ => format!("gates {}", gates.join(", ")),
    };
    let policy = report.policy.map_or(
        "the built-in baseline, since there is no policy".to_owned(),
        // One that stands in an input has a name with its own quotes.
        |name| match name.strip_prefix("the ") {
            Some(named) => format!("{named}, {gate}"),
            None => format!("policy `{name}`, {gate}"),
        },
    );
    format!(
        "{policy}: {}, {}",
        report.verdict(),
        findings(report.findings().len())
    )
}

fn token(facts: &TokenFacts, now: Timestamp) -> String {
    let kind = facts.kind.with_article();
    match facts.standing {
        Standing::Accepted if facts.is_github_token() => format!(
            "the token is the job's own `GITHUB_TOKEN`, {kind}{}; it {}; {}",
            owner(facts),
            expiry(facts, now),
            scopes(facts)
        ),
        Standing::Accepted => format!(
            "the token is {kind}{}; it {}; {}",
            owner(facts),
            expiry(facts, now),
            scopes(facts)
        ),
        Standing::Refused | Standing::Forbidden(_) => {
            format!("the token has the form of {kind}, and GitHub does not take it")
        }
    }
}

/// A clock that is wrong explains many a strange thing, and GitHub's is the one that counts.
fn clock(facts: &TokenFacts) -> Option<String> {
    let minutes = facts.clock_ahead.as_mins();
    let stands = match minutes {
        1.. => format!("{minutes} minutes behind"),
        ..=-1 => format!("{} minutes before", -minutes),
        0 => return None,
    };
    Some(format!(
        "this machine's clock stands {stands} GitHub's, by which expiries are judged; set it right"
    ))
}

/// The permissions, where something is known of them.
fn permissions(facts: &TokenFacts) -> Option<String> {
    let named = &facts.permissions.named;
    let known: Vec<_> = named
        .iter()
        .filter(|(_, grant)| grant.word() != "unknown")
        .map(|(name, grant)| format!("{name}: {}", grant.word()))
        .collect();
    let seen = if facts.permissions.is_whole() {
        "its permissions are"
    } else {
        "of its permissions can be seen"
    };
    (!known.is_empty()).then(|| format!("{seen} {}", known.join(", ")))
}

/// What the token has and the gate does not need, the gravest first.
pub(super) fn surplus(surplus: &Surplus) -> Option<String> {
    let Surplus {
        items,
        repositories,
    } = surplus;
    let mut beyond: Vec<_> = items
        .iter()
        .map(|Item { name, grade }| match grade {
            Grade::Admin => format!("`{name}` (grave)"),
            Grade::Read | Grade::Write => format!("`{name}`"),
        })
        .collect();
    match repositories {
        Some(1) => beyond.push("1 more repository".to_owned()),
        Some(count) => beyond.push(format!("{count} more repositories")),
        None => {}
    }
    (!surplus.is_empty()).then(|| {
        format!(
            "beyond what the gate needs, the token has {}",
            beyond.join(", ")
        )
    })
}

fn owner(facts: &TokenFacts) -> String {
    match &facts.owner {
        Fact::Known(login) => {
            let app = facts
                .oauth_app
                .as_ref()
                .map(|app| format!(", issued to the app `{app}`"));
            format!(" of `{login}`{}", app.unwrap_or_default())
        }
        Fact::Unknown(_) => String::new(),
    }
}

/// When the token ends, as the second half of a sentence.
pub(super) fn expiry(facts: &TokenFacts, now: Timestamp) -> String {
    match (&facts.standing, &facts.expiry) {
        (Standing::Refused | Standing::Forbidden(_), _) => {
            "is unknown: GitHub does not take the token".to_owned()
        }
        (_, Expiry::At(end)) if *end <= now => format!("expired at {end}"),
        (_, Expiry::At(end)) => format!("expires at {end}, in {}", span(end.duration_since(now))),
        (_, Expiry::Never) => "never expires".to_owned(),
        (_, Expiry::Unknown(why)) => format!("has an unknown expiry: {why}"),
        (_, Expiry::Within(end)) => format!("expires before {end}"),
    }
}

/// The scopes, as a sentence's last part.
fn scopes(facts: &TokenFacts) -> String {
    match &facts.scopes {
        _ if !facts.kind.has_scopes() => "it has permissions in place of scopes".to_owned(),
        Fact::Known(scopes) if scopes.is_empty() => "it has no scope".to_owned(),
        Fact::Known(scopes) => {
            let scopes: Vec<_> = scopes.iter().map(String::as_str).collect();
            format!("its scopes are {}", scopes.join(", "))
        }
        Fact::Unknown(why) => format!("its scopes are unknown: {why}"),
    }
}

pub(super) fn findings(count: usize) -> String {
    match count {
        0 => "no findings".to_owned(),
        1 => "1 finding".to_owned(),
        count => format!("{count} findings"),
    }
}

/// Whole days left, if that is known.
pub(super) fn days_left(facts: &TokenFacts, now: Timestamp) -> Option<i64> {
    match facts.expiry {
        Expiry::At(end) => Some(end.duration_since(now).as_hours() / 24),
        Expiry::Never | Expiry::Unknown(_) | Expiry::Within(_) => None,
    }
}

fn span(left: SignedDuration) -> String {
    match (left.as_hours() / 24, left.as_hours(), left.as_mins()) {
        (days @ 2.., ..) => format!("{days} days"),
        (_, hours @ 2.., _) => format!("{hours} hours"),
        (_, _, minutes) => format!("{minutes} minutes"),
    }
}
