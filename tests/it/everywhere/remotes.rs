//! Spellings of a remote, and rewritings of the user's own.

use crate::runner::Step;

use super::{Desk, has_git};

/// What people write for ssh, and git understands.
const SSH: [&str; 6] = [
    "git@127.0.0.1:acme/site.git",
    "git@127.0.0.1:/acme/site.git",
    "ssh://git@127.0.0.1/acme/site.git",
    "ssh://git@127.0.0.1:22/acme/site",
    "git+ssh://git@127.0.0.1/acme/site.git",
    "ssh+git://git@127.0.0.1/acme/site.git",
];

#[test]
fn every_spelling_of_an_ssh_remote_is_fetched_and_pushed_by_the_lease() {
    for url in SSH {
        let desk = Desk::new();
        desk.run(&format!(
            r#"
            export GIT_SSH_COMMAND=false
            git clone --quiet {url} here
            cd here
            git fetch --quiet
            git commit --quiet --allow-empty --message x
            git push --quiet
            [ "$(git config remote.origin.url)" = {url} ]
            "#
        ));
        desk.assert_granted("acme/site");
    }
}

#[test]
fn every_spelling_of_an_https_remote_is_answered() {
    let desk = Desk::new();
    for path in [
        "acme/site",
        "acme/site.git",
        "ACME/Site.git",
        "acme/site/",
        "acme/site.git/",
    ] {
        desk.run(&format!(r#"git ls-remote --quiet "$GITHUB/{path}" main"#));
    }
    desk.run(r#"git ls-remote --quiet "http://git@${GITHUB#http://}/acme/site""#);
}

#[test]
fn without_the_rewriting_an_ssh_remote_is_asked_by_ssh() {
    let desk = Desk::with(Step::new().with("rewrite-ssh", "false"));
    for url in SSH {
        desk.fails(
            &format!(
                r#"
                export GIT_SSH_VARIANT=ssh GIT_SSH_COMMAND='echo "asked by ssh" >&2; false'
                git clone --quiet {url} here
                "#
            ),
            "asked by ssh",
        );
    }
}

#[test]
fn a_rewriting_of_the_whole_host_to_ssh_steps_back_for_the_leases_owners() {
    let desk = Desk::new();
    desk.run(
        r#"
        export GIT_SSH_COMMAND=false
        git config --global url.git@127.0.0.1:.insteadOf "$GITHUB/"
        git config --global url.ssh://git@127.0.0.1/.pushInsteadOf "$GITHUB/"
        git clone --quiet "$GITHUB/acme/site" here
        cd here
        git commit --quiet --allow-empty --message x
        git push --quiet
        "#,
    );
    desk.assert_granted("acme/site");
    desk.fails(
        r#"
        export GIT_SSH_COMMAND='echo "asked by ssh" >&2; false'
        git ls-remote "$GITHUB/foreign/lib"
        "#,
        "asked by ssh",
    );
}

#[test]
fn a_rewriting_that_names_the_owner_is_the_users_own_word() {
    let desk = Desk::new();
    desk.fails(
        r#"
        export GIT_SSH_COMMAND='echo "asked by ssh" >&2; false'
        git config --global url.git@127.0.0.1:acme/.insteadOf "$GITHUB/acme/"
        git ls-remote "$GITHUB/acme/site"
        "#,
        "asked by ssh",
    );
    desk.assert_nothing_sent("acme/site");
}

#[test]
fn a_push_goes_where_pushurl_says() {
    let desk = Desk::new();
    desk.run(
        r#"
        git clone --quiet "$GITHUB/acme/part" here
        cd here
        git remote set-url --push origin git@127.0.0.1:acme/site.git
        git push --quiet origin HEAD:refs/heads/pushed
        git --git-dir="$BARE/acme/site.git" rev-parse --verify --quiet pushed
        "#,
    );
    desk.assert_granted("acme/site");
}

#[test]
fn a_credential_in_the_remote_goes_before_the_lease() {
    let desk = Desk::new();
    desk.fails(
        r#"git ls-remote "http://someone:nothing@${GITHUB#http://}/acme/site""#,
        "Authentication failed",
    );
    assert!(
        !desk
            .job
            .fill("protocol=http\nhost=x\n\n")
            .contains(&desk.job.token)
    );
    assert_eq!(desk.granted("acme/site"), [""; 0]);
}

#[test]
fn authentication_ahead_of_the_question_saves_one_and_closes_what_is_public() {
    if !has_git(2, 46) {
        return;
    }
    let desk = Desk::new();
    desk.run(
        r#"
        git config --global http.proactiveAuth basic
        git clone --quiet "$GITHUB/acme/site" here
        "#,
    );
    let first = desk.github.requests().into_iter().next().unwrap();
    assert_eq!(first.status, 200, "no 401 came before");
    desk.assert_granted("acme/site");
    // git asks for a credential that no helper has, and the user's setting leaves no other way.
    desk.fails(
        r#"git ls-remote "$GITHUB/acme/open""#,
        "could not read Username",
    );
    desk.run(r#"git -c http.proactiveAuth=none ls-remote "$GITHUB/acme/open""#);
}
