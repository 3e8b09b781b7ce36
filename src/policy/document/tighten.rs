//! A policy and the base that it tightens: together they demand what both demand, and where the
//! policy would loosen the base, that is an error with the lines of both.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::facts::{Access, Glob, PermissionLevel, RepositoryPattern, TokenKind};

use super::super::rule::{
    Allowed, AllowedScopes, Bounds, Kinds, Listed, Owners, Permissions, RuleName, RunRules, Scopes,
};
use super::super::{Level, Lifetime, Policy, Waiver};
use super::demand::Demand;
use super::gate::{
    ends_clash, look_at_whole, permissions_clash, pushes_need_contents, scopes_clash,
};
use super::problem::{Problem, Problems, Sort};
use super::source::{Location, Placed};
use super::word::{Forks, Format, Machine};

type Gates = BTreeMap<String, Policy>;

/// Both documents' gates, and the gates of their `defaults` alone.
pub(super) fn gates(
    (own, own_defaults): (Gates, Option<Policy>),
    (base, base_defaults): (Gates, Option<Policy>),
    problems: &mut Problems,
) -> (Gates, Option<Policy>) {
    let mut both = Gates::new();
    for (name, gate) in own {
        let tightened = if let Some(base) = base.get(&name).or(base_defaults.as_ref()) {
            let whole = tighten(gate, base, problems);
            look_at_whole(&whole, problems);
            whole
        } else {
            problems.push(no_such_gate(&name, &gate, &base));
            gate
        };
        both.insert(name, tightened);
    }
    for (name, gate) in &base {
        if !both.contains_key(name) {
            let gate = match own_defaults.clone() {
                Some(defaults) => {
                    let whole = tighten(defaults, gate, problems);
                    look_at_whole(&whole, problems);
                    whole
                }
                None => gate.clone(),
            };
            both.insert(name.clone(), gate);
        }
    }
    let defaults = match (own_defaults, base_defaults) {
        // What it loosens has been told of the gates.
        (Some(own), Some(base)) => Some(tighten(own, &base, &mut Problems::default())),
        (_, base) => base,
    };
    (both, defaults)
}

/// A gate that nothing bounds would let through whatever the base does not.
fn no_such_gate(name: &str, gate: &Policy, base: &Gates) -> Problem {
    let message = format!("the base has no gate `{name}`, and no `defaults` that would bound one");
    let names: Vec<_> = base.keys().map(|name| format!("`{name}`")).collect();
    let problem = Problem::new(Sort::Meaning, &gate.at, message).help(format!(
        "name one of the base's gates: {}",
        names.join(", ")
    ));
    match base.values().next() {
        Some(first) => problem.also(&first.at, "the base's first gate"),
        None => problem,
    }
}

/// The gate that demands what `own` demands and what `base` demands.
fn tighten(own: Policy, base: &Policy, problems: &mut Problems) -> Policy {
    lowered(&own, base, problems);
    let Policy {
        at,
        kinds,
        owners,
        expiry,
        scopes,
        permissions,
        repositories,
        run,
        ttl,
        formats,
        leaks,
        levels,
        waivers,
        movable: _,
    } = own;
    let policy = Policy {
        at,
        kinds: both(kinds, base.kinds.as_ref(), |own, base| {
            self::kinds(own, base, problems)
        }),
        owners: both(owners, base.owners.as_ref(), |own, base| {
            self::owners(own, base, problems)
        }),
        expiry: self::expiry(expiry, &base.expiry, problems),
        scopes: both(scopes, base.scopes.as_ref(), |own, base| {
            self::scopes(own, base, problems)
        }),
        permissions: self::permissions(permissions, &base.permissions, problems),
        repositories: self::repositories(repositories, base, problems),
        run: self::run(run, &base.run, problems),
        ttl: self::ttl(ttl, base, problems),
        formats: self::formats(formats, base, problems),
        leaks: self::leaks(leaks, base, problems),
        levels: self::levels(levels, &base.levels),
        waivers: self::waivers(waivers, &base.waivers),
        movable: Vec::new(),
    };
    if let Some(scopes) = &policy.scopes {
        scopes_clash(scopes, problems);
    }
    permissions_clash(&policy.permissions, problems);
    pushes_need_contents(&policy, problems);
    ends_clash(&policy.expiry, problems);
    policy
}

fn both<T: Clone>(own: Option<T>, base: Option<&T>, both: impl FnOnce(T, &T) -> T) -> Option<T> {
    match (own, base) {
        (Some(own), Some(base)) => Some(both(own, base)),
        (own, base) => own.or(base.cloned()),
    }
}

