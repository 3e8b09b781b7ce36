//! Something else lies where patgate or the helper has a file.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{
    assert_clear, assert_git_works, assert_post_leaves_nothing, by_shell, github, is_root, job,
    lease,
};
use crate::runner::{Job, Step};

/// What somebody may leave in a file's place.
const KINDS: [&str; 5] = ["a link", "a pipe", "a socket", "a folder", "a device"];

/// Puts one of them at `path`. A device needs the rights of root.
fn plant(kind: &str, path: &Path, target: &Path) {
    match kind {
        "a link" => symlink(target, path).unwrap(),
        "a socket" => drop(UnixListener::bind(path).unwrap()),
        "a folder" => {
            fs::create_dir(path).unwrap();
            fs::write(path.join("within"), "theirs").unwrap();
        }
        "a device" if is_root() => {
            // The numbers of `/dev/full`.
            let full = rustix::fs::makedev(1, 7);
            mknodat(CWD, path, FileType::CharacterDevice, Mode::RUSR, full).unwrap();
        }
        _ => mknodat(CWD, path, FileType::Fifo, Mode::RUSR, 0).unwrap(),
    }
}

fn unplant(path: &Path) {
    if path.is_dir() && !path.is_symlink() {
        fs::remove_dir_all(path).unwrap();
    } else if path.symlink_metadata().is_ok() {
        fs::remove_file(path).unwrap();
    }
}

/// A file that no phase may touch.
fn target(job: &Job) -> PathBuf {
    let target = job.path("home/theirs");
    fs::write(&target, "theirs").unwrap();
    target
}

#[test]
fn what_stands_in_the_directorys_place_is_refused_and_left_as_it_is() {
    let github = github();
    for kind in KINDS {
        let (mut job, mut step) = (job(&github), Step::new());
        let target = target(&job);
        plant(kind, &job.home(), &target);
        if kind == "a folder" {
            fs::set_permissions(job.home(), Permissions::from_mode(0o777)).unwrap();
        }
        let ran = job.main(&mut step);
        assert_eq!(ran.status, Some(2), "{kind}: {}", ran.log);
        assert_clear(&ran, kind);
        assert!(ran.log.contains("is not patgate's"), "{kind}: {}", ran.log);
        assert!(ran.added.is_empty(), "{kind}");
        let ran = job.post(&mut step);
        if kind == "a folder" {
            assert_eq!(ran.status, Some(0), "{}", ran.log);
            assert!(ran.log.contains("stays in its directory: within"));
        } else {
            assert_eq!(ran.status, Some(2), "{kind}: {}", ran.log);
            assert_clear(&ran, kind);
        }
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs", "{kind}");
        unplant(&job.home());
        assert_post_leaves_nothing(&mut job, &mut step);
    }
}

#[test]
fn a_directory_of_another_user_is_refused() {
    if !is_root() {
        return;
    }
    let github = github();
    let (mut job, mut step) = (job(&github), Step::new());
    fs::create_dir(job.home()).unwrap();
    chown(job.home(), Some(4242), Some(4242)).unwrap();
    let ran = job.main(&mut step);
    assert_eq!(ran.status, Some(2), "{}", ran.log);
    assert_clear(&ran, "a foreign directory");
    assert_post_leaves_nothing(&mut job, &mut step);
}

#[test]
fn what_stands_in_a_files_place_is_replaced_or_refused_and_never_followed() {
    let github = github();
    for name in [
        "git-credential-patgate",
        ".git-credential-patgate.tmp",
        "journal",
        "0123456789abcdef.lease",
        "0123456789abcdef.minted",
    ] {
        for kind in KINDS {
            let (mut job, mut step) = (job(&github), Step::new());
            let (target, at) = (target(&job), job.home().join(name));
            fs::create_dir(job.home()).unwrap();
            plant(kind, &at, &target);
            let ran = job.main(&mut step);
            let what = format!("{kind} at {name}: {}", ran.log);
            match ran.status {
                Some(0) => {
                    job.git_ok(&["ls-remote", &format!("{}/acme/site", github.url())]);
                }
                Some(2) => {
                    assert_clear(&ran, &what);
                    assert!(ran.added.is_empty(), "{what}");
                    assert!(!job.leases().iter().any(|path| path.is_file()), "{what}");
                }
                _ => panic!("{what}"),
            }
            assert_git_works(&github, &job);
            let ran = job.post(&mut step);
            assert_eq!(ran.status, Some(0), "{what}\n{}", ran.log);
            assert_eq!(fs::read_to_string(&target).unwrap(), "theirs", "{what}");
            assert!(!job.leases().iter().any(|path| path.is_file()), "{what}");
            // A folder is none of patgate's.
            unplant(&at);
            assert_post_leaves_nothing(&mut job, &mut step);
        }
    }
}

#[test]
fn what_a_later_step_puts_in_a_files_place_stops_neither_git_nor_post() {
    let github = github();
    for kind in KINDS {
        let mut job = job(&github);
        let mut step = lease(&mut job);
        let target = target(&job);
        let journal = job.home().join("journal");
        unplant(&journal);
        plant(kind, &journal, &target);
        let url = format!("{}/acme/site", github.url());
        job.git_ok(&["ls-remote", &url]);
        let sealed = job.leases().remove(0);
        unplant(&sealed);
        plant(kind, &sealed, &target);
        let (success, said) = job.git(&["ls-remote", &url]);
        let words = "a lease that is no regular file";
        assert!(!success && said.contains(words), "{kind}: {said}");
        assert_git_works(&github, &job);
        let ran = job.post(&mut step);
        assert_eq!(ran.status, Some(0), "{kind}: {}", ran.log);
        assert_eq!(fs::read_to_string(&target).unwrap(), "theirs", "{kind}");
        unplant(&journal);
        unplant(&sealed);
        assert_post_leaves_nothing(&mut job, &mut step);
    }
}

#[test]
fn what_stands_in_the_place_of_the_runners_file_is_told_and_left_as_it_is() {
    let github = github();
    for (variable, file) in [("GITHUB_ENV", "env"), ("GITHUB_STATE", "state")] {
        for kind in ["a link", "a pipe", "a folder", "nothing"] {
            let (mut job, mut step) = (job(&github), Step::new());
            let target = target(&job);
            let there = job.path("files/1").join(file);
            let make = match kind {
                "a link" => format!("ln -s '{}'", target.display()),
                "a pipe" => "mkfifo".to_owned(),
                "a folder" => "mkdir".to_owned(),
                _ => "true".to_owned(),
            };
            let script = format!("rm \"${variable}\"; {make} \"${variable}\"");
            let (mut child, files) = job.start_by(by_shell(&script, "patgate"), &step);
            child.wait().unwrap();
            unplant(&there);
            fs::write(&there, "").unwrap();
            let ran = job.finish(child, &files, &mut step);
            let what = format!("{kind} at {variable}: {}", ran.log);
            assert_eq!(ran.status, Some(2), "{what}");
            assert_clear(&ran, &what);
            assert!(ran.log.contains(variable), "{what}");
            assert!(job.leases().is_empty(), "{what}");
            assert_eq!(fs::read_to_string(&target).unwrap(), "theirs", "{what}");
            assert_post_leaves_nothing(&mut job, &mut step);
        }
    }
}
