//! Permissions, as far as they can be seen.
//!
//! Names are an open set: GitHub adds some each year.
//! <https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>

use std::collections::BTreeMap;
use std::fmt;

use super::Why;

/// How much a permission allows; each level includes those before it.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PermissionLevel {
    /// Nothing.
    None,
    /// Reading.
    Read,
    /// Writing.
    Write,
    /// Administration, which few permissions have.
    Admin,
}

impl PermissionLevel {
    /// Reads a level as GitHub writes it. One that it adds later is taken for the highest.
    pub fn read(text: &str) -> Self {
        match text {
            "none" => Self::None,
            "read" => Self::Read,
            "write" => Self::Write,
            _ => Self::Admin,
        }
    }

    /// The level as GitHub writes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for PermissionLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What is known of one permission: a probe that reads shows no more than a lower bound.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// At least this much is granted.
    pub least: PermissionLevel,
    /// At most this much is granted.
    pub most: PermissionLevel,
}

impl Grant {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self {
        least: PermissionLevel::None,
        most: PermissionLevel::Admin,
    };

    /// Exactly this is granted.
    pub fn exactly(level: PermissionLevel) -> Self {
        Self {
            least: level,
            most: level,
        }
    }

    /// This is granted, and maybe more.
    pub fn at_least(level: PermissionLevel) -> Self {
        Self {
            least: level,
            ..Self::UNKNOWN
        }
    }

    /// This is granted, or less.
    pub fn at_most(level: PermissionLevel) -> Self {
        Self {
            most: level,
            ..Self::UNKNOWN
        }
    }

    /// What both tell of the same permission. Where they differ, the one that grants is right: a
    /// refusal can have another reason, a success cannot.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let least = self.least.max(other.least);
        Self {
            least,
            most: self.most.min(other.most).max(least),
        }
    }

    /// The permission in a word: `none`, `read`, `write`, `admin`, or `unknown`. A lower bound
    /// is told as it is.
    pub fn word(self) -> &'static str {
        match (self.least, self.most) {
            (PermissionLevel::None, PermissionLevel::None) => "none",
            (PermissionLevel::None, _) => "unknown",
            (least, _) => least.word(),
        }
    }
}

/// A token's permissions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Permissions {
    /// Those of which something is known.
    pub named: BTreeMap<String, Grant>,
    /// Why there may be others; `None` where GitHub listed them all.
    pub unseen: Option<Why>,
}

impl Permissions {
    /// A whole list, GitHub's own.
    pub fn listed(levels: impl IntoIterator<Item = (String, PermissionLevel)>) -> Self {
        let named = levels
            .into_iter()
            .map(|(name, level)| (name, Grant::exactly(level)));
        Self {
            named: named.collect(),
            unseen: None,
        }
    }

    /// Nothing is known, for this reason, and what is learned is learned one by one.
    pub fn unknown(why: Why) -> Self {
        Self {
            named: BTreeMap::new(),
            unseen: Some(why),
        }
    }

    /// Whether GitHub listed them, so that what is not named is not granted.
    pub fn is_whole(&self) -> bool {
        self.unseen.is_none()
    }

    /// What is known of the permission `name`.
    pub fn of(&self, name: &str) -> Grant {
        let unnamed = if self.is_whole() {
            Grant::exactly(PermissionLevel::None)
        } else {
            Grant::UNKNOWN
        };
        self.named.get(name).copied().unwrap_or(unnamed)
    }

    /// What holds in both of two places: at least the lesser of the two, at most the greater.
    #[must_use]
    pub fn also(&self, other: &Self) -> Self {
        let names = self.named.keys().chain(other.named.keys());
        let grant = |name: &String| {
            let (one, two) = (self.of(name), other.of(name));
            Grant {
                least: one.least.min(two.least),
                most: one.most.max(two.most),
            }
        };
        Self {
            named: names.map(|name| (name.clone(), grant(name))).collect(),
            unseen: self.unseen.clone().or_else(|| other.unseen.clone()),
        }
    }

    /// Adds what was learned of the permission `name`.
    pub fn learn(&mut self, name: &str, grant: Grant) {
        let known = self.named.get(name).copied().unwrap_or(Grant::UNKNOWN);
        self.named.insert(name.to_owned(), known.and(grant));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_includes_those_before_it() {
        use PermissionLevel::{Admin, None, Read, Write};
        assert!(None < Read && Read < Write && Write < Admin);
    }

    #[test]
    fn what_is_learned_narrows_what_is_known() {
        let mut permissions = Permissions::unknown(Why::NotTold);
        assert_eq!(permissions.of("contents").word(), "unknown");
        permissions.learn("contents", Grant::at_least(PermissionLevel::Read));
        assert_eq!(permissions.of("contents").word(), "read");
        permissions.learn("contents", Grant::at_most(PermissionLevel::Read));
        assert_eq!(
            permissions.of("contents"),
            Grant::exactly(PermissionLevel::Read)
        );
        permissions.learn("issues", Grant::at_most(PermissionLevel::None));
        assert_eq!(permissions.of("issues").word(), "none");
    }

    #[test]
    fn a_success_outweighs_a_refusal() {
        let refused = Grant::at_most(PermissionLevel::None);
        let read = Grant::at_least(PermissionLevel::Read);
        assert_eq!(refused.and(read), Grant::exactly(PermissionLevel::Read));
    }

    #[test]
    fn what_a_whole_list_does_not_name_is_not_granted() {
        let listed = Permissions::listed([("issues".to_owned(), PermissionLevel::Write)]);
        assert_eq!(listed.of("issues").word(), "write");
        assert_eq!(listed.of("contents").word(), "none");
    }
}
