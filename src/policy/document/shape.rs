//! From nodes to values that mean something: every mistake is told, and each declaration of a
//! form is also what the JSON Schema says of it.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map as Object, Value as Json, json};

use super::super::nearest;
use super::misreading::misreading;
use super::problem::{Problem, Problems, Sort};
use super::raw::RawGate;
use super::source::{Location, Placed, Source};
use super::yaml::{Node, Value};

/// What is being read, and what was found wrong with it.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) problems: Problems,
    /// The names on the way from the root to here.
    path: Vec<String>,
}

impl Reader {
    pub(super) fn new() -> Self {
        Self {
            problems: Problems::default(),
            path: Vec::new(),
        }
    }

    /// Reads what lies behind a name.
    fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(name.to_owned());
        let value = read(self);
        self.path.pop();
        value
    }

    /// The place in the document, as people say it.
    fn here(&self) -> String {
        match self.path.as_slice() {
            [] => "the policy".to_owned(),
            names => format!("`{}`", names.join(".")),
        }
    }

    fn tell<T>(&mut self, problem: Problem) -> Option<T> {
        self.problems.push(problem);
        None
    }

    pub(super) fn form<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        let message = match &node.value {
            _ if self.path.is_empty() => {
                format!("a policy is a map of fields, and not {}", node.form())
            }
            Value::Nothing => format!("{} has nothing behind it", self.here()),
            Value::Scalar { .. } => {
                format!(
                    "{} takes {expected}, and not `{}`",
                    self.here(),
                    node.at.text()
                )
            }
            Value::List(_) | Value::Map(_) => {
                format!("{} takes {expected}, and not {}", self.here(), node.form())
            }
        };
        let problem = Problem::new(Sort::Form, &node.at, message);
        self.tell(match node.value {
            Value::Nothing => problem.help("name something, or leave it out"),
            _ => problem.label(format!("expected {expected}")),
        })
    }
}

/// Something that a document can say.
pub(super) trait Shape: Sized {
    /// Whether it means something beside others of its kind that are wrong.
    const STANDS_ALONE: bool = false;

    /// Reads it, or tells what is wrong.
    fn read(node: &Node, reader: &mut Reader) -> Option<Self>;

    /// Its JSON Schema.
    fn schema() -> Json;
}

/// What one scalar means.
pub(super) trait Word: Sized {
    /// What is expected, for people.
    const EXPECTED: &str;

    /// Whether any text may be one, so that what YAML could take for a number or a boolean must
    /// be in quotes.
    const IS_FREE: bool;

    /// What the text means.
    fn word(text: &str) -> Option<Self>;

    /// Those there are, or that are known: for «did you mean».
    fn known() -> Vec<&'static str> {
        Vec::new()
    }

    /// What can be said against a word that is one.
    fn doubt(_text: &str) -> Option<String> {
        None
    }

    /// What can be in the form of one and mean nothing.
    fn is_in_form(_text: &str) -> bool {
        false
    }

    /// Why it then means nothing.
    const MEANS_NOTHING: &str = "";

    /// What may be meant by a text that is none, if it is not near to a known one.
    fn meant(_text: &str) -> Option<String> {
        None
    }

    /// As the key of a map, with a value.
    const PAIR: &str = "name: value";

    /// Its JSON Schema.
    fn schema() -> Json;
}

/// A field of a map of fields: its key's place, and what stands behind it.
#[derive(Clone, Debug)]
pub(super) struct Field<T> {
    /// From the key to the end of its line's value.
    pub(super) at: Location,
    pub(super) value: T,
}

/// A list of at least `MIN` items, each once.
#[derive(Clone, Debug)]
pub(super) struct List<T, const MIN: usize = 1>(pub(super) Vec<Placed<T>>);

/// A map of names, at least `MIN` of them, each once.
#[derive(Clone, Debug)]
pub(super) struct Names<K, V, const MIN: usize = 1>(pub(super) Vec<(Placed<K>, V)>);

