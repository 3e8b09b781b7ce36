//! The forms of a secret that the runner does not mask by itself.
//!
//! For each masked value the runner adds its base64 from three starting bytes, and its JSON,
//! URI and XML escapes (actions/runner, `HostContext.cs`). It does not add base64 without
//! padding or with more data behind it, base64url, hexadecimal, or the `user:token` of a basic
//! header; whoever prints one of those prints the token.

use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::{Engine as _, engine::GeneralPurpose};
use secrecy::{ExposeSecret as _, SecretString};

/// Shorter values are masked as they are, but their encodings are too common to mask.
const MIN_LEN: usize = 8;

/// The user name that git sends with a token.
const USER: &str = "x-access-token:";

/// All that is to be masked for `secret`: each of its lines, then the encodings of each line.
pub fn forms(secret: &SecretString) -> Vec<SecretString> {
    let mut forms: Vec<String> = Vec::new();
    let mut add = |form: String| {
        if !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    };
    let lines = || lines(secret.expose_secret());
    lines().for_each(|line| add(line.to_owned()));
    let words = lines()
        .flat_map(words)
        .map(str::to_owned)
        .collect::<Vec<_>>();
    for word in &words {
        add(word.clone());
    }
    let whole = lines()
        .filter(|line| line.len() >= MIN_LEN)
        .map(str::to_owned);
    for line in whole.chain(words).collect::<Vec<_>>() {
        let line = line.as_str();
        encodings(line).into_iter().for_each(&mut add);
        // What is behind the app's id in a new installation token is a token's worth.
        if let Some(jwt) = line.find("_eyJ") {
            add(line[jwt + 1..].to_owned());
        }
    }
    forms.into_iter().map(SecretString::from).collect()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    // Of a text with many lines, short ones such as `}` would mask half the log.
    let least = if text.trim().contains(['\n', '\r']) {
        4
    } else {
        1
    };
    text.split(['\n', '\r'])
        .map(str::trim)
        .filter(move |line| line.len() >= least && !line.bytes().all(|byte| byte == b'*'))
}

/// What could be a token within a line that holds more: a header, a URL, quotes.
fn words(line: &str) -> impl Iterator<Item = &str> {
    let other = |c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c));
    line.split(other)
        .filter(move |word| word.len() >= 20 && *word != line)
}

fn encodings(line: &str) -> Vec<String> {
    let bytes = line.as_bytes();
    let basic = format!("{USER}{line}");
    let mut forms = vec![
        STANDARD.encode(&basic),
        STANDARD_NO_PAD.encode(&basic),
        STANDARD_NO_PAD.encode(bytes),
        URL_SAFE_NO_PAD.encode(bytes),
        hex(bytes, b"0123456789abcdef"),
        hex(bytes, b"0123456789ABCDEF"),
    ];
    for start in 0..3 {
        forms.push(core(&STANDARD_NO_PAD, &bytes[start..]));
        forms.push(core(&URL_SAFE_NO_PAD, &bytes[start..]));
    }
    let escaped = percent(line);
    if escaped != line {
        forms.push(escaped);
    }
    forms
}

/// The part of the base64 that stays the same whatever stands behind `bytes`.
fn core(engine: &GeneralPurpose, bytes: &[u8]) -> String {
    engine.encode(&bytes[..bytes.len() / 3 * 3])
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    bytes
        .iter()
        .flat_map(|byte| {
            [
                digits[usize::from(byte >> 4)],
                digits[usize::from(byte & 15)],
            ]
        })
        .map(char::from)
        .collect()
}

fn percent(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secret: &str) -> Vec<String> {
        forms(&SecretString::from(secret))
            .iter()
            .map(|form| form.expose_secret().to_owned())
            .collect()
    }

    #[test]
    fn every_encoding_holds_a_masked_form() {
        let token = "patgate-canary-0123456789";
        let masked = masked(token);
        let hides = |text: &str| masked.iter().any(|form| text.contains(form.as_str()));
        for prefix in ["", "a", "ab", "abc", "user:", "x-access-token:"] {
            for suffix in ["", "\n", "xy", "@host"] {
                let text = format!("{prefix}{token}{suffix}");
                assert!(hides(&STANDARD.encode(&text)), "{text}");
                assert!(hides(&STANDARD_NO_PAD.encode(&text)), "{text}");
                assert!(hides(&URL_SAFE_NO_PAD.encode(&text)), "{text}");
            }
        }
        assert!(hides(&hex(token.as_bytes(), b"0123456789abcdef")));
        assert!(hides(&hex(token.as_bytes(), b"0123456789ABCDEF")));
    }

    #[test]
    fn each_line_is_masked_but_not_the_short_ones_of_many() {
        assert_eq!(masked(" ab \n"), ["ab"], "one line, however short");
        let many = masked("{\n  \"token\": \"x\"\n}\n");
        assert_eq!(many[0], "\"token\": \"x\"");
        assert!(!many.contains(&"{".to_owned()), "{many:?}");
    }

    #[test]
    fn a_token_within_a_header_or_a_url_is_masked_alone() {
        for text in [
            "Bearer patgate-canary-0123456789",
            "https://x:patgate-canary-0123456789@host",
            "\u{feff}patgate-canary-0123456789",
        ] {
            let masked = masked(text);
            assert!(
                masked.contains(&"patgate-canary-0123456789".to_owned()),
                "{masked:?}"
            );
        }
    }

    #[test]
    fn nothing_and_stars_need_no_mask() {
        assert_eq!(masked(""), [""; 0]);
        assert_eq!(masked("***"), [""; 0]);
    }

    #[test]
    fn the_jwt_of_a_new_installation_token_is_masked_alone() {
        let masked = masked(&["ghs", "15368", "eyJhbGciOi.eyJhaWQiOj.c2ln"].join("_"));
        assert!(masked.contains(&"eyJhbGciOi.eyJhaWQiOj.c2ln".to_owned()));
    }
}
