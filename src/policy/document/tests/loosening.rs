//! A policy that would loosen its base.

use super::super::{Document, PolicyError};

fn tightened(own: &str, base: &str) -> Result<Document, PolicyError> {
    let text = |rules: &str| format!("version: 1\ngates:\n  default:\n{rules}\n");
    let own = Document::parse(&text(own), "patgate.yml").expect("a policy by itself");
    let base = Document::parse_elsewhere(&text(base), "acme/.github/patgate.yml@v3");
    own.tighten(base.expect("a base by itself"))
}

#[track_caller]
fn loosened(own: &str, base: &str) -> String {
    let error = tightened(own, base).expect_err("the policy loosens the base");
    let problems = error.problems().iter();
    let excerpts: Vec<_> = problems.map(|problem| problem.excerpt(false)).collect();
    excerpts.join("\n\n")
}

#[test]
fn each_bound_of_the_token_shows_both_lines() {
    insta::assert_snapshot!(loosened("    kinds: [classic, oauth]", "    kinds: [classic]"), @"
    error: the base does not allow the kind `oauth`
     --> patgate.yml:4:22
      |
    4 |     kinds: [classic, oauth]
      |                      ^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:5
      |
    4 |     kinds: [classic]
      |     ^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    owners: ['*']", "    owners: ['acme-*']"), @"
    error: the base does not allow the owner `*`
     --> patgate.yml:4:14
      |
    4 |     owners: ['*']
      |              ^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:5
      |
    4 |     owners: ['acme-*']
      |     ^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    expiry: { required: false }", "    expiry: { required: true }"), @"
    error: the base requires an expiry
     --> patgate.yml:4:15
      |
    4 |     expiry: { required: false }
      |               ^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:15
      |
    4 |     expiry: { required: true }
      |               ^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    expiry: { at-least: 1h }", "    expiry: { at-least: 2h }"), @"
    error: `at-least` is `1h`, less than the base's `2h`
     --> patgate.yml:4:15
      |
    4 |     expiry: { at-least: 1h }
      |               ^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:15
      |
    4 |     expiry: { at-least: 2h }
      |               ^^^^^^^^^^^^
    ");
}

#[test]
fn each_bound_of_what_the_token_may_do_shows_both_lines() {
    insta::assert_snapshot!(loosened("    scopes: { allow: ['repo*'] }", "    scopes: { allow: [repo] }"), @"
    error: the base does not allow the scope `repo*`
     --> patgate.yml:4:23
      |
    4 |     scopes: { allow: ['repo*'] }
      |                       ^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:15
      |
    4 |     scopes: { allow: [repo] }
      |               ^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    permissions: { require: { contents: read } }", "    permissions: { require: { contents: write } }"), @"
    error: the base requires `contents: write`
     --> patgate.yml:4:31
      |
    4 |     permissions: { require: { contents: read } }
      |                               ^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:31
      |
    4 |     permissions: { require: { contents: write } }
      |                               ^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    permissions: { allow: { issues: read } }", "    permissions: { allow: { contents: write } }"), @"
    error: the base does not allow the permission `issues`
     --> patgate.yml:4:29
      |
    4 |     permissions: { allow: { issues: read } }
      |                             ^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:20
      |
    4 |     permissions: { allow: { contents: write } }
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    repositories: { acme/site: push }", "    repositories: { acme/site: fetch }"), @"
    error: the base has `fetch` for what `acme/site` opens
     --> patgate.yml:4:21
      |
    4 |     repositories: { acme/site: push }
      |                     ^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:21
      |
    4 |     repositories: { acme/site: fetch }
      |                     ^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    repositories: { acme/*: fetch }", "    repositories: { acme/site: push }"), @"
    error: the base does not open `acme/*`
     --> patgate.yml:4:21
      |
    4 |     repositories: { acme/*: fetch }
      |                     ^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:21
      |
    4 |     repositories: { acme/site: push }
      |                     ^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    repositories: { acme/vault: fetch }", "    repositories: { acme/*: fetch, acme/vault: none }"), @"
    error: the base has `none` for what `acme/vault` opens
     --> patgate.yml:4:21
      |
    4 |     repositories: { acme/vault: fetch }
      |                     ^^^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:36
      |
    4 |     repositories: { acme/*: fetch, acme/vault: none }
      |                                    ^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn each_bound_of_the_run_and_of_the_lease_shows_both_lines() {
    insta::assert_snapshot!(loosened("    run: { events: [push, pull_request_target] }", "    run: { events: [push] }"), @"
    error: the base does not allow the event `pull_request_target`
     --> patgate.yml:4:27
      |
    4 |     run: { events: [push, pull_request_target] }
      |                           ^^^^^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:12
      |
    4 |     run: { events: [push] }
      |            ^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    run: { refs: ['refs/heads/*'] }", "    run: { refs: [refs/heads/main] }"), @"
    error: the base does not allow the ref `refs/heads/*`
     --> patgate.yml:4:19
      |
    4 |     run: { refs: ['refs/heads/*'] }
      |                   ^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:12
      |
    4 |     run: { refs: [refs/heads/main] }
      |            ^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    run: { forks: allow }", "    run: { forks: deny }"), @"
    error: the base denies forks
     --> patgate.yml:4:12
      |
    4 |     run: { forks: allow }
      |            ^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:12
      |
    4 |     run: { forks: deny }
      |            ^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    lease: { leaks: warn }", "    lease: { leaks: deny }"), @"
    error: `leaks` is `warn`, where the base has `deny`
     --> patgate.yml:4:14
      |
    4 |     lease: { leaks: warn }
      |              ^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:14
      |
    4 |     lease: { leaks: deny }
      |              ^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    lease: { ttl: 2h }", "    kinds: [classic]"), @"
    error: `ttl` is `2h`, more than the base's `1h`
     --> patgate.yml:4:14
      |
    4 |     lease: { ttl: 2h }
      |              ^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:3:3
      |
    3 |   default:
      |   ^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    lease: { format: [netrc] }", "    lease: { format: [git] }"), @"
    error: the base does not allow the format `netrc`
     --> patgate.yml:4:14
      |
    4 |     lease: { format: [netrc] }
      |              ^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:14
      |
    4 |     lease: { format: [git] }
      |              ^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    levels: { expiry/required: warn }", "    expiry: { required: true }"), @"
    error: the base has the level `deny` for `expiry/required`
     --> patgate.yml:4:15
      |
    4 |     levels: { expiry/required: warn }
      |               ^^^^^^^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:15
      |
    4 |     expiry: { required: true }
      |               ^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(loosened("    waive: [{ rule: expiry/required, until: 2027-01-31, reason: OPS-1 }]", "    expiry: { required: true }"), @"
    error: the base demands `expiry/required`, and waives it not
     --> patgate.yml:4:15
      |
    4 |     waive: [{ rule: expiry/required, until: 2027-01-31, reason: OPS-1 }]
      |               ^^^^^^^^^^^^^^^^^^^^^ this would loosen the base
      |
      = help: a policy only tightens what it extends; take it out, or change the base
    note: the base has this
     --> acme/.github/patgate.yml@v3:4:15
      |
    4 |     expiry: { required: true }
      |               ^^^^^^^^^^^^^^
    ");
}

#[test]
fn what_is_tighter_is_taken() {
    for (own, base) in [
        ("    kinds: [classic]", "    kinds: [classic, oauth]"),
        ("    owners: [acme-bot]", "    owners: ['acme-*']"),
        (
            "    expiry: { at-most: 30d, at-least: 3h }",
            "    expiry: { at-most: 90d, at-least: 2h }",
        ),
        (
            "    scopes: { allow: [public_repo] }",
            "    scopes: { allow: [repo] }",
        ),
        (
            "    permissions: { allow: {} }",
            "    permissions: { allow: { contents: write } }",
        ),
        (
            "    repositories: { acme/site: fetch }",
            "    repositories: { acme/*: push }",
        ),
        (
            "    run: { refs: ['refs/tags/v1.*'] }",
            "    run: { refs: ['refs/tags/v*'] }",
        ),
        ("    lease: { ttl: 5m }", "    kinds: [classic]"),
        (
            "    levels: { expiry/too-late: warn }\n    expiry: { at-most: 30d }",
            "    kinds: [classic]",
        ),
        ("    levels: { token/blanks: deny }", "    kinds: [classic]"),
    ] {
        if let Err(error) = tightened(own, base) {
            panic!("{own}\n{base}\n{error}");
        }
    }
}

#[test]
fn what_shows_only_in_the_whole_is_looked_at_with_the_base() {
    let own = "version: 1\nextends: acme/.github/patgate.yml@v3\ngates:\n  default:\n    repositories: { acme/vault: none }\n    levels: { scopes/excess: deny, expiry/soon: deny }\n";
    let own = || Document::parse(own, "patgate.yml").unwrap();
    assert!(own().warnings().is_empty(), "the base may demand it");
    let base = |rules: &str| {
        let text = format!("version: 1\ngates:\n  default:\n{rules}\n");
        Document::parse(&text, "base.yml").unwrap()
    };
    let whole = own().tighten(base(
        "    repositories: { acme/site: push }\n    scopes: { allow: [repo] }",
    ));
    let whole = whole.unwrap();
    insta::assert_snapshot!(whole.warnings()[0].excerpt(false), @"
    warning: nothing in this gate demands `expiry/soon`, so that its level is of no use
     --> patgate.yml:6:36
      |
    6 |     levels: { scopes/excess: deny, expiry/soon: deny }
      |                                    ^^^^^^^^^^^^^^^^^
    ");
    assert_eq!(whole.warnings().len(), 1);
    let error = own()
        .tighten(base("    scopes: { allow: [repo] }"))
        .unwrap_err();
    insta::assert_snapshot!(error.problems()[0].excerpt(false), @"
    error: `repositories` has only `none`, so that the lease would open nothing
     --> patgate.yml:5:21
      |
    5 |     repositories: { acme/vault: none }
      |                     ^^^^^^^^^^^^^^^^
      |
      = help: name those that the lease opens, with `fetch` or `push`
    ");
}

#[test]
fn a_gate_that_nothing_bounds_is_told() {
    let own = Document::parse("version: 1\ngates: { release: {} }\n", "patgate.yml").unwrap();
    let base = Document::parse("version: 1\ngates: { default: {} }\n", "base.yml").unwrap();
    let error = own.tighten(base).unwrap_err();
    insta::assert_snapshot!(error.problems()[0].excerpt(false), @"
    error: the base has no gate `release`, and no `defaults` that would bound one
     --> patgate.yml:2:10
      |
    2 | gates: { release: {} }
      |          ^^^^^^^
      |
      = help: name one of the base's gates: `default`
    note: the base's first gate
     --> base.yml:2:10
      |
    2 | gates: { default: {} }
      |          ^^^^^^^
    ");
}

#[test]
fn defaults_of_a_base_bound_a_gate_that_it_does_not_have() {
    let own = || {
        Document::parse(
            "version: 1\ngates: { release: { kinds: [oauth] } }\n",
            "patgate.yml",
        )
        .unwrap()
    };
    let base = |defaults: &str| {
        let text = format!(
            "version: 1\ndefaults: {{ kinds: [{defaults}] }}\ngates: {{ default: {{}} }}\n"
        );
        Document::parse(&text, "base.yml").unwrap()
    };
    assert!(own().tighten(base("oauth, classic")).is_ok());
    assert!(own().tighten(base("classic")).is_err());
}
