//! YAML as far as a policy needs it, each part with its place. The only file that knows the
//! parser.
//!
//! What two readers could take for two things is refused: anchors, aliases, merge keys, tags,
//! several documents, directives, characters that nobody sees.

use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span};

use super::problem::{Problem, Sort};
use super::source::{Location, Source};

/// A policy is read by people; one that is longer than this is no policy.
pub(super) const MAX_LEN: usize = 256 * 1024;

/// No field of a policy lies half as deep.
const MAX_DEPTH: usize = 16;

/// A part of the document.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) at: Location,
    pub(super) value: Value,
}

#[derive(Debug)]
pub(super) enum Value {
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    /// A key with nothing behind it, `~` or `null`.
    Nothing,
    Scalar {
        text: String,
        /// Without quotes, so that YAML could take it for something else than text.
        is_plain: bool,
    },
}

impl Node {
    /// What it is, for people.
    pub(super) fn form(&self) -> &'static str {
        match self.value {
            Value::List(_) => "a list",
            Value::Map(_) => "a map",
            Value::Nothing => "nothing",
            Value::Scalar { .. } => "a single value",
        }
    }
}

/// Reads the one document of `source`.
pub(super) fn read(source: &Arc<Source>) -> Result<Node, Problem> {
    readable(source)?;
    let mut reader = Reader {
        source,
        places: Places::of(source.text()),
        events: Parser::new_from_str(source.text()),
        kept_end: None,
    };
    reader.document()
}

struct Reader<'a> {
    source: &'a Arc<Source>,
    places: Places,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
    /// The last scalar, if a line end belongs to it.
    kept_end: Option<Location>,
}

