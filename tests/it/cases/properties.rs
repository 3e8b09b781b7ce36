//! What holds of every policy and of all facts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{
    Answer, Cause, Doubt, Expiry, Fact, Grant, PermissionLevel, Permissions, Reach, Refusal,
    RepositoryFacts, RepositoryName, RunFacts, Standing, TokenFacts, TokenKind, Why,
};
use patgate::policy::{Document, Level, Policy, PolicyError, Problem, RuleName, Run, Verdict};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::NOW;
use super::form::instant;
use super::parts::{
    KINDS, Map, PERMISSIONS, Parts, REPOSITORIES, SCOPES, Words, more, parts, repositories,
    with_defaults,
};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// And no subject that denied falls silent, so that one denial is never traded for another.
    #[test]
    fn one_rule_more_never_turns_deny_into_allow(
        parts in parts(),
        more in vec(more(), 1..4),
        facts in facts(),
        run in run(),
    ) {
        let stricter = more.into_iter().fold(parts.clone(), |parts, more| parts.with(more));
        // Not every rule goes with every other; then there is no policy to judge by.
        if let Ok(after) = stricter.parse() {
            let before = judge(&parts.parse().unwrap(), &facts, run.as_ref());
            let after = judge(&after, &facts, run.as_ref());
            prop_assert!(denies(&after) || !denies(&before));
            let (before, after) = (denying_subjects(&before), denying_subjects(&after));
            prop_assert!(after.is_superset(&before), "{before:?} became {after:?}");
        }
    }

}

