//! What git needs to know, by environment. Pure: from what is set to what is to be set.
//!
//! Both of git's two ways are used: `GIT_CONFIG_COUNT` is documented, and submodules see it from
//! 2.33 on; `GIT_CONFIG_PARAMETERS` is how `git -c` hands itself on, and serves every git before.

use std::collections::BTreeSet;

use patgate_credential::{Origin, Reach};

/// git's configuration by environment, as it stands.
#[derive(Clone, Copy, Debug, Default)]
pub struct Existing<'a> {
    /// `GIT_CONFIG_COUNT`.
    pub count: Option<&'a str>,
    /// `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`.
    pub pairs: &'a [(Option<String>, Option<String>)],
    /// `GIT_CONFIG_PARAMETERS`.
    pub parameters: Option<&'a str>,
}

type Pairs = Vec<(String, String)>;

/// What every helper of ours has in it.
const HOME: &str = "$PATGATE_HOME/";

/// git hands a helper to `sh`, in whichever container it runs; there the variable is right.
const HELPER: &str = r#"!"$PATGATE_HOME/git-credential-patgate""#;

/// The entries for one lease, in git's order: later ones win, and an empty one clears.
pub fn entries(origin: &Origin, reach: &Reach, rewrite_ssh: bool) -> Pairs {
    with_reach(
        helper(origin, HELPER.to_owned(), true),
        origin,
        reach,
        rewrite_ssh,
    )
}

/// The entries for the plain lease in `file`: git's own helper, which reads and never writes there.
pub fn store_entries(origin: &Origin, reach: &Reach, rewrite_ssh: bool, file: &str) -> Pairs {
    let has_paths = *reach != Reach::Origin;
    // A line without a path fits no request that has one, and another lease may ask for paths.
    let without_path = if has_paths { "" } else { "sed /^path=/d | " };
    let helper_line = format!(
        "!f() {{ test \"$1\" != get || {without_path}git credential-store --file \"{HOME}{file}\" get; }}; f"
    );
    with_reach(
        helper(origin, helper_line, has_paths),
        origin,
        reach,
        rewrite_ssh,
    )
}

/// The paths by which git asks for the repositories of `open`, git-lfs among it.
pub fn store_paths(open: &[String]) -> Vec<String> {
    let paths = paths(open);
    // git-lfs names the repository both ways.
    let of_lfs: Vec<_> = paths
        .iter()
        .map(|path| format!("{path}/info/lfs"))
        .collect();
    paths.into_iter().chain(of_lfs).collect()
}

fn with_reach(mut entries: Pairs, origin: &Origin, reach: &Reach, rewrite_ssh: bool) -> Pairs {
    let Reach::Repositories { open, shut: _ } = reach else {
        return entries;
    };
    // A header that checkout persisted would be sent first and be taken for the only one.
    for path in paths(open) {
        entries.push((format!("http.{origin}/{path}.extraheader"), String::new()));
    }
    if rewrite_ssh {
        for owner in spellings(open.iter().map(|pattern| owner(pattern))) {
            entries.extend(rewrites(origin, &owner));
        }
    }
    entries
}

/// What git knows the repositories of `open` by: each name both ways, and the whole owner for a
/// pattern, since git's match of a URL has none. It holds paths letter by letter, and GitHub does
/// not.
fn paths(open: &[String]) -> Vec<String> {
    let (patterns, names): (Vec<&str>, _) = open
        .iter()
        .map(String::as_str)
        .partition(|pattern| pattern.contains('*'));
    let owners = spellings(patterns.into_iter().map(owner));
    let mut paths: Vec<_> = owners.into_iter().collect();
    for name in spellings(names.into_iter()) {
        paths.extend([name.clone(), format!("{name}.git")]);
    }
    paths
}

fn owner(pattern: &str) -> &str {
    pattern.split('/').next().unwrap_or_default()
}

/// Each name as it is written, and in lower case.
fn spellings<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    names
        .flat_map(|name| [name.to_owned(), name.to_ascii_lowercase()])
        .collect()
}

