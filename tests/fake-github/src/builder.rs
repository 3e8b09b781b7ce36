//! What a fake is made of, before it starts.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::account::Account;
use crate::fake::FakeGitHub;
use crate::git::Backend;
use crate::memory::Memory;
use crate::repository::{Repositories, Visibility};
use crate::server::Server;
use crate::state::State;
use crate::tls::Certificates;

/// Gathers repositories and tokens; [`start`](Builder::start) makes the server.
pub struct Builder {
    repositories: Vec<(String, Visibility)>,
    tokens: HashMap<String, Arc<Account>>,
    enterprise_version: Option<String>,
    bind: IpAddr,
    port: u16,
    tls_port: u16,
    tls_names: Vec<String>,
    ca_directory: Option<PathBuf>,
    log: Option<PathBuf>,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            repositories: Vec::new(),
            tokens: HashMap::new(),
            enterprise_version: None,
            bind: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls_port: 0,
            tls_names: Vec::new(),
            ca_directory: None,
            log: None,
        }
    }

    /// Adds a repository, written `owner/name`.
    ///
    /// It has one commit on `main`, with a `README.md` of the single line `# owner/name`.
    #[must_use]
    pub fn repository(mut self, name: impl Into<String>, visibility: Visibility) -> Self {
        self.repositories.push((name.into(), visibility));
        self
    }

    /// Makes 'token' stand for 'account'.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>, account: Account) -> Self {
        self.tokens.insert(token.into(), Arc::new(account));
        self
    }

    /// Plays GitHub Enterprise Server of this version.
    ///
    /// Rate limits are then off, as they are there by default: `GET /rate_limit` is a 404 that proves the token good.
    #[must_use]
    pub fn enterprise_version(mut self, version: impl Into<String>) -> Self {
        self.enterprise_version = Some(version.into());
        self
    }

    /// Listens on this address, instead of `127.0.0.1`.
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.bind = address;
        self
    }

    /// Listens for plain HTTP on this port, instead of any.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Listens for TLS on this port, instead of any.
    #[must_use]
    pub fn tls_port(mut self, port: u16) -> Self {
        self.tls_port = port;
        self
    }

    /// Adds a name or address to the certificate, beside `localhost`, `127.0.0.1` and `::1`.
    #[must_use]
    pub fn tls_name(mut self, name: impl Into<String>) -> Self {
        self.tls_names.push(name.into());
        self
    }

    /// Writes `ca.pem` into this folder, which must exist, instead of one that goes with the server.
    #[must_use]
    pub fn ca_directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.ca_directory = Some(directory.into());
        self
    }

    /// Appends a line `METHOD path status` to this file for every answer.
    ///
    /// One that arrives while the fake is stalled has a line at once, with the status 0.
    #[must_use]
    pub fn log(mut self, file: impl Into<PathBuf>) -> Self {
        self.log = Some(file.into());
        self
    }

    /// Makes the repositories and the certificate, and listens.
    pub fn start(self) -> io::Result<FakeGitHub> {
        let mut accounts = self.tokens.values();
        if let Some(name) = accounts.find_map(|account| account.impossible_right()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("an installation has no right to another owner's `{name}`"),
            ));
        }
        let directory = tempfile::Builder::new().prefix("fake-github-").tempdir()?;
        let home = directory.path().join("home");
        std::fs::create_dir(&home)?;
        let repositories = Repositories::create(
            &directory.path().join("repositories"),
            &home,
            self.repositories,
        )?;

        let certificates = Certificates::issue(self.tls_names)?;
        let ca_directory = self.ca_directory.as_deref();
        let ca_file = ca_directory.unwrap_or(directory.path()).join("ca.pem");
        std::fs::write(&ca_file, &certificates.ca_pem)?;

        let log = self.log.as_deref().map(|path| {
            let mut options = OpenOptions::new();
            options.create(true).append(true).open(path)
        });
        let state = Arc::new(State {
            enterprise_version: self.enterprise_version,
            backend: Backend::find(repositories.root(), &home)?,
            repositories,
            tokens: Mutex::new(self.tokens),
            memory: Memory::new(log.transpose()?),
            canned: Mutex::default(),
            stalled: watch::Sender::new(false),
        });

        let plain = TcpListener::bind((self.bind, self.port))?;
        let tls = TcpListener::bind((self.bind, self.tls_port))?;
        let ports = (plain.local_addr()?.port(), tls.local_addr()?.port());
        let server = Server::start(Arc::clone(&state), plain, tls, certificates.config)?;
        Ok(FakeGitHub::new(
            state,
            server,
            directory,
            (self.bind, ports),
            (certificates.ca_pem, ca_file),
        ))
    }
}
