//! `patgate test`: a policy against facts and expected findings, offline.

use std::path::Path;

use serde_json::{Value, json};

use crate::policy::{Document, PolicyError};
use crate::report::Tone;
use crate::trial::{Outcome, TrialError, Trials};

use super::answer::{Answer, NO, YES};
use super::arguments::{Test, TestFormat};
use super::source::Broken;
use super::{Place, source, words};

impl Test {
    pub(super) fn run(self, place: &Place<'_>) -> Answer {
        let format = self.format.unwrap_or(if place.is_workflow {
            TestFormat::Github
        } else {
            TestFormat::Text
        });
        let mut answer = Answer::status(YES);
        let mut ran = Vec::new();
        for path in &self.files {
            let file = path.display().to_string();
            match run(path) {
                Ok(outcomes) => ran.push((file, outcomes)),
                Err(trouble) => answer.and(trouble.answer(&file, place)),
            }
        }
        let has_failed = |outcomes: &[Outcome]| !outcomes.iter().all(Outcome::passed);
        if ran.iter().any(|(_, outcomes)| has_failed(outcomes)) {
            answer.status = answer.status.max(NO);
        }
        match format {
            TestFormat::Text => text(&ran, &mut answer),
            TestFormat::Json => answer.json(&format!("{:#}\n", json(&ran))),
            TestFormat::Github => {
                text(&ran, &mut answer);
                annotations(&ran, &mut answer);
            }
        }
        answer
    }
}

/// Why a file of tests cannot be run.
enum Trouble {
    Form(TrialError),
    Policy(PolicyError),
    Unreadable(String),
}

impl From<Broken> for Trouble {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Policy(error) => Self::Policy(error),
            Broken::Unreadable(message) => Self::Unreadable(message),
        }
    }
}

impl Trouble {
    fn answer(&self, file: &str, place: &Place<'_>) -> Answer {
        match self {
            Self::Form(TrialError { message, place: at }) => {
                let at = at.map(|(line, column)| (file.to_owned(), line, column));
                let shown = match &at {
                    Some((file, line, column)) => format!("{file}:{line}:{column}: {message}"),
                    None => format!("{file}: {message}"),
                };
                words::complaint(&shown, at.as_ref(), place)
            }
            Self::Policy(error) => words::failure(&error.clone().into(), None, place),
            Self::Unreadable(message) => words::failed(message, place),
        }
    }
}

fn run(path: &Path) -> Result<Vec<Outcome>, Trouble> {
    let read = |path: &Path| source::read(path).map_err(Trouble::Unreadable);
    let trials = Trials::parse(&read(path)?).map_err(Trouble::Form)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let policy = folder.join(&trials.policy);
    let text = read(&policy)?;
    let file = policy.display().to_string();
    let document = Document::parse(&text, &file).map_err(Trouble::Policy)?;
    let copies: Vec<_> = trials.base.0.iter().map(|copy| folder.join(copy)).collect();
    let document = source::on_copies(document, &file, &copies)?;
    if let Some(base) = document.base() {
        // No job judges by less of a chain than it has.
        return Err(Trouble::Unreadable(format!(
            "the base `{base}` has not been read; name a copy of it with `base` in `{}`",
            path.display()
        )));
    }
    Ok(trials.run(&document))
}

type Ran = [(String, Vec<Outcome>)];

fn text(ran: &Ran, answer: &mut Answer) {
    for (file, outcomes) in ran {
        for Outcome { name, differences } in outcomes {
            if differences.is_empty() {
                answer.line(Tone::Allow, format!("ok      {name}"));
                continue;
            }
            answer.line(Tone::Deny, format!("FAILED  {name}"));
            for line in differences {
                answer.line(Tone::Plain, format!("        {line}"));
            }
        }
        answer.line(Tone::Plain, format!("{file}: {}", counted(outcomes)));
    }
}

fn counted(outcomes: &[Outcome]) -> String {
    let passed = outcomes.iter().filter(|outcome| outcome.passed()).count();
    format!("{passed} passed, {} failed", outcomes.len() - passed)
}

fn annotations(ran: &Ran, answer: &mut Answer) {
    for (file, outcomes) in ran {
        for outcome in outcomes.iter().filter(|outcome| !outcome.passed()) {
            let Outcome { name, differences } = outcome;
            let message = format!("{name}: {}", differences.join("; "));
            let at = (file.clone(), 1, 1);
            let line = words::annotation("error", "patgate test", Some(&at), &message);
            answer.complain_ready(line);
        }
    }
}

fn json(ran: &Ran) -> Value {
    let tests = |outcomes: &[Outcome]| -> Vec<_> {
        let tests = outcomes.iter().map(|outcome| {
            let Outcome { name, differences } = outcome;
            json!({ "name": name, "passed": outcome.passed(), "differences": differences })
        });
        tests.collect()
    };
    let files: Vec<_> = ran
        .iter()
        .map(|(file, outcomes)| json!({ "file": file, "tests": tests(outcomes) }))
        .collect();
    json!({ "version": 1, "files": files })
}
