//! The rules: one enum, a file per subject, one table of what is said of them.

mod expiry;
mod explain;
mod kind;
mod owner;
mod permission;
mod repository;
mod scope;
mod table;
mod token;

use jiff::Timestamp;

use crate::facts::TokenFacts;

use super::{Finding, Level};

pub(super) use expiry::Bounds;
pub(super) use kind::Kinds;
pub(super) use owner::Owners;
pub(super) use permission::{Levels, Permissions, undeniable};
pub(super) use repository::check as repositories;
pub(super) use scope::{Scopes, with_included as included};
pub use table::RuleName;
pub(super) use token::standing;

/// One demand.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// When the token ends.
    Expiry(Bounds),
    /// Which sorts of token.
    Kinds(Kinds),
    /// Whose token.
    Owners(Owners),
    /// Which permissions.
    Permissions(Permissions),
    /// Which OAuth scopes.
    Scopes(Scopes),
}

impl Rule {
    /// What the rule has against `facts` at `moment`, by GitHub's clock.
    pub(super) fn check(&self, facts: &TokenFacts, moment: Timestamp) -> Vec<Complaint> {
        match self {
            Self::Expiry(bounds) => bounds.check(facts, moment),
            Self::Kinds(kinds) => kinds.check(facts).into_iter().collect(),
            Self::Owners(owners) => owners.check(facts).into_iter().collect(),
            Self::Permissions(permissions) => permissions.check(facts),
            Self::Scopes(scopes) => scopes.check(facts),
        }
    }
}

/// The rules of every policy, written or not.
pub(super) fn always(facts: &TokenFacts, moment: Timestamp) -> Vec<Complaint> {
    token::doubts(facts)
        .into_iter()
        .chain(expiry::passed(facts, moment))
        .collect()
}

/// The rules of the baseline.
pub(super) fn baseline() -> Vec<Rule> {
    vec![
        Rule::Expiry(Bounds::baseline()),
        Rule::Scopes(Scopes::baseline()),
    ]
}

/// What a rule has against a token, before its level is known.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    pub(super) rule: RuleName,
    message: String,
    help: String,
    /// The same fault by another rule's name.
    other: Option<Box<Complaint>>,
}

impl Complaint {
    fn new(rule: RuleName, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            help: help.into(),
            other: None,
        }
    }

    /// One fault that two rules name is told once, by the graver of them: else a rule that
    /// `levels` lowers would hide one that denies.
    fn graver(first: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (first, other) {
            (Some(first), other) => Some(Self {
                other: other.map(Box::new),
                ..first
            }),
            (None, other) => other,
        }
    }

    pub(super) fn finding(self, level_of: impl Fn(RuleName) -> Level) -> Finding {
        let Self {
            rule,
            message,
            help,
            other,
        } = self;
        let level = level_of(rule);
        if let Some(other) = other
            && level_of(other.rule) > level
        {
            return other.finding(level_of);
        }
        Finding {
            rule,
            level,
            message,
            help,
        }
    }
}
