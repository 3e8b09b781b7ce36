//! Which repositories a credential answers for, and how git's paths name them.

use std::fmt;

/// The repositories of an origin that a credential opens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Reach {
    /// All of them.
    Origin,
    /// These, each `OWNER/REPO`.
    Repositories(Vec<String>),
}

/// How closely a reach names a repository. A greater one outranks a lesser.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Closeness {
    /// Along with the whole origin.
    Origin,
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
            (Self::Repositories(_), None) => None,
            (Self::Repositories(names), Some((owner, repo))) => names
                .iter()
                .filter_map(|name| name.split_once('/'))
                .any(|(o, r)| o.eq_ignore_ascii_case(owner) && r.eq_ignore_ascii_case(repo))
                .then_some(Closeness::Repository),
        }
    }

    /// Reads the form that [`Display`](fmt::Display) writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Origin);
        }
        let names: Vec<_> = text.split(' ').map(str::to_owned).collect();
        names
            .iter()
            .all(|name| is_name(name))
            .then_some(Self::Repositories(names))
    }
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin => f.write_str("*"),
            Self::Repositories(names) => f.write_str(&names.join(" ")),
        }
    }
}

/// Whether `text` is `OWNER/REPO` in characters that GitHub allows.
pub fn is_name(text: &str) -> bool {
    text.split_once('/')
        .is_some_and(|(owner, repo)| is_segment(owner) && is_segment(repo))
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
    let repo = repo.strip_suffix(".git").unwrap_or(repo);
    let repo = repo.strip_suffix(".wiki").unwrap_or(repo);
    is_segment(repo).then_some((owner, repo)).ok_or(())
}

fn is_segment(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    !matches!(text, "" | "." | "..") && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach() -> Reach {
        Reach::Repositories(vec!["acme/site".to_owned(), "acme/docs.js".to_owned()])
    }

    #[test]
    fn a_reach_covers_its_repositories_in_every_honest_spelling() {
        for path in [
            "acme/site",
            "acme/site.git",
            "ACME/Site.git",
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
    fn a_reach_reads_what_it_writes() {
        for reach in [Reach::Origin, reach()] {
            assert_eq!(Reach::parse(&reach.to_string()), Some(reach));
        }
        for text in ["", " ", "acme", "acme/site  acme/docs", "a/b c"] {
            assert_eq!(Reach::parse(text), None, "{text:?}");
        }
    }
}
