//! The journal of uses: one line for each time git asked, never the token.
//!
//! ```text
//! v1 <unix seconds> <lease or -> <outcome> <host> <path or ->
//! ```
//!
//! Every step of the job may write to it, so that what it tells is reported, never trusted.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::SystemTime;

use crate::protocol::Request;
use crate::{LeaseName, file, from_unix_seconds, unix_seconds};

/// A journal longer than this takes no more lines: a loop must not fill the disk. In bytes.
pub const MAX_LEN: u64 = 1024 * 1024;

/// No host and no path of GitHub's is longer.
const MAX_WORD: usize = 300;

/// One line of the journal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Use {
    /// When git asked, in whole seconds.
    pub at: SystemTime,
    /// The lease that answered or would have.
    pub lease: Option<LeaseName>,
    /// What git got.
    pub outcome: Outcome,
    /// The host that git named, made printable.
    pub host: String,
    /// The path that git named, made printable.
    pub path: Option<String>,
}

/// What became of one request.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Outcome {
    /// The token.
    Answered,
    /// A refusal: the lease has ended.
    Expired,
    /// Silence: no lease covers what git asked for.
    OutOfReach,
    /// A refusal: a lease does not open.
    Unopened,
}

const OUTCOMES: [(Outcome, &str); 4] = [
    (Outcome::Answered, "answered"),
    (Outcome::Expired, "expired"),
    (Outcome::OutOfReach, "out-of-reach"),
    (Outcome::Unopened, "unopened"),
];

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (_, word) = OUTCOMES
            .iter()
            .find(|(outcome, _)| outcome == self)
            .expect("the table names every outcome");
        f.write_str(word)
    }
}

impl Use {
    /// What is to be written of `request`.
    pub fn of(
        request: &Request,
        lease: Option<LeaseName>,
        outcome: Outcome,
        at: SystemTime,
    ) -> Self {
        Self {
            at,
            lease,
            outcome,
            host: word(&request.host),
            path: request.path.as_deref().map(word),
        }
    }

    /// Appends the line to the journal in `home`, in one write, so that lines of git processes
    /// side by side do not mix. There must be a journal already: the gate makes it.
    pub fn append(&self, home: &Path) -> io::Result<()> {
        let path = home.join(file::JOURNAL);
        // Neither a link nor a pipe that would wait for ever.
        let found = fs::symlink_metadata(&path)?;
        if !found.is_file() || found.len() > MAX_LEN {
            return Ok(());
        }
        let mut journal = OpenOptions::new().append(true).open(path)?;
        journal.write_all(format!("{self}\n").as_bytes())
    }

    /// Reads a line. `None` is a line that no helper wrote.
    pub fn parse(line: &str) -> Option<Self> {
        let words: Vec<_> = line.split(' ').collect();
        let &["v1", at, lease, outcome, host, path] = words.as_slice() else {
            return None;
        };
        let printable = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        let lease = match lease {
            "-" => None,
            name => Some(LeaseName::parse(name)?),
        };
        let (outcome, _) = OUTCOMES.iter().find(|(_, word)| *word == outcome)?;
        (printable(host) && printable(path)).then_some(())?;
        Some(Self {
            at: from_unix_seconds(at)?,
            lease,
            outcome: *outcome,
            host: host.to_owned(),
            path: (path != "-").then(|| path.to_owned()),
        })
    }
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            lease,
            outcome,
            host,
            path,
        } = self;
        write!(f, "v1 {} ", unix_seconds(*at))?;
        match lease {
            Some(name) => write!(f, "{name}")?,
            None => f.write_str("-")?,
        }
        write!(f, " {outcome} {host} {}", path.as_deref().unwrap_or("-"))
    }
}

/// `text` as one printable word: it comes from a URL that anybody may have written.
fn word(text: &str) -> String {
    let printable = |c: char| if c.is_ascii_graphic() { c } else { '?' };
    match text
        .chars()
        .take(MAX_WORD)
        .map(printable)
        .collect::<String>()
    {
        word if word.is_empty() || word == "-" => "?".to_owned(),
        word => word,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_reads_back_whatever_was_asked(host in ".{1,400}", path in proptest::option::of(".{1,400}")) {
            let request = Request { protocol: "https".to_owned(), host, path };
            for (outcome, _) in OUTCOMES {
                let at = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
                let made = Use::of(&request, LeaseName::generate().ok(), outcome, at);
                prop_assert_eq!(Use::parse(&made.to_string()), Some(made));
            }
        }

        #[test]
        fn arbitrary_lines_never_panic(line in ".*") {
            // Any answer is fine but a panic.
            let _ = Use::parse(&line);
        }
    }

    #[test]
    fn a_forged_line_is_told_from_a_written_one() {
        for line in [
            "",
            "v1",
            "v1 now - answered github.com -",
            "v1 1 - stolen github.com -",
            "v1 1 - answered github.com a b",
            "v1 1 ../x answered github.com -",
            "v2 1 - answered github.com -",
        ] {
            assert_eq!(Use::parse(line), None, "{line:?}");
        }
    }
}
