//! Code, `action.yml`, README and documents tell one story.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use patgate::policy::Document;
use patgate::trial::Trials;
use serde_yaml::Value;

pub(crate) fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The keys of `action.yml` below `section`.
fn action(section: &str) -> BTreeSet<String> {
    let action: Value = serde_yaml::from_str(&read("action.yml")).unwrap();
    let names = action[section].as_mapping().unwrap().keys();
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

/// What stands under `heading`, down to the next one.
pub(crate) fn section(document: &str, heading: &str) -> String {
    let text = read(document);
    let (_, rest) = text
        .split_once(&format!("\n{heading}\n"))
        .unwrap_or_else(|| panic!("{document} has {heading}"));
    rest.split("\n#").next().unwrap().to_owned()
}

/// The names in the first column of the table under `heading`.
fn table(document: &str, heading: &str) -> BTreeSet<String> {
    let section = section(document, heading);
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| Some(row.split_once('|')?.0))
        .flat_map(|cell| cell.split(", "))
        .map(|name| name.trim().trim_matches('`').to_owned())
        .collect()
}

#[test]
fn every_input_of_the_action_is_read_and_none_besides() {
    let code = read("src/input.rs");
    let product = code.split("#[cfg(test)]").next().unwrap();
    for name in action("inputs") {
        let variable = format!("\"INPUT_{}\"", name.to_uppercase());
        let read = product.contains(&format!("input(\"{name}\")"))
            || product.contains(&variable)
            || product.contains(&format!("\"{name}\", \""));
        assert!(read, "{name} is promised and not read");
    }
    for call in product.split("input(\"").skip(1) {
        let name = call.split('"').next().unwrap();
        assert!(
            action("inputs").contains(name),
            "{name} is read and not promised"
        );
    }
}

#[test]
fn the_readme_names_every_input_and_output() {
    assert_eq!(table("README.md", "## Inputs"), action("inputs"));
    assert_eq!(table("README.md", "## Outputs"), action("outputs"));
}

#[test]
fn the_entrypoints_are_in_the_image() {
    let action: Value = serde_yaml::from_str(&read("action.yml")).unwrap();
    let dockerfile = read("Dockerfile");
    for key in ["entrypoint", "post-entrypoint"] {
        let path = action["runs"][key].as_str().unwrap();
        assert!(
            !path.contains(' '),
            "the runner hands it to docker as one word"
        );
        assert!(dockerfile.contains(path.trim_start_matches('/')), "{path}");
    }
    assert_eq!(
        action["inputs"]["host-temp"]["default"].as_str(),
        Some("host:${{ runner.temp }}"),
        "the mark keeps the runner from translating it"
    );
}

/// Every Markdown file that people read.
fn documents() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = Vec::new();
    for folder in ["", "docs", "examples/policies", "fuzz", "schema"] {
        for entry in fs::read_dir(root.join(folder)).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if Path::new(&name).extension().is_some_and(|end| end == "md") {
                documents.push(Path::new(folder).join(name).display().to_string());
            }
        }
    }
    documents.sort();
    documents
}

/// The YAML blocks of a document, each without its indentation.
fn yaml_blocks(document: &str) -> Vec<String> {
    let text = read(document);
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match &mut open {
            None if matches!(line.trim(), "```yaml" | "```yml") => {
                open = Some((indent, String::new()));
            }
            None => {}
            Some(_) if line.trim() == "```" => blocks.extend(open.take().map(|(_, block)| block)),
            Some((indent, block)) => {
                *block += line.get(*indent..).unwrap_or_default();
                *block += "\n";
            }
        }
    }
    blocks
}

