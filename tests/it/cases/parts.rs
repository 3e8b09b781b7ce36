//! Policies from parts, and one part more.

use std::collections::BTreeMap;
use std::fmt;

use patgate::policy::{Document, Policy, PolicyError, RuleName};
use proptest::collection::btree_map;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

pub(super) const KINDS: [&str; 6] = [
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
/// Some within others, and some beside.
const REPOSITORY_PATTERNS: [&str; 7] = [
    "acme/*",
    "acme/s*",
    "acme/*e",
    "acme/secret-*",
    "acme/*-plan",
    "acme/secret-*-plan",
    "other/*",
];
pub(super) const EVENTS: [&str; 4] = ["push", "schedule", "workflow_dispatch", "new_event"];
pub(super) const REFS: [&str; 4] = [
    "refs/heads/main",
    "refs/heads/*",
    "refs/tags/v*",
    "refs/pull/*",
];
pub(super) const ACTORS: [&str; 3] = ["octocat", "'Acme-*'", "mallory"];
pub(super) const WORKFLOWS: [&str; 3] = [
    "acme/site/.github/workflows/release.yml@refs/heads/main",
    "acme/site/.github/workflows/*",
    "acme/*/.github/workflows/*@refs/tags/*",
];
const RUNNERS: [&str; 2] = ["github-hosted", "self-hosted"];
const FORMATS: [&str; 3] = ["git", "netrc", "store"];
const ACCESSES: [&str; 3] = ["none", "fetch", "push"];

/// A gate, in parts. Absent is absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Parts {
    pub(super) kinds: Option<Words>,
    pub(super) owners: Option<Words>,
    pub(super) required: Option<bool>,
    pub(super) at_least: Option<i64>,
    pub(super) at_most: Option<i64>,
    pub(super) warn_below: Option<i64>,
    pub(super) require: Words,
    pub(super) allow: Option<Words>,
    pub(super) forbid: Words,
    pub(super) permissions: Map,
    pub(super) allowed_permissions: Option<Map>,
    /// With patterns.
    pub(super) repositories: Map,
    pub(super) events: Option<Words>,
    pub(super) refs: Option<Words>,
    pub(super) actors: Option<Words>,
    pub(super) workflows: Option<Words>,
    pub(super) runners: Option<Words>,
    pub(super) forks: Option<&'static str>,
    pub(super) ttl: Option<i64>,
    pub(super) formats: Option<Words>,
    pub(super) levels: Map,
    /// Rules, each with the last day.
    pub(super) waivers: Map,
}

pub(super) type Words = Vec<&'static str>;
pub(super) type Map = BTreeMap<&'static str, &'static str>;

