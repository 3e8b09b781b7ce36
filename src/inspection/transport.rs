//! The one HTTP client: ring's TLS, every root there is, the environment's proxies, no
//! redirects, no hidden retries.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore, crypto};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use super::authority;

/// How long a connection may take; a proxy that does not answer is told as such.
const CONNECT: Duration = Duration::from_secs(10);

/// How long one answer may take in all.
const ANSWER: Duration = Duration::from_secs(20);

/// All the authorities in the world are a quarter of it.
const MAX_PEM: u64 = 1024 * 1024;

/// What is particular to one run's connections: certificates beside those compiled in and the
/// system's, and whether they leave the machine.
#[derive(Debug, Default)]
pub struct Connections {
    /// Whether GitHub is on this machine, to which no proxy leads.
    pub is_local: bool,
    /// PEM text, the input `ca-certificates`.
    pub pem: Option<String>,
    /// PEM files, each with the variable that names it.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Folders of PEM files.
    pub folders: Vec<PathBuf>,
}

/// The client, which its own library has another name for.
pub use reqwest::Client as HttpClient;

/// Builds the client. `user_agent` names the program and the run; GitHub refuses a request
/// without one.
pub fn client(
    connections: &Connections,
    user_agent: &str,
) -> Result<reqwest::Client, TransportError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let verifier = authority::verifier(store(connections)?, Arc::clone(&provider))
        .map_err(|error| TransportError::Client(error.to_string()))?;
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::Client(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let builder = if connections.is_local {
        reqwest::Client::builder().no_proxy()
    } else {
        reqwest::Client::builder()
    };
    builder
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT)
        .timeout(ANSWER)
        .redirect(Policy::none())
        .user_agent(user_agent)
        .build()
        .map_err(|error| TransportError::Client(error.to_string()))
}

/// All roots in one store; each source adds to the others.
fn store(connections: &Connections) -> Result<RootCertStore, TransportError> {
    let mut store = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    // The system's may be none, and some of them may be unusable: the image has no files.
    for folder in openssl_probe::candidate_cert_dirs() {
        let found = rustls_native_certs::load_certs_from_paths(None, Some(folder));
        store.add_parsable_certificates(found.certs);
    }
    if let Some(pem) = &connections.pem {
        add(&mut store, pem.as_bytes()).ok_or(TransportError::Pem)?;
    }
    for (name, path) in &connections.files {
        // It names a file of the runner's host, which a container may not have.
        match read(path).map(|pem| add(&mut store, &pem)) {
            Ok(Some(())) => {}
            Ok(None) | Err(_) => {
                tracing::info!(
                    "{name} names no file of certificates in here; the input `ca-certificates` takes their text"
                );
            }
        }
    }
    for folder in &connections.folders {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let pems = entries
            .take(MAX_FILES)
            .filter_map(|entry| read(&entry.path()).ok());
        // A folder may hold other things beside.
        let added = pems.filter_map(|pem| add(&mut store, &pem)).count();
        if added == 0 {
            tracing::info!(
                "SSL_CERT_DIR names no folder of certificates in here; the input `ca-certificates` takes their text"
            );
        }
    }
    Ok(store)
}

/// More than any system has, each link counted.
const MAX_FILES: usize = 2000;

/// A regular file up to a bound: any step of the job may have named it.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut pem = Vec::new();
    File::open(path)?.take(MAX_PEM).read_to_end(&mut pem)?;
    Ok(pem)
}

/// Adds the certificates of a PEM text; `None` if there is none, or one cannot be read.
fn add(store: &mut RootCertStore, pem: &[u8]) -> Option<()> {
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .ok()?;
    (!certificates.is_empty()).then_some(())?;
    certificates
        .into_iter()
        .try_for_each(|certificate| store.add(certificate))
        .ok()
}

/// Why there is no client.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TransportError {
    /// The TLS or HTTP library refuses.
    #[error("cannot set up the HTTP client: {0}")]
    Client(String),
    /// The input `ca-certificates` holds something else.
    #[error("the input `ca-certificates` holds no certificate, or one that cannot be read")]
    Pem,
}

impl TransportError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Client(_) => "check `HTTPS_PROXY` and its like, which the client reads",
            Self::Pem => "give PEM text: `-----BEGIN CERTIFICATE-----` and what follows it",
        }
    }
}
