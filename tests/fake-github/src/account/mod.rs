//! Who a token is, and what it may.

mod holder;
mod installed;
mod level;

pub(crate) use holder::{Holder, Kind};
pub use installed::Installed;
pub(crate) use level::{Level, Permissions, named};

/// What a token may do to one repository; each right includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Clone and fetch.
    Fetch,
    /// Push, too.
    Push,
}

/// The account behind a token, with the token's rights.
///
/// It holds no secret: the token itself is given to [`Builder::token`](crate::Builder::token).
#[derive(Clone, Debug)]
pub struct Account {
    pub(crate) identity: Identity,
    pub(crate) scopes: Option<String>,
    pub(crate) expires: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) permissions: Option<Permissions>,
    pub(crate) client_id: Option<String>,
    pub(crate) user_id: Option<u64>,
    pub(crate) installed: Vec<Installed>,
    pub(crate) suspended: bool,
    pub(crate) sso_authorized: bool,
    pub(crate) lifetime: Option<u32>,
    /// Whether an installation says that it has all repositories of its owner.
    pub(crate) has_all: bool,
    slug: String,
    rights: Vec<(String, Right)>,
}

/// The two kinds of account the REST API tells apart.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    User { login: String },
    Installation { owner: String },
}

impl Account {
    /// A person's token.
    pub fn user(login: impl Into<String>) -> Self {
        Self::new(Identity::User {
            login: login.into(),
        })
    }

    /// A GitHub App's token for the repositories of 'owner', such as a workflow's own.
    ///
    /// git knows it as `github-actions[bot]`; `GET /user` is refused. A right to another owner's repository is an error at start.
    pub fn installation(owner: impl Into<String>) -> Self {
        Self::new(Identity::Installation {
            owner: owner.into(),
        })
    }

    fn new(identity: Identity) -> Self {
        Self {
            identity,
            scopes: None,
            expires: None,
            headers: Vec::new(),
            permissions: None,
            client_id: None,
            user_id: None,
            installed: Vec::new(),
            suspended: false,
            sso_authorized: false,
            lifetime: None,
            has_all: false,
            // recorded: a workflow's own token, seen in unslothai/llama.cpp #69.
            slug: "github-actions".to_owned(),
            rights: Vec::new(),
        }
    }

    /// Sets the header `X-OAuth-Scopes`, verbatim; it may be empty.
    ///
    /// Without this call the header is absent, as for fine-grained tokens.
    #[must_use]
    pub fn scopes(mut self, scopes: impl Into<String>) -> Self {
        self.scopes = Some(scopes.into());
        self
    }

    /// Sets the header `GitHub-Authentication-Token-Expiration`, verbatim.
    ///
    /// It is only told: the token works on after that instant, until it is revoked.
    #[must_use]
    pub fn expires(mut self, expires: impl Into<String>) -> Self {
        self.expires = Some(expires.into());
        self
    }

    /// Adds a header to every REST answer for this token, such as `X-GitHub-SSO`.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Grants 'right' to the repository 'name', written `owner/name`.
    ///
    /// Where the account has permissions as well, this is the person's role, and a call needs both.
    #[must_use]
    pub fn right(mut self, name: impl Into<String>, right: Right) -> Self {
        self.rights.push((name.into(), right));
        self
    }

    /// Grants the permission 'name' at 'level', `read`, `write` or `admin`, and makes the token a fine-grained one.
    ///
    /// It then has these permissions and `metadata`, no others, for all repositories it has a right to.
    ///
    /// # Panics
    ///
    /// If 'level' is another word.
    #[must_use]
    pub fn permission(mut self, name: impl Into<String>, level: &str) -> Self {
        let permissions = self.permissions.get_or_insert_default();
        permissions.insert(name.into(), Level::of_test(level));
        self
    }

    /// Sets the header `X-OAuth-Client-Id`: the app the token was issued to.
    #[must_use]
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// Sets the number `GET /user` gives as `id`.
    #[must_use]
    pub fn user_id(mut self, id: u64) -> Self {
        self.user_id = Some(id);
        self
    }

    /// Makes the token one of a user of a GitHub App, and adds an installation of that app.
    ///
    /// The token then reaches what both the user has a right to and the app is installed on.
    #[must_use]
    pub fn installed_on(mut self, installed: Installed) -> Self {
        self.installed.push(installed);
        self
    }

    /// Names the GitHub App of an installation, whose login is then `slug[bot]`.
    #[must_use]
    pub fn slug(mut self, slug: impl Into<String>) -> Self {
        self.slug = slug.into();
        self
    }

    /// Suspends the account: every call is a 403 that says so.
    #[must_use]
    pub fn suspended(mut self) -> Self {
        self.suspended = true;
        self
    }

    /// Authorises the token for the organisations that demand single sign-on.
    #[must_use]
    pub fn sso_authorized(mut self) -> Self {
        self.sso_authorized = true;
        self
    }

    /// Sets how many days the token lives in total, which an organisation may limit.
    ///
    /// Without this call, what is left until [`expires`](Account::expires) counts; a token that never ends lives too long.
    #[must_use]
    pub fn lifetime(mut self, days: u32) -> Self {
        self.lifetime = Some(days);
        self
    }

    /// The name git is refused under.
    pub(crate) fn login(&self) -> String {
        match &self.identity {
            Identity::User { login } => login.clone(),
            Identity::Installation { owner: _ } => format!("{}[bot]", self.slug),
        }
    }

    /// The highest right to the repository 'name', in any case.
    pub(crate) fn right_to(&self, name: &str) -> Option<Right> {
        let rights = self.rights.iter();
        rights
            .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, right)| *right)
            .max()
    }

    /// A repository among the rights that the account can have no right to.
    pub(crate) fn impossible_right(&self) -> Option<&str> {
        match &self.identity {
            Identity::User { login: _ } => None,
            Identity::Installation { owner } => self.repositories().find(|name| {
                let of = name.split_once('/').map(|(of, _)| of);
                !of.is_some_and(|of| of.eq_ignore_ascii_case(owner))
            }),
        }
    }

    /// The repositories it has a right to, in the order given.
    pub(crate) fn repositories(&self) -> impl Iterator<Item = &str> {
        self.rights.iter().map(|(name, _)| name.as_str())
    }
}
