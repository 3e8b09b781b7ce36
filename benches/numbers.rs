//! How the benches tell their numbers.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::time::Duration;

/// A number, or what kept the bench from it.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// `full` rounds for `cargo bench`, and a few for `cargo test --benches`, which only wants to see
/// it run.
pub(crate) fn rounds(full: usize) -> usize {
    if env::args().any(|argument| argument == "--bench") {
        full
    } else {
        2
    }
}

/// The value that a share of all values stays below.
pub(crate) fn quantile(values: &[Duration], percent: usize) -> Duration {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(last * percent / 100)
        .copied()
        .unwrap_or_default()
}

/// A line about an aim.
pub(crate) fn aim(aim: &str, found: &str, met: bool) -> io::Result<()> {
    let outcome = if met { "met" } else { "not met" };
    say(&format!("- {aim}: {outcome}, {found}"))
}

/// How busy the machine is: with much else to do, no number means anything.
pub(crate) fn say_load() -> io::Result<()> {
    let load = fs::read_to_string("/proc/loadavg")?;
    let minute = load.split(' ').next().unwrap_or_default();
    say(&format!("- load average of the last minute: {minute}"))
}

pub(crate) fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}
