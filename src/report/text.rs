//! The report for a person at a shell.

use crate::policy::{Finding, Level};

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
        lines.extend(of(finding));
    }
    lines.push(plain(String::new()));
    let tone = match report.verdict() {
        "deny" => Tone::Deny,
        _ => Tone::Allow,
    };
    lines.push((tone, words::verdict(report)));
    lines
}

fn of(finding: &Finding) -> Vec<Line> {
    let Finding {
        rule,
        level,
        message,
        help,
    } = finding;
    vec![
        (Tone::Plain, String::new()),
        ((*level).into(), format!("{}: {rule}", level.word())),
        (Tone::Plain, format!("  {message}")),
        (Tone::Plain, format!("  help: {help}")),
    ]
}