/// One rule more, or a stricter one.
#[derive(Clone, Debug)]
pub(super) enum More {
    Kinds(Words),
    Owners(Words),
    Required,
    AtLeast(i64),
    AtMost(i64),
    WarnBelow(i64),
    Require(&'static str),
    Allow(Words),
    Forbid(&'static str),
    Permission(&'static str, &'static str),
    AllowPermissions(Map),
    Repository(&'static str, &'static str),
    Events(Words),
    Refs(Words),
    Actors(Words),
    Workflows(Words),
    Runners(Words),
    DenyForks,
    /// Every rule denies that only warned.
    Deny,
    NoWaiver(&'static str),
    NoWaivers,
}

impl Parts {
    pub(super) fn with(&self, more: More) -> Self {
        let mut parts = self.clone();
        match more {
            More::Kinds(words) => shorten(&mut parts.kinds, words),
            More::Owners(words) => shorten(&mut parts.owners, words),
            More::Allow(words) => shorten(&mut parts.allow, words),
            More::Events(words) => shorten(&mut parts.events, words),
            More::Refs(words) => shorten(&mut parts.refs, words),
            More::Actors(words) => shorten(&mut parts.actors, words),
            More::Workflows(words) => shorten(&mut parts.workflows, words),
            More::Runners(words) => shorten(&mut parts.runners, words),
            More::DenyForks => parts.forks = Some("deny"),
            More::Required => parts.required = Some(true),
            More::AtLeast(span) => parts.at_least = parts.at_least.max(Some(span)),
            More::AtMost(span) => parts.at_most = Some(parts.at_most.unwrap_or(span).min(span)),
            More::WarnBelow(span) => parts.warn_below = parts.warn_below.max(Some(span)),
            More::Require(scope) => add(&mut parts.require, scope),
            More::Forbid(pattern) => add(&mut parts.forbid, pattern),
            More::Permission(name, level) => {
                parts.permissions.entry(name).or_insert(level);
            }
            More::AllowPermissions(levels) => {
                parts.allowed_permissions = parts.allowed_permissions.or(Some(levels));
            }
            More::Repository(name, access) => {
                parts.repositories.entry(name).or_insert(access);
            }
            More::Deny => parts.levels.retain(|_, level| *level == "deny"),
            More::NoWaiver(rule) => {
                parts.waivers.remove(rule);
            }
            More::NoWaivers => parts.waivers.clear(),
        }
        parts
    }

    /// What the gate says, as far as `keeps` has it.
    pub(super) fn without(self, keeps: &[bool]) -> Self {
        let none = Self::default();
        let from = |index: usize| if keeps[index] { &self } else { &none };
        Self {
            kinds: from(0).kinds.clone(),
            owners: from(1).owners.clone(),
            required: from(2).required,
            at_least: from(2).at_least,
            at_most: from(3).at_most,
            warn_below: from(3).warn_below,
            require: from(4).require.clone(),
            allow: from(5).allow.clone(),
            forbid: from(4).forbid.clone(),
            permissions: from(6).permissions.clone(),
            allowed_permissions: from(7).allowed_permissions.clone(),
            repositories: from(8).repositories.clone(),
            events: from(9).events.clone(),
            refs: from(9).refs.clone(),
            actors: from(10).actors.clone(),
            workflows: from(10).workflows.clone(),
            runners: from(9).runners.clone(),
            forks: from(11).forks,
            ttl: from(10).ttl,
            formats: from(11).formats.clone(),
            levels: from(8).levels.clone(),
            waivers: from(11).waivers.clone(),
        }
    }

    /// The gate, with `defaults` where it says nothing: maps key by key, all else whole.
    pub(super) fn or(self, defaults: Self) -> Self {
        let join = |own: Map, other: Map| other.into_iter().chain(own).collect();
        let words = |own: Words, other: Words| if own.is_empty() { other } else { own };
        Self {
            kinds: self.kinds.or(defaults.kinds),
            owners: self.owners.or(defaults.owners),
            required: self.required.or(defaults.required),
            at_least: self.at_least.or(defaults.at_least),
            at_most: self.at_most.or(defaults.at_most),
            warn_below: self.warn_below.or(defaults.warn_below),
            require: words(self.require, defaults.require),
            allow: self.allow.or(defaults.allow),
            forbid: words(self.forbid, defaults.forbid),
            permissions: join(self.permissions, defaults.permissions),
            allowed_permissions: self.allowed_permissions.or(defaults.allowed_permissions),
            repositories: join(self.repositories, defaults.repositories),
            events: self.events.or(defaults.events),
            refs: self.refs.or(defaults.refs),
            actors: self.actors.or(defaults.actors),
            workflows: self.workflows.or(defaults.workflows),
            runners: self.runners.or(defaults.runners),
            forks: self.forks.or(defaults.forks),
            ttl: self.ttl.or(defaults.ttl),
            formats: self.formats.or(defaults.formats),
            levels: join(self.levels, defaults.levels),
            waivers: if self.waivers.is_empty() {
                defaults.waivers
            } else {
                self.waivers
            },
        }
    }

    pub(super) fn parse(&self) -> Result<Policy, PolicyError> {
        self.read("policy")?.gate("default")
    }

    /// The policy, by another name of its file.
    pub(super) fn read(&self, name: &str) -> Result<Document, PolicyError> {
        Document::parse(&self.to_string(), name)
    }

    /// In seconds.
    pub(super) fn ttl(&self) -> i64 {
        self.ttl.unwrap_or(3600)
    }

    pub(super) fn speaks_of_an_end(&self) -> bool {
        self.required == Some(true)
            || self.at_least.is_some()
            || self.at_most.is_some()
            || self.warn_below.is_some()
    }

    pub(super) fn wants_scopes(&self) -> bool {
        !self.require.is_empty() || self.allow.is_some() || !self.forbid.is_empty()
    }

    pub(super) fn asks_about_the_run(&self) -> bool {
        let lists = [
            &self.events,
            &self.refs,
            &self.actors,
            &self.workflows,
            &self.runners,
        ];
        lists.iter().any(|list| list.is_some()) || self.forks == Some("deny")
    }

    /// The lines below the gate's name.
    fn lines(&self) -> String {
        let list = |words: &Words| format!("[{}]", words.join(", "));
        let some = |words: &Words| (!words.is_empty()).then(|| list(words));
        let map = |map: &Map| (!map.is_empty()).then(|| flow(map));
        let span = |seconds: &Option<i64>| seconds.map(|seconds| format!("{seconds}s"));
        let lists = |words: &Option<Words>| words.as_ref().map(list);
        let sections = [
            section(
                "expiry",
                [
                    (
                        "required",
                        self.required.map(|required| required.to_string()),
                    ),
                    ("at-least", span(&self.at_least)),
                    ("at-most", span(&self.at_most)),
                    ("warn-below", span(&self.warn_below)),
                ],
            ),
            section(
                "scopes",
                [
                    ("require", some(&self.require)),
                    ("allow", lists(&self.allow)),
                    ("forbid", some(&self.forbid)),
                ],
            ),
            section(
                "permissions",
                [
                    ("require", map(&self.permissions)),
                    ("allow", self.allowed_permissions.as_ref().map(flow)),
                ],
            ),
            section(
                "run",
                [
                    ("events", lists(&self.events)),
                    ("refs", lists(&self.refs)),
                    ("actors", lists(&self.actors)),
                    ("workflows", lists(&self.workflows)),
                    ("runners", lists(&self.runners)),
                    ("forks", self.forks.map(str::to_owned)),
                ],
            ),
            section(
                "lease",
                [("ttl", span(&self.ttl)), ("format", lists(&self.formats))],
            ),
            section("repositories", self.repositories.iter().map(owned)),
            section("levels", self.levels.iter().map(owned)),
        ];
        let waivers = self.waivers.iter().map(|(rule, until)| {
            format!("      - {{ rule: {rule}, until: {until}, reason: 'OPS-123: a bot' }}\n")
        });
        let waivers: String = waivers.collect();
        let head = [("kinds", &self.kinds), ("owners", &self.owners)];
        let head = head.into_iter().filter_map(|(name, words)| {
            let words = words.as_ref()?;
            Some(format!("    {name}: {}\n", list(words)))
        });
        let waive = if waivers.is_empty() {
            ""
        } else {
            "    waive:\n"
        };
        format!(
            "{}{}{waive}{waivers}",
            head.collect::<String>(),
            sections.concat()
        )
    }
}

/// A longer list would loosen: what is there stays, as far as `words` has it too.
fn shorten(list: &mut Option<Words>, words: Words) {
    let Some(list) = list else {
        *list = Some(words);
        return;
    };
    if list.iter().any(|word| words.contains(word)) {
        list.retain(|word| words.contains(word));
    }
}

fn add(list: &mut Words, word: &'static str) {
    if !list.contains(&word) {
        list.push(word);
    }
}

fn owned<'m>((key, value): (&&'m str, &&str)) -> (&'m str, Option<String>) {
    (key, Some((*value).to_owned()))
}

/// A field of fields, if any of them is there.
fn section<'n>(name: &str, fields: impl IntoIterator<Item = (&'n str, Option<String>)>) -> String {
    let lines = fields
        .into_iter()
        .filter_map(|(name, value)| Some(format!("      {name}: {}\n", value?)));
    let lines: String = lines.collect();
    if lines.is_empty() {
        return lines;
    }
    format!("    {name}:\n{lines}")
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&with_defaults(None, &[("default", self)]))
    }
}

