//! Where a subcommand's policy lies.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::input::DEFAULT_POLICY;
use crate::policy::{Document, PolicyError};

/// The parser has a limit of its own; this one keeps a device or a huge file out of memory.
const MAX_LEN: u64 = 1024 * 1024;

/// Reads a text that a person has named, wherever it is.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let text = File::open(path).and_then(|file| {
        if file.metadata()?.is_dir() {
            return Err(io::Error::other("it is a folder"));
        }
        let mut text = String::new();
        file.take(MAX_LEN).read_to_string(&mut text)?;
        Ok(text)
    });
    text.map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

/// Why a policy and the copies of what it extends cannot be had.
pub(super) enum Broken {
    /// One of them is wrong, or would loosen its base.
    Policy(PolicyError),
    /// One of them is not there, or is none's base.
    Unreadable(String),
}

/// `document`, which people call `file`, on top of copies of what it extends, in the order of the
/// chain. No job judges by a base that nothing extends.
pub(super) fn on_copies(
    document: Document,
    file: &str,
    copies: &[PathBuf],
) -> Result<Document, Broken> {
    let mut above = file.to_owned();
    let mut chain = vec![document];
    for copy in copies {
        let name = copy.display().to_string();
        if chain.last().is_some_and(|last| last.base().is_none()) {
            return Err(Broken::Unreadable(format!(
                "`{above}` extends nothing, so `{name}` cannot be its base; leave it out, or write `extends`"
            )));
        }
        let text = read(copy).map_err(Broken::Unreadable)?;
        chain.push(Document::parse(&text, &name).map_err(Broken::Policy)?);
        above = name;
    }
    Document::whole(chain).map_err(Broken::Policy)
}

/// The policy's path and its text, or none: then the baseline is meant.
pub(super) fn find(path: Option<&Path>) -> Result<Option<(PathBuf, String)>, String> {
    let default = Path::new(DEFAULT_POLICY);
    match path {
        Some(path) => Ok(Some((path.to_owned(), read(path)?))),
        // A link that leads nowhere is not the same as no file.
        None if default.symlink_metadata().is_err() => Ok(None),
        None => Ok(Some((default.to_owned(), read(default)?))),
    }
}

/// A path that leads out of the present folder, as the gate can take it: below the root. A person
/// may name any file; the gate's workspace is a wall against those who may write to it.
pub(super) fn below_root(path: &str) -> Result<Option<String>, String> {
    // Neither the policy itself nor one of a repository.
    if path.contains(['\n', '@']) {
        return Ok(None);
    }
    let is_named_outside = path.starts_with('/') || path.split('/').any(|part| part == "..");
    let whole = match fs::canonicalize(path) {
        Ok(whole) => whole,
        Err(error) if is_named_outside => return Err(format!("cannot read `{path}`: {error}")),
        // The gate knows better what to say.
        Err(_) => return Ok(None),
    };
    let is_here = fs::canonicalize(".").is_ok_and(|here| whole.starts_with(here));
    if is_here && !is_named_outside {
        return Ok(None);
    }
    let below = whole.to_str().and_then(|whole| whole.strip_prefix('/'));
    Ok(below.map(str::to_owned))
}
