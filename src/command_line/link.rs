//! `patgate link`: where to make the token of a gate.

use crate::gate::Error;
use crate::input::Input;
use crate::policy::Policy;
use crate::policy::link::{NoPage, Order, Page};
use crate::report::Tone;

use super::answer::{Answer, NO, YES};
use super::arguments::Link;
use super::{Place, lint, source, words};

impl Link {
    pub(super) fn run(self, place: &Place<'_>) -> Answer {
        let (policy, unread) = match self.policy(place) {
            Ok(found) => found,
            Err(answer) => return answer,
        };
        let server = match self.server(place) {
            Ok(server) => server,
            Err(error) => return words::failure(&error, None, place),
        };
        let order = Order {
            server: &server,
            version: self.server_version,
            gate: &self.gate,
            kind: self.kind.map(Into::into),
            name: self.name.as_deref(),
            expires: self.expires,
        };
        let mut answer = match policy.page(&order) {
            Ok(page) => found(&page, &self),
            Err(error) => none(&error),
        };
        if let Some(unread) = unread {
            answer.complain(Tone::Warn, unread);
        }
        answer
    }

    /// The GitHub as the gate would take it.
    fn server(&self, place: &Place<'_>) -> Result<String, Error> {
        let url = place.server_url(self.server_url.as_deref());
        let input = Input::parse(|name| (name == "INPUT_SERVER-URL").then(|| url.clone()))?;
        Ok(input.origin.to_string())
    }

    fn policy(&self, place: &Place<'_>) -> Result<(Policy, Option<String>), Answer> {
        let failed = |message: String| words::failed(&message, place);
        let Some((path, text)) = source::find(self.policy.as_deref()).map_err(failed)? else {
            return if self.gate == "default" {
                Ok((Policy::baseline(), None))
            } else {
                Err(words::failed(
                    "there is no policy, and the baseline has one gate alone; name the policy with `--policy`",
                    place,
                ))
            };
        };
        let file = path.display().to_string();
        lint::gate((&text, &file), &self.base, &self.gate, place)
    }
}

fn found(page: &Page, link: &Link) -> Answer {
    let Page {
        url,
        is_filled,
        kind,
        owners,
        fields,
    } = page;
    let mut answer = Answer::status(YES);
    let owners: Vec<_> = owners.iter().map(|owner| format!("`{owner}`")).collect();
    let whose = if owners.is_empty() {
        String::new()
    } else {
        format!(", signed in as {}", owners.join(" or "))
    };
    answer.line(
        Tone::Plain,
        format!("Make {} on this page{whose}:", kind.with_article()),
    );
    answer.line(Tone::Plain, "");
    answer.line(Tone::Strong, format!("  {url}"));
    answer.line(Tone::Plain, "");
    let how = if *is_filled {
        "See that it says, and choose what no address can:"
    } else {
        "This GitHub does not fill the page in. Choose:"
    };
    answer.line(Tone::Plain, how);
    answer.line(Tone::Plain, "");
    let width = fields.iter().map(|(name, _)| name.len()).max();
    let width = width.unwrap_or_default() + 1;
    for (name, value) in fields {
        let name = format!("{name}:");
        answer.line(Tone::Plain, format!("  {name:width$} {value}"));
    }
    answer.line(Tone::Plain, "");
    answer.line(
        Tone::Plain,
        "Then judge it before you store it in the secret:",
    );
    answer.line(Tone::Plain, "");
    answer.line(Tone::Strong, format!("  {}", check(link)));
    answer
}

/// The command that judges what is made there.
fn check(link: &Link) -> String {
    let mut words = vec!["patgate check".to_owned()];
    let mut option = |name: &str, value: &str| words.push(format!("--{name} {}", quoted(value)));
    if let Some(policy) = &link.policy {
        option("policy", &policy.display().to_string());
    }
    if link.gate != "default" {
        option("gate", &link.gate);
    }
    if let Some(url) = &link.server_url {
        option("server-url", url);
    }
    format!("{} < FILE", words.join(" "))
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn none(error: &NoPage) -> Answer {
    let mut answer = Answer::status(NO);
    answer.complain(Tone::Deny, format!("error: {error}"));
    answer.complain(Tone::Plain, format!("  help: {}", error.help()));
    answer
}
