//! git by sudo, which drops the environment unless it is told to keep it.

use std::process::Command;

use super::{Desk, has_program, skip};

/// A desk whose user may become root without a password; `None` where there is no such thing.
fn desk() -> Option<Desk> {
    if !has_program("sudo") {
        return None;
    }
    let sudo = Command::new("sudo").args(["-n", "true"]).output().unwrap();
    if !sudo.status.success() {
        skip("sudo wants a password here");
        return None;
    }
    Some(Desk::new())
}

#[test]
fn sudo_that_keeps_the_environment_keeps_the_lease() {
    let Some(desk) = desk() else { return };
    desk.run(
        r#"
        git=$(command -v git)
        sudo -n -E "$git" clone --quiet "$GITHUB/acme/site" here
        sudo -n -E "$git" -C here commit --quiet --allow-empty --message x
        sudo -n -E "$git" -C here push --quiet
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn sudo_that_drops_the_environment_has_no_lease_and_says_that_no_name_is_known() {
    let Some(desk) = desk() else { return };
    desk.fails(
        r#"sudo -n "$(command -v git)" ls-remote "$GITHUB/acme/site""#,
        "could not read Username",
    );
    desk.assert_nothing_sent("acme/site");
    desk.run(r#"sudo -n "$(command -v git)" ls-remote "$GITHUB/acme/open""#);
}

#[test]
fn sudo_that_keeps_half_the_environment_says_what_it_dropped() {
    let Some(desk) = desk() else { return };
    let ask = |kept: &str| {
        format!(
            r#"sudo -n --preserve-env={kept} "$(command -v git)" ls-remote "$GITHUB/acme/site""#
        )
    };
    let half = "GIT_CONFIG_PARAMETERS,PATGATE_HOME";
    desk.fails(&ask(half), "PATGATE_KEY is not set in this step");
    desk.run(&ask(&format!("{half},PATGATE_KEY")));
}
