//! What people are shown of a policy that is wrong.

use super::*;

/// The message, then where it is shown: as an annotation has it, and as the log has it.
#[track_caller]
fn shown(text: &str) -> String {
    let error = Document::parse(text, "patgate.yml").expect_err("the policy is wrong");
    let PolicyError::Syntax {
        message,
        file,
        place,
        excerpt,
    } = error
    else {
        panic!("no gate was asked for");
    };
    let place = place.map_or_else(
        || format!("{file}, nowhere"),
        |Place { line, column }| format!("{file}, line {line}, column {column}"),
    );
    let excerpt = excerpt.map_or_else(String::new, |excerpt| format!("\n{excerpt}"));
    format!("{message}\n{place}{excerpt}")
}

/// What is shown of a gate with these rules.
#[track_caller]
fn gate(rules: &str) -> String {
    shown(&format!("version: 1\ngates:\n  default:\n{rules}\n"))
}

#[test]
fn a_key_that_no_level_has_is_shown() {
    insta::assert_snapshot!(shown("version: 1\ngate: {}\ngates: {}\n"), @"
    unknown field `gate`, expected `version` or `gates`
    patgate.yml, line 2, column 1
     --> patgate.yml:2:1
      |
    2 | gate: {}
      | ^^^^^
    ");
    insta::assert_snapshot!(gate("    kind: [classic]"), @"
    gates.default: unknown field `kind`, expected one of `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `lease`, `levels`
    patgate.yml, line 4, column 5
     --> patgate.yml:4:5
      |
    4 |     kind: [classic]
      |     ^^^^^
    ");
    insta::assert_snapshot!(gate("    expiry: { at_most: 90d }"), @"
    gates.default.expiry: unknown field `at_most`, expected one of `required`, `at-least`, `at-most`, `warn-below`
    patgate.yml, line 4, column 15
     --> patgate.yml:4:15
      |
    4 |     expiry: { at_most: 90d }
      |               ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes:\n      deny: [repo]"), @"
    gates.default.scopes: unknown field `deny`, expected one of `require`, `allow`, `forbid`
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       deny: [repo]
      |       ^^^^^
    ");
    insta::assert_snapshot!(gate("    lease: { time: 20m }"), @"
    gates.default.lease: unknown field `time`, expected `ttl` or `format`
    patgate.yml, line 4, column 14
     --> patgate.yml:4:14
      |
    4 |     lease: { time: 20m }
      |              ^^^^^
    ");
    insta::assert_snapshot!(gate("    run: { forks: deny }"), @"
    gates.default: unknown field `run`, expected one of `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `lease`, `levels`
    patgate.yml, line 4, column 5
     --> patgate.yml:4:5
      |
    4 |     run: { forks: deny }
      |     ^^^^
    ");
}

#[test]
fn a_word_that_a_field_does_not_take_is_shown() {
    insta::assert_snapshot!(gate("    kinds: [fine-grained, clasic]"), @"
    gates.default.kinds[1]: unknown variant `clasic`, expected one of `classic`, `fine-grained`, `installation`, `legacy`, `oauth`, `user-to-server`
    patgate.yml, line 4, column 27
     --> patgate.yml:4:27
      |
    4 |     kinds: [fine-grained, clasic]
      |                           ^^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: write"), @"
    gates.default.repositories.acme/site: unknown variant `write`, expected one of `none`, `fetch`, `push`
    patgate.yml, line 5, column 18
     --> patgate.yml:5:18
      |
    5 |       acme/site: write
      |                  ^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site:"), @"
    gates.default.repositories.acme/site: unknown variant ``, expected one of `none`, `fetch`, `push`
    patgate.yml, line 5, column 17
     --> patgate.yml:5:17
      |
    5 |       acme/site:
      |                 ^
    ");
    insta::assert_snapshot!(gate("    lease: { format: [netrc] }"), @"
    gates.default.lease.format[0]: unknown variant `netrc`, expected `git`
    patgate.yml, line 4, column 23
     --> patgate.yml:4:23
      |
    4 |     lease: { format: [netrc] }
      |                       ^^^^^
    ");
    insta::assert_snapshot!(gate("    levels: { expiry/soon: error }"), @"
    gates.default.levels.expiry/soon: unknown variant `error`, expected `warn` or `deny`
    patgate.yml, line 4, column 28
     --> patgate.yml:4:28
      |
    4 |     levels: { expiry/soon: error }
      |                            ^^^^^
    ");
}

#[test]
fn a_form_that_a_field_does_not_take_is_shown() {
    insta::assert_snapshot!(shown("hello\n"), @r#"
    invalid type: string "hello", expected a policy: `version` and `gates`
    patgate.yml, line 1, column 1
     --> patgate.yml:1:1
      |
    1 | hello
      | ^^^^^
    "#);
    insta::assert_snapshot!(shown("- version: 1\n"), @"
    invalid type: sequence, expected a policy: `version` and `gates`
    patgate.yml, line 1, column 1
     --> patgate.yml:1:1
      |
    1 | - version: 1
      | ^
    ");
    insta::assert_snapshot!(gate("    - kinds: [classic]"), @"
    gates.default: invalid type: sequence, expected a gate: rules by name
    patgate.yml, line 4, column 5
     --> patgate.yml:4:5
      |
    4 |     - kinds: [classic]
      |     ^
    ");
    insta::assert_snapshot!(gate("    kinds: classic"), @r#"
    gates.default.kinds: invalid type: string "classic", expected a sequence
    patgate.yml, line 4, column 12
     --> patgate.yml:4:12
      |
    4 |     kinds: classic
      |            ^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    expiry: 90d"), @r#"
    gates.default.expiry: invalid type: string "90d", expected bounds such as `at-most: 90d`
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     expiry: 90d
      |             ^^^
    "#);
    insta::assert_snapshot!(gate("    expiry:\n      at-most: [90d]"), @"
    gates.default.expiry.at-most: invalid type: sequence, expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    patgate.yml, line 5, column 16
     --> patgate.yml:5:16
      |
    5 |       at-most: [90d]
      |                ^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      - acme/site"), @"
    gates.default.repositories: invalid type: sequence, expected a map
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       - acme/site
      |       ^
    ");
    insta::assert_snapshot!(gate("    owners: [[acme-bot]]"), @"
    gates.default.owners[0]: invalid type: sequence, expected a login, or a pattern such as `acme-*`
    patgate.yml, line 4, column 14
     --> patgate.yml:4:14
      |
    4 |     owners: [[acme-bot]]
      |              ^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds: [{ classic: }]"), @"
    gates.default.kinds[0]: invalid type: map, expected a YAML tag starting with '!'
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     kinds: [{ classic: }]
      |             ^
    ");
}

#[test]
fn a_span_of_time_that_is_none_is_shown() {
    insta::assert_snapshot!(gate("    expiry: { at-most: 3mo }"), @r#"
    gates.default.expiry.at-most: invalid value: string "3mo", expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    patgate.yml, line 4, column 24
     --> patgate.yml:4:24
      |
    4 |     expiry: { at-most: 3mo }
      |                        ^^^
    "#);
    insta::assert_snapshot!(gate("    expiry: { at-most: 5 }"), @r#"
    gates.default.expiry.at-most: invalid value: string "5", expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    patgate.yml, line 4, column 24
     --> patgate.yml:4:24
      |
    4 |     expiry: { at-most: 5 }
      |                        ^
    "#);
    insta::assert_snapshot!(gate("    expiry:\n      at-least: -3d"), @r#"
    gates.default.expiry.at-least: invalid value: string "-3d", expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    patgate.yml, line 5, column 17
     --> patgate.yml:5:17
      |
    5 |       at-least: -3d
      |                 ^^^
    "#);
    insta::assert_snapshot!(gate("    lease: { ttl: soon }"), @r#"
    gates.default.lease.ttl: invalid value: string "soon", expected a span of time, a number and a unit, such as `20m`, `2h` or `90d`
    patgate.yml, line 4, column 19
     --> patgate.yml:4:19
      |
    4 |     lease: { ttl: soon }
      |                   ^^^^
    "#);
}

#[test]
fn a_name_that_is_none_is_shown() {
    insta::assert_snapshot!(gate("    repositories:\n      site: push"), @r#"
    gates.default.repositories: invalid value: string "site", expected a repository, `OWNER/REPO`
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       site: push
      |       ^^^^^
    "#);
    insta::assert_snapshot!(gate("    repositories:\n      https://github.com/acme/site: push"), @r#"
    gates.default.repositories: invalid value: string "https://github.com/acme/site", expected a repository, `OWNER/REPO`
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       https://github.com/acme/site: push
      |       ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    repositories:\n      acme/*: push"), @r#"
    gates.default.repositories: invalid value: string "acme/*", expected a repository, `OWNER/REPO`
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       acme/*: push
      |       ^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    owners:\n      - '@acme-bot'"), @r#"
    gates.default.owners[0]: invalid value: string "@acme-bot", expected a login, or a pattern such as `acme-*`
    patgate.yml, line 5, column 9
     --> patgate.yml:5:9
      |
    5 |       - '@acme-bot'
      |         ^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    owners: [acme bot]"), @r#"
    gates.default.owners[0]: invalid value: string "acme bot", expected a login, or a pattern such as `acme-*`
    patgate.yml, line 4, column 14
     --> patgate.yml:4:14
      |
    4 |     owners: [acme bot]
      |              ^^^^
    "#);
    insta::assert_snapshot!(gate("    owners: [x, 'äöü😀', y]"), @r#"
    gates.default.owners[1]: invalid value: string "äöü😀", expected a login, or a pattern such as `acme-*`
    patgate.yml, line 4, column 17
     --> patgate.yml:4:17
      |
    4 |     owners: [x, 'äöü😀', y]
      |                 ^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    scopes: { require: [Repo] }"), @r#"
    gates.default.scopes.require[0]: invalid value: string "Repo", expected a scope, such as `repo`
    patgate.yml, line 4, column 25
     --> patgate.yml:4:25
      |
    4 |     scopes: { require: [Repo] }
      |                         ^^^^
    "#);
    insta::assert_snapshot!(gate("    scopes: { require: ['admin:*'] }"), @r#"
    gates.default.scopes.require[0]: invalid value: string "admin:*", expected a scope, such as `repo`
    patgate.yml, line 4, column 25
     --> patgate.yml:4:25
      |
    4 |     scopes: { require: ['admin:*'] }
      |                         ^^^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    scopes: { forbid: ['admin *'] }"), @r#"
    gates.default.scopes.forbid[0]: invalid value: string "admin *", expected a scope, or a pattern such as `admin:*`
    patgate.yml, line 4, column 24
     --> patgate.yml:4:24
      |
    4 |     scopes: { forbid: ['admin *'] }
      |                        ^^^^^^
    "#);
    insta::assert_snapshot!(gate("    levels:\n      expiry/soonish: warn"), @r#"
    gates.default.levels: invalid value: string "expiry/soonish", expected a rule's name, such as `expiry/too-soon`
    patgate.yml, line 5, column 7
     --> patgate.yml:5:7
      |
    5 |       expiry/soonish: warn
      |       ^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_pattern_without_quotes_is_shown() {
    insta::assert_snapshot!(gate("    owners: [*-bot]"), @"
    unknown anchor
    patgate.yml, line 4, column 14
     --> patgate.yml:4:14
      |
    4 |     owners: [*-bot]
      |              ^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes: { forbid: [*] }"), @"
    did not find expected alphabetic or numeric character, while scanning an alias at line 4 column 24
    patgate.yml, line 4, column 25
     --> patgate.yml:4:25
      |
    4 |     scopes: { forbid: [*] }
      |                         ^
    ");
}

#[test]
fn a_key_that_stands_twice_is_shown_where_it_does_so() {
    insta::assert_snapshot!(shown("version: 1\ngates: { a: {} }\nversion: 1\n"), @"
    duplicate field `version`
    patgate.yml, line 3, column 1
     --> patgate.yml:3:1
      |
    3 | version: 1
      | ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds: [classic]\n    kinds: [oauth]"), @"
    gates.default: duplicate field `kinds`
    patgate.yml, line 5, column 5
     --> patgate.yml:5:5
      |
    5 |     kinds: [oauth]
      |     ^^^^^^
    ");
    insta::assert_snapshot!(shown("version: 1\ngates:\n  a:\n    kinds: [classic]\n  b:\n    kinds: [classic]\n    kinds: [oauth]\n"), @"
    gates.b: duplicate field `kinds`
    patgate.yml, line 7, column 5
     --> patgate.yml:7:5
      |
    7 |     kinds: [oauth]
      |     ^^^^^^
    ");
    insta::assert_snapshot!(shown("version: 1\ngates:\n  default:\n    kinds: [classic]\n  default:\n    kinds: [oauth]\n"), @"
    gates: duplicate field `default`
    patgate.yml, line 5, column 3
     --> patgate.yml:5:3
      |
    5 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: push\n      acme/site: fetch"), @"
    gates.default.repositories: duplicate field `acme/site`
    patgate.yml, line 6, column 7
     --> patgate.yml:6:7
      |
    6 |       acme/site: fetch
      |       ^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/site: push\n      Acme/Site: fetch"), @"
    gates.default.repositories: duplicate field `acme/site`
    patgate.yml, line 6, column 7
     --> patgate.yml:6:7
      |
    6 |       Acme/Site: fetch
      |       ^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    levels:\n      expiry/soon: deny\n      expiry/soon: warn"), @"
    gates.default.levels: duplicate field `expiry/soon`
    patgate.yml, line 6, column 7
     --> patgate.yml:6:7
      |
    6 |       expiry/soon: warn
      |       ^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    expiry: { required: true, required: false }"), @"
    gates.default.expiry: duplicate field `required`
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     expiry: { required: true, required: false }
      |             ^
    ");
}

#[test]
fn a_list_that_could_mean_all_or_nothing_is_shown() {
    insta::assert_snapshot!(gate("    kinds: []"), @"
    gates.default: `kinds` is empty; name something, or leave it out
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    owners: []"), @"
    gates.default: `owners` is empty; name something, or leave it out
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories: {}"), @"
    gates.default: `repositories` is empty; name something, or leave it out
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    lease: { format: [] }"), @"
    gates.default: `lease.format` is empty; name something, or leave it out
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: {}\n"), @"
    `gates` is empty; name something, or leave it out
    patgate.yml, line 2, column 1
     --> patgate.yml:2:1
      |
    2 | gates: {}
      | ^^^^^^
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: { default: { kinds: [] } }\n"), @"
    gates.default: `kinds` is empty; name something, or leave it out
    patgate.yml, nowhere
    ");
}

#[test]
fn what_does_not_fit_together_is_shown() {
    insta::assert_snapshot!(gate("    expiry:\n      at-least: 2h\n      at-most: 7199s"), @"
    gates.default: no token can live at least `2h` and at most `7199s` longer
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      forbid: ['repo*']"), @"
    gates.default: scopes: `repo` stands under `require` and under `forbid`
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      forbid: [public_repo]"), @"
    gates.default: scopes: `repo` stands under `require`, and what it includes under `forbid`
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    scopes:\n      require: [repo]\n      allow: [gist]"), @"
    gates.default: scopes: `repo` stands under `require` and not under `allow`
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    repositories:\n      acme/vault: none"), @"
    gates.default: `repositories` has only `none`; name those that the lease opens
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    lease: { ttl: 6d }"), @"
    gates.default: lease.ttl is `6d`, and no job lives longer than 5 days
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    levels: { expiry/passed: warn }"), @"
    gates.default: `levels` cannot lower `expiry/passed`: such a token serves nobody
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    levels: { token/refused: warn }"), @"
    gates.default: `levels` cannot lower `token/refused`: such a token serves nobody
    patgate.yml, line 3, column 3
     --> patgate.yml:3:3
      |
    3 |   default:
      |   ^^^^^^^^
    ");
}

#[test]
fn words_that_mean_true_or_false_elsewhere_are_shown() {
    insta::assert_snapshot!(gate("    expiry: { required: on }"), @r#"
    gates.default.expiry.required: invalid type: string "on", expected a boolean
    patgate.yml, line 4, column 25
     --> patgate.yml:4:25
      |
    4 |     expiry: { required: on }
      |                         ^^
    "#);
    insta::assert_snapshot!(gate("    expiry: { required: yes }"), @r#"
    gates.default.expiry.required: invalid type: string "yes", expected a boolean
    patgate.yml, line 4, column 25
     --> patgate.yml:4:25
      |
    4 |     expiry: { required: yes }
      |                         ^^^
    "#);
    insta::assert_snapshot!(gate("    expiry:\n      required: no"), @r#"
    gates.default.expiry.required: invalid type: string "no", expected a boolean
    patgate.yml, line 5, column 17
     --> patgate.yml:5:17
      |
    5 |       required: no
      |                 ^^
    "#);
    insta::assert_snapshot!(gate("    expiry:\n      required: 'true'"), @r#"
    gates.default.expiry.required: invalid type: string "true", expected a boolean
    patgate.yml, line 5, column 17
     --> patgate.yml:5:17
      |
    5 |       required: 'true'
      |                 ^^^^^^
    "#);
}

#[test]
fn a_version_that_is_not_ours_is_shown() {
    insta::assert_snapshot!(shown("version: 2\ngates:\n  default:\n    kinds: [classic]\n"), @"
    the policy has version 2, and this patgate reads version 1
    patgate.yml, line 1, column 1
     --> patgate.yml:1:1
      |
    1 | version: 2
      | ^^^^^^^^
    ");
    insta::assert_snapshot!(shown("gates:\n  default:\n    kinds: [classic]\n"), @"
    missing field `version`
    patgate.yml, line 1, column 1
     --> patgate.yml:1:1
      |
    1 | gates:
      | ^^^^^^
    ");
    insta::assert_snapshot!(shown("version: '1'\ngates: { default: {} }\n"), @r#"
    version: invalid type: string "1", expected u64
    patgate.yml, line 1, column 10
     --> patgate.yml:1:10
      |
    1 | version: '1'
      |          ^^^
    "#);
    insta::assert_snapshot!(shown("version: 1.0\ngates: { default: {} }\n"), @"
    version: invalid type: floating point `1.0`, expected u64
    patgate.yml, line 1, column 10
     --> patgate.yml:1:10
      |
    1 | version: 1.0
      |          ^^^
    ");
    insta::assert_snapshot!(shown("version: 2\nextends: acme/.github\ngates: { default: {} }\n"), @"
    unknown field `extends`, expected `version` or `gates`
    patgate.yml, line 2, column 1
     --> patgate.yml:2:1
      |
    2 | extends: acme/.github
      | ^^^^^^^^
    ");
}

#[test]
fn text_that_is_no_yaml_is_shown() {
    insta::assert_snapshot!(shown("version: 1\ngates:\n\tdefault:\n\t\tkinds: [classic]\n"), @"
    found character that cannot start any token, while scanning for the next token
    patgate.yml, line 3, column 1
     --> patgate.yml:3:1
      |
    3 |     default:
      | ^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds: [classic]\n   owners: [x]"), @"
    did not find expected key, while parsing a block mapping at line 3 column 3
    patgate.yml, line 5, column 4
     --> patgate.yml:5:4
      |
    5 |    owners: [x]
      |    ^^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds: [classic\n    owners: [x]"), @"
    gates.default.kinds[0]: unknown variant `classic owners`, expected one of `classic`, `fine-grained`, `installation`, `legacy`, `oauth`, `user-to-server`
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     kinds: [classic
      |             ^^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds:[classic]\n    owners: [x]"), @r#"
    gates.default: invalid type: string "kinds:[classic] owners", expected a gate: rules by name
    patgate.yml, line 4, column 5
     --> patgate.yml:4:5
      |
    4 |     kinds:[classic]
      |     ^^^^^^^^^^^^^^
    "#);
    insta::assert_snapshot!(gate("    owners: ['x]\n    kinds: [classic]"), @"
    found unexpected end of stream, while scanning a quoted scalar at line 4 column 14
    patgate.yml, line 6, column 1
    ");
}

#[test]
fn a_character_that_nobody_sees_is_shown() {
    insta::assert_snapshot!(gate("    kinds: [cl\u{7}assic]"), @"
    a control character stands here
    patgate.yml, line 4, column 15
     --> patgate.yml:4:15
      |
    4 |     kinds: [cl␇assic]
      |               ^^^^^^
    ");
    insta::assert_snapshot!(gate("    kinds: [classic] # ok\u{2028}    owners: ['*']"), @"
    a control character stands here
    patgate.yml, line 4, column 26
     --> patgate.yml:4:26
      |
    4 |     kinds: [classic] # ok     owners: ['*']
      |                          ^
    ");
    insta::assert_snapshot!(gate("    kinds: [\u{202e}classic]"), @"
    a control character stands here
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     kinds: [�classic]
      |             ^^^^^^^^
    ");
    insta::assert_snapshot!(shown("version: 1\rgates:\r  default: {}\r"), @"
    a control character stands here
    patgate.yml, line 1, column 11
     --> patgate.yml:1:11
      |
    1 | version: 1␍gates:␍  default: {}␍
      |           ^^^^^^^^
    ");
    insta::assert_snapshot!(gate("    \"kinds\\n::error::x\": 1"), @r#"
    gates.default: unknown field `kinds\n::error::x`, expected one of `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `lease`, `levels`
    patgate.yml, line 4, column 5
     --> patgate.yml:4:5
      |
    4 |     "kinds\n::error::x": 1
      |     ^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_file_without_a_policy_is_shown() {
    insta::assert_snapshot!(shown(""), @"
    the policy is empty; `version: 1` and `gates:` belong in it
    patgate.yml, nowhere
    ");
    insta::assert_snapshot!(shown(" \n\n"), @"
    the policy is empty; `version: 1` and `gates:` belong in it
    patgate.yml, nowhere
    ");
    insta::assert_snapshot!(shown("\u{feff}"), @"
    the policy is empty; `version: 1` and `gates:` belong in it
    patgate.yml, nowhere
    ");
    insta::assert_snapshot!(shown("# nothing yet\n"), @"
    missing field `version`
    patgate.yml, line 2, column 1
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: { default: {} }\n---\nversion: 1\n"), @"
    deserializing from YAML containing more than one document is not supported
    patgate.yml, nowhere
    ");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_shift_no_place() {
    insta::assert_snapshot!(shown("\u{feff}version: 2\r\ngates: {}\r\n"), @"
    the policy has version 2, and this patgate reads version 1
    patgate.yml, line 1, column 1
     --> patgate.yml:1:1
      |
    1 | version: 2
      | ^^^^^^^^
    ");
    insta::assert_snapshot!(shown("\u{feff}version: 1\r\ngates:\r\n  default:\r\n    kinds: [clasic]\r\n"), @"
    gates.default.kinds[0]: unknown variant `clasic`, expected one of `classic`, `fine-grained`, `installation`, `legacy`, `oauth`, `user-to-server`
    patgate.yml, line 4, column 13
     --> patgate.yml:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^
    ");
}

#[test]
fn a_key_with_nothing_behind_it_is_not_a_key_that_nobody_wrote() {
    for (rules, name) in [
        ("    # kinds: [classic]", "default"),
        ("    kinds:\n      # - classic", "kinds"),
        ("    kinds: ~", "kinds"),
        ("    owners:", "owners"),
        ("    expiry: null", "expiry"),
        ("    expiry:\n      at-least:", "expiry.at-least"),
        ("    expiry:\n      at-most:", "expiry.at-most"),
        ("    expiry:\n      warn-below:", "expiry.warn-below"),
        ("    scopes:", "scopes"),
        ("    scopes:\n      require:", "scopes.require"),
        (
            "    scopes:\n      allow:\n        # - repo",
            "scopes.allow",
        ),
        ("    scopes:\n      forbid:", "scopes.forbid"),
        ("    repositories:\n      # acme/site: push", "repositories"),
        ("    lease:", "lease"),
        ("    lease:\n      ttl:", "lease.ttl"),
        ("    lease:\n      format:", "lease.format"),
        ("    levels:", "levels"),
    ] {
        let shown = gate(rules);
        let told = format!("gates.default: `{name}` is empty; name something, or leave it out");
        assert!(shown.starts_with(&told), "{rules}\n{shown}");
    }
    assert!(gate("    expiry:\n      required:").contains("expected a boolean"));
    assert!(shown("version: 1\ngates:\n").starts_with("`gates` is empty"));
}

#[test]
fn a_policy_is_read_with_a_byte_order_mark_windows_line_ends_and_anchors() {
    let text = "version: 1\ngates:\n  default: &all\n    kinds: [classic]\n  other: *all\n";
    for text in [
        text.to_owned(),
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        format!("---\n{text}...\n"),
        format!("# tab\t\n{text}"),
    ] {
        let document = Document::parse(&text, "patgate.yml").unwrap();
        assert!(document.gate("other").is_ok(), "{text:?}");
    }
}

#[test]
fn a_list_may_be_empty_where_that_means_something() {
    for rules in [
        "scopes: { allow: [] }",
        "scopes: { require: [], forbid: [] }",
        "levels: {}",
    ] {
        let text = format!("version: 1\ngates:\n  default:\n    {rules}\n");
        assert!(Document::parse(&text, "patgate.yml").is_ok(), "{rules}");
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
    insta::assert_snapshot!(error, @"the policy has no such gate; it has `default`, `mirror`");
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
    let start = std::time::Instant::now();
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
        assert!(shown.len() < 2000, "{shown}");
    }
    let took = start.elapsed();
    assert!(took < std::time::Duration::from_secs(5), "it took {took:?}");
}

#[test]
fn a_policy_may_be_exactly_as_long_as_the_longest() {
    let head = "version: 1\ngates: { default: {} }\n#";
    let text = format!("{head}{}", "#".repeat(MAX_LEN - head.len()));
    assert!(Document::parse(&text, "patgate.yml").is_ok());
    insta::assert_snapshot!(shown(&format!("{text}#")), @"
    the policy is longer than 32 KiB
    patgate.yml, nowhere
    ");
}
