//! git's side of patgate: answers `git credential` from a lease.
//!
//! Imports `patgate_credential` and nothing else, so that it starts in less than a millisecond and
//! runs wherever git does.

use std::env;
use std::fs;
use std::io::{self, Write as _};
use std::process::ExitCode;
use std::time::SystemTime;

use patgate_credential::helper;

fn main() -> ExitCode {
    let lookup = |name: &str| env::var(name).ok();
    let result = match env::args().nth(1) {
        Some(action) => {
            if action == "get" {
                // A core dump would hold the token. Where the system has no such file, it has no
                // such setting either.
                let _ = fs::write("/proc/self/coredump_filter", "0");
            }
            helper::run(
                &action,
                lookup,
                SystemTime::now(),
                io::stdin(),
                io::stdout(),
            )
            .map_err(|error| error.to_string())
        }
        None => Err(
            "git runs this helper; to see whether a lease answers, run `git credential fill`"
                .to_owned(),
        ),
    };
    if let Err(message) = result {
        // Nothing is left to do if stderr is closed.
        let _ = writeln!(io::stderr(), "git-credential-patgate: {message}");
    }
    // git heeds no exit status, and other callers take one for a broken set-up.
    ExitCode::SUCCESS
}
