//! The rules: one enum, a file per subject, one table of what is said of them.

mod expiry;
mod explain;
mod kind;
mod owner;
mod permission;
mod repository;
mod run;
mod scope;
mod table;
mod token;

use jiff::Timestamp;

use crate::facts::TokenFacts;

use super::{Finding, Level, Location, Waiver};

pub(super) use expiry::Bounds;
pub(super) use kind::Kinds;
pub(super) use owner::Owners;
pub(super) use permission::{Allowed, Levels, Permissions, undeniable};
pub(super) use repository::check as repositories;
pub(super) use run::{Listed, RunRules};
pub(super) use scope::{AllowedScopes, Scopes, with_included as included};
pub use table::RuleName;
pub(super) use token::standing;

/// The rules of every policy, written or not.
pub(super) fn always(facts: &TokenFacts, moment: Timestamp) -> impl Iterator<Item = Complaint> {
    token::doubts(facts)
        .into_iter()
        .chain(expiry::passed(facts, moment))
}

/// What a rule has against a token, before its level is known.
#[derive(Clone, Debug)]
pub(super) struct Complaint {
    pub(super) rule: RuleName,
    message: String,
    help: String,
    /// What in the policy demands otherwise.
    at: Option<Location>,
    /// The same fault by another rule's name.
    other: Option<Box<Complaint>>,
}

impl Complaint {
    pub(super) fn new(rule: RuleName, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            help: help.into(),
            at: None,
            other: None,
        }
    }

    /// With what demands otherwise.
    pub(super) fn at(mut self, at: &Location) -> Self {
        self.at = Some(at.clone());
        self
    }

    /// One fault that two rules name is told once, by the graver of them: else a rule that
    /// `levels` lowers would hide one that denies, and one that is waived another that is not.
    fn graver(first: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (first, other) {
            (Some(first), other) => Some(Self {
                other: other.map(Box::new),
                ..first
            }),
            (None, other) => other,
        }
    }

    /// The finding, by what the policy says of each rule.
    pub(super) fn finding<'p>(
        self,
        gravity: impl Fn(RuleName) -> (Level, Option<&'p Waiver>),
    ) -> Finding {
        let Self {
            rule,
            message,
            help,
            at,
            other,
        } = self;
        let (level, waiver) = gravity(rule);
        let weight = |(level, waiver): (Level, Option<&Waiver>)| (level, waiver.is_none());
        if let Some(other) = other
            && weight(gravity(other.rule)) > weight((level, waiver))
        {
            return other.finding(gravity);
        }
        Finding {
            rule,
            level,
            message,
            help,
            at,
            waiver: waiver.cloned(),
        }
    }
}
