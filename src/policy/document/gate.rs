//! From what is written to what it means, or what it cannot mean.

use std::collections::BTreeMap;

use crate::facts::{Access, Glob, PermissionLevel, RepositoryPattern};

use super::super::known;
use super::super::rule::{
    Allowed, AllowedScopes, Bounds, Kinds, Listed, Owners, Permissions, RuleName, RunRules, Scopes,
};
use super::super::{Level, Lifetime, Policy, Reference, Waiver};
use super::problem::{Problem, Problems, Sort};
use super::raw::{
    RawDocument, RawExpiry, RawGate, RawLease, RawPermissions, RawRun, RawScopes, RawWaiver,
};
use super::shape::{Field, List, Names};
use super::source::{Location, Placed};
use super::word::{Format, GateName, Permission, Scope, ScopePattern, Version};

/// No job lives longer, not even on a runner of one's own.
///
/// <https://docs.github.com/en/actions/reference/limits>
const MAX_TTL: i64 = 5 * 24 * 60 * 60;

type Gates = BTreeMap<String, Policy>;

/// The gates of a document, the one of its `defaults` alone, and its base.
pub(super) fn gates(
    raw: RawDocument,
    problems: &mut Problems,
) -> (Gates, Option<Policy>, Option<Placed<Reference>>) {
    let RawDocument {
        version:
            Field {
                value:
                    Placed {
                        value: Version,
                        at: _,
                    },
                at: _,
            },
        extends,
        defaults,
        gates,
    } = raw;
    let named = gates.map_or_else(
        Vec::new,
        |Field {
             value: Names(gates),
             ..
         }| gates,
    );
    let gates = named.into_iter().map(
        |(
            Placed {
                value: GateName(name),
                at,
            },
            gate,
        )| {
            let gate = match &defaults {
                Some(defaults) => gate.or(defaults.value.clone()),
                None => gate,
            };
            let policy = policy(gate, at, problems);
            if extends.is_none() {
                look_at_whole(&policy, problems);
            }
            (name, policy)
        },
    );
    let gates = gates.collect();
    // What is wrong with it is told of the gates that have it.
    let defaults = defaults.map(|Field { at, value }| policy(value, at, &mut Problems::default()));
    let base = extends.map(|extends| extends.value);
    (gates, defaults, base)
}

fn policy(raw: RawGate, at: Location, problems: &mut Problems) -> Policy {
    let RawGate {
        kinds,
        owners,
        expiry,
        scopes,
        permissions,
        repositories,
        run,
        lease,
        levels,
        waive,
    } = raw;
    let Terms {
        ttl,
        formats,
        leaks,
    } = lease.map_or_else(Terms::default, |lease| terms(lease.value, problems));
    let policy = Policy {
        at,
        kinds: kinds.map(
            |Field {
                 at,
                 value: List(allowed),
             }| Kinds { allowed, at },
        ),
        owners: owners.map(
            |Field {
                 at,
                 value: List(allowed),
             }| Owners {
                allowed: allowed
                    .into_iter()
                    .map(|login| login.map(|login| login.0))
                    .collect(),
                at,
            },
        ),
        expiry: expiry.map_or_else(Bounds::default, |expiry| bounds(expiry.value, problems)),
        scopes: scopes.map(|scopes| self::scopes(scopes, problems)),
        permissions: permissions.map_or_else(Permissions::default, |permissions| {
            self::permissions(permissions.value, problems)
        }),
        repositories: repositories.map_or_else(BTreeMap::new, self::repositories),
        run: run.map_or_else(RunRules::default, |run| run_rules(run.value)),
        ttl,
        formats,
        leaks,
        levels: levels.map_or_else(BTreeMap::new, |levels| self::levels(levels, problems)),
        waivers: waive.map_or_else(Vec::new, |waive| waivers(waive.value.0, problems)),
        movable: Vec::new(),
    };
    pushes_need_contents(&policy, problems);
    policy
}

fn bounds(raw: RawExpiry, problems: &mut Problems) -> Bounds {
    let RawExpiry {
        required,
        at_least,
        at_most,
        warn_below,
    } = raw;
    let bounds = Bounds {
        required: required.map(whole),
        at_least: at_least.map(whole),
        at_most: at_most.map(whole),
        warn_below: warn_below.map(whole),
    };
    ends_clash(&bounds, problems);
    bounds
}

/// Two bounds that no token can meet.
pub(super) fn ends_clash(bounds: &Bounds, problems: &mut Problems) {
    if let (Some(least), Some(most)) = (&bounds.at_least, &bounds.at_most)
        && least.value.duration() > most.value.duration()
    {
        let message = format!(
            "no token can live at least `{}` and at most `{}` longer",
            least.value, most.value
        );
        problems.clash(most, message, &least.at, "at least this");
    }
}

/// A field with a single value: what stands there is the key and the value.
fn whole<T>(field: Field<Placed<T>>) -> Placed<T> {
    Placed {
        value: field.value.value,
        at: field.at,
    }
}

