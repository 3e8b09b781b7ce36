//! What a fake is made of, before it starts.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use crate::account::{Account, Holder};
use crate::app::App;
use crate::clock::Clock;
use crate::fake::FakeGitHub;
use crate::git::Backend;
use crate::listener::Listener;
use crate::memory::Memory;
use crate::organization::Organization;
use crate::repository::{Change, Entry, Repositories, Visibility};
use crate::server::Server;
use crate::state::State;
use crate::tls::Certificates;

/// Gathers repositories and tokens; [`start`](Builder::start) makes the server.
pub struct Builder {
    repositories: Vec<(String, Visibility)>,
    tokens: HashMap<String, Account>,
    apps: Vec<App>,
    server: Server,
    clock_ahead: i64,
    replication_delay: usize,
    changes: Vec<(String, Change)>,
    organizations: HashMap<String, Organization>,
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
            apps: Vec::new(),
            server: Server::GitHubCom,
            clock_ahead: 0,
            replication_delay: 0,
            changes: Vec::new(),
            organizations: HashMap::new(),
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
        self.tokens.insert(token.into(), account);
        self
    }

    /// Plays GitHub Enterprise Server of this version.
    ///
    /// Rate limits are then off, as they are there by default: `GET /rate_limit` is a 404 that proves the token good.
    #[must_use]
    pub fn enterprise_version(self, version: impl Into<String>) -> Self {
        self.server(Server::Enterprise(version.into()))
    }

    /// Plays this server, instead of github.com.
    #[must_use]
    pub fn server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Adds a GitHub App, which can mint tokens.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps.push(app);
        self
    }

    /// Refuses the first 'requests' with a token that was just minted, as servers do that have not heard of it.
    #[must_use]
    pub fn replication_delay(mut self, requests: usize) -> Self {
        self.replication_delay = requests;
        self
    }

    /// Sets the fake's clock so far ahead of the machine's: its `Date`, how it judges JWTs, and when tokens end.
    #[must_use]
    pub fn clock_ahead(mut self, seconds: i64) -> Self {
        self.clock_ahead = seconds;
        self
    }

    /// Archives the repository 'name': it is read-only, and says so.
    #[must_use]
    pub fn archived(self, name: &str) -> Self {
        self.change(name, Change::Archived)
    }

    /// Disables the repository 'name', which only `GET /repos/OWNER/NAME` tells.
    #[must_use]
    pub fn disabled(self, name: &str) -> Self {
        self.change(name, Change::Disabled)
    }

    /// Blocks all access to the repository 'name', as GitHub does where its terms are broken.
    #[must_use]
    pub fn blocked(self, name: &str) -> Self {
        self.change(name, Change::Blocked)
    }

    /// Leads from the name 'old' to the repository 'new', as after a rename.
    #[must_use]
    pub fn renamed(self, old: &str, new: &str) -> Self {
        self.change(new, Change::RenamedFrom(old.to_owned()))
    }

    /// Turns off what 'permission' reads in the repository 'name'.
    ///
    /// GitHub has an answer of its own for `contents` (an empty repository), `issues`, `pages`, `secret_scanning_alerts`,
    /// `security_events` and `vulnerability_alerts`; any other is an error at start.
    #[must_use]
    pub fn feature_off(self, name: &str, permission: &str) -> Self {
        self.change(name, Change::Off(permission.to_owned()))
    }

    /// Puts a file into the repository 'name', in a new commit on 'reference'.
    ///
    /// That is a branch, or the full name of what else there is, such as `refs/tags/v1`. One that is not there yet begins
    /// where `main` is.
    #[must_use]
    pub fn file(
        self,
        name: &str,
        reference: &str,
        path: &str,
        content: impl Into<Vec<u8>>,
    ) -> Self {
        self.holding(name, (reference, path), Entry::File(content.into()))
    }

    /// Puts a symbolic link to 'target' there, as [`file`](Builder::file) does.
    #[must_use]
    pub fn symlink(self, name: &str, reference: &str, path: &str, target: &str) -> Self {
        self.holding(name, (reference, path), Entry::Link(target.to_owned()))
    }

    /// Puts a submodule there, as [`file`](Builder::file) does.
    #[must_use]
    pub fn submodule(self, name: &str, reference: &str, path: &str) -> Self {
        self.holding(name, (reference, path), Entry::Submodule)
    }

    fn holding(self, name: &str, (reference, path): (&str, &str), entry: Entry) -> Self {
        let change = Change::Holds {
            reference: reference.to_owned(),
            path: path.to_owned(),
            entry,
        };
        self.change(name, change)
    }

    fn change(mut self, name: &str, change: Change) -> Self {
        self.changes.push((name.to_owned(), change));
        self
    }

    /// Makes 'name' an organisation with demands of its own.
    #[must_use]
    pub fn organization(mut self, name: &str, organization: Organization) -> Self {
        self.organizations
            .insert(name.to_ascii_lowercase(), organization);
        self
    }

    /// Listens on this address, instead of `127.0.0.1`.
    #[must_use]
    pub fn bind(mut self, address: impl Into<IpAddr>) -> Self {
        self.bind = address.into();
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
    pub fn start(mut self) -> io::Result<FakeGitHub> {
        let mut accounts = self.tokens.values();
        if let Some(name) = accounts.find_map(|account| account.impossible_right()) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("an installation has no right to another owner's `{name}`"),
            ));
        }
        let directory = tempfile::Builder::new().prefix("fake-github-").tempdir()?;
        let certificates = Certificates::issue(std::mem::take(&mut self.tls_names))?;
        let ca_directory = self.ca_directory.as_deref();
        let ca_file = ca_directory.unwrap_or(directory.path()).join("ca.pem");
        std::fs::write(&ca_file, &certificates.ca_pem)?;

        let bind = self.bind;
        let plain = TcpListener::bind((bind, self.port))?;
        let tls = TcpListener::bind((bind, self.tls_port))?;
        let ports = (plain.local_addr()?.port(), tls.local_addr()?.port());
        let state = Arc::new(self.state(directory.path())?);
        let listener = Listener::start(Arc::clone(&state), plain, tls, certificates.config)?;
        Ok(FakeGitHub::new(
            state,
            listener,
            directory,
            (bind, ports),
            (certificates.ca_pem, ca_file),
        ))
    }

    /// Makes the world, in the folder 'directory'.
    fn state(self, directory: &Path) -> io::Result<State> {
        let home = directory.join("home");
        std::fs::create_dir(&home)?;
        let root = directory.join("repositories");
        let mut repositories = Repositories::create(&root, &home, self.repositories)?;
        for (name, change) in self.changes {
            repositories.change(&name, change)?;
        }
        let log = self.log.as_deref().map(|path| {
            let mut options = OpenOptions::new();
            options.create(true).append(true).open(path)
        });
        let tokens = self.tokens.into_iter().map(|(token, account)| {
            let holder = Holder::new(&token, account);
            (token, Arc::new(holder))
        });
        Ok(State {
            server: self.server,
            clock: Clock::ahead(self.clock_ahead),
            apps: self.apps,
            organizations: self.organizations,
            backend: Backend::find(repositories.root(), &home)?,
            repositories,
            memory: Memory::new(log.transpose()?),
            tokens: Mutex::new(tokens.collect()),
            minted: Mutex::default(),
            replication_delay: self.replication_delay,
            canned: Mutex::default(),
            faults: Mutex::default(),
            latency: Mutex::default(),
            lfs: Mutex::default(),
            stalled: watch::Sender::new(false),
        })
    }
}
