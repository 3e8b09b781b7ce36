//! The mistakes people make with secrets, each told apart and by its name.

use super::TokenKind;

/// A token of any kind is shorter, and a header much longer is refused by every server.
const MAX_LEN: usize = 64 * 1024;

/// The token in GitHub's documentation, without its prefix.
const EXAMPLE: &str = "16c7e42f292c6912e7710c838347ae178b4a";

/// Why a text is no GitHub token. No variant carries any part of the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TokenError {
    /// A line such as `GH_TOKEN=…`.
    #[error("the secret has the form `NAME=VALUE`")]
    Assignment,
    /// `Bearer`, `token` or `Basic` in front.
    #[error("the secret is a header, not a token: it begins with a word such as `Bearer`")]
    AuthorizationHeader,
    /// The id of an app.
    #[error("the secret is the id of a GitHub App or OAuth app, not a token")]
    ClientId,
    /// Nothing at all.
    #[error("the token is empty")]
    Empty,
    /// The token in the documentation, or a placeholder.
    #[error("the secret is an example from documentation, not a token")]
    Example,
    /// A byte-order mark or another character that no editor shows.
    #[error("the secret has an invisible character in it, such as a byte-order mark")]
    InvisibleCharacter,
    /// The token of an app itself.
    #[error("the secret is a JWT, with which an app asks for tokens")]
    Jwt,
    /// `***`.
    #[error("the secret is `***`, which is what a log shows in place of a secret")]
    Masked,
    /// Not visible ASCII.
    #[error("the secret has a character that no token has")]
    NotAscii,
    /// A PEM text.
    #[error("the secret is a private key or a certificate, not a token")]
    Pem,
    /// Quotes around it.
    #[error("the secret has quotes around it")]
    Quoted,
    /// `ghr_`.
    #[error("the secret is a refresh token, which only makes other tokens")]
    RefreshToken,
    /// Far longer than any token.
    #[error("the secret is longer than any token")]
    TooLong,
    /// Shorter than a token of its kind.
    #[error("the token is cut off: it is shorter than any of its kind")]
    Truncated,
    /// `${{ … }}` or `$NAME`.
    #[error("the secret is an expression that nothing has expanded")]
    Unexpanded,
    /// No prefix that GitHub issues.
    #[error("the secret has no prefix that GitHub issues, such as `github_pat_`")]
    UnknownPrefix,
    /// A URL, with a token in it or not.
    #[error("the secret is a URL, not a token")]
    Url,
    /// A blank or a line end inside.
    #[error("the secret has a blank or a line end inside")]
    Whitespace,
}

impl TokenError {
    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::Empty => {
                "secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and \
                 a wrong secret name gives an empty text; check the name, or skip this step there: \
                 `HAS_TOKEN: ${{ secrets.NAME != '' }}` in the job's `env`, and \
                 `if: env.HAS_TOKEN == 'true'`"
            }
            Self::Masked => "copy the token from where it was made, never from a log",
            Self::Unexpanded => {
                "write `token: ${{ secrets.NAME }}` in the workflow, and the token itself in the secret"
            }
            Self::Truncated | Self::Example => {
                "make a token in GitHub's settings and copy all of it into the secret"
            }
            Self::Pem => {
                "give a GitHub App's key as `private-key`, with the app's `client-id`, or store a token in the secret"
            }
            Self::Jwt => {
                "give the app's `client-id` and `private-key`, or an installation token that was made with it"
            }
            Self::ClientId => {
                "give it as `client-id`, with the app's `private-key`, or store the token itself in the secret"
            }
            Self::RefreshToken => "store the access token that came with it; its prefix is `ghu_`",
            Self::UnknownPrefix => {
                "check that the secret is a GitHub token and not one of another service"
            }
            Self::Assignment
            | Self::AuthorizationHeader
            | Self::InvisibleCharacter
            | Self::NotAscii
            | Self::Quoted
            | Self::TooLong
            | Self::Url
            | Self::Whitespace => {
                "store the token alone in the secret, with nothing before, behind or between"
            }
        }
    }

    /// Each mistake as a person reads it: the whole of what parsing ever says.
    #[cfg(test)]
    pub(super) fn all_told() -> Vec<String> {
        [
            Self::Assignment,
            Self::AuthorizationHeader,
            Self::ClientId,
            Self::Empty,
            Self::Example,
            Self::InvisibleCharacter,
            Self::Jwt,
            Self::Masked,
            Self::NotAscii,
            Self::Pem,
            Self::Quoted,
            Self::RefreshToken,
            Self::TooLong,
            Self::Truncated,
            Self::Unexpanded,
            Self::UnknownPrefix,
            Self::Url,
            Self::Whitespace,
        ]
        .map(|error| format!("{error} {} {error:?}", error.help()))
        .to_vec()
    }
}

