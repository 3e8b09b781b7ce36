//! GitHub Apps: what is known of them, their JWTs, and the tokens they mint.

mod jwt;
mod mint;
mod minted;

pub(crate) use jwt::{NOT_DECODED, looks_like_jwt, verify};
pub(crate) use mint::{is_narrowed, mint};
pub use minted::Minted;

use crate::account::{Installed, Level, Permissions};

/// A GitHub App that can mint tokens.
#[derive(Clone, Debug)]
pub struct App {
    pub(crate) id: u64,
    pub(crate) client_id: String,
    pub(crate) slug: String,
    pub(crate) installed: Vec<Installed>,
    /// An RSA public key: PKCS#1, as DER.
    public_key: Vec<u8>,
}

impl App {
    /// An app that is installed nowhere.
    ///
    /// Its JWTs are to be signed for the RSA key `public_key`: PKCS#1 as DER, as ring's `KeyPair::public_key` gives it.
    pub fn new(app_id: u64, client_id: &str, slug: &str, public_key: Vec<u8>) -> Self {
        Self {
            id: app_id,
            client_id: client_id.to_owned(),
            slug: slug.to_owned(),
            installed: Vec::new(),
            public_key,
        }
    }

    /// Adds an installation.
    #[must_use]
    pub fn installed_on(mut self, installed: Installed) -> Self {
        self.installed.push(installed);
        self
    }

    /// The installation 'id'.
    pub(crate) fn installation(&self, id: u64) -> Option<&Installed> {
        let mut installed = self.installed.iter();
        installed.find(|installed| installation_id(&self.client_id, installed) == id)
    }

    /// What it asks for: every permission it was granted anywhere, at its highest.
    pub(crate) fn permissions(&self) -> Permissions {
        let mut permissions = Permissions::new();
        for (name, level) in self.installed.iter().flat_map(|on| &on.permissions) {
            let known = permissions.entry(name.clone()).or_insert(Level::Read);
            *known = (*known).max(*level);
        }
        permissions
    }
}

/// The number of 'installed', for the app `client_id`.
pub(crate) fn installation_id(client_id: &str, installed: &Installed) -> u64 {
    id_of(&format!("{client_id}/{}", installed.owner))
}

/// A number for 'name', always the same.
pub(crate) fn id_of(name: &str) -> u64 {
    let fnv = |sum: u32, byte: u8| (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    u64::from(name.bytes().fold(0x811c_9dc5, fnv) % 100_000_000)
}
