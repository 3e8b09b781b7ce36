//! A GitHub token, told apart by its prefix and looked over before anybody is asked.
//!
//! <https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/>

mod app;
mod checksum;
mod claims;
mod mistake;

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

pub use app::{App, AppError};
pub use claims::Claims;
pub use mistake::TokenError;

/// A well-formed GitHub token. The only type in the gate that holds one.
#[derive(Clone, Debug)]
pub struct Token {
    secret: SecretString,
    kind: TokenKind,
    doubts: Vec<Doubt>,
    claims: Option<Claims>,
}

impl Token {
    /// Parses what came out of a secret. The error never repeats any part of it.
    ///
    /// Blanks and line ends around the token are cut off, with a doubt: a pasted secret often
    /// ends in one, and GitHub would refuse it.
    pub fn parse(secret: &SecretString) -> Result<Self, TokenError> {
        let raw = secret.expose_secret();
        let text = raw.trim_ascii();
        mistake::find(text)?;
        let kind = TokenKind::of(text).ok_or(TokenError::UnknownPrefix)?;
        mistake::find_in(text, kind)?;
        let mut doubts = checksum::doubts(text, kind);
        if text.len() != raw.len() {
            doubts.push(Doubt::Blanks);
        }
        Ok(Self {
            secret: text.into(),
            kind,
            doubts,
            claims: Claims::read(text),
        })
    }

    /// What sort of token it is.
    pub fn kind(&self) -> TokenKind {
        self.kind
    }

    /// The secret, for the three that must send or seal it: the API client, the git probe, the
    /// lease.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// What looks wrong, and only GitHub can tell.
    pub fn doubts(&self) -> &[Doubt] {
        &self.doubts
    }

    /// What a new installation token says of itself.
    pub fn claims(&self) -> Option<Claims> {
        self.claims
    }
}

/// The sorts of token that GitHub issues.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// `ghp_`, a classic personal access token.
    Classic,
    /// `github_pat_`, a fine-grained personal access token.
    FineGrained,
    /// `ghs_`, an installation token such as `GITHUB_TOKEN`.
    Installation,
    /// 40 hexadecimal digits, from before April 2021 or GHES below 3.2.
    Legacy,
    /// `gho_`, a token of an OAuth app.
    #[serde(rename = "oauth")]
    OAuth,
    /// `ghu_`, a token of a GitHub App that acts for a user.
    UserToServer,
}

/// Each kind with the prefix that tells it and the words for it.
const KINDS: [(TokenKind, &str, &str, &str); 6] = [
    (
        TokenKind::Classic,
        "ghp_",
        "classic",
        "classic personal access token",
    ),
    (
        TokenKind::FineGrained,
        "github_pat_",
        "fine-grained",
        "fine-grained personal access token",
    ),
    (
        TokenKind::Installation,
        "ghs_",
        "installation",
        "installation token",
    ),
    (
        TokenKind::Legacy,
        "",
        "legacy",
        "legacy token of 40 hexadecimal digits",
    ),
    (TokenKind::OAuth, "gho_", "oauth", "OAuth token"),
    (
        TokenKind::UserToServer,
        "ghu_",
        "user-to-server",
        "user-to-server token",
    ),
];

impl TokenKind {
    fn of(token: &str) -> Option<Self> {
        let hex40 = |text: &str| {
            text.len() == 40
                && text
                    .bytes()
                    .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        };
        if hex40(token) {
            return Some(Self::Legacy);
        }
        // Installation tokens from before the prefixes.
        if token.strip_prefix("v1.").is_some_and(hex40) {
            return Some(Self::Installation);
        }
        KINDS.into_iter().find_map(|(kind, prefix, ..)| {
            (!prefix.is_empty() && token.starts_with(prefix)).then_some(kind)
        })
    }

