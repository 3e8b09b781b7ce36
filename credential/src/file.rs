//! Names in the directory that a lease leaves, and reading from it.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::seal::{self, SealError};

/// The helper's file name; git's own naming rule, should a user call it by hand.
pub const HELPER: &str = "git-credential-patgate";

/// The file name of the journal of uses.
pub const JOURNAL: &str = "journal";

/// What the file name of a sealed credential ends in.
const SUFFIX: &str = ".lease";

/// A sealed credential is a few kilobytes, mostly its reach; anything larger is not ours.
const MAX_LEN: u64 = 256 * 1024;

/// More leases than any job has; a directory that holds more is not ours.
const MAX_LEASES: usize = 256;

/// The name of one lease: 16 hexadecimal digits, the step's; with `-1` and so on behind them for
/// a step's further leases.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct LeaseName(String);

/// What the step's own part of a name is long.
const STEP_LEN: usize = 16;

impl LeaseName {
    /// A fresh random name.
    pub fn generate() -> Result<Self, SealError> {
        let mut bytes = [0; 8];
        seal::fill(&mut bytes)?;
        Ok(Self(format!("{:016x}", u64::from_be_bytes(bytes))))
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Option<Self> {
        let (step, part) = text.split_at_checked(STEP_LEN)?;
        let digits = step
            .bytes()
            .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        (digits && is_part(part)).then(|| Self(text.to_owned()))
    }

    /// The name of the step's lease number `part`; 0 is the first, which has the step's own name.
    #[must_use]
    pub fn part(&self, part: usize) -> Self {
        match part {
            0 => self.step(),
            part => Self(format!("{}-{part}", self.step())),
        }
    }

    /// The name of the step's first lease.
    #[must_use]
    pub fn step(&self) -> Self {
        Self(self.0[..STEP_LEN].to_owned())
    }

    /// Reads the name of a sealed credential's file.
    pub fn of_file(file: &str) -> Option<Self> {
        Self::parse(file.strip_suffix(SUFFIX)?)
    }

    /// The sealed credential's file name.
    pub fn file(&self) -> String {
        format!("{self}{SUFFIX}")
    }
}

/// Nothing, or `-` and a number without a leading zero.
fn is_part(text: &str) -> bool {
    text.is_empty()
        || text.strip_prefix('-').is_some_and(|number| {
            (1..=3).contains(&number.len())
                && !number.starts_with('0')
                && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}

impl fmt::Display for LeaseName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The sealed credentials in `home`, by name. What is not named like one is passed over.
pub fn leases(home: &Path) -> io::Result<Vec<LeaseName>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(home)? {
        let file = entry?.file_name();
        names.extend(file.to_str().and_then(LeaseName::of_file));
        if names.len() > MAX_LEASES {
            return Err(io::Error::other("more leases than any job has"));
        }
    }
    names.sort();
    Ok(names)
}

/// Reads the sealed credential `name` in `home`, up to a fixed length.
pub fn read(home: &Path, name: &LeaseName) -> io::Result<String> {
    let path = home.join(name.file());
    // Neither a link nor a pipe that would wait for ever.
    let found = fs::symlink_metadata(&path)?;
    if !found.is_file() {
        return Err(io::Error::other("a lease that is no regular file"));
    }
    // Room for the whole and one byte more, so that it is read at once.
    let room = found.len().min(MAX_LEN) + 1;
    let mut text = String::with_capacity(usize::try_from(room).unwrap_or_default());
    File::open(path)?.take(MAX_LEN).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_has_a_name_of_its_own_and_no_other_passes_for_one() {
        let name = LeaseName::generate().unwrap();
        assert_ne!(name, LeaseName::generate().unwrap());
        assert_eq!(LeaseName::of_file(&name.file()), Some(name.clone()));
        let second = name.part(1);
        assert_eq!(LeaseName::of_file(&second.file()), Some(second.clone()));
        assert_eq!((second.step(), name.part(0)), (name.clone(), name));
        for file in [
            "0123456789abcdef-.lease",
            "0123456789abcdef-0.lease",
            "0123456789abcdef-01.lease",
            "0123456789abcdef-1000.lease",
            "0123456789abcdef-1-1.lease",
            "0123456789abcdef1.lease",
            "journal",
            ".lease",
            "../0123456789abcd.lease",
            "0123456789ABCDEF.lease",
            "0123456789abcdef.lease.tmp",
        ] {
            assert_eq!(LeaseName::of_file(file), None, "{file}");
        }
    }
}
