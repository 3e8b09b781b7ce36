//! The walls of the house: which module may import which, and who keeps each heavy crate.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Every arrow the gate may have. What is not listed is a wall.
const ARROWS: &[(&str, &[&str])] = &[
    ("bin", &[]),
    // For people: it asks `gate` to judge, and tells what comes back. It never sees a lease, nor
    // asks GitHub itself.
    (
        "command_line",
        &[
            "facts", "gate", "input", "policy", "report", "runner", "trial",
        ],
    ),
    ("facts", &["token"]),
    (
        "gate",
        &[
            "facts",
            "input",
            "inspection",
            "lease",
            "policy",
            "report",
            "runner",
            "token",
            "tripwire",
        ],
    ),
    ("input", &[]),
    ("inspection", &["facts", "token"]),
    ("lease", &["policy", "runner", "token"]),
    ("lib", &[]),
    ("main", &["command_line", "gate", "runner"]),
    ("policy", &["facts"]),
    ("report", &["facts", "policy"]),
    ("runner", &[]),
    ("token", &[]),
    ("trial", &["facts", "policy"]),
    ("tripwire", &[]),
];

/// Crates that only these files and folders may name.
const KEEPERS: &[(&str, &[&str])] = &[
    ("annotate_snippets", &["src/policy/document/problem.rs"]),
    ("anstyle", &["src/command_line/answer.rs"]),
    ("clap", &["src/command_line/arguments.rs"]),
    ("clap_complete", &["src/command_line/arguments.rs"]),
    ("flate2", &["src/tripwire/unpack.rs"]),
    ("octocrab", &["src/inspection/github.rs"]),
    (
        "patgate_credential",
        &[
            "src/bin/git-credential-patgate.rs",
            "src/gate",
            "src/input",
            "src/lease",
        ],
    ),
    ("reqwest", &["src/inspection"]),
    ("ring", &["credential/src/seal.rs", "src/token/app.rs"]),
    (
        "rustix",
        &[
            "src/lease/drop_box.rs",
            "src/main.rs",
            "src/runner/command.rs",
            "src/tripwire/folder.rs",
        ],
    ),
    (
        "rustls",
        &[
            "src/inspection/authority.rs",
            "src/inspection/breaks.rs",
            "src/inspection/transport.rs",
        ],
    ),
    ("saphyr_parser", &["src/policy/document/yaml.rs"]),
    ("serde_yaml", &["src/trial/yaml.rs"]),
    ("tokio", &["src/inspection/patience.rs", "src/main.rs"]),
    ("x509_cert", &["src/inspection/authority.rs"]),
];

/// What only `main` may read: the same inputs then always mean the same.
const WORLD: &[&str] = &[
    "env::var",
    "env::args",
    "Timestamp::now",
    "SystemTime::now",
    "Instant::now",
];

/// A file's path below the project's root, and its text without comments and tests.
struct Source {
    path: String,
    text: String,
}

#[test]
fn modules_import_only_what_the_plan_allows() {
    assert_eq!(breaches(&sources("src")), [""; 0]);
}

#[test]
fn each_heavy_crate_has_its_keeper() {
    assert_eq!(strangers(&all_sources()), [""; 0]);
}

#[test]
fn environment_and_clock_are_read_in_main_alone() {
    assert_eq!(readers(&all_sources()), [""; 0]);
}

#[test]
fn a_planted_breach_fails_by_name() {
    let plant = |path: &str, text: &str| {
        let mut sources = all_sources();
        sources.push(Source {
            path: path.to_owned(),
            text: text.to_owned(),
        });
        sources
    };
    let planted = plant("src/policy/spy.rs", "use crate::token::Token;");
    assert_eq!(breaches(&planted), ["src/policy/spy.rs imports `token`"]);
    let grouped = plant("src/report/spy.rs", "use crate::{facts, lease::Lease};");
    assert_eq!(breaches(&grouped), ["src/report/spy.rs imports `lease`"]);
    let deep = plant(
        "src/report/spy.rs",
        "use crate::{facts::{A, B}, token::Token};",
    );
    assert_eq!(breaches(&deep), ["src/report/spy.rs imports `token`"]);
    let climbing = plant("src/report/spy.rs", "use super::super::token::Token;");
    assert_eq!(
        breaches(&climbing),
        ["src/report/spy.rs leaves its module by `super`"]
    );
    let helper = plant("src/bin/git-credential-patgate.rs", "use patgate::gate;");
    assert_eq!(
        breaches(&helper),
        ["src/bin/git-credential-patgate.rs imports `gate`"]
    );
    let planted = plant("src/gate/spy.rs", "let client = octocrab::instance();");
    assert_eq!(strangers(&planted), ["src/gate/spy.rs names `octocrab`"]);
    let planted = plant("src/lease/spy.rs", "let now = Timestamp::now();");
    assert_eq!(
        readers(&planted),
        ["src/lease/spy.rs reads `Timestamp::now`"]
    );
}

