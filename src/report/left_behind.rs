//! Where the job left the token, if it did. It holds paths, and no part of the token.

use std::fmt::Write as _;

use super::markdown::{code, message};

/// What the search of the job's directories found.
#[derive(Clone, Debug, Default)]
pub struct LeftBehind {
    /// Whether the policy denies what was found.
    pub denied: bool,
    /// Where the token lies.
    pub places: Vec<Place>,
    /// How many more places there are.
    pub more: u64,
    /// Files that were searched.
    pub files: u64,
    /// Bytes that were searched.
    pub bytes: u64,
    /// Files that could not be searched, or not to their end.
    pub unsearched: u64,
    /// Why the search ended before all was seen, in words.
    pub cut: Option<&'static str>,
}

/// A file that holds the token.
#[derive(Clone, Debug)]
pub struct Place {
    /// `workspace/…`, `temp/…` or `home/…`.
    pub path: String,
    /// Which part of an archive.
    pub member: Option<String>,
    /// How the token is written there.
    pub form: &'static str,
    /// What the file is, if it is a known one.
    pub what: Option<String>,
    /// What keeps the token out of it.
    pub fix: Option<&'static str>,
}

/// Where nothing better is known.
const FIX: &str = "find the step that writes it, and take the token out of it";

impl Place {
    /// `PATH`, or `MEMBER` in `PATH`. A path that somebody chose ends no quotes.
    fn name(&self) -> String {
        let plain = |text: &str| text.replace('`', "'");
        match &self.member {
            Some(member) => format!("`{}` in `{}`", plain(member), plain(&self.path)),
            None => format!("`{}`", plain(&self.path)),
        }
    }

    fn message(&self) -> String {
        let Self {
            form, what, fix, ..
        } = self;
        let what = what.as_ref().map(|what| format!(", {what}"));
        format!(
            "the job left the token in {}{}: {form}; {}",
            self.name(),
            what.unwrap_or_default(),
            fix.unwrap_or(FIX)
        )
    }
}

impl LeftBehind {
    /// A sentence for each place.
    pub fn messages(&self) -> impl Iterator<Item = String> {
        self.places.iter().map(Place::message)
    }

    /// Lines for the log: how much was searched, and whether that is all.
    pub fn log(&self) -> Vec<String> {
        let Self {
            files,
            bytes,
            unsearched,
            ..
        } = self;
        let found = match self.places.len() as u64 + self.more {
            0 => "the token is in none of them".to_owned(),
            1 => "the token is in one of them".to_owned(),
            count => format!("the token is in {count} of them"),
        };
        let files = if *files == 1 {
            "1 file".to_owned()
        } else {
            format!("{files} files")
        };
        let mut lines = vec![format!(
            "searched {files} of the job, {}: {found}",
            size(*bytes)
        )];
        if *unsearched > 0 {
            lines.push(format!("not searched, or not to the end: {unsearched}"));
        }
        if let Some(why) = self.cut {
            lines.push(format!("the search ended early: {why}"));
        }
        lines
    }

    /// Markdown for the job summary.
    pub fn summary(&self) -> String {
        let mark = if self.denied { "❌" } else { "⚠️" };
        let mut page = format!(
            "### {mark} patgate: the job left the token behind\n\n| where | how | what to do |\n| --- | --- | --- |\n"
        );
        for place in &self.places {
            let name = match &place.member {
                Some(member) => format!("{} in {}", code(member), code(&place.path)),
                None => code(&place.path),
            };
            let what = place
                .what
                .as_ref()
                .map(|what| format!(", {}", message(what)));
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {name}{} | {} | {} |",
                what.unwrap_or_default(),
                message(place.form),
                message(place.fix.unwrap_or(FIX))
            );
        }
        if self.more > 0 {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nAnd {} more files.", self.more);
        }
        if let Some(why) = self.cut {
            // Writing to a string cannot fail.
            let _ = writeln!(page, "\nThe search ended early: {why}.");
        }
        page
    }
}

/// Bytes in the largest unit of which there is one.
fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{} KiB", bytes / 1024),
        1_048_576..1_073_741_824 => format!("{} MiB", bytes / 1_048_576),
        _ => format!("{} GiB", bytes / 1_073_741_824),
    }
}