/// Finds what makes `text`, trimmed, no token of any kind.
pub(super) fn find(text: &str) -> Result<(), TokenError> {
    let lower = text.get(..20).unwrap_or(text).to_ascii_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    let ends_in_quote = text.ends_with(['"', '\'', '`', '\u{201d}', '\u{2019}']);
    let name = text.split('=').next().unwrap_or_default();
    let mistakes = [
        (text.len() > MAX_LEN, TokenError::TooLong),
        (text.is_empty(), TokenError::Empty),
        (text.bytes().all(|byte| byte == b'*'), TokenError::Masked),
        (text.contains(is_invisible), TokenError::InvisibleCharacter),
        (
            text.contains("${{") || text.starts_with('$'),
            TokenError::Unexpanded,
        ),
        // `LS0tLS1CRUdJT` is base64 of `-----BEGIN`.
        (
            text.contains("-----BEGIN") || text.starts_with("LS0tLS1CRUdJT"),
            TokenError::Pem,
        ),
        (
            ends_in_quote || text.starts_with(['"', '\'', '`', '\u{201c}', '\u{2018}']),
            TokenError::Quoted,
        ),
        (
            begins(&["bearer ", "token ", "basic ", "authorization:"]),
            TokenError::AuthorizationHeader,
        ),
        (text.contains("://"), TokenError::Url),
        (text.contains(char::is_whitespace), TokenError::Whitespace),
        (
            !text.bytes().all(|byte| byte.is_ascii_graphic()),
            TokenError::NotAscii,
        ),
        (
            text.contains('=') && is_variable(name),
            TokenError::Assignment,
        ),
        (text.starts_with("ghr_"), TokenError::RefreshToken),
        (
            text.starts_with("eyJ") && text.split('.').count() == 3,
            TokenError::Jwt,
        ),
        (is_client_id(text), TokenError::ClientId),
    ];
    match mistakes.into_iter().find(|(found, _)| *found) {
        Some((_, mistake)) => Err(mistake),
        None => Ok(()),
    }
}

/// Finds what makes `text` no token of its `kind`.
pub(super) fn find_in(text: &str, kind: TokenKind) -> Result<(), TokenError> {
    let body = &text[kind.prefix().len()..];
    let repeats = body
        .bytes()
        .skip(1)
        .all(|byte| Some(&byte) == body.as_bytes().first());
    let lower = body.to_ascii_lowercase();
    // Words with an underscore between them, or a run: a real token may begin with any word.
    let words = ["your", "example", "replace", "token", "my_"];
    let worded = words.iter().any(|word| lower.starts_with(word)) && body.contains('_');
    let placeholder = lower.starts_with("xxxxxxxx")
        || body.contains("...")
        || worded && kind != TokenKind::FineGrained;
    if lower == EXAMPLE || repeats && !body.is_empty() && kind != TokenKind::Legacy || placeholder {
        return Err(TokenError::Example);
    }
    // No token of the kind was ever shorter; many will be longer.
    let least = match kind {
        TokenKind::Classic
        | TokenKind::Installation
        | TokenKind::Legacy
        | TokenKind::OAuth
        | TokenKind::UserToServer => 40,
        TokenKind::FineGrained => 93,
    };
    if text.len() < least {
        return Err(TokenError::Truncated);
    }
    Ok(())
}

/// Characters that stand in pasted text and show nowhere.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}' | '\u{202a}'..='\u{202e}')
        || c == '\0'
}

fn is_variable(name: &str) -> bool {
    let upper = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    !name.is_empty() && name.bytes().all(upper)
}

/// `Iv1.` or `Iv23` and hexadecimal or alphanumeric characters, or an app's number.
fn is_client_id(text: &str) -> bool {
    text.starts_with("Iv1.")
        || text.starts_with("Iv23")
        || (text.len() < 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::super::Token;
    use super::*;

    #[test]
    fn each_mistake_has_a_message_of_its_own() {
        let good = ["ghp", &format!("{}0uCPlr", "A".repeat(30))].join("_");
        for (text, error) in [
            (String::new(), TokenError::Empty),
            (" \r\n ".to_owned(), TokenError::Empty),
            ("***".to_owned(), TokenError::Masked),
            (format!("\u{feff}{good}"), TokenError::InvisibleCharacter),
            (format!("{good}\u{200b}"), TokenError::InvisibleCharacter),
            ("${{ secrets.TOKEN }}".to_owned(), TokenError::Unexpanded),
            ("$TOKEN".to_owned(), TokenError::Unexpanded),
            (
                ["-----BEGIN RSA PRIVATE", " KEY-----\nMIIE\n"].concat(),
                TokenError::Pem,
            ),
            ("LS0tLS1CRUdJTiBSU0Eg".to_owned(), TokenError::Pem),
            (format!("\"{good}\""), TokenError::Quoted),
            (format!("{good}'"), TokenError::Quoted),
            (format!("Bearer {good}"), TokenError::AuthorizationHeader),
            (format!("token {good}"), TokenError::AuthorizationHeader),
            (
                format!("Authorization: Bearer {good}"),
                TokenError::AuthorizationHeader,
            ),
            (
                format!("https://{good}@github.com/acme/site"),
                TokenError::Url,
            ),
            (format!("{good} {good}"), TokenError::Whitespace),
            (format!("{good}\n{good}"), TokenError::Whitespace),
            (format!("{good}é"), TokenError::NotAscii),
            (format!("GH_TOKEN={good}"), TokenError::Assignment),
            (["ghr", &"x".repeat(76)].join("_"), TokenError::RefreshToken),
            (
                "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln".to_owned(),
                TokenError::Jwt,
            ),
            ("Iv23liABCDEF".to_owned(), TokenError::ClientId),
            ("123456".to_owned(), TokenError::ClientId),
            (
                ["ghp", "PATGATEtestVECTOR"].join("_"),
                TokenError::Truncated,
            ),
            (["github_pat", "11ABC"].join("_"), TokenError::Truncated),
            (
                ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_"),
                TokenError::Example,
            ),
            (["ghp", &"x".repeat(36)].join("_"), TokenError::Example),
            (["ghp", "YOUR_TOKEN_HERE"].join("_"), TokenError::Example),
            ("glpat-abcdefghij".to_owned(), TokenError::UnknownPrefix),
            ("a".repeat(MAX_LEN + 1), TokenError::TooLong),
        ] {
            let found = Token::parse(&SecretString::from(text)).map(|token| token.kind());
            assert_eq!(found, Err(error));
        }
    }
}