proptest! {
    /// What the base denies of a token or a run, the policy denies. Of the base's repositories a
    /// policy may name fewer; rules of waivers judge the policy itself.
    #[test]
    fn a_policy_that_tightens_a_base_never_allows_more(
        (own, base) in pair(),
        facts in facts(),
        run in run(),
    ) {
        if let Ok(tightened) = tighten(&own, &base) {
            let base = base.parse().unwrap();
            let denied = of_token(&judge(&base, &facts, run.as_ref()));
            let denies = of_token(&judge(&tightened, &facts, run.as_ref()));
            // By subject: of two complaints about one fault, the graver is told.
            prop_assert!(denies.is_superset(&denied), "{denied:?} became {denies:?}");
            let (until, _) = lease(&tightened, &facts);
            let (base_until, _) = lease(&base, &facts);
            prop_assert!(until <= base_until, "{until} {base_until}");
            prop_assert!(opens_no_more(&tightened, &base));
            for format in ["git", "netrc", "store"] {
                prop_assert!(base.permit_form(format).is_ok() || tightened.permit_form(format).is_err());
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Names and patterns alone, so that many lie within others, and many across.
    #[test]
    fn a_policy_that_tightens_a_base_never_opens_more(own in repositories(), base in repositories()) {
        if let Ok(tightened) = tighten(&own, &base) {
            prop_assert!(opens_no_more(&tightened, &base.parse().unwrap()), "{own}\n{base}");
        }
    }
}

proptest! {
    /// It demands what the policy demands by itself, but for what the base lowers or sets aside.
    #[test]
    fn a_base_takes_nothing_from_the_policy_that_tightens_it(
        (own, base) in pair(),
        facts in facts(),
        run in run(),
    ) {
        if let Ok(tightened) = tighten(&own, &base) {
            let before = judge(&own.parse().unwrap(), &facts, run.as_ref());
            let after = judge(&tightened, &facts, run.as_ref());
            let is_lowered = |rule: &str| base.levels.contains_key(rule) || base.waivers.contains_key(rule);
            let mut before = denying_rules(&before);
            before.retain(|rule| !is_lowered(rule.as_str()) && !rule.as_str().starts_with("waiver/"));
            prop_assert!(before.is_empty() || denies(&after), "{before:?}");
        }
    }

    #[test]
    fn a_policy_tightens_itself_and_stays_as_it_is(parts in parts(), facts in facts(), run in run()) {
        let policy = parts.parse().unwrap();
        let tightened = tighten(&parts, &parts);
        let tightened = tightened.map_err(|error| TestCaseError::fail(shown(&error)))?;
        prop_assert_eq!(told(&tightened, &facts, run.as_ref()), told(&policy, &facts, run.as_ref()));
    }

}

proptest! {
    // Each is some twenty policies.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_base_with_one_field_loosened_is_refused_with_the_lines_of_both(base in parts()) {
        for own in loosened(&base) {
            // What the policy says may not go together; then it is told of that first.
            if own.parse().is_err() {
                continue;
            }
            let error = tighten(&own, &base);
            prop_assert!(error.is_err(), "{own}\n{base}");
            let shown = shown(&error.unwrap_err());
            prop_assert!(shown.contains("--> policy.yml:") && shown.contains("--> base.yml:"), "{shown}");
            prop_assert!(shown.contains("this would loosen the base"), "{shown}");
        }
    }

}

proptest! {
    #[test]
    fn what_is_said_once_in_defaults_means_what_it_means_in_each_gate(
        defaults in parts(),
        gate in parts(),
        facts in facts(),
        run in run(),
    ) {
        let read = |text: &str, name: &str| Document::parse(text, "policy").and_then(|document| document.gate(name));
        let gates = [("default", &gate), ("other", &Parts::default())];
        let once = with_defaults(Some(&defaults), &gates);
        let whole = gate.clone().or(defaults.clone());
        let each = with_defaults(None, &[("default", &whole), ("other", &defaults)]);
        prop_assert_eq!(read(&once, "default").is_ok(), read(&each, "default").is_ok(), "{}\n{}", once, each);
        if read(&each, "default").is_ok() {
            for name in ["default", "other"] {
                let (once, each) = (read(&once, name).unwrap(), read(&each, name).unwrap());
                prop_assert_eq!(told(&once, &facts, run.as_ref()), told(&each, &facts, run.as_ref()));
            }
        }
    }
}

proptest! {
    #[test]
    fn an_input_never_lengthens_or_widens_a_lease(
        parts in parts(),
        facts in facts(),
        repositories in subsequence(REPOSITORIES.to_vec(), 0..REPOSITORIES.len()),
        access in select(vec!["", ": fetch", ": push"]),
        ttl in option::of(1i64..8000),
    ) {
        let policy = parts.parse().unwrap();
        let ttl = ttl.map(|seconds| format!("{seconds}s"));
        let lines: Vec<_> = repositories.iter().map(|name| format!("{name}{access}")).collect();
        if let Ok(narrowed) = policy.clone().narrow(&lines.join("\n"), ttl.as_deref()) {
            let (until, reach) = lease(&policy, &facts);
            let (narrowed_until, narrowed_reach) = lease(&narrowed, &facts);
            prop_assert!(narrowed_until <= until);
            prop_assert!(contains(reach.as_ref(), narrowed_reach.as_ref()));
        }
    }

    #[test]
    fn a_lease_never_outlives_its_token_or_its_policy(parts in parts(), facts in facts()) {
        let policy = parts.parse().unwrap();
        let (until, _) = lease(&policy, &facts);
        prop_assert!(until <= now() + SignedDuration::from_secs(parts.ttl()));
        if let Expiry::At(end) | Expiry::Within(end) = facts.expiry {
            prop_assert!(until + facts.clock_ahead < end);
        }
    }

    #[test]
    fn the_same_facts_get_the_same_verdict(parts in parts(), facts in facts(), run in run()) {
        let (policy, again) = (parts.parse().unwrap(), parts.parse().unwrap());
        let verdict = judge(&policy, &facts, run.as_ref());
        let other = judge(&again, &facts.clone(), run.clone().as_ref());
        prop_assert_eq!(format!("{verdict:?}"), format!("{other:?}"));
    }

    #[test]
    fn what_denies_stands_before_what_warns_and_makes_the_verdict(
        parts in parts(),
        facts in facts(),
        run in run(),
    ) {
        let policy = parts.parse().unwrap();
        let verdict = judge(&policy, &facts, run.as_ref());
        let levels: Vec<_> = verdict.findings().iter().map(|finding| finding.level).collect();
        prop_assert!(levels.is_sorted_by(|one, next| one >= next));
        prop_assert_eq!(denies(&verdict), levels.contains(&Level::Deny));
    }

    #[test]
    fn what_is_unknown_never_passes_in_silence(parts in parts(), kind in kind()) {
        let policy = parts.parse().unwrap();
        let verdict = judge(&policy, &TokenFacts::unknown(kind), Some(&RunFacts {
            event: unknown(),
            reference: unknown(),
            actors: unknown(),
            workflow: unknown(),
            is_fork: unknown(),
            runner: unknown(),
        }));
        let told = |rule| verdict.findings().iter().any(|finding| finding.rule == rule);
        prop_assert_eq!(told(RuleName::OwnerUnknown), parts.owners.is_some());
        prop_assert_eq!(told(RuleName::ExpiryUnknown), parts.speaks_of_an_end());
        prop_assert_eq!(told(RuleName::ScopesUnknown), parts.wants_scopes() && kind.has_scopes());
        let is_pattern = |name: &&str| name.contains('*');
        prop_assert_eq!(
            told(RuleName::RepositoriesUnknown),
            !parts.repositories.keys().all(is_pattern)
        );
        prop_assert_eq!(
            told(RuleName::RepositoriesUnseen),
            parts.repositories.iter().any(|(name, access)| is_pattern(name) && *access == "none")
        );
        prop_assert_eq!(told(RuleName::RunUnknown), parts.asks_about_the_run());
        let permissions = !kind.has_scopes();
        prop_assert_eq!(
            told(RuleName::PermissionsUnknown),
            // `metadata: read` is always there.
            permissions && parts.permissions.iter().any(|pair| pair != (&"metadata", &"read"))
        );
        prop_assert_eq!(
            told(RuleName::PermissionsUnseen),
            permissions && parts.allowed_permissions.is_some()
        );
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        parses_or_tells(&text)?;
    }

    #[test]
    fn no_text_that_looks_like_yaml_makes_the_parser_panic(
        words in vec(select(YAML_WORDS.to_vec()), 0..60),
    ) {
        parses_or_tells(&words.concat())?;
    }

    #[test]
    fn no_damage_to_a_policy_makes_the_parser_panic(
        parts in parts(),
        damages in vec((any::<prop::sample::Index>(), 0..4usize, select(YAML_WORDS.to_vec())), 1..6),
    ) {
        let mut text = parts.to_string();
        for (index, cut, word) in damages {
            let starts: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = index.index(starts.len());
            let end = (at + cut).min(starts.len() - 1);
            text.replace_range(starts[at]..starts[end], word);
        }
        parses_or_tells(&text)?;
    }
}

/// What YAML has, and what policies have.
const YAML_WORDS: [&str; 50] = [
    "",
    " ",
    "  ",
    "    ",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\t",
    "- ",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "# ",
    "'",
    "\"",
    "\\",
    "&a ",
    "*a",
    "!x ",
    "!!str ",
    "| ",
    "> ",
    "? ",
    "<<",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "~",
    "null",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "ä",
    "😀",
    "version: 1\n",
    "gates:\n",
    "default",
    "kinds",
    "classic",
    "expiry: ",
    "90d",
    "acme/site: push",
    "levels: ",
    "expiry/soon: deny",
];

fn now() -> Timestamp {
    instant(NOW)
}

fn judge(policy: &Policy, facts: &TokenFacts, run: Option<&RunFacts>) -> Verdict {
    let run = Run {
        audit: false,
        facts: run,
    };
    policy.judge(facts, &run, now())
}

/// All that a policy says of a token, without the places.
fn told(policy: &Policy, facts: &TokenFacts, run: Option<&RunFacts>) -> String {
    let verdict = judge(policy, facts, run);
    let findings = verdict.findings().iter();
    let findings = findings.map(|finding| {
        let waiver = finding.waiver.as_ref().map(ToString::to_string);
        (finding.rule, finding.level, finding.message.clone(), waiver)
    });
    let findings: BTreeSet<_> = findings.collect();
    let (until, reach) = lease(policy, facts);
    let reach = reach.map(|reach| reach.words());
    format!("{} {findings:?} {until} {reach:?}", verdict.word())
}

/// `own` and the `base` that it extends, as one gate.
fn tighten(own: &Parts, base: &Parts) -> Result<Policy, PolicyError> {
    let (own, base) = (own.read("policy.yml")?, base.read("base.yml")?);
    own.tighten(base)?.gate("default")
}

fn shown(error: &PolicyError) -> String {
    let problems = error.problems().iter();
    problems.map(|problem| problem.excerpt(false)).collect()
}

/// A base, and a policy that is often stricter: what is left out of the base, and rules more.
fn pair() -> impl Strategy<Value = (Parts, Parts)> {
    let keeps = vec(prop::bool::weighted(0.7), 12);
    (
        parts(),
        keeps,
        vec(more(), 0..4),
        option::weighted(0.3, parts()),
    )
        .prop_map(|(base, keeps, more, other)| {
            let own = base.clone().without(&keeps);
            let own = more.into_iter().fold(own, |own, more| own.with(more));
            let own = match other {
                Some(other) => own.or(other),
                None => own,
            };
            (own, base)
        })
        .prop_filter("not every rule goes with every other", |(own, _)| {
            own.parse().is_ok()
        })
}

/// What denies the token or the run: not the policy's own waivers, and not the base's repositories,
/// of which a policy may name fewer. What must be out of reach stays so.
fn of_token(verdict: &Verdict) -> BTreeSet<&'static str> {
    let rules = denying_rules(verdict).into_iter();
    rules
        .filter_map(|rule| match rule.as_str().split_once('/')? {
            ("repositories", "reachable") => Some(rule.as_str()),
            ("repositories" | "waiver", _) => None,
            (subject, _) => Some(subject),
        })
        .collect()
}

/// Whether what a lease opens, and what an input may ask for, is within the base's.
fn opens_no_more(tightened: &Policy, base: &Policy) -> bool {
    let pushes = |policy: &Policy, name: &RepositoryName| {
        let line = format!("{name}: push");
        policy.clone().narrow(&line, None).is_ok()
    };
    contains(base.reach().as_ref(), tightened.reach().as_ref())
        && names()
            .iter()
            .all(|name| pushes(base, name) || !pushes(tightened, name))
}

/// The base with one field loosened, once for each field that can be.
fn loosened(base: &Parts) -> Vec<Parts> {
    let changes = LONGER.iter().chain(&MOVED).chain(&RAISED).chain(&LOWERED);
    changes
        .filter_map(|change| {
            let mut own = base.clone();
            change(&mut own).then_some(own)
        })
        .collect()
}

/// Loosens, if there is something to loosen.
type Change = fn(&mut Parts) -> bool;

const LONGER: [Change; 9] = [
    |own| longer(own.kinds.as_mut(), &KINDS),
    |own| longer(own.owners.as_mut(), &["stranger"]),
    |own| longer(own.allow.as_mut(), &["delete_repo"]),
    |own| longer(own.events.as_mut(), &["release"]),
    |own| longer(own.refs.as_mut(), &["refs/notes/x"]),
    |own| longer(own.actors.as_mut(), &["stranger"]),
    |own| {
        longer(
            own.workflows.as_mut(),
            &["other/site/.github/workflows/x.yml"],
        )
    },
    |own| longer(own.runners.as_mut(), &["github-hosted", "self-hosted"]),
    // Who says nothing has leases for git.
    |own| {
        longer(
            Some(own.formats.get_or_insert(vec!["git"])),
            &["git", "netrc", "store"],
        )
    },
];

const MOVED: [Change; 6] = [
    |own| own.required.replace(false) == Some(true),
    |own| own.forks.replace("allow") == Some("deny"),
    |own| moved(&mut own.at_least, -1),
    |own| moved(&mut own.at_most, 1),
    |own| moved(&mut own.warn_below, -1),
    |own| {
        own.ttl = Some(own.ttl() + 1);
        true
    },
];

const RAISED: [Change; 5] = [
    |own| raised(&mut own.permissions, "write", "read"),
    |own| {
        let allow = own.allowed_permissions.as_mut();
        allow.is_some_and(|allow| allow.insert("actions", "read").is_none())
    },
    |own| {
        !own.repositories.is_empty() && own.repositories.insert("stranger/site", "fetch").is_none()
    },
    |own| raised(&mut own.repositories, "fetch", "push"),
    |own| raised(&mut own.repositories, "none", "fetch"),
];

const LOWERED: [Change; 2] = [
    |own| {
        own.kinds.is_some()
            && lowered(own, "kind/not-allowed")
            && !own.waivers.contains_key("kind/not-allowed")
    },
    |own| {
        own.forks == Some("deny")
            && own.levels.get("run/fork") != Some(&"warn")
            && own.waivers.insert("run/fork", "2028-01-31") != Some("2028-01-31")
    },
];

fn longer(list: Option<&mut Words>, words: &[&'static str]) -> bool {
    list.is_some_and(|list| {
        let more = words.iter().find(|word| !list.contains(word));
        list.extend(more);
        more.is_some()
    })
}

fn moved(span: &mut Option<i64>, by: i64) -> bool {
    *span = span.map(|span| span + by);
    span.is_some_and(|span| span > 0)
}

fn raised(map: &mut Map, from: &str, to: &'static str) -> bool {
    let found = map.values_mut().find(|value| **value == from);
    found.is_some_and(|value| {
        *value = to;
        true
    })
}

fn lowered(own: &mut Parts, rule: &'static str) -> bool {
    own.levels.insert(rule, "warn") != Some("warn")
}

fn denies(verdict: &Verdict) -> bool {
    verdict.word() == "deny"
}

fn denying_rules(verdict: &Verdict) -> Vec<RuleName> {
    let findings = verdict.findings().iter();
    findings
        .filter(|finding| finding.level == Level::Deny)
        .map(|finding| finding.rule)
        .collect()
}

/// The first halves of the names of the rules that deny.
fn denying_subjects(verdict: &Verdict) -> BTreeSet<&'static str> {
    let rules = denying_rules(verdict).into_iter();
    rules
        .filter_map(|rule| Some(rule.as_str().split_once('/')?.0))
        .collect()
}

/// An audit has a lease for every token.
fn lease(policy: &Policy, facts: &TokenFacts) -> (Timestamp, Option<Reach>) {
    let run = Run {
        audit: true,
        facts: None,
    };
    let verdict = policy.judge(facts, &run, now());
    verdict.into_clearance().unwrap().spend()
}

/// Whether a reach holds another one, among the repositories there are here; `None` is the whole
/// origin.
fn contains(whole: Option<&Reach>, part: Option<&Reach>) -> bool {
    match (whole, part) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(whole), Some(part)) => names()
            .iter()
            .all(|name| whole.opens(name) || !part.opens(name)),
    }
}

