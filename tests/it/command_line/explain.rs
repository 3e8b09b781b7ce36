//! `patgate explain`.

use patgate::policy::RuleName;

use super::Shell;

#[test]
fn a_rule_is_explained() {
    let said = Shell::new().run(&["explain", "expiry/required"]);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
    assert!(
        said.out
            .starts_with("expiry/required\nThe token never expires.\n"),
        "{}",
        said.out
    );
    assert!(said.out.contains("deny"));
}

#[test]
fn without_a_rule_all_stand_in_a_table() {
    let said = Shell::new().run(&["explain"]);
    let names: Vec<_> = said
        .out
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    let rules: Vec<_> = RuleName::ALL.iter().map(|rule| rule.as_str()).collect();
    assert_eq!((names, said.status), (rules, Some(0)));
    let lines: Vec<_> = said.out.lines().take(3).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    expiry/passed             deny  The token has already expired.
    expiry/required           deny  The token never expires.
    expiry/soon               warn  The token expires soon enough to think of its successor.
    ");
}

#[test]
fn a_rule_that_is_none_is_told_with_those_that_may_be_meant() {
    let told = |name| {
        let said = Shell::new().run(&["explain", name]);
        assert_eq!((said.status, said.out.as_str()), (Some(2), ""));
        said.err
    };
    insta::assert_snapshot!(told("expiry/requird"), @"error: there is no rule `expiry/requird`; did you mean `expiry/required`?");
    insta::assert_snapshot!(told("Expiry/Too_Late"), @"error: there is no rule `Expiry/Too_Late`; did you mean `expiry/too-late`?");
    insta::assert_snapshot!(told("kind"), @"error: there is no rule `kind`; did you mean `kind/not-allowed`?");
    insta::assert_snapshot!(told("too-late"), @"error: there is no rule `too-late`; did you mean `expiry/too-late`?");
    insta::assert_snapshot!(told("hunter2"), @"error: there is no rule `hunter2`; `patgate explain` lists all");
}
