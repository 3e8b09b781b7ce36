//! `patgate test`.

use super::Shell;

const POLICY: &str = "\
version: 1
gates:
  default:
    kinds: [fine-grained]
    owners: [acme-bot]
    expiry: { required: true, at-most: 90d }
    run: { refs: [refs/heads/main] }
";

const PASSING: &str = "\
policy: patgate.yml
now: 2026-09-01T12:00:00Z
tests:
  - name: the bot's token passes on main
    facts: { kind: fine-grained, owner: acme-bot, expiry: in 90d }
    run: { ref: refs/heads/main }
    expect: allow
  - name: a second more is too much
    facts: { kind: fine-grained, owner: acme-bot, expiry: in 90d1s }
    expect: { verdict: deny, findings: [expiry/too-late] }
";

fn shell(tests: &str) -> Shell {
    let shell = Shell::new();
    shell.write(".github/patgate.yml", POLICY);
    shell.write(".github/patgate.test.yml", tests);
    shell
}

/// `PASSING` with one word replaced.
fn with(from: &str, to: &str) -> Shell {
    assert!(PASSING.contains(from), "{from}");
    shell(&PASSING.replace(from, to))
}

#[test]
fn a_policy_that_does_what_its_tests_say_passes() {
    insta::assert_snapshot!(shell(PASSING).run(&["test"]).all(), @"
    ok      the bot's token passes on main
    ok      a second more is too much
    .github/patgate.test.yml: 2 passed, 0 failed
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn a_test_that_fails_shows_what_was_expected_and_what_was_found() {
    let shell = with(
        "[expiry/too-late]",
        "[{ rule: expiry/too-late, level: warn, line: 6 }, owner/unknown]",
    );
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    ok      the bot's token passes on main
    FAILED  a second more is too much
            - expiry/too-late (warn, line 6)
            - owner/unknown
            + expiry/too-late (deny, line 6): the token expires at 2026-11-30T12:00:01Z, in 90 days, and may live at most `90d` longer
    .github/patgate.test.yml: 1 passed, 1 failed
    --- stderr ---
    --- exit 1 ---
    ");
    let shell = with("ref: refs/heads/main", "ref: refs/heads/topic");
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    FAILED  the bot's token passes on main
            - verdict: allow
            + verdict: deny
            + run/ref-not-allowed (deny, line 7): the run is for `refs/heads/topic`, and the policy allows `refs/heads/main`
    ok      a second more is too much
    .github/patgate.test.yml: 1 passed, 1 failed
    --- stderr ---
    --- exit 1 ---
    ");
}

#[test]
fn a_file_that_cannot_be_run_is_told_where_it_is_wrong() {
    let told = |from: &str, to: &str| {
        let said = with(from, to).run(&["test"]);
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""));
        said.err
    };
    insta::assert_snapshot!(told("owner: acme-bot, expiry: in 90d }", "ownr: acme-bot }"), @"error: .github/patgate.test.yml:5:34: tests[0].facts: unknown field `ownr`, expected one of `kind`, `doubts`, `standing`, `owner`, `actor`, `expiry`, `scopes`, `permissions`, `reach`, `repositories`, `enterprise`, `clock-ahead`");
    insta::assert_snapshot!(told("in 90d1s", "soon"), @"error: .github/patgate.test.yml:9:12: tests[1].facts: an expiry is `never`, `unknown`, an instant such as `2026-12-31T12:00:00Z`, `in 30d` or `30d ago`, or `within: ` and one of these; `soon` is none");
    insta::assert_snapshot!(told("[expiry/too-late]", "[expiry/to-late]"), @"error: .github/patgate.test.yml:8:5: tests[1]: there is no rule `expiry/to-late`; did you mean `expiry/too-late`?");
    insta::assert_snapshot!(told("a second more is too much", "the bot's token passes on main"), @"error: .github/patgate.test.yml: two tests are called `the bot's token passes on main`");
    insta::assert_snapshot!(told("policy: patgate.yml", "policy: none.yml"), @"error: cannot read `.github/none.yml`: No such file or directory (os error 2)");
    insta::assert_snapshot!(told("kind: fine-grained, owner: acme-bot, expiry: in 90d }", "kind: clasic }"), @"error: .github/patgate.test.yml:5:20: tests[0].facts.kind: unknown variant `clasic`, expected one of `classic`, `fine-grained`, `installation`, `legacy`, `oauth`, `user-to-server`");
    let shell = shell(PASSING);
    shell.write(".github/patgate.yml", &POLICY.replace("owners", "owner"));
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    --- stderr ---
    error: cannot use the policy: `gates.default` has no field `owner`; did you mean `owners`? its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`
     --> .github/patgate.yml:5:5
      |
    5 |     owner: [acme-bot]
      |     ^^^^^ did you mean `owners`?
    --- exit 2 ---
    ");
}

#[test]
fn what_a_policy_extends_is_tested_with_a_copy() {
    let shell = with(
        "policy: patgate.yml\n",
        "policy: patgate.yml\nbase: [base.yml]\n",
    );
    let extending = POLICY.replace(
        "version: 1\n",
        "version: 1\nextends: acme/.github/patgate.yml@v3\n",
    );
    shell.write(".github/patgate.yml", &extending);
    shell.write(
        ".github/base.yml",
        "version: 1\ngates:\n  default:\n    expiry: { at-least: 91d, at-most: 120d }\n",
    );
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    --- stderr ---
    error: cannot use the policy: no token can live at least `91d` and at most `90d` longer; correct the policy; every field is described at https://github.com/patgate/patgate/blob/main/docs/policy.md
     --> .github/patgate.yml:7:31
      |
    7 |     expiry: { required: true, at-most: 90d }
      |                               ^^^^^^^^^^^^
      |
    note: at least this
     --> .github/base.yml:4:15
      |
    4 |     expiry: { at-least: 91d, at-most: 120d }
      |               ^^^^^^^^^^^^^
    --- exit 2 ---
    ");
    shell.write(
        ".github/base.yml",
        "version: 1\ngates:\n  default:\n    expiry: { at-least: 2h }\n",
    );
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    ok      the bot's token passes on main
    ok      a second more is too much
    .github/patgate.test.yml: 2 passed, 0 failed
    --- stderr ---
    --- exit 0 ---
    ");
}

#[test]
fn programs_and_workflows_are_told_in_their_forms() {
    let shell = with("expect: allow", "expect: deny");
    insta::assert_snapshot!(shell.run(&["test", "--format", "json"]).all(), @r#"
    {
      "files": [
        {
          "file": ".github/patgate.test.yml",
          "tests": [
            {
              "differences": [
                "- verdict: deny",
                "+ verdict: allow"
              ],
              "name": "the bot's token passes on main",
              "passed": false
            },
            {
              "differences": [],
              "name": "a second more is too much",
              "passed": true
            }
          ]
        }
      ],
      "version": 1
    }
    --- stderr ---
    --- exit 1 ---
    "#);
    insta::assert_snapshot!(shell.run(&["test", "--format", "github"]).all(), @"
    FAILED  the bot's token passes on main
            - verdict: deny
            + verdict: allow
    ok      a second more is too much
    .github/patgate.test.yml: 1 passed, 1 failed
    --- stderr ---
    ::error title=patgate test,file=.github/patgate.test.yml,line=1,col=1::the bot's token passes on main: - verdict: deny; + verdict: allow
    --- exit 1 ---
    ");
}