/// Those that policies name, and some that fit their patterns.
fn names() -> Vec<RepositoryName> {
    let fitting = [
        "acme/secret-plan",
        "acme/secret-a-plan",
        "acme/secret-sauce",
        "acme/the-plan",
        "acme/site-e",
        "other/docs",
        "stranger/site",
    ];
    let names = REPOSITORIES.into_iter().chain(fitting);
    names
        .map(|name| RepositoryName::parse(name).unwrap())
        .collect()
}

/// A policy, or an error that a person can be shown.
fn parses_or_tells(text: &str) -> Result<(), TestCaseError> {
    match Document::parse(text, "policy") {
        Ok(document) => {
            prop_assert!(document.warnings().iter().all(Problem::is_warning));
            let wrong = matches!(document.gate("default"), Err(PolicyError::Wrong(_)));
            prop_assert!(!wrong, "a document has been read already");
        }
        Err(error) => {
            prop_assert!(!error.problems().is_empty(), "nobody asked for a gate");
            for problem in error.problems() {
                prop_assert!(!problem.is_warning());
                prop_assert!(!problem.message.is_empty());
                prop_assert!(
                    !problem.line().contains(char::is_control),
                    "{}",
                    problem.line()
                );
                let lines = text.lines().count().max(1) + 1;
                prop_assert!((1..=lines).contains(&problem.at.line()), "{:?}", problem.at);
                prop_assert!(
                    problem.excerpt(false).contains("policy:"),
                    "{:?}",
                    problem.at
                );
            }
        }
    }
    Ok(())
}

