//! The bare repositories on disk.

mod contents;
mod state;

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::app::id_of;

pub(crate) use contents::{Entry, Found, Lost};
pub(crate) use state::{Change, Off, blocked};

/// Who may see a repository without a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// All may fetch it, even without a token.
    Public,
    /// To others it does not exist.
    Private,
}

/// One bare repository.
pub(crate) struct Repository {
    /// `owner/name`, in the case it was made with.
    pub(crate) full_name: String,
    pub(crate) visibility: Visibility,
    pub(crate) is_archived: bool,
    pub(crate) is_disabled: bool,
    pub(crate) is_blocked: bool,
    /// The features that are off, by the permissions that read them.
    off: Vec<String>,
}

impl Repository {
    /// The number the API knows it by.
    pub(crate) fn id(&self) -> u64 {
        id_of(&self.full_name)
    }

    /// How the API says that what 'permission' reads is off, if it is.
    pub(crate) fn off(&self, permission: &str) -> Option<&'static Off> {
        let is_off = self.off.iter().any(|off| off == permission);
        Off::of(permission).filter(|_| is_off)
    }
}

/// All bare repositories, below one folder.
pub(crate) struct Repositories {
    root: PathBuf,
    /// The home of every git.
    home: PathBuf,
    by_name: BTreeMap<String, Repository>,
    /// The new names by the old ones, all in lower case.
    renames: BTreeMap<String, String>,
}

impl Repositories {
    /// Makes the repositories below the new folder 'root'.
    pub(crate) fn create(
        root: &Path,
        home: &Path,
        names: Vec<(String, Visibility)>,
    ) -> io::Result<Self> {
        std::fs::create_dir(root)?;
        let mut repositories = Self {
            root: root.to_owned(),
            home: home.to_owned(),
            by_name: BTreeMap::new(),
            renames: BTreeMap::new(),
        };
        for (full_name, visibility) in names {
            require_name(&full_name)?;
            create_bare(&repositories.path(&full_name), home, &full_name)?;
            let repository = Repository {
                full_name,
                visibility,
                is_archived: false,
                is_disabled: false,
                is_blocked: false,
                off: Vec::new(),
            };
            let key = repository.full_name.to_ascii_lowercase();
            repositories.by_name.insert(key, repository);
        }
        Ok(repositories)
    }

    /// The folder all of them are below.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Finds the repository 'name', in any case.
    pub(crate) fn find(&self, name: &str) -> Option<&Repository> {
        self.by_name.get(&name.to_ascii_lowercase())
    }

    /// Finds the repository that was called 'name' before, in any case.
    pub(crate) fn renamed(&self, name: &str) -> Option<&Repository> {
        let new = self.renames.get(&name.to_ascii_lowercase())?;
        self.by_name.get(new)
    }

    /// Finds the repository the API knows by the number 'id'.
    pub(crate) fn numbered(&self, id: u64) -> Option<&Repository> {
        self.by_name.values().find(|known| known.id() == id)
    }

    /// The full names of all, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.by_name.values().map(|known| known.full_name.as_str())
    }

    /// Where the repository 'name' lies, if there is one.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(folder(name))
    }
}

/// A repository's folder, below the root of all.
pub(crate) fn folder(name: &str) -> String {
    format!("{}.git", name.to_ascii_lowercase())
}

/// A git that sees neither the caller's settings nor its environment.
pub(crate) fn hermetic_git(program: impl AsRef<std::ffi::OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("HOME", home);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
}

/// Refuses what is not `owner/name` in GitHub's own letters.
fn require_name(full_name: &str) -> io::Result<()> {
    let plain = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        !["", ".", ".."].contains(&part) && part.bytes().all(allowed)
    };
    let is_git = |name: &str| name.to_ascii_lowercase().ends_with(".git");
    match full_name.split_once('/') {
        Some((owner, name))
            if plain(owner) && !owner.starts_with('.') && plain(name) && !is_git(name) =>
        {
            Ok(())
        }
        Some(_) | None => Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("`{full_name}` is no repository of the form `owner/name`"),
        )),
    }
}

fn create_bare(path: &Path, home: &Path, full_name: &str) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    let git = |arguments: &[&str], input: &str| {
        run(
            hermetic_git("git", home).current_dir(path).args(arguments),
            input.as_bytes(),
        )
    };
    git(
        &["init", "--quiet", "--bare", "-b", "main", "--template="],
        "",
    )?;
    let mut config = OpenOptions::new().append(true).open(path.join("config"))?;
    config.write_all(CONFIG.as_bytes())?;
    git(&["fast-import", "--quiet"], &first_commit(full_name))
}

/// What GitHub lets a client do; and no work in the background, which would outlive the folder.
const CONFIG: &str = "\
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
[receive]
\tautogc = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
";

/// The one commit, for `git fast-import`; always the same for the same name.
fn first_commit(full_name: &str) -> String {
    let readme = format!("# {full_name}\n");
    format!(
        "commit refs/heads/main\n\
         committer Octocat <octocat@github.example> 1767225600 +0000\n\
         data 14\nInitial commit\n\
         M 100644 inline README.md\n\
         data {}\n{readme}\n",
        readme.len(),
    )
}

/// Runs 'command' with 'input', and makes its complaint the error.
fn run(command: &mut Command, input: &[u8]) -> io::Result<()> {
    let output = output(command, input)?;
    if output.status.success() {
        return Ok(());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!(
        "git does not make the repository: {complaint}"
    )))
}

/// Runs 'command' with 'input', which is short, and keeps what it says.
fn output(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("stdin is piped above");
    // A child that has read enough, or failed, says so by its status.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_has_an_owner_and_a_plain_name() {
        for good in ["acme/site", "Acme-2/a.b_c-d", "acme/.github"] {
            assert!(require_name(good).is_ok(), "{good} is a name");
        }
        for bad in [
            "site",
            "/site",
            "acme/",
            "acme/..",
            "acme/.git",
            ".acme/site",
            "../site",
            "a/b/c",
            "a/b.git",
            "a/b c",
        ] {
            assert!(require_name(bad).is_err(), "{bad} is no name");
        }
    }
}
