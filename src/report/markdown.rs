//! Markdown that holds what somebody else wrote.
//!
//! GitHub renders a summary as GFM: every character that could begin a link, a mention, a table
//! cell or a tag is written as an entity, and names stand in `<code>`, where no mention works.

use crate::facts::{Answer, Fact, RepositoryFacts};

/// `text` as text and nothing else, on one line.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'a'..='z'
            | 'A'..='Z'
            | '0'..='9'
            | ' '
            | ','
            | ';'
            | '('
            | ')'
            | '\''
            | '?'
            | '='
            | '%' => escaped.push(c),
            c if c.is_control() => escaped.push('\u{fffd}'),
            c if c.is_alphanumeric() => escaped.push(c),
            c => escaped.push_str(&format!("&#{};", u32::from(c))),
        }
    }
    escaped
}

/// `text` as code.
pub(super) fn code(name: &str) -> String {
    format!("<code>{}</code>", text(name))
}

/// A message of ours: what stands between backticks is code, the rest is text.
pub(super) fn message(message: &str) -> String {
    let mut parts = message.split('`').peekable();
    let mut rendered = String::new();
    let mut inside = false;
    while let Some(part) = parts.next() {
        // An odd backtick at the end closes nothing.
        let closed = parts.peek().is_some();
        if inside && closed {
            rendered += &code(part);
        } else {
            rendered += &text(part);
        }
        inside = !inside;
    }
    rendered
}

/// What the probes found, in a few words.
pub(super) fn reach(found: &RepositoryFacts) -> String {
    let RepositoryFacts { fetch, push } = found;
    match (fetch, push) {
        (_, Fact::Known(Answer::Yes)) => "fetch and push".to_owned(),
        (_, Fact::Known(Answer::Invisible)) | (Fact::Known(Answer::Invisible), _) => {
            "not visible".to_owned()
        }
        (_, Fact::Known(Answer::Forbidden(_))) => "no push".to_owned(),
        (Fact::Known(Answer::Yes), _) => "fetch".to_owned(),
        (Fact::Known(Answer::Forbidden(_)), _) => "no fetch".to_owned(),
        (Fact::Unknown(fetch), Fact::Unknown(_)) => format!("unknown: {fetch}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_else_wrote_is_text_and_nothing_else() {
        for hostile in [
            "<img src=x onerror=y>",
            "[a](https://evil.example)",
            "![a](https://evil.example)",
            "https://evil.example www.evil.example",
            "@octocat #1 acme/site#1",
            "a | b\n| c",
            "`code` **bold** _it_ ~no~ # head",
            "\r\n::error::x ##[error]x",
            "&lt; <!-- x -->",
            ":smile:",
        ] {
            let escaped = text(hostile);
            let entities = escaped.replace("&#", "");
            assert!(
                !entities.contains([
                    '<', '>', '[', ']', '|', '@', '`', '*', '_', '~', '\n', '\r', ':', '/', '.',
                    '!', '&'
                ]),
                "{escaped}"
            );
        }
    }

    #[test]
    fn names_in_a_message_are_code() {
        assert_eq!(
            message("the scope `a:b` is"),
            "the scope <code>a&#58;b</code> is"
        );
        assert_eq!(message("an odd ` stays"), "an odd  stays");
    }
}
