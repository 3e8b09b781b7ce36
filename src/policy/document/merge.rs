//! What gates have in common: a gate has what `defaults` has, where it does not say otherwise.
//!
//! One rule for all: maps are joined key by key, everything else is taken whole from the gate.
//! `permissions.allow` is a list in the form of a map, and taken whole like `scopes.allow`.

use super::raw::{RawExpiry, RawGate, RawLease, RawPermissions, RawRun, RawScopes};
use super::shape::{Field, Names};

impl RawGate {
    /// The gate, with `defaults` where it says nothing.
    pub(super) fn or(self, defaults: Self) -> Self {
        Self {
            kinds: self.kinds.or(defaults.kinds),
            owners: self.owners.or(defaults.owners),
            expiry: join(self.expiry, defaults.expiry, |gate, other| RawExpiry {
                required: gate.required.or(other.required),
                at_least: gate.at_least.or(other.at_least),
                at_most: gate.at_most.or(other.at_most),
                warn_below: gate.warn_below.or(other.warn_below),
            }),
            scopes: join(self.scopes, defaults.scopes, |gate, other| RawScopes {
                require: gate.require.or(other.require),
                allow: gate.allow.or(other.allow),
                forbid: gate.forbid.or(other.forbid),
            }),
            permissions: join(self.permissions, defaults.permissions, |gate, other| {
                RawPermissions {
                    require: join(gate.require, other.require, |gate, other| {
                        names(gate, other, |name| name.0.clone())
                    }),
                    allow: gate.allow.or(other.allow),
                }
            }),
            repositories: join(self.repositories, defaults.repositories, |gate, other| {
                names(gate, other, |name| name.as_str().to_ascii_lowercase())
            }),
            run: join(self.run, defaults.run, |gate, other| RawRun {
                events: gate.events.or(other.events),
                refs: gate.refs.or(other.refs),
                actors: gate.actors.or(other.actors),
                workflows: gate.workflows.or(other.workflows),
                runners: gate.runners.or(other.runners),
                forks: gate.forks.or(other.forks),
            }),
            lease: join(self.lease, defaults.lease, |gate, other| RawLease {
                ttl: gate.ttl.or(other.ttl),
                format: gate.format.or(other.format),
                leaks: gate.leaks.or(other.leaks),
            }),
            levels: join(self.levels, defaults.levels, |gate, other| {
                names(gate, other, ToString::to_string)
            }),
            waive: self.waive.or(defaults.waive),
        }
    }
}

/// Both, where both are written; the place is the gate's.
fn join<T>(
    gate: Option<Field<T>>,
    defaults: Option<Field<T>>,
    both: impl FnOnce(T, T) -> T,
) -> Option<Field<T>> {
    match (gate, defaults) {
        (Some(gate), Some(defaults)) => Some(Field {
            at: gate.at,
            value: both(gate.value, defaults.value),
        }),
        (gate, defaults) => gate.or(defaults),
    }
}

/// All names, those of the gate with its values.
fn names<K, V, const MIN: usize>(
    gate: Names<K, V, MIN>,
    defaults: Names<K, V, MIN>,
    key: impl Fn(&K) -> String,
) -> Names<K, V, MIN> {
    let Names(mut all) = gate;
    let written: Vec<_> = all.iter().map(|(name, _)| key(&name.value)).collect();
    let more = defaults.0.into_iter();
    all.extend(more.filter(|(name, _)| !written.contains(&key(&name.value))));
    Names(all)
}
