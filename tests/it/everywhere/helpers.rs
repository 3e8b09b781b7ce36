//! Helpers and prompts of the user's own, beside the lease's.

use std::fs;

use crate::canary;

use super::Desk;

#[test]
fn a_helper_of_the_users_is_not_asked_for_what_the_lease_answers() {
    let desk = Desk::new();
    desk.run(
        r#"
        git config --global credential.helper '!f() { echo "$1" >>"$HOME/asked"; }; f'
        git clone --quiet "$GITHUB/acme/site" here
        git -C here config credential.helper '!f() { echo "local $1" >>"$HOME/asked"; }; f'
        git -C here fetch --quiet
        [ ! -e asked ]
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn a_prompt_of_the_users_is_asked_only_out_of_reach() {
    let desk = Desk::new();
    desk.run(
        r#"
        printf '#!/bin/sh\necho "$1" >>"$HOME/asked"\necho nothing\n' >askpass
        chmod +x askpass
        export GIT_ASKPASS=$PWD/askpass
        git clone --quiet "$GITHUB/acme/site" here
        [ ! -e asked ]
        ! git ls-remote "$GITHUB/acme/vault"
        grep --quiet Username asked
        "#,
    );
    let sent = desk.granted("acme/vault");
    assert!(sent.is_empty(), "the lease's token goes nowhere else");
}

#[test]
fn a_helper_on_gits_own_command_line_is_told_the_password_too() {
    let desk = Desk::new();
    // Whoever says so asks git to keep what it is given; not even an expiry keeps it from that.
    let output = desk
        .step(r#"git -c credential.helper=store clone --quiet "$GITHUB/acme/site" here"#)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", super::said(&output));
    let kept = fs::read_to_string(desk.job.path("home/.git-credentials")).unwrap();
    assert!(
        kept.contains(&desk.job.token),
        "docs/compatibility.md warns of it"
    );
    fs::remove_file(desk.job.path("home/.git-credentials")).unwrap();
    canary::assert_clean_folder(desk.job.dir.path(), &desk.job.token);
}

#[test]
fn an_empty_helper_on_gits_command_line_turns_the_lease_off() {
    let desk = Desk::new();
    desk.fails(
        r#"git -c credential.helper= ls-remote "$GITHUB/acme/site""#,
        "could not read Username",
    );
    desk.assert_nothing_sent("acme/site");
}

#[test]
fn a_netrc_of_the_users_is_tried_first_and_the_lease_after_it() {
    let desk = Desk::new();
    desk.run(
        r#"
        printf 'machine 127.0.0.1 login someone password nothing\n' >.netrc
        chmod 600 .netrc
        git clone --quiet "$GITHUB/acme/site" here
        "#,
    );
    desk.assert_granted("acme/site");
}
