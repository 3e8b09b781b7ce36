//! What people are shown of a policy that is wrong.

mod loosening;
mod several;
mod traps;
mod waivers;
mod warnings;

use super::yaml::MAX_LEN;
use super::*;

/// All that is shown of a policy that is wrong.
#[track_caller]
fn shown(text: &str) -> String {
    let error = Document::parse(text, "patgate.yml").expect_err("the policy is wrong");
    let problems = error.problems().iter();
    let excerpts: Vec<_> = problems.map(|problem| problem.excerpt(false)).collect();
    assert!(!excerpts.is_empty(), "an error has a problem");
    excerpts.join("\n\n")
}

/// What is shown of a gate with these rules.
#[track_caller]
fn gate(rules: &str) -> String {
    shown(&format!("version: 1\ngates:\n  default:\n{rules}\n"))
}

#[test]
fn a_key_that_no_level_has_is_shown() {
    insta::assert_snapshot!(shown("version: 1\ngate: {}\ngates: {}\n"), @"
    error: the policy has no field `gate`
     --> patgate.yml:2:1
      |
    2 | gate: {}
      | ^^^^ did you mean `gates`?
      |
      = help: its fields are `version`, `extends`, `defaults`, `gates`

    error: `gates` is empty
     --> patgate.yml:3:8
      |
    3 | gates: {}
      |        ^^
      |
      = help: an empty map could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(gate("    kind: [classic]"), @"
    error: `gates.default` has no field `kind`
     --> patgate.yml:4:5
      |
    4 |     kind: [classic]
      |     ^^^^ did you mean `kinds`?
      |
      = help: its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`
    ");
    insta::assert_snapshot!(gate("    expiry: { at_most: 90d }"), @"
    error: `gates.default.expiry` has no field `at_most`
     --> patgate.yml:4:15
      |
    4 |     expiry: { at_most: 90d }
      |               ^^^^^^^ did you mean `at-most`?
      |
      = help: its fields are `required`, `at-least`, `at-most`, `warn-below`
    ");
    insta::assert_snapshot!(gate("    scopes:\n      deny: [repo]"), @"
    error: `gates.default.scopes` has no field `deny`
     --> patgate.yml:5:7
      |
    5 |       deny: [repo]
      |       ^^^^ did you mean `forbid`?
      |
      = help: its fields are `require`, `allow`, `forbid`
    ");
    insta::assert_snapshot!(gate("    lease: { time: 20m }"), @"
    error: `gates.default.lease` has no field `time`
     --> patgate.yml:4:14
      |
    4 |     lease: { time: 20m }
      |              ^^^^
      |
      = help: its fields are `ttl`, `format`, `leaks`
    ");
    insta::assert_snapshot!(gate("    run: { on: [push], branch: main }"), @"
    error: `gates.default.run` has no field `on`
     --> patgate.yml:4:12
      |
    4 |     run: { on: [push], branch: main }
      |            ^^ did you mean `events`?
      |
      = help: its fields are `events`, `refs`, `actors`, `workflows`, `runners`, `forks`

    error: `gates.default.run` has no field `branch`
     --> patgate.yml:4:24
      |
    4 |     run: { on: [push], branch: main }
      |                        ^^^^^^ did you mean `refs`?
      |
      = help: its fields are `events`, `refs`, `actors`, `workflows`, `runners`, `forks`
    ");
}

#[test]
fn a_word_that_a_field_does_not_take_is_shown() {
    insta::assert_snapshot!(gate("    kinds: [fine-grained, clasic]"), @"
    error: `gates.default.kinds` takes a kind of token, and not `clasic`
     --> patgate.yml:4:27
      |
    4 |     kinds: [fine-grained, clasic]
      |                           ^^^^^^ did you mean `classic`?
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: write"), @"
    error: `gates.default.repositories.acme/site` takes `push`, `fetch` or `none`, and not `write`
     --> patgate.yml:5:18
      |
    5 |       acme/site: write
      |                  ^^^^^ expected one of `push`, `fetch`, `none`
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site:"), @"
    error: `gates.default.repositories.acme/site` has nothing behind it
     --> patgate.yml:5:7
      |
    5 |       acme/site:
      |       ^^^^^^^^^
      |
      = help: name something, or leave it out
    ");
    insta::assert_snapshot!(gate("    lease: { format: [env] }"), @"
    error: `gates.default.lease.format` takes `git`, `netrc` or `store`, and not `env`
     --> patgate.yml:4:23
      |
    4 |     lease: { format: [env] }
      |                       ^^^ expected one of `git`, `netrc`, `store`
    ");
    insta::assert_snapshot!(gate("    levels: { expiry/soon: error }"), @"
    error: `gates.default.levels.expiry/soon` takes `warn` or `deny`, and not `error`
     --> patgate.yml:4:28
      |
    4 |     levels: { expiry/soon: error }
      |                            ^^^^^ expected one of `warn`, `deny`
    ");
}

#[test]
fn a_form_that_a_field_does_not_take_is_shown() {
    insta::assert_snapshot!(shown("hello\n"), @"
    error: a policy is a map of fields, and not a single value
     --> patgate.yml:1:1
      |
    1 | hello
      | ^^^^^ expected a policy: `version` and `gates`
    ");
    insta::assert_snapshot!(shown("- version: 1\n"), @"
    error: a policy is a map of fields, and not a list
     --> patgate.yml:1:1
      |
    1 | - version: 1
      | ^^^^^^^^^^^^ expected a policy: `version` and `gates`
    ");
    insta::assert_snapshot!(gate("    - kinds: [classic]"), @"
    error: `gates.default` takes a gate: rules by name, such as `kinds: [fine-grained]`, and not a list
     --> patgate.yml:4:5
      |
    4 |     - kinds: [classic]
      |     ^^^^^^^^^^^^^^^^^^ expected a gate: rules by name, such as `kinds: [fine-grained]`
    ");
    insta::assert_snapshot!(gate("    kinds: classic"), @"
    error: `gates.default.kinds` takes a list, such as `[classic]`, and not `classic`
     --> patgate.yml:4:12
      |
    4 |     kinds: classic
      |            ^^^^^^^ expected a list, such as `[classic]`
    ");
    insta::assert_snapshot!(gate("    expiry: 90d"), @"
    error: `gates.default.expiry` takes bounds such as `at-most: 90d`, and not `90d`
     --> patgate.yml:4:13
      |
    4 |     expiry: 90d
      |             ^^^ expected bounds such as `at-most: 90d`
    ");
    insta::assert_snapshot!(gate("    expiry:\n      at-most: [90d]"), @"
    error: `gates.default.expiry.at-most` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not a list
     --> patgate.yml:5:16
      |
    5 |       at-most: [90d]
      |                ^^^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    ");
    insta::assert_snapshot!(gate("    repositories:\n      - acme/site"), @"
    error: `gates.default.repositories` takes a map, such as `{ acme/site: push }`, and not a list
     --> patgate.yml:5:7
      |
    5 |       - acme/site
      |       ^^^^^^^^^^^ expected a map, such as `{ acme/site: push }`
    ");
    insta::assert_snapshot!(gate("    owners: [[acme-bot]]"), @"
    error: `gates.default.owners` takes a login, or a pattern such as `acme-*`, and not a list
     --> patgate.yml:4:14
      |
    4 |     owners: [[acme-bot]]
      |              ^^^^^^^^^^ expected a login, or a pattern such as `acme-*`
    ");
    insta::assert_snapshot!(gate("    kinds: [{ classic: }]"), @"
    error: `gates.default.kinds` takes a kind of token, and not a map
     --> patgate.yml:4:13
      |
    4 |     kinds: [{ classic: }]
      |             ^^^^^^^^^^^^ expected a kind of token
    ");
}

#[test]
fn a_span_of_time_that_is_none_is_shown() {
    insta::assert_snapshot!(gate("    expiry: { at-most: 3mo }"), @"
    error: `gates.default.expiry.at-most` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `3mo`
     --> patgate.yml:4:24
      |
    4 |     expiry: { at-most: 3mo }
      |                        ^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    ");
    insta::assert_snapshot!(gate("    expiry: { at-most: 5 }"), @"
    error: `gates.default.expiry.at-most` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `5`
     --> patgate.yml:4:24
      |
    4 |     expiry: { at-most: 5 }
      |                        ^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    ");
    insta::assert_snapshot!(gate("    expiry:\n      at-least: -3d"), @"
    error: `gates.default.expiry.at-least` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `-3d`
     --> patgate.yml:5:17
      |
    5 |       at-least: -3d
      |                 ^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    ");
    insta::assert_snapshot!(gate("    lease: { ttl: soon }"), @"
    error: `gates.default.lease.ttl` takes a span of time, a number and a unit, such as `20m`, `2h` or `90d`, and not `soon`
     --> patgate.yml:4:19
      |
    4 |     lease: { ttl: soon }
      |                   ^^^^ expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    ");
}

#[test]
fn a_name_that_is_none_is_shown() {
    insta::assert_snapshot!(gate("    repositories:\n      site: push"), @"
    error: `gates.default.repositories` takes a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`, and not `site`
     --> patgate.yml:5:7
      |
    5 |       site: push
      |       ^^^^ expected a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`
    ");
    insta::assert_snapshot!(gate("    repositories:\n      https://github.com/acme/site: push"), @"
    error: `gates.default.repositories` takes a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`, and not `https://github.com/acme/site`
     --> patgate.yml:5:7
      |
    5 |       https://github.com/acme/site: push
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^ expected a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`
    ");
    insta::assert_snapshot!(gate("    repositories:\n      '*/site': push"), @"
    error: `gates.default.repositories` takes a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`, and not `*/site`
     --> patgate.yml:5:7
      |
    5 |       '*/site': push
      |       ^^^^^^^^ expected a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`
    ");
    insta::assert_snapshot!(gate("    owners:\n      - '@acme-bot'"), @"
    error: `gates.default.owners` takes a login, or a pattern such as `acme-*`, and not `@acme-bot`
     --> patgate.yml:5:9
      |
    5 |       - '@acme-bot'
      |         ^^^^^^^^^^^ did you mean `acme-bot`?
    ");
    insta::assert_snapshot!(gate("    owners: [acme bot]"), @"
    error: `gates.default.owners` takes a login, or a pattern such as `acme-*`, and not `acme bot`
     --> patgate.yml:4:14
      |
    4 |     owners: [acme bot]
      |              ^^^^^^^^ expected a login, or a pattern such as `acme-*`
    ");
    insta::assert_snapshot!(gate("    owners: [x, 'äöü😀', y]"), @r#"
    error: `gates.default.owners` takes a login, or a pattern such as `acme-*`, and not `äöü😀`
     --> patgate.yml:4:17
      |
    4 |     owners: [x, 'äöü😀', y]
      |                 ^^^^^^^ expected a login, or a pattern such as `acme-*`

    error: some readers of YAML take `y` for a boolean
     --> patgate.yml:4:25
      |
    4 |     owners: [x, 'äöü😀', y]
      |                          ^ write `"y"`
    "#);
    insta::assert_snapshot!(gate("    scopes: { require: [Repo] }"), @"
    error: `gates.default.scopes.require` takes a scope, such as `repo`, and not `Repo`
     --> patgate.yml:4:25
      |
    4 |     scopes: { require: [Repo] }
      |                         ^^^^ did you mean `repo`?
    ");
    insta::assert_snapshot!(gate("    scopes: { require: ['admin:*'] }"), @"
    error: `gates.default.scopes.require` takes a scope, such as `repo`, and not `admin:*`
     --> patgate.yml:4:25
      |
    4 |     scopes: { require: ['admin:*'] }
      |                         ^^^^^^^^^ expected a scope, such as `repo`
    ");
    insta::assert_snapshot!(gate("    scopes: { forbid: ['admin *'] }"), @"
    error: `gates.default.scopes.forbid` takes a scope, or a pattern such as `admin:*`, and not `admin *`
     --> patgate.yml:4:24
      |
    4 |     scopes: { forbid: ['admin *'] }
      |                        ^^^^^^^^^ expected a scope, or a pattern such as `admin:*`
    ");
    insta::assert_snapshot!(gate("    levels:\n      expiry/soonish: warn"), @"
    error: `gates.default.levels` takes a rule's name, such as `expiry/too-soon`, and not `expiry/soonish`
     --> patgate.yml:5:7
      |
    5 |       expiry/soonish: warn
      |       ^^^^^^^^^^^^^^ did you mean `expiry/soon`?
    ");
}

#[test]
fn a_pattern_without_quotes_is_shown() {
    insta::assert_snapshot!(gate("    owners: [*-bot]"), @"
    error: an alias stands here, and a policy has no anchors
     --> patgate.yml:4:14
      |
    4 |     owners: [*-bot]
      |              ^^^^^ YAML takes a `*` in front for an alias
      |
      = help: write a pattern that begins with `*` in quotes
    ");
    insta::assert_snapshot!(gate("    scopes: { forbid: [*] }"), @"
    error: an alias stands here, and a policy has no anchors
     --> patgate.yml:4:24
      |
    4 |     scopes: { forbid: [*] }
      |                        ^ YAML takes a `*` in front for an alias
      |
      = help: write a pattern that begins with `*` in quotes
    ");
}

#[test]
fn a_key_that_stands_twice_is_shown_where_it_does_so() {
    insta::assert_snapshot!(shown("version: 1\ngates: { a: {} }\nversion: 1\n"), @"
    error: the policy has the key `version` twice
     --> patgate.yml:3:1
      |
    1 | version: 1
      | ------- here first
    2 | gates: { a: {} }
    3 | version: 1
      | ^^^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(gate("    kinds: [classic]\n    kinds: [oauth]"), @"
    error: `gates.default` has the key `kinds` twice
     --> patgate.yml:5:5
      |
    4 |     kinds: [classic]
      |     ----- here first
    5 |     kinds: [oauth]
      |     ^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(shown("version: 1\ngates:\n  a:\n    kinds: [classic]\n  b:\n    kinds: [classic]\n    kinds: [oauth]\n"), @"
    error: `gates.b` has the key `kinds` twice
     --> patgate.yml:7:5
      |
    6 |     kinds: [classic]
      |     ----- here first
    7 |     kinds: [oauth]
      |     ^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(shown("version: 1\ngates:\n  default:\n    kinds: [classic]\n  default:\n    kinds: [oauth]\n"), @"
    error: `gates` has the key `default` twice
     --> patgate.yml:5:3
      |
    3 |   default:
      |   ------- here first
    4 |     kinds: [classic]
    5 |   default:
      |   ^^^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: push\n      acme/site: fetch"), @"
    error: `gates.default.repositories` has the key `acme/site` twice
     --> patgate.yml:6:7
      |
    5 |       acme/site: push
      |       --------- here first
    6 |       acme/site: fetch
      |       ^^^^^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: push\n      Acme/Site: fetch"), @"
    error: `gates.default.repositories` has the key `Acme/Site` twice
     --> patgate.yml:6:7
      |
    5 |       acme/site: push
      |       --------- here first
    6 |       Acme/Site: fetch
      |       ^^^^^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(gate("    levels:\n      expiry/soon: deny\n      expiry/soon: warn"), @"
    error: `gates.default.levels` has the key `expiry/soon` twice
     --> patgate.yml:6:7
      |
    5 |       expiry/soon: deny
      |       ----------- here first
    6 |       expiry/soon: warn
      |       ^^^^^^^^^^^ again here
      |
      = help: make one of the two
    ");
    insta::assert_snapshot!(gate("    expiry: { required: true, required: false }"), @"
    error: `gates.default.expiry` has the key `required` twice
     --> patgate.yml:4:31
      |
    4 |     expiry: { required: true, required: false }
      |               --------        ^^^^^^^^ again here
      |               |
      |               here first
      |
      = help: make one of the two
    ");
}

#[test]
fn a_list_that_could_mean_all_or_nothing_is_shown() {
    insta::assert_snapshot!(gate("    kinds: []"), @"
    error: `gates.default.kinds` is empty
     --> patgate.yml:4:12
      |
    4 |     kinds: []
      |            ^^
      |
      = help: an empty list could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(gate("    owners: []"), @"
    error: `gates.default.owners` is empty
     --> patgate.yml:4:13
      |
    4 |     owners: []
      |             ^^
      |
      = help: an empty list could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(gate("    repositories: {}"), @"
    error: `gates.default.repositories` is empty
     --> patgate.yml:4:19
      |
    4 |     repositories: {}
      |                   ^^
      |
      = help: an empty map could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(gate("    lease: { format: [] }"), @"
    error: `gates.default.lease.format` is empty
     --> patgate.yml:4:22
      |
    4 |     lease: { format: [] }
      |                      ^^
      |
      = help: an empty list could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: {}\n"), @"
    error: `gates` is empty
     --> patgate.yml:2:8
      |
    2 | gates: {}
      |        ^^
      |
      = help: an empty map could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: { default: { kinds: [] } }\n"), @"
    error: `gates.default.kinds` is empty
     --> patgate.yml:2:28
      |
    2 | gates: { default: { kinds: [] } }
      |                            ^^
      |
      = help: an empty list could mean all or nothing: name something, or leave it out
    ");
}

#[test]
fn what_does_not_fit_together_is_shown() {
    insta::assert_snapshot!(gate("    expiry:\n      at-least: 2h\n      at-most: 7199s"), @"
    error: no token can live at least `2h` and at most `7199s` longer
     --> patgate.yml:6:7
      |
    5 |       at-least: 2h
      |       ------------ at least this
    6 |       at-most: 7199s
      |       ^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      forbid: ['repo*']"), @"
    error: `repo` stands under `require` and under `forbid`
     --> patgate.yml:5:17
      |
    5 |       require: [repo]
      |                 ^^^^
    6 |       forbid: ['repo*']
      |                ------- forbidden here
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      forbid: [public_repo]"), @"
    error: `repo` stands under `require`, and `public_repo`, which it includes, under `forbid`
     --> patgate.yml:5:17
      |
    5 |       require: [repo]
      |                 ^^^^
    6 |       forbid: [public_repo]
      |                ----------- forbidden here
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      allow: [gist]"), @"
    error: `repo` stands under `require` and not under `allow`
     --> patgate.yml:5:17
      |
    5 |       require: [repo]
      |                 ^^^^
    6 |       allow: [gist]
      |       ------------- all that is allowed
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/vault: none"), @"
    error: `repositories` has only `none`, so that the lease would open nothing
     --> patgate.yml:5:7
      |
    5 |       acme/vault: none
      |       ^^^^^^^^^^^^^^^^
      |
      = help: name those that the lease opens, with `fetch` or `push`
    ");
    insta::assert_snapshot!(gate("    lease: { ttl: 6d }"), @"
    error: a lease of `6d` is longer than any job, which lives 5 days at most
     --> patgate.yml:4:14
      |
    4 |     lease: { ttl: 6d }
      |              ^^^^^^^
    ");
    insta::assert_snapshot!(gate("    levels: { expiry/passed: warn }"), @"
    error: `levels` cannot lower `expiry/passed`: such a token serves nobody
     --> patgate.yml:4:15
      |
    4 |     levels: { expiry/passed: warn }
      |               ^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    levels: { token/refused: warn }"), @"
    error: `levels` cannot lower `token/refused`: such a token serves nobody
     --> patgate.yml:4:15
      |
    4 |     levels: { token/refused: warn }
      |               ^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn words_that_mean_true_or_false_elsewhere_are_shown() {
    insta::assert_snapshot!(gate("    expiry: { required: on }"), @"
    error: `gates.default.expiry.required` takes `true` or `false`, and not `on`
     --> patgate.yml:4:25
      |
    4 |     expiry: { required: on }
      |                         ^^ write `true`, without quotes
    ");
    insta::assert_snapshot!(gate("    expiry: { required: yes }"), @"
    error: `gates.default.expiry.required` takes `true` or `false`, and not `yes`
     --> patgate.yml:4:25
      |
    4 |     expiry: { required: yes }
      |                         ^^^ write `true`, without quotes
    ");
    insta::assert_snapshot!(gate("    expiry:\n      required: no"), @"
    error: `gates.default.expiry.required` takes `true` or `false`, and not `no`
     --> patgate.yml:5:17
      |
    5 |       required: no
      |                 ^^ write `false`, without quotes
    ");
    insta::assert_snapshot!(gate("    expiry:\n      required: 'true'"), @"
    error: `gates.default.expiry.required` takes `true` or `false`, and not `'true'`
     --> patgate.yml:5:17
      |
    5 |       required: 'true'
      |                 ^^^^^^ write `true`, without quotes
    ");
}

#[test]
fn a_version_that_is_not_ours_is_shown() {
    insta::assert_snapshot!(shown("version: 2\ngates:\n  default:\n    kinds: [classic]\n"), @"
    error: `version` takes `1`, the one version of the language that this patgate reads, and not `2`
     --> patgate.yml:1:10
      |
    1 | version: 2
      |          ^ expected `1`, the one version of the language that this patgate reads
    ");
    insta::assert_snapshot!(shown("gates:\n  default:\n    kinds: [classic]\n"), @"
    error: the policy lacks the field `version`
     --> patgate.yml:1:1
      |
    1 | gates:
      | ^^^^^^
    ");
    insta::assert_snapshot!(shown("version: '1'\ngates: { default: {} }\n"), @"
    error: `version` takes `1`, the one version of the language that this patgate reads, and not `'1'`
     --> patgate.yml:1:10
      |
    1 | version: '1'
      |          ^^^ expected `1`, the one version of the language that this patgate reads
    ");
    insta::assert_snapshot!(shown("version: 1.0\ngates: { default: {} }\n"), @"
    error: some readers of YAML take `1.0` for `1`
     --> patgate.yml:1:10
      |
    1 | version: 1.0
      |          ^^^ write `1`
    ");
    insta::assert_snapshot!(shown("version: 2\nextends: acme/.github\ngates: { default: {} }\n"), @"
    error: `version` takes `1`, the one version of the language that this patgate reads, and not `2`
     --> patgate.yml:1:10
      |
    1 | version: 2
      |          ^ expected `1`, the one version of the language that this patgate reads

    error: `extends` takes a policy of another repository, `OWNER/REPO/PATH@REF`, and not `acme/.github`
     --> patgate.yml:2:10
      |
    2 | extends: acme/.github
      |          ^^^^^^^^^^^^ expected a policy of another repository, `OWNER/REPO/PATH@REF`
    ");
}

#[test]
fn text_that_is_no_yaml_is_shown() {
    insta::assert_snapshot!(shown("version: 1\ngates:\n\tdefault:\n\t\tkinds: [classic]\n"), @"
    error: a tab stands in front of the line
     --> patgate.yml:3:1
      |
    3 |     default:
      | ^^^^ YAML counts blanks
      |
      = help: write blanks in its place
    ");
    insta::assert_snapshot!(gate("    kinds: [classic]\n   owners: [x]"), @"
    error: this is not YAML: while parsing a block mapping, did not find expected key
     --> patgate.yml:5:4
      |
    5 |    owners: [x]
      |    ^^^^^^^
      |
      = help: look at the blanks in front of the line, at its quotes and brackets, and at those of the line before
    ");
    insta::assert_snapshot!(gate("    kinds: [classic\n    owners: [x]"), @"
    error: this is not YAML: illegal placement of ':' indicator
     --> patgate.yml:5:11
      |
    5 |     owners: [x]
      |           ^
      |
      = help: look at the blanks in front of the line, at its quotes and brackets, and at those of the line before
    ");
    insta::assert_snapshot!(gate("    kinds:[classic]\n    owners: [x]"), @"
    error: this is not YAML: mapping values are not allowed in this context
     --> patgate.yml:5:11
      |
    5 |     owners: [x]
      |           ^
      |
      = help: look at the blanks in front of the line, at its quotes and brackets, and at those of the line before
    ");
    insta::assert_snapshot!(gate("    owners: ['x]\n    kinds: [classic]"), @"
    error: this is not YAML: invalid indentation in quoted scalar
     --> patgate.yml:4:14
      |
    4 |     owners: ['x]
      |              ^^
      |
      = help: look at the blanks in front of the line, at its quotes and brackets, and at those of the line before
    ");
}

#[test]
fn a_character_that_nobody_sees_is_shown() {
    insta::assert_snapshot!(gate("    kinds: [cl\u{7}assic]"), @r"
    error: a character that nobody sees stands here: `\u{7}`
     --> patgate.yml:4:15
      |
    4 |     kinds: [cl␇assic]
      |               ^
      |
      = help: take it out
    ");
    insta::assert_snapshot!(gate("    kinds: [classic] # ok\u{2028}    owners: ['*']"), @r"
    error: a character that nobody sees stands here: `\u{2028}`
     --> patgate.yml:4:26
      |
    4 |     kinds: [classic] # ok     owners: ['*']
      |                          ^
      |
      = help: take it out
    ");
    insta::assert_snapshot!(gate("    kinds: [\u{202e}classic]"), @r"
    error: a character that nobody sees stands here: `\u{202e}`
     --> patgate.yml:4:13
      |
    4 |     kinds: [�classic]
      |             ^
      |
      = help: take it out
    ");
    insta::assert_snapshot!(shown("version: 1\rgates:\r  default: {}\r"), @r"
    error: a character that nobody sees stands here: `\u{d}`
     --> patgate.yml:1:11
      |
    1 | version: 1␍gates:␍  default: {}␍
      |           ^
      |
      = help: take it out
    ");
    insta::assert_snapshot!(gate("    \"kinds\\n::error::x\": 1"), @r#"
    error: `gates.default` has no field `kinds\n::error::x`
     --> patgate.yml:4:5
      |
    4 |     "kinds\n::error::x": 1
      |     ^^^^^^^^^^^^^^^^^^^
      |
      = help: its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`
    "#);
}

#[test]
fn a_file_without_a_policy_is_shown() {
    insta::assert_snapshot!(shown(""), @"
    error: the policy is empty; `version: 1` and `gates:` belong in it
     --> patgate.yml:1:1
      |
    1 |
      | ^
    ");
    insta::assert_snapshot!(shown(" \n\n"), @"
    error: the policy is empty; `version: 1` and `gates:` belong in it
     --> patgate.yml:1:1
      |
    1 |  
      | ^
    ");
    insta::assert_snapshot!(shown("\u{feff}"), @"
    error: the policy is empty; `version: 1` and `gates:` belong in it
     --> patgate.yml:1:1
      |
    1 |
      | ^
    ");
    insta::assert_snapshot!(shown("# nothing yet\n"), @"
    error: the policy is empty; `version: 1` and `gates:` belong in it
     --> patgate.yml:1:1
      |
    1 | # nothing yet
      | ^
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: { default: {} }\n---\nversion: 1\n"), @"
    error: a second YAML document begins here, and a policy is one
     --> patgate.yml:3:1
      |
    3 | ---
      | ^^^
      |
      = help: take out the `---` or `...` before it, and what follows
    ");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_shift_no_place() {
    insta::assert_snapshot!(shown("\u{feff}version: 2\r\ngates: {}\r\n"), @"
    error: `version` takes `1`, the one version of the language that this patgate reads, and not `2`
     --> patgate.yml:1:10
      |
    1 | version: 2
      |          ^ expected `1`, the one version of the language that this patgate reads

    error: `gates` is empty
     --> patgate.yml:2:8
      |
    2 | gates: {}
      |        ^^
      |
      = help: an empty map could mean all or nothing: name something, or leave it out
    ");
    insta::assert_snapshot!(shown("\u{feff}version: 1\r\ngates:\r\n  default:\r\n    kinds: [clasic]\r\n"), @"
    error: `gates.default.kinds` takes a kind of token, and not `clasic`
     --> patgate.yml:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^ did you mean `classic`?
    ");
}

#[test]
fn a_key_with_nothing_behind_it_is_not_a_key_that_nobody_wrote() {
    for (rules, name) in [
        ("    # kinds: [classic]", "gates.default"),
        ("    kinds:\n      # - classic", "gates.default.kinds"),
        ("    kinds: ~", "gates.default.kinds"),
        ("    owners:", "gates.default.owners"),
        ("    expiry: null", "gates.default.expiry"),
        (
            "    expiry:\n      required:",
            "gates.default.expiry.required",
        ),
        (
            "    expiry:\n      at-least:",
            "gates.default.expiry.at-least",
        ),
        (
            "    expiry:\n      at-most:",
            "gates.default.expiry.at-most",
        ),
        ("    scopes:", "gates.default.scopes"),
        (
            "    scopes:\n      require:",
            "gates.default.scopes.require",
        ),
        (
            "    scopes:\n      allow:\n        # - repo",
            "gates.default.scopes.allow",
        ),
        (
            "    repositories:\n      # acme/site: push",
            "gates.default.repositories",
        ),
        (
            "    repositories:\n      acme/site:",
            "gates.default.repositories.acme/site",
        ),
        ("    run:\n      refs:", "gates.default.run.refs"),
        ("    lease:\n      ttl:", "gates.default.lease.ttl"),
        ("    levels:", "gates.default.levels"),
        ("    waive:", "gates.default.waive"),
    ] {
        let shown = gate(rules);
        let told = format!("error: `{name}` has nothing behind it\n");
        assert!(shown.starts_with(&told), "{rules}\n{shown}");
        assert_eq!(shown.matches("error:").count(), 1, "{shown}");
    }
    assert!(shown("version: 1\ngates:\n").starts_with("error: `gates` has nothing behind it"));
}

#[test]
fn a_policy_is_read_with_a_byte_order_mark_windows_line_ends_and_document_marks() {
    let text = "version: 1\ngates:\n  default:\n    kinds: [classic]\n  other: {}\n";
    for text in [
        text.to_owned(),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        format!("---\n{text}...\n"),
        format!("# tab\t\n{text}"),
        format!("{text}\t\n"),
    ] {
        let document = Document::parse(&text, "patgate.yml").unwrap();
        assert!(document.gate("other").is_ok(), "{text:?}");
    }
}

#[test]
fn a_list_may_be_empty_where_that_means_something() {
    for (rules, good) in [
        ("scopes: { allow: [] }", true),
        ("permissions: { allow: {} }", true),
        ("scopes: { require: [] }", false),
        ("scopes: { forbid: [] }", false),
        ("scopes: {}", false),
        ("kinds: []", false),
        ("repositories: {}", false),
        ("levels: {}", false),
    ] {
        let text = format!("version: 1\ngates:\n  default:\n    {rules}\n");
        let read = Document::parse(&text, "patgate.yml");
        assert_eq!(read.is_ok(), good, "{rules}");
    }
}

#[test]
fn a_lease_lives_for_five_days_at_most() {
    for (ttl, good) in [
        ("5d", true),
        ("120h", true),
        ("432001s", false),
        ("1w", false),
    ] {
        let text = format!("version: 1\ngates:\n  default:\n    lease: {{ ttl: {ttl} }}\n");
        assert_eq!(Document::parse(&text, "patgate.yml").is_ok(), good, "{ttl}");
    }
}

#[test]
fn a_gate_that_the_policy_does_not_have_is_told_with_those_it_has() {
    let text = "version: 1\ngates: { mirror: {}, default: {} }\n";
    let document = Document::parse(text, "patgate.yml").unwrap();
    let error = document.gate("deploy").unwrap_err();
    insta::assert_snapshot!(error, @"the policy has no gate `deploy`; it has `default`, `mirror`");
    insta::assert_snapshot!(error.help(), @"name one of these with the input `gate`, or add the gate to the policy");
}

#[test]
fn a_text_that_is_made_to_keep_a_reader_busy_is_refused_at_once() {
    let laughs = ('b'..='z').fold("a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, name| {
        let before = char::from(name as u8 - 1);
        let aliases = vec![format!("*{before}"); 9].join(",");
        format!("{text}{name}: &{name} [{aliases}]\n")
    });
    let within = |value: &str| format!("version: 1\ngates:\n  default:\n    owners: {value}\n");
    let many = |of: &str| {
        let gates: Vec<_> = (0..20_000).map(|n| format!("  g{n}: {of}\n")).collect();
        format!("version: 1\ngates:\n{}", gates.concat())
    };
    for text in [
        laughs,
        within(&format!("{}{}", "[".repeat(3000), "]".repeat(3000))),
        within(&format!("{}{}", "{a: ".repeat(3000), "}".repeat(3000))),
        within("&a [*a]"),
        "- ".repeat(3000),
        "? ".repeat(3000),
        many("1"),
        format!("{}  g0: {{}}\n", many("{}")),
        format!("{}  z: {{ kinds: [] }}\n", many("{}")),
        "#".repeat(MAX_LEN + 1),
    ] {
        let shown = shown(&text);
        assert!(shown.len() < 60_000, "{shown}");
    }
}

#[test]
fn a_policy_may_be_exactly_as_long_as_the_longest() {
    let head = "version: 1\ngates: { default: {} }\n#";
    let text = format!("{head}{}", "#".repeat(MAX_LEN - head.len()));
    assert!(Document::parse(&text, "patgate.yml").is_ok());
    insta::assert_snapshot!(shown(&format!("{text}#")), @"
    error: the policy is longer than 256 KiB
     --> patgate.yml:1:1
      |
    1 | version: 1
      | ^
    ");
}
