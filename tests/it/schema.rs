//! The policy's JSON Schema, `schema/patgate.schema.json`, and the parser agree: what one takes for
//! a policy in form, the other does too.

use std::env;
use std::fs;
use std::path::Path;

use boon::{Compiler, SchemaIndex, Schemas};
use patgate::policy::{Document, PolicyError, Sort};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::string::string_regex;
use serde_json::{Map, Value as Json, json};

use crate::agreement::read;
use crate::cases::parts::document;

const FILE: &str = "schema/patgate.schema.json";

#[test]
fn the_schema_in_the_repository_is_the_one_of_the_code() {
    let schema = patgate::policy::schema();
    if env::var_os("PATGATE_WRITE_DOCS").is_some_and(|value| value == "1") {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, &schema).unwrap();
    }
    assert!(
        read(FILE) == schema,
        "{FILE} is not what the code says; write it with PATGATE_WRITE_DOCS=1 cargo test --test it schema"
    );
}

#[test]
fn every_field_and_every_rule_is_described() {
    let schema: Json = serde_json::from_str(&patgate::policy::schema()).unwrap();
    let mut silent = Vec::new();
    let mut described = 0;
    for_each_property(&schema, "", &mut |path, property| {
        if property["description"]
            .as_str()
            .is_some_and(|text| text.len() > 8)
        {
            described += 1;
        } else {
            silent.push(path.to_owned());
        }
    });
    assert!(silent.is_empty(), "{silent:?}");
    assert!(described > 60, "fields, and rules");
}

/// Where chance would seldom lead.
#[test]
fn every_odd_word_in_every_place_is_in_form_for_both_or_for_neither() {
    let text = read("fuzz/corpus/document/a-policy-with-the-whole-language");
    let whole: Json = serde_yaml::from_str(&text).unwrap();
    let mut places = Vec::new();
    paths(&whole, "", &mut places);
    for place in &places {
        for other in words().into_iter().chain(forms()) {
            let mut json = whole.clone();
            *json.pointer_mut(place).unwrap() = other.clone();
            agree(&json).unwrap_or_else(|error| panic!("{other} at {place}: {error}"));
        }
    }
}

