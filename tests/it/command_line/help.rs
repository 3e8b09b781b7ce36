//! `--help`, `--version`, and mistakes of usage.

use super::Shell;

fn said(arguments: &[&str]) -> String {
    let said = Shell::new().run(arguments);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
    let blanks = said.out.lines().map(str::trim_end);
    blanks.collect::<Vec<_>>().join("\n")
}

#[test]
fn help_shows_the_commands() {
    insta::assert_snapshot!(said(&["--help"]), @"
    Judges a GitHub token against a policy.

    As a step of a workflow, patgate takes its inputs from the runner and no arguments.
    At a shell and in scheduled jobs it judges tokens and policies, and leases nothing.

    Usage: patgate [OPTIONS] <COMMAND>

    Commands:
      check        Judge a token by a policy, and lease nothing
      policy       Look for mistakes in policies
      test         Hold a policy against facts and expected findings, without asking anybody
      explain      Say what a rule demands, and what to do about its complaint
      schema       Print the JSON Schema of policies, for editors
      link         Say where to make the token that a gate asks for
      completions  Print a script that completes commands and options in a shell

    Options:
          --color <WHEN>
              When to use colours: auto, always or never

              [default: auto]

      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Examples:
      patgate check < token                   Judge a token by .github/patgate.yml
      patgate policy .github/patgate.yml      Look for mistakes in a policy
      patgate test .github/patgate.test.yml   Hold a policy against its tests
      patgate explain expiry/too-late         Say what a rule demands
      patgate link --gate release             Say where to make the token of a gate

    Exit status: 0 for yes, 1 for no, 2 if that could not be told.
    ");
}

#[test]
fn check_has_help() {
    insta::assert_snapshot!(said(&["check", "--help"]), @r#"
    Judge a token by a policy, and lease nothing

    The token comes from the variable PATGATE_TOKEN or from standard input, and never from
    an argument, which everybody on the machine can see. GitHub is asked what it is; nothing
    is changed there, and nothing is written here. Without a policy the baseline judges.

    Usage: patgate check [OPTIONS]

    Options:
          --color <WHEN>
              When to use colours: auto, always or never

              [default: auto]

          --policy <FILE>
              The policy, a file or OWNER/REPO/PATH@REF [default: .github/patgate.yml]

          --gate <GATE>
              Which gate of the policy

              [default: default]

          --repositories <OWNER/REPO>
              Only this of the gate's repositories, or "OWNER/REPO: push"; repeatable

          --server-url <URL>
              The GitHub to ask [default: $GITHUB_SERVER_URL, else github.com]

          --api-url <URL>
              Its API, where it does not follow from the server

          --ca-certificates <FILE>
              Certificates to trust beside the system's, a PEM file

          --timeout <SPAN>
              How long it may take, from 5s to 10m [default: 1m]

          --format <FORM>
              The form of the answer

              Possible values:
              - text:  For people
              - json:  The action's report
              - sarif: SARIF 2.1.0, for code scanning

              [default: text]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      patgate check < token
      pass show github/bot | patgate check --gate release
      patgate check --policy ci/patgate.yml --format sarif < token > patgate.sarif

    Exit status: 0 if the token may pass, 1 if the policy denies it, 2 if it could not be judged.
    "#);
}

#[test]
fn policy_and_explain_have_help() {
    insta::assert_snapshot!(said(&["policy", "--help"]), @"
    Look for mistakes in policies

    Nothing is asked of GitHub, but what `--fetch` needs.

    Usage: patgate policy [OPTIONS] [FILE]...

    Arguments:
      [FILE]...
              The policies

              [default: .github/patgate.yml]

    Options:
          --base <FILE>
              A copy of what the policy extends; again for what that extends

          --color <WHEN>
              When to use colours: auto, always or never

              [default: auto]

          --fetch
              Fetch what the policies extend, with the token in GITHUB_TOKEN or GH_TOKEN

          --format <FORM>
              The form [default: text; in a workflow github]

              Possible values:
              - text:   For people
              - json:   For programs
              - github: For a workflow: each mistake beside its line

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      patgate policy
      patgate policy .github/patgate.yml ci/patgate.yml --format json

    Exit status: 0 if all are fine, 1 if one has a mistake, 2 if one cannot be read.
    ");
    insta::assert_snapshot!(said(&["explain", "--help"]), @"
    Say what a rule demands, and what to do about its complaint

    Without a rule, a table of all.

    Usage: patgate explain [OPTIONS] [RULE]

    Arguments:
      [RULE]
              The rule's name

    Options:
          --color <WHEN>
              When to use colours: auto, always or never

              [default: auto]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      patgate explain
      patgate explain expiry/too-late
    ");
}

#[test]
fn link_has_help() {
    insta::assert_snapshot!(said(&["link", "--help"]), @"
    Say where to make the token that a gate asks for

    Prints the address of GitHub's page, which fills itself in as far as GitHub lets it, and
    the same in words. No address can choose repositories.

    Usage: patgate link [OPTIONS]

    Options:
          --color <WHEN>
              When to use colours: auto, always or never

              [default: auto]

          --policy <FILE>
              The policy [default: .github/patgate.yml, else the baseline]

          --base <FILE>
              A copy of what the policy extends; again for what that extends

          --gate <GATE>
              Which gate of the policy

              [default: default]

          --kind <KIND>
              Which kind: fine-grained or classic [default: the first that can be]

          --server-url <URL>
              The GitHub to make it on [default: $GITHUB_SERVER_URL, else github.com]

          --server-version <VERSION>
              Its version, if it is a GitHub Enterprise Server, such as 3.21

          --name <NAME>
              What to call the token, in 40 characters at most

          --expires <DAYS>
              After how many days it ends, 1 to 366, or none [default: as the gate allows]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      patgate link
      patgate link --policy ci/patgate.yml --gate release --expires 30
      patgate link --kind classic --server-url https://ghes.example

    Exit status: 0 if there is such a page, 1 if there is none, 2 if the policy cannot be used.
    ");
}

#[test]
fn schema_and_completions_have_help() {
    insta::assert_snapshot!(said(&["schema", "-h"]), @"
    Print the JSON Schema of policies, for editors

    Usage: patgate schema [OPTIONS]

    Options:
          --color <WHEN>  When to use colours: auto, always or never [default: auto]
      -h, --help          Print help
    ");
    insta::assert_snapshot!(said(&["completions", "-h"]), @"
    Print a script that completes commands and options in a shell

    Usage: patgate completions [OPTIONS] <SHELL>

    Arguments:
      <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

    Options:
          --color <WHEN>  When to use colours: auto, always or never [default: auto]
      -h, --help          Print help

    Examples:
      patgate completions bash > ~/.local/share/bash-completion/completions/patgate
      patgate completions fish > ~/.config/fish/completions/patgate.fish
    ");
}

#[test]
fn no_line_of_help_is_wider_than_a_screen() {
    for command in [
        "check",
        "policy",
        "explain",
        "link",
        "schema",
        "completions",
    ] {
        for flag in ["--help", "-h"] {
            for line in said(&[command, flag]).lines() {
                let width = line.chars().count();
                assert!(width <= 110, "{command} {flag}: {width} characters: {line}");
            }
        }
    }
}

#[test]
fn the_version_is_told() {
    let version = concat!("patgate ", env!("CARGO_PKG_VERSION"));
    assert_eq!(said(&["--version"]), version);
    assert_eq!(said(&["-V"]), version);
}

#[test]
fn a_mistake_is_told_on_standard_error() {
    for arguments in [
        &["chek"][..],
        &["check", "--polcy", "x"],
        &["--color", "never"],
        &["check", "x"],
    ] {
        let said = Shell::new().run(arguments);
        assert_eq!(
            (said.status, said.out.as_str()),
            (Some(2), ""),
            "{arguments:?}"
        );
        assert!(said.err.contains("Usage: patgate"), "{}", said.err);
    }
    let said = Shell::new().run(&["check", "--polcy", "x"]);
    insta::assert_snapshot!(said.err, @"
    error: unexpected argument '--polcy' found

      tip: a similar argument exists: '--policy'

    Usage: patgate check --policy <FILE>

    For more information, try '--help'.
    ");
}
