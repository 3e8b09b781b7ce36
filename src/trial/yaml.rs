//! How a file of tests is read, strictly: nothing that is written is passed over.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

pub(super) use serde_yaml::Value;

use super::TrialError;

/// Reads a whole text.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, TrialError> {
    serde_yaml::from_str(text).map_err(|error| {
        let at = error.location();
        let message = error.to_string();
        // The place stands at the end of the words, too.
        let words = message.split(" at line ").next().unwrap_or_default();
        TrialError {
            message: words.to_owned(),
            place: at.map(|at| (at.line(), at.column())),
        }
    })
}

/// Reads a value that has no place of its own any more. By way of JSON, in which a word with
/// something behind it is a map: in YAML it would be a tag.
pub(super) fn known<T: DeserializeOwned, E: de::Error>(value: Value) -> Result<T, E> {
    let word = value.as_str().map(str::to_owned);
    let value: serde_json::Value = serde_yaml::from_value(value).map_err(E::custom)?;
    serde_json::from_value(value).map_err(|error| match word {
        // The error speaks of variants, which nobody wrote.
        Some(word) if error.to_string().contains("invalid type: unit variant") => {
            let example = match word.as_str() {
                "forbidden" => "forbidden: sso",
                "kind-forbidden" => "kind-forbidden: { organization: acme, kind: classic }",
                _ => "no-push: { login: acme-bot }",
            };
            E::custom(format!("`{word}` wants more behind it, as in `{example}`"))
        }
        _ => E::custom(error),
    })
}

/// [`known`] for a field. A key with nothing behind it would be taken for one that is left out, and
/// what it should hold would not be looked at.
pub(super) fn word<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Err(de::Error::custom(
            "a key has nothing behind it; give it a value, or leave it out",
        )),
        value => known(value),
    }
}

/// [`word`] for a field that may be left out.
pub(super) fn written<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    word(deserializer).map(Some)
}

/// A map in which no key stands twice; of names, not in other letters either.
pub(super) fn unique<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Reader<K, V>(PhantomData<(K, V)>);
    impl<'de, K, V> de::Visitor<'de> for Reader<K, V>
    where
        K: Deserialize<'de> + Ord + fmt::Display,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a map")
        }
        fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = entries.next_entry::<K, V>()? {
                if map.contains_key(&key) {
                    return Err(de::Error::custom(format!("`{key}` stands there twice")));
                }
                map.insert(key, value);
            }
            Ok(map)
        }
    }
    // Not as a map: nothing would be an empty one.
    deserializer.deserialize_any(Reader(PhantomData))
}

/// [`unique`] for a map that may be left out.
pub(super) fn unique_written<'de, K, V, D>(
    deserializer: D,
) -> Result<Option<BTreeMap<K, V>>, D::Error>
where
    K: Deserialize<'de> + Ord + fmt::Display,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    unique(deserializer).map(Some)
}