/// The helper, for the whole origin: the only pattern that every git matches and every spelling
/// of an owner fits. The empty one first, else git stores the token with the user's own helpers.
fn helper(origin: &Origin, line: String, has_paths: bool) -> Pairs {
    let key = format!("credential.{origin}.helper");
    let mut pairs = vec![(key.clone(), String::new()), (key, line)];
    if has_paths {
        let key = format!("credential.{origin}.useHttpPath");
        pairs.push((key, "true".to_owned()));
    }
    pairs
}

/// The spellings of an owner's ssh remotes, taken to https, and https kept as it is against a
/// user's own rewriting: git takes the longest match.
fn rewrites(origin: &Origin, owner: &str) -> Pairs {
    let host = origin.host();
    let https = format!("{origin}/{owner}/");
    let mut ssh = vec![
        format!("git@{host}:{owner}/"),
        format!("git@{host}:/{owner}/"),
        format!("ssh://git@{host}/{owner}/"),
        format!("ssh://git@{host}:22/{owner}/"),
        format!("git+ssh://git@{host}/{owner}/"),
        format!("ssh+git://git@{host}/{owner}/"),
    ];
    if host == "github.com" {
        ssh.push(format!("ssh://git@ssh.github.com:443/{owner}/"));
    }
    ssh.push(https.clone());
    let rewrite = |from| (format!("url.{https}.insteadOf"), from);
    let mut pairs: Pairs = ssh.into_iter().map(rewrite).collect();
    pairs.push((format!("url.{https}.pushInsteadOf"), https));
    pairs
}

/// The variables that add `entries` to what exists. What is there already is not added again, so
/// that a second lease for an origin adds no second helper.
pub fn append(
    existing: &Existing<'_>,
    entries: &[(String, String)],
) -> Result<Pairs, GitConfigError> {
    let before = existing.pairs()?;
    let parameters = existing.parameters()?;
    let entries = &before_stores(entries, &before);
    let is_there = |(key, value): &(String, String)| parameters.contains(&quoted(key, value));
    let more: Vec<_> = new(entries, is_there)
        .map(|(key, value)| quoted(key, value))
        .collect();
    let all = [parameters, &more.join(" ")].join(" ");
    // A system starts no program with a longer variable.
    let fits = all.len() < MAX_VARIABLE;
    let is_there = |entry: &(String, String)| before.contains(entry);
    let numbered_too =
        |(key, _): &&(String, String)| entries.len() <= MAX_NUMBERED || !fits || is_of_helper(key);
    let mut variables = numbered(&before, new(entries, is_there).filter(numbered_too));
    if !more.is_empty() && fits {
        let all = all.trim_start().to_owned();
        variables.push(("GIT_CONFIG_PARAMETERS".to_owned(), all));
    }
    let length: usize = variables
        .iter()
        .map(|(key, value)| key.len() + value.len())
        .sum();
    if length > MAX_VARIABLES {
        return Err(GitConfigError::TooLong);
    }
    Ok(variables)
}

/// Of more entries than these, the helper's alone are numbered. git looks each pair up among all
/// variables from the first on, in every process it starts: with 400 pairs a clone takes nearly
/// twice as long. The other way it reads in one go, and every git knows it.
const MAX_NUMBERED: usize = 64;

/// Linux takes 128 KiB, the name with it.
const MAX_VARIABLE: usize = 120 * 1024;

/// Linux takes 2 MiB of variables and arguments in all, the job's own with them.
const MAX_VARIABLES: usize = 1024 * 1024;

/// The variables without what leases of an origin have added, for what runs behind the last of
/// them: the headers that stepped back then serve again. Empty if nothing was added.
pub fn without(existing: &Existing<'_>) -> Result<Pairs, GitConfigError> {
    let (before, parameters) = (existing.pairs()?, existing.parameters()?);
    let words = words(parameters);
    let origins = origins(&before, &words);
    let is_ours = |entry: &(String, String)| origins.iter().any(|origin| is_of(origin, entry));
    let rest: Vec<_> = before.iter().filter(|entry| !is_ours(entry)).collect();
    let kept: Vec<_> = words
        .iter()
        .filter(|(_, entry)| !entry.as_ref().is_some_and(is_ours))
        .map(|(word, _)| *word)
        .collect();
    let mut variables = Pairs::new();
    if rest.len() < before.len() {
        for (n, (key, value)) in rest.iter().enumerate() {
            variables.push((format!("GIT_CONFIG_KEY_{n}"), key.clone()));
            variables.push((format!("GIT_CONFIG_VALUE_{n}"), value.clone()));
        }
        variables.push(("GIT_CONFIG_COUNT".to_owned(), rest.len().to_string()));
    }
    if kept.len() < words.len() {
        variables.push(("GIT_CONFIG_PARAMETERS".to_owned(), kept.join(" ")));
    }
    Ok(variables)
}

