//! Policies from parts, and one part more.

use std::collections::BTreeMap;
use std::fmt;

use patgate::policy::{Document, Policy, PolicyError, RuleName};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const KINDS: [&str; 6] = [
    "classic",
    "fine-grained",
    "installation",
    "legacy",
    "oauth",
    "user-to-server",
];
const OWNERS: [&str; 4] = ["acme-bot", "ACME-*", "octocat", "'*-bot'"];
pub(super) const SCOPES: [&str; 6] = [
    "repo",
    "public_repo",
    "read:org",
    "admin:org",
    "gist",
    "new:scope",
];
const PATTERNS: [&str; 5] = ["'admin:*'", "public_repo", "gist", "'new:*'", "'read:*'"];
pub(super) const PERMISSIONS: [&str; 4] = ["contents", "issues", "metadata", "new_thing"];
const LEVELS: [&str; 3] = ["read", "write", "admin"];
pub(super) const REPOSITORIES: [&str; 4] = ["acme/docs", "Acme/Site", "acme/vault", "other/site"];
const ACCESSES: [&str; 3] = ["none", "fetch", "push"];

/// A gate, in parts. Absent is absent.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    kinds: Option<Vec<&'static str>>,
    pub(super) owners: Option<Vec<&'static str>>,
    required: bool,
    at_least: Option<i64>,
    at_most: Option<i64>,
    warn_below: Option<i64>,
    require: Vec<&'static str>,
    allow: Option<Vec<&'static str>>,
    forbid: Vec<&'static str>,
    pub(super) permissions: BTreeMap<&'static str, &'static str>,
    pub(super) allowed_permissions: Option<BTreeMap<&'static str, &'static str>>,
    pub(super) repositories: BTreeMap<&'static str, &'static str>,
    levels: BTreeMap<&'static str, &'static str>,
    pub(super) ttl: i64,
}