impl<T: Word> Shape for Placed<T> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Scalar { text, is_plain } = &node.value else {
            return reader.form(node, T::EXPECTED);
        };
        let Some(value) = T::word(text) else {
            let seen = if text.is_empty() {
                node.at.text()
            } else {
                text
            };
            let message = format!("{} takes {}, and not `{seen}`", reader.here(), T::EXPECTED);
            if T::is_in_form(text) {
                let problem = Problem::new(Sort::Meaning, &node.at, message);
                return reader.tell(problem.label(T::MEANS_NOTHING));
            }
            let near = nearest::of(text, T::known()).map(str::to_owned);
            let problem = Problem::new(Sort::Form, &node.at, message);
            return reader.tell(match near.or_else(|| T::meant(text)) {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem.label(expected::<T>()),
            });
        };
        if let Some(other) = misreading(text).filter(|_| *is_plain && T::IS_FREE) {
            return reader.misread(node, other, &format!("\"{text}\""));
        }
        if let Some(doubt) = T::doubt(text) {
            let problem = Problem::new(Sort::Warning, &node.at, doubt);
            reader.problems.push(match nearest::of(text, T::known()) {
                Some(near) => problem.label(format!("did you mean `{near}`?")),
                None => problem,
            });
        }
        Some(Self {
            value,
            at: node.at.clone(),
        })
    }

    fn schema() -> Json {
        T::schema()
    }
}

/// What is expected, and which words there are if they are few.
fn expected<T: Word>() -> String {
    let known = T::known();
    if T::IS_FREE || known.is_empty() || known.len() > 8 {
        return format!("expected {}", T::EXPECTED);
    }
    let words: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
    format!("expected one of {}", words.join(", "))
}

/// A switch. YAML knew eleven ways to write each; a policy knows one.
impl Shape for Placed<bool> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        const EXPECTED: &str = "`true` or `false`";
        let Value::Scalar { text, is_plain } = &node.value else {
            return reader.form(node, EXPECTED);
        };
        let value = match (text.as_str(), is_plain) {
            ("true", true) => true,
            ("false", true) => false,
            _ => {
                let meant = match text.to_ascii_lowercase().as_str() {
                    "y" | "yes" | "on" | "true" => Some("true"),
                    "n" | "no" | "off" | "false" => Some("false"),
                    _ => None,
                };
                let message = format!(
                    "{} takes {EXPECTED}, and not `{}`",
                    reader.here(),
                    node.at.text()
                );
                let label = meant.map_or_else(
                    || format!("expected {EXPECTED}"),
                    |meant| format!("write `{meant}`, without quotes"),
                );
                // Without quotes, some readers of YAML take it for what is meant.
                let sort = if *is_plain && meant.is_some() {
                    Sort::Syntax
                } else {
                    Sort::Form
                };
                return reader.tell(Problem::new(sort, &node.at, message).label(label));
            }
        };
        Some(Self {
            value,
            at: node.at.clone(),
        })
    }

    fn schema() -> Json {
        json!({ "type": "boolean" })
    }
}

impl<T, const MIN: usize> Shape for List<T, MIN>
where
    Placed<T>: Shape,
{
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::List(items) = &node.value else {
            let example = match &node.value {
                Value::Scalar { .. } => format!("a list, such as `[{}]`", node.at.text()),
                _ => "a list, such as `[a, b]`".to_owned(),
            };
            return reader.form(node, &example);
        };
        if items.len() < MIN {
            return reader.empty(node, "list");
        }
        let mut read: Vec<Placed<T>> = Vec::new();
        let mut whole = true;
        let mut before: HashMap<&str, &Location> = HashMap::new();
        for item in items {
            let text = item.text();
            if let Some(first) = text.and_then(|text| before.insert(text, &item.at)) {
                let text = text.unwrap_or_default();
                let message = format!("{} has `{text}` twice", reader.here());
                reader.problems.push(
                    Problem::new(Sort::Form, &item.at, message)
                        .label("again here")
                        .also(first, "here first"),
                );
                whole = false;
                continue;
            }
            if matches!(item.value, Value::Nothing) {
                let message = format!("{} has an item with nothing in it", reader.here());
                let problem = Problem::new(Sort::Form, &item.at, message);
                reader
                    .problems
                    .push(problem.help("name something, or take it out"));
                whole = false;
                continue;
            }
            match Placed::read(item, reader) {
                Some(item) => read.push(item),
                None => whole = false,
            }
        }
        whole.then_some(Self(read))
    }

    fn schema() -> Json {
        json!({ "type": "array", "items": Placed::<T>::schema(), "minItems": MIN, "uniqueItems": true })
    }
}

