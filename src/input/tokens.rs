//! The input `tokens`: lines `GATE: TOKEN`.

use secrecy::{ExposeSecret as _, SecretString};

/// One line of the input `tokens`.
#[derive(Debug)]
pub struct TokenLine {
    /// Which line, from 1 on.
    pub number: usize,
    /// The gate that the token is for; `None` where the line is no `GATE: TOKEN`.
    pub gate: Option<String>,
    /// What stands behind the gate, untouched; all of a line that has none, since it may be a token.
    pub secret: SecretString,
}

/// Reads the lines that are not blank.
pub(super) fn read(text: &SecretString) -> Vec<TokenLine> {
    let lines = text.expose_secret().lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| {
            let (gate, secret) = match line.split_once(':') {
                Some((gate, secret)) if is_gate(gate.trim()) => (Some(gate.trim()), secret.trim()),
                Some(_) | None => (None, line.trim()),
            };
            TokenLine {
                number: at + 1,
                gate: gate.map(str::to_owned),
                secret: secret.into(),
            }
        })
        .collect()
}

/// No gate has a longer name here: it could be a token, which is then masked and told by its line.
const MAX_GATE: usize = 32;

/// What a policy takes for a gate's name, and nothing that could be a token: a secret of the form
/// `TOKEN:x-oauth-basic` has one in front of its colon.
fn is_gate(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let prefixes = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"];
    let lower = text.to_ascii_lowercase();
    (1..=MAX_GATE).contains(&text.len())
        && text.bytes().all(plain)
        && !prefixes.iter().any(|prefix| lower.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, Option<String>, String)> {
        read(&text.into())
            .into_iter()
            .map(|line| {
                let secret = line.secret.expose_secret().to_owned();
                (line.number, line.gate, secret)
            })
            .collect()
    }

    #[test]
    fn a_line_is_a_gate_and_a_token() {
        let gate = |name: &str| Some(name.to_owned());
        assert_eq!(
            lines("\n  docs: one\r\n\nsite.v2 :two:2 \nempty:\n"),
            [
                (2, gate("docs"), "one".to_owned()),
                (4, gate("site.v2"), "two:2".to_owned()),
                (5, gate("empty"), String::new()),
            ]
        );
    }

    #[test]
    fn all_of_a_line_without_a_gate_may_be_a_token() {
        let long = format!("{}:x-oauth-basic", "0".repeat(40));
        let reversed = ["ghp", "x: site"].join("_");
        for line in [
            "alone",
            "two words: x",
            ": x",
            "{\"a\": 1}",
            &long,
            &reversed,
        ] {
            assert_eq!(lines(line), [(1, None, line.to_owned())], "{line}");
        }
    }

    #[test]
    fn no_debug_form_shows_a_token() {
        let shown = format!("{:?}", read(&"docs: hunter2\nhunter3".into()));
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
