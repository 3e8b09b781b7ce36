//! git-lfs, which asks git for the token and the server by itself.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::runner::classic;

use super::{Desk, has_program};

/// A desk whose git has git-lfs; `None` where there is none.
fn desk() -> Option<Desk> {
    if !has_program("git-lfs") {
        return None;
    }
    let desk = Desk::new();
    desk.run("git lfs install --skip-repo >/dev/null");
    Some(desk)
}

/// Pushes a large file to acme/site, whose remote is `url`.
#[track_caller]
fn push_large(desk: &Desk, url: &str) {
    desk.run(&format!(
        r#"
        git clone --quiet "{url}" maker
        cd maker
        git lfs track '*.bin' >/dev/null
        seq 100000 >large.bin
        git add .
        git commit --quiet --message "Add something large"
        git push --quiet
        [ "$(git cat-file blob HEAD:large.bin | wc -c)" -lt 200 ]
        cd .. && rm -rf maker
        "#
    ));
}

#[test]
fn a_large_file_is_pushed_cloned_and_pulled() {
    let Some(desk) = desk() else { return };
    push_large(&desk, "$GITHUB/acme/site");
    let said = desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        tail -n 1 here/large.bin
        export GIT_LFS_SKIP_SMUDGE=1
        git clone --quiet "$GITHUB/acme/site" bare-of-it
        cd bare-of-it
        git lfs fetch --all >/dev/null 2>&1
        git lfs pull >/dev/null
        tail -n 1 large.bin
        git lfs ls-files --name-only
        "#,
    );
    assert_eq!(said, "100000\n100000\nlarge.bin\n");
    let is_object = |path: &str| path.contains("/info/lfs/objects/");
    let requests = desk.github.requests().into_iter();
    let objects = requests.filter(|request| is_object(&request.path) && request.status == 200);
    assert!(objects.count() >= 4, "objects go by git-lfs's own requests");
    desk.assert_granted("acme/site");
}

#[test]
fn a_large_file_goes_by_https_where_the_remote_is_ssh() {
    let Some(desk) = desk() else { return };
    push_large(&desk, "git@127.0.0.1:acme/site.git");
    let said = desk.run(
        r"
        export GIT_SSH_COMMAND=false
        git clone --quiet ssh://git@127.0.0.1/acme/site here
        tail -n 1 here/large.bin
        ",
    );
    assert_eq!(said, "100000\n");
}

#[test]
fn a_large_file_in_a_submodule_comes_along() {
    let Some(desk) = desk() else { return };
    push_large(&desk, "$GITHUB/acme/site");
    let said = desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/docs" maker
        cd maker
        plant site ../site acme/site
        git commit --quiet --message "Add the site"
        git push --quiet
        cd ..
        git clone --quiet --recurse-submodules "$GITHUB/acme/docs" here
        tail -n 1 here/site/large.bin
        "#,
    );
    assert_eq!(said, "100000\n");
}

#[test]
fn a_large_file_that_the_token_may_not_push_is_refused_by_name() {
    let Some(desk) = desk() else { return };
    let script = r#"
        git clone --quiet "$GITHUB/acme/part" here
        cd here
        git lfs track '*.bin' >/dev/null
        seq 100000 >large.bin
        git add .
        git commit --quiet --message "Add something large"
        git push
        "#;
    let why = "Permission to acme/part.git denied to octocat.";
    let said = desk.fails(script, why);
    let puts = desk.github.requests();
    assert!(puts.iter().all(|request| request.method != "PUT"), "{said}");
}

#[test]
fn a_header_that_checkout_persisted_steps_back_for_large_files_too() {
    let Some(desk) = desk() else { return };
    push_large(&desk, "$GITHUB/acme/site");
    // As actions/checkout writes it, with a token that reaches nothing here.
    let basic = BASE64_STANDARD.encode(format!("x-access-token:{}", classic(1)));
    desk.run(&format!(
        r#"
        GIT_LFS_SKIP_SMUDGE=1 git clone --quiet "$GITHUB/acme/site" here
        cd here
        git config --local "http.$GITHUB/.extraheader" "AUTHORIZATION: basic {basic}"
        git lfs pull >/dev/null
        tail -n 1 large.bin | grep --quiet '^100000$'
        echo more >>large.bin
        git commit --quiet --all --message "Add more"
        git push --quiet
        "#
    ));
    desk.assert_granted("acme/site");
}
