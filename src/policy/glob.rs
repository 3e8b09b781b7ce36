//! Patterns with `*`, as policies write them for logins and scopes.

use std::fmt;

/// A whole-text pattern: `*` stands for any characters, everything else for itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Glob(String);

impl Glob {
    pub(super) fn new(pattern: impl Into<String>) -> Self {
        Self(pattern.into())
    }

    /// Whether the whole of `text` fits, letters of either case alike.
    pub(super) fn fits(&self, text: &str) -> bool {
        let (pattern, text) = (self.0.to_ascii_lowercase(), text.to_ascii_lowercase());
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
