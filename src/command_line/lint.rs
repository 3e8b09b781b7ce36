//! `patgate policy`: the mistakes of policies.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::gate;
use crate::policy::{Document, Policy, PolicyError, Problem};
use crate::report::{Line, Tone};

use super::answer::{Answer, FAILED, NO, YES};
use super::arguments::{Lint, LintFormat};
use super::source::Broken;
use super::{Place, source, words};

impl Lint {
    pub(super) async fn run(self, place: &Place<'_>) -> Answer {
        let format = self.format.unwrap_or(if place.is_workflow {
            LintFormat::Github
        } else {
            LintFormat::Text
        });
        let mut looked = Vec::new();
        for path in &self.files {
            looked.push((path.display().to_string(), self.look(path, place).await));
        }
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
                LintFormat::Text => text(file, found, place.is_painted),
                LintFormat::Json => Answer::status(found.status()),
                LintFormat::Github => github(file, found),
            });
        }
        answer
    }

    async fn look(&self, path: &Path, place: &Place<'_>) -> Found {
        let text = match source::read(path) {
            Ok(text) => text,
            Err(message) => return Found::Unreadable(message),
        };
        let file = path.display().to_string();
        let document = match Document::parse(&text, &file) {
            Ok(document) => document,
            Err(error) => return Found::wrong(&error),
        };
        let whole = if self.fetch {
            let lookup = |name: &str| place.of_workflow(name);
            let whole = gate::with_bases(document, &file, lookup).await;
            whole.map_err(|error| Found::unfetched(&error))
        } else {
            source::on_copies(document, &file, &self.base).map_err(Found::from)
        };
        match whole {
            Ok(whole) => Found::Looked {
                gates: Some(whole.gates().count()),
                problems: whole.warnings().to_vec(),
                unread: whole.base().map(ToString::to_string),
            },
            Err(found) => found,
        }
    }
}

/// What a look at a file brought.
enum Found {
    Looked {
        /// How many there are, where they can be told apart.
        gates: Option<usize>,
        problems: Vec<Problem>,
        /// The base that nobody has read.
        unread: Option<String>,
    },
    Unreadable(String),
}

impl From<Broken> for Found {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Policy(error) => Self::wrong(&error),
            Broken::Unreadable(message) => Self::Unreadable(message),
        }
    }
}

impl Found {
    fn wrong(error: &PolicyError) -> Self {
        Self::Looked {
            gates: None,
            problems: error.problems().to_vec(),
            unread: None,
        }
    }

    /// A base that is wrong is a mistake; one that cannot be had is no answer.
    fn unfetched(error: &gate::Error) -> Self {
        if let gate::Error::Policy(error) = error {
            return Self::wrong(error);
        }
        let told: Vec<_> = error
            .explain()
            .into_iter()
            .map(|explanation| words::ours(&explanation.message))
            .collect();
        Self::Unreadable(told.join("; "))
    }

    fn status(&self) -> u8 {
        match self {
            Self::Looked { gates: None, .. } => NO,
            Self::Looked { gates: Some(_), .. } => YES,
            Self::Unreadable(_) => FAILED,
        }
    }
}

/// The gate `name` of a policy that a person has named, on top of copies of what it extends, and
/// what of that nobody has read.
pub(super) fn gate(
    (text, file): (&str, &str),
    bases: &[PathBuf],
    name: &str,
    place: &Place<'_>,
) -> Result<(Policy, Option<String>), Answer> {
    let wrong = |error: PolicyError| words::failure(&error.into(), None, place);
    let document = Document::parse(text, file).map_err(wrong)?;
    let document = source::on_copies(document, file, bases)
        .map_err(|broken| self::text(file, &broken.into(), false))?;
    let unread = document.base().map(|base| not_read(&base.to_string()));
    Ok((document.gate(name).map_err(wrong)?, unread))
}