impl<'a> Reader<'a> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamEnd => break,
                Event::DocumentStart(_) if root.is_some() => {
                    let message = "a second YAML document begins here, and a policy is one";
                    return Err(self
                        .wrong(&span, message)
                        .help("take out the `---` or `...` before it, and what follows"));
                }
                Event::StreamStart
                | Event::Nothing
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                event => root = Some(self.node(event, &span, 0)?),
            }
        }
        if let Some(at) = self
            .kept_end
            .take()
            .filter(|_| !self.source.text().ends_with('\n'))
        {
            let message =
                "the last line has no end, and readers of YAML differ on whether this has";
            return Err(
                Problem::new(Sort::Syntax, &at, message).help("end the file with a line end")
            );
        }
        let whole = Location::new(self.source, 0..0);
        root.ok_or_else(|| empty(&whole))
    }

    fn node(&mut self, event: Event<'a>, span: &Span, depth: usize) -> Result<Node, Problem> {
        if depth > MAX_DEPTH {
            return Err(self.wrong(span, "this is nested deeper than any policy"));
        }
        self.no_tricks(&event, span)?;
        match event {
            Event::Scalar(text, style, _, _) => self.scalar(text.into_owned(), style, span),
            Event::SequenceStart(..) => self.list(span, depth),
            Event::MappingStart(..) => self.map(span, depth),
            Event::Alias(_)
            | Event::DocumentEnd
            | Event::DocumentStart(_)
            | Event::MappingEnd
            | Event::Nothing
            | Event::SequenceEnd
            | Event::StreamEnd
            | Event::StreamStart => Err(self.wrong(span, "this is not YAML")),
        }
    }

    fn list(&mut self, start: &Span, depth: usize) -> Result<Node, Problem> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let at = self.place(start.start.index()..span.end.index());
                return Ok(Node {
                    at: trimmed(&at, self.source),
                    value: Value::List(items),
                });
            }
            items.push(self.node(event, &span, depth + 1)?);
        }
    }

    fn map(&mut self, start: &Span, depth: usize) -> Result<Node, Problem> {
        let mut pairs = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                let at = self.place(start.start.index()..span.end.index());
                return Ok(Node {
                    at: trimmed(&at, self.source),
                    value: Value::Map(pairs),
                });
            }
            let key = self.node(event, &span, depth + 1)?;
            single(&key)?;
            let (event, span) = self.next()?;
            let mut value = self.node(event, &span, depth + 1)?;
            // Nothing stands nowhere: what is shown of it is its key.
            if value.at.text().is_empty() && matches!(value.value, Value::Nothing) {
                value.at = key.at.clone();
            }
            pairs.push((key, value));
        }
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, span: &Span) -> Result<Node, Problem> {
        let is_plain = style == ScalarStyle::Plain;
        let at = trimmed(
            &self.place(span.start.index()..span.end.index()),
            self.source,
        );
        if let Some(message) = two_ways(&text, style) {
            return Err(
                Problem::new(Sort::Syntax, &at, message).help("write it in quotes, on one line")
            );
        }
        self.kept_end = (!is_plain && text.ends_with('\n')).then(|| at.clone());
        let value = if is_plain && matches!(text.as_str(), "" | "~" | "null" | "Null" | "NULL") {
            Value::Nothing
        } else {
            Value::Scalar { text, is_plain }
        };
        Ok(Node { at, value })
    }

    /// What makes one text mean several things, or several texts one.
    fn no_tricks(&self, event: &Event<'_>, span: &Span) -> Result<(), Problem> {
        let (anchor, tag) = match event {
            Event::Alias(_) => {
                return Err(self
                    .wrong(span, "an alias stands here, and a policy says everything where it stands")
                    .help("write out what it stands for; write a pattern that begins with `*` in quotes"));
            }
            Event::MappingStart(anchor, tag)
            | Event::Scalar(_, _, anchor, tag)
            | Event::SequenceStart(anchor, tag) => (*anchor, tag),
            Event::DocumentEnd
            | Event::DocumentStart(_)
            | Event::MappingEnd
            | Event::Nothing
            | Event::SequenceEnd
            | Event::StreamEnd
            | Event::StreamStart => return Ok(()),
        };
        if anchor > 0 {
            return Err(self
                .wrong(
                    span,
                    "an anchor stands before this, and a policy says everything where it stands",
                )
                .help("take out the anchor; what gates have in common belongs under `defaults`"));
        }
        if tag.is_some() {
            return Err(self
                .wrong(span, "a tag stands before this, and a policy needs none")
                .help("take out the tag; write text that begins with `!` in quotes"));
        }
        Ok(())
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        match self.events.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.not_yaml(&error)),
            None => Err(empty(&Location::new(self.source, 0..0))),
        }
    }

    fn not_yaml(&self, error: &ScanError) -> Problem {
        let start = error.marker().index();
        let start = self.place(start..start).span().start;
        let rest = &self.source.text()[start..];
        let word = rest
            .find([' ', ',', ']', '}', '#', '\n', '\r'])
            .unwrap_or(rest.len());
        let at = Location::new(self.source, start..start + word.max(1));
        let info = error.info();
        if info.contains("unknown anchor") || info.contains("anchor or alias") {
            return Problem::new(
                Sort::Syntax,
                &at,
                "an alias stands here, and a policy has no anchors",
            )
            .label("YAML takes a `*` in front for an alias")
            .help("write a pattern that begins with `*` in quotes");
        }
        Problem::new(Sort::Syntax, &at, format!("this is not YAML: {info}"))
            .help("look at the blanks in front of the line, at its quotes and brackets, and at those of the line before")
    }

    fn wrong(&self, span: &Span, message: &str) -> Problem {
        let at = self.place(span.start.index()..span.end.index());
        Problem::new(Sort::Syntax, &trimmed(&at, self.source), message)
    }

    /// What stands behind the last letter is shown there, and not on a line that nobody wrote.
    fn place(&self, chars: Range<usize>) -> Location {
        let last = self.source.text().trim_end().len();
        let span = self.places.byte(chars.start).min(last)..self.places.byte(chars.end).min(last);
        Location::new(self.source, span)
    }
}

/// A key is a word on a line, to every reader of YAML.
fn single(key: &Node) -> Result<(), Problem> {
    let text = key.at.text();
    if text.is_empty() {
        return Err(
            Problem::new(Sort::Syntax, &key.at, "no key stands in front of the `:`")
                .help("write the key, or take out the `:`"),
        );
    }
    if text.contains('\n') {
        return Err(
            Problem::new(Sort::Syntax, &key.at, "a key stands on several lines")
                .help("write it on one line"),
        );
    }
    let behind = &key.at.source().text()[key.at.span().end..];
    if !behind
        .trim_start_matches([' ', '\t'])
        .starts_with([':', ',', ']', '}'])
    {
        let message = "no `:` stands behind this key on its line";
        return Err(
            Problem::new(Sort::Syntax, &key.at, message).help("write the key, `:` and a blank")
        );
    }
    let is_plain = matches!(
        key.value,
        Value::Scalar { is_plain: true, .. } | Value::Nothing
    );
    if is_plain && behind.starts_with(':') && behind[1..].starts_with([',', '[', ']', '{', '}']) {
        let message = "readers of YAML differ on a `:` without a blank behind it";
        return Err(
            Problem::new(Sort::Syntax, &key.at, message).help("write a blank behind the `:`")
        );
    }
    Ok(())
}

