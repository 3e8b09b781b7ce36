//! `patgate explain`: what the rules demand.

use crate::policy::RuleName;
use crate::report::Tone;

use super::answer::{Answer, FAILED, YES};
use super::arguments::Explain;

impl Explain {
    pub(super) fn run(self) -> Answer {
        let Some(name) = self.rule else {
            return table();
        };
        match RuleName::parse(&name) {
            Some(rule) => {
                let mut answer = Answer::status(YES);
                let text = rule.explain();
                let (heading, rest) = text.split_once('\n').unwrap_or((&text, ""));
                answer.line(Tone::Strong, heading);
                rest.lines().for_each(|line| answer.line(Tone::Plain, line));
                answer
            }
            None => unknown(&name),
        }
    }
}

fn table() -> Answer {
    let mut answer = Answer::status(YES);
    let names = RuleName::ALL.iter().map(|rule| rule.as_str().len());
    let width = names.max().unwrap_or_default();
    for rule in RuleName::ALL {
        let (name, level) = (rule.as_str(), rule.level().word());
        let line = format!("{name:width$}  {level}  {}", rule.summary());
        answer.line(Tone::Plain, line);
    }
    answer
}

/// A name is meant that is spelled much like it, or of which it is a half.
const ALIKE: f64 = 0.8;

fn unknown(name: &str) -> Answer {
    let mut alike: Vec<_> = RuleName::ALL
        .iter()
        .map(|rule| (likeness(name, rule.as_str()), rule.as_str()))
        .filter(|(likeness, _)| *likeness > ALIKE)
        .collect();
    // The likest first, and else by name; far behind the first, none is meant.
    alike.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let best = alike.first().map_or(0.0, |(likeness, _)| *likeness);
    alike.retain(|(likeness, _)| best - likeness < 0.05);
    let alike: Vec<_> = alike
        .iter()
        .take(5)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    let hint = if alike.is_empty() {
        "`patgate explain` lists all".to_owned()
    } else {
        format!("did you mean {}?", alike.join(", "))
    };
    let mut answer = Answer::status(FAILED);
    answer.complain(
        Tone::Deny,
        format!("error: there is no rule `{name}`; {hint}"),
    );
    answer
}

fn likeness(text: &str, name: &str) -> f64 {
    let text = text.to_lowercase();
    let is_half = name.split('/').any(|half| half == text);
    if is_half {
        1.0
    } else {
        strsim::jaro_winkler(&text, name)
    }
}
