//! What a subcommand says, and how it looks where it is said.

use std::fmt::Write as _;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::report::{Line, Tone};
use crate::runner::command;

/// Allowed, or fine.
pub(super) const YES: u8 = 0;
/// Denied, or not fine.
pub(super) const NO: u8 = 1;
/// It could not be told.
pub(super) const FAILED: u8 = 2;

/// What a subcommand says: kept until the end, so that nothing is said by halves.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u8,
    out: Vec<Piece>,
    err: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    /// May hold what somebody else wrote.
    Line(Tone, String),
    /// Harmless already, and goes out as it is.
    Ready(String),
}

impl Answer {
    pub(super) fn status(status: u8) -> Self {
        Self {
            status,
            ..Self::default()
        }
    }

    pub(super) fn line(&mut self, tone: Tone, text: impl Into<String>) {
        self.out.push(Piece::Line(tone, text.into()));
    }

    pub(super) fn lines(&mut self, lines: impl IntoIterator<Item = Line>) {
        for (tone, text) in lines {
            self.line(tone, text);
        }
    }

    /// Text of several lines, for programs.
    pub(super) fn ready(&mut self, text: impl Into<String>) {
        self.out.push(Piece::Ready(text.into()));
    }

    /// JSON, in which what an older runner takes for a command, or a terminal for an order, is
    /// escaped: both only ever stand in texts.
    pub(super) fn json(&mut self, json: &str) {
        let mut harmless = String::with_capacity(json.len());
        for c in json.replace("##[", r"##\u005b").chars() {
            let hides = |c: char| matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if hides(c) || (c.is_control() && c != '\n') {
                // Writing to a string cannot fail.
                let _ = write!(harmless, "\\u{:04x}", u32::from(c));
            } else {
                harmless.push(c);
            }
        }
        self.ready(harmless);
    }

    pub(super) fn complain(&mut self, tone: Tone, text: impl Into<String>) {
        self.err.push(Piece::Line(tone, text.into()));
    }

    /// A complaint that is harmless already.
    pub(super) fn complain_ready(&mut self, text: impl Into<String>) {
        self.err.push(Piece::Ready(text.into()));
    }

    /// Takes over what `other` says, and its status if that is worse.
    pub(super) fn and(&mut self, other: Self) {
        self.status = self.status.max(other.status);
        self.out.extend(other.out);
        self.err.extend(other.err);
    }

    /// Says it. A reader that has gone, as `head` has, changes nothing.
    pub(super) fn say(&self, out: &mut Screen<'_>, err: &mut Screen<'_>) -> u8 {
        let told = err.write(&self.err).and_then(|()| out.write(&self.out));
        match told {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                // Nothing is left to do if both are closed.
                let _ = writeln!(err.writer, "error: cannot write the answer: {error}");
                FAILED
            }
            Ok(()) | Err(_) => self.status,
        }
    }
}

/// What complaints begin with.
const HEADS: [&str; 2] = ["error:", "warning:"];

/// A way out, and whether colours go with it.
pub(super) struct Screen<'a> {
    pub(super) writer: &'a mut dyn Write,
    pub(super) is_painted: bool,
}

impl Screen<'_> {
    fn write(&mut self, pieces: &[Piece]) -> io::Result<()> {
        let mut text = String::new();
        for piece in pieces {
            match piece {
                Piece::Line(tone, line) => {
                    text += &self.painted(*tone, &command::harmless(line));
                    text.push('\n');
                }
                Piece::Ready(ready) => text += ready,
            }
        }
        self.writer.write_all(text.as_bytes())?;
        self.writer.flush()
    }

    fn painted(&self, tone: Tone, text: &str) -> String {
        let style = style(tone);
        if !self.is_painted || style == Style::new() {
            return text.to_owned();
        }
        // Of many words the first is enough.
        let head = HEADS.into_iter().find(|head| text.starts_with(head));
        let (head, rest) = text.split_at(head.map_or(text.len(), str::len));
        format!("{style}{head}{style:#}{rest}")
    }
}

fn style(tone: Tone) -> Style {
    let bold = Style::new().bold();
    let painted = |color: AnsiColor| bold.fg_color(Some(color.into()));
    match tone {
        Tone::Allow => painted(AnsiColor::Green),
        Tone::Deny => painted(AnsiColor::Red),
        Tone::Plain => Style::new(),
        Tone::Strong => bold,
        Tone::Warn => painted(AnsiColor::Yellow),
    }
}
