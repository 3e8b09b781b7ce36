//! Waivers that cannot be.

use super::gate;

fn waive(waivers: &str) -> String {
    gate(&format!(
        "    expiry: {{ required: true }}\n    waive:\n{waivers}"
    ))
}

#[test]
fn a_waiver_has_a_rule_a_day_and_a_reason() {
    insta::assert_snapshot!(waive("      - { rule: expiry/required }"), @"
    error: `gates.default.waive` lacks the field `until`
     --> patgate.yml:6:9
      |
    6 |       - { rule: expiry/required }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^

    error: `gates.default.waive` lacks the field `reason`
     --> patgate.yml:6:9
      |
    6 |       - { rule: expiry/required }
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(waive("      - { rule: expiry/required, until: 2027-01-31, reason: '' }"), @"
    error: `gates.default.waive.reason` takes a reason, in words, on one line, and not `''`
     --> patgate.yml:6:61
      |
    6 |       - { rule: expiry/required, until: 2027-01-31, reason: '' }
      |                                                             ^^ expected a reason, in words, on one line
    ");
    insta::assert_snapshot!(waive("      - expiry/required"), @"
    error: `gates.default.waive` takes a waiver: `{ rule, until, reason }`, and not `expiry/required`
     --> patgate.yml:6:9
      |
    6 |       - expiry/required
      |         ^^^^^^^^^^^^^^^ expected a waiver: `{ rule, until, reason }`
    ");
    insta::assert_snapshot!(gate("    waive: []"), @"
    error: `gates.default.waive` is empty
     --> patgate.yml:4:12
      |
    4 |     waive: []
      |            ^^
      |
      = help: an empty list could mean all or nothing: name something, or leave it out
    ");
}

#[test]
fn a_rule_is_waived_once() {
    insta::assert_snapshot!(waive("      - { rule: expiry/required, until: 2027-01-31, reason: OPS-1 }\n      - { rule: expiry/required, until: 2027-02-28, reason: OPS-2 }"), @"
    error: `expiry/required` is waived twice
     --> patgate.yml:7:11
      |
    6 |       - { rule: expiry/required, until: 2027-01-31, reason: OPS-1 }
      |           --------------------- here first
    7 |       - { rule: expiry/required, until: 2027-02-28, reason: OPS-2 }
      |           ^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn what_cannot_be_lowered_cannot_be_waived_and_neither_can_waivers() {
    for rule in [
        "token/refused",
        "expiry/passed",
        "waiver/expired",
        "waiver/unused",
    ] {
        let shown = waive(&format!(
            "      - {{ rule: {rule}, until: 2027-01-31, reason: OPS-1 }}"
        ));
        assert!(
            shown.starts_with(&format!("error: nothing sets `{rule}` aside\n")),
            "{shown}"
        );
    }
}