/// A policy with these gates.
pub(super) fn with_defaults(defaults: Option<&Parts>, gates: &[(&str, &Parts)]) -> String {
    let lines = |parts: &Parts| {
        let lines = parts.lines();
        if lines.is_empty() {
            " {}\n".to_owned()
        } else {
            format!("\n{lines}")
        }
    };
    let defaults = defaults.map(|parts| format!("defaults:{}", lines(parts)));
    let gates = gates
        .iter()
        .map(|(name, parts)| format!("  {name}:{}", lines(parts)));
    format!(
        "version: 1\n{}gates:\n{}",
        defaults.unwrap_or_default(),
        gates.collect::<String>()
    )
}

/// A map on one line.
fn flow(map: &Map) -> String {
    let pairs: Vec<_> = map
        .iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}

/// The text of a policy, over all of the language.
pub(crate) fn document() -> impl Strategy<Value = String> {
    let extends = option::of(Just("extends: acme/.github/patgate.yml@v3\n"));
    (option::of(parts()), parts(), option::of(parts()), extends)
        .prop_map(|(defaults, one, other, extends)| {
            let mut gates = vec![("default", &one)];
            gates.extend(other.as_ref().map(|other| ("other", other)));
            let text = with_defaults(defaults.as_ref(), &gates);
            format!("{text}{}", extends.unwrap_or_default())
        })
        .prop_filter("defaults and a gate may not go together", |text| {
            Document::parse(text, "policy").is_ok()
        })
}

pub(super) fn parts() -> impl Strategy<Value = Parts> {
    (demands().boxed(), surroundings().boxed())
        .prop_map(|(demands, surroundings)| demands.or(surroundings))
        .prop_filter("no token can be what this policy wants", |parts| {
            parts.parse().is_ok()
        })
        // Else a tree of choices fills a thread's stack.
        .boxed()
}

