//! A repository, or all whose names fit a pattern.

use std::fmt;

use super::{Glob, RepositoryName};

/// `OWNER/REPO`, where `*` in `REPO` stands for any characters. The owner is always named: a lease
/// is of an account. GitHub overlooks the letters' case, and so does every comparison.
#[derive(Clone, Debug)]
pub struct RepositoryPattern(String);

impl RepositoryPattern {
    /// Reads `OWNER/REPO` or a pattern of it.
    pub fn parse(text: &str) -> Option<Self> {
        let (owner, repo) = text.split_once('/')?;
        // A pattern is good if a name is that fits it.
        let example = format!("{owner}/{}", repo.replace('*', "x"));
        let good = !owner.contains('*') && RepositoryName::parse(&example).is_some();
        (good && repo.len() <= 100).then(|| Self(text.to_owned()))
    }

    /// The one repository, if it is no pattern.
    pub fn name(&self) -> Option<RepositoryName> {
        RepositoryName::parse(&self.0)
    }

    /// The part before the slash.
    pub fn owner(&self) -> &str {
        self.0.split('/').next().unwrap_or_default()
    }

    /// Whether `name` is the repository, or fits the pattern.
    pub fn fits(&self, name: &RepositoryName) -> bool {
        Glob::new(self.0.as_str()).fits(name.as_str())
    }

    /// Whether it fits whatever `other` fits.
    pub fn covers(&self, other: &Self) -> bool {
        Glob::new(self.0.as_str()).covers(&Glob::new(other.0.as_str()))
    }

    /// Whether there may be a repository that both fit.
    pub fn meets(&self, other: &Self) -> bool {
        Glob::new(self.0.as_str()).meets(&Glob::new(other.0.as_str()))
    }

    /// How closely it names what it fits: a name more than a pattern, a pattern by its letters.
    pub fn closeness(&self) -> usize {
        match self.name() {
            Some(_) => usize::MAX,
            None => self.0.bytes().filter(|byte| *byte != b'*').count(),
        }
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl From<RepositoryName> for RepositoryPattern {
    fn from(name: RepositoryName) -> Self {
        Self(name.as_str().to_owned())
    }
}

impl PartialEq for RepositoryPattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for RepositoryPattern {}

impl Ord for RepositoryPattern {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for RepositoryPattern {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RepositoryPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The repositories of an origin that a lease opens: those that fit one of `open` more closely
/// than any of `shut`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reach {
    /// What it opens: at least one.
    pub open: Vec<RepositoryPattern>,
    /// What it does not open though a pattern of `open` fits it.
    pub shut: Vec<RepositoryPattern>,
}

impl Reach {
    /// Whether a lease of it opens `name`.
    pub fn opens(&self, name: &RepositoryName) -> bool {
        let closest = |patterns: &[RepositoryPattern]| {
            let fitting = patterns.iter().filter(|pattern| pattern.fits(name));
            fitting.map(RepositoryPattern::closeness).max()
        };
        closest(&self.open) > closest(&self.shut)
    }

    /// As people read it: what it opens, then what it does not with a `!` in front.
    pub fn words(&self) -> Vec<String> {
        let open = self.open.iter().map(ToString::to_string);
        let shut = self.shut.iter().map(|pattern| format!("!{pattern}"));
        open.chain(shut).collect()
    }

    /// The accounts that it is of, each once.
    pub fn owners(&self) -> Vec<&str> {
        let mut owners: Vec<&str> = Vec::new();
        for pattern in &self.open {
            let is_there = |owner: &&str| owner.eq_ignore_ascii_case(pattern.owner());
            if !owners.iter().any(is_there) {
                owners.push(pattern.owner());
            }
        }
        owners
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> RepositoryPattern {
        RepositoryPattern::parse(text).unwrap()
    }

    fn name(text: &str) -> RepositoryName {
        RepositoryName::parse(text).unwrap()
    }

    #[test]
    fn a_pattern_names_its_owner() {
        for text in ["acme/site", "acme/*", "acme/site-*", "ACME/*.js"] {
            assert!(RepositoryPattern::parse(text).is_some(), "{text}");
        }
        for text in [
            "*",
            "*/*",
            "*/site",
            "a*/site",
            "acme/",
            "acme/a/*",
            "acme/*.git",
            "acme/**x y",
        ] {
            assert!(RepositoryPattern::parse(text).is_none(), "{text}");
        }
        assert_eq!(pattern("acme/*").name(), None);
        assert_eq!(pattern("acme/site").name(), Some(name("acme/site")));
    }

    #[test]
    fn a_pattern_fits_repositories_of_its_owner_alone() {
        assert!(pattern("acme/*").fits(&name("Acme/Site")));
        assert!(!pattern("acme/*").fits(&name("acme-labs/site")));
        assert!(pattern("acme/site-*").fits(&name("acme/site-1")));
        assert!(!pattern("acme/site-*").fits(&name("acme/site")));
    }

    #[test]
    fn the_closest_pattern_decides() {
        let reach = Reach {
            open: vec![pattern("acme/*"), pattern("acme/secret-plan")],
            shut: vec![pattern("acme/secret-*"), pattern("acme/vault")],
        };
        for (repository, opens) in [
            ("acme/site", true),
            ("acme/secret-sauce", false),
            ("acme/secret-plan", true),
            ("acme/vault", false),
            ("other/site", false),
        ] {
            assert_eq!(reach.opens(&name(repository)), opens, "{repository}");
        }
        assert_eq!(reach.owners(), ["acme"]);
    }
}
