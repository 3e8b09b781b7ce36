//! The starter policies: each is fine, and each passes its tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::runner::PATGATE;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/policies")
}

/// The names of the policies, and of the files of tests, without their endings.
fn names() -> (BTreeSet<String>, BTreeSet<String>) {
    let names = fs::read_dir(folder()).unwrap().map(|entry| {
        let name = entry.unwrap().file_name();
        name.into_string().unwrap()
    });
    let (tests, policies): (Vec<_>, Vec<_>) = names
        .filter_map(|name| name.strip_suffix(".yml").map(str::to_owned))
        .partition(|name| name.contains(".test"));
    let tests = tests.iter().map(|name| name.replace(".test", ""));
    (policies.into_iter().collect(), tests.collect())
}

fn text(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

fn patgate(arguments: &[&str]) -> (Option<i32>, String) {
    let said = Command::new(PATGATE)
        .args(arguments)
        .current_dir(folder())
        .env_clear()
        .output()
        .unwrap();
    let all = [said.stdout, said.stderr].concat();
    (said.status.code(), String::from_utf8(all).unwrap())
}

#[test]
fn each_policy_has_its_tests_and_its_row() {
    let (policies, tests) = names();
    assert_eq!(policies, tests);
    assert!(policies.len() >= 6, "{policies:?}");
    for name in policies {
        let tests = text(&format!("{name}.test.yml"));
        assert!(
            tests.matches("\n  - name: ").count() >= 6,
            "{name} has six tests at least"
        );
        assert!(
            text("README.md").contains(&format!("]({name}.yml) |")),
            "{name} is in the table"
        );
    }
}

#[test]
fn each_policy_is_fine_and_without_a_doubt() {
    for name in names().0 {
        let file = format!("{name}.yml");
        let base = text(&file).contains("\nextends: ");
        let mut arguments = vec!["policy", &file];
        if base {
            arguments.extend(["--base", "strict-organization.yml"]);
        }
        let (status, said) = patgate(&arguments);
        let is_plain = said.lines().count() == 1 && said.contains(": fine, ");
        assert!(status == Some(0) && is_plain, "{said}");
    }
}

#[test]
fn each_policy_passes_its_tests() {
    for name in names().1 {
        let (status, said) = patgate(&["test", &format!("{name}.test.yml")]);
        assert!(status == Some(0) && said.contains(" 0 failed"), "{said}");
    }
}

#[test]
fn each_policy_has_the_form_of_the_schema() {
    for name in names().0 {
        let policy = text(&format!("{name}.yml"));
        assert!(crate::schema::is_of_the_form(&policy), "{name}");
        let damaged = policy.replace("kinds:", "kind:");
        assert!(!crate::schema::is_of_the_form(&damaged), "{name}, damaged");
    }
}