impl<K: Word, V: Shape, const MIN: usize> Shape for Names<K, V, MIN> {
    fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
        let Value::Map(pairs) = &node.value else {
            return reader.form(node, &format!("a map, such as `{{ {} }}`", K::PAIR));
        };
        if pairs.len() < MIN {
            return reader.empty(node, "map");
        }
        let mut whole = reader.keys_stand_once(pairs);
        let mut read = Vec::new();
        for (key, value) in pairs {
            let name = match key.value {
                Value::Scalar { .. } => Placed::<K>::read(key, reader),
                _ => reader.no_name(key, "a name"),
            };
            let text = key.text().unwrap_or_default().to_owned();
            let value = reader.within(&text, |reader| V::read(value, reader));
            match (name, value) {
                (Some(name), Some(value)) => read.push((name, value)),
                // What else is wrong with the others is told in the same go.
                _ => whole &= V::STANDS_ALONE,
            }
        }
        whole.then_some(Self(read))
    }

    fn schema() -> Json {
        // Names of which there are only these are properties, so that editors suggest and explain
        // them.
        let choices = K::schema()["oneOf"].take();
        let mut schema = if let Some(choices) = choices.as_array() {
            let properties = choices.iter().map(|choice| {
                let text = |key: &str| choice[key].as_str().unwrap_or_default().to_owned();
                (text("const"), described(V::schema(), &text("description")))
            });
            json!({
                "type": "object",
                "properties": properties.collect::<Object<String, Json>>(),
                "additionalProperties": false,
            })
        } else {
            json!({
                "type": "object",
                "propertyNames": K::schema(),
                "additionalProperties": V::schema(),
            })
        };
        if MIN > 0 {
            schema["minProperties"] = json!(MIN);
        }
        schema
    }
}

impl Node {
    /// Its text, if it is a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            Value::List(_) | Value::Map(_) | Value::Nothing => None,
        }
    }
}

impl Reader {
    /// Tells of a scalar that is something else to other readers.
    pub(super) fn misread<T>(&mut self, node: &Node, other: &str, better: &str) -> Option<T> {
        let message = format!("some readers of YAML take `{}` for {other}", node.at.text());
        self.tell(Problem::new(Sort::Syntax, &node.at, message).label(format!("write `{better}`")))
    }

    fn empty<T>(&mut self, node: &Node, form: &str) -> Option<T> {
        let message = format!("{} is empty", self.here());
        let help =
            format!("an empty {form} could mean all or nothing: name something, or leave it out");
        self.tell(Problem::new(Sort::Form, &node.at, message).help(help))
    }

    /// Whether no key stands twice; YAML would let the last one win.
    fn keys_stand_once(&mut self, pairs: &[(Node, Node)]) -> bool {
        let mut once = true;
        let mut before: HashMap<String, &Location> = HashMap::new();
        for (key, _) in pairs {
            let Some(text) = key.text() else {
                continue;
            };
            let Some(first) = before.insert(text.to_ascii_lowercase(), &key.at) else {
                continue;
            };
            let message = format!("{} has the key `{text}` twice", self.here());
            self.problems.push(
                Problem::new(Sort::Syntax, &key.at, message)
                    .label("again here")
                    .also(first, "here first")
                    .help("make one of the two"),
            );
            once = false;
        }
        once
    }