    /// The kind as policies and outputs write it.
    pub fn word(self) -> &'static str {
        self.row().2
    }

    /// The kind with its article, as a sentence needs it.
    pub fn with_article(self) -> String {
        match self {
            Self::Installation | Self::OAuth => format!("an {self}"),
            Self::Classic | Self::FineGrained | Self::Legacy | Self::UserToServer => {
                format!("a {self}")
            }
        }
    }

    /// All kinds, in the order of their words.
    pub fn all() -> impl Iterator<Item = Self> {
        KINDS.into_iter().map(|(kind, ..)| kind)
    }

    /// Whether tokens of the kind have OAuth scopes; the others have permissions.
    pub fn has_scopes(self) -> bool {
        match self {
            Self::Classic | Self::Legacy | Self::OAuth => true,
            Self::FineGrained | Self::Installation | Self::UserToServer => false,
        }
    }

    /// Whether tokens of the kind live for hours by nature, so that nobody renews them by hand.
    pub fn is_short_lived(self) -> bool {
        match self {
            Self::Installation | Self::UserToServer => true,
            Self::Classic | Self::FineGrained | Self::Legacy | Self::OAuth => false,
        }
    }

    fn prefix(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (Self, &'static str, &'static str, &'static str) {
        KINDS
            .into_iter()
            .find(|(kind, ..)| *kind == self)
            .expect("the table names every kind")
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().3)
    }
}

/// What looks wrong about a token, and proves nothing: GitHub documents no token's inside.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Doubt {
    /// Blanks or a line end stood around it.
    Blanks,
    /// Its checksum does not fit.
    Checksum,
    /// Its length or characters are not those of its kind.
    Shape,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Assembled here, so that no scanner takes this file for a leak.
    fn token(prefix: &str, body: &str) -> SecretString {
        format!("{prefix}_{body}").into()
    }

    fn classic() -> SecretString {
        token("ghp", &format!("{}0uCPlr", "A".repeat(30)))
    }

    #[test]
    fn each_kind_is_told_by_its_prefix() {
        let long = "eyJhbGciOiJFUzI1NiJ9.eyJhaWQiOjE1MzY4fQ.c2lnbmF0dXJl";
        for (secret, kind) in [
            (classic(), TokenKind::Classic),
            (
                token("gho", &format!("{}2C8GjS", "0".repeat(30))),
                TokenKind::OAuth,
            ),
            (
                token("ghu", "abcdefghijklmnopqrstuvwxyz01232LolCm"),
                TokenKind::UserToServer,
            ),
            (
                token("ghs", &"A".repeat(36).replacen('A', "B", 1)),
                TokenKind::Installation,
            ),
            (
                token("ghs", &format!("15368_{long}")),
                TokenKind::Installation,
            ),
            (
                token(
                    "github_pat",
                    &format!("11{}_{}", "A".repeat(20), "B".repeat(59)),
                ),
                TokenKind::FineGrained,
            ),
            (
                format!("v1.{}", "0a".repeat(20)).into(),
                TokenKind::Installation,
            ),
            ("0a".repeat(20).into(), TokenKind::Legacy),
        ] {
            assert_eq!(Token::parse(&secret).unwrap().kind(), kind);
        }
    }

    #[test]
    fn a_line_end_is_cut_off_and_told() {
        let with_line_end = format!("{}\n", classic().expose_secret()).into();
        let token = Token::parse(&with_line_end).unwrap();
        assert_eq!(token.secret().expose_secret(), classic().expose_secret());
        assert_eq!(token.doubts(), [Doubt::Blanks]);
        assert_eq!(Token::parse(&classic()).unwrap().doubts(), []);
    }

    #[test]
    fn kinds_are_written_as_the_policy_reads_them() {
        for kind in TokenKind::all() {
            let read: TokenKind = serde_json::from_str(&format!("\"{}\"", kind.word())).unwrap();
            assert_eq!(read, kind);
        }
    }

    #[test]
    fn no_debug_form_shows_the_token() {
        let token = Token::parse(&classic()).unwrap();
        let shown = format!("{token:?}");
        assert!(!shown.contains("AAAA"), "{shown}");
        assert!(shown.contains("REDACTED"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_error_repeats_any_part_of_the_text(text in "[ -~\u{a0}-\u{ff}]{4,90}") {
            if let Err(error) = Token::parse(&text.as_str().into()) {
                let told = format!("{error} {} {error:?}", error.help());
                let fixed = TokenError::all_told();
                prop_assert!(fixed.contains(&told), "{}", told);
            }
        }
    }
}
