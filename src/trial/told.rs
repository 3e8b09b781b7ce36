//! Words for what is known, and for what is not.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};
use serde_yaml::Value;

use crate::facts::{Fact, Why};

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
        match unknown(&value) {
            Some(why) => Ok(Self::Unknown(why)),
            None => known(value).map(Self::Known),
        }
    }
}

/// Reads a value that has no place of its own any more. By way of JSON, in which a word with
/// something behind it is a map: in YAML it would be a tag.
pub(super) fn known<T: DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    let value: serde_json::Value = serde_yaml::from_value(value).map_err(E::custom)?;
    serde_json::from_value(value).map_err(E::custom)
}

/// [`known`] for a field.
pub(super) fn word<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    known(Value::deserialize(deserializer)?)
}

/// Why it is not known, if `value` says that it is not.
pub(super) fn unknown(value: &Value) -> Option<Why> {
    if value.as_str() == Some("unknown") {
        return Some(Why::NotTold);
    }
    let map = value.as_mapping().filter(|map| map.len() == 1)?;
    Some(match map.get("unknown")?.as_str()? {
        "headers-filtered" => Why::HeadersFiltered,
        "partial" => Why::Partial,
        "public" => Why::Public,
        "unreadable" => Why::Unreadable,
        "unreliable" => Why::Unreliable,
        reason => Why::NoAnswer(reason.to_owned()),
    })
}
