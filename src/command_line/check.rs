//! `patgate check`: the gate's own judging, with options in place of inputs.

use std::io::Read as _;

use secrecy::{ExposeSecret as _, SecretString};

use crate::gate;
use crate::policy::{Level, Problem};
use crate::report::Report;

use super::answer::{Answer, NO, YES};
use super::arguments::{Check, CheckFormat};
use super::{Input, Place, lint, source, words};

/// No token is longer.
const MAX_LEN: u64 = 64 * 1024;

const TYPED: &str = "there is no token: `PATGATE_TOKEN` is not set, and standard input is this terminal, where it would \
     stay on the screen; give it from a file, `patgate check < FILE`, or from a program, `pass show NAME | patgate check`";

const EMPTY: &str = "there is no token: `PATGATE_TOKEN` is not set, and nothing came by standard input; give it from a \
     file, `patgate check < FILE`, or in that variable";

impl Check {
    pub(super) async fn run(self, place: &Place<'_>, input: Input<'_>) -> Answer {
        let options = match Options::read(&self, place, input) {
            Ok(options) => options,
            Err(message) => return words::failed(&message, place),
        };
        let tell = |report: Report<'_>, doubts: &[Problem]| {
            let policy = options.outside.as_ref().and(self.policy.as_deref());
            let report = Report {
                policy: policy.or(report.policy),
                ..report
            };
            let mut answer = answer(&report, self.format, place);
            for doubt in doubts {
                answer.and(lint::doubt(doubt, place));
            }
            answer
        };
        let judged = gate::check(|name| options.lookup(name), place.clock, tell).await;
        match judged {
            Ok((allowed, mut answer)) => {
                answer.status = if allowed { YES } else { NO };
                answer
            }
            Err(error) => {
                let outside = options.outside.as_deref();
                words::failure(&error, outside.zip(self.policy.as_deref()), place)
            }
        }
    }
}

fn answer(report: &Report<'_>, format: CheckFormat, place: &Place<'_>) -> Answer {
    let mut answer = Answer::default();
    match format {
        CheckFormat::Text => answer.lines(report.text()),
        CheckFormat::Json => answer.json(&report.json()),
        CheckFormat::Sarif => answer.json(&report.sarif()),
    }
    if place.is_workflow {
        // Beside the answer and not in it: that may go to a file, and the runner hears both.
        answer.complain_ready(annotations(report));
    }
    answer
}

fn annotations(report: &Report<'_>) -> String {
    let mut lines = String::new();
    for annotation in report.annotations() {
        let word = match annotation.level {
            Level::Deny => "error",
            Level::Warn if annotation.is_waived => "notice",
            Level::Warn => "warning",
        };
        let (title, message) = (&annotation.title, &annotation.message);
        lines += &words::annotation(word, title, annotation.place.as_ref(), message);
    }
    lines
}

/// The options, by the names that the gate has for its inputs.
struct Options<'a> {
    check: &'a Check,
    token: SecretString,
    roots: Option<String>,
    server_url: String,
    /// The policy's path below the root, where it leads out of the present folder.
    outside: Option<String>,
    place: &'a Place<'a>,
}

impl<'a> Options<'a> {
    fn read(check: &'a Check, place: &'a Place<'a>, input: Input<'_>) -> Result<Self, String> {
        let roots = check.ca_certificates.as_deref().map(source::read);
        let outside = check.policy.as_deref().map(source::below_root);
        Ok(Self {
            check,
            roots: roots.transpose()?,
            server_url: place.server_url(check.server_url.as_deref()),
            outside: outside.transpose()?.flatten(),
            place,
            token: token(place, input)?,
        })
    }

    fn lookup(&self, name: &str) -> Option<String> {
        let Check {
            policy,
            gate,
            repositories,
            server_url: _,
            api_url,
            ca_certificates: _,
            timeout,
            format: _,
        } = self.check;
        match name {
            "INPUT_TOKEN" => Some(self.token.expose_secret().to_owned()),
            "INPUT_POLICY" => self.outside.clone().or_else(|| policy.clone()),
            "INPUT_GATE" => Some(gate.clone()),
            "INPUT_REPOSITORIES" => Some(repositories.join("\n")),
            "INPUT_SERVER-URL" => Some(self.server_url.clone()),
            "INPUT_API-URL" => api_url.clone(),
            "INPUT_CA-CERTIFICATES" => self.roots.clone(),
            "INPUT_TIMEOUT" => timeout.clone(),
            "INPUT_LEASE" => Some("none".to_owned()),
            "INPUT_GITHUB-TOKEN" | "GITHUB_SERVER_URL" => self.place.of_workflow(name),
            // The folder that the policy's path begins in.
            "GITHUB_WORKSPACE" => Some(self.outside.as_ref().map_or(".", |_| "/").to_owned()),
            // What a workflow left of another step's.
            name if name.starts_with("INPUT_") || name.starts_with("STATE_") => None,
            name => (self.place.lookup)(name),
        }
    }
}

/// The token, from the environment or from standard input.
fn token(place: &Place<'_>, input: Input<'_>) -> Result<SecretString, String> {
    let Input {
        reader,
        is_terminal,
    } = input;
    let set = |token: &String| !token.trim().is_empty();
    if let Some(token) = (place.lookup)("PATGATE_TOKEN").filter(set) {
        return Ok(token.into());
    }
    if is_terminal {
        return Err(TYPED.to_owned());
    }
    let mut text = String::new();
    reader
        .take(MAX_LEN)
        .read_to_string(&mut text)
        .map_err(|error| format!("cannot read the token from standard input: {error}"))?;
    if text.trim().is_empty() {
        return Err(EMPTY.to_owned());
    }
    // Every text ends in a line end; it is no fault of the token's.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_types_a_token_where_it_can_be_read() {
        let token = |is_terminal, variable: Option<&str>| {
            let place = Place {
                lookup: &|name| {
                    variable
                        .filter(|_| name == "PATGATE_TOKEN")
                        .map(str::to_owned)
                },
                clock: jiff::Timestamp::now,
                is_workflow: false,
                is_painted: false,
            };
            let input = Input {
                reader: &mut &b"hunter2\n"[..],
                is_terminal,
            };
            token(&place, input).map(|token| token.expose_secret().to_owned())
        };
        assert_eq!(token(true, None), Err(TYPED.to_owned()));
        assert_eq!(token(true, Some("hunter3")).as_deref(), Ok("hunter3"));
        assert_eq!(token(false, None).as_deref(), Ok("hunter2"));
    }
}