/// Those that the helper answers for.
fn origins(pairs: &Pairs, words: &[(&str, Option<(String, String)>)]) -> Vec<Origin> {
    let entries = words.iter().filter_map(|(_, entry)| entry.as_ref());
    let helpers = pairs
        .iter()
        .chain(entries)
        .filter(|(key, value)| is_helper(key) && value.contains(HOME));
    let origins = helpers.filter_map(|(key, _)| {
        let origin = key.strip_prefix("credential.")?.strip_suffix(".helper")?;
        Origin::parse(origin).ok()
    });
    origins.collect()
}

/// Whether a lease of `origin` adds such an entry.
fn is_of(origin: &Origin, entry: &(String, String)) -> bool {
    let (key, value) = entry;
    let below = |section: &str, name: &str| {
        let url = key.strip_prefix(section)?.strip_suffix(name)?;
        url.strip_prefix(&format!("{origin}/"))
    };
    let rewritten = below("url.", ".insteadOf").or(below("url.", ".pushInsteadOf"));
    let of_helper = key.strip_prefix(&format!("credential.{origin}."));
    matches!(
        (of_helper, value.as_str()),
        (Some("helper"), "") | (Some("useHttpPath"), "true")
    ) || of_helper == Some("helper") && value.contains(HOME)
        || value.is_empty() && below("http.", ".extraheader").is_some_and(|path| !path.is_empty())
        || rewritten
            .and_then(|path| path.strip_suffix('/'))
            .is_some_and(|owner| rewrites(origin, owner).contains(entry))
}

/// Each word of a list as git writes it, with the entry that it is if it has the older quoting.
fn words(text: &str) -> Vec<(&str, Option<(String, String)>)> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (mut is_quoted, mut is_escaped) = (false, false);
        let is_end = |c: char| {
            is_quoted ^= c == '\'' && !is_escaped;
            is_escaped = c == '\\' && !is_quoted;
            c == ' ' && !is_quoted
        };
        let (word, behind) = rest.split_at(rest.find(is_end).unwrap_or(rest.len()));
        rest = behind.trim_start_matches(' ');
        let inner = word
            .strip_prefix('\'')
            .and_then(|word| word.strip_suffix('\''));
        let entry = inner.and_then(|inner| {
            let (key, value) = inner.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        });
        words.push((word, entry));
    }
    words
}

/// All pairs by number, and how many there are. Those of the job are written again: they may be
/// this step's alone, and a count without them would break every git command.
fn numbered<'a>(
    before: &[(String, String)],
    more: impl Iterator<Item = &'a (String, String)>,
) -> Pairs {
    let more: Vec<_> = more.collect();
    if more.is_empty() {
        return Pairs::new();
    }
    let mut variables = Pairs::new();
    for (n, (key, value)) in before.iter().chain(more).enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{n}"), key.clone()));
        variables.push((format!("GIT_CONFIG_VALUE_{n}"), value.clone()));
    }
    let count = variables.len() / 2;
    variables.push(("GIT_CONFIG_COUNT".to_owned(), count.to_string()));
    variables
}

/// The entries, with the job's plain leases behind a sealed one: theirs may be for the whole host,
/// and would answer for what the sealed one has a closer token for. None is cleared for a further
/// plain lease.
fn before_stores(entries: &[(String, String)], before: &[(String, String)]) -> Pairs {
    let mut entries = entries.to_vec();
    let Some(at) = entries
        .iter()
        .position(|(key, value)| is_helper(key) && !value.is_empty())
    else {
        return entries;
    };
    let (key, line) = entries[at].clone();
    let ours = before
        .iter()
        .filter(|(known, value)| *known == key && value.contains(HOME));
    let mut seen = Vec::new();
    for earlier in ours {
        if !seen.contains(earlier) {
            seen.push(earlier.clone());
        }
    }
    // In their order, a sealed one first.
    let at = if line == HELPER {
        seen.retain(|(_, value)| value != HELPER);
        at + 1
    } else {
        at
    };
    let behind = entries.split_off(at);
    entries.extend(seen);
    entries.extend(behind);
    entries
}

