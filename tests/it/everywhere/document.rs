//! `docs/compatibility.md` says no more than tests prove, and no test of these is left out.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/compatibility.md";

/// The tests whose every result belongs on the page.
const SOURCES: [&str; 2] = ["tests/it/everywhere", "tests/it/container/everywhere.rs"];

#[test]
fn each_row_of_the_page_names_tests_that_exist() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    assert_eq!(drift(&page), [""; 0]);
}

#[test]
fn a_row_without_a_test_or_with_one_that_is_gone_is_drift() {
    let page = "| where | proof |\n| --- | --- |\n| a | `either_of_the_two_ways_to_configure_git_suffices` |\n";
    let wrong = |row: &str| drift(&format!("{page}{row}\n"));
    assert_eq!(wrong("| b | |"), ["`b` names no test"]);
    assert_eq!(wrong("| c | by hand |"), ["`c` names no test"]);
    assert_eq!(
        wrong("| d | `no_such_test` |"),
        ["`d`: no test is called `no_such_test`"]
    );
    // A function, and no test.
    assert_eq!(
        wrong("| e | `has_git` |"),
        ["`e`: no test is called `has_git`"]
    );
    assert_eq!(drift("no table"), ["the page has no row"]);
}

#[test]
fn each_of_these_tests_is_on_the_page() {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let own = tests_of(&[root().join("tests/it/everywhere/document.rs")]);
    let sources: Vec<_> = SOURCES
        .iter()
        .flat_map(|path| files(&root().join(path)))
        .collect();
    let all = tests_of(&sources);
    assert!(all.len() > 40, "the sources are read");
    let missing: Vec<_> = all
        .difference(&own)
        .filter(|name| !page.contains(&format!("`{name}`")))
        .collect();
    assert_eq!(missing, [""; 0]);
}

/// What is wrong with the rows of `page`.
fn drift(page: &str) -> Vec<String> {
    let tests = tests_of(&files(&root().join("tests/it")));
    let rows = rows(page);
    if rows.is_empty() {
        return vec!["the page has no row".to_owned()];
    }
    let mut wrong = Vec::new();
    for row in rows {
        let (first, last) = (row[0], row[row.len() - 1]);
        let names: Vec<_> = last.split('`').skip(1).step_by(2).collect();
        if names.is_empty() {
            wrong.push(format!("`{first}` names no test"));
        }
        let gone = names.into_iter().filter(|name| !tests.contains(*name));
        wrong.extend(gone.map(|name| format!("`{first}`: no test is called `{name}`")));
    }
    wrong
}

/// The cells of each row of a table, but for the heads.
fn rows(page: &str) -> Vec<Vec<&str>> {
    let lines: Vec<_> = page.lines().collect();
    let is_rule = |line: &str| line.starts_with("| ---");
    let is_head = |n: usize| lines.get(n + 1).is_some_and(|next| is_rule(next));
    let rows = lines
        .iter()
        .enumerate()
        .filter(|(n, line)| line.starts_with('|') && !is_rule(line) && !is_head(*n));
    rows.map(|(_, line)| {
        let inside = line.trim().trim_start_matches('|').trim_end_matches('|');
        inside.split('|').map(str::trim).collect()
    })
    .collect()
}

/// The names of all tests in `files`.
fn tests_of(files: &[PathBuf]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(file).unwrap();
        let tests = text.split("#[test]\n").skip(1);
        names.extend(tests.filter_map(|test| {
            let (name, _) = test.trim_start().strip_prefix("fn ")?.split_once('(')?;
            Some(name.to_owned())
        }));
    }
    names
}

/// All sources below `path`, or the one that it is.
fn files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).unwrap();
    entries
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
