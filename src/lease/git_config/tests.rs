//! The entries, and how they come in and go out.

use std::collections::BTreeMap;

use super::environment::*;
use super::*;

fn pairs(pairs: &[(&str, &str)]) -> Vec<(Option<String>, Option<String>)> {
    pairs
        .iter()
        .map(|(key, value)| (Some((*key).to_owned()), Some((*value).to_owned())))
        .collect()
}

fn site() -> Pairs {
    let origin = Origin::parse("https://github.com").unwrap();
    entries(&origin, &reach(&["acme/site"]), true)
}

fn reach(open: &[&str]) -> Reach {
    Reach::Repositories {
        open: open.iter().map(|name| (*name).to_owned()).collect(),
        shut: Vec::new(),
    }
}

fn lines(pairs: &Pairs) -> String {
    let lines = pairs.iter().map(|(key, value)| format!("{key}={value}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_entries_of_a_lease_with_a_reach() {
    insta::assert_snapshot!(lines(&site()), @r#"
    credential.https://github.com.helper=
    credential.https://github.com.helper=!"$PATGATE_HOME/git-credential-patgate"
    credential.https://github.com.useHttpPath=true
    http.https://github.com/acme/site.extraheader=
    http.https://github.com/acme/site.git.extraheader=
    url.https://github.com/acme/.insteadOf=git@github.com:acme/
    url.https://github.com/acme/.insteadOf=git@github.com:/acme/
    url.https://github.com/acme/.insteadOf=ssh://git@github.com/acme/
    url.https://github.com/acme/.insteadOf=ssh://git@github.com:22/acme/
    url.https://github.com/acme/.insteadOf=git+ssh://git@github.com/acme/
    url.https://github.com/acme/.insteadOf=ssh+git://git@github.com/acme/
    url.https://github.com/acme/.insteadOf=ssh://git@ssh.github.com:443/acme/
    url.https://github.com/acme/.insteadOf=https://github.com/acme/
    url.https://github.com/acme/.pushInsteadOf=https://github.com/acme/
    "#);
}

#[test]
fn what_leases_added_is_taken_back_and_nothing_else() {
    let own = [("user.name", "from the workflow"), ("http.extraheader", "")];
    let parameters = "'alias.it'='!echo it'\\''s' 'http.https://github.com/.extraheader='";
    let own = Existing {
        count: Some("2"),
        pairs: &pairs(&own),
        parameters: Some(parameters),
    };
    let origin = Origin::parse("https://ghes.example:8443").unwrap();
    let other = entries(&origin, &reach(&["Octo/*"]), true);
    let mut all: BTreeMap<_, _> = append(&own, &site()).unwrap().into_iter().collect();
    let twice = existing(&all, |existing| append(&existing, &other).unwrap());
    all.extend(twice);
    let back = existing(&all, |existing| without(&existing).unwrap());
    insta::assert_snapshot!(lines(&back), @r"
    GIT_CONFIG_KEY_0=user.name
    GIT_CONFIG_VALUE_0=from the workflow
    GIT_CONFIG_KEY_1=http.extraheader
    GIT_CONFIG_VALUE_1=
    GIT_CONFIG_COUNT=2
    GIT_CONFIG_PARAMETERS='alias.it'='!echo it'\''s' 'http.https://github.com/.extraheader='
    ");
    all.extend(back);
    let again = existing(&all, |existing| without(&existing).unwrap());
    assert_eq!(again, [], "there is nothing to take back twice");
}

/// Reads variables as the input does.
fn existing<T>(all: &BTreeMap<String, String>, then: impl Fn(Existing<'_>) -> T) -> T {
    let get = |name: String| all.get(&name).cloned();
    let numbered = |n| {
        let pair = ["KEY", "VALUE"].map(|part| get(format!("GIT_CONFIG_{part}_{n}")));
        let [key, value] = pair;
        (key, value)
    };
    let pairs: Vec<_> = (0..100).map(numbered).collect();
    then(Existing {
        count: all.get("GIT_CONFIG_COUNT").map(String::as_str),
        pairs: &pairs,
        parameters: all.get("GIT_CONFIG_PARAMETERS").map(String::as_str),
    })
}

#[test]
fn a_pattern_clears_the_header_of_its_owner_in_both_spellings() {
    let origin = Origin::parse("https://github.com").unwrap();
    let open = ["Acme/*", "acme/site-*", "Acme/tools", "octo/parts"];
    let entries: Pairs = entries(&origin, &reach(&open), false).split_off(3);
    insta::assert_snapshot!(lines(&entries), @"
    http.https://github.com/Acme.extraheader=
    http.https://github.com/acme.extraheader=
    http.https://github.com/Acme/tools.extraheader=
    http.https://github.com/Acme/tools.git.extraheader=
    http.https://github.com/acme/tools.extraheader=
    http.https://github.com/acme/tools.git.extraheader=
    http.https://github.com/octo/parts.extraheader=
    http.https://github.com/octo/parts.git.extraheader=
    ");
}

#[test]
fn a_lease_of_the_whole_origin_touches_no_header_and_no_remote() {
    let origin = Origin::parse("https://ghes.example:8443").unwrap();
    let entries = entries(&origin, &Reach::Origin, true);
    assert_eq!(entries.len(), 3);
    assert!(
        entries
            .iter()
            .all(|(key, _)| key.starts_with("credential.https://ghes.example:8443."))
    );
}

#[test]
fn entries_are_appended_behind_those_of_the_job() {
    let before = pairs(&[("user.name", "ci")]);
    let existing = Existing {
        count: Some("1"),
        pairs: &before,
        parameters: Some("'a.b=c'"),
    };
    let added = append(&existing, &[("x.y".to_owned(), "it's".to_owned())]).unwrap();
    insta::assert_snapshot!(lines(&added), @r"
    GIT_CONFIG_KEY_0=user.name
    GIT_CONFIG_VALUE_0=ci
    GIT_CONFIG_KEY_1=x.y
    GIT_CONFIG_VALUE_1=it's
    GIT_CONFIG_COUNT=2
    GIT_CONFIG_PARAMETERS='a.b=c' 'x.y=it'\''s'
    ");
}

#[test]
fn a_second_lease_adds_only_what_is_new() {
    let first = append(&Existing::default(), &site()).unwrap();
    let value = |name: &str| {
        first
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    };
    let before: Vec<_> = site()
        .into_iter()
        .map(|(key, value)| (Some(key), Some(value)))
        .collect();
    let existing = Existing {
        count: value("GIT_CONFIG_COUNT"),
        pairs: &before,
        parameters: value("GIT_CONFIG_PARAMETERS"),
    };
    assert_eq!(append(&existing, &site()).unwrap(), []);
    let origin = Origin::parse("https://github.com").unwrap();
    let docs = entries(&origin, &reach(&["acme/docs"]), true);
    let added = append(&existing, &docs).unwrap();
    let values = |variables: &Pairs| -> Vec<String> {
        let keys = variables
            .iter()
            .filter(|(key, _)| key.starts_with("GIT_CONFIG_KEY"));
        keys.map(|(_, value)| value.clone()).collect()
    };
    let (all, first) = (values(&added), values(&first));
    assert_eq!(
        all[..first.len()],
        first,
        "a count without the others would break git"
    );
    assert_eq!(
        all[first.len()..],
        [
            "http.https://github.com/acme/docs.extraheader",
            "http.https://github.com/acme/docs.git.extraheader"
        ]
    );
}

#[test]
fn of_a_long_reach_the_helper_alone_is_numbered() {
    let origin = Origin::parse("https://github.com").unwrap();
    let names: Vec<_> = (0..200).map(|n| format!("acme/part-{n}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let entries = entries(&origin, &reach(&names), true);
    let variables: BTreeMap<_, _> = append(&Existing::default(), &entries)
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(variables["GIT_CONFIG_COUNT"], "3");
    assert_eq!(variables["GIT_CONFIG_VALUE_1"], HELPER);
    let parameters = &variables["GIT_CONFIG_PARAMETERS"];
    for (key, value) in &entries {
        assert!(parameters.contains(&quoted(key, value)), "{key}");
    }
    let back = existing(&variables, |existing| without(&existing).unwrap());
    let none = [("GIT_CONFIG_COUNT", "0"), ("GIT_CONFIG_PARAMETERS", "")];
    assert_eq!(
        back,
        none.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
}

#[test]
fn a_reach_that_no_environment_holds_is_refused() {
    let origin = Origin::parse("https://github.com").unwrap();
    let added = |count| {
        let open = (0..count).map(|n| format!("Acme/repository-{n}")).collect();
        let shut = Vec::new();
        let entries = entries(&origin, &Reach::Repositories { open, shut }, true);
        append(&Existing::default(), &entries)
    };
    let long = |pairs: &Pairs| pairs.iter().any(|(_, value)| value.len() > MAX_VARIABLE);
    assert!(!long(&added(1000).unwrap()), "the older way is left out");
    assert_eq!(added(10_000), Err(GitConfigError::TooLong));
}

#[test]
fn what_breaks_every_git_command_is_told_and_not_added_to() {
    let gap = [(Some("a.b".to_owned()), None)];
    let no_dot = pairs(&[("ab", "c")]);
    for (existing, error) in [
        (
            Existing {
                count: Some("one"),
                ..Existing::default()
            },
            GitConfigError::Count,
        ),
        (
            Existing {
                count: Some("-1"),
                ..Existing::default()
            },
            GitConfigError::Count,
        ),
        (
            Existing {
                count: Some("99999999999999999999"),
                ..Existing::default()
            },
            GitConfigError::Count,
        ),
        (
            Existing {
                count: Some("1"),
                ..Existing::default()
            },
            GitConfigError::Missing { n: 0 },
        ),
        (
            Existing {
                count: Some("1"),
                pairs: &gap,
                ..Existing::default()
            },
            GitConfigError::Missing { n: 0 },
        ),
        (
            Existing {
                count: Some("1"),
                pairs: &no_dot,
                ..Existing::default()
            },
            GitConfigError::Key { n: 0 },
        ),
        (
            Existing {
                parameters: Some("a.b=c"),
                ..Existing::default()
            },
            GitConfigError::Parameters,
        ),
        (
            Existing {
                parameters: Some("'a.b=c"),
                ..Existing::default()
            },
            GitConfigError::Parameters,
        ),
    ] {
        assert_eq!(append(&existing, &site()), Err(error));
    }
}

#[test]
fn both_quotings_of_git_are_understood() {
    for text in [
        "",
        "'a.b=c'",
        "'a.b=c' 'd.e=f'",
        "'a.b'='c'",
        r"'a.b=it'\''s'",
        r"'a.b'='x'\!'y'",
        "'a.b'=",
    ] {
        assert!(words(text).is_some(), "{text}");
    }
    for text in [
        "a.b=c",
        "'a.b=c",
        "'a.b=c''d.e=f'",
        "'a.b=c' d.e=f",
        r"'a.b=it\'s'",
    ] {
        assert!(words(text).is_none(), "{text}");
    }
}
