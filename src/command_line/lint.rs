//! `patgate policy`: the mistakes of policies, without asking anybody.

use std::path::Path;

use serde_json::{Value, json};

use crate::policy::{Document, Policy, PolicyError};
use crate::report::Tone;
use crate::runner::command;

use super::answer::{Answer, FAILED, NO, YES};
use super::arguments::{Lint, LintFormat};
use super::{Place, source};

impl Lint {
    pub(super) fn run(self, place: &Place<'_>) -> Answer {
        let format = self.format.unwrap_or(if place.is_workflow {
            LintFormat::Github
        } else {
            LintFormat::Text
        });
        let looked: Vec<_> = self
            .files
            .iter()
            .map(|path| (path.display().to_string(), look(path, place.is_painted)))
            .collect();
        let mut answer = Answer::status(YES);
        if matches!(format, LintFormat::Json) {
            let files: Vec<_> = looked
                .iter()
                .map(|(file, found)| json(file, found))
                .collect();
            let json = json!({ "version": 1, "files": files });
            answer.json(&format!("{json:#}\n"));
        }
        for (file, found) in &looked {
            answer.and(match format {
                LintFormat::Text => text(file, found),
                LintFormat::Json => Answer::status(found.status()),
                LintFormat::Github => github(file, found),
            });
        }
        answer
    }
}

/// What a look at a file brought.
enum Found {
    Looked {
        /// How many there are, where they can be told apart.
        gates: Option<usize>,
        problems: Vec<Problem>,
    },
    Unreadable(String),
}

impl Found {
    fn status(&self) -> u8 {
        match self {
            Self::Looked { problems, .. } if problems.iter().any(Problem::is_error) => NO,
            Self::Looked { .. } => YES,
            Self::Unreadable(_) => FAILED,
        }
    }
}

/// One mistake, or what may be one.
pub(super) struct Problem {
    severity: Severity,
    message: String,
    help: String,
    /// The line and the column, if they are known.
    at: Option<(usize, usize)>,
    /// The line with a caret.
    excerpt: Option<String>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Severity {
    Error,
    #[expect(dead_code, reason = "the parser has none yet")]
    Warning,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Error => Tone::Deny,
            Self::Warning => Tone::Warn,
        }
    }
}

fn look(path: &Path, is_painted: bool) -> Found {
    let text = match source::read(path) {
        Ok(text) => text,
        Err(message) => return Found::Unreadable(message),
    };
    match parse(&text, &path.display().to_string(), is_painted) {
        Ok((document, problems)) => Found::Looked {
            gates: Some(gates(document)),
            problems,
        },
        Err(problems) => Found::Looked {
            gates: None,
            problems,
        },
    }
}

/// The parser's answer in the form of this module: what it read and its warnings, or its errors.
fn parse(
    text: &str,
    file: &str,
    _is_painted: bool,
) -> Result<(Document, Vec<Problem>), Vec<Problem>> {
    match Document::parse(text, file) {
        Ok(document) => Ok((document, Vec::new())),
        Err(error) => Err(vec![problem(&error)]),
    }
}

/// The gate `name` of a policy that a person has named.
pub(super) fn gate(text: &str, file: &str, name: &str) -> Result<Policy, Problem> {
    Document::parse(text, file)
        .and_then(|document| document.gate(name))
        .map_err(|error| problem(&error))
}

fn problem(error: &PolicyError) -> Problem {
    let (at, excerpt) = match error {
        PolicyError::Syntax { place, excerpt, .. } => (*place, excerpt.clone()),
        PolicyError::NoGate { .. } => (None, None),
    };
    Problem {
        severity: Severity::Error,
        message: error.to_string(),
        help: super::words::ours(error.help()),
        at: at.map(|at| (at.line, at.column)),
        excerpt,
    }
}

/// How many gates there are.
fn gates(document: Document) -> usize {
    // No gate is called nothing, and the error counts those there are.
    match document.gate("") {
        Err(PolicyError::NoGate { gates }) => gates.len(),
        Err(PolicyError::Syntax { .. }) | Ok(_) => 1,
    }
}

impl Problem {
    fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// As a person reads it.
    pub(super) fn tell(&self, file: &str, say: &mut impl FnMut(Tone, String)) {
        let severity = self.severity;
        say(
            severity.tone(),
            format!("{}: {}", severity.word(), self.message),
        );
        match &self.excerpt {
            Some(excerpt) => excerpt
                .lines()
                .for_each(|line| say(Tone::Plain, line.to_owned())),
            None => say(Tone::Plain, format!(" --> {file}")),
        }
        say(Tone::Plain, format!("  help: {}", self.help));
    }

    /// As a workflow's runner reads it.
    fn annotate(&self, file: &str) -> String {
        let (line, column) = self.at.unwrap_or((1, 1));
        let message = format!("{}; {}", self.message, self.help);
        let at = (file.to_owned(), line, column);
        let mut text = Vec::new();
        command::annotate_at(self.severity.word(), "patgate", &at, &message, &mut text)
            .expect("memory takes it");
        String::from_utf8_lossy(&text).into_owned()
    }

    fn json(&self) -> Value {
        let Self {
            severity,
            message,
            help,
            at,
            excerpt: _,
        } = self;
        json!({
            "severity": severity.word(),
            "message": message,
            "help": help,
            "line": at.map(|(line, _)| line),
            "column": at.map(|(_, column)| column),
        })
    }
}

fn text(file: &str, found: &Found) -> Answer {
    let mut answer = Answer::status(found.status());
    match found {
        Found::Looked { gates, problems } => {
            for problem in problems {
                problem.tell(file, &mut |tone, line| answer.line(tone, line));
            }
            if let Some(gates) = gates {
                answer.line(Tone::Allow, fine(file, *gates));
            }
        }
        Found::Unreadable(message) => answer.complain(Tone::Deny, format!("error: {message}")),
    }
    answer
}

fn fine(file: &str, gates: usize) -> String {
    let plural = if gates == 1 { "" } else { "s" };
    format!("{file}: fine, {gates} gate{plural}")
}

fn github(file: &str, found: &Found) -> Answer {
    let mut answer = Answer::status(found.status());
    match found {
        Found::Looked { gates, problems } => {
            for problem in problems {
                answer.ready(problem.annotate(file));
            }
            if let Some(gates) = gates {
                answer.line(Tone::Plain, fine(file, *gates));
            }
        }
        Found::Unreadable(message) => {
            let mut line = Vec::new();
            command::annotate("error", "patgate", message, &mut line).expect("memory takes it");
            answer.ready(String::from_utf8_lossy(&line));
        }
    }
    answer
}

fn json(file: &str, found: &Found) -> Value {
    match found {
        Found::Looked { gates, problems } => {
            let problems: Vec<_> = problems.iter().map(Problem::json).collect();
            json!({ "file": file, "gates": gates, "problems": problems })
        }
        Found::Unreadable(message) => {
            json!({ "file": file, "gates": null, "problems": [], "unreadable": message })
        }
    }
}