fn facts() -> impl Strategy<Value = TokenFacts> {
    let doubts = vec(
        select(vec![Doubt::Blanks, Doubt::Checksum, Doubt::Shape]),
        0..2,
    );
    let standing = prop_oneof![
        8 => Just(Standing::Accepted),
        1 => Just(Standing::Refused),
        1 => Just(Standing::Forbidden(refusal())),
    ];
    let owner = fact(select(vec!["acme-bot", "acme-deploy", "mallory"]).prop_map(str::to_owned));
    let scopes = fact(btree_set(
        select(SCOPES.to_vec()).prop_map(str::to_owned),
        0..4,
    ));
    let answer = || {
        fact(select(vec![
            Answer::Yes,
            Answer::Invisible,
            Answer::Forbidden(refusal()),
        ]))
    };
    let found = (answer(), answer(), fact(any::<bool>())).prop_map(|(fetch, push, archived)| {
        RepositoryFacts {
            fetch,
            push,
            archived,
            ..RepositoryFacts::unknown(&Why::NotTold)
        }
    });
    let repositories = vec((select(REPOSITORIES.to_vec()), found), 0..4).prop_map(|found| {
        found
            .into_iter()
            .map(|(name, found)| (RepositoryName::parse(name).unwrap(), found))
            .collect()
    });
    let clock_ahead = prop_oneof![Just(0), -4000i64..4000].prop_map(SignedDuration::from_secs);
    (
        kind(),
        doubts,
        standing,
        owner,
        expiry(),
        scopes,
        permissions(),
        repositories,
        clock_ahead,
    )
        .prop_map(
            |(
                kind,
                doubts,
                standing,
                owner,
                expiry,
                scopes,
                permissions,
                repositories,
                clock_ahead,
            )| {
                TokenFacts {
                    doubts,
                    standing,
                    owner,
                    expiry,
                    scopes,
                    permissions,
                    repositories,
                    clock_ahead,
                    ..TokenFacts::unknown(kind)
                }
            },
        )
}

