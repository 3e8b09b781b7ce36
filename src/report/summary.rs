//! The job summary.

use std::fmt::Write as _;

use crate::facts::{Answer, Fact, RepositoryFacts, TokenFacts, Visibility};
use crate::policy::{Finding, Grade, Home, Item, Level, Surplus};

use super::markdown::{code, message, text};
use super::{Judged, Leased, Report, words};

pub(super) fn render(report: &Report<'_>) -> String {
    let mut page = heading(report);
    for judged in report.tokens {
        page += &judged
            .line
            .map(|line| subheading(judged, line))
            .unwrap_or_default();
        page += &token(report, judged);
        page += &repositories(judged.facts);
        page += &permissions(judged.facts);
        page += &judged.surplus.as_ref().map(surplus).unwrap_or_default();
    }
    page += &passed_over(report);
    page += &findings(report);
    if report.policy.is_none() {
        page += "\nThere is no policy file, so the built-in baseline judged the token. A policy in \
                 `.github/patgate.yml` would narrow the lease to named repositories, and say which kinds, owners, \
                 expiries and scopes may pass.\n";
    }
    page
}

fn heading(report: &Report<'_>) -> String {
    let each = report
        .leases
        .iter()
        .map(|lease| format!("Leased {}: {}.\n\n", message(&lease.terms()), reach(lease)));
    let title = match (report.verdict(), report.audit) {
        ("allow", _) => "✅ patgate: allowed",
        (_, true) => "⚠️ patgate: would be denied (audit)",
        (_, false) => "❌ patgate: denied",
    };
    let by = match report.policy {
        Some(policy) => {
            let gates: Vec<_> = report.gates().into_iter().map(code).collect();
            let word = if gates.len() == 1 { "gate" } else { "gates" };
            format!("Judged by {}, {word} {}.", code(policy), gates.join(", "))
        }
        None => "Judged by the built-in baseline.".to_owned(),
    };
    let leased = if report.leases.is_empty() {
        "Nothing was leased.\n\n".to_owned()
    } else {
        each.collect()
    };
    format!("### {title}\n\n{by} {leased}")
}

/// Which of several tokens it is, and what became of it.
fn subheading(judged: &Judged<'_>, line: usize) -> String {
    let became = match (judged.is_passed_over, judged.verdict) {
        (true, _) => "passed over",
        (false, "allow") => "allowed",
        (false, _) => "denied",
    };
    let gate = code(judged.gate);
    format!("#### Line {line} of the input `tokens`, gate {gate}: {became}\n\n")
}

/// Why another token took a token's place.
fn passed_over(report: &Report<'_>) -> String {
    let lines: Vec<_> = words::passed_over(report)
        .map(|line| format!("- {}", message(&line)))
        .collect();
    if lines.is_empty() {
        return String::new();
    }
    format!("Passed over:\n\n{}\n\n", lines.join("\n"))
}

fn reach(lease: &Leased<'_>) -> String {
    let list = |patterns: &[String]| {
        let codes: Vec<_> = patterns.iter().map(|pattern| code(pattern)).collect();
        codes.join(", ")
    };
    match (lease.open, lease.shut) {
        ([], _) => format!("all of {}", code(lease.origin)),
        (open, []) => list(open),
        (open, shut) => format!("all of {} but {}", list(open), list(shut)),
    }
}

