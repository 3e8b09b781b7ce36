//! Several mistakes, told in one go.

use super::shown;

#[test]
fn all_mistakes_are_told_in_the_order_of_their_lines() {
    insta::assert_snapshot!(shown("\
version: 1
gate: {}
gates:
  default:
    kinds: [clasic, oauth, oauth]
    owner: [acme-bot]
    expiry: { at-least: 120d, at-most: 3 months }
    scopes: { require: [repo], forbid: [repo] }
    permissions: { require: { contents: wirte } }
    repositories:
      site: push
      acme/docs: pull
    run: { refs: [main], events: [] }
    lease: { ttl: 30d }
    levels: { expiry/to-late: warn, token/refused: warn }
    waive:
      - { rule: expiry/requird, until: 2027-01-31 }
  release:
    kinds: github-app
"), @"
    error: the policy has no field `gate`
     --> patgate.yml:2:1
      |
    2 | gate: {}
      | ^^^^ did you mean `gates`?
      |
      = help: its fields are `version`, `extends`, `defaults`, `gates`

    error: `gates.default.kinds` takes a kind of token, and not `clasic`
     --> patgate.yml:5:13
      |
    5 |     kinds: [clasic, oauth, oauth]
      |             ^^^^^^ did you mean `classic`?

    error: `gates.default.kinds` has `oauth` twice
     --> patgate.yml:5:28
      |
    5 |     kinds: [clasic, oauth, oauth]
      |                     -----  ^^^^^ again here
      |                     |
      |                     here first

    error: `gates.default` has no field `owner`
     --> patgate.yml:6:5
      |
    6 |     owner: [acme-bot]
      |     ^^^^^ did you mean `owners`?
      |
      = help: its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`

    error: `gates.default.expiry.at-most` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `3 months`
     --> patgate.yml:7:40
      |
    7 |     expiry: { at-least: 120d, at-most: 3 months }
      |                                        ^^^^^^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`

    error: `repo` stands under `require` and under `forbid`
     --> patgate.yml:8:25
      |
    8 |     scopes: { require: [repo], forbid: [repo] }
      |                         ^^^^            ---- forbidden here

    error: `gates.default.permissions.require.contents` takes `read`, `write`, `admin` or `none`, and not `wirte`
     --> patgate.yml:9:41
      |
    9 |     permissions: { require: { contents: wirte } }
      |                                         ^^^^^ did you mean `write`?

    error: `gates.default.repositories` takes a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`, and not `site`
      --> patgate.yml:11:7
       |
    11 |       site: push
       |       ^^^^ expected a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`

    error: `gates.default.repositories.acme/docs` takes `push`, `fetch` or `none`, and not `pull`
      --> patgate.yml:12:18
       |
    12 |       acme/docs: pull
       |                  ^^^^ expected one of `push`, `fetch`, `none`

    error: `gates.default.run.refs` takes a whole ref or a pattern of it, such as `refs/heads/main` or `refs/tags/v*`, and not `main`
      --> patgate.yml:13:19
       |
    13 |     run: { refs: [main], events: [] }
       |                   ^^^^ did you mean `refs/heads/main`?

    error: `gates.default.run.events` is empty
      --> patgate.yml:13:34
       |
    13 |     run: { refs: [main], events: [] }
       |                                  ^^
       |
       = help: an empty list could mean all or nothing: name something, or leave it out

    error: a lease of `30d` is longer than any job, which lives 5 days at most
      --> patgate.yml:14:14
       |
    14 |     lease: { ttl: 30d }
       |              ^^^^^^^^

    error: `gates.default.levels` takes a rule's name, such as `expiry/too-soon`, and not `expiry/to-late`
      --> patgate.yml:15:15
       |
    15 |     levels: { expiry/to-late: warn, token/refused: warn }
       |               ^^^^^^^^^^^^^^ did you mean `expiry/too-late`?

    error: `gates.default.waive` lacks the field `reason`
      --> patgate.yml:17:9
       |
    17 |       - { rule: expiry/requird, until: 2027-01-31 }
       |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    error: `gates.default.waive.rule` takes a rule's name, such as `expiry/too-soon`, and not `expiry/requird`
      --> patgate.yml:17:17
       |
    17 |       - { rule: expiry/requird, until: 2027-01-31 }
       |                 ^^^^^^^^^^^^^^ did you mean `expiry/required`?

    error: `gates.release.kinds` takes a list, such as `[github-app]`, and not `github-app`
      --> patgate.yml:19:12
       |
    19 |     kinds: github-app
       |            ^^^^^^^^^^ expected a list, such as `[github-app]`
    ");
}

#[test]
fn what_two_gates_take_from_defaults_is_wrong_once() {
    insta::assert_snapshot!(shown("\
version: 1
defaults:
  scopes: { require: [repo], forbid: ['repo*'] }
gates:
  default: {}
  release: {}
"), @"
    error: `repo` stands under `require` and under `forbid`
     --> patgate.yml:3:23
      |
    3 |   scopes: { require: [repo], forbid: ['repo*'] }
      |                       ^^^^            ------- forbidden here
    ");
}

#[test]
fn what_goes_together_in_neither_place_is_shown_in_both() {
    insta::assert_snapshot!(shown("\
version: 1
defaults:
  expiry: { at-least: 91d }
gates:
  default:
    expiry: { at-most: 90d }
"), @"
    error: no token can live at least `91d` and at most `90d` longer
     --> patgate.yml:6:15
      |
    3 |   expiry: { at-least: 91d }
      |             ------------- at least this
    ...
    6 |     expiry: { at-most: 90d }
      |               ^^^^^^^^^^^^
    ");
}

#[test]
fn a_policy_wants_gates_or_a_base() {
    insta::assert_snapshot!(shown("version: 1\ndefaults: { kinds: [classic] }\n"), @"
    error: the policy lacks the field `gates`
     --> patgate.yml:1:1
      |
    1 | version: 1
      | ^^^^^^^^^^
      |
      = help: write `gates:` and below it a gate, such as `default:`
    ");
    let text = "version: 1\nextends: acme/.github/patgate.yml@v3\n";
    assert!(super::Document::parse(text, "patgate.yml").is_ok());
}

#[test]
fn names_that_are_near_are_meant() {
    insta::assert_snapshot!(shown("version: 1\nextend: acme/.github/patgate.yml@v3\n"), @"
    error: the policy lacks the field `gates`
     --> patgate.yml:1:1
      |
    1 | version: 1
      | ^^^^^^^^^^
      |
      = help: write `gates:` and below it a gate, such as `default:`

    error: the policy has no field `extend`
     --> patgate.yml:2:1
      |
    2 | extend: acme/.github/patgate.yml@v3
      | ^^^^^^ did you mean `extends`?
      |
      = help: its fields are `version`, `extends`, `defaults`, `gates`
    ");
    insta::assert_snapshot!(super::gate("    run: { event: [push], branches: [refs/heads/main], runs-on: [self-hosted] }"), @"
    error: `gates.default.run` has no field `event`
     --> patgate.yml:4:12
      |
    4 |     run: { event: [push], branches: [refs/heads/main], runs-on: [self-hosted] }
      |            ^^^^^ did you mean `events`?
      |
      = help: its fields are `events`, `refs`, `actors`, `workflows`, `runners`, `forks`

    error: `gates.default.run` has no field `branches`
     --> patgate.yml:4:27
      |
    4 |     run: { event: [push], branches: [refs/heads/main], runs-on: [self-hosted] }
      |                           ^^^^^^^^ did you mean `refs`?
      |
      = help: its fields are `events`, `refs`, `actors`, `workflows`, `runners`, `forks`

    error: `gates.default.run` has no field `runs-on`
     --> patgate.yml:4:56
      |
    4 |     run: { event: [push], branches: [refs/heads/main], runs-on: [self-hosted] }
      |                                                        ^^^^^^^ did you mean `runners`?
      |
      = help: its fields are `events`, `refs`, `actors`, `workflows`, `runners`, `forks`
    ");
    insta::assert_snapshot!(super::gate("    kinds: [fine_grained]"), @"
    error: `gates.default.kinds` takes a kind of token, and not `fine_grained`
     --> patgate.yml:4:13
      |
    4 |     kinds: [fine_grained]
      |             ^^^^^^^^^^^^ did you mean `fine-grained`?
    ");
    insta::assert_snapshot!(super::gate("    kinds: [github-app]"), @"
    error: `gates.default.kinds` takes a kind of token, and not `github-app`
     --> patgate.yml:4:13
      |
    4 |     kinds: [github-app]
      |             ^^^^^^^^^^ expected one of `classic`, `fine-grained`, `installation`, `legacy`, `oauth`, `user-to-server`
    ");
    insta::assert_snapshot!(super::gate("    run: { refs: [main] }"), @"
    error: `gates.default.run.refs` takes a whole ref or a pattern of it, such as `refs/heads/main` or `refs/tags/v*`, and not `main`
     --> patgate.yml:4:19
      |
    4 |     run: { refs: [main] }
      |                   ^^^^ did you mean `refs/heads/main`?
    ");
    insta::assert_snapshot!(super::gate("    run: { workflows: [release.yml] }"), @"
    error: `gates.default.run.workflows` takes a workflow's file, such as `acme/site/.github/workflows/release.yml@refs/heads/main`, or a pattern of it, and not `release.yml`
     --> patgate.yml:4:24
      |
    4 |     run: { workflows: [release.yml] }
      |                        ^^^^^^^^^^^ expected a workflow's file, such as `acme/site/.github/workflows/release.yml@refs/heads/main`, or a pattern of it
    ");
    insta::assert_snapshot!(super::gate("    permissions: { require: { pull-requests: read } }"), @"
    error: `gates.default.permissions.require` takes a permission, such as `contents` or `pull_requests`, and not `pull-requests`
     --> patgate.yml:4:31
      |
    4 |     permissions: { require: { pull-requests: read } }
      |                               ^^^^^^^^^^^^^ did you mean `pull_requests`?
    ");
}
