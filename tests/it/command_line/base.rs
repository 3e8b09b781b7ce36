//! Policies that extend others, at a shell.

use fake_github::{Account, FakeGitHub, Visibility};

use super::Shell;
use crate::canary;

const OWN: &str = "\
version: 1
extends: acme/.github/patgate.yml@main
gates:
  default:
    scopes: { allow: [repo] }
";

const BASE: &str = "\
version: 1
gates:
  default:
    kinds: [classic]
    scopes: { allow: [gist, repo] }
    expiry: { at-most: 30d }
";

const LAX: &str = "\
version: 1
gates:
  default:
    scopes: { allow: [gist] }
";

fn shell() -> Shell {
    let shell = Shell::new();
    shell.write(".github/patgate.yml", OWN);
    shell.write("base.yml", BASE);
    shell.write("lax.yml", LAX);
    shell
}

fn job_token() -> String {
    ["ghs", "patgateCANARYjobsOwnToken0123456789ab"].join("_")
}

/// A GitHub that has the base.
fn github(base: &str) -> FakeGitHub {
    FakeGitHub::builder()
        .repository("acme/.github", Visibility::Public)
        .file("acme/.github", "main", "patgate.yml", base)
        .token(job_token(), Account::installation("acme"))
        .start()
        .unwrap()
}

#[test]
fn a_base_that_nobody_has_read_is_told() {
    insta::assert_snapshot!(shell().run(&["policy"]).all(), @"
    .github/patgate.yml: fine, 1 gate
    warning: the base `acme/.github/patgate.yml@main` has not been read; name a copy of it with `--base`
    --- stderr ---
    --- exit 0 ---
    ");
    let said = shell().run(&["policy", "--format", "json"]);
    assert!(
        said.out
            .contains(r#""unread_base": "acme/.github/patgate.yml@main""#),
        "{}",
        said.out
    );
}

#[test]
fn a_copy_that_nothing_extends_is_no_base() {
    let shell = shell();
    for command in ["policy", "link"] {
        let said = shell.run(&[command, "--base", "base.yml", "--base", "lax.yml"]);
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""), "{command}");
        assert_eq!(
            said.err,
            "error: `base.yml` extends nothing, so `lax.yml` cannot be its base; leave it out, or write `extends`\n"
        );
    }
}

#[test]
fn a_copy_stands_in_for_the_base() {
    insta::assert_snapshot!(shell().run(&["policy", "--base", "base.yml"]).all(), @"
    .github/patgate.yml: fine, 1 gate
    --- stderr ---
    --- exit 0 ---
    ");
    insta::assert_snapshot!(shell().run(&["policy", "--base", "lax.yml"]).all(), @"
    error: the base does not allow the scope `repo`
     --> .github/patgate.yml:5:23
      |
    5 |     scopes: { allow: [repo] }
      |                       ^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> lax.yml:4:15
      |
    4 |     scopes: { allow: [gist] }
      |               ^^^^^^^^^^^^^

    .github/patgate.yml: 1 mistake
    --- stderr ---
    --- exit 1 ---
    ");
    let said = shell().run(&["policy", "--base", "none.yml"]);
    assert_eq!(said.status, Some(2), "{}", said.all());
}

#[test]
fn the_base_itself_is_fetched_with_the_shells_own_token() {
    let fetch = |base: &str| {
        let github = github(base);
        let token = job_token();
        let shell = shell()
            .with("GITHUB_SERVER_URL", github.url())
            .with("GITHUB_TOKEN", &token);
        let said = shell.run(&["policy", "--fetch"]);
        for text in [&said.out, &said.err] {
            canary::assert_clean("what is said", text.as_bytes(), &token);
        }
        let requests: Vec<_> = github.requests().iter().map(ToString::to_string).collect();
        (said.all(), requests)
    };
    let (said, requests) = fetch(BASE);
    insta::assert_snapshot!(said, @"
    .github/patgate.yml: fine, 1 gate
    --- stderr ---
    --- exit 0 ---
    ");
    assert_eq!(
        requests,
        ["GET /api/v3/repos/acme/.github/contents/patgate.yml?ref=main"]
    );
    let (said, _) = fetch(LAX);
    insta::assert_snapshot!(said, @"
    error: the base does not allow the scope `repo`
     --> .github/patgate.yml:5:23
      |
    5 |     scopes: { allow: [repo] }
      |                       ^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@main:4:15
      |
    4 |     scopes: { allow: [gist] }
      |               ^^^^^^^^^^^^^

    .github/patgate.yml: 1 mistake
    --- stderr ---
    --- exit 1 ---
    ");
    let (said, _) = fetch("version: 2\n");
    insta::assert_snapshot!(said, @"
    error: the policy lacks the field `gates`
     --> acme/.github/patgate.yml@main:1:1
      |
    1 | version: 2
      | ^^^^^^^^^^
      |
      = help: write `gates:` and below it a gate, such as `default:`

    error: `version` takes `1`, the one version of the language that this patgate reads, and not `2`
     --> acme/.github/patgate.yml@main:1:10
      |
    1 | version: 2
      |          ^ expected `1`, the one version of the language that this patgate reads

    .github/patgate.yml: 2 mistakes
    --- stderr ---
    --- exit 1 ---
    ");
    let said = shell().run(&["policy", "--fetch"]);
    insta::assert_snapshot!(said.all(), @"
    --- stderr ---
    error: the policy `acme/.github/patgate.yml@main` is in another repository, and the variable `GITHUB_TOKEN` holds no token to fetch it with; set it to one that may read the repository
    --- exit 2 ---
    ");
}

#[test]
fn a_page_is_that_of_both_policies() {
    let said = shell().run(&["link", "--base", "base.yml"]);
    assert!(
        said.out.contains("Expiration:     29 days"),
        "{}",
        said.all()
    );
    assert_eq!(said.err, "");
    let said = shell().run(&["link"]);
    insta::assert_snapshot!(said.err, @"warning: the base `acme/.github/patgate.yml@main` has not been read; name a copy of it with `--base`");
}

#[test]
fn what_is_doubtful_is_told_beside_the_verdict() {
    let token = crate::runner::classic(0);
    let github = super::github(&token, super::careless());
    let shell = Shell::at(&github, &token);
    shell.write(
        ".github/patgate.yml",
        "version: 1\ngates:\n  default:\n    scopes: { forbid: [delete-repo] }\n",
    );
    insta::assert_snapshot!(shell.run(&["check"]).all(), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo

    policy `.github/patgate.yml`, gate `default`: allow, no findings
    --- stderr ---
    warning: this patgate knows no scope `delete-repo`
     --> .github/patgate.yml:4:24
      |
    4 |     scopes: { forbid: [delete-repo] }
      |                        ^^^^^^^^^^^ did you mean `delete_repo`?
    --- exit 0 ---
    ");
}
