//! The rules: one enum, a file per subject, one table of names.

mod expiry;
mod kind;
mod owner;
mod permission;
mod repository;
mod run;
mod scope;
mod token;

use std::fmt;

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
        if let Some(other) = other
            && gravity(other.rule).0 > level
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

macro_rules! rules {
    ($($(#[doc = $doc:literal])+ $variant:ident $name:literal $level:ident,)+) => {
        /// A rule's name: `subject/complaint`, the same in findings, in `levels` and in the docs.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub enum RuleName {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl RuleName {
            /// Every rule there is, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name as policies write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// The level, where no policy says otherwise.
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)+ }
            }

            /// What the rule complains of, in a sentence.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc,)+).trim_ascii(),)+ }
            }
        }
    };
}

rules! {
    /// The token has already expired.
    ExpiryPassed "expiry/passed" Deny,
    /// The token never expires.
    ExpiryRequired "expiry/required" Deny,
    /// The token expires soon enough to think of its successor.
    ExpirySoon "expiry/soon" Warn,
    /// The token lives longer than it may.
    ExpiryTooLate "expiry/too-late" Deny,
    /// The token expires before the job can be done with it.
    ExpiryTooSoon "expiry/too-soon" Deny,
    /// GitHub does not tell when the token expires.
    ExpiryUnknown "expiry/unknown" Deny,
    /// The token is of a kind that the policy does not list.
    KindNotAllowed "kind/not-allowed" Deny,
    /// The token belongs to somebody whom the policy does not list.
    OwnerNotAllowed "owner/not-allowed" Deny,
    /// GitHub does not tell whose token it is.
    OwnerUnknown "owner/unknown" Deny,
    /// The token has a permission beyond those that the policy allows.
    PermissionsExcess "permissions/excess" Deny,
    /// The token lacks a permission.
    PermissionsMissing "permissions/missing" Deny,
    /// It cannot be seen whether the token has a permission.
    PermissionsUnknown "permissions/unknown" Deny,
    /// It cannot be seen what other permissions the token has.
    PermissionsUnseen "permissions/unseen" Warn,
    /// The policy, or one that it extends, is named by a branch or a tag, which can move.
    PolicyMovableRef "policy/movable-ref" Warn,
    /// The token reaches a repository that it must not reach.
    RepositoriesReachable "repositories/reachable" Deny,
    /// The token can fetch from a repository and not push to it.
    RepositoriesReadOnly "repositories/read-only" Deny,
    /// A repository has another name now.
    RepositoriesRenamed "repositories/renamed" Warn,
    /// GitHub does not tell what the token can do with a repository.
    RepositoriesUnknown "repositories/unknown" Deny,
    /// The token does not reach a repository.
    RepositoriesUnreachable "repositories/unreachable" Deny,
    /// It cannot be seen whether the token reaches a repository that fits a pattern.
    RepositoriesUnseen "repositories/unseen" Warn,
    /// The run was begun, or begun again, by somebody whom the policy does not list.
    RunActorNotAllowed "run/actor-not-allowed" Deny,
    /// The run was begun by an event that the policy does not list.
    RunEventNotAllowed "run/event-not-allowed" Deny,
    /// The run is for a fork.
    RunFork "run/fork" Deny,
    /// The run is for a branch or a tag that the policy does not list.
    RunRefNotAllowed "run/ref-not-allowed" Deny,
    /// The run is on a machine that the policy does not list.
    RunRunnerNotAllowed "run/runner-not-allowed" Deny,
    /// The runner does not tell something of the run.
    RunUnknown "run/unknown" Deny,
    /// The run follows a workflow that the policy does not list.
    RunWorkflowNotAllowed "run/workflow-not-allowed" Deny,
    /// The token has a scope beyond those that the policy allows.
    ScopesExcess "scopes/excess" Deny,
    /// The token has a scope that the policy forbids.
    ScopesForbidden "scopes/forbidden" Deny,
    /// The token lacks a scope.
    ScopesMissing "scopes/missing" Deny,
    /// GitHub does not tell the token's scopes.
    ScopesUnknown "scopes/unknown" Deny,
    /// Blanks or a line end stand around the token in its secret.
    TokenBlanks "token/blanks" Warn,
    /// The token's checksum does not fit.
    TokenChecksum "token/checksum" Warn,
    /// GitHub does not take the token.
    TokenRefused "token/refused" Deny,
    /// The token does not look like one of its kind.
    TokenShape "token/shape" Warn,
    /// A waiver has ended.
    WaiverExpired "waiver/expired" Warn,
    /// A waiver sets nothing aside.
    WaiverUnused "waiver/unused" Warn,
}

impl RuleName {
    /// Reads a rule's name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|rule| rule.as_str() == text).copied()
    }

    /// Whether no policy can lower the rule to a warning: a token that does not work serves
    /// nobody.
    pub fn is_fixed(self) -> bool {
        matches!(self, Self::TokenRefused | Self::ExpiryPassed)
    }

    /// Whether a policy can set the rule aside: not what it cannot lower, nor what speaks of
    /// waivers.
    pub fn can_be_waived(self) -> bool {
        !self.is_fixed() && !matches!(self, Self::WaiverExpired | Self::WaiverUnused)
    }
}

impl fmt::Display for RuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own() {
        for rule in RuleName::ALL {
            assert_eq!(RuleName::parse(rule.as_str()), Some(*rule));
            assert!(rule.as_str().split_once('/').is_some(), "{rule}");
            assert!(rule.summary().ends_with('.'), "{rule}");
        }
        assert!(
            RuleName::ALL
                .windows(2)
                .all(|pair| pair[0].as_str() < pair[1].as_str())
        );
    }
}
