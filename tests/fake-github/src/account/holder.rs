//! A token in use: its account, and which kind of token it is.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Account, Identity, Installed, Level, Right};

/// Who holds a good token.
pub(crate) struct Holder {
    pub(crate) account: Account,
    pub(crate) kind: Kind,
    /// How many requests are still to be refused, since the token is too young for every server to know it.
    unknown_for: AtomicUsize,
}

/// The kinds of token the API treats differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Classic,
    FineGrained,
    OAuth,
    UserToServer,
    Installation,
}

impl Kind {
    /// The kind of 'token', by its prefix and by what was said of its account.
    fn of(token: &str, account: &Account) -> Self {
        match &account.identity {
            Identity::Installation { owner: _ } => Self::Installation,
            Identity::User { login: _ } => {
                if token.starts_with("ghu_") || !account.installed.is_empty() {
                    Self::UserToServer
                } else if token.starts_with("github_pat_") || account.permissions.is_some() {
                    Self::FineGrained
                } else if token.starts_with("gho_") {
                    Self::OAuth
                } else {
                    Self::Classic
                }
            }
        }
    }

    /// Whether permissions, not scopes, say what the token may.
    pub(crate) fn has_permissions(self) -> bool {
        match self {
            Self::FineGrained | Self::UserToServer | Self::Installation => true,
            Self::Classic | Self::OAuth => false,
        }
    }
}

impl Holder {
    pub(crate) fn new(token: &str, account: Account) -> Self {
        Self {
            kind: Kind::of(token, &account),
            account,
            unknown_for: AtomicUsize::new(0),
        }
    }

    /// The same, but as good as unknown for the first 'requests'.
    pub(crate) fn unknown_for(mut self, requests: usize) -> Self {
        self.unknown_for = AtomicUsize::new(requests);
        self
    }

    /// Counts a request, and tells whether the token is known by now.
    pub(crate) fn is_known(&self) -> bool {
        let less = |left: usize| left.checked_sub(1);
        let counted = self
            .unknown_for
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        counted.is_err()
    }

    /// Whether the private repository 'name' is there for it.
    pub(crate) fn sees(&self, name: &str) -> bool {
        let installed = &self.account.installed;
        self.account.right_to(name).is_some()
            && (installed.is_empty() || self.installed_for(name).is_some())
    }

    /// Whether its permissions, if it has any, let it do what needs 'permission' at 'level'.
    ///
    /// 'of' is a repository written `owner/name`, or an owner.
    pub(crate) fn may(&self, of: &str, permission: &str, level: Level) -> bool {
        !self.kind.has_permissions() || self.level(of, permission) >= Some(level)
    }

    /// Whether anything was said of its permissions.
    pub(crate) fn has_permission_set(&self) -> bool {
        self.account.permissions.is_some() || !self.account.installed.is_empty()
    }

    /// How far 'permission' goes for 'of'.
    fn level(&self, of: &str, permission: &str) -> Option<Level> {
        let always = (permission == "metadata").then_some(Level::Read);
        let granted = match (&self.account.permissions, &self.account.installed) {
            (Some(permissions), _) => permissions.get(permission).copied(),
            (None, installed) if !installed.is_empty() => {
                let installed = self.installed_for(of);
                installed.and_then(|installed| installed.permissions.get(permission).copied())
            }
            // Nothing was said of permissions: the right to the repository stands for the one that git needs.
            (None, _) if permission == "contents" => {
                self.account.right_to(of).map(|right| match right {
                    Right::Fetch => Level::Read,
                    Right::Push => Level::Write,
                })
            }
            (None, _) => None,
        };
        granted.max(always)
    }

    /// The app's installation that has 'of'.
    fn installed_for(&self, of: &str) -> Option<&Installed> {
        let installed = self.account.installed.iter();
        let mut installed = installed.filter(|installed| !installed.suspended);
        installed.find(|installed| {
            if of.contains('/') {
                installed.covers(of)
            } else {
                installed.is_on(of)
            }
        })
    }
}
