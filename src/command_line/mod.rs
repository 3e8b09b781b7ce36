//! The command line, for people and scheduled jobs: one more source of the same inputs, and other
//! ways to tell the same report. Nothing is leased here.

mod answer;
mod arguments;
mod check;
mod explain;
mod leak;
mod link;
mod lint;
mod source;
mod test;
mod words;

use std::ffi::OsString;
use std::io::{Read, Write};

use jiff::Timestamp;

use crate::policy;

use answer::{Answer, FAILED, Screen, YES};
use arguments::{Color, Command, CommandLine, Usage};

/// What the command line cannot make for itself.
pub struct World<'a> {
    /// [`std::env::var`] in all but name.
    pub lookup: &'a dyn Fn(&str) -> Option<String>,
    /// [`Timestamp::now`] in all but name.
    pub clock: fn() -> Timestamp,
    /// Standard input.
    pub input: Input<'a>,
    /// Standard output: answers.
    pub out: Output<'a>,
    /// Standard error: why there is none.
    pub err: Output<'a>,
}

/// A way in.
pub struct Input<'a> {
    /// Gives the text.
    pub reader: &'a mut dyn Read,
    /// Whether a person types there.
    pub is_terminal: bool,
}

/// A way out.
pub struct Output<'a> {
    /// Takes the text.
    pub writer: &'a mut dyn Write,
    /// Whether a person reads there.
    pub is_terminal: bool,
}

/// Does what `arguments` ask, the program's name first. The exit status: 0 for yes, 1 for no, 2 if
/// it could not be told.
pub async fn run(arguments: Vec<OsString>, world: World<'_>) -> u8 {
    let World {
        lookup,
        clock,
        input,
        out,
        err,
    } = world;
    let read = leak::find(&arguments).and_then(|()| arguments::read(arguments));
    let color = read.as_ref().map_or(Color::Auto, |read| read.color);
    let screen = |output| screen(output, color, lookup);
    let (mut out, mut err) = (screen(out), screen(err));
    let answer = match read {
        Ok(CommandLine { color: _, command }) => {
            let place = Place {
                lookup,
                clock,
                is_workflow: lookup("GITHUB_ACTIONS").as_deref() == Some("true"),
                is_painted: out.is_painted,
            };
            place.answer(command, input).await
        }
        Err(usage) => usage.answer(),
    };
    answer.say(&mut out, &mut err)
}

/// Where a subcommand runs: what several of them ask for.
struct Place<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    clock: fn() -> Timestamp,
    /// Whether a workflow's log is what is written to.
    is_workflow: bool,
    /// Whether colours go with the answer.
    is_painted: bool,
}

impl Place<'_> {
    async fn answer(&self, command: Command, input: Input<'_>) -> Answer {
        match command {
            Command::Check(check) => check.run(self, input).await,
            Command::Policy(lint) => lint.run(self).await,
            Command::Test(test) => test.run(self),
            Command::Explain(explain) => explain.run(),
            Command::Schema => {
                let mut answer = Answer::status(YES);
                answer.ready(policy::schema());
                answer
            }
            Command::Link(link) => link.run(self),
            Command::Completions(completions) => {
                let mut answer = Answer::status(YES);
                answer.ready(arguments::completions(completions.shell));
                answer
            }
        }
    }

    /// What a workflow has, where there is none: the GitHub that all know, and the token that its
    /// command line has.
    fn of_workflow(&self, name: &str) -> Option<String> {
        let set = |name: &str| (self.lookup)(name).filter(|value| !value.trim().is_empty());
        match name {
            "GITHUB_SERVER_URL" => Some(self.server_url(None)),
            "INPUT_GITHUB-TOKEN" => set("GITHUB_TOKEN").or_else(|| set("GH_TOKEN")),
            name if name.starts_with("INPUT_") || name.starts_with("STATE_") => None,
            name => (self.lookup)(name),
        }
    }

    /// The GitHub that is spoken of: that of an option, of the workflow, or the one that all know.
    fn server_url(&self, given: Option<&str>) -> String {
        let set = |url: &String| !url.trim().is_empty();
        given
            .map(str::to_owned)
            .or_else(|| (self.lookup)("GITHUB_SERVER_URL").filter(set))
            .unwrap_or_else(|| "https://github.com".to_owned())
    }
}

impl Usage {
    fn answer(self) -> Answer {
        let Self { text, is_wrong } = self;
        if is_wrong {
            let mut answer = Answer::status(FAILED);
            answer.complain_ready(text);
            answer
        } else {
            let mut answer = Answer::status(YES);
            answer.ready(text);
            answer
        }
    }
}

/// <https://no-color.org>, <https://bixense.com/clicolors>
fn screen<'a>(
    output: Output<'a>,
    color: Color,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Screen<'a> {
    let Output {
        writer,
        is_terminal,
    } = output;
    let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let forced = || set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
    let shown = || is_terminal && set("TERM").is_some_and(|terminal| terminal != "dumb");
    let is_off = || set("CLICOLOR").is_some_and(|value| value == "0");
    Screen {
        writer,
        is_painted: match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => set("NO_COLOR").is_none() && (forced() || (shown() && !is_off())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_people_who_want_them() {
        let painted = |is_terminal, color, variables: &[(&str, &str)]| {
            let lookup = |name: &str| {
                let (_, value) = variables.iter().find(|(key, _)| *key == name)?;
                Some((*value).to_owned())
            };
            let mut nowhere = Vec::new();
            let output = Output {
                writer: &mut nowhere,
                is_terminal,
            };
            screen(output, color, &lookup).is_painted
        };
        let xterm = ("TERM", "xterm");
        assert!(painted(true, Color::Auto, &[xterm]));
        assert!(!painted(false, Color::Auto, &[xterm]));
        assert!(!painted(true, Color::Auto, &[("TERM", "dumb")]));
        assert!(!painted(true, Color::Auto, &[xterm, ("NO_COLOR", "1")]));
        assert!(painted(true, Color::Auto, &[xterm, ("NO_COLOR", "")]));
        assert!(!painted(true, Color::Auto, &[xterm, ("CLICOLOR", "0")]));
        assert!(painted(false, Color::Auto, &[("CLICOLOR_FORCE", "1")]));
        assert!(!painted(false, Color::Auto, &[("CLICOLOR_FORCE", "0")]));
        let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
        assert!(!painted(true, Color::Auto, &both));
        assert!(painted(false, Color::Always, &both));
        assert!(!painted(true, Color::Never, &[xterm]));
    }
}
