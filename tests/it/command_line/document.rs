//! `docs/command-line.md` shows what the program says.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Shell, careless, github};
use crate::runner::{PATGATE, classic};

/// The blocks of `language` in the document.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let opening = format!("```{language}\n");
    let blocks = text.split(opening.as_str()).skip(1);
    blocks
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

/// The commands of a block, and what it shows of each.
fn commands(block: &str) -> Vec<(&str, String)> {
    let mut commands: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command, String::new())),
            (None, Some((_, shown))) => *shown += &[line, "\n"].concat(),
            (None, None) => panic!("a block begins with a command: {block}"),
        }
    }
    commands
}

#[test]
fn every_command_in_the_document_says_what_it_shows() {
    says_what_it_shows("docs/command-line.md");
}

#[test]
fn every_command_in_the_guide_to_tests_says_what_it_shows() {
    says_what_it_shows("docs/testing-policies.md");
}

/// Runs the commands of a document in a folder with its files.
#[track_caller]
fn says_what_it_shows(document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(document);
    let text = fs::read_to_string(path).unwrap();
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::new();
    shell.write("token", &format!("{token}\n"));
    for block in blocks(&text, "yaml") {
        let first = block.lines().next().unwrap();
        if let Some(path) = first.strip_prefix("# ").filter(|path| path.contains('/')) {
            shell.write(path, block);
        }
    }
    let programs = Path::new(PATGATE).parent().unwrap().display();
    let mut status = None;
    let mut shown = 0;
    for (command, output) in blocks(&text, "console").into_iter().flat_map(commands) {
        let mut bash = Command::new("bash");
        bash.args(["-c", &format!("exec 2>&1; {command}")])
            .current_dir(shell.path(""))
            .env_clear()
            .env("PATH", format!("{programs}:/usr/bin:/bin"));
        if command.contains("patgate check") {
            bash.env("GITHUB_SERVER_URL", github.url());
        }
        let said = if command == "echo $?" {
            format!("{}\n", status.unwrap())
        } else {
            let said = bash.output().unwrap();
            status = said.status.code();
            String::from_utf8(said.stdout).unwrap()
        };
        assert_eq!(said, output, "{command}");
        shown += 1;
    }
    assert!(shown >= 3, "the document shows commands");
}
