//! What lies in a repository: put there before the fake starts, and read by the API.

use std::io;
use std::path::Path;
use std::process::Command;

use super::{Repositories, Repository, hermetic_git, run};

/// Something put at a path.
pub(crate) enum Entry {
    /// A file with these bytes.
    File(Vec<u8>),
    /// A symbolic link to this path.
    Link(String),
    /// A submodule.
    Submodule,
}

/// What lies at a path.
pub(crate) enum Found {
    /// A file, or a link that leads to one.
    File(Vec<u8>),
    /// A folder, with the names in it.
    Folder(Vec<String>),
    /// A link that leads to no file.
    Link,
    Submodule,
}

/// Why nothing was found.
pub(crate) enum Lost {
    /// There is no such commit.
    Revision,
    /// There is nothing at the path.
    Path,
}

impl Repositories {
    /// Puts 'entry' at 'path' of the repository 'name', in a new commit on 'reference', a branch or a full name below `refs/`.
    ///
    /// A reference that is not there yet begins where `main` is.
    pub(crate) fn put(
        &self,
        name: &str,
        (reference, path): (&str, &str),
        entry: &Entry,
    ) -> io::Result<()> {
        let folder = self.path(name);
        let reference = if reference.starts_with("refs/") {
            reference.to_owned()
        } else {
            format!("refs/heads/{reference}")
        };
        let parent = match self.git(&folder, &["rev-parse", "--verify", "--quiet", &reference]) {
            Some(_) => &reference,
            None => "refs/heads/main",
        };
        let (mode, bytes) = match entry {
            Entry::File(bytes) => ("100644", bytes.as_slice()),
            Entry::Link(target) => ("120000", target.as_bytes()),
            Entry::Submodule => ("160000", &[][..]),
        };
        let mut import = format!(
            "commit {reference}\n\
             committer Octocat <octocat@github.example> 1767225600 +0000\n\
             data 0\n\
             from {parent}^0\n"
        )
        .into_bytes();
        match entry {
            Entry::Submodule => {
                let commit = "0123456789".repeat(4);
                import.extend(format!("M {mode} {commit} {path}\n").bytes());
            }
            Entry::File(_) | Entry::Link(_) => {
                import.extend(format!("M {mode} inline {path}\ndata {}\n", bytes.len()).bytes());
                import.extend(bytes);
                import.push(b'\n');
            }
        }
        let mut git = hermetic_git("git", &self.home);
        run(
            git.current_dir(&folder).args(["fast-import", "--quiet"]),
            &import,
        )
    }

    /// What lies at 'path' of 'repository', at 'revision'.
    pub(crate) fn look(
        &self,
        repository: &Repository,
        revision: &str,
        path: &str,
    ) -> Result<Found, Lost> {
        let folder = self.path(&repository.full_name);
        let of_commit = format!("{revision}^{{commit}}");
        let arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options"];
        let commit = self.git(&folder, &[&arguments[..], &[&of_commit]].concat());
        let commit = commit.ok_or(Lost::Revision)?;
        let at = format!("{}:{path}", commit.trim());
        let tree = |at: &str| self.git(&folder, &["ls-tree", "--name-only", at]);
        if let Some(names) = tree(&at) {
            return Ok(Found::Folder(names.lines().map(str::to_owned).collect()));
        }
        let entry = self.git(&folder, &["ls-tree", commit.trim(), "--", path]);
        let entry = entry.filter(|entry| !entry.is_empty()).ok_or(Lost::Path)?;
        if entry.starts_with("160000") {
            return Ok(Found::Submodule);
        }
        // It follows links, and says in words where they lead to nothing, in a header that is no `blob`'s.
        let batch = ["cat-file", "--batch", "--follow-symlinks"];
        let found = self.git_with(&folder, &batch, at.as_bytes());
        let found = found.and_then(|found| {
            let end = found.iter().position(|byte| *byte == b'\n')?;
            let header = String::from_utf8_lossy(&found[..end]).into_owned();
            let [_, "blob", length] = header.split(' ').collect::<Vec<_>>()[..] else {
                return None;
            };
            let start = end + 1;
            Some(found[start..start + length.parse::<usize>().ok()?].to_vec())
        });
        Ok(found.map_or(Found::Link, Found::File))
    }

    /// What git says, if it succeeds.
    fn git(&self, folder: &Path, arguments: &[&str]) -> Option<String> {
        let said = self.git_with(folder, arguments, b"")?;
        Some(String::from_utf8_lossy(&said).into_owned())
    }

    fn git_with(&self, folder: &Path, arguments: &[&str], input: &[u8]) -> Option<Vec<u8>> {
        let mut git: Command = hermetic_git("git", &self.home);
        super::output(git.current_dir(folder).args(arguments), input)
            .ok()
            .filter(|output| output.status.success())
            .map(|output| output.stdout)
    }
}