/// What is demanded of the token.
fn demands() -> impl Strategy<Value = Parts> {
    let half = || option::of(any::<bool>());
    let who = (option::of(kinds()), option::of(owners()), half());
    let spans = (option::of(least()), option::of(most()), option::of(least()));
    let scopes = (
        subsequence(SCOPES.to_vec(), 0..2),
        option::of(scopes()),
        subsequence(PATTERNS.to_vec(), 0..2),
    );
    let permissions = (levels_of(0..2), option::of(levels_of(0..5)));
    (who, spans, scopes, permissions).prop_map(|(who, spans, scopes, permissions)| {
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
            ..Parts::default()
        }
    })
}

/// What is said of the run, the lease, and the rules themselves.
fn surroundings() -> impl Strategy<Value = Parts> {
    let run = (
        option::of(some(&EVENTS)),
        option::of(some(&REFS)),
        option::of(some(&ACTORS)),
        option::of(some(&WORKFLOWS)),
        option::of(some(&RUNNERS)),
        option::of(select(vec!["allow", "deny"])),
    );
    let lease = (option::of(1i64..8000), option::of(some(&FORMATS)));
    let rules = |can: fn(&RuleName) -> bool| {
        let rules = RuleName::ALL.iter().filter(|rule| can(rule));
        select(rules.map(|rule| rule.as_str()).collect::<Vec<_>>())
    };
    // A waiver that is used or renewed falls silent itself: those rules judge the policy.
    let lowered = rules(|rule| !rule.is_fixed() && !rule.as_str().starts_with("waiver/"));
    let levels = btree_map(lowered, select(vec!["warn", "deny"]), 0..20);
    let days = select(vec!["2026-08-31", "2026-09-01", "2027-01-31"]);
    let waivers = btree_map(rules(|rule| rule.can_be_waived()), days, 0..4);
    let repositories = btree_map(repository(), select(ACCESSES.to_vec()), 0..4);
    (run, lease, levels, waivers, repositories).prop_map(
        |(run, lease, levels, waivers, repositories)| {
            let (events, refs, actors, workflows, runners, forks) = run;
            let (ttl, formats) = lease;
            Parts {
                repositories,
                events,
                refs,
                actors,
                workflows,
                runners,
                forks,
                ttl,
                formats,
                levels,
                waivers,
                ..Parts::default()
            }
        },
    )
}

pub(super) fn more() -> impl Strategy<Value = More> {
    let rules = RuleName::ALL.iter().filter(|rule| rule.can_be_waived());
    let rules: Vec<_> = rules.map(|rule| rule.as_str()).collect();
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
        1 => (repository(), select(ACCESSES.to_vec()))
            .prop_map(|(name, access)| More::Repository(name, access)),
        1 => some(&EVENTS).prop_map(More::Events),
        1 => some(&REFS).prop_map(More::Refs),
        1 => some(&ACTORS).prop_map(More::Actors),
        1 => some(&WORKFLOWS).prop_map(More::Workflows),
        1 => some(&RUNNERS).prop_map(More::Runners),
        1 => Just(More::DenyForks),
        2 => Just(More::Deny),
        2 => select(rules).prop_map(More::NoWaiver),
        2 => Just(More::NoWaivers),
    ]
}

/// A gate of repositories and patterns alone.
pub(super) fn repositories() -> impl Strategy<Value = Parts> {
    btree_map(repository(), select(ACCESSES.to_vec()), 1..5)
        .prop_map(|repositories| Parts {
            repositories,
            ..Parts::default()
        })
        .prop_filter("a lease opens something", |parts| parts.parse().is_ok())
}

/// By name, or those that fit a pattern.
fn repository() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        select(REPOSITORIES.to_vec()),
        select(REPOSITORY_PATTERNS.to_vec())
    ]
}

fn some<const N: usize>(words: &[&'static str; N]) -> impl Strategy<Value = Words> + use<N> {
    subsequence(words.to_vec(), 1..=N)
}

fn levels_of(size: std::ops::Range<usize>) -> impl Strategy<Value = Map> {
    btree_map(select(PERMISSIONS.to_vec()), select(LEVELS.to_vec()), size)
}

fn kinds() -> impl Strategy<Value = Words> {
    subsequence(KINDS.to_vec(), 1..KINDS.len())
}

fn owners() -> impl Strategy<Value = Words> {
    subsequence(OWNERS.to_vec(), 1..OWNERS.len())
}

fn scopes() -> impl Strategy<Value = Words> {
    subsequence(SCOPES.to_vec(), 0..SCOPES.len())
}

fn least() -> impl Strategy<Value = i64> {
    1i64..9000
}

fn most() -> impl Strategy<Value = i64> {
    9000i64..20_000
}
