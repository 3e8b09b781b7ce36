//! What somebody else wrote, made fit to be quoted: short, one line, and without the token.

use std::error::Error;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::{ExposeSecret as _, SecretString};

/// As much as a person reads of an error.
const MAX_CHARS: usize = 300;

/// Quotes `text`. A server that echoes requests must not make us echo the token.
pub(super) fn quote(text: &str, secret: &SecretString) -> String {
    match short(text, secret) {
        short if short.is_empty() => "nothing".to_owned(),
        short => format!("\"{short}\""),
    }
}

/// `text` on one line, and not a long one.
pub(super) fn short(text: &str, secret: &SecretString) -> String {
    let printable = |c: char| {
        if c.is_control() || c.is_whitespace() {
            ' '
        } else {
            c
        }
    };
    let line: String = without_secret(text, secret)
        .chars()
        .map(printable)
        .collect();
    let words: Vec<_> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// `text` without the token, and without the form in which git sends it.
pub(super) fn without_secret(text: &str, secret: &SecretString) -> String {
    let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", secret.expose_secret()));
    text.replace(secret.expose_secret(), "***")
        .replace(&basic, "***")
}

/// Whether the token, or the form in which git sends it, stands in `bytes`.
pub(super) fn holds(bytes: &[u8], secret: &SecretString) -> bool {
    let text = String::from_utf8_lossy(bytes);
    without_secret(&text, secret) != text
}

/// `bytes` without the token; the same bytes where it is not in them.
pub(super) fn scrub(bytes: Vec<u8>, secret: &SecretString) -> Vec<u8> {
    if holds(&bytes, secret) {
        without_secret(&String::from_utf8_lossy(&bytes), secret).into_bytes()
    } else {
        bytes
    }
}

/// Quotes the innermost cause of `error`: what went wrong, without who passed it on.
pub(super) fn cause(error: &(dyn Error + 'static), secret: &SecretString) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    quote(&innermost.to_string(), secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_short_and_harmless() {
        let secret = SecretString::from("hunter2hunter2");
        assert_eq!(quote("a\r\n::error::b\t c ", &secret), "\"a ::error::b c\"");
        assert_eq!(quote(" \n", &secret), "nothing");
        assert_eq!(quote(&"é".repeat(500), &secret).chars().count(), 303);
    }

    #[test]
    fn a_server_that_echoes_the_token_is_not_echoed() {
        let secret = SecretString::from("hunter2hunter2");
        let basic = BASE64_STANDARD.encode("x-access-token:hunter2hunter2");
        let quoted = quote(&format!("you sent hunter2hunter2 as {basic}"), &secret);
        assert_eq!(quoted, "\"you sent *** as ***\"");
    }
}
