//! OAuth scopes, with GitHub's hierarchy.
//!
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps>

use std::collections::BTreeSet;

use crate::facts::{Fact, Glob, TokenFacts};

use super::super::{Location, Placed};
use super::{Complaint, RuleName};

/// Each scope with those that it includes. GitHub lists only the widest of a token's scopes.
const INCLUDES: [(&str, &[&str]); 22] = [
    (
        "admin:enterprise",
        &[
            "manage_runners:enterprise",
            "manage_billing:enterprise",
            "read:enterprise",
            "scim:enterprise",
        ],
    ),
    ("admin:gpg_key", &["write:gpg_key", "read:gpg_key"]),
    (
        "admin:org",
        &["write:org", "read:org", "manage_runners:org"],
    ),
    (
        "admin:pre_receive_hook",
        &["write:pre_receive_hook", "read:pre_receive_hook"],
    ),
    ("admin:public_key", &["write:public_key", "read:public_key"]),
    ("admin:repo_hook", &["write:repo_hook", "read:repo_hook"]),
    (
        "admin:ssh_signing_key",
        &["write:ssh_signing_key", "read:ssh_signing_key"],
    ),
    ("audit_log", &["read:audit_log"]),
    ("codespace", &["codespace:secrets"]),
    ("copilot", &["manage_billing:copilot"]),
    ("manage_billing:enterprise", &["read:enterprise"]),
    ("project", &["read:project"]),
    (
        "repo",
        &[
            "repo:status",
            "repo_deployment",
            "public_repo",
            "repo:invite",
            "security_events",
        ],
    ),
    ("user", &["read:user", "user:email", "user:follow"]),
    ("write:discussion", &["read:discussion"]),
    ("write:gpg_key", &["read:gpg_key"]),
    (
        "write:network_configurations",
        &["read:network_configurations"],
    ),
    ("write:org", &["read:org"]),
    ("write:packages", &["read:packages"]),
    ("write:public_key", &["read:public_key"]),
    ("write:repo_hook", &["read:repo_hook"]),
    ("write:ssh_signing_key", &["read:ssh_signing_key"]),
];

/// What a policy wants of scopes. Kinds without scopes pass: `kinds` speaks of them.
#[derive(Clone, Debug)]
pub(crate) struct Scopes {
    /// Each of these, itself or within a wider one.
    pub(crate) require: Vec<Placed<String>>,
    /// None beyond these and what they include.
    pub(crate) allow: Option<AllowedScopes>,
    /// None of these, not even within a wider one.
    pub(crate) forbid: Vec<Placed<Glob>>,
    pub(crate) at: Location,
}

/// The scopes that a token may have.
#[derive(Clone, Debug)]
pub(crate) struct AllowedScopes {
    pub(crate) globs: Vec<Placed<Glob>>,
    pub(crate) at: Location,
}

impl AllowedScopes {
    /// Whether `scope` is allowed, itself or within a wider one.
    pub(crate) fn allows(&self, scope: &str) -> bool {
        let fits = |scope: &str| self.globs.iter().any(|glob| glob.value.fits(scope));
        let mut wider = INCLUDES.iter().map(|(wider, _)| *wider);
        fits(scope) || wider.any(|wider| fits(wider) && reaches(wider, scope))
    }

    /// Whether whatever fits `pattern` is allowed.
    pub(crate) fn covers(&self, pattern: &Glob) -> bool {
        self.globs.iter().any(|glob| glob.value.covers(pattern))
            || (!pattern.as_str().contains('*') && self.allows(pattern.as_str()))
    }
}

