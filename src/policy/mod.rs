//! Judges facts. No network, no files, no clock: the same facts always get the same verdict.

mod document;
mod known;
mod lifetime;
pub mod link;
mod narrow;
mod nearest;
mod reference;
mod rule;
mod surplus;
mod verdict;
mod waiver;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::facts::{
    Access, Expiry, PermissionLevel, Reach, RepositoryName, RepositoryPattern, RunFacts, TokenFacts,
};

pub use document::{Document, Home, Location, Placed, PolicyError, Problem, Sort, Source, schema};
pub use lifetime::Lifetime;
pub use narrow::NarrowError;
pub use reference::Reference;
pub use rule::RuleName;
pub use surplus::{Grade, Item, Surplus};
pub use verdict::{Clearance, Finding, Level, Verdict};
pub use waiver::Waiver;

use document::Format;
use rule::{Bounds, Complaint, Kinds, Levels, Owners, Permissions, RunRules, Scopes};

/// One gate of a policy: what it demands of a token, and the lease it gives for that. Parsed,
/// so always meaningful.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Where the gate begins.
    at: Location,
    kinds: Option<Kinds>,
    owners: Option<Owners>,
    expiry: Bounds,
    scopes: Option<Scopes>,
    permissions: Permissions,
    repositories: Repositories,
    run: RunRules,
    ttl: Option<Placed<Lifetime>>,
    formats: Option<Placed<Vec<Format>>>,
    leaks: Option<Placed<Level>>,
    levels: BTreeMap<RuleName, Placed<Level>>,
    waivers: Vec<Waiver>,
    /// The files it comes from that are named by a branch or a tag, and where they are so named.
    movable: Vec<(Reference, Option<Location>)>,
}

type Repositories = BTreeMap<RepositoryPattern, Placed<Access>>;

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

