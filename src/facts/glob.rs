//! Patterns with `*`, as policies write them for logins, scopes, refs and repositories.

use std::fmt;

/// A whole-text pattern: `*` stands for any characters, everything else for itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Glob(String);

impl Glob {
    /// The pattern as written.
    pub fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Whether the whole of `text` fits, letters of either case alike.
    pub fn fits(&self, text: &str) -> bool {
        fits(&self.0.to_ascii_lowercase(), &text.to_ascii_lowercase())
    }

    /// Whether the whole of `text` fits, letter by letter: git's refs are not the same in another
    /// case.
    pub fn fits_to_the_letter(&self, text: &str) -> bool {
        fits(&self.0, text)
    }

    /// Whether it fits whatever `other` fits. A `*` of the other's is a character that no letter
    /// of this one fits, and each `*` does.
    pub fn covers(&self, other: &Self) -> bool {
        self.fits(&other.0)
    }

    /// Whether there is a text that both fit, letters of either case alike.
    pub fn meets(&self, other: &Self) -> bool {
        let (one, other) = (self.0.to_ascii_lowercase(), other.0.to_ascii_lowercase());
        meet(one.as_bytes(), other.as_bytes())
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let Some(last) = parts.next_back() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// From the ends of both to their beginnings: `met[at]` is whether what is left of `one` meets what
/// is left of `other` from `at` on.
fn meet(one: &[u8], other: &[u8]) -> bool {
    let only_stars = |rest: &[u8]| rest.iter().all(|byte| *byte == b'*');
    let mut met: Vec<_> = (0..=other.len())
        .map(|at| only_stars(&other[at..]))
        .collect();
    for left in (0..one.len()).rev() {
        let before = met.clone();
        for at in (0..=other.len()).rev() {
            let next = other.get(at);
            met[at] = match (one[left], next) {
                (b'*', None) => before[at],
                (b'*', Some(_)) => before[at] || met[at + 1],
                (_, Some(b'*')) => met[at + 1] || before[at],
                (byte, Some(next)) => byte == *next && before[at + 1],
                (_, None) => false,
            };
        }
    }
    met[0]
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_what_fits_nothing_else() {
        for (wide, narrow, covers) in [
            ("*", "acme-*", true),
            ("acme-*", "*", false),
            ("acme-*", "acme-bot", true),
            ("acme-*", "acme-*-bot", true),
            ("acme-*-bot", "acme-*", false),
            ("a*c", "a*b*c", true),
            ("a*b*c", "a*c", false),
            ("acme-bot", "ACME-bot", true),
        ] {
            let (wide_glob, narrow_glob) = (Glob::new(wide), Glob::new(narrow));
            assert_eq!(wide_glob.covers(&narrow_glob), covers, "{wide} {narrow}");
        }
    }

    #[test]
    fn patterns_meet_where_a_text_fits_both() {
        for (one, other, meets) in [
            ("a*", "*b", true),
            ("a*", "b*", false),
            ("*-bot", "acme-*", true),
            ("acme-bot", "ACME-*", true),
            ("acme", "acme-*", false),
            ("*", "", true),
            ("a*", "", false),
            ("a*c", "ab*", true),
            ("a*b", "*c", false),
            ("*a*b*", "b*a", true),
            ("ab", "a*b", true),
        ] {
            let (one_glob, other_glob) = (Glob::new(one), Glob::new(other));
            assert_eq!(one_glob.meets(&other_glob), meets, "{one} {other}");
            assert_eq!(other_glob.meets(&one_glob), meets, "{other} {one}");
        }
    }

    #[test]
    fn a_pattern_fits_the_whole_text_or_nothing() {
        for (pattern, text, fits) in [
            ("acme-bot", "acme-bot", true),
            ("acme-bot", "Acme-Bot", true),
            ("acme-bot", "acme-bot2", false),
            ("acme-bot", "xacme-bot", false),
            ("admin:*", "admin:org", true),
            ("admin:*", "xadmin:org", false),
            ("*", "", true),
            ("*-bot", "acme-bot", true),
            ("*-bot", "acme-bots", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "ac", false),
            ("ab*ba", "aba", false),
            ("", "a", false),
            ("a|b", "a", false),
            (".*", "anything", false),
        ] {
            assert_eq!(Glob::new(pattern).fits(text), fits, "{pattern} {text}");
        }
    }
}
