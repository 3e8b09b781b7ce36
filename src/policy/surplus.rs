//! What a token has beyond what its gate needs: the way to least privilege.

use crate::facts::{Access, Fact, PermissionLevel, RepositoryPattern, TokenFacts, Visibility};

use super::Policy;
use super::rule::{Levels, included, undeniable};

/// What a token has beyond what its gate needs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Surplus {
    /// Scopes and permissions, the gravest first.
    pub items: Vec<Item>,
    /// Repositories that it reaches and the gate does not name, where GitHub tells.
    pub repositories: Option<u64>,
}

/// A scope, or a permission with its level.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// As GitHub writes it.
    pub name: String,
    /// How much harm it can do.
    pub grade: Grade,
}

/// How much harm a surplus can do.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Grade {
    /// It reads.
    Read,
    /// It changes things.
    Write,
    /// It deletes, or decides who may what.
    Admin,
}

impl Grade {
    /// The grade in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

impl Surplus {
    /// Whether the token has just what it needs, as far as is known.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.repositories.is_none()
    }
}

impl Policy {
    /// What the token has beyond what the gate needs; `None` where the gate does not say what it
    /// needs.
    pub fn surplus(&self, facts: &TokenFacts) -> Option<Surplus> {
        let scopes = self.required_scopes();
        if scopes.is_empty() && self.needed_permissions().is_empty() {
            return None;
        }
        let mut items = if facts.kind.has_scopes() {
            self.surplus_scopes(&scopes, facts)
        } else {
            surplus_permissions(&self.needed_permissions(), facts)
        };
        items.sort_by(|a, b| b.grade.cmp(&a.grade).then_with(|| a.name.cmp(&b.name)));
        Some(Surplus {
            items,
            repositories: self.surplus_repositories(facts),
        })
    }

    fn surplus_scopes(&self, required: &[&str], facts: &TokenFacts) -> Vec<Item> {
        let Fact::Known(scopes) = &facts.scopes else {
            return Vec::new();
        };
        let reach = self.reach_scope(facts);
        let needed: Vec<_> = required
            .iter()
            .copied()
            .chain(reach)
            .flat_map(included)
            .collect();
        let beyond = |scope: &&String| included(scope).iter().any(|one| !needed.contains(one));
        scopes
            .iter()
            .filter(beyond)
            .map(|scope| Item {
                name: scope.clone(),
                grade: scope_grade(scope),
            })
            .collect()
    }

    /// The least scope that opens the reach: a public repository needs none to be fetched.
    fn reach_scope(&self, facts: &TokenFacts) -> Option<&'static str> {
        let public = |pattern: &RepositoryPattern| {
            let found = pattern
                .name()
                .and_then(|name| facts.repositories.get(&name));
            found.is_some_and(|found| found.visibility == Fact::Known(Visibility::Public))
        };
        let needs =
            self.repositories()
                .filter_map(|(pattern, access)| match (access, public(pattern)) {
                    (Access::None, _) | (Access::Fetch, true) => None,
                    (Access::Push, true) => Some("public_repo"),
                    (Access::Fetch | Access::Push, false) => Some("repo"),
                });
        // `repo` includes the other.
        needs.max_by_key(|scope| *scope == "repo")
    }

    fn surplus_repositories(&self, facts: &TokenFacts) -> Option<u64> {
        let Fact::Known(reach) = &facts.reach else {
            return None;
        };
        let open = self.reach()?.open;
        // How many fit a pattern, nobody counts.
        if open.iter().any(|pattern| pattern.name().is_none()) {
            return None;
        }
        let named = u64::try_from(open.len()).ok()?;
        reach.count.checked_sub(named).filter(|beyond| *beyond > 0)
    }
}

fn surplus_permissions(needed: &Levels, facts: &TokenFacts) -> Vec<Item> {
    let granted = &facts.permissions;
    granted
        .named
        .iter()
        .filter_map(|(name, grant)| {
            let has = if granted.is_whole() {
                grant.most
            } else {
                grant.least
            };
            let needed = needed.get(name).copied().unwrap_or(undeniable(name));
            (has > needed).then(|| Item {
                name: format!("{name}: {has}"),
                grade: permission_grade(name, has),
            })
        })
        .collect()
}

fn scope_grade(scope: &str) -> Grade {
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| scope.starts_with(prefix));
    if begins(&["admin:", "delete:", "delete_", "manage_", "site_admin"]) {
        Grade::Admin
    } else if begins(&["read:"]) || scope == "user:email" {
        Grade::Read
    } else {
        Grade::Write
    }
}

fn permission_grade(name: &str, level: PermissionLevel) -> Grade {
    match level {
        PermissionLevel::Admin => Grade::Admin,
        PermissionLevel::Write if name.ends_with("administration") => Grade::Admin,
        PermissionLevel::Write => Grade::Write,
        PermissionLevel::None | PermissionLevel::Read => Grade::Read,
    }
}
