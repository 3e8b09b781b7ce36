//! git's two ways of taking configuration by environment: how entries are added to them, and taken
//! out again.
//!
//! Both are used: `GIT_CONFIG_COUNT` is documented, and submodules see it from 2.33 on;
//! `GIT_CONFIG_PARAMETERS` is how `git -c` hands itself on, and serves every git before.

use patgate_credential::Origin;

use super::{HOME, Pairs, beside_earlier, is_helper, is_of, is_of_helper};

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

/// The variables that add `entries` to what exists. What is there already is not added again, so
/// that a second lease for an origin adds no second helper.
pub fn append(
    existing: &Existing<'_>,
    entries: &[(String, String)],
) -> Result<Pairs, GitConfigError> {
    let before = existing.pairs()?;
    let parameters = existing.parameters()?;
    let entries = &beside_earlier(entries, &before);
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
pub(super) const MAX_VARIABLE: usize = 120 * 1024;

/// Linux takes 2 MiB of variables and arguments in all, the job's own with them.
const MAX_VARIABLES: usize = 1024 * 1024;

/// The variables without what leases of an origin have added, for what runs behind the last of
/// them: the headers that stepped back then serve again. Empty if nothing was added.
pub fn without(existing: &Existing<'_>) -> Result<Pairs, GitConfigError> {
    let before = existing.pairs()?;
    let words = words(existing.parameters()?).unwrap_or_default();
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
        variables = counted(rest.into_iter());
    }
    if kept.len() < words.len() {
        variables.push(("GIT_CONFIG_PARAMETERS".to_owned(), kept.join(" ")));
    }
    Ok(variables)
}

/// Those that the helper answers for.
fn origins(pairs: &Pairs, words: &[Word<'_>]) -> Vec<Origin> {
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

/// A word of a list as git writes it, and the entry that it is if it has the older quoting.
pub(super) type Word<'a> = (&'a str, Option<(String, String)>);

/// The words of a list as git writes it, `'k=v'` or `'k'='v'`; `None` for what is no such list.
pub(super) fn words(text: &str) -> Option<Vec<Word<'_>>> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest;
        loop {
            let (_, behind) = rest.strip_prefix('\'')?.split_once('\'')?;
            rest = behind;
            // An escaped quote or exclamation mark joins what stands on both sides of it, and an
            // equals sign a key and its value.
            let joined = [r"\'", r"\!", "="]
                .iter()
                .find_map(|join| behind.strip_prefix(join));
            match joined {
                Some(more) if more.starts_with('\'') => rest = more,
                // A key with an empty value.
                Some(more) if behind.starts_with('=') => {
                    rest = more;
                    break;
                }
                Some(_) | None => break,
            }
        }
        let word = &start[..start.len() - rest.len()];
        let behind = rest.trim_start_matches(' ');
        if behind.len() == rest.len() && !rest.is_empty() {
            return None;
        }
        rest = behind;
        let inner = word
            .strip_prefix('\'')
            .and_then(|word| word.strip_suffix('\''));
        let entry = inner.and_then(|inner| {
            let (key, value) = inner.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        });
        words.push((word, entry));
    }
    Some(words)
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
    counted(before.iter().chain(more))
}

fn counted<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> Pairs {
    let mut variables = Pairs::new();
    for (n, (key, value)) in pairs.enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{n}"), key.clone()));
        variables.push((format!("GIT_CONFIG_VALUE_{n}"), value.clone()));
    }
    let count = variables.len() / 2;
    variables.push(("GIT_CONFIG_COUNT".to_owned(), count.to_string()));
    variables
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

/// The older quoting, which every git reads: `'key=value'`.
pub(super) fn quoted(key: &str, value: &str) -> String {
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
        words(text).map(|_| text).ok_or(GitConfigError::Parameters)
    }
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
