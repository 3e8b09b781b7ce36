//! The report for a person at a shell.

use crate::policy::{Finding, Home, Level};

use super::{Report, words};

/// One line, and what it is to look like.
pub type Line = (Tone, String);

/// What a line is, for whoever paints it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Tone {
    /// Good news.
    Allow,
    /// What stops it.
    Deny,
    /// As it is.
    Plain,
    /// A heading.
    Strong,
    /// What is worth a look.
    Warn,
}

impl From<Level> for Tone {
    fn from(level: Level) -> Self {
        match level {
            Level::Deny => Self::Deny,
            Level::Warn => Self::Warn,
        }
    }
}

pub(super) fn render(report: &Report<'_>) -> Vec<Line> {
    let plain = |text: String| (Tone::Plain, text);
    let mut lines: Vec<_> = words::tokens(report).into_iter().map(plain).collect();
    for finding in report.findings() {
        lines.extend(of(report, finding));
    }
    lines.push(plain(String::new()));
    let tone = match report.verdict() {
        "deny" => Tone::Deny,
        _ => Tone::Allow,
    };
    lines.push((tone, words::verdict(report)));
    lines
}

fn of(report: &Report<'_>, finding: &Finding) -> Vec<Line> {
    let Finding {
        rule,
        level,
        message,
        help,
        at,
        waiver,
    } = finding;
    let word = if waiver.is_some() {
        "waived"
    } else {
        level.word()
    };
    let mut lines = vec![
        (Tone::Plain, String::new()),
        ((*level).into(), format!("{word}: {rule}")),
        (Tone::Plain, format!("  {message}")),
    ];
    if let Some(at) = at.as_ref().filter(|at| at.home() != Home::Builtin) {
        let place = format!("  --> {}:{}:{}", report.file(at), at.line(), at.column());
        lines.push((Tone::Plain, place));
    }
    lines.push((
        Tone::Plain,
        match waiver {
            Some(waiver) => format!("  {waiver}"),
            None => format!("  help: {help}"),
        },
    ));
    lines
}
