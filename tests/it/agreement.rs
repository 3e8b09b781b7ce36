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
    let files = ["src/input/mod.rs", "src/input/runner.rs"].map(read);
    let product: Vec<_> = files
        .iter()
        .map(|code| code.split("#[cfg(test)]").next().unwrap())
        .collect();
    let product = product.concat();
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

/// Every Markdown file of the repository that people read.
fn documents() -> Vec<String> {
    let mut documents = Vec::new();
    for folder in ["", "docs", "examples", "fuzz", "schema"] {
        find_documents(Path::new(folder), &mut documents);
    }
    documents.sort();
    assert!(documents.len() > 10, "{documents:?}");
    documents
}

/// Those of a folder, and of the folders in it; of the repository's own folder, its own alone.
fn find_documents(folder: &Path, documents: &mut Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for entry in fs::read_dir(root.join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = folder.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            if folder != Path::new("") {
                find_documents(&path, documents);
            }
        } else if path.extension().is_some_and(|end| end == "md") {
            documents.push(path.to_str().unwrap().to_owned());
        }
    }
}

/// The YAML blocks of a document, each without its indentation.
fn yaml_blocks(document: &str) -> Vec<String> {
    let text = read(document);
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match &mut open {
            None if is_yaml_fence(line) => open = Some((indent, String::new())),
            None => {}
            Some(_) if line.trim() == "```" => blocks.extend(open.take().map(|(_, block)| block)),
            Some((indent, block)) => {
                *block += line.get(*indent..).unwrap_or_default();
                *block += "\n";
            }
        }
    }
    assert!(open.is_none(), "{document}: a block without an end");
    blocks
}

/// Whether a line opens a block of YAML, whatever stands behind the word.
fn is_yaml_fence(line: &str) -> bool {
    let fence = line.trim().strip_prefix("```").unwrap_or_default();
    let word = fence.split_whitespace().next().unwrap_or_default();
    word.eq_ignore_ascii_case("yaml") || word.eq_ignore_ascii_case("yml")
}

/// The line of a whole policy that names the schema to editors.
const EDITORS: &str = "# yaml-language-server: $schema=https://github.com/patgate/patgate/raw/main/schema/patgate.schema.json";

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
    if text.trim_end() == EDITORS {
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
    let is_step = |step: &Value| step.get("uses").is_some() || step.get("run").is_some();
    let is_workflow = match &value {
        Value::Sequence(steps) => !steps.is_empty() && steps.iter().all(is_step),
        _ => ["jobs", "steps", "on", "env", "uses"].into_iter().any(has),
    };
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
    let (mut commented, mut inline) = (0, 0);
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(lint(&text, &name), Ok("workflow"), "{name}");
        inline += text.matches("policy: |").count();
        for policy in commented_policies(&text).inspect(|_| commented += 1) {
            assert_eq!(lint_policy(&policy, &name), Ok(()), "{name}");
        }
    }
    assert!(commented >= 3 && inline >= 1, "{commented}, {inline}");
}

/// The policies in the comments of a workflow, which people copy.
fn commented_policies(text: &str) -> impl Iterator<Item = String> {
    let starts = text.split("\n#   version: 1\n").skip(1);
    starts.map(|rest| {
        let lines = rest.lines().map_while(|line| line.strip_prefix("#   "));
        let lines: Vec<_> = std::iter::once("version: 1").chain(lines).collect();
        lines.join("\n") + "\n"
    })
}

#[test]
fn a_whole_policy_names_the_schema_to_editors() {
    let policies = yaml_blocks("README.md");
    let policies: Vec<_> = policies
        .iter()
        .filter(|block| block.contains("\nversion: 1\n"))
        .collect();
    assert_eq!(policies.len(), 1, "the README shows a policy");
    assert_eq!(policies[0].lines().next(), Some(EDITORS));
    let demo = read("examples/demo/main.rs");
    assert!(demo.contains(&format!("\\\n{EDITORS}\nversion: 1\n")));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let parts: Vec<_> = name.split('.').collect();
        if matches!(parts[..], [_, "yml"]) {
            let text = read(&format!("examples/policies/{name}"));
            assert_eq!(text.lines().next(), Some(EDITORS), "{name}");
        }
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
        ("- a\n- b\n", "neither a policy"),
        ("# version: 1\n# gates: {}\n", "neither a policy"),
    ] {
        let error = lint(block, "block").unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn the_guide_to_tests_names_every_field() {
    let test = |rest: &str| format!("policy: x\ntests:\n  - name: x\n{rest}\n");
    let facts = |rest: &str| {
        test(&format!(
            "    facts: {{ kind: classic, {rest} }}\n    expect: deny"
        ))
    };
    let expect = |rest: &str| {
        test(&format!(
            "    facts: {{ kind: classic }}\n    expect: {{ verdict: deny, {rest} }}"
        ))
    };
    for (table, text) in [
        ("field of the file", "zzz: 1\n".to_owned()),
        ("field of a test", test("    zzz: 1")),
        ("field of `facts`", facts("zzz: 1")),
        (
            "field of a repository",
            facts("repositories: { acme/site: { zzz: 1 } }"),
        ),
        (
            "field of `run`",
            test("    facts: { kind: classic }\n    run: { zzz: 1 }\n    expect: deny"),
        ),
        ("field of `expect`", expect("zzz: 1")),
        (
            "field of a finding",
            expect("findings: [{ rule: expiry/soon, zzz: 1 }]"),
        ),
    ] {
        let error = Trials::parse(&text).unwrap_err().to_string();
        let (_, expected) = error.split_once("expected one of ").expect(&error);
        let expected: BTreeSet<_> = expected.split(", ").map(str::to_owned).collect();
        let guide = read("docs/testing-policies.md");
        let (_, rows) = guide.split_once(&format!("\n| {table} |")).expect(table);
        let rows = rows
            .lines()
            .skip(2)
            .take_while(|line| line.starts_with('|'));
        let named: BTreeSet<_> = rows
            .filter_map(|row| row.split('|').nth(1))
            .flat_map(|cell| {
                cell.trim()
                    .split(", ")
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(named, expected, "{table}");
    }
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for document in documents() {
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
