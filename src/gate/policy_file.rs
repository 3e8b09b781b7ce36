//! Where a policy comes from: the workspace, the input, or nowhere.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use crate::input::{DEFAULT_POLICY, Input, PolicySource, Runner};
use crate::policy::{Document, Policy};

use super::Error;

/// The parser has a limit of its own; this one keeps a device or a huge file out of memory.
const MAX_LEN: u64 = 1024 * 1024;

/// Reads the policy's gate, narrowed by the inputs, and what people call the policy; no name is
/// the baseline.
pub(super) fn read(input: &Input, runner: &Runner) -> Result<(Policy, Option<String>), Error> {
    let (text, name) = match &input.policy {
        PolicySource::Inline(text) => (text.clone(), "the input `policy`".to_owned()),
        PolicySource::File(path) => (
            read_file(path, runner)?.ok_or_else(|| missing(path))?,
            path.clone(),
        ),
        PolicySource::Default => match read_file(DEFAULT_POLICY, runner)? {
            Some(text) => (text, DEFAULT_POLICY.to_owned()),
            None if input.gate == "default" => {
                warn_of_empty(&workspace(runner));
                let policy =
                    Policy::baseline().narrow(&input.repositories, input.ttl.as_deref())?;
                return Ok((policy, None));
            }
            None => return Err(missing(DEFAULT_POLICY)),
        },
    };
    let is_file = !matches!(input.policy, PolicySource::Inline(_));
    let document = if is_file {
        Document::parse(&text, &name)?
    } else {
        Document::parse_elsewhere(&text, &name)?
    };
    let policy = document
        .gate(&input.gate)?
        .narrow(&input.repositories, input.ttl.as_deref())?;
    Ok((policy, Some(name)))
}

/// Reads a file of the workspace. A link that leads out of it is refused: an excerpt of
/// whatever it leads to would stand in the log.
fn read_file(path: &str, runner: &Runner) -> Result<Option<String>, Error> {
    let outside = || Error::PolicyPath {
        path: path.to_owned(),
    };
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(path).components().all(plain) {
        return Err(outside());
    }
    let read_error = |source: io::Error| Error::PolicyRead {
        path: path.to_owned(),
        source,
    };
    let workspace = workspace(runner).canonicalize().map_err(read_error)?;
    let file = match workspace.join(path).canonicalize() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A policy that was meant and cannot be read is not the same as none.
            if leads_nowhere(&workspace, path) {
                let why = "a link of its path leads nowhere";
                return Err(read_error(io::Error::other(why)));
            }
            return Ok(None);
        }
        Err(error) => return Err(read_error(error)),
    };
    if !file.starts_with(&workspace) {
        return Err(outside());
    }
    if !fs::metadata(&file).map_err(read_error)?.is_file() {
        return Err(read_error(io::Error::other("it is not a file")));
    }
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(MAX_LEN).read_to_string(&mut text))
        .map_err(read_error)?;
    Ok(Some(text))
}

/// Whether a part of `path` is a link, which then is what is missing.
fn leads_nowhere(workspace: &Path, path: &str) -> bool {
    let mut so_far = workspace.to_owned();
    Path::new(path).components().any(|part| {
        so_far.push(part);
        so_far.is_symlink()
    })
}

/// act on the host names a directory that its container does not have, and starts there instead.
fn workspace(runner: &Runner) -> PathBuf {
    match &runner.workspace {
        Some(path) if path.is_dir() => path.clone(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// A policy that is not there because nothing is: the likeliest mistake with a baseline.
fn warn_of_empty(workspace: &Path) {
    let mut entries = fs::read_dir(workspace).into_iter().flatten();
    if entries.next().is_none() {
        tracing::warn!(
            "the workspace is empty; to be judged by the repository's policy, check it out before this step, \
             and name the file with the input `policy`, so that a missing one is an error"
        );
    }
}

fn missing(path: &str) -> Error {
    Error::PolicyMissing {
        path: path.to_owned(),
    }
}