fn loosens(problems: &mut Problems, own: &Location, message: String, base: &Location) {
    problems.push(
        Problem::new(Sort::Meaning, own, message)
            .label("this would loosen the base")
            .also(base, "the base has this")
            .help("a policy only tightens what it extends; take it out, or change the base"),
    );
}

fn kinds(own: Kinds, base: &Kinds, problems: &mut Problems) -> Kinds {
    let is_allowed = |kind: &TokenKind| base.allowed.iter().any(|base| base.value == *kind);
    for kind in own.allowed.iter().filter(|kind| !is_allowed(&kind.value)) {
        let message = format!("the base does not allow the kind `{}`", kind.value.word());
        loosens(problems, &kind.at, message, &base.at);
    }
    own
}

fn owners(own: Owners, base: &Owners, problems: &mut Problems) -> Owners {
    for owner in &own.allowed {
        if !base
            .allowed
            .iter()
            .any(|base| base.value.covers(&owner.value))
        {
            let message = format!("the base does not allow the owner `{}`", owner.value);
            loosens(problems, &owner.at, message, &base.at);
        }
    }
    own
}

fn expiry(own: Bounds, base: &Bounds, problems: &mut Problems) -> Bounds {
    let required = both(own.required, base.required.as_ref(), |own, base| {
        if base.value && !own.value {
            let message = "the base requires an expiry".to_owned();
            loosens(problems, &own.at, message, &base.at);
        }
        own
    });
    let mut bound =
        |name, own, base: &Option<_>, loose| bound(own, base.as_ref(), (name, loose), problems);
    Bounds {
        required,
        at_least: bound("at-least", own.at_least, &base.at_least, Ordering::Less),
        at_most: bound("at-most", own.at_most, &base.at_most, Ordering::Greater),
        warn_below: bound(
            "warn-below",
            own.warn_below,
            &base.warn_below,
            Ordering::Less,
        ),
    }
}

/// A bound of time: the policy's, or the base's. A policy may not stand at `loose` to its base.
fn bound(
    own: Option<Placed<Lifetime>>,
    base: Option<&Placed<Lifetime>>,
    (name, loose): (&str, Ordering),
    problems: &mut Problems,
) -> Option<Placed<Lifetime>> {
    both(own, base, |own, base| {
        if own.value.duration().cmp(&base.value.duration()) == loose {
            let word = if loose == Ordering::Less {
                "less"
            } else {
                "more"
            };
            let message = format!(
                "`{name}` is `{}`, {word} than the base's `{}`",
                own.value, base.value
            );
            loosens(problems, &own.at, message, &base.at);
        }
        own
    })
}

fn scopes(own: Scopes, base: &Scopes, problems: &mut Problems) -> Scopes {
    Scopes {
        require: joined(own.require, &base.require, String::as_str),
        allow: both(own.allow, base.allow.as_ref(), |own, base| {
            allowed_scopes(own, base, problems)
        }),
        forbid: joined(own.forbid, &base.forbid, Glob::as_str),
        at: own.at,
    }
}

fn allowed_scopes(
    own: AllowedScopes,
    base: &AllowedScopes,
    problems: &mut Problems,
) -> AllowedScopes {
    for glob in own.globs.iter().filter(|glob| !base.covers(&glob.value)) {
        let message = format!("the base does not allow the scope `{}`", glob.value);
        loosens(problems, &glob.at, message, &base.at);
    }
    own
}

/// Demands that add up: the policy's, and those of the base that it has not.
fn joined<T: Clone>(
    own: Vec<Placed<T>>,
    base: &[Placed<T>],
    key: impl Fn(&T) -> &str,
) -> Vec<Placed<T>> {
    let mut all = own;
    for base in base {
        if !all.iter().any(|own| key(&own.value) == key(&base.value)) {
            all.push(base.clone());
        }
    }
    all
}

fn permissions(own: Permissions, base: &Permissions, problems: &mut Problems) -> Permissions {
    let mut require = own.require;
    for (name, wanted) in &base.require {
        match require.get(name) {
            Some(own) if own.value < wanted.value => {
                let message = format!("the base requires `{name}: {}`", wanted.value);
                loosens(problems, &own.at, message, &wanted.at);
            }
            Some(_) => {}
            None => {
                require.insert(name.clone(), wanted.clone());
            }
        }
    }
    Permissions {
        require,
        allow: both(own.allow, base.allow.as_ref(), |own, base| {
            allowed(own, base, problems)
        }),
    }
}

