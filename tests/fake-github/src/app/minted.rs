//! The tokens that apps minted, as a test sees them.

use std::collections::BTreeMap;
use std::fmt;

/// A token that the fake minted for an app.
#[derive(Clone, PartialEq, Eq)]
pub struct Minted {
    /// The secret itself.
    pub token: String,
    /// The account the app is installed on.
    pub owner: String,
    /// The levels of its permissions, by name, as they were asked for; all of the installation's, if none were.
    pub permissions: BTreeMap<String, String>,
    /// The repositories it reaches, written `owner/name`.
    pub repositories: Vec<String>,
    /// Whether it was revoked since.
    pub revoked: bool,
}

impl fmt::Debug for Minted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            token: _,
            owner,
            permissions,
            repositories,
            revoked,
        } = self;
        f.debug_struct("Minted")
            .field("token", &"[redacted]")
            .field("owner", owner)
            .field("permissions", permissions)
            .field("repositories", repositories)
            .field("revoked", revoked)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minted_token_does_not_print() {
        let minted = Minted {
            token: "hush".to_owned(),
            owner: "acme".to_owned(),
            permissions: BTreeMap::new(),
            repositories: Vec::new(),
            revoked: false,
        };
        let printed = format!("{minted:?}");
        assert!(!printed.contains("hush") && printed.contains("acme"));
    }
}