#[test]
fn the_helper_rests_on_three_crates() {
    let manifest = fs::read_to_string(root().join("credential/Cargo.toml")).unwrap();
    let (_, rest) = manifest.split_once("\n[dependencies]\n").unwrap();
    let names: Vec<_> = rest
        .lines()
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split_once(" ="))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["base64", "ring", "secrecy"]);
}

#[test]
fn the_tree_has_one_cipher_library_and_no_openssl() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let names: Vec<_> = lock
        .lines()
        .filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))
        .collect();
    assert!(
        names.len() > 100 && names.contains(&"ring"),
        "the lock file is read"
    );
    for banned in [
        "openssl",
        "openssl-sys",
        "native-tls",
        "aws-lc-rs",
        "aws-lc-sys",
        "rsa",
        "jsonwebtoken",
    ] {
        assert!(!names.contains(&banned), "{banned}");
    }
    assert_eq!(names.iter().filter(|name| **name == "ring").count(), 1);
}

#[test]
fn the_product_knows_nothing_of_its_tests() {
    for Source { path, text } in all_sources() {
        for word in ["fake_github", "fake-github", "tests/"] {
            assert!(!text.contains(word), "{path} names `{word}`");
        }
    }
}

fn breaches(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for Source { path, text } in sources
        .iter()
        .filter(|source| source.path.starts_with("src/"))
    {
        let module = module(path);
        let allowed = ARROWS.iter().find(|(name, _)| *name == module);
        let Some((_, allowed)) = allowed else {
            breaches.push(format!("{path} is not on the plan"));
            continue;
        };
        if leaves_by_super(path, text) {
            breaches.push(format!("{path} leaves its module by `super`"));
        }
        for name in imports(text) {
            if name != module && !allowed.contains(&&*name) {
                breaches.push(format!("{path} imports `{name}`"));
            }
        }
    }
    breaches
}

fn strangers(sources: &[Source]) -> Vec<String> {
    let mut strangers = Vec::new();
    for Source { path, text } in sources {
        for (name, keepers) in KEEPERS {
            // Within its own package, its own name is no import.
            let own = path.starts_with("credential/") && *name == "patgate_credential";
            let keeper = own
                || keepers
                    .iter()
                    .any(|keeper| Path::new(path).starts_with(keeper));
            if !keeper && names_crate(text, name) {
                strangers.push(format!("{path} names `{name}`"));
            }
        }
    }
    strangers
}

fn readers(sources: &[Source]) -> Vec<String> {
    let mut readers = Vec::new();
    for Source { path, text } in sources {
        if path == "src/main.rs" || path == "src/bin/git-credential-patgate.rs" {
            continue;
        }
        for word in WORLD {
            // How long a run may wait is no fact that anything is judged by.
            let waits = path == "src/inspection/patience.rs" && *word == "Instant::now";
            if text.contains(word) && !waits {
                readers.push(format!("{path} reads `{word}`"));
            }
        }
    }
    readers
}

/// The modules behind `crate::`, alone or in braces, however deep those are.
fn imports(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for marker in ["crate::", "patgate::"] {
        for rest in text.split(marker).skip(1) {
            match rest.strip_prefix('{') {
                None => names.extend(Some(name(rest))),
                Some(group) => names.extend(members(group)),
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn name(text: &str) -> String {
    let word = |c: &char| c.is_alphanumeric() || *c == '_';
    text.trim_start().chars().take_while(word).collect()
}

/// The first word of each member of a group that has just been opened.
fn members(group: &str) -> Vec<String> {
    let (mut depth, mut members) = (0, vec![name(group)]);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => members.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    members
}

/// Whether a chain of `super` reaches above the top module: `src/policy/x.rs` may climb once.
fn leaves_by_super(path: &str, text: &str) -> bool {
    let folders = path.matches('/').count();
    let depth = if path.ends_with("/mod.rs") {
        folders - 1
    } else {
        folders
    };
    text.contains(&"super::".repeat(depth))
}

/// Whether `name::` stands in `text` as a path of its own, not as the end of `ToString::`.
fn names_crate(text: &str, name: &str) -> bool {
    text.match_indices(&format!("{name}::"))
        .any(|(at, _)| !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':'))
}

/// `src/policy/rule/mod.rs` is of `policy`.
fn module(path: &str) -> String {
    let first = path
        .trim_start_matches("src/")
        .split('/')
        .next()
        .unwrap_or_default();
    first.trim_end_matches(".rs").to_owned()
}

fn all_sources() -> Vec<Source> {
    let mut all = sources("src");
    all.extend(sources("credential/src"));
    all
}

fn sources(folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let is_test = path.to_string_lossy().ends_with("_tests.rs");
            if path.is_dir() {
                folders.push(path);
            } else if !is_test {
                found.push(source(&path));
            }
        }
    }
    assert!(!found.is_empty(), "{folder} has files");
    found
}

fn source(path: &Path) -> Source {
    let text = fs::read_to_string(path).unwrap();
    let product = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let code: Vec<_> = product
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    Source {
        path: path.strip_prefix(root()).unwrap().display().to_string(),
        text: code.join("\n"),
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
