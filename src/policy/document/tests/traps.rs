//! What two readers of YAML take for two things, and what only looks like a policy.

use super::{gate, shown};

#[test]
fn names_that_some_reader_takes_for_something_else_want_quotes() {
    insta::assert_snapshot!(gate("    owners: [no]"), @r#"
    error: some readers of YAML take `no` for a boolean
     --> patgate.yml:4:14
      |
    4 |     owners: [no]
      |              ^^ write `"no"`
    "#);
    insta::assert_snapshot!(gate("    owners: [y, On]"), @r#"
    error: some readers of YAML take `y` for a boolean
     --> patgate.yml:4:14
      |
    4 |     owners: [y, On]
      |              ^ write `"y"`

    error: some readers of YAML take `On` for a boolean
     --> patgate.yml:4:17
      |
    4 |     owners: [y, On]
      |                 ^^ write `"On"`
    "#);
    insta::assert_snapshot!(gate("    owners: [0777]"), @r#"
    error: some readers of YAML take `0777` for a number
     --> patgate.yml:4:14
      |
    4 |     owners: [0777]
      |              ^^^^ write `"0777"`
    "#);
    insta::assert_snapshot!(gate("    owners: [1e3]"), @r#"
    error: some readers of YAML take `1e3` for a number
     --> patgate.yml:4:14
      |
    4 |     owners: [1e3]
      |              ^^^ write `"1e3"`
    "#);
    insta::assert_snapshot!(gate("    owners: [0x1f]"), @r#"
    error: some readers of YAML take `0x1f` for a number
     --> patgate.yml:4:14
      |
    4 |     owners: [0x1f]
      |              ^^^^ write `"0x1f"`
    "#);
    insta::assert_snapshot!(gate("    owners: [2027-01-31]"), @r#"
    error: some readers of YAML take `2027-01-31` for a date
     --> patgate.yml:4:14
      |
    4 |     owners: [2027-01-31]
      |              ^^^^^^^^^^ write `"2027-01-31"`
    "#);
    insta::assert_snapshot!(gate("    owners: [~]"), @"
    error: `gates.default.owners` has an item with nothing in it
     --> patgate.yml:4:14
      |
    4 |     owners: [~]
      |              ^
      |
      = help: name something, or take it out
    ");
    insta::assert_snapshot!(shown("version: 1\ngates:\n  on: {}\n"), @r#"
    error: some readers of YAML take `on` for a boolean
     --> patgate.yml:3:3
      |
    3 |   on: {}
      |   ^^ write `"on"`
    "#);
}

#[test]
fn the_same_names_in_quotes_are_names() {
    for name in ["no", "y", "0777", "1e3", "2027-01-31", "null"] {
        let text = format!("version: 1\ngates: {{ default: {{ owners: ['{name}'] }} }}\n");
        assert!(
            super::Document::parse(&text, "patgate.yml").is_ok(),
            "{name}"
        );
    }
}

#[test]
fn versions_and_numbers_in_other_bases_are_no_version() {
    for version in ["01", "0x1", "0o1", "1.0", "+1", "1_", "'1'", "true", "one"] {
        let shown = shown(&format!("version: {version}\ngates: {{ default: {{}} }}\n"));
        let told = [
            "error: `version` takes `1`",
            "error: some readers of YAML take `",
        ];
        assert!(told.iter().any(|told| shown.starts_with(told)), "{shown}");
    }
}

#[test]
fn a_day_has_one_form() {
    let day = |day: &str| {
        gate(&format!(
            "    expiry: {{ required: true }}\n    waive: [{{ rule: expiry/required, until: {day}, reason: OPS-1 }}]"
        ))
    };
    insta::assert_snapshot!(day("2027-02-30"), @"
    error: `gates.default.waive.until` takes a day, such as `2027-01-31`, and not `2027-02-30`
     --> patgate.yml:5:45
      |
    5 |     waive: [{ rule: expiry/required, until: 2027-02-30, reason: OPS-1 }]
      |                                             ^^^^^^^^^^ there is no such day from 2000 on
    ");
    insta::assert_snapshot!(day("2027-1-31"), @"
    error: `gates.default.waive.until` takes a day, such as `2027-01-31`, and not `2027-1-31`
     --> patgate.yml:5:45
      |
    5 |     waive: [{ rule: expiry/required, until: 2027-1-31, reason: OPS-1 }]
      |                                             ^^^^^^^^^ expected a day, such as `2027-01-31`
    ");
    insta::assert_snapshot!(day("31.01.2027"), @"
    error: `gates.default.waive.until` takes a day, such as `2027-01-31`, and not `31.01.2027`
     --> patgate.yml:5:45
      |
    5 |     waive: [{ rule: expiry/required, until: 31.01.2027, reason: OPS-1 }]
      |                                             ^^^^^^^^^^ expected a day, such as `2027-01-31`
    ");
    insta::assert_snapshot!(day("2027-01-31T00:00:00Z"), @"
    error: `gates.default.waive.until` takes a day, such as `2027-01-31`, and not `2027-01-31T00:00:00Z`
     --> patgate.yml:5:45
      |
    5 |     waive: [{ rule: expiry/required, until: 2027-01-31T00:00:00Z, reason: OPS-1 }]
      |                                             ^^^^^^^^^^^^^^^^^^^^ expected a day, such as `2027-01-31`
    ");
    insta::assert_snapshot!(day("tomorrow"), @"
    error: `gates.default.waive.until` takes a day, such as `2027-01-31`, and not `tomorrow`
     --> patgate.yml:5:45
      |
    5 |     waive: [{ rule: expiry/required, until: tomorrow, reason: OPS-1 }]
      |                                             ^^^^^^^^ expected a day, such as `2027-01-31`
    ");
}

#[test]
fn anchors_aliases_merge_keys_and_tags_are_refused() {
    insta::assert_snapshot!(shown("version: 1\ngates:\n  default: &all\n    kinds: [classic]\n  other: *all\n"), @"
    error: an anchor stands before this, and a policy says everything where it stands
     --> patgate.yml:3:12
      |
    3 |   default: &all
      |            ^^^^
      |
      = help: take out the anchor; what gates have in common belongs under `defaults`
    ");
    insta::assert_snapshot!(gate("    kinds: *all"), @"
    error: an alias stands here, and a policy has no anchors
     --> patgate.yml:4:12
      |
    4 |     kinds: *all
      |            ^^^^ YAML takes a `*` in front for an alias
      |
      = help: write a pattern that begins with `*` in quotes
    ");
    insta::assert_snapshot!(gate("    <<: { kinds: [classic] }"), @"
    error: `gates.default` has no field `<<`
     --> patgate.yml:4:5
      |
    4 |     <<: { kinds: [classic] }
      |     ^^ a policy has no merge keys; see `defaults`
      |
      = help: its fields are `kinds`, `owners`, `expiry`, `scopes`, `permissions`, `repositories`, `run`, `lease`, `levels`, `waive`
    ");
    insta::assert_snapshot!(gate("    kinds: !!set { classic }"), @"
    error: a tag stands before this, and a policy needs none
     --> patgate.yml:4:12
      |
    4 |     kinds: !!set { classic }
      |            ^^^^^^^
      |
      = help: take out the tag; write text that begins with `!` in quotes
    ");
    insta::assert_snapshot!(gate("    owners: [!acme]"), @"
    error: a tag stands before this, and a policy needs none
     --> patgate.yml:4:14
      |
    4 |     owners: [!acme]
      |              ^^^^^
      |
      = help: take out the tag; write text that begins with `!` in quotes
    ");
}

#[test]
fn an_alias_that_would_explode_is_refused_where_it_begins() {
    let laughs = "version: 1\na: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\ngates: { default: {} }\n";
    insta::assert_snapshot!(shown(laughs), @"
    error: an anchor stands before this, and a policy says everything where it stands
     --> patgate.yml:2:4
      |
    2 | a: &a [x, x, x]
      |    ^^^^
      |
      = help: take out the anchor; what gates have in common belongs under `defaults`
    ");
}

#[test]
fn what_is_nested_deeper_than_any_policy_is_refused() {
    let deep = format!("    owners: {}x{}", "[".repeat(40), "]".repeat(40));
    insta::assert_snapshot!(gate(&deep), @"
    error: this is nested deeper than any policy
     --> patgate.yml:4:27
      |
    4 |     owners: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[x]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
      |                           ^
    ");
}

#[test]
fn directives_and_further_documents_are_refused() {
    insta::assert_snapshot!(shown("%YAML 1.1\n---\nversion: 1\ngates: { default: {} }\n"), @"
    error: a directive stands here, and a policy needs none
     --> patgate.yml:1:1
      |
    1 | %YAML 1.1
      | ^^^^^^^^^
      |
      = help: take out the line
    ");
    insta::assert_snapshot!(shown("version: 1\ngates: { default: {} }\n...\nversion: 1\n"), @"
    error: a second YAML document begins here, and a policy is one
     --> patgate.yml:4:1
      |
    4 | version: 1
      | ^
      |
      = help: take out the `---` or `...` before it, and what follows
    ");
}

#[test]
fn a_key_is_one_word() {
    insta::assert_snapshot!(gate("    ? [kinds, owners]\n    : [classic]"), @"
    error: no `:` stands behind this key on its line
     --> patgate.yml:4:7
      |
    4 |     ? [kinds, owners]
      |       ^^^^^^^^^^^^^^^
      |
      = help: write the key, `:` and a blank
    ");
    insta::assert_snapshot!(gate("    : [classic]"), @"
    error: no key stands in front of the `:`
     --> patgate.yml:4:5
      |
    4 |     : [classic]
      |     ^
      |
      = help: write the key, or take out the `:`
    ");
}

#[test]
fn a_tab_within_a_line_is_a_blank() {
    let text = "version: 1\ngates:\n  default:\n    kinds:\t[classic]\t# a tab\n";
    assert!(super::Document::parse(text, "patgate.yml").is_ok());
    insta::assert_snapshot!(gate("    expiry:\n    \tat-most: 90d"), @"
    error: a tab stands in front of the line
     --> patgate.yml:5:5
      |
    5 |         at-most: 90d
      |     ^^^^ YAML counts blanks
      |
      = help: write blanks in its place
    ");
}

#[test]
fn a_blank_without_width_is_shown() {
    for unseen in ['\u{200b}', '\u{feff}', '\u{ad}', '\u{2066}'] {
        let shown = gate(&format!("    kinds: [{unseen}classic]"));
        let told = format!(
            "error: a character that nobody sees stands here: `{}`\n --> patgate.yml:4:13\n",
            unseen.escape_unicode()
        );
        assert!(shown.starts_with(&told), "{shown}");
    }
}
