//! Words for what is known, and for what is not.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

use crate::facts::{Fact, Why};

use super::yaml::{Value, known};

/// What is told, or `unknown`, or `unknown: REASON`.
#[derive(Clone, Debug)]
pub enum Told<T> {
    /// What is told.
    Known(T),
    /// It is not, for this reason.
    Unknown(Why),
}

impl<T> Told<T> {
    /// The fact.
    pub(super) fn build<U>(&self, fact: impl FnOnce(&T) -> U) -> Fact<U> {
        match self {
            Self::Known(known) => Fact::Known(fact(known)),
            Self::Unknown(why) => Fact::Unknown(why.clone()),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Told<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match unknown(&value).map_err(de::Error::custom)? {
            Some(why) => Ok(Self::Unknown(why)),
            None => known(value).map(Self::Known),
        }
    }
}

/// Whether `text` can only be meant as somebody's words: a single word may be a misspelt one of ours.
pub(super) fn is_said(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

/// Why it is not known, if `value` says that it is not.
pub(super) fn unknown(value: &Value) -> Result<Option<Why>, String> {
    if value.as_str() == Some("unknown") {
        return Ok(Some(Why::NotTold));
    }
    let map = value.as_mapping().filter(|map| map.len() == 1);
    let Some(reason) = map.and_then(|map| map.get("unknown")) else {
        return Ok(None);
    };
    Ok(Some(match reason.as_str() {
        Some("headers-filtered") => Why::HeadersFiltered,
        Some("partial") => Why::Partial,
        Some("public") => Why::Public,
        Some("unreadable") => Why::Unreadable,
        Some("unreliable") => Why::Unreliable,
        Some(reason) if is_said(reason) => Why::NoAnswer(reason.to_owned()),
        _ => {
            return Err("the reason for `unknown` is `headers-filtered`, `partial`, `public`, `unreadable`, `unreliable`, or words of your own, at least two".to_owned());
        }
    }))
}
