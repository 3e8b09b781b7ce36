//! What can be used and is doubtful.

use super::super::Document;

/// What is shown of a gate with these rules, which can be used.
#[track_caller]
fn doubted(rules: &str) -> String {
    let text = format!("version: 1\ngates:\n  default:\n{rules}\n");
    let document = Document::parse(&text, "patgate.yml").expect("the policy can be used");
    let warnings = document.warnings().iter();
    let warnings: Vec<_> = warnings.map(|warning| warning.excerpt(false)).collect();
    warnings.join("\n\n")
}

#[test]
fn a_name_that_github_may_have_tomorrow_is_doubted_and_taken() {
    insta::assert_snapshot!(doubted("    scopes: { require: [workflows], forbid: [delete-repo, 'adm:*', 'admin:*'] }"), @"
    warning: this patgate knows no scope `workflows`
     --> patgate.yml:4:25
      |
    4 |     scopes: { require: [workflows], forbid: [delete-repo, 'adm:*', 'admin:*'] }
      |                         ^^^^^^^^^ did you mean `workflow`?

    warning: this patgate knows no scope `delete-repo`
     --> patgate.yml:4:46
      |
    4 |     scopes: { require: [workflows], forbid: [delete-repo, 'adm:*', 'admin:*'] }
      |                                              ^^^^^^^^^^^ did you mean `delete_repo`?

    warning: this patgate knows no scope that fits `adm:*`
     --> patgate.yml:4:59
      |
    4 |     scopes: { require: [workflows], forbid: [delete-repo, 'adm:*', 'admin:*'] }
      |                                                           ^^^^^^^
    ");
    insta::assert_snapshot!(doubted("    permissions: { require: { content: write }, allow: { content: write, brand_new: read } }"), @"
    warning: this patgate knows no permission `content`
     --> patgate.yml:4:31
      |
    4 |     permissions: { require: { content: write }, allow: { content: write, brand_new: read } }
      |                               ^^^^^^^ did you mean `contents`?

    warning: this patgate knows no permission `content`
     --> patgate.yml:4:58
      |
    4 |     permissions: { require: { content: write }, allow: { content: write, brand_new: read } }
      |                                                          ^^^^^^^ did you mean `contents`?

    warning: this patgate knows no permission `brand_new`
     --> patgate.yml:4:74
      |
    4 |     permissions: { require: { content: write }, allow: { content: write, brand_new: read } }
      |                                                                          ^^^^^^^^^
    ");
    insta::assert_snapshot!(doubted("    run: { events: [pushes, brand_new] }"), @"
    warning: this patgate knows no event `pushes`
     --> patgate.yml:4:21
      |
    4 |     run: { events: [pushes, brand_new] }
      |                     ^^^^^^ did you mean `push`?

    warning: this patgate knows no event `brand_new`
     --> patgate.yml:4:29
      |
    4 |     run: { events: [pushes, brand_new] }
      |                             ^^^^^^^^^
    ");
}

#[test]
fn a_level_that_a_permission_does_not_have_is_doubted() {
    insta::assert_snapshot!(doubted("    permissions: { require: { contents: admin, organization_projects: admin } }"), @"
    warning: `contents` has no level `admin`, as far as this patgate knows
     --> patgate.yml:4:41
      |
    4 |     permissions: { require: { contents: admin, organization_projects: admin } }
      |                                         ^^^^^ its highest is `write`
    ");
}

#[test]
fn a_level_or_a_waiver_of_what_nothing_demands_is_doubted() {
    insta::assert_snapshot!(doubted("    kinds: [classic]\n    levels: { scopes/excess: warn, kind/not-allowed: warn, token/blanks: deny }\n    waive: [{ rule: expiry/required, until: 2027-01-31, reason: OPS-1 }]"), @"
    warning: nothing in this gate demands `scopes/excess`, so that its level is of no use
     --> patgate.yml:5:15
      |
    5 |     levels: { scopes/excess: warn, kind/not-allowed: warn, token/blanks: deny }
      |               ^^^^^^^^^^^^^^^^^^^

    warning: nothing in this gate demands `expiry/required`, so that there is nothing to set aside
     --> patgate.yml:6:15
      |
    6 |     waive: [{ rule: expiry/required, until: 2027-01-31, reason: OPS-1 }]
      |               ^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn what_is_doubtful_in_defaults_is_told_once() {
    let text =
        "version: 1\ndefaults: { scopes: { forbid: [delete-repo] } }\ngates: { a: {}, b: {} }\n";
    let document = Document::parse(text, "patgate.yml").unwrap();
    assert_eq!(document.warnings().len(), 1);
}
