//! What git needs to know, by environment. Pure: from what is set to what is to be set.

mod environment;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use patgate_credential::{Origin, Reach};

pub use environment::{Existing, GitConfigError, append, without};

/// Keys and values, in order.
pub(super) type Pairs = Vec<(String, String)>;

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

/// The entries, with the job's plain leases behind a sealed one: theirs may be for the whole host,
/// and would answer for what the sealed one has a closer token for. None is cleared for a further
/// plain lease.
fn beside_earlier(entries: &[(String, String)], before: &[(String, String)]) -> Pairs {
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

fn is_of_helper(key: &str) -> bool {
    key.starts_with("credential.")
}

fn is_helper(key: &str) -> bool {
    is_of_helper(key) && key.ends_with(".helper")
}