/// What is doubtful in a policy that another command reads, told beside its answer.
pub(super) fn doubt(problem: &Problem, place: &Place<'_>) -> Answer {
    let mut answer = Answer::status(YES);
    if place.is_workflow {
        answer.complain_ready(annotate(problem));
        return answer;
    }
    for (tone, line) in lines(problem) {
        answer.complain(tone, line);
    }
    answer
}

fn severity(problem: &Problem) -> (&'static str, Tone) {
    if problem.is_warning() {
        ("warning", Tone::Warn)
    } else {
        ("error", Tone::Deny)
    }
}

/// A problem with its lines, as far as colours go.
fn tell(problem: &Problem, is_painted: bool, answer: &mut Answer) {
    if is_painted {
        answer.ready(format!("{}\n\n", problem.excerpt(true)));
        return;
    }
    answer.lines(lines(problem));
    answer.line(Tone::Plain, "");
}

/// A problem with its lines, of which the first says how grave it is.
fn lines(problem: &Problem) -> Vec<Line> {
    let (_, tone) = severity(problem);
    let excerpt = problem.excerpt(false);
    let lines = excerpt.lines().enumerate();
    lines
        .map(|(at, line)| (if at == 0 { tone } else { Tone::Plain }, line.to_owned()))
        .collect()
}

fn text(file: &str, found: &Found, is_painted: bool) -> Answer {
    let mut answer = Answer::status(found.status());
    match found {
        Found::Looked {
            gates,
            problems,
            unread,
        } => {
            for problem in problems {
                tell(problem, is_painted, &mut answer);
            }
            if let Some(gates) = gates {
                answer.line(Tone::Allow, fine(file, *gates, problems.len()));
                answer.lines(unread.as_ref().map(|base| (Tone::Warn, not_read(base))));
            } else {
                answer.line(Tone::Deny, wrong(file, problems.len()));
            }
        }
        Found::Unreadable(message) => answer.complain(Tone::Deny, format!("error: {message}")),
    }
    answer
}

fn fine(file: &str, gates: usize, warnings: usize) -> String {
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let gates = plural(gates, "gate");
    match warnings {
        0 => format!("{file}: fine, {gates}"),
        warnings => format!("{file}: fine, {gates}, {}", plural(warnings, "warning")),
    }
}

fn wrong(file: &str, problems: usize) -> String {
    match problems {
        1 => format!("{file}: 1 mistake"),
        problems => format!("{file}: {problems} mistakes"),
    }
}

fn not_read(base: &str) -> String {
    format!("warning: the base `{base}` has not been read; name a copy of it with `--base`")
}

fn github(file: &str, found: &Found) -> Answer {
    let mut answer = Answer::status(found.status());
    match found {
        Found::Looked {
            gates,
            problems,
            unread,
        } => {
            for problem in problems {
                answer.ready(annotate(problem));
            }
            if let Some(gates) = gates {
                answer.line(Tone::Plain, fine(file, *gates, problems.len()));
                answer.lines(unread.as_ref().map(|base| (Tone::Plain, not_read(base))));
            }
        }
        Found::Unreadable(message) => {
            answer.ready(words::annotation("error", "patgate", None, message));
        }
    }
    answer
}

fn annotate(problem: &Problem) -> String {
    let (word, _) = severity(problem);
    let at = &problem.at;
    let at = (at.file().to_owned(), at.line(), at.column());
    words::annotation(word, "patgate", Some(&at), &problem.line())
}

fn json(file: &str, found: &Found) -> Value {
    match found {
        Found::Looked {
            gates,
            problems,
            unread,
        } => {
            let problems: Vec<_> = problems.iter().map(of).collect();
            json!({ "file": file, "gates": gates, "problems": problems, "unread_base": unread })
        }
        Found::Unreadable(message) => {
            json!({ "file": file, "gates": null, "problems": [], "unreadable": message })
        }
    }
}

fn of(problem: &Problem) -> Value {
    json!({
        "severity": severity(problem).0,
        "message": problem.message,
        "help": problem.advice(),
        "file": problem.at.file(),
        "line": problem.at.line(),
        "column": problem.at.column(),
    })
}