fn token(report: &Report<'_>, judged: &Judged<'_>) -> String {
    let facts = judged.facts;
    let now = report.github_now(facts);
    let owner = match &facts.owner {
        Fact::Known(login) => code(login),
        Fact::Unknown(why) => format!("unknown: {}", text(&why.to_string())),
    };
    let kind = if facts.is_github_token() {
        format!(
            "{}, the job's own {}",
            text(&facts.kind.to_string()),
            code("GITHUB_TOKEN")
        )
    } else if judged.is_made {
        format!("{}, made for this step", text(&facts.kind.to_string()))
    } else {
        text(&facts.kind.to_string())
    };
    let mut rows = vec![
        ("Kind", kind),
        ("Owner", owner),
        ("Expiry", text(&words::expiry(facts, now))),
    ];
    if let Some(days) = words::days_left(facts, now) {
        rows.push(("Days left", days.to_string()));
    }
    if let (Fact::Known(actor), false) = (&facts.actor, facts.actor == facts.owner) {
        rows.push(("Acts as", code(actor)));
    }
    if let Some(app) = &facts.oauth_app {
        rows.push(("Issued to the app", code(app)));
    }
    if let Some(version) = &facts.enterprise {
        rows.push(("GitHub Enterprise Server", text(version)));
    }
    if facts.kind.has_scopes() {
        rows.push(("Scopes", scopes(facts)));
    }
    if let Fact::Known(reach) = &facts.reach {
        let all = if reach.all {
            ", all of the account"
        } else {
            ""
        };
        rows.push(("Repositories", format!("{}{all}", reach.count)));
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

fn findings(report: &Report<'_>) -> String {
    let findings = report.findings();
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
            at,
            waiver,
        } = finding;
        let mark = match (level, waiver) {
            (_, Some(_)) => "☑️ waived",
            (Level::Deny, None) => "❌ deny",
            (Level::Warn, None) => "⚠️ warn",
        };
        let todo = match waiver {
            Some(waiver) => waiver.to_string(),
            None => help.clone(),
        };
        let line = at
            .as_ref()
            .filter(|at| at.home() != Home::Builtin)
            .map(|at| format!(" ({}, line {})", code(report.file(at)), at.line()));
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {mark} | {} | {}{} | {} |",
            code(rule.as_str()),
            message(wrong),
            line.unwrap_or_default(),
            message(&todo)
        );
    }
    table
}

fn repositories(facts: &TokenFacts) -> String {
    if facts.repositories.is_empty() {
        return String::new();
    }
    let mut table = "| Repository | fetch | push | visibility | archived | renamed to |\n\
                     | --- | --- | --- | --- | --- | --- |\n"
        .to_owned();
    for (name, found) in &facts.repositories {
        let RepositoryFacts {
            fetch,
            push,
            archived,
            visibility,
            renamed_to,
        } = found;
        // Writing to a string cannot fail.
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {} | {} |",
            code(name.as_str()),
            cell(fetch, answer),
            cell(push, answer),
            cell(visibility, |visibility: &Visibility| visibility.word()),
            cell(archived, |archived| if *archived { "yes" } else { "no" }),
            renamed_to
                .as_ref()
                .map(|now| code(now.as_str()))
                .unwrap_or_default()
        );
    }
    table + "\n"
}

fn answer(answer: &Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::Forbidden(_) => "no",
        Answer::Invisible => "not visible",
    }
}

/// One cell. Why something is unknown stands in the findings, if a rule asks for it.
fn cell<T>(fact: &Fact<T>, word: impl Fn(&T) -> &'static str) -> &'static str {
    match fact {
        Fact::Known(known) => word(known),
        Fact::Unknown(_) => "unknown",
    }
}

fn permissions(facts: &TokenFacts) -> String {
    if facts.permissions.named.is_empty() {
        return String::new();
    }
    let heading = if facts.permissions.is_whole() {
        "Permission"
    } else {
        "Permission, as far as it can be seen"
    };
    let mut table = format!("| {heading} | |\n| --- | --- |\n");
    for (name, grant) in &facts.permissions.named {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {} | {} |", code(name), grant.word());
    }
    table + "\n"
}

fn surplus(surplus: &Surplus) -> String {
    if surplus.is_empty() {
        return String::new();
    }
    let Surplus {
        items,
        repositories,
    } = surplus;
    let mut table = "| Beyond what the gate needs | |\n| --- | --- |\n".to_owned();
    for Item { name, grade } in items {
        let mark = match grade {
            Grade::Admin => "❗ admin",
            Grade::Write => "write",
            Grade::Read => "read",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| {} | {mark} |", code(name));
    }
    if let Some(count) = repositories {
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| other repositories | {count} |");
    }
    table + "\n"
}
