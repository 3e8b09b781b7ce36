//! Inputs narrow a policy and never widen it.

use crate::facts::{Access, RepositoryName};

use super::lifetime::LifetimeError;
use super::{Lifetime, Policy, Repositories};

impl Policy {
    /// Narrows the policy to the lines `OWNER/REPO` or `OWNER/REPO: push`, and to a shorter
    /// lease. Empty text and `None` leave it as it is.
    pub fn narrow(mut self, repositories: &str, ttl: Option<&str>) -> Result<Self, NarrowError> {
        if let Some(ttl) = ttl {
            let ttl = Lifetime::parse(ttl)?;
            if ttl.duration() > self.ttl.duration() {
                return Err(NarrowError::Longer {
                    policy: self.ttl.to_string(),
                });
            }
            self.ttl = ttl;
        }
        let mut narrowed = Repositories::new();
        for (at, line) in repositories.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (name, access) = parse(line).ok_or(NarrowError::NotARepository { line: at + 1 })?;
            self.permits(&name, access)?;
            narrowed.insert(name, access);
        }
        if !narrowed.is_empty() {
            self.repositories
                .retain(|_, access| *access == Access::None);
            self.repositories.append(&mut narrowed);
        }
        Ok(self)
    }

    fn permits(&self, name: &RepositoryName, access: Access) -> Result<(), NarrowError> {
        let names_reach = self.reach().is_some();
        let error = match self.repositories.get(name) {
            Some(Access::None) => NarrowError::Unreachable(name.clone()),
            Some(Access::Fetch) if access == Access::Push => NarrowError::Push(name.clone()),
            None if names_reach => NarrowError::Unnamed(name.clone()),
            Some(_) | None => return Ok(()),
        };
        Err(error)
    }
}

fn parse(line: &str) -> Option<(RepositoryName, Access)> {
    let (name, access) = match line.split_once(':') {
        None => (line, Access::Fetch),
        Some((name, access)) => match access.trim() {
            "fetch" => (name, Access::Fetch),
            "push" => (name, Access::Push),
            _ => return None,
        },
    };
    Some((RepositoryName::parse(name.trim())?, access))
}

/// Why an input cannot narrow the policy.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NarrowError {
    /// The input `ttl` is longer than the policy's.
    #[error("the input `ttl` is longer than the policy's `{policy}`")]
    Longer {
        /// The policy's, as written.
        policy: String,
    },
    /// A line of the input `repositories` is something else.
    #[error(
        "line {line} of the input `repositories` is not `OWNER/REPO`, `OWNER/REPO: fetch` or `OWNER/REPO: push`"
    )]
    NotARepository {
        /// Counted from 1.
        line: usize,
    },
    /// Push is asked where the policy has fetch.
    #[error("the input `repositories` asks to push to `{0}`, where the policy has `fetch`")]
    Push(RepositoryName),
    /// The input `ttl` is no span of time.
    #[error("the input `ttl` is unusable: {0}")]
    Ttl(#[from] LifetimeError),
    /// The policy wants the repository out of reach.
    #[error("the input `repositories` asks for `{0}`, where the policy has `none`")]
    Unreachable(RepositoryName),
    /// The policy names others only.
    #[error("the input `repositories` asks for `{0}`, which the policy does not name")]
    Unnamed(RepositoryName),
}

impl NarrowError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } => "write one repository a line",
            Self::Ttl(_) => "write it as `20m`",
            Self::Longer { .. } | Self::Push(_) | Self::Unreachable(_) | Self::Unnamed(_) => {
                "inputs only narrow a policy; ask for less, or change the policy"
            }
        }
    }
}