fn allowed(own: Allowed, base: &Allowed, problems: &mut Problems) -> Allowed {
    for (name, level) in &own.levels {
        let most = base.level(name);
        if level.value > most {
            let message = match most {
                PermissionLevel::None => format!("the base does not allow the permission `{name}`"),
                most => format!("the base allows `{name}: {most}`"),
            };
            loosens(problems, &level.at, message, base.place(name));
        }
    }
    own
}

type Repositories = BTreeMap<RepositoryPattern, Placed<Access>>;

/// What the base shuts stays shut; what the policy opens, the base must open. A policy that names
/// a reach of its own has that in place of the base's.
fn repositories(own: Repositories, base: &Policy, problems: &mut Problems) -> Repositories {
    let has_reach = base.reach().is_some();
    for (pattern, access) in own.iter().filter(|(_, access)| access.value > Access::None) {
        for wanted in loosened((pattern, access.value), &own, base) {
            let message = match wanted.value {
                Access::None => format!("the base has `none` for what `{pattern}` opens"),
                wanted => format!("the base has `{wanted}` for what `{pattern}` opens"),
            };
            loosens(problems, &access.at, message, &wanted.at);
        }
        let is_covered = base
            .repositories
            .iter()
            .any(|(wide, wanted)| wanted.value > Access::None && wide.covers(pattern));
        if has_reach
            && !is_covered
            && let Some((_, first)) = base
                .repositories
                .iter()
                .find(|(_, wanted)| wanted.value > Access::None)
        {
            let message = format!("the base does not open `{pattern}`");
            loosens(problems, &access.at, message, &first.at);
        }
    }
    let names_reach = own.values().any(|access| access.value > Access::None);
    let mut all = own;
    for (pattern, wanted) in &base.repositories {
        let stays = wanted.value == Access::None || !names_reach;
        if stays && !all.contains_key(pattern) {
            all.insert(pattern.clone(), wanted.clone());
        }
    }
    all
}

/// The entries of the base that are less than what `pattern` would open.
fn loosened<'b>(
    (pattern, access): (&RepositoryPattern, Access),
    own: &Repositories,
    base: &'b Policy,
) -> Vec<&'b Placed<Access>> {
    if let Some(name) = pattern.name() {
        let entry = base.entry(&name).map(|(_, wanted)| wanted);
        return entry
            .into_iter()
            .filter(|wanted| wanted.value < access)
            .collect();
    }
    // The base's closest word on all that fits the pattern, and what is as close and says less of
    // some of it. That holds on beside the pattern where the policy has it too, and no closer.
    let wide = base
        .repositories
        .iter()
        .filter(|(wide, _)| wide.covers(pattern))
        .max_by_key(|(wide, wanted)| (wide.closeness(), std::cmp::Reverse(wanted.value)));
    let least = wide.map_or(0, |(wide, _)| wide.closeness());
    let holds_on = |narrow: &RepositoryPattern, wanted: Access| {
        let said = own.get(narrow).map_or(Access::None, |own| own.value);
        let is_said = own.contains_key(narrow) || wanted == Access::None;
        is_said && said <= wanted && narrow.closeness() >= pattern.closeness()
    };
    let lesser = base.repositories.iter().filter(|(narrow, wanted)| {
        wanted.value < access
            && narrow.closeness() >= least
            && narrow.meets(pattern)
            && !holds_on(narrow, wanted.value)
    });
    lesser.map(|(_, wanted)| wanted).collect()
}

fn run(own: RunRules, base: &RunRules, problems: &mut Problems) -> RunRules {
    let covers = |wide: &Glob, narrow: &Glob| covers_to_the_letter(wide, narrow);
    RunRules {
        events: listed(
            own.events,
            base.events.as_ref(),
            |a: &String, b| a == b,
            |event| format!("the event `{event}`"),
            problems,
        ),
        refs: listed(
            own.refs,
            base.refs.as_ref(),
            covers,
            |glob| format!("the ref `{glob}`"),
            problems,
        ),
        actors: listed(
            own.actors,
            base.actors.as_ref(),
            Glob::covers,
            |glob| format!("the actor `{glob}`"),
            problems,
        ),
        workflows: listed(
            own.workflows,
            base.workflows.as_ref(),
            covers,
            |glob| format!("the workflow `{glob}`"),
            problems,
        ),
        runners: listed(
            own.runners,
            base.runners.as_ref(),
            |a: &Machine, b| a == b,
            |machine| format!("`{}` runners", machine.word()),
            problems,
        ),
        forks: both(own.forks, base.forks.as_ref(), |own, base| {
            if base.value == Forks::Deny && own.value == Forks::Allow {
                loosens(
                    problems,
                    &own.at,
                    "the base denies forks".to_owned(),
                    &base.at,
                );
            }
            own
        }),
    }
}