fn scopes(raw: Field<RawScopes>, problems: &mut Problems) -> Scopes {
    let Field {
        at,
        value: RawScopes {
            require,
            allow,
            forbid,
        },
    } = raw;
    let globs = |patterns: Vec<Placed<ScopePattern>>| -> Vec<Placed<Glob>> {
        let globs = patterns
            .into_iter()
            .map(|pattern| pattern.map(|pattern| pattern.0));
        globs.collect()
    };
    let scopes = Scopes {
        require: require.map_or_else(Vec::new, |require| {
            let names = require.value.0.into_iter();
            names.map(|scope| scope.map(|Scope(name)| name)).collect()
        }),
        allow: allow.map(
            |Field {
                 at,
                 value: List(patterns),
             }| AllowedScopes {
                globs: globs(patterns),
                at,
            },
        ),
        forbid: forbid.map_or_else(Vec::new, |forbid| globs(forbid.value.0)),
        at,
    };
    scopes_clash(&scopes, problems);
    scopes
}

/// What no token can do: have a scope, and not have it.
pub(super) fn scopes_clash(scopes: &Scopes, problems: &mut Problems) {
    for required in &scopes.require {
        let scope = &required.value;
        if let Some((within, glob)) = scopes.forbids(scope) {
            let message = if within == scope {
                format!("`{scope}` stands under `require` and under `forbid`")
            } else {
                format!(
                    "`{scope}` stands under `require`, and `{within}`, which it includes, under `forbid`"
                )
            };
            problems.clash(required, message, &glob.at, "forbidden here");
        }
        if let Some(allow) = &scopes.allow
            && !allow.allows(scope)
        {
            let message = format!("`{scope}` stands under `require` and not under `allow`");
            problems.clash(required, message, &allow.at, "all that is allowed");
        }
    }
}

fn permissions(raw: RawPermissions, problems: &mut Problems) -> Permissions {
    let RawPermissions { require, allow } = raw;
    let permissions = Permissions {
        require: require.map_or_else(BTreeMap::new, |require| by_name(require.value.0, problems)),
        allow: allow.map(
            |Field {
                 at,
                 value: Names(levels),
             }| Allowed {
                levels: by_name(levels, problems),
                at,
            },
        ),
    };
    for (name, wanted) in &permissions.require {
        if wanted.value == PermissionLevel::None {
            let message = format!("`{name}: none` requires nothing");
            problems.push(
                Problem::new(Sort::Meaning, &wanted.at, message)
                    .help("leave it out; what must not be there is what `allow` leaves out"),
            );
        }
    }
    permissions_clash(&permissions, problems);
    permissions
}

/// What no token can do: have a permission, and not have it.
pub(super) fn permissions_clash(permissions: &Permissions, problems: &mut Problems) {
    let Some(allow) = &permissions.allow else {
        return;
    };
    for (name, wanted) in &permissions.require {
        let allowed = allow.level(name);
        if allowed >= wanted.value {
            continue;
        }
        let message = match allowed {
            PermissionLevel::None => {
                format!("`{name}` stands under `require` and not under `allow`")
            }
            allowed => format!(
                "`{name}: {}` stands under `require`, and `{name}: {allowed}` under `allow`",
                wanted.value
            ),
        };
        problems.clash(wanted, message, allow.place(name), "all that is allowed");
    }
}

fn by_name(
    levels: Vec<(Placed<Permission>, Placed<PermissionLevel>)>,
    problems: &mut Problems,
) -> BTreeMap<String, Placed<PermissionLevel>> {
    let mut by_name = BTreeMap::new();
    for (
        Placed {
            value: Permission(name),
            at,
        },
        level,
    ) in levels
    {
        if let Some(highest) = known::highest(&name).filter(|highest| level.value > *highest) {
            let message = format!(
                "`{name}` has no level `{}`, as far as this patgate knows",
                level.value
            );
            problems.push(
                Problem::new(Sort::Warning, &level.at, message)
                    .label(format!("its highest is `{highest}`")),
            );
        }
        let at = at.to(&level.at);
        by_name.insert(
            name,
            Placed {
                value: level.value,
                at,
            },
        );
    }
    by_name
}

fn repositories(
    raw: Field<Names<RepositoryPattern, Placed<Access>>>,
) -> BTreeMap<RepositoryPattern, Placed<Access>> {
    let Names(named) = raw.value;
    named
        .into_iter()
        .map(|(Placed { value: pattern, at }, access)| {
            let at = at.to(&access.at);
            (
                pattern,
                Placed {
                    value: access.value,
                    at,
                },
            )
        })
        .collect()
}

fn run_rules(raw: RawRun) -> RunRules {
    fn listed<T, U>(field: Option<Field<List<T>>>, meaning: impl Fn(T) -> U) -> Option<Listed<U>> {
        field.map(
            |Field {
                 at,
                 value: List(allowed),
             }| Listed {
                allowed: allowed.into_iter().map(|word| word.map(&meaning)).collect(),
                at,
            },
        )
    }
    let RawRun {
        events,
        refs,
        actors,
        workflows,
        runners,
        forks,
    } = raw;
    RunRules {
        events: listed(events, |event| event.0),
        refs: listed(refs, |pattern| pattern.0),
        actors: listed(actors, |login| login.0),
        workflows: listed(workflows, |pattern| pattern.0),
        runners: listed(runners, |machine| machine),
        forks: forks.map(whole),
    }
}