/// What is wrong with a policy that people are shown: it has no doubt in it, and the form that
/// editors know.
fn lint_policy(text: &str, name: &str) -> Result<(), String> {
    let document = Document::parse(text, name).map_err(|error| {
        let problems = error.problems().iter();
        problems
            .map(|problem| problem.excerpt(false))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    let doubts = document.warnings().iter();
    let doubts: Vec<_> = doubts.map(|problem| problem.excerpt(false)).collect();
    if !doubts.is_empty() {
        return Err(doubts.join("\n"));
    }
    if crate::schema::is_of_the_form(text) {
        Ok(())
    } else {
        Err("it has not the form of the schema".to_owned())
    }
}

/// What is wrong with a workflow, or a part of one: what its steps give patgate are inputs.
fn lint_workflow(value: &Value, name: &str) -> Result<(), String> {
    let inputs = action("inputs");
    match value {
        Value::Mapping(map) => {
            let uses = map.get("uses").and_then(Value::as_str).unwrap_or_default();
            let is_ours = uses == "./"
                || uses
                    .split('@')
                    .next()
                    .is_some_and(|action| action.ends_with("/patgate"));
            if let Some(with) = map
                .get("with")
                .and_then(Value::as_mapping)
                .filter(|_| is_ours)
            {
                for (key, value) in with {
                    let key = key.as_str().unwrap_or_default();
                    if !inputs.contains(key) {
                        return Err(format!("`{key}` is no input of the action"));
                    }
                    let policy = value
                        .as_str()
                        .filter(|text| key == "policy" && text.contains('\n'));
                    policy.map_or(Ok(()), |policy| lint_policy(policy, name))?;
                }
            }
            map.values()
                .try_for_each(|value| lint_workflow(value, name))
        }
        Value::Sequence(list) => list.iter().try_for_each(|value| lint_workflow(value, name)),
        _ => Ok(()),
    }
}

/// What sort of YAML it is, if nothing is wrong with it.
fn lint(text: &str, name: &str) -> Result<&'static str, String> {
    // A comment for editors is a whole block.
    if text
        .lines()
        .all(|line| line.is_empty() || line.starts_with('#'))
    {
        return Ok("comment");
    }
    let value: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let has = |key: &str| value.get(key).is_some();
    if has("tests") {
        return Trials::parse(text)
            .map(|_| "tests")
            .map_err(|error| error.to_string());
    }
    if has("version") {
        return lint_policy(text, name).map(|()| "policy");
    }
    let is_workflow = has("jobs") || has("steps") || has("on") || has("env") || value.is_sequence();
    if !is_workflow {
        return Err("it is neither a policy, nor tests, nor of a workflow".to_owned());
    }
    lint_workflow(&value, name).map(|()| "workflow")
}

#[test]
fn every_yaml_block_in_the_documents_is_right() {
    let mut sorts = BTreeMap::new();
    let mut wrong = Vec::new();
    for document in documents() {
        for block in yaml_blocks(&document) {
            match lint(&block, &document) {
                Ok(sort) => *sorts.entry(sort).or_insert(0) += 1,
                Err(error) => wrong.push(format!("{document}: {error}\n{block}")),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(
        sorts["policy"] > 40 && sorts["tests"] > 1 && sorts["workflow"] > 5,
        "{sorts:?}"
    );
}

#[test]
fn every_workflow_of_the_examples_is_right() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/workflows");
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        assert_eq!(
            lint(&fs::read_to_string(&path).unwrap(), &name),
            Ok("workflow"),
            "{name}"
        );
    }
}

#[test]
fn a_block_that_is_wrong_is_told() {
    for (block, told) in [
        (
            "version: 1\ngates: { default: { kind: [classic] } }\n",
            "no field `kind`",
        ),
        (
            "version: 1\ngates: { default: { scopes: { forbid: [delete-repo] } } }\n",
            "did you mean `delete_repo`?",
        ),
        (
            "- uses: acme/patgate@v1\n  with: { tokn: x }\n",
            "`tokn` is no input",
        ),
        (
            "- uses: acme/patgate@v1\n  with:\n    policy: |\n      version: 2\n      gates: {}\n",
            "takes `1`",
        ),
        ("policy: x\ntests: []\n", "no test"),
        ("a: [b\n", "did not find"),
        ("something: else\n", "neither a policy"),
    ] {
        let error = lint(block, "block").unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents = [
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
    ]
    .map(str::to_owned);
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let docs = docs.map(|entry| format!("docs/{}", entry.unwrap().file_name().display()));
    for document in documents.into_iter().chain(docs) {
        for link in read(&document).split("](").skip(1) {
            let link = link.split(')').next().unwrap();
            if link.contains("://") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => root.join(&document),
                path => root.join(&document).with_file_name(path),
            };
            assert!(target.exists(), "{document}: {link}");
            let found = anchor.is_empty() || anchors(&target).contains(anchor);
            assert!(found, "{document}: no heading for {link}");
        }
    }
}

/// What the headings of a document are called in links to them.
fn anchors(document: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(document).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let kept = |c: &char| c.is_alphanumeric() || matches!(c, '-' | '_' | ' ');
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            heading.chars().filter(kept).collect::<String>()
        })
        .map(|heading| heading.replace(' ', "-"))
        .collect()
}

#[test]
fn the_changelog_has_a_section_for_the_version_or_for_what_is_to_come() {
    let text = read("CHANGELOG.md");
    let version = format!("## [{}]", env!("CARGO_PKG_VERSION"));
    assert!(text.contains("## [Unreleased]") || text.contains(&version));
}
