//! The commands of git that ask a server, by whatever way git is started.

use super::{Desk, has_git};

#[test]
fn git_in_another_folder_serves_by_c_and_by_variables() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        git -C here fetch --quiet
        git --git-dir=here/.git --work-tree=here pull --quiet
        GIT_DIR=$PWD/here/.git GIT_WORK_TREE=$PWD/here git pull --quiet
        export GIT_DIR=$PWD/here/.git
        git commit --quiet --allow-empty --message x
        git push --quiet
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn a_worktree_fetches_and_pushes_with_a_configuration_of_its_own() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        git -C here worktree add -b side ../beside origin/main
        cd beside
        git fetch --quiet
        git commit --quiet --allow-empty --message x
        git push --quiet origin side
        git config extensions.worktreeConfig true
        git config --worktree core.sparseCheckout false || echo "an older git has none"
        git fetch --quiet
        git commit --quiet --allow-empty --message y
        git push --quiet origin side
        git --git-dir="$BARE/acme/site.git" log -1 --format=%s side | grep --quiet y
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn a_pull_by_rebase_a_tag_and_a_forced_push_arrive() {
    let desk = Desk::new();
    let said = desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" one
        git clone --quiet "$GITHUB/acme/site" two
        git -C one commit --quiet --allow-empty --message "of the first"
        git -C one push --quiet
        echo second >two/second.txt
        git -C two add .
        git -C two commit --quiet --message "of the second"
        git -C two pull --quiet --rebase >pulled
        git -C two tag --annotate --message x v1
        git -C two push --quiet --follow-tags
        git -C two commit --quiet --amend --message "of the second, again"
        git -C two push --quiet --force-with-lease
        git -C one fetch --quiet --tags
        git --git-dir="$BARE/acme/site.git" log -2 --format=%s main
        git -C one tag
        "#,
    );
    assert_eq!(said, "of the second, again\nof the first\nv1\n");
}

#[test]
fn a_mirror_is_cloned_and_pushed_whole() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet --mirror "$GITHUB/acme/site" mirror.git
        git -C mirror.git branch more main
        git -C mirror.git remote update
        git -C mirror.git push --quiet --mirror "$GITHUB/acme/docs"
        git --git-dir="$BARE/acme/docs.git" rev-parse --verify --quiet main
        "#,
    );
    desk.assert_granted("acme/docs");
}

#[test]
fn ls_remote_and_set_head_ask_with_the_token() {
    let desk = Desk::new();
    let said = desk.run(
        r#"
        git ls-remote --symref "$GITHUB/acme/site.git" HEAD
        git init --quiet here
        cd here
        git remote add -f origin "$GITHUB/acme/part"
        git remote set-head origin --auto
        git remote show origin
        "#,
    );
    assert!(said.contains("ref: refs/heads/main\tHEAD"), "{said}");
    desk.assert_granted("acme/part");
}

#[test]
fn remotes_are_fetched_side_by_side() {
    if !has_git(2, 24) {
        return;
    }
    let desk = Desk::new();
    desk.run(
        r#"
        git init --quiet here
        cd here
        for name in acme/site acme/docs acme/part other/part; do
          git remote add "${name%/*}-${name#*/}" "$GITHUB/$name"
        done
        git fetch --quiet --all --jobs=4
        git fetch --quiet --multiple --jobs=4 acme-site acme-docs acme-part other-part
        [ "$(git for-each-ref refs/remotes | wc -l)" = 4 ]
        "#,
    );
    for name in ["acme/site", "acme/docs", "acme/part", "other/part"] {
        desk.assert_granted(name);
    }
}

#[test]
fn a_hook_and_an_alias_run_git_with_the_token() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        cd here
        mkdir -p .git/hooks
        cat >.git/hooks/pre-push <<'HOOK'
#!/bin/sh
git fetch --quiet origin && git ls-remote --quiet "$GITHUB/acme/docs" >../hooked
HOOK
        chmod +x .git/hooks/pre-push
        git commit --quiet --allow-empty --message x
        git push --quiet
        grep --quiet refs/heads/main ../hooked
        git config alias.part '!git ls-remote "$GITHUB/acme/part"'
        git part | grep --quiet refs/heads/main
        "#,
    );
    desk.assert_granted("acme/docs");
    desk.assert_granted("acme/part");
}

#[test]
fn maintenance_fetches_ahead() {
    if !has_git(2, 30) {
        return;
    }
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/site" here
        git --git-dir="$BARE/acme/site.git" branch later main
        git -C here maintenance run --task=prefetch
        git -C here for-each-ref | grep --quiet 'refs/prefetch/.*later$'
        "#,
    );
}

#[test]
fn an_archive_of_a_remote_is_nothing_that_github_serves() {
    let desk = Desk::new();
    let (success, said) = desk.try_run(r#"git archive --remote="$GITHUB/acme/site" main"#);
    assert!(!success, "{said}");
    // Since 2.44 git asks, and GitHub knows no such service.
    desk.github.allow_unknown_routes();
}