fn refusal() -> Refusal {
    Refusal {
        cause: Cause::Other,
        said: "no".to_owned(),
    }
}

/// A person who asks has no run.
fn run() -> impl Strategy<Value = Option<RunFacts>> {
    let word = |words: &[&str]| {
        let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
        fact(select(words))
    };
    let actors = vec(
        select(vec![
            "octocat".to_owned(),
            "acme-bot".to_owned(),
            "mallory".to_owned(),
        ]),
        1..3,
    );
    let facts = (
        word(&["push", "schedule", "pull_request"]),
        word(&[
            "refs/heads/main",
            "refs/heads/x",
            "refs/tags/v1",
            "refs/notes/x",
        ]),
        fact(actors),
        word(&[
            "acme/site/.github/workflows/release.yml@refs/heads/main",
            "acme/docs/.github/workflows/x.yml@refs/tags/v1",
            "other/site/.github/workflows/x.yml@refs/heads/x",
        ]),
        fact(any::<bool>()),
        word(&["github-hosted", "self-hosted"]),
    );
    option::weighted(
        0.9,
        facts.prop_map(
            |(event, reference, actors, workflow, is_fork, runner)| RunFacts {
                event,
                reference,
                actors,
                workflow,
                is_fork,
                runner,
            },
        ),
    )
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown(Why::NotTold)
}

