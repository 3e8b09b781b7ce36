//! The search for a token that a job left behind in its directories.
//!
//! Nothing a job leaves is trusted: links are not followed, other file systems not entered,
//! archives opened within bounds, and nothing fails the search. What could not be searched is
//! counted.

mod contents;
mod culprit;
mod folder;
mod forms;
mod needles;
mod order;
mod search;
mod unpack;

use std::fmt;
use std::path::PathBuf;

use secrecy::{ExposeSecret as _, SecretString};

pub use self::culprit::Culprit;

use self::needles::Needles;
use self::search::Search;

/// How much of a file is read at once.
const BUFFER: usize = 256 << 10;

/// Secrets, in every form they are searched for. Dropping it wipes them.
pub struct Tripwire {
    needles: Needles,
    buffer: usize,
}

/// A directory to search.
#[derive(Clone, Debug)]
pub struct Root {
    /// What to call it, such as `workspace`.
    pub label: String,
    /// Where it is. Links on the way there are followed, those in it are not.
    pub path: PathBuf,
}

/// How much is searched.
#[derive(Clone, Copy)]
pub struct Limits<'a> {
    /// Bytes in all, those that come out of archives among them.
    pub bytes: u64,
    /// Bytes of one file, from its start.
    pub file: u64,
    /// Bytes out of one archive.
    pub inflated: u64,
    /// Directories below a root.
    pub depth: usize,
    /// Threads that search.
    pub threads: usize,
    /// Whether the time is up. It is asked often, so it must be quick.
    pub is_over: &'a (dyn Fn() -> bool + Sync),
}

/// What the search has found, and how much it has seen. It holds no part of any secret.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Found {
    /// Where the secrets are, by root and path: one for each file, and not more than
    /// [`Found::MOST_HITS`].
    pub hits: Vec<Hit>,
    /// How many more files hold one.
    pub more: u64,
    /// Files that were searched.
    pub files: u64,
    /// Bytes that were searched.
    pub bytes: u64,
    /// Files and directories that could not be read, or lie too deep.
    pub unread: u64,
    /// Files that were not searched to their end, and archives that could not be opened whole.
    pub partial: u64,
    /// Directories that are mounts of their own, and were not entered.
    pub elsewhere: u64,
    /// What ended the search before all was seen.
    pub cut: Option<Cut>,
}

/// Why a search ends early.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cut {
    /// [`Limits::is_over`] said so.
    Time,
    /// [`Limits::bytes`] were searched.
    Bytes,
}

/// A file that holds a secret.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Hit {
    /// The label of the root.
    pub root: String,
    /// The path below it, with `***` in place of each name that holds the secret itself.
    pub path: String,
    /// The member, if the file is an archive that names its members.
    pub member: Option<String>,
    /// The plainest form that was found.
    pub form: Form,
    /// Which secret it is, counted from 0 in the order they were given.
    pub secret: usize,
}

/// How a secret is written; the plainest first.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Form {
    /// Its characters, one after the other.
    AsItIs,
    /// base64 of it, or of more that it is part of; also with the alphabet for URLs.
    Base64,
    /// Hexadecimal digits.
    Hexadecimal,
    /// `%5F` for `_`, as URLs have it.
    Percent,
    /// `\u005f` or `\x5f` for `_`, as JSON and JavaScript have it.
    Escaped,
    /// Two bytes for each character.
    Utf16,
    /// `=5F` for `_`, as mail has it.
    QuotedPrintable,
    /// base64 of base64.
    Base64Twice,
}

impl Tripwire {
    /// Secrets of less than 8 bytes are not searched: they hit by chance.
    pub fn new(secrets: &[&SecretString]) -> Self {
        Self::with_buffer(secrets, BUFFER)
    }

    fn with_buffer(secrets: &[&SecretString], buffer: usize) -> Self {
        let pieces = |secret: &&SecretString| forms::pieces(secret.expose_secret());
        let needles = Needles::new(secrets.iter().map(pieces).collect());
        let buffer = buffer.max(2 * needles.overlap());
        Self { needles, buffer }
    }

    /// Searches `roots` for the secrets, likely places first.
    ///
    /// A directory that lies in two roots is searched once. It never fails.
    pub fn search(&self, roots: &[Root], limits: &Limits<'_>) -> Found {
        if self.needles.is_empty() {
            return Found::default();
        }
        Search::new(&self.needles, self.buffer, roots, limits).run()
    }
}

impl fmt::Debug for Tripwire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tripwire").finish_non_exhaustive()
    }
}

impl Found {
    /// How many hits are kept.
    pub const MOST_HITS: usize = 100;
}

impl Hit {
    /// Who is known to write such a file, and what keeps the token out of it.
    pub fn culprit(&self) -> Option<Culprit> {
        Culprit::of(&self.path)
    }
}

impl Form {
    /// The form in words, such as `base64`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AsItIs => "as it is",
            Self::Base64 => "base64",
            Self::Hexadecimal => "hexadecimal",
            Self::Percent => "percent-encoded",
            Self::Escaped => "with escapes",
            Self::Utf16 => "UTF-16",
            Self::QuotedPrintable => "quoted-printable",
            Self::Base64Twice => "base64 of base64",
        }
    }
}

#[cfg(test)]
#[path = "tripwire_tests.rs"]
mod tests;
