//! A second opinion on YAML: what this reader takes, another one takes for the same thing.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_yaml::Value as Other;

use super::source::{Home, Source};
use super::yaml::{self, Node, Value};

/// What YAML has, and what policies have.
const WORDS: [&str; 76] = [
    " ",
    "  ",
    "    ",
    "\n",
    "\n  ",
    "\n    ",
    "\r\n",
    "\t",
    " \t",
    "- ",
    "-",
    ": ",
    ":",
    "[",
    "]",
    "{",
    "}",
    ", ",
    ",",
    "# ",
    "#",
    "'",
    "''",
    "\"",
    "\"\"",
    "\\",
    "\\x41",
    "\\u0041",
    "\\n",
    "\\\n",
    "&a ",
    "*a",
    "!x ",
    "!!str ",
    "!",
    "|",
    "|\n",
    "|-\n",
    ">",
    ">+\n  ",
    "? ",
    "?",
    "<<",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "@",
    "`",
    "~",
    "null",
    "Null",
    "true",
    "True",
    "no",
    "1",
    "1.0",
    "0x1",
    "1_000",
    "010",
    ".nan",
    "2027-01-31",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\u{a0}",
    "ä",
    "😀",
    "version: 1\n",
    "gates:\n",
    "default",
    "kinds",
    "classic",
    "expiry: ",
    "90d",
    "acme/site: push",
    "[a, b]",
];

const POLICY: &str = "\
# A policy.
version: 1
defaults:
  run: { events: [push, \"no\"], forks: deny }
gates:
  default:
    kinds:
      - classic
      - 'fine-grained'   # and no other
    expiry: { required: true, at-most: 90d }
    scopes:
      allow: []
    repositories:
      acme/site: push
      \"acme/*\": fetch
    waive:
    - rule: expiry/required
      until: 2027-01-31
      reason: >-
        a bot
        of a vendor
  other: {}
";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn words_of_yaml_are_read_as_another_reader_reads_them(words in vec(select(WORDS.to_vec()), 0..24)) {
        same(&words.concat())?;
    }

    #[test]
    fn a_damaged_policy_is_read_as_another_reader_reads_it(
        damages in vec((any::<Index>(), 0..4usize, select(WORDS.to_vec())), 0..4),
    ) {
        let mut text = POLICY.to_owned();
        for (index, cut, word) in damages {
            let starts: Vec<_> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = index.index(starts.len());
            let end = (at + cut).min(starts.len() - 1);
            text.replace_range(starts[at]..starts[end], word);
        }
        same(&text)?;
    }
}

/// Each once found by the properties.
#[test]
fn what_readers_differ_on_is_refused() {
    for text in [
        "a: [b,?\"c\"]",
        "a: {| b: c }",
        "a: { b:?  c }",
        "a: [b::c]",
        "a: {b:}",
        "a: { b\\\nc: d }",
        "a: { b\n  : c }",
        ": a",
        "? a\n: b",
        "a: >+\n  ",
        "a: |\n  b",
        "a: |\n  b\tc\n",
        "a:\n-\t b",
        "a:\n- \t",
        "...\na: b",
    ] {
        let source = Source::new(text, "policy", Home::Elsewhere);
        assert!(yaml::read(&source).is_err(), "{text:?}");
    }
}

/// What `yaml` reads, the other reader reads to the same keys, lists and words.
fn same(text: &str) -> Result<(), TestCaseError> {
    // The other one stumbles over a tab on an empty line, where YAML allows it.
    if text
        .lines()
        .any(|line| line.contains('\t') && line.trim().is_empty())
    {
        return Ok(());
    }
    let source = Source::new(text, "policy", Home::Elsewhere);
    // A policy is a map, and nothing else is read on.
    let Some(node) = yaml::read(&source)
        .ok()
        .filter(|node| node.form() == "a map")
    else {
        return Ok(());
    };
    let other = serde_yaml::from_str::<Other>(source.text());
    let other = match other {
        Ok(other) => other,
        // It takes no key twice; that is seen one step later here.
        Err(error) if error.to_string().contains("duplicate entry") => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(format!("{text:?}\n{error}\n{node:?}"))),
    };
    prop_assert!(is_same(&node, &other), "{text:?}\n{node:?}\n{other:?}");
    Ok(())
}

fn is_same(node: &Node, other: &Other) -> bool {
    match (&node.value, other) {
        (Value::List(items), Other::Sequence(others)) => {
            items.len() == others.len()
                && items
                    .iter()
                    .zip(others)
                    .all(|(item, other)| is_same(item, other))
        }
        (Value::Map(pairs), Other::Mapping(others)) => {
            pairs.len() == others.len()
                && pairs
                    .iter()
                    .zip(others)
                    .all(|((key, value), (other_key, other_value))| {
                        is_same(key, other_key) && is_same(value, other_value)
                    })
        }
        (Value::Nothing, Other::Null) => true,
        (Value::Scalar { text, .. }, Other::String(other)) => text == other,
        // What a policy says of such words without quotes, it says word by word.
        (
            Value::Scalar {
                text,
                is_plain: true,
            },
            Other::Bool(other),
        ) => text.eq_ignore_ascii_case(&other.to_string()),
        (
            Value::Scalar {
                text,
                is_plain: true,
            },
            Other::Number(_),
        ) => {
            text.contains(|c: char| c.is_ascii_digit())
                || text.to_ascii_lowercase().contains(['n', 'i'])
        }
        _ => false,
    }
}
