//! What earlier jobs left on a machine that remembers: ours goes, and what is known of others is
//! told. A runner empties its temporary directory between jobs, unless it was killed or may not.

use std::fs::{self, File};
use std::io::{self, Read as _, Write};
use std::path::Path;
use std::time::SystemTime;

use jiff::Timestamp;

use crate::input::Runner;
use crate::lease::drop_box::DropBox;
use crate::lease::{self, Swept};
use crate::runner::command;
use crate::runner::path::{ContainerPath, SharedDirectory};
use crate::tripwire::Culprit;

/// As many notices as GitHub shows of one step.
const SHOWN: usize = 10;

/// git's configuration of a repository is shorter.
const MAX_CONFIG: u64 = 1024 * 1024;

/// Files below the home directory that are there to keep tokens.
const HOME: &[&str] = &[
    ".cargo/credentials.toml",
    ".config/gh/hosts.yml",
    ".config/git/credentials",
    ".docker/config.json",
    ".git-credentials",
    ".netrc",
];

/// Removes what is ours and stale, and tells of what others left. Nothing of it stops a job: who
/// cannot tidy up says so.
pub(super) fn tidy<W: Write>(
    runner: &Runner,
    shared: &SharedDirectory,
    now: Timestamp,
    mut out: W,
) -> io::Result<()> {
    let mut ours = vec![shared.container().clone()];
    // Where patgate was before the runner shared its temporary directory.
    ours.extend(runner.home.clone().map(ContainerPath::from));
    for place in ours {
        match sweep(&place, runner, now) {
            Ok(swept) if swept.is_empty() => {}
            Ok(swept) => tracing::info!("removed what an earlier job left: {swept}"),
            Err(error) => {
                tracing::warn!("cannot tidy up what an earlier job may have left: {error}");
            }
        }
    }
    for (name, culprit) in others(runner).into_iter().take(SHOWN) {
        let (what, fix) = match culprit {
            Some(Culprit { what, fix }) => (format!(", {what},"), fix),
            None => (String::new(), "remove it, and find the step that writes it"),
        };
        let name = name.replace('`', "'");
        let message = format!(
            "`{name}`{what} is older than this job's first action and may hold a token; an earlier job left it, or a step before that; patgate leaves it alone; {fix}"
        );
        command::annotate("notice", "patgate", None, &message, &mut out)?;
    }
    Ok(())
}

fn sweep(
    place: &ContainerPath,
    runner: &Runner,
    now: Timestamp,
) -> Result<Swept, lease::LeaseError> {
    if !place.as_ref().is_dir() {
        return Ok(Swept::default());
    }
    let Some(drop_box) = DropBox::open_alone(place)? else {
        return Ok(Swept::default());
    };
    let swept = lease::sweep(&drop_box, runner.key.as_ref(), runner.has_home, now)?;
    if !swept.is_empty() {
        // What is foreign keeps it there, and post tells.
        drop_box.remove_directory()?;
    }
    Ok(swept)
}

/// Files that are known to keep tokens and are older than the job. What they hold is not told.
fn others(runner: &Runner) -> Vec<(String, Option<Culprit>)> {
    let event = runner.run.event_path.as_deref();
    // The runner writes the event anew for each action, and makes its folder for the first one of a
    // job. Making the file in it is what changes the folder.
    let folder = event.and_then(Path::parent);
    let made = folder.and_then(|folder| fs::symlink_metadata(folder).ok()?.modified().ok());
    let Some(began) = made else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut look = |label: &str, root: &Path, name: &str| {
        let path = root.join(name);
        if written_at(&path).is_some_and(|at| at < began) {
            found.push((format!("{label}/{name}"), Culprit::of(name)));
        }
    };
    if let Some(temp) = runner.temp.as_deref().map(Path::new) {
        let of_checkout =
            |name: &str| name.starts_with("git-credentials-") && is_named(name, "config");
        for name in names(temp).into_iter().filter(|name| of_checkout(name)) {
            look("temp", temp, &name);
        }
    }
    if let Some(home) = &runner.home {
        for name in HOME {
            look("home", home, name);
        }
    }
    if let Some(workspace) = &runner.workspace {
        let of_google = |name: &str| name.starts_with("gha-creds-") && is_named(name, "json");
        for name in names(workspace).into_iter().filter(|name| of_google(name)) {
            look("workspace", workspace, &name);
        }
        if has_header(&workspace.join(".git/config")) {
            look("workspace", workspace, ".git/config");
        }
    }
    found
}

fn is_named(name: &str, extension: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| end == extension)
}

/// When a regular file was last written; a link is none.
fn written_at(path: &Path) -> Option<SystemTime> {
    let found = fs::symlink_metadata(path).ok()?;
    found.is_file().then(|| found.modified().ok()).flatten()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    names
}

/// Whether a configuration of git's has a header that checkout persists.
fn has_header(path: &Path) -> bool {
    let mut bytes = Vec::new();
    written_at(path).is_some()
        && File::open(path)
            .and_then(|file| file.take(MAX_CONFIG).read_to_end(&mut bytes))
            .is_ok()
        && String::from_utf8_lossy(&bytes)
            .to_ascii_lowercase()
            .contains("extraheader")
}