fn covers_to_the_letter(wide: &Glob, narrow: &Glob) -> bool {
    wide.fits_to_the_letter(narrow.as_str())
}

fn listed<T: Clone>(
    own: Option<Listed<T>>,
    base: Option<&Listed<T>>,
    covers: impl Fn(&T, &T) -> bool,
    say: impl Fn(&T) -> String,
    problems: &mut Problems,
) -> Option<Listed<T>> {
    both(own, base, |own, base| {
        for word in &own.allowed {
            if !base
                .allowed
                .iter()
                .any(|base| covers(&base.value, &word.value))
            {
                let message = format!("the base does not allow {}", say(&word.value));
                loosens(problems, &word.at, message, &base.at);
            }
        }
        own
    })
}

/// A base that says nothing of it gives a lease of an hour, and not more.
fn ttl(
    own: Option<Placed<Lifetime>>,
    base: &Policy,
    problems: &mut Problems,
) -> Option<Placed<Lifetime>> {
    let unsaid = Placed {
        value: base.ttl(),
        at: base.at.clone(),
    };
    match own {
        Some(own) => bound(
            Some(own),
            base.ttl.as_ref().or(Some(&unsaid)),
            ("ttl", Ordering::Greater),
            problems,
        ),
        None => base.ttl.clone(),
    }
}

/// A base that says nothing of it gives leases for git alone.
fn formats(
    own: Option<Placed<Vec<Format>>>,
    base: &Policy,
    problems: &mut Problems,
) -> Option<Placed<Vec<Format>>> {
    let Some(own) = own else {
        return base.formats.clone();
    };
    let place = base
        .formats
        .as_ref()
        .map_or(&base.at, |formats| &formats.at);
    let loose = own.value.iter().map(|format| format.word());
    for word in loose.filter(|word| base.permit_form(word).is_err()) {
        let message = format!("the base does not allow the format `{word}`");
        loosens(problems, &own.at, message, place);
    }
    Some(own)
}

fn leaks(
    own: Option<Placed<Level>>,
    base: &Policy,
    problems: &mut Problems,
) -> Option<Placed<Level>> {
    let own = own.or_else(|| base.leaks.clone())?;
    if let Some(base) = base.leaks.as_ref().filter(|base| own.value < base.value) {
        let message = "`leaks` is `warn`, where the base has `deny`".to_owned();
        loosens(problems, &own.at, message, &base.at);
    }
    Some(own)
}

type Levels = BTreeMap<RuleName, Placed<Level>>;

fn levels(own: Levels, base: &Levels) -> Levels {
    let mut all = base.clone();
    all.extend(own);
    all
}

fn waivers(own: Vec<Waiver>, base: &[Waiver]) -> Vec<Waiver> {
    let mut all = own;
    for base in base {
        if !all.iter().any(|own| own.rule == base.rule) {
            all.push(base.clone());
        }
    }
    all
}

/// A rule that the base demands keeps its level: neither `levels` nor a waiver lowers it.
fn lowered(own: &Policy, base: &Policy, problems: &mut Problems) {
    for (rule, level) in &own.levels {
        let before = base.level(*rule);
        if level.value < before
            && let Some(demand) = demanded(base, *rule)
        {
            let message = format!("the base has the level `{}` for `{rule}`", before.word());
            let place = base.levels.get(rule).map_or(demand, |level| &level.at);
            loosens(problems, &level.at, message, place);
        }
    }
    for waiver in &own.waivers {
        let rule = waiver.rule;
        let before = base.waivers.iter().find(|base| base.rule == rule);
        let is_longer = before.is_none_or(|before| waiver.until > before.until);
        if is_longer
            && base.level(rule) == Level::Deny
            && let Some(demand) = demanded(base, rule)
        {
            let (message, place) = match before {
                Some(before) => (
                    format!(
                        "the base waives `{rule}` until {}, and not until {}",
                        before.until, waiver.until
                    ),
                    &before.at,
                ),
                None => (
                    format!("the base demands `{rule}`, and waives it not"),
                    demand,
                ),
            };
            loosens(problems, &waiver.at, message, place);
        }
    }
}

/// Where the base demands a rule. What every gate demands, its own gate does.
fn demanded(base: &Policy, rule: RuleName) -> Option<&Location> {
    match base.demands(rule) {
        Demand::Always => Some(&base.at),
        Demand::Here(at) => Some(at),
        Demand::Nowhere => None,
    }
}