fn for_each_property(schema: &Json, path: &str, see: &mut dyn FnMut(&str, &Json)) {
    match schema {
        Json::Object(fields) => {
            for (key, value) in fields {
                let within = format!("{path}/{key}");
                if key == "properties" {
                    for (name, property) in value.as_object().unwrap() {
                        see(&format!("{within}/{name}"), property);
                    }
                }
                for_each_property(value, &within, see);
            }
        }
        Json::Array(items) => {
            for item in items {
                for_each_property(item, path, see);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

#[test]
fn the_schema_refuses_what_is_no_policy() {
    for text in [
        "[]",
        "version: 1",
        "version: 2\ngates: { default: {} }",
        "version: 1\ngates: {}",
        "version: 1\ngates: { default: { kinds: [] } }",
        "version: 1\ngates: { default: { kinds: [github] } }",
        "version: 1\ngates: { default: { kind: [classic] } }",
        "version: 1\ngates: { default: { expiry: {} } }",
        "version: 1\ngates: { default: { levels: { expiry/soonish: warn } } }",
        "version: 1\ngates: { default: { waive: [{ rule: expiry/required }] } }",
    ] {
        let fits = fits(&serde_yaml::from_str(text).unwrap());
        let error = Document::parse(text, "policy").unwrap_err();
        assert!(!fits && has(&error, Sort::Form), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// The parser takes each of these.
    #[test]
    fn a_policy_that_is_read_fits_the_schema(text in document()) {
        let json = serde_yaml::from_str(&text).unwrap();
        prop_assert!(Document::parse(&text, "policy").is_ok());
        prop_assert!(fits(&json), "{text}");
    }

    #[test]
    fn a_policy_with_a_damage_is_out_of_form_for_both_or_for_neither(
        text in document(),
        damage in damage(),
    ) {
        let mut json = serde_yaml::from_str(&text).unwrap();
        damage.to(&mut json);
        agree(&json)?;
    }

    #[test]
    fn what_the_schema_describes_is_in_form_for_both(
        json in described(),
        damages in vec(damage(), 0..3),
    ) {
        agree(&json)?;
        let mut json = json;
        for damage in damages {
            damage.to(&mut json);
        }
        agree(&json)?;
    }
}

/// As JSON is written, in quotes throughout, and as YAML is.
fn agree(json: &Json) -> Result<(), TestCaseError> {
    let refusal = refusal(json);
    let fits = refusal.is_none();
    for (text, is_quoted) in [
        (in_quotes(json), true),
        (serde_yaml::to_string(json).unwrap(), false),
    ] {
        prop_assert_eq!(&serde_yaml::from_str::<Json>(&text).unwrap(), json);
        let Err(error) = Document::parse(&text, "policy") else {
            prop_assert!(fits, "the schema refuses what is read\n{text}");
            continue;
        };
        let shown: String = error
            .problems()
            .iter()
            .map(|problem| problem.excerpt(false))
            .collect();
        if has(&error, Sort::Syntax) {
            // No schema knows that a key in another case is the same one. What stands without
            // quotes among those is no text, and the schema wants text.
            let said = |word: &str| {
                error
                    .problems()
                    .iter()
                    .any(|problem| problem.message.contains(word))
            };
            let is_no_text = said("some readers of YAML take") && (!fits || said(" for `1`"));
            prop_assert!(said(" twice") || is_no_text || !is_quoted, "{shown}");
            continue;
        }
        prop_assert_eq!(
            fits,
            !has(&error, Sort::Form),
            "{}
{}
{:?}",
            text,
            shown,
            refusal
        );
    }
    Ok(())
}

fn has(error: &PolicyError, sort: Sort) -> bool {
    error.problems().iter().any(|problem| problem.sort == sort)
}

/// JSON, which YAML reads the same, but for letters that nobody sees: those are escaped as YAML does.
fn in_quotes(json: &Json) -> String {
    let plain = |c: char| c.is_ascii() && c != '\u{7f}';
    let text = serde_json::to_string_pretty(json).unwrap();
    let escaped = text.chars().map(|c| match c {
        c if plain(c) => c.to_string(),
        c => format!("\\U{:08x}", u32::from(c)),
    });
    escaped.collect()
}

/// Whether a policy has the form that the schema describes.
pub(crate) fn is_of_the_form(text: &str) -> bool {
    fits(&serde_yaml::from_str(text).unwrap())
}

fn fits(json: &Json) -> bool {
    refusal(json).is_none()
}

/// Why the schema refuses it, if it does.
fn refusal(json: &Json) -> Option<String> {
    thread_local! {
        static SCHEMA: (Schemas, SchemaIndex) = compiled();
    }
    SCHEMA.with(|(schemas, index)| {
        let error = schemas.validate(json, *index).err()?;
        Some(error.to_string())
    })
}

fn compiled() -> (Schemas, SchemaIndex) {
    const URL: &str = "https://patgate.test/schema";
    let schema = serde_json::from_str(&patgate::policy::schema()).unwrap();
    let mut schemas = Schemas::new();
    let mut compiler = Compiler::new();
    compiler.add_resource(URL, schema).unwrap();
    let index = compiler.compile(URL, &mut schemas).unwrap();
    (schemas, index)
}

/// What the schema describes, by nothing but the schema.
fn described() -> BoxedStrategy<Json> {
    let schema: Json = serde_json::from_str(&patgate::policy::schema()).unwrap();
    instance(&schema, &schema)
}

fn instance(schema: &Json, root: &Json) -> BoxedStrategy<Json> {
    if let Some(reference) = schema["$ref"].as_str() {
        return instance(root.pointer(&reference[1..]).unwrap(), root);
    }
    if let Some(all) = schema["allOf"].as_array() {
        return instance(&all[0], root);
    }
    if let Some(word) = schema.get("const") {
        return Just(word.clone()).boxed();
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let words: Vec<_> = choices
            .iter()
            .map(|choice| choice["const"].clone())
            .collect();
        return select(words).boxed();
    }
    match schema["type"].as_str().unwrap() {
        "boolean" => any::<bool>().prop_map(Json::from).boxed(),
        "string" => text(schema).prop_map(Json::from).boxed(),
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            let least = usize::try_from(least).unwrap();
            vec(instance(&schema["items"], root), least..least + 3)
                .prop_map(Json::from)
                .boxed()
        }
        "object" => object(schema, root),
        other => panic!("{other}"),
    }
}

fn text(schema: &Json) -> BoxedStrategy<String> {
    let pattern = schema["pattern"].as_str().unwrap();
    let pattern = pattern.trim_start_matches('^').trim_end_matches('$');
    let fitting = string_regex(pattern).unwrap();
    match schema["anyOf"][0]["enum"].as_array() {
        Some(known) => {
            let known: Vec<_> = known
                .iter()
                .map(|word| word.as_str().unwrap().to_owned())
                .collect();
            prop_oneof![select(known), fitting].boxed()
        }
        None => fitting.boxed(),
    }
}

fn object(schema: &Json, root: &Json) -> BoxedStrategy<Json> {
    let required: Vec<_> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    let fields = schema["properties"].as_object().into_iter().flatten();
    let mut pairs = Just(Map::new()).boxed();
    // Of forty rules, a few.
    let share = schema["properties"]
        .as_object()
        .map_or(1, Map::len)
        .div_ceil(12);
    for (name, field) in fields {
        let (name, value) = (name.clone(), instance(field, root));
        let is_there = if required.contains(&&json!(name)) {
            Just(true).boxed()
        } else {
            (0..2 * share).prop_map(|drawn| drawn == 1).boxed()
        };
        pairs = (pairs, is_there, value)
            .prop_map(move |(mut pairs, is_there, value)| {
                if is_there {
                    pairs.insert(name.clone(), value);
                }
                pairs
            })
            .boxed();
    }
    let others = &schema["additionalProperties"];
    if others.is_object() {
        let names = text(&schema["propertyNames"]);
        pairs = (pairs, vec((names, instance(others, root)), 1..3))
            .prop_map(|(mut pairs, others)| {
                pairs.extend(others);
                pairs
            })
            .boxed();
    }
    pairs.prop_map(Json::Object).boxed()
}

/// One change to a document.
#[derive(Clone, Debug)]
struct Damage {
    place: Index,
    change: Change,
}

#[derive(Clone, Debug)]
enum Change {
    /// Another value stands there.
    Other(Json),
    /// A key or an item more.
    More(String, Json),
    /// A key or an item less.
    Less(Index),
    /// The item or the key's value again, by this name.
    Again(Index, String),
    /// In a list.
    Within,
}

fn damage() -> impl Strategy<Value = Damage> {
    let change = prop_oneof![
        4 => other().prop_map(Change::Other),
        2 => (key(), other()).prop_map(|(key, value)| Change::More(key, value)),
        2 => any::<Index>().prop_map(Change::Less),
        2 => (any::<Index>(), key()).prop_map(|(index, key)| Change::Again(index, key)),
        1 => Just(Change::Within),
    ];
    (any::<Index>(), change).prop_map(|(place, change)| Damage { place, change })
}

fn key() -> impl Strategy<Value = String> {
    let words = [
        "",
        "kinds",
        "Kinds",
        "defaults",
        "DEFAULT",
        "a b",
        "at_most",
        "expiry/soon",
        "acme/site",
        "acme/..",
        "acme/x.git",
        "*/site",
        "acme/*",
        "no",
        "1",
        "<<",
        "contents",
        "new_thing",
    ];
    let long = [("g", 100), ("g", 101)].map(|(letter, count)| letter.repeat(count));
    let words: Vec<_> = words.map(str::to_owned).into_iter().chain(long).collect();
    select(words)
}

fn other() -> impl Strategy<Value = Json> {
    prop_oneof![6 => select(words()), 4 => select(forms())]
}

/// At the edge of what some field takes.
fn words() -> Vec<Json> {
    let words = [
        "",
        " ",
        "no",
        "true",
        "null",
        "1",
        "1.0",
        "classic",
        "Classic",
        "warn",
        "push",
        "none",
        "deny",
        "1h30m",
        "30m1h",
        "999999999w",
        "90 d",
        "2027-02-30",
        "2027-1-31",
        "0000-01-01",
        "refs/",
        "refs/heads/a b",
        "refs/heads/\u{85}",
        "refs/heads/\u{1}",
        "refs/heads/\u{feff}",
        "a/b/c@refs/x y",
        "a/b/c@",
        "a//c",
        "acme/.github/../x@v3",
        "acme/.github/x@v3..v4",
        "ab",
        "a b\u{1}c d",
        " abc",
        "abc\u{a0}",
        "a\nb",
        "*",
        "admin:*",
        "content",
    ];
    let long = [
        ("refs/", "ä", 245),
        ("refs/", "ä", 246),
        ("a/b/", "ä", 246),
        ("a/b/", "ä", 247),
        ("", "ä", 300),
        ("", "ä", 301),
    ];
    let long = long.map(|(before, letter, count)| format!("{before}{}", letter.repeat(count)));
    let words = words.map(str::to_owned).into_iter().chain(long);
    words.map(Json::from).collect()
}

/// No words.
fn forms() -> Vec<Json> {
    vec![
        Json::Null,
        json!(true),
        json!(0),
        json!(1),
        json!(1.0),
        json!(1.5),
        json!([]),
        json!({}),
        json!([[]]),
        json!(["repo", "repo"]),
        json!({ "contents": "read" }),
        json!([{ "rule": "expiry/required", "until": "2027-01-31", "reason": "why" }]),
    ]
}

impl Damage {
    fn to(&self, json: &mut Json) {
        let mut places = Vec::new();
        paths(json, "", &mut places);
        let place = json
            .pointer_mut(self.place.get(&places[..]).as_str())
            .unwrap();
        match (&self.change, place) {
            (Change::Other(value), place) => *place = value.clone(),
            (Change::More(key, value), Json::Object(fields)) => {
                fields.insert(key.clone(), value.clone());
            }
            (Change::More(_, value), Json::Array(items)) => items.push(value.clone()),
            (Change::Less(index), Json::Object(fields)) if !fields.is_empty() => {
                let key = index
                    .get(&fields.keys().cloned().collect::<Vec<_>>())
                    .clone();
                fields.remove(&key);
            }
            (Change::Less(index), Json::Array(items)) if !items.is_empty() => {
                items.remove(index.index(items.len()));
            }
            (Change::Again(index, key), Json::Object(fields)) if !fields.is_empty() => {
                let value = index
                    .get(&fields.values().cloned().collect::<Vec<_>>())
                    .clone();
                fields.insert(key.clone(), value);
            }
            (Change::Again(index, _), Json::Array(items)) if !items.is_empty() => {
                items.push(index.get(items).clone());
            }
            (Change::Within, place) => *place = json!([place.take()]),
            (Change::More(..) | Change::Less(_) | Change::Again(..), _) => {}
        }
    }
}

/// Where the parts of a document are, the whole of it first.
fn paths(json: &Json, path: &str, all: &mut Vec<String>) {
    all.push(path.to_owned());
    match json {
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                paths(item, &format!("{path}/{index}"), all);
            }
        }
        Json::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                paths(field, &format!("{path}/{name}"), all);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}
