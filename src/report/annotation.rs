//! What GitHub shows beside the run.

use crate::policy::{Finding, Level};

/// One annotation, not yet in the runner's form.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Annotation {
    /// How grave it is.
    pub level: Level,
    /// The runner masks no title, so that it holds our words alone.
    pub title: String,
    /// The message.
    pub message: String,
}

pub(super) fn of(finding: &Finding) -> Annotation {
    let Finding {
        rule,
        level,
        message,
        help,
    } = finding;
    Annotation {
        level: *level,
        title: format!("patgate {rule}"),
        message: format!("{message}; {help}"),
    }
}
