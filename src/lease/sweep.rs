//! What earlier jobs left in the directory, on a machine that remembers.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use patgate_credential::{Key, LeaseName};

use super::drop_box::DropBox;
use super::{JOB, LeaseError, is_shared, is_unfinished, opened_by, owner, plain};

/// What was removed of earlier jobs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Swept {
    /// Sealed leases that no key of the job opens.
    pub sealed: usize,
    /// Leases in plain text.
    pub plain: usize,
    /// What else is of an ended step: reports, kept tokens, what was half written.
    pub rest: usize,
}

impl Swept {
    /// Whether there was nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Swept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            sealed,
            plain,
            rest,
        } = *self;
        let counted = [
            (
                sealed,
                "sealed lease that no key of this job opens",
                "sealed leases that no key of this job opens",
            ),
            (plain, "lease in plain text", "leases in plain text"),
            (rest, "other file", "other files"),
        ];
        let words = counted.iter().filter(|(count, ..)| *count > 0);
        let words: Vec<_> = words
            .map(|(count, one, many)| format!("{count} {}", if *count == 1 { one } else { many }))
            .collect();
        f.write_str(&words.join(", "))
    }
}

/// Removes what earlier jobs left: nobody can use their sealed leases, at which the helper would
/// stop, and everybody those in plain text. `has_home` tells that an earlier step of this job has
/// leases there, whose files are not to be told from theirs but by `key`.
///
/// What is new may be of a main phase beside this one, whose key nobody has told yet.
pub fn sweep(
    drop_box: &DropBox,
    key: Option<&Key>,
    has_home: bool,
    now: Timestamp,
) -> Result<Swept, LeaseError> {
    let living = match key {
        Some(key) => opened_by(key, drop_box, now)?,
        None => Vec::new(),
    };
    let mut swept = Swept::default();
    for entry in drop_box.entries()? {
        let file = &entry.name;
        let is_owned = owner(file).is_some() || is_unfinished(file);
        if entry.is_folder || !is_owned || is_new(file, drop_box, now) {
            continue;
        }
        let count = match LeaseName::of_file(file) {
            Some(lease) if living.iter().any(|(name, _)| *name == lease) => continue,
            Some(_) => &mut swept.sealed,
            None if has_home => continue,
            None if plain::of_file(file).is_some() => &mut swept.plain,
            None if is_unfinished(file) => &mut swept.rest,
            // A step of this job without a lease has left these, and tells nobody.
            None if is_younger(JOB, file, drop_box, now) => continue,
            None => &mut swept.rest,
        };
        drop_box.remove(file)?;
        *count += 1;
    }
    let left = drop_box.entries()?;
    if !has_home && left.iter().all(is_shared) {
        // The helper and the journal of those that are gone.
        for entry in left {
            if !is_new(&entry.name, drop_box, now) {
                drop_box.remove(&entry.name)?;
                swept.rest += 1;
            }
        }
    }
    Ok(swept)
}

/// Longer than a main phase may take, however long its input `timeout` is.
const NEW: SignedDuration = SignedDuration::from_mins(15);

/// Whether a file was written just now.
pub(super) fn is_new(file: &str, drop_box: &DropBox, now: Timestamp) -> bool {
    is_younger(NEW, file, drop_box, now)
}

/// Whether a file was written within the last `span`, by a clock that may have jumped since.
fn is_younger(span: SignedDuration, file: &str, drop_box: &DropBox, now: Timestamp) -> bool {
    let written = drop_box.written_at(file);
    written.is_some_and(|at| now.as_second().abs_diff(at) < span.as_secs().unsigned_abs())
}
