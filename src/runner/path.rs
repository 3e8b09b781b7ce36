//! One file, two names: inside the action's container, and outside, where later steps run.

use std::fmt;
use std::path::{Path, PathBuf};

/// A path as this process sees it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContainerPath(PathBuf);

/// The same path as later steps see it. It cannot be opened from here, and has no way to try.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HostPath(String);

/// What the runner says of its directories.
#[derive(Clone, Debug, Default)]
pub struct Directories {
    /// `RUNNER_TEMP`: translated into the container by runners from 2.331 on, and the host's
    /// own path before.
    pub temp: Option<String>,
    /// The host's `RUNNER_TEMP`, from the input `host-temp`.
    pub host_temp: Option<String>,
    /// `RUNNER_WORKSPACE`, which no runner translates.
    pub workspace: Option<String>,
    /// Whether this is `act`, whose `RUNNER_TEMP` no other step sees.
    pub is_act: bool,
}

/// A directory that lasts for the job and that later steps see too.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedDirectory {
    container: ContainerPath,
    host: Option<HostPath>,
}

/// Where runners of every age mount the home directory, which job containers share.
const HOME: &str = "/github/home";

/// Where act mounts the one directory that its containers share.
const ACT: &str = "/var/run/act";

impl SharedDirectory {
    /// Chooses the directory by what is really mounted here.
    pub fn find(directories: &Directories) -> Result<Self, NoSharedDirectory> {
        Self::choose(directories, Path::is_dir)
    }

    fn choose(
        directories: &Directories,
        is_dir: impl Fn(&Path) -> bool,
    ) -> Result<Self, NoSharedDirectory> {
        let there = |path: &str| is_dir(Path::new(path)).then(|| path.to_owned());
        let host_temp = directories.host_temp();
        let below = |name: &str| {
            host_temp
                .clone()
                .map(|temp| HostPath(format!("{temp}/{name}")))
        };
        if directories.is_act
            && let Some(path) = there(ACT)
        {
            return Ok(Self::new(path, Some(directories.act_host())));
        }
        if let Some(path) = directories.temp.as_deref().and_then(there) {
            return Ok(Self::new(path, host_temp.map(HostPath)));
        }
        there(HOME)
            .map(|path| Self::new(path, below("_github_home")))
            .ok_or(NoSharedDirectory)
    }

    fn new(container: String, host: Option<HostPath>) -> Self {
        Self {
            container: ContainerPath(container.into()),
            host,
        }
    }

    /// The directory itself.
    pub fn container(&self) -> &ContainerPath {
        &self.container
    }

    /// What later steps call `name` in this directory, if the runner told where it lies.
    pub fn host(&self, name: &str) -> Option<HostPath> {
        let HostPath(root) = self.host.as_ref()?;
        Some(HostPath(format!("{root}/{name}")))
    }
}

impl Directories {
    /// The host's `RUNNER_TEMP`, without a slash at its end.
    fn host_temp(&self) -> Option<String> {
        let told = self
            .host_temp
            .as_deref()
            .filter(|path| path.starts_with('/'));
        let derived = || {
            let parent = Path::new(self.workspace.as_deref()?).parent()?;
            Some(format!("{}/_temp", parent.to_str()?))
        };
        told.map(|path| path.trim_end_matches('/').to_owned())
            .or_else(derived)
    }

    /// act calls its shared directory the same in every container; on the host itself it is the
    /// neighbour of the temporary directory.
    fn act_host(&self) -> HostPath {
        let neighbour = self
            .host_temp
            .as_deref()
            .and_then(|temp| temp.strip_suffix("/tmp"))
            .filter(|parent| !parent.is_empty());
        HostPath(neighbour.map_or_else(|| ACT.to_owned(), |parent| format!("{parent}/act")))
    }
}

/// Nothing here is shared with later steps.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("no directory is mounted here that later steps of the job see")]
pub struct NoSharedDirectory;

impl From<PathBuf> for ContainerPath {
    fn from(path: PathBuf) -> Self {
        Self(path)
    }
}

impl AsRef<Path> for ContainerPath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl fmt::Display for HostPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(directories: &Directories, mounted: &[&str]) -> Option<(String, Option<String>)> {
        let is_dir = |path: &Path| mounted.iter().any(|mount| Path::new(mount) == path);
        let shared = SharedDirectory::choose(directories, is_dir).ok()?;
        let container = shared.container().as_ref().to_str().unwrap().to_owned();
        Some((
            container,
            shared.host("patgate").map(|path| path.to_string()),
        ))
    }

    fn directories(temp: &str) -> Directories {
        Directories {
            temp: Some(temp.to_owned()),
            host_temp: Some("/home/runner/work/_temp".to_owned()),
            workspace: Some("/home/runner/work/site".to_owned()),
            is_act: false,
        }
    }

    fn pair(container: &str, host: &str) -> (String, Option<String>) {
        (container.to_owned(), Some(host.to_owned()))
    }

    #[test]
    fn a_runner_that_mounts_its_temporary_directory_shares_that() {
        assert_eq!(
            choose(
                &directories("/github/runner_temp"),
                &["/github/runner_temp", "/github/home"]
            ),
            Some(pair(
                "/github/runner_temp",
                "/home/runner/work/_temp/patgate"
            ))
        );
    }

    #[test]
    fn an_older_runner_shares_the_home_directory() {
        let expected = Some(pair(
            "/github/home",
            "/home/runner/work/_temp/_github_home/patgate",
        ));
        let mut directories = directories("/home/runner/work/_temp");
        assert_eq!(choose(&directories, &["/github/home"]), expected);
        directories.host_temp = None;
        assert_eq!(
            choose(&directories, &["/github/home"]),
            expected,
            "the workspace tells as much"
        );
    }

    #[test]
    fn act_shares_a_directory_of_its_own() {
        let mut act = directories("/tmp");
        act.is_act = true;
        act.host_temp = Some("/tmp".to_owned());
        assert_eq!(
            choose(&act, &["/tmp", "/var/run/act"]),
            Some(pair("/var/run/act", "/var/run/act/patgate"))
        );
        act.host_temp = Some("/home/ci/.cache/act/1f/tmp".to_owned());
        assert_eq!(
            choose(&act, &["/tmp", "/var/run/act"]),
            Some(pair("/var/run/act", "/home/ci/.cache/act/1f/act/patgate"))
        );
    }

    #[test]
    fn without_a_shared_directory_there_is_no_lease() {
        assert_eq!(choose(&directories("/home/runner/work/_temp"), &[]), None);
    }
}
