//! Where something stands in a policy.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// The text of a policy, and where it comes from.
#[derive(Debug)]
pub struct Source {
    /// What people call it, such as `.github/patgate.yml`.
    pub name: String,
    /// Where it lies.
    pub home: Home,
    text: String,
}

/// Where the text of a policy lies.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Home {
    /// In this program: the built-in baseline.
    Builtin,
    /// In an input, or in anything else that GitHub shows no lines of.
    Elsewhere,
    /// In a file of the workspace, whose lines GitHub can show.
    Workspace,
}

impl Source {
    pub(super) fn new(text: &str, name: &str, home: Home) -> Arc<Self> {
        // Some editors put a byte-order mark in front; nobody sees it, and no column counts it.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Arc::new(Self {
            name: name.to_owned(),
            home,
            text: text.to_owned(),
        })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

/// A stretch of a policy's text.
#[derive(Clone)]
pub struct Location {
    source: Arc<Source>,
    start: usize,
    end: usize,
}

impl Location {
    /// `span` counts bytes; what lies outside of the text or within a letter is cut to fit.
    pub(super) fn new(source: &Arc<Source>, span: Range<usize>) -> Self {
        let fit = |at: usize| {
            let mut at = at.min(source.text.len());
            while !source.text.is_char_boundary(at) {
                at -= 1;
            }
            at
        };
        let start = fit(span.start);
        Self {
            source: Arc::clone(source),
            start,
            end: fit(span.end).max(start),
        }
    }

    /// From the beginning of this one to the end of `other`, if both stand on one line.
    pub(super) fn to(&self, other: &Self) -> Self {
        let between = self.source.text.get(self.start..other.end);
        match between {
            Some(text) if !text.contains('\n') => Self {
                end: other.end,
                ..self.clone()
            },
            Some(_) | None => self.clone(),
        }
    }

    /// What of it stands on its first line.
    pub(super) fn first_line(&self) -> Self {
        let line = self.text().lines().next().unwrap_or_default();
        Self {
            end: self.start + line.len(),
            ..self.clone()
        }
    }

    pub(super) fn source(&self) -> &Arc<Source> {
        &self.source
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// What people call the policy.
    pub fn file(&self) -> &str {
        &self.source.name
    }

    /// Where the policy lies.
    pub fn home(&self) -> Home {
        self.source.home
    }

    /// The line of its beginning, counted from 1.
    pub fn line(&self) -> usize {
        self.source.text[..self.start].matches('\n').count() + 1
    }

    /// The column of its beginning in characters, counted from 1.
    pub fn column(&self) -> usize {
        let before = &self.source.text[..self.start];
        let line = before.rfind('\n').map_or(0, |at| at + 1);
        before[line..].chars().count() + 1
    }

    /// The text that stands there.
    pub fn text(&self) -> &str {
        &self.source.text[self.start..self.end]
    }
}

/// `FILE:LINE:COLUMN`, as compilers write it.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file(), self.line(), self.column())
    }
}

/// Without the whole text.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.source.name == other.source.name && self.span() == other.span()
    }
}

impl Eq for Location {}

/// A value, and where the policy has it.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// What is written.
    pub value: T,
    /// Where.
    pub at: Location,
}

impl<T> Placed<T> {
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Placed<U> {
        let Self { value, at } = self;
        Placed {
            value: f(value),
            at,
        }
    }
}
