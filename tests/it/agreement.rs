//! Code, `action.yml`, README and documents tell one story.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use patgate::policy::Document;
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

#[test]
fn every_policy_in_the_documents_parses() {
    let mut policies = 0;
    for document in [
        "README.md",
        "docs/policy.md",
        "docs/how-it-works.md",
        "docs/security.md",
    ] {
        for block in read(document).split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if block.lines().any(|line| line.starts_with("version:")) {
                Document::parse(block, document)
                    .unwrap_or_else(|error| panic!("{document}: {error}\n{block}"));
                policies += 1;
            }
        }
    }
    assert!(
        policies >= 2,
        "README and the reference show whole policies"
    );
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
