//! The running fake, as a test sees it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, thread};

use tempfile::TempDir;

use crate::answer;
use crate::app::Minted;
use crate::builder::Builder;
use crate::fault::Fault;
use crate::listener::Listener;
use crate::memory::Request;
use crate::state::State;

/// A running GitHub; dropping it stops it.
///
/// # Panics
///
/// On drop, if it was asked for something it does not know, unless
/// [`allow_unknown_routes`](FakeGitHub::allow_unknown_routes) was called.
pub struct FakeGitHub {
    url: String,
    tls_url: String,
    ca_pem: String,
    ca_file: PathBuf,
    state: Arc<State>,
    // The order matters: the listener stops before its folder goes.
    listener: Listener,
    _directory: TempDir,
}

impl FakeGitHub {
    /// Starts a description of a fake: no repositories, no tokens, loopback.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        state: Arc<State>,
        listener: Listener,
        directory: TempDir,
        (address, (port, tls_port)): (IpAddr, (u16, u16)),
        (ca_pem, ca_file): (String, PathBuf),
    ) -> Self {
        let address = if address.is_unspecified() {
            Ipv4Addr::LOCALHOST.into()
        } else {
            address
        };
        Self {
            url: format!("http://{}", SocketAddr::new(address, port)),
            tls_url: match address {
                IpAddr::V4(_) => format!("https://localhost:{tls_port}"),
                // Where there is IPv6, `localhost` may still mean the other loopback alone.
                IpAddr::V6(_) => format!("https://{}", SocketAddr::new(address, tls_port)),
            },
            ca_pem,
            ca_file,
            state,
            listener,
            _directory: directory,
        }
    }

    /// `http://127.0.0.1:PORT`, or `http://[::1]:PORT`: web and git; REST below it and below `/api/v3`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `https://localhost:PORT`, or `https://[::1]:PORT`: the same, over TLS.
    pub fn tls_url(&self) -> &str {
        &self.tls_url
    }

    /// The certificate of the CA behind [`tls_url`](FakeGitHub::tls_url), as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The same certificate, in a file.
    pub fn ca_file(&self) -> &Path {
        &self.ca_file
    }

    /// Where the bare repository 'name' lies, whether or not there is one.
    pub fn repository_path(&self, name: &str) -> PathBuf {
        self.state.repositories.path(name)
    }

    /// Every request so far, in the order they came.
    ///
    /// One that waits for its answer has the status 0.
    pub fn requests(&self) -> Vec<Request> {
        self.state.memory.requests()
    }

    /// Forgets the requests so far; unknown routes stay remembered.
    pub fn forget_requests(&self) {
        self.state.memory.forget_requests();
    }

    /// What was asked for and is not known, as `METHOD path`.
    pub fn unknown_routes(&self) -> Vec<String> {
        self.state.memory.unknown_routes()
    }

    /// Lets unknown routes pass: they stay a 501, but dropping the fake no longer panics.
    pub fn allow_unknown_routes(&self) {
        self.state.memory.allow_unknown_routes();
    }

    /// Every token that apps minted so far, in the order they were minted.
    pub fn minted(&self) -> Vec<Minted> {
        self.state.minted()
    }

    /// From now on 'token' is a stranger: 401.
    pub fn revoke(&self, token: &str) {
        self.state.revoke(token);
    }

    /// From now on requests are taken but not answered; `false` answers those that wait.
    pub fn stall(&self, stalled: bool) {
        self.state.stalled.send_replace(stalled);
    }

    /// From now on answers 'path' with this, whoever asks.
    ///
    /// 'path' is compared with the path as it was sent; with its query only if 'path' has one.
    ///
    /// # Panics
    ///
    /// If 'status' or a header is none that HTTP knows.
    pub fn answer_with(&self, path: &str, status: u16, headers: &[(&str, &str)], body: &str) {
        let answer = answer::canned(status, headers, body.to_owned());
        self.state.can(path, answer);
    }

    /// Lets each of the next requests to 'path' meet the next of 'faults', after those set before; then all is well again.
    ///
    /// 'path' is compared as in [`answer_with`](FakeGitHub::answer_with).
    ///
    /// # Panics
    ///
    /// If the status or a header of a [`Fault::Status`] is none that HTTP knows.
    pub fn fault(&self, path: &str, faults: Vec<Fault>) {
        for fault in &faults {
            if let Fault::Status {
                status,
                headers,
                body: _,
            } = fault
            {
                let headers = headers.iter();
                let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
                answer::canned(*status, &headers, "");
            }
        }
        self.state.add_faults(path, faults);
    }

    /// From now on every answer waits so long first.
    pub fn latency(&self, latency: Duration) {
        self.state.set_latency(latency);
    }

    /// From now on sends who asks for 'path' to 'location', with a 302.
    ///
    /// # Panics
    ///
    /// If 'location' is no header's value.
    pub fn redirect(&self, path: &str, location: &str) {
        self.answer_with(path, 302, &[("Location", location)], "");
    }
}

impl fmt::Debug for FakeGitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeGitHub")
            .field("url", &self.url)
            .field("tls_url", &self.tls_url)
            .finish_non_exhaustive()
    }
}

impl Drop for FakeGitHub {
    fn drop(&mut self) {
        self.listener.stop();
        let unknown = self.state.memory.intolerable_routes();
        assert!(
            unknown.is_empty() || thread::panicking(),
            "the fake GitHub was asked for what it does not know:\n  {}",
            unknown.join("\n  "),
        );
    }
}