#[derive(Default)]
struct Terms {
    ttl: Option<Placed<Lifetime>>,
    formats: Option<Placed<Vec<Format>>>,
    leaks: Option<Placed<Level>>,
}

fn terms(raw: RawLease, problems: &mut Problems) -> Terms {
    let RawLease { ttl, format, leaks } = raw;
    let ttl = ttl.map(whole);
    if let Some(ttl) = ttl
        .as_ref()
        .filter(|ttl| ttl.value.duration().as_secs() > MAX_TTL)
    {
        let message = format!(
            "a lease of `{}` is longer than any job, which lives 5 days at most",
            ttl.value
        );
        problems.push(Problem::new(Sort::Meaning, &ttl.at, message));
    }
    let formats = format.map(
        |Field {
             at,
             value: List(formats),
         }| Placed {
            value: formats.into_iter().map(|format| format.value).collect(),
            at,
        },
    );
    Terms {
        ttl,
        formats,
        leaks: leaks.map(whole),
    }
}

fn levels(
    raw: Field<Names<RuleName, Placed<Level>>>,
    problems: &mut Problems,
) -> BTreeMap<RuleName, Placed<Level>> {
    let Names(named) = raw.value;
    let mut levels = BTreeMap::new();
    for (Placed { value: rule, at }, level) in named {
        let at = at.to(&level.at);
        if rule.is_fixed() && level.value < rule.level() {
            let message = format!("`levels` cannot lower `{rule}`: such a token serves nobody");
            problems.push(Problem::new(Sort::Meaning, &at, message));
        }
        levels.insert(
            rule,
            Placed {
                value: level.value,
                at,
            },
        );
    }
    levels
}

fn waivers(raw: Vec<Placed<RawWaiver>>, problems: &mut Problems) -> Vec<Waiver> {
    let mut waivers: Vec<Waiver> = Vec::new();
    for Placed {
        value: RawWaiver {
            rule,
            until,
            reason,
        },
        at: _,
    } in raw
    {
        let (rule, until, reason) = (whole(rule), whole(until), whole(reason));
        let name = rule.value;
        if !name.can_be_waived() {
            let message = format!("nothing sets `{name}` aside");
            problems
                .push(Problem::new(Sort::Meaning, &rule.at, message).help("take the waiver out"));
        }
        if let Some(before) = waivers.iter().find(|waiver| waiver.rule == name) {
            let message = format!("`{name}` is waived twice");
            problems.clash(&rule, message, &before.at, "here first");
        }
        waivers.push(Waiver {
            rule: name,
            until: until.value.0,
            reason: reason.value.0,
            at: rule.at,
        });
    }
    waivers
}

/// A reach with a push takes a token that may write.
pub(super) fn pushes_need_contents(policy: &Policy, problems: &mut Problems) {
    let Some(allow) = &policy.permissions.allow else {
        return;
    };
    if allow.level("contents") >= PermissionLevel::Write {
        return;
    }
    let push = policy
        .repositories
        .iter()
        .find(|(_, access)| access.value == Access::Push);
    if let Some((name, access)) = push {
        let message =
            format!("`{name}: push` takes `contents: write`, which `permissions.allow` has not");
        problems.clash(
            access,
            message,
            allow.place("contents"),
            "all that is allowed",
        );
    }
}

/// What shows only in a gate that is whole, its base with it.
pub(super) fn look_at_whole(policy: &Policy, problems: &mut Problems) {
    opens_something(policy, problems);
    doubts(policy, problems);
}

/// Else the lease would open the whole origin, and what has `none` with it.
fn opens_something(policy: &Policy, problems: &mut Problems) {
    let Some((_, first)) = policy
        .repositories
        .iter()
        .min_by_key(|(_, access)| access.at.line())
    else {
        return;
    };
    if policy.reach().is_none() {
        let message = "`repositories` has only `none`, so that the lease would open nothing";
        problems.push(
            Problem::new(Sort::Meaning, &first.at, message)
                .help("name those that the lease opens, with `fetch` or `push`"),
        );
    }
}

/// What is said of rules that nothing in the gate demands.
fn doubts(policy: &Policy, problems: &mut Problems) {
    for (rule, level) in &policy.levels {
        if !policy.demands(*rule).is_possible() {
            let message =
                format!("nothing in this gate demands `{rule}`, so that its level is of no use");
            problems.push(Problem::new(Sort::Warning, &level.at, message));
        }
    }
    for waiver in &policy.waivers {
        if !policy.demands(waiver.rule).is_possible() {
            let message = format!(
                "nothing in this gate demands `{}`, so that there is nothing to set aside",
                waiver.rule
            );
            problems.push(Problem::new(Sort::Warning, &waiver.at, message));
        }
    }
}
