//! The language: every field of a policy, its form, and what it says. The reader, the JSON Schema
//! and the reference come from these declarations.

use crate::facts::{Access, PermissionLevel, RepositoryPattern, TokenKind};

use super::super::rule::RuleName;
use super::super::{Level, Lifetime, Reference};
use super::fields::fields;
use super::shape::{Field, List, Names, Reader, Shape, described};
use super::source::Placed;
use super::word::{
    Day, EventName, Forks, Format, GateName, Login, Machine, Permission, Reason, RefPattern, Scope,
    ScopePattern, Version, WorkflowPattern,
};
use super::yaml::Node;

fields! {
    /// A policy of patgate: which tokens may pass, and what a lease of them opens.
    RawDocument, "a policy: `version` and `gates`", at least 0, one of "gates", "extends" {
        must {
            /// The version of the language.
            version "version": Placed<Version>,
        }
        may {
            /// A policy of another repository that this one tightens. It may not loosen any of it.
            extends "extends": Placed<Reference>,
            /// What every gate has that does not say otherwise itself.
            defaults "defaults": RawGate,
            /// Gates by name: each a set of rules. The input `gate` picks one, by default `default`.
            gates "gates": Names<GateName, RawGate>,
        }
    }
}

fields! {
    /// A gate: what it demands of a token, and the lease it gives for that.
    RawGate, "a gate: rules by name, such as `kinds: [fine-grained]`", at least 0 {
        may {
            /// Kinds of token that may pass; any other is denied.
            kinds "kinds": List<TokenKind>,
            /// Logins that the token may belong to.
            owners "owners": List<Login>,
            /// When the token may end, counted from now.
            expiry "expiry": RawExpiry,
            /// OAuth scopes, of classic, OAuth and legacy tokens.
            scopes "scopes": RawScopes,
            /// Permissions, of fine-grained tokens and those of GitHub Apps.
            permissions "permissions": RawPermissions,
            /// What the token must be able to do with repositories: the reach of the lease. The closest name or pattern decides.
            repositories "repositories": Names<RepositoryPattern, Placed<Access>>,
            /// In which runs a lease may be issued.
            run "run": RawRun,
            /// The lease.
            lease "lease": RawLease,
            /// How grave a rule's findings are, by its name.
            levels "levels": Names<RuleName, Placed<Level>>,
            /// Rules that are set aside until a day, each with the reason.
            waive "waive": Waivers,
        }
    }
}

fields! {
    /// When the token may end, counted from now.
    RawExpiry, "bounds such as `at-most: 90d`", at least 1 {
        may {
            /// Whether a token that never expires is denied.
            required "required": Placed<bool>,
            /// The token must live this much longer.
            at_least "at-least": Placed<Lifetime>,
            /// The token must not live longer than this.
            at_most "at-most": Placed<Lifetime>,
            /// Below this, a warning to think of the token's successor.
            warn_below "warn-below": Placed<Lifetime>,
        }
    }
}

fields! {
    /// OAuth scopes. A scope has those that it includes.
    RawScopes, "lists of scopes: `require`, `allow`, `forbid`", at least 1 {
        may {
            /// The token must have each of these, itself or within a wider one.
            require "require": List<Scope>,
            /// The token must have none beyond these and what they include. `[]` allows no scope at all.
            allow "allow": List<ScopePattern, 0>,
            /// The token must have none of these, not even within a wider one.
            forbid "forbid": List<ScopePattern>,
        }
    }
}

fields! {
    /// Permissions, each with a level.
    RawPermissions, "maps of permissions: `require`, `allow`", at least 1 {
        may {
            /// The token must have each of these, at this level or above.
            require "require": Names<Permission, Placed<PermissionLevel>>,
            /// The token must have none beyond these, and none above these levels. `{}` allows no permission at all.
            allow "allow": Names<Permission, Placed<PermissionLevel>, 0>,
        }
    }
}

fields! {
    /// In which runs a lease may be issued.
    RawRun, "bounds of the run, such as `events: [push]`", at least 1 {
        may {
            /// Events that may begin the run.
            events "events": List<EventName>,
            /// Branches and tags that the run may be for.
            refs "refs": List<RefPattern>,
            /// Logins that may begin the run, or run it again.
            actors "actors": List<Login>,
            /// Files that the run may follow.
            workflows "workflows": List<WorkflowPattern>,
            /// Whose machines the job may run on.
            runners "runners": List<Machine>,
            /// Whether a run that is for a fork may have a lease.
            forks "forks": Placed<Forks>,
        }
    }
}

fields! {
    /// The lease.
    RawLease, "a lease such as `{ ttl: 20m }`", at least 1 {
        may {
            /// How long it lives at most.
            ttl "ttl": Placed<Lifetime>,
            /// The forms that it may have.
            format "format": List<Format>,
            /// What it means that the token is found in the job's directories after the job.
            leaks "leaks": Placed<Level>,
        }
    }
}

fields! {
    /// A rule that is set aside until a day.
    RawWaiver, "a waiver: `{ rule, until, reason }`", at least 0 {
        must {
            /// The rule's name.
            rule "rule": Placed<RuleName>,
            /// The last day on which it is set aside, in UTC.
            until "until": Placed<Day>,
            /// Why, for whoever reads the report.
            reason "reason": Placed<Reason>,
        }
        may {}
    }
}

/// A list of waivers.
#[derive(Clone, Debug)]
pub(super) struct Waivers(pub(super) Vec<Placed<RawWaiver>>);

impl Shape for Waivers {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        List::<RawWaiver>::read(node, reader).map(|List(waivers)| Self(waivers))
    }

    fn schema() -> serde_json::Value {
        let mut schema = List::<RawWaiver>::schema();
        // That a rule is waived twice is told by its name, whatever else the two say.
        schema["uniqueItems"] = false.into();
        schema
    }
}

impl Shape for Placed<RawWaiver> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        Some(Self {
            value: RawWaiver::read(node, reader)?,
            at: node.at.clone(),
        })
    }

    fn schema() -> serde_json::Value {
        RawWaiver::schema()
    }
}
