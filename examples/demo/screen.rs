//! What the demo shows: numbered acts, in colour on a terminal.

use std::env;
use std::io::{self, IsTerminal as _, Stdout, Write as _};

/// The demo's stdout.
pub(crate) struct Screen {
    out: Stdout,
    colour: bool,
    acts: usize,
}

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const CYAN: &str = "36";

impl Screen {
    pub(crate) fn new(out: Stdout) -> Self {
        // <https://no-color.org>
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: out.is_terminal() && !refused,
            out,
            acts: 0,
        }
    }

    /// Begins the next act.
    pub(crate) fn act(&mut self, title: &str) -> io::Result<()> {
        self.acts += 1;
        let title = format!("{}. {title}", self.acts);
        writeln!(self.out)?;
        self.line("", BOLD, &title)
    }

    /// Says something between.
    pub(crate) fn say(&mut self, text: &str) -> io::Result<()> {
        self.line("   ", "", text)
    }

    /// Shows what a step runs.
    pub(crate) fn command(&mut self, text: &str) -> io::Result<()> {
        self.line("   $ ", CYAN, text)
    }

    /// Shows what a program said.
    pub(crate) fn output(&mut self, text: &str) -> io::Result<()> {
        text.lines()
            .try_for_each(|line| self.line("   | ", DIM, line))
    }

    /// Shows what `who` said, or left.
    pub(crate) fn output_of(&mut self, who: &str, text: &str) -> io::Result<()> {
        let before = format!("   {who:<8}| ");
        text.lines()
            .try_for_each(|line| self.line(&before, DIM, line))
    }

    /// Tells that a step was checked.
    pub(crate) fn good(&mut self, text: &str) -> io::Result<()> {
        self.line("   ✓ ", GREEN, text)
    }

    /// Says the last word.
    pub(crate) fn end(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.line("", GREEN, text)
    }

    fn line(&mut self, before: &str, colour: &str, text: &str) -> io::Result<()> {
        if self.colour && !colour.is_empty() {
            writeln!(self.out, "{before}\u{1b}[{colour}m{text}\u{1b}[0m")
        } else {
            writeln!(self.out, "{before}{text}")
        }
    }
}
