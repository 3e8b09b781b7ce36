//! The reference of the rules, `docs/rules.md`, is what the table of the rules says.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;

use patgate::policy::RuleName;

use crate::agreement::{read, section};

const PAGE: &str = "docs/rules.md";

/// What stands above the rules.
const HEAD: &str = "\
<!--
Written from src/policy/rule/table.rs: change that, and write this page anew with
PATGATE_WRITE_DOCS=1 cargo test --test it reference
-->

# Rules

What a [policy](policy.md) can demand of a token and of the run that wants it. Each rule has one name,
`subject/complaint`. The same name stands in findings, in the title of an annotation (`patgate expiry/required`), in the
report, in `levels`, in `waive`, and here. `patgate explain expiry/required` says the same on a terminal.

A rule complains at its level, `warn` or `deny`, unless [`levels`](policy.md#levels-and-verdicts) in the gate says
otherwise; `waive` sets it aside until the end of a day.

## Rules by name
";

/// What stands between their list and their sections.
const MIDDLE: &str = "
## Rules one by one

The examples are judged on 1 December 2026 at 9:00 UTC. A message is quoted as it stands in an annotation: what is
wrong, a semicolon, what to do.
";

#[test]
fn the_page_of_the_rules_is_what_their_table_says() {
    let page = page();
    if env::var_os("PATGATE_WRITE_DOCS").is_some_and(|value| value == "1") {
        fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE), &page).unwrap();
    }
    let committed = read(PAGE);
    let same = |(one, other): &(&str, &str)| one == other;
    let line = committed.lines().zip(page.lines()).take_while(same).count();
    assert!(
        committed == page,
        "{PAGE} and the table of the rules differ in line {}; \
         write the page with PATGATE_WRITE_DOCS=1 cargo test --test it reference\n- {}\n+ {}",
        line + 1,
        committed.lines().nth(line).unwrap_or_default(),
        page.lines().nth(line).unwrap_or_default()
    );
}

#[test]
fn the_fields_of_a_gate_name_the_rules_that_they_demand() {
    let fields = section("docs/policy.md", "## Fields");
    let rows = fields.lines().filter_map(|line| line.strip_prefix("| `"));
    let mut documented = BTreeSet::new();
    for row in rows {
        let (field, rest) = row.split_once('`').unwrap();
        let links = rest.split("(rules.md#").skip(1);
        let named: BTreeSet<_> = links
            .map(|link| link.split(')').next().unwrap().to_owned())
            .collect();
        let demanded = RuleName::ALL.iter().filter(|rule| {
            let mut fields = rule.demanded_by().iter();
            fields.any(|demand| demand.split(':').next() == Some(field))
        });
        let demanded: BTreeSet<_> = demanded.map(|rule| anchor(*rule)).collect();
        assert_eq!(named, demanded, "{field}");
        documented.insert(field.to_owned());
    }
    for rule in RuleName::ALL {
        for demand in rule.demanded_by() {
            let field = demand.split(':').next().unwrap();
            assert!(documented.contains(field), "{rule}: {field}");
        }
    }
}

#[test]
fn the_explanation_leads_to_the_page() {
    for rule in RuleName::ALL {
        let end = format!("/{PAGE}#{}", anchor(*rule));
        assert!(rule.page().ends_with(&end), "{}", rule.page());
    }
}

fn page() -> String {
    let rows = RuleName::ALL.iter().map(|rule| {
        let level = rule.level().word();
        let summary = rule.summary().trim_end_matches('.');
        format!("| [`{rule}`](#{}) | {level} | {summary} |\n", anchor(*rule))
    });
    let rows: String = rows.collect();
    let sections = RuleName::ALL.iter().map(|rule| format!("\n{}", of(*rule)));
    let sections: String = sections.collect();
    format!("{HEAD}\n| rule | level | complaint |\n| --- | --- | --- |\n{rows}{MIDDLE}{sections}")
}

/// A rule's section.
fn of(rule: RuleName) -> String {
    let said = |text: &str| wrapped(&with_links(rule, text));
    let mut parts = vec![
        format!("### {rule}\n"),
        said(&format!("{} {}", rule.summary(), rule.terms())),
        said(rule.why()),
        format!("```yaml\n{}```\n", rule.example()),
    ];
    for (index, (who, told)) in rule.failures().iter().enumerate() {
        parts.push(match index {
            0 => said(&format!("{} {who}", rule.passes())),
            _ => said(who),
        });
        parts.push(format!("```text\n{told}\n```\n"));
    }
    parts.join("\n")
}

/// Each other rule that `text` names becomes a link to its section.
fn with_links(own: RuleName, text: &str) -> String {
    let others = RuleName::ALL.iter().filter(|rule| **rule != own);
    others.fold(text.to_owned(), |text, rule| {
        text.replace(
            &format!("`{rule}`"),
            &format!("[`{rule}`](#{})", anchor(*rule)),
        )
    })
}

/// As GitHub makes it of a heading.
fn anchor(rule: RuleName) -> String {
    rule.as_str().replace('/', "")
}

/// Lines as wide as those of the other documents; what stands in backticks stays together.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    let mut within = false;
    for word in text.split(|c| {
        within ^= c == '`';
        c == ' ' && !within
    }) {
        let line = lines.last_mut().unwrap();
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= 120 {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n") + "\n"
}