/// Those entries that are not there. What is of the helpers goes together, since an empty one
/// clears those in front of it; if they are all there in this order already, none is needed.
fn new(
    entries: &[(String, String)],
    is_there: impl Fn(&(String, String)) -> bool,
) -> impl Iterator<Item = &(String, String)> {
    let helpers = entries.iter().filter(|(key, _)| is_helper(key));
    let all_there = helpers.clone().all(&is_there);
    entries
        .iter()
        .filter(move |entry| !is_there(entry) || !all_there && is_helper(&entry.0))
}

fn is_of_helper(key: &str) -> bool {
    key.starts_with("credential.")
}

fn is_helper(key: &str) -> bool {
    is_of_helper(key) && key.ends_with(".helper")
}

/// The older quoting, which every git reads: `'key=value'`.
fn quoted(key: &str, value: &str) -> String {
    format!("'{}'", format!("{key}={value}").replace('\'', r"'\''"))
}

impl<'a> Existing<'a> {
    /// The pairs that git would read. What git would die of is an error: every git command of
    /// the job is broken then, with patgate or without.
    fn pairs(&self) -> Result<Pairs, GitConfigError> {
        let count = match self.count.unwrap_or_default() {
            "" => 0,
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| GitConfigError::Count)?
            }
            _ => return Err(GitConfigError::Count),
        };
        let missing = |n| move || GitConfigError::Missing { n };
        (0..count)
            .map(|n| {
                let (key, value) = self.pairs.get(n).ok_or_else(missing(n))?;
                let key = key.clone().ok_or_else(missing(n))?;
                let value = value.clone().ok_or_else(missing(n))?;
                if key.contains('.') {
                    Ok((key, value))
                } else {
                    Err(GitConfigError::Key { n })
                }
            })
            .collect()
    }

    fn parameters(&self) -> Result<&'a str, GitConfigError> {
        let text = self.parameters.unwrap_or_default().trim();
        is_quoted(text)
            .then_some(text)
            .ok_or(GitConfigError::Parameters)
    }
}

/// Whether `text` is a list of words in single quotes, as git writes it: `'k=v'` or `'k'='v'`.
fn is_quoted(text: &str) -> bool {
    let mut rest = text;
    while let Some(word) = rest.strip_prefix('\'') {
        let Some(end) = word.find('\'') else {
            return false;
        };
        rest = &word[end + 1..];
        // An escaped quote or exclamation mark joins what stands on both sides of it.
        rest = rest
            .strip_prefix(r"\'")
            .or(rest.strip_prefix(r"\!"))
            .unwrap_or(rest);
        rest = rest
            .strip_prefix('=')
            .unwrap_or(rest)
            .trim_start_matches(' ');
    }
    rest.is_empty()
}

/// Why git's configuration by environment cannot be added to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GitConfigError {
    /// Not a number.
    #[error("`GIT_CONFIG_COUNT` is not a number")]
    Count,
    /// A key without a section.
    #[error("`GIT_CONFIG_KEY_{n}` is not a git setting: it has no dot")]
    Key {
        /// Which.
        n: usize,
    },
    /// A gap.
    #[error(
        "`GIT_CONFIG_COUNT` counts more than there is: `GIT_CONFIG_KEY_{n}` or `GIT_CONFIG_VALUE_{n}` is not set"
    )]
    Missing {
        /// Which.
        n: usize,
    },
    /// More than a system hands to a program.
    #[error("the lease's reach is longer than an environment can be")]
    TooLong,
    /// Not quoted as git quotes it.
    #[error("`GIT_CONFIG_PARAMETERS` is not in git's form")]
    Parameters,
}

impl GitConfigError {
    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::TooLong => "split the policy into gates, with fewer repositories each",
            Self::Count | Self::Key { .. } | Self::Missing { .. } | Self::Parameters => {
                "every git command of this job fails with it; correct the workflow's `env`, or the step that set it"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

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
            assert!(is_quoted(text), "{text}");
        }
    }
}
