//! The fake GitHub in a container of its own, as an Enterprise Server under its own authority.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::engine::{Container, Engine, Network};
use crate::runner::{DAY, PATGATE, expiry_in};

/// What the server is called on a network that has names.
const NAME: &str = "ghes.test";

/// A running server; dropping it ends it.
pub(super) struct GitHub<'a> {
    _container: Container<'a>,
    child: Child,
    /// What it is asked for by URL.
    pub(super) url: String,
    // It holds the token, and so must not be one of the job's directories.
    folder: TempDir,
}

impl<'a> GitHub<'a> {
    /// Starts a server that knows `token`, on `network` or else on the engine's own, where it
    /// has an address and no name.
    pub(super) fn start(
        engine: &'a Engine,
        network: Option<&Network<'_>>,
        token: &str,
        stalled: bool,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("spec.json"), spec(token, stalled)).unwrap();
        let container = Container::named(engine, "github");
        let mut command = engine.command();
        // `--interactive`: it ends with its stdin, and so with this process, however that ends.
        command.args(["run", "--rm", "--interactive", "--name", &container.name]);
        if let Some(network) = network {
            command.args(["--network", &network.name, "--network-alias", NAME]);
        }
        let program = Path::new(PATGATE).with_file_name("fake-github");
        assert!(
            program.exists(),
            "`cargo test --workspace` builds fake-github beside patgate"
        );
        for (path, mount) in [(folder.path(), "/out"), (&*program, "/fake-github:ro")] {
            command.arg(format!("--volume={}:{mount}", path.display()));
        }
        command.args([&engine.job_image, "sh", "-euc", START]);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = child.unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.next().expect("the server tells its address").unwrap();
        let ready = lines.next().expect("the server is ready").unwrap();
        assert!(ready.starts_with("ready "), "{ready}");
        let host = network.map_or(address.as_str(), |_| NAME);
        Self {
            _container: container,
            child,
            url: format!("https://{host}"),
            folder,
        }
    }

    /// The certificate of its authority, as PEM.
    pub(super) fn authority(&self) -> String {
        fs::read_to_string(self.folder.path().join("ca.pem")).unwrap()
    }

    /// What it was asked, as `METHOD path status`; the status 0 waits for its answer.
    pub(super) fn requests(&self) -> Vec<String> {
        let log = fs::read_to_string(self.folder.path().join("requests.log")).unwrap();
        log.lines().map(str::to_owned).collect()
    }
}

impl Drop for GitHub<'_> {
    fn drop(&mut self) {
        // The client alone, which may be gone; the container is removed by its name.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Its own address is known in the container only, and the certificate must have it.
const START: &str = r#"
address=$(hostname -i | cut -d' ' -f1)
echo "$address"
sed "s/@address@/$address/" /out/spec.json >/run/spec.json
exec /fake-github /run/spec.json
"#;

fn spec(token: &str, stalled: bool) -> String {
    json!({
        "bind": "0.0.0.0",
        "port": 80,
        "tls_port": 443,
        "tls_names": [NAME, "@address@"],
        "ca_directory": "/out",
        "log": "/out/requests.log",
        "enterprise_version": "3.17.2",
        "repositories": { "acme/site": "private", "acme/docs": "private", "acme/vault": "private", "acme/open": "public" },
        "tokens": [{
            "token": token,
            "user": "octocat",
            "scopes": "repo",
            "expires": expiry_in(DAY * 60),
            "rights": { "acme/site": "push", "acme/docs": "fetch", "acme/vault": "push" },
        }],
        "stalled": stalled,
    })
    .to_string()
}
