//! How a lease was used, as the journal tells it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::markdown::{code, text};

/// The journal of one lease, counted. Any step of the job may have written it.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// What was asked, and how often, in order.
    pub counts: BTreeMap<UseCount, usize>,
    /// Lines that no helper wrote.
    pub unreadable: usize,
}

/// One thing that git asked.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UseCount {
    /// `HOST/PATH`.
    pub what: String,
    /// What git got, in words.
    pub outcome: String,
}

/// As many different uses as are shown: a summary has a bound, and so has a reader.
const SHOWN: usize = 100;

impl Uses {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.unreadable == 0
    }

    /// Lines for the log.
    pub fn log(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .counts
            .iter()
            .take(SHOWN)
            .map(|(UseCount { what, outcome }, count)| {
                format!("{what}: {} {outcome}", times(*count))
            })
            .collect();
        if self.counts.len() > SHOWN {
            lines.push(format!("and {} more", self.counts.len() - SHOWN));
        }
        if lines.is_empty() {
            lines.push("git never used the lease".to_owned());
        }
        if self.unreadable > 0 {
            lines.push(format!(
                "{} of the journal that no helper wrote",
                count_lines(self.unreadable)
            ));
        }
        lines
    }

    /// Markdown for the job summary.
    pub fn summary(&self) -> String {
        let mut page = "### patgate: the lease has ended\n\n".to_owned();
        if self.counts.is_empty() {
            page += "git never used the lease.\n";
        } else {
            page += "| git asked for | outcome | times |\n| --- | --- | --- |\n";
            for (UseCount { what, outcome }, count) in self.counts.iter().take(SHOWN) {
                // Writing to a string cannot fail.
                let _ = writeln!(page, "| {} | {} | {count} |", code(what), text(outcome));
            }
        }
        if self.counts.len() > SHOWN {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nAnd {} more.", self.counts.len() - SHOWN);
        }
        if self.unreadable > 0 {
            let lines = count_lines(self.unreadable);
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nThe journal has {lines} that no helper wrote.");
        }
        page
    }
}

fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

fn count_lines(count: usize) -> String {
    match count {
        1 => "1 line".to_owned(),
        count => format!("{count} lines"),
    }
}
