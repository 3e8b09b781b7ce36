//! `patgate check`.

use std::os::unix::fs::symlink;

use fake_github::{Account, Fault, Right};
use serde_json::Value;

use super::{STRICT, Shell, careless, github};
use crate::canary;
use crate::runner::{DAY, Job, Step, classic, expiry_in, fine_grained};

#[test]
fn a_token_that_is_denied_is_told_with_each_reason() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write(".github/patgate.yml", STRICT);
    insta::assert_snapshot!(shell.run(&["check"]).all(), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo
    beyond what the gate needs, the token has `delete_repo` (grave)

    deny: expiry/required
      the token never expires, and an expiry is required
      --> .github/patgate.yml:5:15
      help: make a token with an expiry date

    deny: scopes/excess
      the token has the scope `delete_repo`, which the policy does not allow
      --> .github/patgate.yml:6:32
      help: remove `delete_repo` from the token in its owner's settings

    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    --- stderr ---
    --- exit 1 ---
    ");
    let asked: Vec<_> = github.requests().iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["GET /api/v3/user"]);
    let entries = std::fs::read_dir(shell.path("")).unwrap();
    assert_eq!(entries.count(), 1, "nothing is written");
}

#[test]
fn a_token_that_fits_is_allowed() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write(".github/patgate.yml", STRICT);
    insta::assert_snapshot!(shell.run(&["check", "--gate", "lax"]).all(), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo

    policy `.github/patgate.yml`, gate `lax`: allow, no findings
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn without_a_policy_the_baseline_judges() {
    let token = classic(0);
    let github = github(&token, careless());
    insta::assert_snapshot!(Shell::at(&github, &token).run(&["check"]).all(), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo

    warn: expiry/required
      the token never expires, and an expiry is required
      help: make a token with an expiry date

    warn: scopes/forbidden
      the token has the scope `delete_repo`, against the policy's `delete_repo`
      help: remove `delete_repo` from the token, or make a fine-grained token with only the permissions the job needs

    the built-in baseline, since there is no policy: allow, 2 findings
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn a_line_end_behind_the_token_is_no_finding_on_standard_input() {
    let token = classic(0);
    let account = || {
        Account::user("octocat")
            .scopes("repo")
            .expires(expiry_in(DAY * 60))
    };
    let github = github(&token, account());
    for end in ["", "\n", "\r\n"] {
        let mut shell = Shell::at(&github, &token);
        shell.input = format!("{token}{end}");
        let said = shell.run(&["check"]);
        assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{end:?}");
        assert!(said.out.ends_with(": allow, no findings\n"), "{}", said.out);
    }
    let shell = Shell::at(&github, "").with("PATGATE_TOKEN", &format!("{token}\n"));
    let said = shell.run(&["check"]);
    assert!(
        said.out.contains("warn: token/blanks"),
        "a secret that holds one has a fault: {}",
        said.out
    );
}

#[test]
fn the_variable_goes_before_standard_input() {
    let (token, other) = (classic(0), classic(1));
    let github = github(&token, careless());
    let shell = Shell::at(&github, &other).with("PATGATE_TOKEN", &token);
    assert_eq!(shell.run(&["check"]).status, Some(0));
    let empty = Shell::at(&github, &token).with("PATGATE_TOKEN", "");
    assert_eq!(empty.run(&["check"]).status, Some(0), "empty is not set");
}

#[test]
fn no_token_is_told_with_the_two_ways_to_give_one() {
    let mut shell = Shell::new();
    insta::assert_snapshot!(shell.run(&["check"]).all(), @"
    --- stderr ---
    error: there is no token: `PATGATE_TOKEN` is not set, and nothing came by standard input; give it from a file, `patgate check < FILE`, or in that variable
    --- exit 2 ---
    ");
    shell.input = "hunter2hunter2\n".to_owned();
    insta::assert_snapshot!(shell.run(&["check"]).all(), @"
    --- stderr ---
    error: the token is unusable: the secret has no prefix that GitHub issues, such as `github_pat_`; check that the secret is a GitHub token and not one of another service
    --- exit 2 ---
    ");
}

#[test]
fn a_token_among_the_arguments_is_refused_and_not_repeated() {
    let token = fine_grained();
    let mut shell = Shell::new();
    shell.input.clone_from(&token);
    insta::assert_snapshot!(shell.run(&["check", &token]).all(), @"
    --- stderr ---
    error: a token stands among the arguments, where everybody on this machine can see it

    Take it for leaked: delete it in its owner's settings, make a new one, and give that one by standard
    input, as `patgate check < FILE`, or in the variable PATGATE_TOKEN.
    --- exit 2 ---
    ");
    for arguments in [
        vec!["check", "--token", &token],
        vec!["check", "--policy", &token],
        vec![&token],
    ] {
        assert_eq!(shell.run(&arguments).status, Some(2));
    }
    let glued = format!("--token={token}");
    assert_eq!(shell.run(&["check", &glued]).status, Some(2));
}

#[test]
fn what_cannot_be_judged_is_told_in_the_words_of_the_command_line() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write(
        "bad.yml",
        "version: 1\ngates:\n  default:\n    kinds: [clasic]\n",
    );
    let told = |arguments: &[&str]| {
        let said = shell.run(&[&["check"], arguments].concat());
        assert_eq!(
            (said.status, said.out.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        said.err
    };
    insta::assert_snapshot!(told(&["--policy", "bad.yml"]), @"
    error: cannot use the policy: `gates.default.kinds` takes a kind of token, and not `clasic`; did you mean `classic`?
     --> bad.yml:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^ did you mean `classic`?
    ");
    insta::assert_snapshot!(told(&["--policy", "none.yml"]), @"error: there is no policy file `none.yml` in this folder; correct the path, or go to the folder that it begins in");
    insta::assert_snapshot!(told(&["--gate", "release"]), @"error: there is no policy file `.github/patgate.yml` in this folder; correct the path, or go to the folder that it begins in");
    insta::assert_snapshot!(told(&["--repositories", "acme"]), @"error: line 1 of the option `--repositories` is not `OWNER/REPO`, `OWNER/REPO: fetch` or `OWNER/REPO: push`; give each repository an option of its own, once");
    insta::assert_snapshot!(told(&["--server-url", "ghes.example"]), @"error: the option `--server-url` is no GitHub: it is not a URL of the form `https://HOST`; give the scheme and the host alone, such as `https://github.example`");
    insta::assert_snapshot!(told(&["--api-url", "http://ghes.example/api/v3"]), @"error: the option `--api-url` is no GitHub: it is `http`, and a token never travels in the clear; give the scheme and the host alone, such as `https://github.example`");
    insta::assert_snapshot!(told(&["--timeout", "1s"]), @"error: the option `--timeout` is no span of time from `5s` to `10m`; write it as `60s` or `2m`");
    insta::assert_snapshot!(told(&["--ca-certificates", "none.pem"]), @"error: cannot read `none.pem`: No such file or directory (os error 2)");
    assert!(github.requests().is_empty(), "nobody is asked");
    shell.write(".github/patgate.yml", STRICT);
    insta::assert_snapshot!(told(&["--gate", "release"]), @"error: cannot use the policy: the policy has no gate `release`; it has `default`, `lax`; name one of these with the option `--gate`, or add the gate to the policy");
}

#[test]
fn a_github_that_does_not_answer_is_no_verdict() {
    let token = classic(0);
    let github = github(&token, careless());
    github.fault("/api/v3/user", vec![Fault::Silence]);
    let said = Shell::at(&github, &token).run(&["check", "--timeout", "5s"]);
    assert_eq!(said.status, Some(2), "{}", said.all());
    assert!(said.err.starts_with("error: "), "{}", said.err);
}

#[test]
fn any_file_can_be_the_policy() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write("ci/strict.yml", STRICT);
    let elsewhere = Shell::new();
    elsewhere.write("strict.yml", STRICT);
    elsewhere.write("bad.yml", "version: 1\ngates: 7\n");
    let outside = elsewhere.path("strict.yml").canonicalize().unwrap();
    for path in [
        "ci/strict.yml",
        "./ci/strict.yml",
        outside.to_str().unwrap(),
    ] {
        let said = shell.run(&["check", "--policy", path, "--gate", "lax"]);
        assert_eq!(said.status, Some(0), "{}", said.all());
        let name = format!("policy `{path}`, gate `lax`: allow");
        assert!(said.out.contains(&name), "{}", said.out);
    }
    let bad = elsewhere.path("bad.yml").canonicalize().unwrap();
    let said = shell.run(&["check", "--policy", bad.to_str().unwrap()]);
    let place = format!(" --> {}:2:8\n", bad.display());
    assert!(said.err.contains(&place), "{}", said.err);
    let said = shell.run(&["check", "--policy", "/none/strict.yml"]);
    insta::assert_snapshot!(said.all(), @"
    --- stderr ---
    error: cannot read `/none/strict.yml`: No such file or directory (os error 2)
    --- exit 2 ---
    ");
    symlink(&outside, shell.path("linked.yml")).unwrap();
    let linked = shell.run(&["check", "--policy", "linked.yml", "--gate", "lax"]);
    assert_eq!(
        linked.status,
        Some(0),
        "a link leads anywhere: {}",
        linked.all()
    );
    shell.write("inner/.keep", "");
    let mut command = shell.command(&["check", "--policy", "../ci/strict.yml"]);
    let child = command
        .current_dir(shell.path("inner"))
        .env("PATGATE_TOKEN", &token)
        .spawn();
    let output = child.unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "the folder above is as good");
}

#[test]
fn the_repositories_narrow_the_policy() {
    let token = fine_grained();
    let account = Account::user("octocat").expires(expiry_in(DAY * 30));
    let github = github(&token, account.right("acme/site", Right::Push));
    let shell = Shell::at(&github, &token);
    shell.write(
        ".github/patgate.yml",
        "version: 1\ngates: { default: { repositories: { acme/site: push, acme/docs: fetch } } }\n",
    );
    assert_eq!(shell.run(&["check"]).status, Some(1), "it has no acme/docs");
    let said = shell.run(&["check", "--repositories", "acme/site: push"]);
    assert_eq!(said.status, Some(0), "{}", said.all());
    let both = [
        "--repositories",
        "acme/site: push",
        "--repositories",
        "acme/docs",
    ];
    assert_eq!(shell.run(&[&["check"], &both[..]].concat()).status, Some(1));
}

#[test]
fn an_authority_of_ones_own_is_trusted_by_its_certificate() {
    let token = classic(0);
    let github = github(&token, careless());
    let mut shell = Shell::new();
    shell.input.clone_from(&token);
    shell.write("ca.pem", github.ca_pem());
    let untrusted = shell.run(&["check", "--server-url", github.tls_url()]);
    assert_eq!(untrusted.status, Some(2), "{}", untrusted.all());
    let trusted = [
        "check",
        "--server-url",
        github.tls_url(),
        "--ca-certificates",
        "ca.pem",
    ];
    let said = shell.run(&trusted);
    assert_eq!(said.status, Some(0), "{}", said.all());
}

/// The JSON without what changes from run to run.
fn stable(json: &str) -> Value {
    let mut json: Value = serde_json::from_str(json).unwrap();
    json["judged_at"] = Value::Null;
    json
}

#[test]
fn the_json_is_the_actions_report() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    shell.write(".github/patgate.yml", STRICT);
    let said = shell.run(&["check", "--format", "json"]);
    assert_eq!((said.status, said.err.as_str()), (Some(1), ""));
    let mut job = Job::on(&github, &token, STRICT);
    let report = job.main(&mut Step::new()).outputs["report"].clone();
    let report = std::fs::read_to_string(report).unwrap();
    assert_eq!(stable(&said.out), stable(&report));
}

#[test]
fn colours_come_when_they_are_asked_for() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token);
    let painted = |shell: &Shell, arguments: &[&str]| {
        let said = shell.run(&[&["check"], arguments].concat());
        assert_eq!(said.status, Some(0), "{}", said.all());
        said.out.contains('\u{1b}')
    };
    assert!(!painted(&shell, &[]), "a pipe is no terminal");
    assert!(painted(&shell, &["--color", "always"]));
    assert!(!painted(&shell, &["--color", "never"]));
    let forced = Shell::at(&github, &token).with("CLICOLOR_FORCE", "1");
    assert!(painted(&forced, &[]));
    assert!(!painted(&forced, &["--color", "never"]));
    let no = forced.with("NO_COLOR", "1");
    assert!(!painted(&no, &[]));
    for format in ["json", "sarif"] {
        let arguments = ["--color", "always", "--format", format];
        assert!(!painted(&shell, &arguments), "{format} is for programs");
    }
    let said = shell.run(&["check", "--color", "always"]);
    let lines: Vec<_> = said.out.lines().skip(1).collect();
    insta::assert_snapshot!(lines.join("\n").replace('\u{1b}', "ESC"), @"

    ESC[1mESC[33mwarn: expiry/requiredESC[0m
      the token never expires, and an expiry is required
      help: make a token with an expiry date

    ESC[1mESC[33mwarn: scopes/forbiddenESC[0m
      the token has the scope `delete_repo`, against the policy's `delete_repo`
      help: remove `delete_repo` from the token, or make a fine-grained token with only the permissions the job needs

    ESC[1mESC[32mthe built-in baseline, since there is no policy: allow, 2 findingsESC[0m
    ");
}

#[test]
fn in_a_workflow_findings_stand_beside_the_run_and_not_in_the_answer() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token).with("GITHUB_ACTIONS", "true");
    shell.write(".github/patgate.yml", STRICT);
    insta::assert_snapshot!(shell.run(&["check"]).all(), @"
    the token is a classic personal access token of `octocat`; it never expires; its scopes are delete_repo, repo
    beyond what the gate needs, the token has `delete_repo` (grave)

    deny: expiry/required
      the token never expires, and an expiry is required
      --> .github/patgate.yml:5:15
      help: make a token with an expiry date

    deny: scopes/excess
      the token has the scope `delete_repo`, which the policy does not allow
      --> .github/patgate.yml:6:32
      help: remove `delete_repo` from the token in its owner's settings

    policy `.github/patgate.yml`, gate `default`: deny, 2 findings
    --- stderr ---
    ::error title=patgate expiry/required,file=.github/patgate.yml,line=5,col=15::the token never expires, and an expiry is required; make a token with an expiry date
    ::error title=patgate scopes/excess,file=.github/patgate.yml,line=6,col=32::the token has the scope `delete_repo`, which the policy does not allow; remove `delete_repo` from the token in its owner's settings
    --- exit 1 ---
    ");
    let said = shell.run(&["check", "--format", "json"]);
    assert!(serde_json::from_str::<Value>(&said.out).is_ok());
    assert_eq!(said.err.matches("::error ").count(), 2, "{}", said.err);
    let said = shell.run(&["check", "--gate", "release"]);
    assert!(
        said.err.starts_with("::error title=patgate::"),
        "{}",
        said.err
    );
}

#[test]
fn what_another_step_was_given_is_not_read() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token)
        .with("INPUT_TOKEN", "hunter2hunter2")
        .with("INPUT_GATE", "release")
        .with("INPUT_POLICY", "none.yml")
        .with("INPUT_PRIVATE-KEY", "hunter2")
        .with("GITHUB_WORKSPACE", "/none");
    let said = shell.run(&["check"]);
    assert_eq!(said.status, Some(0), "{}", said.all());
}

#[test]
fn what_somebody_else_wrote_is_one_line_and_no_command() {
    let token = classic(0);
    let login = "octo\u{1b}[31m\r\n::error::x ##[set-output name=x]y \u{202e}z";
    let account = Account::user(login).scopes("::error::x, ##[set-output name=x]y");
    let github = github(&token, account);
    let shell = Shell::at(&github, &token).with("GITHUB_ACTIONS", "true");
    for format in ["text", "json", "sarif"] {
        let said = shell.run(&["check", "--format", format]);
        let all = said.all();
        assert_eq!(said.status, Some(0), "{all}");
        assert!(!all.contains(['\u{1b}', '\u{202e}']), "{all}");
        assert!(!all.contains("##["), "{all}");
        let out = said
            .out
            .lines()
            .all(|line| !line.trim_start().starts_with("::"));
        assert!(out, "{all}");
    }
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let token = classic(0);
    let github = github(&token, careless());
    let shell = Shell::at(&github, &token).with("PATGATE_TOKEN", &token);
    for arguments in [
        &["check"][..],
        &["explain"],
        &["completions", "bash"],
        &["--help"],
    ] {
        let mut child = shell.command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        canary::assert_clean("standard error", &output.stderr, &token);
    }
}
