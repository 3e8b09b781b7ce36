//! Which repositories a credential answers for, and how git's paths name them.

use std::fmt;

/// The repositories of an origin that a credential opens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// All of them.
    Origin,
    /// Those that one of `open` fits more closely than any of `shut`.
    Repositories {
        /// At least one, each `OWNER/REPO` or a pattern, where `*` in `REPO` stands for any
        /// characters.
        open: Vec<String>,
        /// What is not opened though a pattern of `open` fits it.
        shut: Vec<String>,
    },
}

/// How closely a reach names a repository. A greater one outranks a lesser.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Closeness {
    /// Along with the whole origin.
    Origin,
    /// By a pattern with so many letters beside its `*`.
    Pattern(usize),
    /// By its name.
    Repository,
}

impl Reach {
    /// Whether and how closely the reach covers git's `path`.
    ///
    /// A path that is not plainly a repository's is covered by no reach. Without a path
    /// (`credential.useHttpPath` is off) only the whole origin answers.
    pub fn covers(&self, path: Option<&str>) -> Option<Closeness> {
        let repository = path.map(repository).transpose().ok()?;
        match (self, repository) {
            (Self::Origin, _) => Some(Closeness::Origin),
            (Self::Repositories { .. }, None) => None,
            (Self::Repositories { open, shut }, Some(repository)) => {
                closest(open, repository).filter(|open| Some(*open) > closest(shut, repository))
            }
        }
    }

    /// Reads the form that [`Display`](fmt::Display) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Origin);
        }
        let (mut open, mut shut) = (Vec::new(), Vec::new());
        for word in text.split(' ') {
            let (list, pattern) = match word.strip_prefix('!') {
                Some(pattern) => (&mut shut, pattern),
                None if shut.is_empty() => (&mut open, word),
                None => return None,
            };
            is_pattern(pattern).then(|| list.push(pattern.to_owned()))?;
        }
        (!open.is_empty()).then_some(Self::Repositories { open, shut })
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin => f.write_str("*"),
            Self::Repositories { open, shut } => {
                f.write_str(&open.join(" "))?;
                shut.iter().try_for_each(|pattern| write!(f, " !{pattern}"))
            }
        }
    }
}

/// Whether `text` is `OWNER/REPO` in characters that GitHub allows, or a pattern of it: `*` may
/// stand in `REPO`.
pub fn is_pattern(text: &str) -> bool {
    text.split_once('/').is_some_and(|(owner, repo)| {
        is_segment(owner)
            && !matches!(repo, "" | "." | "..")
            && repo.bytes().all(|byte| byte == b'*' || is_plain(byte))
    })
}

/// How closely one of `patterns` fits at best.
fn closest(patterns: &[String], (owner, repo): (&str, &str)) -> Option<Closeness> {
    patterns
        .iter()
        .filter_map(|pattern| pattern.split_once('/'))
        .filter(|(o, r)| o.eq_ignore_ascii_case(owner) && fits(r.as_bytes(), repo.as_bytes()))
        .map(|(_, pattern)| {
            let letters = pattern.bytes().filter(|byte| *byte != b'*').count();
            if letters < pattern.len() {
                Closeness::Pattern(letters)
            } else {
                Closeness::Repository
            }
        })
        .max()
}

/// Whether the whole of `text` fits: `*` stands for any characters, a letter for itself in either
/// case. In time for the longest text, however many `*` there are.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Behind the last `*`, and where in the text it was tried.
    let mut again = None;
    while from < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                again = Some((at, from));
            }
            Some(letter) if letter.eq_ignore_ascii_case(&text[from]) => {
                (at, from) = (at + 1, from + 1);
            }
            Some(_) | None => {
                let Some((behind, tried)) = again else {
                    return false;
                };
                (at, from) = (behind, tried + 1);
                again = Some((behind, from));
            }
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

/// The repository that git's `path` names, as `OWNER/REPO`; `None` for a path that is not plainly
/// a repository's.
pub fn repository_of(path: &str) -> Option<String> {
    let (owner, name) = repository(path).ok()?;
    Some(format!("{owner}/{name}"))
}

/// Reads `OWNER/REPO`, `OWNER/REPO.git`, its wiki, or git-lfs's path below it. Anything that a
/// client or a server could read another way is refused: git decodes `%2e%2e` before it asks,
/// and sends the token where the dots lead.
fn repository(path: &str) -> Result<(&str, &str), ()> {
    let mut segments = path.split('/');
    let (owner, repo) = (segments.next().ok_or(())?, segments.next().ok_or(())?);
    let rest: Vec<_> = segments.collect();
    let plain = [owner, repo].iter().chain(&rest).all(|s| is_segment(s));
    if !plain || !(rest.is_empty() || rest.starts_with(&["info", "lfs"])) {
        return Err(());
    }
    let name = without(without(repo, ".git"), ".wiki");
    // No repository is called so. A server that reads on would find one that a pattern shuts.
    let is_read_on = [".git", ".wiki"]
        .iter()
        .any(|end| without(name, end) != name);
    (is_segment(name) && !is_read_on)
        .then_some((owner, name))
        .ok_or(())
}

/// `name` without `end`, in whatever case it is written.
fn without<'a>(name: &'a str, end: &str) -> &'a str {
    match name
        .len()
        .checked_sub(end.len())
        .and_then(|at| name.split_at_checked(at))
    {
        Some((name, last)) if last.eq_ignore_ascii_case(end) => name,
        Some(_) | None => name,
    }
}

fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.bytes().all(is_plain)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._-".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        of("acme/site acme/docs.js")
    }

    #[track_caller]
    fn of(text: &str) -> Reach {
        Reach::parse(text).unwrap()
    }

    #[test]
    fn a_reach_covers_its_repositories_in_every_honest_spelling() {
        for path in [
            "acme/site",
            "acme/site.git",
            "ACME/Site.git",
            "acme/site.GIT",
            "acme/site.Wiki.Git",
            "acme/site.wiki.git",
            "acme/site.wiki",
            "acme/site.git/info/lfs",
            "acme/site.git/info/lfs/objects/batch",
            "acme/docs.js",
            "acme/docs.js.git",
        ] {
            assert_eq!(
                reach().covers(Some(path)),
                Some(Closeness::Repository),
                "{path}"
            );
        }
    }

    #[test]
    fn a_reach_covers_no_path_that_can_be_read_two_ways() {
        for path in [
            "",
            "acme",
            "acme/",
            "acme/site/",
            "acme/site-other",
            "acme/docs",
            "acmex/site",
            "acme/../acme/site",
            "acme/site/../../evil/x",
            "acme/site.git/../x.git",
            "acme/%73ite",
            "acme/site%00",
            "acme//site",
            "/acme/site",
            "acme\\site",
            "acme/site?x=/..",
            "acme/site#x",
            "acme/site.git/objects",
            "acme/site.git/info/lfsx/../..",
            "acme/.git",
            "acme/.wiki.git",
            "acme/site.git.git",
            "acme/site.wiki.wiki",
            "acme/site.git.wiki",
        ] {
            assert_eq!(reach().covers(Some(path)), None, "{path}");
        }
        assert_eq!(reach().covers(None), None, "no path, no repository");
    }

    #[test]
    fn the_whole_origin_still_wants_an_honest_path() {
        assert_eq!(Reach::Origin.covers(None), Some(Closeness::Origin));
        assert_eq!(
            Reach::Origin.covers(Some("any/repo.git")),
            Some(Closeness::Origin)
        );
        assert_eq!(Reach::Origin.covers(Some("any/../repo.git")), None);
    }

    #[test]
    fn a_pattern_covers_whatever_fits_it_and_is_not_shut_as_closely() {
        let reach = of("acme/* acme/secret-plan !acme/secret-* !acme/vault");
        for (path, closeness) in [
            ("acme/site", Some(Closeness::Pattern(0))),
            ("ACME/Site.wiki.git", Some(Closeness::Pattern(0))),
            ("acme/site.git/info/lfs", Some(Closeness::Pattern(0))),
            ("acme/secret-plan.git", Some(Closeness::Repository)),
            ("acme/secret-sauce", None),
            ("acme/Secret-Sauce.git/info/lfs", None),
            ("acme/vault", None),
            ("acme/VAULT.wiki.git", None),
            ("acme/vault.GIT", None),
            ("acme/vault.git.git", None),
            ("acme/vault.wiki.wiki", None),
            ("acme/vault/../site", None),
            ("acme/..", None),
            ("acme-labs/site", None),
            ("acme", None),
            ("acme/", None),
        ] {
            assert_eq!(reach.covers(Some(path)), closeness, "{path}");
        }
        assert_eq!(reach.covers(None), None, "no path, no repository");
    }

    #[test]
    fn what_is_as_closely_shut_as_open_is_shut() {
        let reach = of("acme/a* acme/* !acme/*b !acme/c*");
        for (path, opens) in [("acme/ab", false), ("acme/ac", true), ("acme/cd", false)] {
            assert_eq!(reach.covers(Some(path)).is_some(), opens, "{path}");
        }
    }

    #[test]
    fn a_name_outranks_a_pattern_and_a_longer_pattern_a_shorter() {
        let reaches = [
            "*",
            "acme/*",
            "acme/s*",
            "acme/*i*e-*",
            "acme/site-*-1",
            "acme/site-a-1",
        ];
        let closeness = reaches.map(|text| of(text).covers(Some("acme/site-a-1")));
        assert!(closeness.is_sorted_by(|a, b| a < b), "{closeness:?}");
    }

    #[test]
    fn a_pattern_fits_the_whole_name_or_nothing() {
        for (pattern, text, fitting) in [
            ("*", "site", true),
            ("*", "", true),
            ("**", "site", true),
            ("site-*", "site-1", true),
            ("site-*", "site-", true),
            ("site-*", "site", false),
            ("*-bot", "acme-bot", true),
            ("*-bot", "acme-bots", false),
            ("*-bot", "-bot-bot", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "ac", false),
            ("ab*ba", "aba", false),
            ("A*Z", "a-z", true),
            ("site", "site1", false),
            ("site1", "site", false),
        ] {
            let found = fits(pattern.as_bytes(), text.as_bytes());
            assert_eq!(found, fitting, "{pattern} {text}");
        }
        let (pattern, text) = ("*a".repeat(50) + "b", "a".repeat(10_000));
        assert!(!fits(pattern.as_bytes(), text.as_bytes()), "in no time");
    }

    #[test]
    fn a_reach_reads_what_it_writes() {
        let patterns = of("acme/* acme/site-*.js !acme/secret-* !acme/vault");
        for reach in [Reach::Origin, reach(), patterns] {
            assert_eq!(Reach::parse(&reach.to_string()), Some(reach));
        }
        for text in [
            "",
            " ",
            "acme",
            "acme/site  acme/docs",
            "a/b c",
            "* acme/site",
            "acme/* *",
            "!acme/vault",
            "acme/* !",
            "acme/* !*",
            "acme/* !!acme/vault",
            "acme/* !acme/vault acme/site",
            "!acme/vault acme/*",
            "*/site",
            "*/*",
            "ac*/site",
            "acme/*/x",
            "acme/?",
            "acme/[a]*",
            "acme/a|*",
            "acme/..",
        ] {
            assert_eq!(Reach::parse(text), None, "{text:?}");
        }
    }
}
