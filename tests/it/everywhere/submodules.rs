//! Submodules: of the same owner and another's, by every kind of URL, in and out of reach.

use super::Desk;

/// Gives acme/site submodules, by lines of `plant`.
#[track_caller]
fn plant(desk: &Desk, lines: &str) {
    desk.run(&format!(
        r#"
        git clone --quiet "$GITHUB/acme/site" maker
        cd maker
        {lines}
        git commit --quiet --message "Add the parts"
        git push --quiet
        cd .. && rm -rf maker
        "#
    ));
    desk.github.forget_requests();
}

#[test]
fn submodules_of_two_owners_come_along_by_every_kind_of_url() {
    let desk = Desk::new();
    plant(
        &desk,
        r#"
        plant https "$GITHUB/acme/docs.git" acme/docs
        plant relative ../docs.git acme/docs
        plant far-relative ../../other/part other/part
        plant scp git@127.0.0.1:acme/part.git acme/part
        plant ssh ssh://git@127.0.0.1/acme/part acme/part
        plant another "$GITHUB/other/part" other/part
        plant another-by-ssh git@127.0.0.1:other/part.git other/part
        "#,
    );
    let said = desk.run(
        r#"
        git clone --quiet --recurse-submodules "$GITHUB/acme/site" here 2>&1
        cd here
        cat https/README.md relative/README.md far-relative/README.md scp/README.md
        cat ssh/README.md another/README.md another-by-ssh/README.md
        git submodule foreach --quiet git fetch --quiet
        "#,
    );
    let expected = "# acme/docs\n# acme/docs\n# other/part\n# acme/part\n# acme/part\n\
                    # other/part\n# other/part\n";
    assert!(said.ends_with(expected), "{said}");
    for name in ["acme/docs", "acme/part", "other/part"] {
        desk.assert_granted(name);
    }
}

#[test]
fn submodules_are_updated_side_by_side_and_shallow() {
    let desk = Desk::new();
    plant(
        &desk,
        r#"
        for n in 1 2 3 4 5 6; do plant "part-$n" ../part.git acme/part; done
        "#,
    );
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        cd here
        git submodule --quiet update --init --recursive --jobs 4
        cat part-6/README.md
        git submodule --quiet deinit --all --force
        rm -rf .git/modules
        git submodule --quiet update --init --jobs 4 --depth 1
        cat part-1/README.md
        git submodule --quiet update --remote
        git pull --quiet --recurse-submodules
        git fetch --quiet --recurse-submodules=yes --jobs 4
        "#,
    );
    desk.assert_granted("acme/part");
}

#[test]
fn a_submodule_of_a_submodule_comes_along() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/docs" maker
        cd maker
        plant inner git@127.0.0.1:other/part.git other/part
        git commit --quiet --message "Add the inner part"
        git push --quiet
        cd .. && rm -rf maker
        "#,
    );
    plant(&desk, "plant outer ../docs.git acme/docs");
    let said = desk.run(
        r#"
        git clone --quiet --recursive "$GITHUB/acme/site" here
        cat here/outer/inner/README.md
        cd here/outer/inner && git fetch --quiet
        "#,
    );
    assert!(said.ends_with("# other/part\n"), "{said}");
    desk.assert_granted("other/part");
}

#[test]
fn a_submodule_out_of_reach_fails_by_its_own_name_and_nobody_is_prompted() {
    for url in [
        "$GITHUB/other/lib",
        "../../other/lib.git",
        "$GITHUB/acme/vault",
    ] {
        let desk = Desk::new();
        let name = if url.contains("vault") {
            "acme/vault"
        } else {
            "other/lib"
        };
        plant(&desk, &format!(r#"plant secret "{url}" {name}"#));
        for prompt in ["export GIT_TERMINAL_PROMPT=0", "unset GIT_TERMINAL_PROMPT"] {
            let said = desk.fails(
                &format!(
                    r#"
                    {prompt}
                    rm -rf here
                    git clone --recurse-submodules "$GITHUB/acme/site" here
                    "#
                ),
                "could not read Username",
            );
            assert!(
                said.contains(&format!("{name}'"),) || said.contains(&format!("{name}.git'")),
                "{said}"
            );
            desk.assert_nothing_sent(name);
        }
        let said = desk.run("git -C here log -1 --format=%s");
        assert_eq!(said, "Add the parts\n", "the rest is there");
    }
}

#[test]
fn a_submodule_by_ssh_of_an_owner_out_of_reach_stays_ssh() {
    let desk = Desk::new();
    // The owner of none of the lease's repositories.
    plant(
        &desk,
        "plant foreign git@127.0.0.1:foreign/lib.git acme/part",
    );
    desk.fails(
        r#"
        export GIT_SSH_COMMAND='echo "asked by ssh:" >&2; false'
        git clone --recurse-submodules "$GITHUB/acme/site" here
        "#,
        "asked by ssh:",
    );
    desk.assert_nothing_sent("foreign/lib");
}
