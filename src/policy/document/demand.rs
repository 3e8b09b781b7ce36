//! Which part of a gate can raise a rule.

use crate::facts::Access;

use super::super::rule::RuleName;
use super::super::{Location, Policy};

/// What demands a rule.
#[derive(Clone, Copy, Debug)]
pub(super) enum Demand<'a> {
    /// Every gate does.
    Always,
    /// This part of the gate does.
    Here(&'a Location),
    /// Nothing does.
    Nowhere,
}

impl<'a> Demand<'a> {
    fn of(place: Option<&'a Location>) -> Self {
        place.map_or(Self::Nowhere, Self::Here)
    }

    pub(super) fn is_possible(self) -> bool {
        !matches!(self, Self::Nowhere)
    }
}

impl Policy {
    /// What in the gate can raise `rule`.
    pub(super) fn demands(&self, rule: RuleName) -> Demand<'_> {
        let scopes = self.scopes.as_ref();
        let permissions = &self.permissions;
        let allow = permissions.allow.as_ref().map(|allow| &allow.at);
        let require = permissions.require.values().next().map(|level| &level.at);
        Demand::of(match rule {
            RuleName::ExpiryPassed
            | RuleName::PolicyMovableRef
            | RuleName::TokenBlanks
            | RuleName::TokenChecksum
            | RuleName::TokenRefused
            | RuleName::TokenShape
            | RuleName::WaiverExpired
            | RuleName::WaiverUnused => return Demand::Always,
            RuleName::ExpiryRequired => self.expiry.required(),
            RuleName::ExpirySoon => self.expiry.warn_below.as_ref().map(|span| &span.at),
            RuleName::ExpiryTooLate => self.expiry.at_most.as_ref().map(|span| &span.at),
            RuleName::ExpiryTooSoon => self.expiry.at_least.as_ref().map(|span| &span.at),
            RuleName::ExpiryUnknown => self.expiry.demanded(),
            RuleName::KindNotAllowed => self.kinds.as_ref().map(|kinds| &kinds.at),
            RuleName::OwnerNotAllowed | RuleName::OwnerUnknown => {
                self.owners.as_ref().map(|owners| &owners.at)
            }
            RuleName::PermissionsExcess | RuleName::PermissionsUnseen => allow,
            RuleName::PermissionsMissing | RuleName::PermissionsUnknown => require,
            RuleName::RepositoriesReachable => {
                self.repository(true, |access| access == Access::None)
            }
            RuleName::RepositoriesReadOnly => {
                self.repository(true, |access| access == Access::Push)
            }
            RuleName::RepositoriesRenamed | RuleName::RepositoriesUnreachable => {
                self.repository(true, |access| access > Access::None)
            }
            RuleName::RepositoriesUnknown => self.repository(true, |_| true),
            RuleName::RepositoriesUnseen => self.repository(false, |access| access == Access::None),
            RuleName::RunActorNotAllowed => self.run.actors.as_ref().map(|list| &list.at),
            RuleName::RunEventNotAllowed => self.run.events.as_ref().map(|list| &list.at),
            RuleName::RunFork => self.run.denies_forks(),
            RuleName::RunRefNotAllowed => self.run.refs.as_ref().map(|list| &list.at),
            RuleName::RunRunnerNotAllowed => self.run.runners.as_ref().map(|list| &list.at),
            RuleName::RunUnknown => self.run.demanded(),
            RuleName::RunWorkflowNotAllowed => self.run.workflows.as_ref().map(|list| &list.at),
            RuleName::ScopesExcess => scopes
                .and_then(|scopes| scopes.allow.as_ref())
                .map(|allow| &allow.at),
            RuleName::ScopesForbidden => scopes
                .and_then(|scopes| scopes.forbid.first())
                .map(|glob| &glob.at),
            RuleName::ScopesMissing => scopes
                .and_then(|scopes| scopes.require.first())
                .map(|scope| &scope.at),
            RuleName::ScopesUnknown => scopes.map(|scopes| &scopes.at),
        })
    }

    /// The first repository by its name, or the first pattern, of which such access is wanted.
    fn repository(&self, is_named: bool, wanted: fn(Access) -> bool) -> Option<&Location> {
        let fitting = self
            .repositories
            .iter()
            .find(|(pattern, access)| pattern.name().is_some() == is_named && wanted(access.value));
        fitting.map(|(_, access)| &access.at)
    }
}
