//! `patgate test`: a policy against facts and expected findings, offline.

use std::path::Path;

use serde_json::{Value, json};

use crate::policy::{Document, PolicyError};
use crate::report::Tone;
use crate::runner::command;
use crate::trial::{Outcome, TrialError, Trials, on_top};

use super::answer::{Answer, NO, YES};
use super::arguments::{Test, TestFormat};
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
    let chain = std::iter::once(&trials.policy).chain(&trials.base.0);
    let chain = chain.map(|name| {
        let path = folder.join(name);
        let text = read(&path)?;
        Document::parse(&text, &path.display().to_string()).map_err(Trouble::Policy)
    });
    let chain: Vec<_> = chain.collect::<Result<_, _>>()?;
    bases(&trials, &chain).map_err(Trouble::Form)?;
    let document = on_top(chain).map_err(Trouble::Policy)?;
    Ok(trials.run(&document))
}

/// A chain is whole: no job judges by less of it than it has, or by more.
fn bases(trials: &Trials, chain: &[Document]) -> Result<(), TrialError> {
    let files: Vec<_> = std::iter::once(&trials.policy)
        .chain(&trials.base.0)
        .collect();
    for (at, document) in chain.iter().enumerate() {
        let message = match (document.base(), files.get(at + 1)) {
            (Some(base), None) => format!(
                "`{}` extends `{base}`; name a copy of that with `base`",
                files[at]
            ),
            (None, Some(copy)) => format!(
                "`{}` extends nothing, so `{copy}` cannot be its base; take it out of `base`, or write `extends`",
                files[at]
            ),
            _ => continue,
        };
        return Err(TrialError {
            message,
            place: None,
        });
    }
    Ok(())
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
            let mut line = Vec::new();
            command::annotate_at("error", "patgate test", &at, &message, &mut line)
                .expect("memory takes it");
            answer.complain_ready(String::from_utf8_lossy(&line));
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