/// One rule more.
#[derive(Clone, Debug)]
pub(super) enum More {
    Kinds(Vec<&'static str>),
    Owners(Vec<&'static str>),
    Required,
    AtLeast(i64),
    AtMost(i64),
    WarnBelow(i64),
    Require(&'static str),
    Allow(Vec<&'static str>),
    Forbid(&'static str),
    Permission(&'static str, &'static str),
    AllowPermissions(BTreeMap<&'static str, &'static str>),
    Repository(&'static str, &'static str),
}

impl Parts {
    pub(super) fn with(&self, more: More) -> Self {
        let mut parts = self.clone();
        match more {
            // A longer list would loosen: what is there stays.
            More::Kinds(kinds) => parts.kinds = parts.kinds.or(Some(kinds)),
            More::Owners(owners) => parts.owners = parts.owners.or(Some(owners)),
            More::Allow(scopes) => parts.allow = parts.allow.or(Some(scopes)),
            More::Required => parts.required = true,
            More::AtLeast(seconds) => parts.at_least = parts.at_least.or(Some(seconds)),
            More::AtMost(seconds) => parts.at_most = parts.at_most.or(Some(seconds)),
            More::WarnBelow(seconds) => parts.warn_below = parts.warn_below.or(Some(seconds)),
            More::Require(scope) => parts.require.push(scope),
            More::Forbid(pattern) => parts.forbid.push(pattern),
            More::Permission(name, level) => {
                parts.permissions.entry(name).or_insert(level);
            }
            More::AllowPermissions(levels) => {
                parts.allowed_permissions = parts.allowed_permissions.or(Some(levels));
            }
            More::Repository(name, access) => {
                parts.repositories.entry(name).or_insert(access);
            }
        }
        parts
    }

    pub(super) fn parse(&self) -> Result<Policy, PolicyError> {
        Document::parse(&self.to_string(), "policy")?.gate("default")
    }

    pub(super) fn speaks_of_an_end(&self) -> bool {
        self.required
            || self.at_least.is_some()
            || self.at_most.is_some()
            || self.warn_below.is_some()
    }

    pub(super) fn wants_scopes(&self) -> bool {
        !self.require.is_empty() || self.allow.is_some() || !self.forbid.is_empty()
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |words: &[&str]| format!("[{}]", words.join(", "));
        writeln!(f, "version: 1\ngates:\n  default:")?;
        writeln!(f, "    lease: {{ ttl: {}s }}", self.ttl)?;
        if let Some(kinds) = &self.kinds {
            writeln!(f, "    kinds: {}", list(kinds))?;
        }
        if let Some(owners) = &self.owners {
            writeln!(f, "    owners: {}", list(owners))?;
        }
        if self.speaks_of_an_end() {
            writeln!(f, "    expiry:\n      required: {}", self.required)?;
        }
        for (name, seconds) in [
            ("at-least", self.at_least),
            ("at-most", self.at_most),
            ("warn-below", self.warn_below),
        ] {
            if let Some(seconds) = seconds {
                writeln!(f, "      {name}: {seconds}s")?;
            }
        }
        if self.wants_scopes() {
            writeln!(f, "    scopes:\n      require: {}", list(&self.require))?;
            writeln!(f, "      forbid: {}", list(&self.forbid))?;
        }
        if let Some(allow) = &self.allow {
            writeln!(f, "      allow: {}", list(allow))?;
        }
        if !self.permissions.is_empty() || self.allowed_permissions.is_some() {
            writeln!(f, "    permissions:")?;
        }
        if !self.permissions.is_empty() {
            writeln!(f, "      require: {}", flow(&self.permissions))?;
        }
        if let Some(levels) = &self.allowed_permissions {
            writeln!(f, "      allow: {}", flow(levels))?;
        }
        for (name, map) in [
            ("repositories", &self.repositories),
            ("levels", &self.levels),
        ] {
            if !map.is_empty() {
                writeln!(f, "    {name}:")?;
            }
            for (key, value) in map {
                writeln!(f, "      {key}: {value}")?;
            }
        }
        Ok(())
    }
}

/// A map on one line.
fn flow(map: &BTreeMap<&str, &str>) -> String {
    let pairs: Vec<_> = map
        .iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    let levels = RuleName::ALL.iter().filter(|rule| !rule.is_fixed());
    let levels: Vec<_> = levels.map(|rule| rule.as_str()).collect();
    (
        (option::of(kinds()), option::of(owners()), any::<bool>()),
        (option::of(least()), option::of(most()), option::of(least())),
        (
            vec(select(SCOPES.to_vec()), 0..2),
            option::of(scopes()),
            vec(select(PATTERNS.to_vec()), 0..2),
        ),
        (levels_of(0..2), option::of(levels_of(0..5))),
        btree_map(
            select(REPOSITORIES.to_vec()),
            select(ACCESSES.to_vec()),
            0..3,
        ),
        btree_map(select(levels), select(vec!["warn", "deny"]), 0..20),
        1i64..8000,
    )
        .prop_map(
            |(who, spans, scopes, permissions, repositories, levels, ttl)| {
                let (kinds, owners, required) = who;
                let (at_least, at_most, warn_below) = spans;
                let (require, allow, forbid) = scopes;
                let (permissions, allowed_permissions) = permissions;
                Parts {
                    kinds,
                    owners,
                    required,
                    at_least,
                    at_most,
                    warn_below,
                    require,
                    allow,
                    forbid,
                    permissions,
                    allowed_permissions,
                    repositories,
                    levels,
                    ttl,
                }
            },
        )
        .prop_filter("no token can be what this policy wants", |parts| {
            parts.parse().is_ok()
        })
}

pub(super) fn more() -> impl Strategy<Value = More> {
    prop_oneof![
        1 => kinds().prop_map(More::Kinds),
        1 => owners().prop_map(More::Owners),
        1 => Just(More::Required),
        1 => least().prop_map(More::AtLeast),
        1 => most().prop_map(More::AtMost),
        1 => least().prop_map(More::WarnBelow),
        1 => select(SCOPES.to_vec()).prop_map(More::Require),
        1 => scopes().prop_map(More::Allow),
        3 => select(PATTERNS.to_vec()).prop_map(More::Forbid),
        1 => (select(PERMISSIONS.to_vec()), select(LEVELS.to_vec()))
            .prop_map(|(name, level)| More::Permission(name, level)),
        1 => levels_of(0..5).prop_map(More::AllowPermissions),
        1 => (select(REPOSITORIES.to_vec()), select(ACCESSES.to_vec()))
            .prop_map(|(name, access)| More::Repository(name, access)),
    ]
}

fn levels_of(
    size: std::ops::Range<usize>,
) -> impl Strategy<Value = BTreeMap<&'static str, &'static str>> {
    btree_map(select(PERMISSIONS.to_vec()), select(LEVELS.to_vec()), size)
}

fn kinds() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(KINDS.to_vec(), 1..KINDS.len())
}

fn owners() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(OWNERS.to_vec(), 1..OWNERS.len())
}

fn scopes() -> impl Strategy<Value = Vec<&'static str>> {
    subsequence(SCOPES.to_vec(), 0..SCOPES.len())
}

fn least() -> impl Strategy<Value = i64> {
    1i64..9000
}

fn most() -> impl Strategy<Value = i64> {
    9000i64..20_000
}
