//! Who a token is, and what it may.

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
    #[must_use]
    pub fn right(mut self, name: impl Into<String>, right: Right) -> Self {
        self.rights.push((name.into(), right));
        self
    }

    /// The name git is refused under.
    pub(crate) fn login(&self) -> &str {
        match &self.identity {
            Identity::User { login } => login,
            // recorded: a workflow's own token, seen in unslothai/llama.cpp #69.
            Identity::Installation { owner: _ } => "github-actions[bot]",
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
