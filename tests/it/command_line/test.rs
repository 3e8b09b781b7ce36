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

#[test]
fn a_chain_is_tested_whole_or_not_at_all() {
    let extending = POLICY.replace(
        "version: 1\n",
        "version: 1\nextends: acme/.github/patgate.yml@v3\n",
    );
    let shell = shell(PASSING);
    shell.write(".github/patgate.yml", &extending);
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    --- stderr ---
    error: the base `acme/.github/patgate.yml@v3` has not been read; name a copy of it with `base` in `.github/patgate.test.yml`
    --- exit 2 ---
    ");
    let shell = with("patgate.yml\n", "patgate.yml\nbase: base.yml\n");
    shell.write(".github/base.yml", "version: 1\ngates: { default: {} }\n");
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    --- stderr ---
    error: `.github/patgate.yml` extends nothing, so `.github/base.yml` cannot be its base; leave it out, or write `extends`
    --- exit 2 ---
    ");
}

#[test]
fn a_token_passes_no_rule_of_a_run_that_nobody_described() {
    let shell = with("    run: { ref: refs/heads/main }\n", "");
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    FAILED  the bot's token passes on main
            the token passes, and the gate judges the run, too: say which with `run`
    ok      a second more is too much
    .github/patgate.test.yml: 1 passed, 1 failed
    --- stderr ---
    --- exit 1 ---
    ");
}

#[test]
fn what_a_test_says_of_the_run_is_known_or_unknown_as_it_is_in_a_job() {
    let shell = with(
        "run: { ref: refs/heads/main }\n    expect: allow",
        "run: { ref: unknown }\n    expect: allow",
    );
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    FAILED  the bot's token passes on main
            - verdict: allow
            + verdict: deny
            + run/unknown (deny, line 7): it is not known for which ref the run is: the runner does not set `GITHUB_REF`
    ok      a second more is too much
    .github/patgate.test.yml: 1 passed, 1 failed
    --- stderr ---
    --- exit 1 ---
    ");
}

/// Each of these would be passed over, and a test would pass that should not.
#[test]
fn what_would_be_passed_over_is_a_mistake() {
    for (facts, told) in [
        ("owner:", "a key has nothing behind it"),
        ("expiry:", "a key has nothing behind it"),
        ("scopes: ~", "a key has nothing behind it"),
        ("permissions:", "a key has nothing behind it"),
        ("permissions: { listed: }", "invalid type"),
        (
            "permissions: { seen: { contents: { at-least: } } }",
            "a key has nothing behind it",
        ),
        ("repositories:", "invalid type"),
        ("doubts:", "a key has nothing behind it"),
        ("enterprise: 3.10", "expected a string"),
        (
            "repositories: { acme/docs: { fetch: yes }, Acme/Docs: { fetch: invisible } }",
            "stands there twice",
        ),
        (
            "permissions: { listed: { contents: read, contents: write } }",
            "duplicate entry with key \"contents\"",
        ),
        (
            "permissions: { listed: { contents: read }, seen: { issues: { at-least: read } } }",
            "`listed` or `seen`, and not both",
        ),
        (
            "standing: { forbidden: suspended-acount }",
            "unknown variant `suspended-acount`",
        ),
        (
            "owner: { unknown: unreadible }",
            "the reason for `unknown` is",
        ),
    ] {
        let said = shell(&format!(
            "policy: patgate.yml\ntests:\n  - name: a test\n    facts:\n      kind: fine-grained\n      {facts}\n    expect: deny\n"
        ))
        .run(&["test"]);
        let all = said.all();
        assert!(
            said.status != Some(0) && all.contains(told),
            "{facts}: {all}"
        );
    }
    for (from, to, told) in [
        (
            "{ ref: refs/heads/main }",
            "{ runner: github_hosted }",
            "`github_hosted` is none",
        ),
        (
            "{ ref: refs/heads/main }",
            "{ actor: [] }",
            "at least one actor",
        ),
        (
            "{ ref: refs/heads/main }",
            "{ ref: }",
            "a key has nothing behind it",
        ),
        (
            "findings: [expiry/too-late]",
            "findings: ",
            "a key has nothing behind it",
        ),
        (
            "[expiry/too-late]",
            "[{ rule: expiry/too-late, level: wran }]",
            "unknown variant `wran`",
        ),
    ] {
        let said = with(from, to).run(&["test"]);
        assert!(
            said.status == Some(2) && said.err.contains(told),
            "{to}: {}",
            said.all()
        );
    }
}

#[test]
fn what_has_another_form_is_told_by_an_example() {
    for (facts, told) in [
        (
            "standing: forbidden",
            "`forbidden` wants more behind it, as in `forbidden: sso`",
        ),
        (
            "standing: { forbidden: no-push }",
            "as in `no-push: { login: acme-bot }`",
        ),
        (
            "repositories: { acme/site: { push: forbidden } }",
            "as in `forbidden: sso`",
        ),
        (
            "repositories: { acme/site: yes }",
            "as in `acme/site: { push: yes }`",
        ),
        ("reach: 3", "as in `reach: { count: 3 }`"),
        (
            "permissions: read",
            "as in `permissions: { listed: { contents: read } }`",
        ),
        (
            "permissions: { seen: { contents: read } }",
            "as in `contents: { at-least: read }`",
        ),
    ] {
        let said = shell(&format!(
            "policy: patgate.yml\ntests:\n  - name: a test\n    facts:\n      kind: classic\n      {facts}\n    expect: deny\n"
        ))
        .run(&["test"]);
        assert!(
            said.status == Some(2) && said.err.contains(told),
            "{facts}: {}",
            said.all()
        );
        assert!(!said.err.contains("variant"), "{facts}: {}", said.err);
    }
}

#[test]
fn findings_and_reach_stand_in_any_order() {
    let shell = shell(PASSING);
    shell.write(
        ".github/patgate.yml",
        "version: 1\ngates:\n  default:\n    repositories: { acme/docs: fetch, acme/site: fetch }\n",
    );
    shell.write(
        ".github/patgate.test.yml",
        "policy: patgate.yml\ntests:\n  - name: two are out of reach\n    facts:\n      kind: classic\n      owner: acme-bot\n      expiry: in 30d\n      scopes: [repo]\n      repositories: { acme/docs: { fetch: invisible }, acme/site: { fetch: invisible } }\n    expect: { verdict: deny, findings: [repositories/unreachable, { rule: repositories/unreachable, message: \"GitHub shows the token no repository `acme/docs`, where the policy wants `fetch`\" }] }\n  - name: both are leased\n    facts:\n      kind: classic\n      owner: acme-bot\n      expiry: in 30d\n      scopes: [repo]\n      repositories: { acme/docs: { fetch: yes }, acme/site: { fetch: yes } }\n    expect: { verdict: allow, lease: { reach: [acme/site, acme/docs] } }\n",
    );
    insta::assert_snapshot!(shell.run(&["test"]).all(), @"
    ok      two are out of reach
    ok      both are leased
    .github/patgate.test.yml: 2 passed, 0 failed
    --- stderr ---
    --- exit 0 ---
    ");
}
