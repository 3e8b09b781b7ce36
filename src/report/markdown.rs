//! Markdown that holds what somebody else wrote.
//!
//! GitHub renders a summary as GFM: every character that could begin a link, a mention, a table
//! cell or a tag is written as an entity, and names stand in `<code>`, where no mention works.

use std::fmt::Write as _;

use crate::facts::{Answer, Fact, RepositoryFacts, Visibility, Why};

/// `text` as text and nothing else, on one line.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            c if c.is_control() => escaped.push('\u{fffd}'),
            c if c.is_alphanumeric() || " ,;()'?=%-/\"…".contains(c) => escaped.push(c),
            // Within a time of day. Elsewhere it may end a scheme or begin an emoji.
            ':' if before.is_ascii_digit() && after.is_ascii_digit() => escaped.push(c),
            c => {
                // Writing to a string cannot fail.
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
        }
        before = c;
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
    let mut words = door(found);
    if found.archived == Fact::Known(true) {
        words += ", archived";
    }
    if let Fact::Known(visibility @ (Visibility::Internal | Visibility::Public)) = &found.visibility
    {
        words += ", ";
        words += visibility.word();
    }
    if let Some(now) = &found.renamed_to {
        words += ", renamed to ";
        words += now.as_str();
    }
    words
}

fn door(found: &RepositoryFacts) -> String {
    match (&found.fetch, &found.push) {
        (_, Fact::Known(Answer::Yes)) => "fetch and push".to_owned(),
        (_, Fact::Known(Answer::Invisible)) | (Fact::Known(Answer::Invisible), _) => {
            "not visible".to_owned()
        }
        (_, Fact::Known(Answer::Forbidden(_))) => "no push".to_owned(),
        (Fact::Known(Answer::Yes), _) => "fetch".to_owned(),
        (Fact::Known(Answer::Forbidden(_)), _) => "no fetch".to_owned(),
        // A probe that brought nothing tells more than one that was not made.
        (Fact::Unknown(Why::NotTold), Fact::Unknown(why)) | (Fact::Unknown(why), _) => {
            format!("unknown: {why}")
        }
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
                    '<', '>', '[', ']', '|', '@', '`', '*', '_', '~', '\n', '\r', ':', '.', '!',
                    '&'
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
