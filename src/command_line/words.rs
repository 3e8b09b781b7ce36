//! The gate speaks to workflows; here are its words as a person at a shell needs them.

use crate::gate::{Error, Explanation};
use crate::report::Tone;
use crate::runner::command;

use super::Place;
use super::answer::{Answer, FAILED};

/// What the gate says, and what it is called here.
const WORDS: [(&str, &str); 14] = [
    (
        "leave the input out for the job's own token; where there is none, as with act, give one that may read the repository",
        "set it to one that may read the repository",
    ),
    ("`github-token`", "`GITHUB_TOKEN`"),
    ("the input `GITHUB_TOKEN`", "the variable `GITHUB_TOKEN`"),
    ("the input `policy`", "the option `--policy`"),
    ("the input `gate`", "the option `--gate`"),
    ("the input `repositories`", "the option `--repositories`"),
    (
        "write each repository on a line of its own, once",
        "give each repository an option of its own, once",
    ),
    ("the input `server-url`", "the option `--server-url`"),
    ("the input `api-url`", "the option `--api-url`"),
    (
        "the input `ca-certificates`",
        "the option `--ca-certificates`",
    ),
    ("the input `timeout`", "the option `--timeout`"),
    (
        "check out the repository before this step, or correct the path",
        "correct the path, or go to the folder that it begins in",
    ),
    ("in the workspace", "in this folder"),
    ("out of the workspace", "out of this folder"),
];

/// `text` in the words of the command line.
pub(super) fn ours(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (gates, ours)| {
        text.replace(gates, ours)
    })
}

/// Why there is no answer. `renamed`: what the gate calls the policy, and what a person does.
pub(super) fn failure(error: &Error, renamed: Option<(&str, &str)>, place: &Place<'_>) -> Answer {
    let named = |text: &str| match renamed {
        Some((gates, persons)) => ours(text).replace(gates, persons),
        None => ours(text),
    };
    let mut answer = Answer::status(FAILED);
    for explanation in error.explain() {
        let Explanation {
            message,
            place: at,
            excerpt,
        } = explanation;
        let at = at.map(|(file, line, column)| (named(&file), line, column));
        answer.and(complaint(&named(&message), at.as_ref(), place));
        for line in excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
            answer.complain(Tone::Plain, named(line));
        }
    }
    answer
}

/// The same of what no gate has said.
pub(super) fn failed(message: &str, place: &Place<'_>) -> Answer {
    complaint(message, None, place)
}

pub(super) fn complaint(message: &str, at: Option<&command::Place>, place: &Place<'_>) -> Answer {
    let mut answer = Answer::status(FAILED);
    if !place.is_workflow {
        answer.complain(Tone::Deny, format!("error: {message}"));
        return answer;
    }
    answer.complain_ready(annotation("error", "patgate", at, message));
    answer
}

/// [`command::annotate`] as a line.
pub(super) fn annotation(
    level: &str,
    title: &str,
    at: Option<&command::Place>,
    message: &str,
) -> String {
    let mut line = Vec::new();
    command::annotate(level, title, at, message, &mut line).expect("memory takes it");
    String::from_utf8_lossy(&line).into_owned()
}