/// The policy of a repository that has none: deny what cannot serve, warn of what a policy would
/// forbid.
const BASELINE: &str = "\
version: 1
gates:
  default:
    expiry: { required: true, at-least: 10m, warn-below: 14d }
    scopes: { forbid: [\"admin:*\", \"delete:packages\", delete_repo, site_admin] }
    lease: { ttl: 1h }
    levels:
      expiry/required: warn
      expiry/unknown: warn
      scopes/forbidden: warn
      scopes/unknown: warn
";

impl Policy {
    /// The policy of a repository that has none: deny what cannot serve, warn of what a policy
    /// would forbid.
    ///
    /// # Panics
    ///
    /// Never: a test reads it.
    pub fn baseline() -> Self {
        Document::builtin(BASELINE)
            .and_then(|document| document.gate("default"))
            .expect("a test reads the baseline")
    }

    /// The text of [`Self::baseline`].
    pub fn baseline_text() -> &'static str {
        BASELINE
    }

    /// The same policy, whose files are named by these branches and tags, each in this place of
    /// what extends it.
    #[must_use]
    pub fn from_movable(mut self, references: Vec<(Reference, Option<Location>)>) -> Self {
        self.movable = references;
        self
    }

    /// The repositories and patterns that the gate names, and what it wants of each.
    pub fn repositories(&self) -> impl Iterator<Item = (&RepositoryPattern, Access)> {
        self.repositories
            .iter()
            .map(|(name, access)| (name, access.value))
    }

    /// The repositories that the gate names one by one, and what it wants of each.
    pub fn named_repositories(&self) -> impl Iterator<Item = (RepositoryName, Access)> {
        self.repositories()
            .filter_map(|(pattern, access)| Some((pattern.name()?, access)))
    }

    /// The permissions that the gate names, each once.
    pub fn permissions(&self) -> Vec<&str> {
        let mut names: Vec<_> = self.permissions.names().collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether the gate asks about the run.
    pub fn asks_about_the_run(&self) -> bool {
        self.run.demanded().is_some()
    }

    /// How long a lease lives at most.
    pub fn ttl(&self) -> Lifetime {
        let ttl = self.ttl.as_ref().map(|ttl| ttl.value.clone());
        ttl.unwrap_or_else(Lifetime::default_ttl)
    }

    /// What it means that the token is found in the job's directories after the job.
    pub fn leaks(&self) -> Level {
        self.leaks.as_ref().map_or(Level::Warn, |leaks| leaks.value)
    }

    /// What the gate requires, and what its reach needs beside.
    fn needed_permissions(&self) -> Levels {
        let mut needed = self.required_permissions();
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

    fn required_permissions(&self) -> Levels {
        let required = self.permissions.require.iter();
        required
            .map(|(name, level)| (name.clone(), level.value))
            .collect()
    }

    /// How much of a permission is allowed, if the gate says so.
    fn allowed_permission(&self, name: &str) -> Option<PermissionLevel> {
        self.permissions.allowed(name)
    }

    fn required_scopes(&self) -> Vec<&str> {
        let scopes = self.scopes.iter().flat_map(|scopes| &scopes.require);
        scopes.map(|scope| scope.value.as_str()).collect()
    }

    /// Holds `facts` against every rule.
    pub fn judge(&self, facts: &TokenFacts, run: &Run<'_>, now: Timestamp) -> Verdict {
        // GitHub judges an expiry by its own clock, and so do the rules.
        let moment = later(now, facts.clock_ahead);
        let standing = rule::standing(facts);
        let is_judged = standing.is_none();
        let complaints = match standing {
            // Of a token that GitHub does not take, nothing else is known.
            Some(complaint) => vec![complaint],
            None => self.complaints(facts, run, moment),
        };
        let gravity = |rule| self.gravity(rule, moment);
        let mut findings: Vec<_> = complaints
            .into_iter()
            .map(|complaint| complaint.finding(gravity))
            .collect();
        let of_waivers: Vec<_> = self
            .waivers
            .iter()
            // Where no rule was held against it, no waiver could be of use.
            .filter(|waiver| is_judged || !waiver.holds(moment))
            .filter_map(|waiver| waiver.complaint(&findings, moment))
            .collect();
        findings.extend(
            of_waivers
                .into_iter()
                .map(|complaint| complaint.finding(gravity)),
        );
        let clearance = Clearance::new(self.end(facts, now), self.reach());
        Verdict::new(findings, clearance, run.audit)
    }

    fn complaints(&self, facts: &TokenFacts, run: &Run<'_>, moment: Timestamp) -> Vec<Complaint> {
        let movable = self.movable.iter().map(|(reference, at)| {
            let complaint = reference::can_move(reference);
            at.iter().fold(complaint, Complaint::at)
        });
        let of_run = run.facts.map(|run| self.run.check(run));
        rule::always(facts, moment)
            .chain(movable)
            .chain(of_run.into_iter().flatten())
            .chain(self.kinds.as_ref().and_then(|kinds| kinds.check(facts)))
            .chain(self.owners.as_ref().and_then(|owners| owners.check(facts)))
            .chain(self.expiry.check(facts, moment))
            .chain(self.scopes.iter().flat_map(|scopes| scopes.check(facts)))
            .chain(self.permissions.check(facts))
            .chain(rule::repositories(&self.repositories, facts))
            .collect()
    }

    /// How grave a rule's findings are, and the waiver that sets it aside.
    fn gravity(&self, rule: RuleName, moment: Timestamp) -> (Level, Option<&Waiver>) {
        let waiver = self
            .waivers
            .iter()
            .find(|waiver| waiver.rule == rule && waiver.holds(moment));
        let level = match waiver {
            Some(_) => Level::Warn,
            None => self.level(rule),
        };
        (level, waiver)
    }

    fn level(&self, rule: RuleName) -> Level {
        let level = self.levels.get(&rule).map(|level| level.value);
        level.unwrap_or(rule.level())
    }

    /// The last instant of a lease, by this machine's clock.
    fn end(&self, facts: &TokenFacts, now: Timestamp) -> Timestamp {
        let deadline = later(now, self.ttl().duration());
        match facts.expiry {
            Expiry::At(end) | Expiry::Within(end) => {
                deadline.min(later(end, -facts.clock_ahead - MARGIN))
            }
            Expiry::Never | Expiry::Unknown(_) => deadline,
        }
    }

    /// The repositories that a lease opens; `None` is the whole origin.
    pub fn reach(&self) -> Option<Reach> {
        let patterns = |wanted: fn(Access) -> bool| -> Vec<_> {
            let fitting = self.repositories().filter(|(_, access)| wanted(*access));
            fitting.map(|(pattern, _)| pattern.clone()).collect()
        };
        let open = patterns(|access| access > Access::None);
        let mut shut = patterns(|access| access == Access::None);
        // What no pattern fits is shut by itself.
        shut.retain(|shut| {
            let mut patterns = open.iter().filter(|open| open.name().is_none());
            patterns.any(|open| open.owner().eq_ignore_ascii_case(shut.owner()))
        });
        (!open.is_empty()).then_some(Reach { open, shut })
    }
}

/// What is said of a repository: the closest of what fits it, and of two that are as close the
/// lesser.
fn closest<'r>(
    repositories: &'r Repositories,
    name: &RepositoryName,
) -> Option<(&'r RepositoryPattern, &'r Placed<Access>)> {
    let fitting = repositories
        .iter()
        .filter(|(pattern, _)| pattern.fits(name));
    fitting.max_by_key(|(pattern, access)| (pattern.closeness(), std::cmp::Reverse(access.value)))
}

/// `instant` moved by `duration`, as far as the calendar goes.
fn later(instant: Timestamp, duration: SignedDuration) -> Timestamp {
    instant
        .saturating_add(duration)
        .expect("a signed duration has no calendar units")
}