impl Scopes {
    /// The pattern under `forbid` that a token with `scope` meets, and what it includes that fits.
    pub(crate) fn forbids<'s>(&self, scope: &'s str) -> Option<(&'s str, &Placed<Glob>)> {
        with_included(scope).into_iter().find_map(|within| {
            let glob = self.forbid.iter().find(|glob| glob.value.fits(within))?;
            Some((within, glob))
        })
    }

    pub(crate) fn check(&self, facts: &TokenFacts) -> Vec<Complaint> {
        if !facts.kind.has_scopes() {
            return Vec::new();
        }
        match &facts.scopes {
            Fact::Known(scopes) => self
                .missing(scopes)
                .chain(scopes.iter().filter_map(|scope| {
                    Complaint::graver(self.forbidden(scope), self.excess(scope))
                }))
                .collect(),
            Fact::Unknown(why) => {
                let complaint = Complaint::new(
                    RuleName::ScopesUnknown,
                    format!("the token's scopes are not known: {why}"),
                    "let GitHub's answers through unchanged, or allow it with `levels: { scopes/unknown: warn }`",
                );
                vec![complaint.at(&self.at)]
            }
        }
    }

    fn missing(&self, scopes: &BTreeSet<String>) -> impl Iterator<Item = Complaint> {
        let has = |wanted: &str| scopes.iter().any(|scope| reaches(scope, wanted));
        self.require
            .iter()
            .filter(move |wanted| !has(&wanted.value))
            .map(|Placed { value: wanted, at }| {
                Complaint::new(
                    RuleName::ScopesMissing,
                    format!("the token lacks the scope `{wanted}`"),
                    format!("add `{wanted}` to the token in its owner's settings"),
                )
                .at(at)
            })
    }

    fn forbidden(&self, scope: &str) -> Option<Complaint> {
        let (fitting, Placed { value: glob, at }) = self.forbids(scope)?;
        let within = if fitting == scope {
            String::new()
        } else {
            format!(", which includes `{fitting}`")
        };
        let complaint = Complaint::new(
            RuleName::ScopesForbidden,
            format!("the token has the scope `{scope}`{within}, against the policy's `{glob}`"),
            format!(
                "remove `{scope}` from the token, or make a fine-grained token with only the permissions the job needs"
            ),
        );
        Some(complaint.at(at))
    }

    fn excess(&self, scope: &str) -> Option<Complaint> {
        let allow = self.allow.as_ref()?;
        (!allow.allows(scope)).then(|| {
            Complaint::new(
                RuleName::ScopesExcess,
                format!("the token has the scope `{scope}`, which the policy does not allow"),
                format!("remove `{scope}` from the token in its owner's settings"),
            )
            .at(&allow.at)
        })
    }
}

/// Whether `scope` is `wanted` or includes it.
fn reaches(scope: &str, wanted: &str) -> bool {
    with_included(scope).contains(&wanted)
}

/// `scope` and all that it includes, however deep.
pub(crate) fn with_included(scope: &str) -> Vec<&str> {
    let mut all = vec![scope];
    let mut at = 0;
    while let Some(scope) = all.get(at) {
        let included = INCLUDES.iter().find(|(wider, _)| wider == scope);
        for scope in included.map_or(&[][..], |(_, included)| *included) {
            if !all.contains(scope) {
                all.push(scope);
            }
        }
        at += 1;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reaches_what_it_includes() {
        assert!(reaches("repo", "public_repo"));
        assert!(reaches("admin:org", "read:org"));
        assert!(reaches("admin:enterprise", "read:enterprise"));
        assert!(reaches("new:scope", "new:scope"), "GitHub adds scopes");
        assert!(!reaches("public_repo", "repo"));
        assert!(!reaches("repo", "workflow"));
    }

    #[test]
    fn the_table_names_a_scope_once_and_in_order() {
        assert!(INCLUDES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn the_reference_has_the_table() {
        let page = include_str!("../../../docs/policy.md");
        let (_, rest) = page.split_once("| scope | includes |\n").unwrap();
        let rows = rest.lines().skip(1);
        let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).collect();
        let wanted = INCLUDES.map(|(wider, included)| {
            let included: Vec<_> = included.iter().map(|scope| format!("`{scope}`")).collect();
            format!("| `{wider}` | {} |", included.join(", "))
        });
        assert_eq!(rows, wanted);
    }
}