    /// The fields of a map, by name. What is no field is told.
    pub(super) fn fields<'n>(
        &mut self,
        node: &'n Node,
        (expected, min): (&str, usize),
        names: &[&'static str],
    ) -> Option<Fields<'n>> {
        let Value::Map(pairs) = &node.value else {
            return self.form(node, expected);
        };
        if pairs.len() < min {
            return self.empty(node, "map");
        }
        self.keys_stand_once(pairs);
        for (key, _) in pairs {
            if !key.text().is_some_and(|text| names.contains(&text)) {
                self.no_field(key, names);
            }
        }
        Some(Fields { pairs, node })
    }

    fn no_name<T>(&mut self, key: &Node, name: &str) -> Option<T> {
        let message = format!("{} has {} where {name} belongs", self.here(), key.form());
        self.tell(Problem::new(Sort::Form, &key.at, message))
    }

    fn no_field(&mut self, key: &Node, names: &[&'static str]) {
        let Some(text) = key.text() else {
            self.no_name::<()>(key, "the name of a field");
            return;
        };
        let message = format!("{} has no field `{text}`", self.here());
        let problem = Problem::new(Sort::Form, &key.at, message);
        let known = names.iter().copied();
        let near = nearest::alias(text, names).or_else(|| nearest::of(text, known));
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        let problem = problem.help(format!("its fields are {}", names.join(", ")));
        self.problems.push(match near {
            _ if text == "<<" => problem.label("a policy has no merge keys; see `defaults`"),
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None if self.path.is_empty() && RawGate::NAMES.contains(&text) => {
                problem.label("this belongs in a gate, below `gates:` and its name")
            }
            None => problem,
        });
    }
}

/// The pairs of a map whose keys are fields.
pub(super) struct Fields<'n> {
    pairs: &'n [(Node, Node)],
    node: &'n Node,
}

impl Fields<'_> {
    /// Takes the field `name`, if it is there.
    pub(super) fn take<T: Shape>(
        &mut self,
        name: &'static str,
        reader: &mut Reader,
    ) -> Option<Field<T>> {
        let (key, node) = self
            .pairs
            .iter()
            .find(|(key, _)| key.text() == Some(name))?;
        let at = key.at.to(&node.at);
        let value = reader.within(name, |reader| T::read(node, reader))?;
        Some(Field { at, value })
    }

    /// Takes the field `name`, which must be there.
    pub(super) fn need<T: Shape>(
        &mut self,
        name: &'static str,
        reader: &mut Reader,
    ) -> Option<Field<T>> {
        if !self.pairs.iter().any(|(key, _)| key.text() == Some(name)) {
            let message = format!("{} lacks the field `{name}`", reader.here());
            let at = self.node.at.first_line();
            reader.problems.push(Problem::new(Sort::Form, &at, message));
        }
        self.take(name, reader)
    }

    /// One of these must be there; the first is told.
    pub(super) fn need_one(&mut self, names: &[&'static str], reader: &mut Reader) {
        let is_there = |name: &str| self.pairs.iter().any(|(key, _)| key.text() == Some(name));
        if names.iter().any(|name| is_there(name)) {
            return;
        }
        let message = format!("{} lacks the field `{}`", reader.here(), names[0]);
        let at = self.node.at.first_line();
        reader.problems.push(
            Problem::new(Sort::Form, &at, message)
                .help("write `gates:` and below it a gate, such as `default:`"),
        );
    }
}

/// What a source says, or what is wrong with it.
pub(super) fn read<T: Shape>(source: &Arc<Source>) -> (Option<T>, Problems) {
    let mut reader = Reader::new();
    let value = match super::yaml::read(source) {
        Ok(node) => T::read(&node, &mut reader),
        Err(problem) => reader.tell(problem),
    };
    (value, reader.problems)
}

/// A schema with a description beside what it has.
pub(super) fn described(schema: Json, description: &str) -> Json {
    let mut all = Object::new();
    all.insert("description".to_owned(), json!(description));
    if let Json::Object(schema) = schema {
        all.extend(schema);
    }
    Json::Object(all)
}
