//! What a policy extends, and what that extends.

use fake_github::FakeGitHub;

use super::{POLICY, askers, building, github, run, shown, step};
use crate::issue::{ANY, gate};
use crate::runner::{Job, classic};

/// A policy that extends `base`.
fn on(base: &str) -> String {
    gate(ANY).replace("version: 1\n", &format!("version: 1\nextends: {base}\n"))
}

/// Policies in `acme/.github` by their names, each on what it extends.
fn chain(links: &[(&str, Option<&str>)]) -> FakeGitHub {
    let links = links.iter().map(|(name, base)| {
        let text = base.map_or_else(|| gate(ANY), |base| on(&of(base)));
        (format!("{name}.yml"), text)
    });
    let builder = links.fold(building(), |builder, (path, text)| {
        builder.file("acme/.github", "main", &path, text)
    });
    builder.start().unwrap()
}

fn of(name: &str) -> String {
    format!("acme/.github/{name}.yml@main")
}

/// Which files were fetched, in which order.
fn fetched(github: &FakeGitHub) -> Vec<String> {
    let paths = askers(github).into_iter().map(|(_, path)| path);
    let name = |path: String| {
        let (_, name) = path.rsplit_once("/contents/").unwrap();
        name.split('.').next().unwrap().to_owned()
    };
    paths.map(name).collect()
}

#[test]
fn a_policy_of_the_workspace_may_extend_one_of_another_repository() {
    let github = github(&gate(ANY));
    let mut job = Job::on(&github, &classic(0), &on(POLICY));
    let ran = job.main(&mut step(""));
    super::assert_hidden(&job, &ran);
    insta::assert_snapshot!(crate::issue::transcript(&github, &job, &ran), @"
    patgate 0.1.0
    the policy `.github/patgate.yml` extends `acme/.github/ci/patgate.yml@v3`
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    policy `.github/patgate.yml`, gate `default`: allow, 1 finding
    nothing was leased
    ::warning title=patgate policy/movable-ref,file=.github/patgate.yml,line=2,col=10::the policy `acme/.github/ci/patgate.yml@v3` is named by a branch or a tag, which can move; name a commit by its whole hash
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/ci/patgate.yml?ref=v3
    GET /api/v3/user
    --- exit 0, 0 leased ---
    ");
}

#[test]
fn a_policy_in_the_input_may_extend_one_too() {
    let github = github(&gate(ANY));
    insta::assert_snapshot!(shown(&github, &on(POLICY)), @"
    patgate 0.1.0
    the input `policy` extends `acme/.github/ci/patgate.yml@v3`
    the token is a classic personal access token of `octocat`; it never expires; its scopes are repo
    input `policy`, gate `default`: allow, 1 finding
    nothing was leased
    ::warning title=patgate policy/movable-ref::the policy `acme/.github/ci/patgate.yml@v3` is named by a branch or a tag, which can move (the input `policy`, line 2); name a commit by its whole hash
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/ci/patgate.yml?ref=v3
    GET /api/v3/user
    --- exit 0, 0 leased ---
    ");
}

#[test]
fn three_bases_one_upon_the_other_are_each_fetched_once() {
    let links = [
        ("a", Some("b")),
        ("b", Some("c")),
        ("c", Some("d")),
        ("d", None),
    ];
    let github = chain(&links);
    let (_, ran) = run(&github, step(&of("a")));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_eq!(fetched(&github), ["a", "b", "c", "d"]);
}

#[test]
fn a_fourth_base_is_one_too_many() {
    let links = [
        ("a", Some("b")),
        ("b", Some("c")),
        ("c", Some("d")),
        ("d", Some("e")),
        ("e", None),
    ];
    insta::assert_snapshot!(shown(&chain(&links), &of("a")), @"
    patgate 0.1.0
    the policy `acme/.github/a.yml@main` extends `acme/.github/b.yml@main`
    the policy `acme/.github/b.yml@main` extends `acme/.github/c.yml@main`
    the policy `acme/.github/c.yml@main` extends `acme/.github/d.yml@main`
    ::error title=patgate::the policy has more than 3 bases, one upon the other: `acme/.github/a.yml@main` → `acme/.github/b.yml@main` → `acme/.github/c.yml@main` → `acme/.github/d.yml@main` → `acme/.github/e.yml@main`; join some of these in one
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/a.yml?ref=main
    GET /api/v3/repos/acme/.github/contents/b.yml?ref=main
    GET /api/v3/repos/acme/.github/contents/c.yml?ref=main
    GET /api/v3/repos/acme/.github/contents/d.yml?ref=main
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_policy_that_extends_itself_in_the_end_is_told_how() {
    let links = [("a", Some("b")), ("b", Some("a"))];
    insta::assert_snapshot!(shown(&chain(&links), &of("a")), @"
    patgate 0.1.0
    the policy `acme/.github/a.yml@main` extends `acme/.github/b.yml@main`
    ::error title=patgate::the policy extends itself: `acme/.github/a.yml@main` → `acme/.github/b.yml@main` → `acme/.github/a.yml@main`; take the line `extends` out of one of these
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/a.yml?ref=main
    GET /api/v3/repos/acme/.github/contents/b.yml?ref=main
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn the_case_of_a_repositorys_letters_hides_no_circle() {
    let github = github(&on("ACME/.GitHub/ci/patgate.yml@v3"));
    let (_, ran) = run(&github, step(POLICY));
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert!(ran.log.contains("the policy extends itself"), "{}", ran.log);
}

#[test]
fn the_same_file_at_another_revision_is_another_policy() {
    let github = building()
        .file("acme/.github", "main", "patgate.yml", gate(ANY))
        .file(
            "acme/.github",
            "next",
            "patgate.yml",
            on("acme/.github/patgate.yml@main"),
        )
        .start()
        .unwrap();
    let (_, ran) = run(&github, step("acme/.github/patgate.yml@next"));
    assert_eq!(ran.status, Some(0), "{}", ran.log);
}

#[test]
fn a_base_with_a_mistake_is_shown_by_its_own_name() {
    let github = github("version: 1\ngates:\n  default:\n    kinds: [clasic]\n");
    insta::assert_snapshot!(shown(&github, &on(POLICY)), @"
    patgate 0.1.0
    the input `policy` extends `acme/.github/ci/patgate.yml@v3`
     --> acme/.github/ci/patgate.yml@v3:4:13
      |
    4 |     kinds: [clasic]
      |             ^^^^^^ did you mean `classic`?

    ::error title=patgate::cannot use the policy `acme/.github/ci/patgate.yml@v3`, line 4: `gates.default.kinds` takes a kind of token, and not `clasic`; did you mean `classic`?
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/ci/patgate.yml?ref=v3
    --- exit 2, 0 leased ---
    ");
}

#[test]
fn a_base_that_cannot_be_had_is_no_base_left_out() {
    let github = github(&gate(ANY));
    insta::assert_snapshot!(shown(&github, &on("acme/.github/ci/strict.yml@v3")), @"
    patgate 0.1.0
    the input `policy` extends `acme/.github/ci/strict.yml@v3`
    ::error title=patgate::cannot fetch the policy `acme/.github/ci/strict.yml@v3`: GitHub shows no such file to the token in `github-token`; correct the repository, the path or the ref; the job's own token sees no private repository but its own: if `acme/.github` is another one, give a token with `contents: read` for it in `github-token`, or make it public
    --- requests ---
    GET /api/v3/repos/acme/.github/contents/ci/strict.yml?ref=v3
    --- exit 2, 0 leased ---
    ");
}