/// A whole list, or what was seen.
fn permissions() -> impl Strategy<Value = Permissions> {
    let level = || {
        select(vec![
            PermissionLevel::None,
            PermissionLevel::Read,
            PermissionLevel::Write,
            PermissionLevel::Admin,
        ])
    };
    let grants = btree_map(
        select(PERMISSIONS.to_vec()).prop_map(str::to_owned),
        (level(), level()),
        0..4,
    );
    (grants, any::<bool>()).prop_map(|(grants, complete)| {
        if complete {
            return Permissions::listed(grants.into_iter().map(|(name, (level, _))| (name, level)));
        }
        let mut permissions = Permissions::unknown(Why::NotTold);
        for (name, (one, other)) in grants {
            permissions.learn(&name, Grant::at_least(one.min(other)));
            permissions.learn(&name, Grant::at_most(one.max(other)));
        }
        permissions
    })
}

fn kind() -> impl Strategy<Value = TokenKind> {
    select(TokenKind::all().collect::<Vec<_>>())
}

fn fact<T: std::fmt::Debug + Clone>(
    known: impl Strategy<Value = T>,
) -> impl Strategy<Value = Fact<T>> {
    let why = select(vec![
        Why::NotTold,
        Why::HeadersFiltered,
        Why::NoAnswer("no".to_owned()),
    ]);
    prop_oneof![4 => known.prop_map(Fact::Known), 1 => why.prop_map(Fact::Unknown)]
}

fn expiry() -> impl Strategy<Value = Expiry> {
    let instant = || (-2000i64..20_000).prop_map(|left| now() + SignedDuration::from_secs(left));
    prop_oneof![
        4 => instant().prop_map(Expiry::At),
        1 => Just(Expiry::Never),
        1 => Just(Expiry::Unknown(Why::NotTold)),
        1 => instant().prop_map(Expiry::Within),
    ]
}
