//! What GitHub shows beside the run.

use crate::policy::{Finding, Home, Level, Location};

use super::{Report, words};

/// One annotation, not yet in the runner's form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation {
    /// How grave it is.
    pub level: Level,
    /// The runner masks no title, so that it holds our words alone.
    pub title: String,
    /// The message.
    pub message: String,
    /// The policy's path, line and column that demand otherwise, where GitHub can show them.
    pub place: Option<(String, usize, usize)>,
    /// Whether a waiver sets the finding aside, so that it is told without a warning's weight.
    pub is_waived: bool,
}

pub(super) fn of(report: &Report<'_>, finding: &Finding) -> Annotation {
    let Finding {
        rule,
        level,
        message,
        help,
        at,
        waiver,
    } = finding;
    let place = at.as_ref().and_then(|at| place(report, at));
    let line = match at {
        Some(at) if place.is_none() && at.home() != Home::Builtin => {
            format!(" ({}, line {})", at.file(), at.line())
        }
        Some(_) | None => String::new(),
    };
    Annotation {
        level: *level,
        title: format!("patgate {rule}"),
        message: match waiver {
            Some(waiver) => format!("{message}{line}; {waiver}"),
            None => format!("{message}{line}; {help}"),
        },
        place,
        is_waived: waiver.is_some(),
    }
}

/// A token that nobody misses today is missed on the day when the next one fails, too.
pub(super) fn passed_over(report: &Report<'_>) -> impl Iterator<Item = Annotation> {
    words::passed_over(report).map(|message| Annotation {
        level: Level::Warn,
        title: "patgate".to_owned(),
        message,
        place: None,
        is_waived: false,
    })
}

/// GitHub shows lines of the repository's files alone.
fn place(report: &Report<'_>, at: &Location) -> Option<(String, usize, usize)> {
    let is_shown = at.home() == Home::Workspace;
    is_shown.then(|| (report.file(at).to_owned(), at.line(), at.column()))
}
