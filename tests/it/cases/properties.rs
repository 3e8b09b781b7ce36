//! What holds of every policy and of all facts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{
    Answer, Cause, Doubt, Expiry, Fact, Grant, PermissionLevel, Permissions, Reach, Refusal,
    RepositoryFacts, RepositoryName, Standing, TokenFacts, TokenKind, Why,
};
use patgate::policy::{Document, Level, Policy, PolicyError, Problem, RuleName, Run, Verdict};
use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::NOW;
use super::form::instant;
use super::parts::{PERMISSIONS, REPOSITORIES, SCOPES, more, parts};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// And no subject that denied falls silent, so that one denial is never traded for another.
    #[test]
    fn one_rule_more_never_turns_deny_into_allow(parts in parts(), more in more(), facts in facts()) {
        // Not every rule goes with every other; then there is no policy to judge by.
        if let Ok(after) = parts.with(more).parse() {
            let before = judge(&parts.parse().unwrap(), &facts);
            let after = judge(&after, &facts);
            prop_assert!(denies(&after) || !denies(&before));
            let (before, after) = (denying_subjects(&before), denying_subjects(&after));
            prop_assert!(after.is_superset(&before), "{before:?} became {after:?}");
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
        prop_assert!(until <= now() + SignedDuration::from_secs(parts.ttl));
        if let Expiry::At(end) | Expiry::Within(end) = facts.expiry {
            prop_assert!(until + facts.clock_ahead < end);
        }
    }

    #[test]
    fn the_same_facts_get_the_same_verdict(parts in parts(), facts in facts()) {
        let (policy, again) = (parts.parse().unwrap(), parts.parse().unwrap());
        let (verdict, other) = (judge(&policy, &facts), judge(&again, &facts.clone()));
        prop_assert_eq!(format!("{verdict:?}"), format!("{other:?}"));
    }

    #[test]
    fn what_denies_stands_before_what_warns_and_makes_the_verdict(parts in parts(), facts in facts()) {
        let policy = parts.parse().unwrap();
        let verdict = judge(&policy, &facts);
        let levels: Vec<_> = verdict.findings().iter().map(|finding| finding.level).collect();
        prop_assert!(levels.is_sorted_by(|one, next| one >= next));
        prop_assert_eq!(denies(&verdict), levels.contains(&Level::Deny));
    }

    #[test]
    fn what_is_unknown_never_passes_in_silence(parts in parts(), kind in kind()) {
        let policy = parts.parse().unwrap();
        let verdict = judge(&policy, &TokenFacts::unknown(kind));
        let told = |rule| verdict.findings().iter().any(|finding| finding.rule == rule);
        prop_assert_eq!(told(RuleName::OwnerUnknown), parts.owners.is_some());
        prop_assert_eq!(told(RuleName::ExpiryUnknown), parts.speaks_of_an_end());
        prop_assert_eq!(told(RuleName::ScopesUnknown), parts.wants_scopes() && kind.has_scopes());
        prop_assert_eq!(told(RuleName::RepositoriesUnknown), !parts.repositories.is_empty());
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

fn judge(policy: &Policy, facts: &TokenFacts) -> Verdict {
    policy.judge(
        facts,
        &Run {
            audit: false,
            facts: None,
        },
        now(),
    )
}

fn denies(verdict: &Verdict) -> bool {
    verdict.word() == "deny"
}

/// The first halves of the names of the rules that deny.
fn denying_subjects(verdict: &Verdict) -> BTreeSet<&'static str> {
    let findings = verdict.findings().iter();
    findings
        .filter(|finding| finding.level == Level::Deny)
        .filter_map(|finding| Some(finding.rule.as_str().split_once('/')?.0))
        .collect()
}

/// An audit has a lease for every token.
fn lease(policy: &Policy, facts: &TokenFacts) -> (Timestamp, Option<Reach>) {
    let verdict = policy.judge(
        facts,
        &Run {
            audit: true,
            facts: None,
        },
        now(),
    );
    verdict.into_clearance().unwrap().spend()
}

/// Whether a reach holds another one, among the repositories there are here; `None` is the whole
/// origin.
fn contains(whole: Option<&Reach>, part: Option<&Reach>) -> bool {
    match (whole, part) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(whole), Some(part)) => REPOSITORIES.iter().all(|name| {
            let name = RepositoryName::parse(name).unwrap();
            whole.opens(&name) || !part.opens(&name)
        }),
    }
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
