//! Job containers with older and newer gits, and with hardly anything beside git.

use super::engine::Engine;
use super::lease::{assert_ends, leased};
use super::runner::Runner;
use super::steps::JobContainer;
use crate::runner::classic;

/// What every git from 2.17 on does, in a folder of its own.
const ROWS: &str = r#"
mkdir "$FOLDER"
cd "$FOLDER"
export GIT_SSH_COMMAND=false
git clone --quiet "$URL/acme/site" one
cd one
git config --file .gitmodules submodule.docs.path docs
git config --file .gitmodules submodule.docs.url git@ghes.test:acme/docs.git
git add .gitmodules
commit=$(git ls-remote "$URL/acme/docs" refs/heads/main | cut -f 1)
git update-index --add --cacheinfo "160000,$commit,docs"
git commit --quiet --allow-empty --message "from $FOLDER"
git push --quiet
cd ..
git clone --quiet --recurse-submodules "$URL/acme/site" two
cat two/docs/README.md
git clone --quiet --depth 1 "$URL/acme/site" three
git -C three fetch --quiet --unshallow
git clone --quiet --filter=blob:none "$URL/acme/site" four
git -C four log --patch >log
git -C one fetch --quiet
"#;

/// Runs the rows in a job container of the image `tag`, as root and as the runner's user; its git
/// must be of `version`.
#[track_caller]
fn run_rows(tag: &str, version: &str) {
    let Some(engine) = Engine::find() else { return };
    let Some(image) = Engine::job_image(tag) else {
        return;
    };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let url = &runner.github.url;
    let job = JobContainer::of(&runner, &image);
    for user in ["root", "1001"] {
        let script = format!("git --version\nURL={url}\nFOLDER=of-{user}\n{ROWS}");
        let said = job.run(user, &script);
        said.assert_success();
        let begins = said.text.starts_with(&format!("git version {version}"));
        assert!(begins, "{}", said.text);
        assert!(said.text.contains("# acme/docs\n"), "{}", said.text);
        job.run(user, &format!("rm -rf of-{user}")).assert_success();
    }
    assert_eq!(runner.pushes(), 2, "{:?}", runner.github.requests());
    let clone = ["clone", "--quiet", &format!("{url}/acme/site"), "clone"];
    runner.in_action_of(&image, &clone).assert_success();
    let push = "git -C clone commit --quiet --allow-empty --message x && git -C clone push";
    job.run("root", push).assert_success();
    drop(job);
    assert_ends(runner, step, &before);
}

#[test]
fn git_2_30_of_an_older_debian_is_served_by_its_parameters() {
    run_rows("bullseye", "2.30.");
}

#[test]
fn git_2_47_of_a_newer_debian_is_served() {
    run_rows("trixie", "2.47.");
}

#[test]
fn the_git_of_debians_testing_is_served() {
    run_rows("testing", "2.");
}

#[test]
fn git_with_no_shell_but_busyboxs_is_served() {
    run_rows("busybox", "2.39.");
}

#[test]
fn another_user_of_the_container_is_told_why_and_git_goes_on_without_the_lease() {
    let Some(engine) = Engine::find() else { return };
    let (runner, step, before, _) = leased(Runner::new(&engine, &classic(0)));
    let images = ["bullseye", "trixie", "testing", "busybox"];
    let images = images.into_iter().filter_map(Engine::job_image);
    let url = &runner.github.url;
    for image in images.chain([engine.job_image.clone()]) {
        let job = JobContainer::of(&runner, &image);
        let refused = job.run("1000", &format!("git ls-remote {url}/acme/site"));
        assert!(!refused.success, "{image}: {}", refused.text);
        let why = "git-credential-patgate: cannot read the lease: Permission denied";
        assert!(refused.text.contains(why), "{image}: {}", refused.text);
        let script =
            format!("git clone --quiet {url}/acme/open /tmp/open && cat /tmp/open/README.md");
        let open = job.run("1000", &script);
        assert_eq!(open.text, "# acme/open\n", "{image}");
    }
    assert_ends(runner, step, &before);
}
