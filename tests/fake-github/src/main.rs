//! The fake GitHub as a program, for containers.
//!
//! Its one argument is a JSON file, see [`spec`]; tokens come by that file alone. It prints one line,
//! `ready http=… https=… ca=…`, and serves until SIGTERM, SIGINT, or the end of its stdin if that is a pipe.

mod spec;

use std::error::Error;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileTypeExt;
use std::process::ExitCode;

use fake_github::FakeGitHub;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if stderr is closed.
            let _ = writeln!(io::stderr(), "fake-github: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // First of all: as a container's first process, it would not even die of these.
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;

        let path = std::env::args_os().nth(1);
        let github = spec::start(path.ok_or("usage: fake-github SPEC.json")?.as_ref())?;
        github.allow_unknown_routes();
        announce(&github)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            () = end_of_pipe() => {}
        }
        Ok(())
    })
}

fn announce(github: &FakeGitHub) -> io::Result<()> {
    let (http, https, ca) = (github.url(), github.tls_url(), github.ca_file());
    let mut stdout = io::stdout();
    writeln!(
        stdout,
        "ready http={http} https={https} ca={}",
        ca.display()
    )?;
    stdout.flush()
}

/// Waits until the other end of the pipe on stdin is gone; for ever if stdin is no pipe.
///
/// A container without `-i` has an empty stdin, which must not end it.
async fn end_of_pipe() {
    let kind = std::fs::metadata("/dev/stdin").map(|stdin| stdin.file_type());
    if !kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket()) {
        return std::future::pending().await;
    }
    let (ended, end) = oneshot::channel();
    std::thread::spawn(move || {
        // An end by error is an end.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        let _ = ended.send(());
    });
    let _ = end.await;
}
