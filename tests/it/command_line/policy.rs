//! `patgate policy`.

use serde_json::Value;

use super::{STRICT, Shell};

const BAD: &str = "version: 1\ngates:\n  default:\n    kinds: [clasic]\n";

fn shell() -> Shell {
    let shell = Shell::new();
    shell.write(".github/patgate.yml", STRICT);
    shell.write("ci/one.yml", "version: 1\ngates: { default: {} }\n");
    shell.write("ci/bad.yml", BAD);
    shell
}

#[test]
fn a_policy_that_is_fine_is_told_in_a_line() {
    insta::assert_snapshot!(shell().run(&["policy"]).all(), @"
    .github/patgate.yml: fine, 2 gates
    --- stderr ---
    --- exit 0 ---
    ");
    let several = ["policy", "ci/one.yml", ".github/patgate.yml"];
    insta::assert_snapshot!(shell().run(&several).all(), @"
    ci/one.yml: fine, 1 gate
    .github/patgate.yml: fine, 2 gates
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    insta::assert_snapshot!(shell().run(&["policy", "ci/bad.yml"]).all(), @"
    error: `gates.default.kinds` takes a kind of token, and not `clasic`
     --> ci/bad.yml:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^ did you mean `classic`?

    ci/bad.yml: 1 mistake
    --- stderr ---
    --- exit 1 ---
    ");
}

#[test]
fn the_worst_of_several_is_the_status() {
    let both = shell().run(&["policy", "ci/bad.yml", "ci/one.yml"]);
    assert_eq!(both.status, Some(1), "{}", both.all());
    assert!(
        both.out.ends_with("ci/one.yml: fine, 1 gate\n"),
        "{}",
        both.out
    );
    let none = shell().run(&["policy", "ci/none.yml", "ci/bad.yml"]);
    assert_eq!(none.status, Some(2));
    assert_eq!(
        none.err,
        "error: cannot read `ci/none.yml`: No such file or directory (os error 2)\n"
    );
    assert_eq!(
        shell().run(&["policy", "ci"]).status,
        Some(2),
        "a folder is none"
    );
}

#[test]
fn programs_get_json() {
    let all = [
        "policy",
        "--format",
        "json",
        "ci/one.yml",
        "ci/bad.yml",
        "ci/none.yml",
    ];
    let said = shell().run(&all);
    assert_eq!((said.status, said.err.as_str()), (Some(2), ""));
    let json: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(json["files"][0]["gates"], 1);
    insta::assert_snapshot!(said.out, @r#"
    {
      "files": [
        {
          "file": "ci/one.yml",
          "gates": 1,
          "problems": [],
          "unread_base": null
        },
        {
          "file": "ci/bad.yml",
          "gates": null,
          "problems": [
            {
              "column": 13,
              "file": "ci/bad.yml",
              "help": "did you mean `classic`?",
              "line": 4,
              "message": "`gates.default.kinds` takes a kind of token, and not `clasic`",
              "severity": "error"
            }
          ],
          "unread_base": null
        },
        {
          "file": "ci/none.yml",
          "gates": null,
          "problems": [],
          "unreadable": "cannot read `ci/none.yml`: No such file or directory (os error 2)"
        }
      ],
      "version": 1
    }
    "#);
}

#[test]
fn a_workflow_gets_annotations() {
    let github = [
        "policy",
        "--format",
        "github",
        "ci/one.yml",
        "ci/bad.yml",
        "ci/none.yml",
    ];
    let said = shell().run(&github).all();
    insta::assert_snapshot!(said, @"
    ci/one.yml: fine, 1 gate
    ::error title=patgate,file=ci/bad.yml,line=4,col=13::`gates.default.kinds` takes a kind of token, and not `clasic`; did you mean `classic`?
    ::error title=patgate::cannot read `ci/none.yml`: No such file or directory (os error 2)
    --- stderr ---
    --- exit 2 ---
    ");
    let by_itself = shell().with("GITHUB_ACTIONS", "true");
    assert_eq!(
        by_itself
            .run(&["policy", "ci/one.yml", "ci/bad.yml", "ci/none.yml"])
            .all(),
        said
    );
    let text = by_itself.run(&["policy", "--format", "text", "ci/bad.yml"]);
    assert!(text.out.starts_with("error: "), "{}", text.out);
}

#[test]
fn what_a_policy_says_is_no_command() {
    let shell = shell();
    shell.write(
        "evil.yml",
        "version: 1\ngates:\n  \"x\\n::error::y\": { kinds: [a] }\n",
    );
    for format in ["text", "github"] {
        let said = shell.run(&["policy", "--format", format, "evil.yml"]);
        let mut commands = said.out.lines().filter(|line| line.starts_with("::"));
        assert!(
            commands.all(|line| line.starts_with("::error title=patgate,")),
            "{}",
            said.out
        );
    }
}
