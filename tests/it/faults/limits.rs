//! A machine that does not give what a phase needs: room, rights, descriptors, an ear.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{
    USER, assert_clear, assert_git_works, assert_post_leaves_nothing, github, is_root, job, lease,
    run_by_shell,
};
use crate::runner::{Job, Ran, Step};

/// A file system that is gone again once this is dropped.
struct Mount(PathBuf);

impl Mount {
    /// A small one at `path`. `None`: only root may, and not everywhere.
    fn at(path: &Path, options: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", options, "tmpfs"]);
        let mounted = is_root() && mount.arg(path).output().unwrap().status.success();
        mounted.then(|| Self(path.to_owned()))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // A failing test has its own reason already.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

/// A main phase that fails with these words leaves no lease, and nothing after post.
#[track_caller]
fn assert_refused(job: &mut Job, step: &mut Step, ran: &Ran, words: &str) {
    assert_eq!(ran.status, Some(2), "{words}: {}", ran.log);
    assert_clear(ran, words);
    assert!(ran.log.contains(words), "{words}: {}", ran.log);
    assert!(ran.added.is_empty() && job.leases().is_empty(), "{words}");
    assert_post_leaves_nothing(job, step);
}

#[test]
fn a_disk_that_is_full_at_any_point_is_told_and_keeps_no_lease() {
    let github = github();
    let helper = fs::metadata(env!("CARGO_BIN_EXE_git-credential-patgate")).unwrap();
    let pages = helper.len().div_ceil(4096);
    let by_size =
        [1, 16, pages, pages + 1, pages + 2].map(|pages| format!("size={}", pages * 4096));
    let by_files = (1..=6).map(|files| format!("nr_inodes={files}"));
    let mut refused = 0;
    for options in by_size.into_iter().chain(by_files) {
        let (mut job, mut step) = (job(&github), Step::new());
        let temp = job.path("temp");
        let Some(_mount) = Mount::at(&temp, &format!("{options},uid={USER},gid={USER}")) else {
            return;
        };
        let ran = job.main(&mut step);
        match ran.status {
            Some(0) => {
                job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
            }
            Some(2) => {
                refused += 1;
                assert_clear(&ran, &options);
                assert!(ran.log.contains("No space left"), "{}", ran.log);
                assert!(job.leases().is_empty(), "{options}");
            }
            _ => panic!("{options}: {}", ran.log),
        }
        assert_git_works(&github, &job);
        assert_post_leaves_nothing(&mut job, &mut step);
    }
    assert!(refused >= 8, "{refused} of the disks are too small");
}

#[test]
fn an_environment_that_fits_by_half_is_not_written_at_all() {
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let Some(_mount) = Mount::at(&job.path("files"), "size=64k") else {
        return;
    };
    // A page is nearly full, and there is no other.
    let script = r#"
        echo before=1 >> "$GITHUB_STATE"
        printf 'BEFORE=%04000d\n' 1 >> "$GITHUB_ENV"
        cat /dev/zero > "$GITHUB_ENV.rest" 2> /dev/null"#;
    let ran = run_by_shell(&mut job, &mut step, script, "patgate");
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_clear(&ran, "a full disk");
    assert!(ran.log.contains("there is room for "), "{}", ran.log);
    let names: Vec<_> = ran.added.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["BEFORE"]);
    assert!(job.leases().is_empty());
    assert_git_works(&github, &job);
    fs::remove_file(job.path("files/1/env.rest")).unwrap();
    assert_post_leaves_nothing(&mut job, &mut step);
}

#[test]
fn a_read_only_disk_is_told() {
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let Some(_mount) = Mount::at(&job.path("temp"), "ro") else {
        return;
    };
    let ran = job.main(&mut step);
    assert_refused(&mut job, &mut step, &ran, "Read-only file system");
}

#[test]
fn a_disk_that_starts_no_program_is_told_where_git_would_need_one() {
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let options = format!("noexec,uid={USER},gid={USER}");
    let Some(_mount) = Mount::at(&job.path("temp"), &options) else {
        return;
    };
    let ran = job.main(&mut step);
    assert_refused(&mut job, &mut step, &ran, "git could not run its helper");
    let mut judged = Step::new().with("lease", "none");
    let ran = job.main(&mut judged);
    assert_eq!(ran.status, Some(0), "{}", ran.log);
    assert_post_leaves_nothing(&mut job, &mut judged);
}

#[test]
fn no_umask_changes_what_later_steps_may_do() {
    let github = github();
    for umask in ["0777", "0000"] {
        let (mut job, mut step) = (job(&github), Step::new());
        let ran = run_by_shell(&mut job, &mut step, &format!("umask {umask}"), "patgate");
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        let home = job.home();
        assert_eq!(mode(&home), 0o755, "{umask}");
        assert_eq!(mode(&home.join("git-credential-patgate")), 0o755, "{umask}");
        assert_eq!(mode(&home.join("journal")), 0o600, "{umask}");
        assert_eq!(mode(&job.leases()[0]), 0o600, "{umask}");
        job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
        let ran = run_by_shell(&mut job, &mut step, "umask 0777", "patgate-post");
        assert_eq!(ran.status, Some(0), "{}", ran.log);
        assert!(!job.home().exists());
    }
}

#[test]
fn a_limit_of_the_files_size_is_told_and_kills_nobody() {
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let ran = run_by_shell(&mut job, &mut step, "ulimit -f 64", "patgate");
    assert_refused(&mut job, &mut step, &ran, "File too large");
}

#[test]
fn too_few_descriptors_are_told_and_never_a_bug() {
    let github = github();
    let mut leased = 0;
    for limit in (4..20).chain([63, 64]) {
        let (mut job, mut step) = (job(&github), Step::new());
        let script = format!("ulimit -n {limit}");
        let ran = run_by_shell(&mut job, &mut step, &script, "patgate");
        let what = format!("{limit}: {:?} {}", ran.status, ran.log);
        match ran.status {
            Some(0) => leased += 1,
            Some(1 | 2) => {
                assert_clear(&ran, &what);
                assert!(job.leases().is_empty(), "{what}");
            }
            _ => panic!("{what}"),
        }
        let ran = run_by_shell(&mut job, &mut step, &script, "patgate-post");
        let what = format!("{limit}: {:?} {}", ran.status, ran.log);
        if limit < 64 {
            assert_eq!(ran.status, Some(2), "{what}");
            assert_clear(&ran, &what);
        }
        assert_post_leaves_nothing(&mut job, &mut step);
        assert_git_works(&github, &job);
    }
    assert_eq!(leased, 1, "there is enough from 64 on");
}

#[test]
fn without_an_ear_there_is_no_lease() {
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    let ran = run_by_shell(&mut job, &mut step, "exec > /dev/full", "patgate");
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.added.is_empty() && job.leases().is_empty());
    let mut step = lease(&mut job);
    run_by_shell(&mut job, &mut step, "exec > /dev/full", "patgate-post");
    assert!(
        !job.home().exists(),
        "post works even where it cannot speak"
    );
    let mut step = Step::new();
    let ran = run_by_shell(&mut job, &mut step, "exec >&-", "patgate");
    assert_eq!(
        ran.status,
        Some(0),
        "the system takes the words, and nobody the masks"
    );
    let ran = run_by_shell(&mut job, &mut step, "exec >&-", "patgate-post");
    assert_eq!(ran.status, Some(0));
    assert!(!job.home().exists());
}

#[test]
fn a_file_that_cannot_be_removed_is_told_by_its_name() {
    let github = github();
    let mut job = job(&github);
    let mut step = lease(&mut job);
    let lease = job.leases().remove(0);
    let seal = |change: &str| Command::new("chattr").arg(change).arg(&lease).output();
    if !is_root() || !seal("+i").is_ok_and(|output| output.status.success()) {
        return;
    }
    let ran = job.post(&mut step);
    seal("-i").unwrap();
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_clear(&ran, "an immutable file");
    let name = lease.file_name().unwrap().to_str().unwrap();
    assert!(ran.log.contains(name), "{}", ran.log);
    let left = fs::read_dir(job.home()).unwrap().count();
    assert_eq!(left, 1, "the rest is gone");
    assert_post_leaves_nothing(&mut job, &mut step);
}
