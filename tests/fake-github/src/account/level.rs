//! Permissions of the fine-grained model, and how far they go.

use std::collections::BTreeMap;
use std::fmt;

/// Permissions by name, such as `contents`.
pub(crate) type Permissions = BTreeMap<String, Level>;

/// How far a permission goes; each level includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Read,
    Write,
    Admin,
}

impl Level {
    const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The level a test wrote; any other word is its mistake.
    pub(super) fn of_test(name: &str) -> Self {
        Self::named(name).expect("the test names one of `read`, `write` and `admin`")
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// 'permissions' by the names of their levels.
pub(crate) fn named(permissions: &Permissions) -> BTreeMap<String, String> {
    let permissions = permissions.iter();
    permissions
        .map(|(name, level)| (name.clone(), level.to_string()))
        .collect()
}
