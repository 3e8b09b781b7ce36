//! The JSON file the program serves from.
//!
//! ```json
//! {
//!   "bind": "0.0.0.0", "port": 8080, "tls_port": 8443, "tls_names": ["ghes.test"],
//!   "ca_directory": "/out", "log": "/out/requests.log", "server": "ghes-3.17.2",
//!   "repositories": { "acme/site": "private", "acme/docs": "public" }, "archived": ["acme/docs"],
//!   "tokens": [
//!     { "token": "…", "user": "octocat", "scopes": "repo, workflow", "expires": "2026-10-03 11:43:41 UTC",
//!       "rights": { "acme/site": "push", "acme/docs": "fetch" } },
//!     { "token": "…", "installation": "acme", "headers": { "X-OAuth-Client-Id": "Iv1.0" },
//!       "permissions": { "contents": "read" } }
//!   ],
//!   "apps": [
//!     { "id": 7, "client_id": "Iv23…", "slug": "gate", "public_key": "base64 of the DER",
//!       "installed_on": [ { "owner": "acme", "permissions": { "contents": "write" }, "repositories": ["site"] } ] }
//!   ],
//!   "answers": [
//!     { "path": "/user", "status": 503, "headers": { "Content-Type": "text/html" }, "body": "<h1>away</h1>" }
//!   ],
//!   "stalled": false
//! }
//! ```
//!
//! Every member may be left out; one it does not know is an error. The `server` is `github.com`, `ghe.com` or `ghes-` and a
//! version, for which `enterprise_version` is another word. An installation without `repositories` has all.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use fake_github::{Account, App, Builder, FakeGitHub, Installed, Right, Server, Visibility};
use serde::Deserialize;

/// The whole file; it has tokens within, and so no `Debug`.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Spec {
    bind: Option<IpAddr>,
    port: u16,
    tls_port: u16,
    tls_names: Vec<String>,
    ca_directory: Option<PathBuf>,
    log: Option<PathBuf>,
    enterprise_version: Option<String>,
    server: Option<String>,
    repositories: BTreeMap<String, Seen>,
    archived: Vec<String>,
    apps: Vec<Registered>,
    tokens: Vec<Holder>,
    answers: Vec<Canned>,
    stalled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Seen {
    Public,
    Private,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Granted {
    Fetch,
    Push,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holder {
    token: String,
    user: Option<String>,
    installation: Option<String>,
    scopes: Option<String>,
    expires: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    rights: BTreeMap<String, Granted>,
    #[serde(default)]
    permissions: BTreeMap<String, Level>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Read,
    Write,
    Admin,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registered {
    id: u64,
    client_id: String,
    slug: String,
    public_key: String,
    installed_on: Vec<Place>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    owner: String,
    #[serde(default)]
    permissions: BTreeMap<String, Level>,
    repositories: Option<Vec<String>>,
    #[serde(default)]
    suspended: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Canned {
    path: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
}

/// Starts what the file at 'path' describes.
pub(crate) fn start(path: &Path) -> Result<FakeGitHub, Box<dyn Error>> {
    let spec = std::fs::read_to_string(path)
        .map_err(|error| format!("cannot read `{}`: {error}", path.display()))?;
    let spec: Spec = serde_json::from_str(&spec)?;

    let mut builder = listening(&spec)?;
    for (name, seen) in spec.repositories {
        let visibility = match seen {
            Seen::Public => Visibility::Public,
            Seen::Private => Visibility::Private,
        };
        builder = builder.repository(name, visibility);
    }
    for name in &spec.archived {
        builder = builder.archived(name);
    }
    for registered in spec.apps {
        builder = builder.app(app(registered)?);
    }
    for mut holder in spec.tokens {
        let secret = std::mem::take(&mut holder.token);
        builder = builder.token(secret, account(holder)?);
    }
    let github = builder.start()?;
    for canned in &spec.answers {
        let headers = canned.headers.iter();
        let headers: Vec<_> = headers.map(|(name, value)| (&**name, &**value)).collect();
        github.answer_with(&canned.path, canned.status, &headers, &canned.body);
    }
    github.stall(spec.stalled);
    Ok(github)
}

/// Where it listens and writes.
fn listening(spec: &Spec) -> Result<Builder, String> {
    let mut builder = FakeGitHub::builder()
        .port(spec.port)
        .tls_port(spec.tls_port);
    if let Some(address) = spec.bind {
        builder = builder.bind(address);
    }
    for name in &spec.tls_names {
        builder = builder.tls_name(name);
    }
    if let Some(directory) = &spec.ca_directory {
        builder = builder.ca_directory(directory);
    }
    if let Some(file) = &spec.log {
        builder = builder.log(file);
    }
    if let Some(version) = &spec.enterprise_version {
        builder = builder.enterprise_version(version);
    }
    if let Some(name) = &spec.server {
        builder = builder.server(server(name)?);
    }
    Ok(builder)
}

fn server(name: &str) -> Result<Server, String> {
    match name {
        "github.com" => Ok(Server::GitHubCom),
        "ghe.com" => Ok(Server::DataResidency),
        name => match name.strip_prefix("ghes-") {
            Some(version) => Ok(Server::Enterprise(version.to_owned())),
            None => Err(format!("`{name}` is no server of GitHub's")),
        },
    }
}

fn app(registered: Registered) -> Result<App, Box<dyn Error>> {
    let key = BASE64_STANDARD.decode(&registered.public_key)?;
    let mut app = App::new(registered.id, &registered.client_id, &registered.slug, key);
    for place in registered.installed_on {
        let mut installed = Installed::on(place.owner);
        for (name, level) in place.permissions {
            installed = installed.permission(name, level.name());
        }
        if let Some(repositories) = &place.repositories {
            let names: Vec<_> = repositories.iter().map(String::as_str).collect();
            installed = installed.selected(&names);
        }
        if place.suspended {
            installed = installed.suspended();
        }
        app = app.installed_on(installed);
    }
    Ok(app)
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

fn account(holder: Holder) -> Result<Account, &'static str> {
    let mut account = match (holder.user, holder.installation) {
        (Some(login), None) => Account::user(login),
        (None, Some(owner)) => Account::installation(owner),
        (None, None) | (Some(_), Some(_)) => {
            return Err("a token is either of a `user` or of an `installation`");
        }
    };
    if let Some(scopes) = holder.scopes {
        account = account.scopes(scopes);
    }
    if let Some(expires) = holder.expires {
        account = account.expires(expires);
    }
    for (name, value) in holder.headers {
        account = account.header(name, value);
    }
    for (name, level) in holder.permissions {
        account = account.permission(name, level.name());
    }
    for (name, granted) in holder.rights {
        let right = match granted {
            Granted::Fetch => Right::Fetch,
            Granted::Push => Right::Push,
        };
        account = account.right(name, right);
    }
    Ok(account)
}
