//! Judges facts. No network, no files, no clock: the same facts always get the same verdict.

mod document;
mod lifetime;
pub mod link;
mod narrow;
mod reference;
mod rule;
mod schema;
mod surplus;
mod verdict;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::facts::{
    Access, Expiry, PermissionLevel, Reach, RepositoryName, RepositoryPattern, RunFacts, TokenFacts,
};

pub use document::{Document, Place, PolicyError};
pub use lifetime::Lifetime;
pub use narrow::NarrowError;
pub use reference::Reference;
pub use rule::RuleName;
pub use schema::schema;
pub use surplus::{Grade, Item, Surplus};
pub use verdict::{Clearance, Finding, Level, Verdict};

use rule::{Levels, Permissions, Rule};

/// One gate of a policy: what it demands of a token, and the lease it gives for that. Parsed,
/// so always meaningful.
#[derive(Clone, Debug)]
pub struct Policy {
    rules: Vec<Rule>,
    repositories: Repositories,
    ttl: Lifetime,
    levels: BTreeMap<RuleName, Level>,
}

type Repositories = BTreeMap<RepositoryPattern, Access>;

/// The circumstances of a run.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// Whether a denied token is leased all the same.
    pub audit: bool,
    /// What the runner tells of it; `None` where a person asks, and there is no run to judge.
    pub facts: Option<&'a RunFacts>,
}

/// A lease ends this much before the token, so that no clone that it starts is cut off.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

impl Policy {
    /// The policy of a repository that has none: deny what cannot serve, warn of what a policy
    /// would forbid.
    pub fn baseline() -> Self {
        Self {
            rules: rule::baseline(),
            repositories: Repositories::new(),
            ttl: Lifetime::default_ttl(),
            levels: BTreeMap::from([
                (RuleName::ExpiryRequired, Level::Warn),
                (RuleName::ExpiryUnknown, Level::Warn),
                (RuleName::ScopesForbidden, Level::Warn),
                (RuleName::ScopesUnknown, Level::Warn),
            ]),
        }
    }

    /// The repositories and patterns that the gate names, and what it wants of each.
    pub fn repositories(&self) -> impl Iterator<Item = (&RepositoryPattern, Access)> {
        self.repositories
            .iter()
            .map(|(name, access)| (name, *access))
    }

    /// The repositories that the gate names one by one, and what it wants of each.
    pub fn named_repositories(&self) -> impl Iterator<Item = (RepositoryName, Access)> {
        self.repositories()
            .filter_map(|(pattern, access)| Some((pattern.name()?, access)))
    }

    /// The permissions that the gate names, each once.
    pub fn permissions(&self) -> Vec<&str> {
        let rule = self.permissions_rule().into_iter();
        let mut names: Vec<_> = rule.flat_map(Permissions::names).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the gate requires, and what its reach needs beside.
    fn needed_permissions(&self) -> Levels {
        let mut needed = self.required_permissions().clone();
        for (_, access) in self.repositories() {
            let level = match access {
                Access::None => continue,
                Access::Fetch => PermissionLevel::Read,
                Access::Push => PermissionLevel::Write,
            };
            let contents = needed.entry("contents".to_owned()).or_insert(level);
            *contents = level.max(*contents);
        }
        needed
    }

    fn required_permissions(&self) -> &Levels {
        static NONE: Levels = Levels::new();
        self.permissions_rule()
            .map_or(&NONE, |permissions| &permissions.require)
    }

    /// How much of a permission is allowed, if the gate says so.
    fn allowed_permission(&self, name: &str) -> Option<PermissionLevel> {
        self.permissions_rule()?.allowed(name)
    }

    fn permissions_rule(&self) -> Option<&Permissions> {
        self.rules.iter().find_map(|rule| match rule {
            Rule::Permissions(permissions) => Some(permissions),
            Rule::Expiry(_) | Rule::Kinds(_) | Rule::Owners(_) | Rule::Scopes(_) => None,
        })
    }

    fn required_scopes(&self) -> &[String] {
        let required = self.rules.iter().find_map(|rule| match rule {
            Rule::Scopes(scopes) => Some(&scopes.require),
            Rule::Expiry(_) | Rule::Kinds(_) | Rule::Owners(_) | Rule::Permissions(_) => None,
        });
        required.map_or(&[], Vec::as_slice)
    }

    /// Holds `facts` against every rule.
    pub fn judge(&self, facts: &TokenFacts, run: &Run<'_>, now: Timestamp) -> Verdict {
        // GitHub judges an expiry by its own clock, and so do the rules.
        let moment = later(now, facts.clock_ahead);
        let complaints = match rule::standing(facts) {
            // Of a token that GitHub does not take, nothing else is known.
            Some(complaint) => vec![complaint],
            None => rule::always(facts, moment)
                .into_iter()
                .chain(self.rules.iter().flat_map(|rule| rule.check(facts, moment)))
                .chain(rule::repositories(&self.repositories, facts))
                .collect(),
        };
        let findings = complaints
            .into_iter()
            .map(|complaint| complaint.finding(|rule| self.level(rule)))
            .collect();
        let clearance = Clearance::new(self.end(facts, now), self.reach());
        Verdict::new(findings, clearance, run.audit)
    }

    fn level(&self, rule: RuleName) -> Level {
        self.levels.get(&rule).copied().unwrap_or(rule.level())
    }

    /// The last instant of a lease, by this machine's clock.
    fn end(&self, facts: &TokenFacts, now: Timestamp) -> Timestamp {
        let deadline = later(now, self.ttl.duration());
        match facts.expiry {
            Expiry::At(end) | Expiry::Within(end) => {
                deadline.min(later(end, -facts.clock_ahead - MARGIN))
            }
            Expiry::Never | Expiry::Unknown(_) => deadline,
        }
    }

    /// The repositories that a lease opens; `None` is the whole origin.
    pub fn reach(&self) -> Option<Reach> {
        let (open, shut): (Vec<_>, Vec<_>) = self
            .repositories
            .iter()
            .partition(|(_, access)| **access > Access::None);
        let patterns = |entries: Vec<(&RepositoryPattern, &Access)>| -> Vec<_> {
            let patterns = entries.into_iter().map(|(pattern, _)| pattern.clone());
            patterns.collect()
        };
        let (open, mut shut) = (patterns(open), patterns(shut));
        // What no pattern fits is shut by itself.
        shut.retain(|shut| {
            let mut patterns = open.iter().filter(|open| open.name().is_none());
            patterns.any(|open| open.owner().eq_ignore_ascii_case(shut.owner()))
        });
        (!open.is_empty()).then_some(Reach { open, shut })
    }
}

/// `instant` moved by `duration`, as far as the calendar goes.
fn later(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant
        .saturating_add(duration)
        .expect("a signed duration has no calendar units")
}
