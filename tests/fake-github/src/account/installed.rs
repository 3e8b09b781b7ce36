//! Where a GitHub App is installed, and with which permissions.

use super::level::{Level, Permissions};

/// One installation of a GitHub App.
#[derive(Clone, Debug)]
pub struct Installed {
    pub(crate) owner: String,
    pub(crate) permissions: Permissions,
    /// The full names of the selected repositories, or none if it has all.
    pub(crate) selected: Option<Vec<String>>,
    pub(crate) suspended: bool,
}

impl Installed {
    /// An installation on the account 'owner', for all of its repositories and with no permission but `metadata`.
    pub fn on(owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            permissions: Permissions::from([("metadata".to_owned(), Level::Read)]),
            selected: None,
            suspended: false,
        }
    }

    /// Grants the permission 'name' at 'level': `read`, `write` or `admin`.
    ///
    /// # Panics
    ///
    /// If 'level' is another word.
    #[must_use]
    pub fn permission(mut self, name: impl Into<String>, level: &str) -> Self {
        self.permissions.insert(name.into(), Level::of_test(level));
        self
    }

    /// Gives it these repositories alone, written `owner/name` or `name`.
    #[must_use]
    pub fn selected(mut self, repositories: &[&str]) -> Self {
        let full_name = |name: &&str| {
            if name.contains('/') {
                (*name).to_owned()
            } else {
                format!("{}/{name}", self.owner)
            }
        };
        self.selected = Some(repositories.iter().map(full_name).collect());
        self
    }

    /// Gives it all repositories of its owner, which it has unless some are [`selected`](Installed::selected).
    #[must_use]
    pub fn all(mut self) -> Self {
        self.selected = None;
        self
    }

    /// Suspends it: nothing is minted for it, and a user's token reaches nothing by it.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }

    /// Whether it is on the account 'owner'.
    pub(crate) fn is_on(&self, owner: &str) -> bool {
        self.owner.eq_ignore_ascii_case(owner)
    }

    /// Whether the repository 'name' is among its own.
    pub(crate) fn covers(&self, name: &str) -> bool {
        let owner = name.split_once('/').map_or(name, |(owner, _)| owner);
        let is_selected = |selected: &Vec<String>| {
            selected
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        };
        self.is_on(owner) && self.selected.as_ref().is_none_or(is_selected)
    }

    /// `all` or `selected`.
    pub(crate) fn selection(&self) -> &'static str {
        match &self.selected {
            None => "all",
            Some(_) => "selected",
        }
    }
}
