//! How a lease was used, as the journal tells it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::markdown::{code, text};

/// The journal of one step's leases, counted. Any step of the job may have written it.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// What was asked, and how often, in order.
    pub counts: BTreeMap<UseCount, usize>,
    /// What could have been asked for and was not.
    pub unused: Vec<String>,
    /// Lines that no helper wrote.
    pub unreadable: usize,
    /// Lines that tell what no helper does.
    pub contradicted: usize,
    /// Why there may have been more uses, in words.
    pub gap: Option<&'static str>,
}

/// One thing that git asked.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UseCount {
    /// `HOST/PATH`.
    pub what: String,
    /// What git got, in words.
    pub outcome: &'static str,
    /// The same in a word, for programs.
    pub word: &'static str,
}

/// As many different uses as are shown: a summary has a bound, and so has a reader.
const SHOWN: usize = 100;

/// What to do about what is never used.
const DROP: &str = "drop it from the policy if no job needs it";

impl Uses {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty() && self.unreadable == 0 && self.contradicted == 0
    }

    /// Lines for the log.
    pub fn log(&self) -> Vec<String> {
        let mut lines: Vec<_> = self
            .counts
            .iter()
            .take(SHOWN)
            .map(|(UseCount { what, outcome, .. }, count)| {
                format!("{what}: {} {outcome}", times(*count))
            })
            .collect();
        if self.counts.len() > SHOWN {
            lines.push(format!("and {} more", self.counts.len() - SHOWN));
        }
        if lines.is_empty() && self.gap.is_none() {
            lines.push("git never used the lease".to_owned());
        }
        if !(self.unused.is_empty() || self.counts.is_empty()) {
            let names = self.unused(str::to_owned);
            lines.push(format!("never asked for: {names}; {DROP}"));
        }
        lines.extend(self.doubts());
        lines
    }

    /// What could have been asked for, as far as it is shown.
    fn unused(&self, word: impl Fn(&str) -> String) -> String {
        let shown = self.unused.iter().take(SHOWN).map(|name| word(name));
        let mut shown = shown.collect::<Vec<_>>().join(", ");
        if self.unused.len() > SHOWN {
            // Writing to a string cannot fail.
            let _ = write!(shown, " and {} more", self.unused.len() - SHOWN);
        }
        shown
    }

    /// Why the numbers are to be read with care.
    fn doubts(&self) -> Vec<String> {
        let mut doubts = Vec::new();
        doubts.extend(self.gap.map(str::to_owned));
        for (count, what) in [
            (self.unreadable, "that no helper wrote"),
            (
                self.contradicted,
                "that tell what the lease does not allow, and do not count",
            ),
        ] {
            if count > 0 {
                doubts.push(format!("{} of the journal {what}", count_lines(count)));
            }
        }
        doubts
    }

    /// The same for programs, on one line. Its form is a promise: fields are added, never changed.
    pub fn json(&self) -> String {
        let asked = self.counts.iter().take(SHOWN).map(|(UseCount { what, word, .. }, count)| {
            json!({ "what": what, "outcome": word, "times": count })
        });
        json!({
            "version": 1,
            "asked": asked.collect::<Vec<_>>(),
            "more": self.counts.len().saturating_sub(SHOWN),
            "unused": self.unused,
            "unreadable": self.unreadable,
            "contradicted": self.contradicted,
            "gap": self.gap,
        })
        .to_string()
    }

    /// Markdown for the job summary.
    pub fn summary(&self) -> String {
        let mut page = "### patgate: the lease has ended\n\n".to_owned();
        if self.counts.is_empty() {
            if self.gap.is_none() {
                page += "git never used the lease.\n";
            }
        } else {
            page += "| git asked for | outcome | times |\n| --- | --- | --- |\n";
            for (UseCount { what, outcome, .. }, count) in self.counts.iter().take(SHOWN) {
                // Writing to a string cannot fail.
                let _ = writeln!(page, "| {} | {} | {count} |", code(what), text(outcome));
            }
        }
        if self.counts.len() > SHOWN {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nAnd {} more.", self.counts.len() - SHOWN);
        }
        if !(self.unused.is_empty() || self.counts.is_empty()) {
            let names = self.unused(code);
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nNever asked for: {}; {}.", names, text(DROP));
        }
        for doubt in self.doubts() {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\n⚠️ {}.", text(&doubt));
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
