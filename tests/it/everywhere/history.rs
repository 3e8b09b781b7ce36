//! Clones that leave something out, and fetch it later.

use super::{Desk, has_git};

#[test]
fn a_shallow_clone_is_deepened_step_by_step() {
    let desk = Desk::new();
    let said = desk.run(
        r#"
        git clone --quiet --depth 1 "$GITHUB/acme/site" here
        cd here
        git rev-list --count HEAD
        git fetch --quiet --deepen 1
        git rev-list --count HEAD
        git fetch --quiet --unshallow
        git rev-list --count HEAD
        export GIT_COMMITTER_DATE=2030-01-01T00:00:00Z
        git commit --quiet --allow-empty --message "of another day"
        git push --quiet
        git clone --quiet --shallow-since 2029-01-01 "$GITHUB/acme/site" ../since
        git -C ../since rev-list --count HEAD
        git -C ../since fetch --quiet --shallow-since 2020-01-01
        git -C ../since rev-list --count HEAD
        "#,
    );
    assert_eq!(said, "1\n2\n4\n1\n5\n");
}

#[test]
fn a_shallow_clone_pushes() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet --depth 1 --branch main --single-branch "$GITHUB/acme/site" here
        cd here
        git commit --quiet --allow-empty --message x
        git push --quiet
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn a_clone_without_blobs_fetches_them_as_it_needs_them() {
    if !has_git(2, 25) {
        return;
    }
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet --filter=blob:none --no-checkout "$GITHUB/acme/site" here
        cd here
        git rev-list --objects --missing=print HEAD | grep --quiet '^?'
        "#,
    );
    desk.github.forget_requests();
    let said = desk.run("cd here && git checkout --quiet main && cat three/file.txt");
    assert_eq!(said, "three\n");
    desk.assert_granted("acme/site");
    desk.run("git -C here log --patch >patches && grep --quiet '^+two' patches");
}

#[test]
fn a_clone_without_trees_fetches_them_as_it_needs_them() {
    if !has_git(2, 25) {
        return;
    }
    let desk = Desk::new();
    let said = desk.run(
        r#"
        git clone --quiet --filter=tree:0 "$GITHUB/acme/site" here
        git -C here log --format=%h -- two/file.txt | wc -l
        "#,
    );
    assert_eq!(said.trim(), "1");
    desk.assert_granted("acme/site");
}

#[test]
fn a_sparse_checkout_widens() {
    if !has_git(2, 27) {
        return;
    }
    let desk = Desk::new();
    let said = desk.run(
        r#"
        git clone --quiet --filter=blob:none --sparse "$GITHUB/acme/site" here
        cd here
        ls -d */ 2>/dev/null || echo none
        git sparse-checkout init --cone
        git sparse-checkout set two
        cat two/file.txt
        "#,
    );
    assert_eq!(said, "none\ntwo\n");
}