/// What begins something else than a word.
const SIGNS: [char; 17] = [
    ',', '[', ']', '{', '}', '#', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '?', ':',
];

/// Why readers of YAML could differ on a scalar.
fn two_ways(text: &str, style: ScalarStyle) -> Option<&'static str> {
    match style {
        ScalarStyle::Literal | ScalarStyle::Folded if text.contains('\t') => {
            Some("a tab stands within this, and readers of YAML differ on it")
        }
        ScalarStyle::Literal | ScalarStyle::Folded if text.trim().is_empty() => {
            Some("nothing stands within this, and readers of YAML differ on how much of it")
        }
        ScalarStyle::Plain if text.contains(":?") || text.contains("::") => {
            Some("readers of YAML differ on the `:` in this")
        }
        ScalarStyle::Plain if text.starts_with(SIGNS) => {
            Some("this begins with a sign of YAML's, and readers differ on it")
        }
        _ => None,
    }
}

/// A block ends where the next one begins; what stands there of it ends with its last letter.
fn trimmed(at: &Location, source: &Arc<Source>) -> Location {
    let Range { start, end } = at.span();
    let text = source.text()[start..end].trim_end();
    Location::new(source, start..start + text.len())
}

/// From the parser's characters to bytes.
enum Places {
    Ascii,
    Others(Vec<usize>),
}

impl Places {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let starts = text.char_indices().map(|(at, _)| at);
        Self::Others(starts.chain([text.len()]).collect())
    }

    fn byte(&self, char: usize) -> usize {
        match self {
            Self::Ascii => char,
            Self::Others(starts) => starts
                .get(char)
                .or(starts.last())
                .copied()
                .unwrap_or_default(),
        }
    }
}

/// What no YAML reader should be handed.
fn readable(source: &Arc<Source>) -> Result<(), Problem> {
    let text = source.text();
    let at = |start: usize, len: usize| Location::new(source, start..start + len);
    if text.len() > MAX_LEN {
        let message = format!("the policy is longer than {} KiB", MAX_LEN / 1024);
        return Err(Problem::new(Sort::Syntax, &at(0, 0), message));
    }
    if text.trim().is_empty() {
        return Err(empty(&at(0, 0)));
    }
    let mut start = 0;
    let mut has_begun = false;
    for line in text.split_inclusive('\n') {
        let words = line.strip_suffix('\n').unwrap_or(line);
        let words = words.strip_suffix('\r').unwrap_or(words);
        if let Some((offset, c)) = words.char_indices().find(|(_, c)| is_unseen(*c)) {
            let message = format!(
                "a character that nobody sees stands here: `{}`",
                c.escape_unicode()
            );
            return Err(
                Problem::new(Sort::Syntax, &at(start + offset, c.len_utf8()), message)
                    .help("take it out"),
            );
        }
        let indent = words.len() - words.trim_start_matches([' ', '\t', '-', '?']).len();
        if let Some(offset) = words[..indent].find('\t')
            && !words.trim().is_empty()
        {
            return Err(Problem::new(
                Sort::Syntax,
                &at(start + offset, 1),
                "a tab stands in front of the line",
            )
            .label("YAML counts blanks")
            .help("write blanks in its place"));
        }
        if words.starts_with('%') {
            return Err(Problem::new(
                Sort::Syntax,
                &at(start, words.len()),
                "a directive stands here, and a policy needs none",
            )
            .help("take out the line"));
        }
        if !has_begun && words.starts_with("...") {
            return Err(Problem::new(
                Sort::Syntax,
                &at(start, 3),
                "the document ends here before it has begun",
            )
            .help("take out the `...`"));
        }
        has_begun |= !matches!(words.trim_start().chars().next(), None | Some('#'));
        start += line.len();
    }
    Ok(())
}

/// YAML ends a line at some of these, and a comment with it, where no editor shows it; others turn
/// what is shown around. What is left of a CR here is one without its LF.
fn is_unseen(c: char) -> bool {
    (c.is_control() && c != '\t')
        || matches!(
            c,
            '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
                | '\u{00ad}'
        )
}

fn empty(at: &Location) -> Problem {
    Problem::new(
        Sort::Syntax,
        at,
        "the policy is empty; `version: 1` and `gates:` belong in it",
    )
}
