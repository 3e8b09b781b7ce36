//! Steps whose environment is not as patgate left it.

use super::{Desk, has_git};

#[test]
fn neither_the_systems_nor_the_users_configuration_is_needed() {
    let desk = Desk::new();
    desk.run(
        r#"
        export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
        git clone --quiet "$GITHUB/acme/site" one
        unset GIT_CONFIG_NOSYSTEM
        export GIT_CONFIG_SYSTEM=/dev/null XDG_CONFIG_HOME=/nonexistent HOME=/nonexistent
        git clone --quiet "$GITHUB/acme/docs" two
        "#,
    );
    desk.assert_granted("acme/docs");
}

#[test]
fn an_empty_environment_has_no_lease_and_says_that_no_name_is_known() {
    let desk = Desk::new();
    desk.fails(
        r#"env -i "$(command -v git)" clone --quiet "$GITHUB/acme/site" here"#,
        "could not read Username",
    );
    desk.fails(
        r#"env -i GIT_TERMINAL_PROMPT=0 "$(command -v git)" ls-remote "$GITHUB/acme/site""#,
        "terminal prompts disabled",
    );
    desk.assert_nothing_sent("acme/site");
    desk.run(r#"env -i "$(command -v git)" ls-remote "$GITHUB/acme/open""#);
}

#[test]
fn a_step_that_lacks_one_variable_is_told_which() {
    let desk = Desk::new();
    for (lost, why) in [
        ("PATGATE_KEY", "PATGATE_KEY is not set in this step"),
        ("PATGATE_HOME", "git-credential-patgate: not found"),
    ] {
        let script = format!(
            r#"
            unset {lost}
            git ls-remote "$GITHUB/acme/open" >/dev/null
            LC_ALL=C git ls-remote "$GITHUB/acme/site"
            "#
        );
        desk.fails(&script, why);
    }
    desk.assert_nothing_sent("acme/site");
}

#[test]
fn a_step_with_a_count_of_its_own_keeps_the_lease() {
    let desk = Desk::new();
    desk.run(
        r#"
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=user.name GIT_CONFIG_VALUE_0=own
        git clone --quiet "$GITHUB/acme/site" here
        git -C here fetch --quiet
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn either_of_the_two_ways_to_configure_git_suffices() {
    let desk = Desk::new();
    let plant = r#"
        git clone --quiet "$GITHUB/acme/site" maker
        cd maker
        plant docs ../docs.git acme/docs
        git commit --quiet --message "Add the documents"
        git push --quiet
        "#;
    desk.run(plant);
    desk.run(
        r#"
        unset GIT_CONFIG_COUNT
        git clone --quiet --recurse-submodules "$GITHUB/acme/site" by-parameters
        cat by-parameters/docs/README.md
        "#,
    );
    // git forgets the pairs on its way to a submodule until 2.33.
    if has_git(2, 33) {
        desk.run(
            r#"
            unset GIT_CONFIG_PARAMETERS
            git clone --quiet --recurse-submodules "$GITHUB/acme/site" by-count
            cat by-count/docs/README.md
            "#,
        );
    }
}

#[test]
fn a_script_that_clears_gits_own_variables_has_no_lease() {
    let desk = Desk::new();
    desk.fails(
        r#"
        unset $(git rev-parse --local-env-vars)
        git ls-remote "$GITHUB/acme/site"
        "#,
        "could not read Username",
    );
}

#[test]
fn a_background_process_of_the_step_has_the_lease_while_it_lasts() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" one &
        git clone --quiet "$GITHUB/acme/docs" two &
        nohup git clone --quiet "$GITHUB/acme/part" three >/dev/null &
        wait
        cat one/README.md two/README.md three/README.md
        "#,
    );
}
