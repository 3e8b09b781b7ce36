//! The directory that later steps see, and every file in it.
//!
//! This process is root, and the directory lies where other steps may write: every name is
//! opened below a directory that is already open, and no link is ever followed.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::thread;
use std::time::Duration;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, Stat, StatVfsMountFlags,
};
use rustix::fs::{
    fchmod, fchown, flock, fstat, fstatvfs, mkdirat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::runner::path::ContainerPath;

/// The directory's name in the one that the runner shares.
pub const NAME: &str = "patgate";

/// So often another step's post may come between.
const TRIES: usize = 100;

/// Five seconds in all: a runner that cancels a run is not patient.
const HOLD_TRIES: usize = 250;
const HOLD_PAUSE: Duration = Duration::from_millis(20);

/// What is not yet whole ends in this.
const UNFINISHED: &str = ".tmp";

/// The open directory.
#[derive(Debug)]
pub struct DropBox {
    root: OwnedFd,
    directory: OwnedFd,
    owner: Owner,
}

/// One name in the directory.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// Whether it is a folder, which patgate never makes.
    pub is_folder: bool,
}

/// Whoever owns the runner's directory; later steps run as that user, and it cleans up.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Owner {
    user: u32,
    group: u32,
}

impl DropBox {
    /// Opens the directory below `root`, and makes it if there is none. Until it is dropped, no
    /// other phase changes what is in it.
    pub fn create(root: &ContainerPath) -> Result<Self, DropBoxError> {
        let mut found = None;
        // The post of another step may remove it between two calls.
        for _ in 0..TRIES {
            let root = open_root(root)?;
            match mkdirat(&root, NAME, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(DropBoxError::new("make the directory", error)),
            }
            found = Self::open_in(root)?;
            if found.as_ref().is_some_and(Self::hold) {
                break;
            }
        }
        let this = found.ok_or_else(|| DropBoxError::new("open the directory", Errno::NOENT))?;
        let here = fstat(&this.directory).map_err(DropBoxError::on("look at the directory"))?;
        let ours = here.st_uid == this.owner.user || here.st_uid == geteuid().as_raw();
        if !ours || here.st_mode & 0o022 != 0 {
            return Err(DropBoxError::Planted);
        }
        // Whatever the umask was.
        fchmod(&this.directory, Mode::from_raw_mode(0o755))
            .map_err(DropBoxError::on("open the directory to later steps"))?;
        this.give(&this.directory)?;
        Ok(this)
    }

    /// Opens the directory below `root`, if there is one, whoever has changed its mode since: what
    /// is in it must go all the same.
    pub fn open(root: &ContainerPath) -> Result<Option<Self>, DropBoxError> {
        Self::open_in(open_root(root)?)
    }

    /// The same, and no other phase changes what is in it until it is dropped.
    pub fn open_alone(root: &ContainerPath) -> Result<Option<Self>, DropBoxError> {
        let mut found = None;
        // Another post may remove it meanwhile, and a main phase make it again.
        for _ in 0..TRIES {
            found = Self::open(root)?;
            if found.as_ref().is_none_or(Self::hold) {
                break;
            }
        }
        Ok(found)
    }

    /// Waits until no other phase holds the directory, and holds it. `false`: it was removed
    /// meanwhile.
    ///
    /// Any step may hold it too, so that nobody waits long, and whoever has waited goes on.
    fn hold(&self) -> bool {
        for _ in 0..HOLD_TRIES {
            match flock(&self.directory, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK | Errno::INTR) => thread::sleep(HOLD_PAUSE),
                // Not every file system knows how; most jobs have one phase at a time.
                Ok(()) | Err(_) => break,
            }
        }
        let is_this = |there: Stat| {
            fstat(&self.directory)
                .is_ok_and(|here| (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino))
        };
        statat(&self.root, NAME, AtFlags::SYMLINK_NOFOLLOW).is_ok_and(is_this)
    }

    /// Whether the system starts no program that lies here.
    pub fn is_noexec(&self) -> bool {
        fstatvfs(&self.directory)
            .is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::NOEXEC))
    }

    /// When a file was last written, in seconds since 1970, if there is one.
    pub fn written_at(&self, name: &str) -> Option<i64> {
        let found = statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        Some(found.st_mtime)
    }

    fn open_in(root: OwnedFd) -> Result<Option<Self>, DropBoxError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let directory = match openat(&root, NAME, flags, Mode::empty()) {
            Ok(directory) => directory,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => return Err(DropBoxError::Planted),
            Err(error) => return Err(DropBoxError::new("open the directory", error)),
        };
        let above = fstat(&root).map_err(DropBoxError::on("look at the directory"))?;
        Ok(Some(Self {
            root,
            directory,
            owner: Owner {
                user: above.st_uid,
                group: above.st_gid,
            },
        }))
    }

    /// Writes a file whole or not at all, in place of one of that name.
    pub fn write(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), DropBoxError> {
        let unfinished = format!(".{name}{UNFINISHED}");
        self.remove(&unfinished)?;
        let result = self.write_new(&unfinished, bytes, mode).and_then(|()| {
            renameat(&self.directory, unfinished.as_str(), &self.directory, name)
                .map_err(DropBoxError::on("put a file in its place"))
        });
        if result.is_err() {
            // The first error is the one to tell; post looks for what is left.
            let _ = self.remove(&unfinished);
        }
        result
    }

    fn write_new(&self, name: &str, bytes: &[u8], mode: u32) -> Result<(), DropBoxError> {
        let flags =
            OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let on = DropBoxError::on("write a file");
        let file = openat(&self.directory, name, flags, Mode::from_raw_mode(0o600)).map_err(&on)?;
        let mut file = File::from(file);
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(|source| DropBoxError::Io {
                action: "write a file",
                source,
            })?;
        fchmod(&file, Mode::from_raw_mode(mode)).map_err(on)?;
        self.give(&file)
    }

    /// Makes an empty file that steps append to, if there is none.
    pub fn touch(&self, name: &str, mode: u32) -> Result<(), DropBoxError> {
        match self.write_new(name, b"", mode) {
            Err(DropBoxError::Io { source, .. })
                if source.kind() == io::ErrorKind::AlreadyExists =>
            {
                match self.read(name, 0)? {
                    Some(_) => Ok(()),
                    None => Err(DropBoxError::Planted),
                }
            }
            other => other,
        }
    }

    /// Reads a file up to `max` bytes, if there is one and it is a regular file.
    pub fn read(&self, name: &str, max: u64) -> Result<Option<Vec<u8>>, DropBoxError> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&self.directory, name, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            // A socket or a device is no file either.
            Err(Errno::NOENT | Errno::LOOP | Errno::NXIO | Errno::NODEV) => return Ok(None),
            Err(error) => return Err(DropBoxError::new("read a file", error)),
        };
        let io = |source| DropBoxError::Io {
            action: "read a file",
            source,
        };
        if !file.metadata().map_err(io)?.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        file.take(max).read_to_end(&mut bytes).map_err(io)?;
        Ok(Some(bytes))
    }

    /// What is in the directory, by name.
    pub fn entries(&self) -> Result<Vec<Entry>, DropBoxError> {
        let on = DropBoxError::on("list the directory");
        let mut entries = Vec::new();
        let listed = match Dir::read_from(&self.directory) {
            // Another post has removed the directory.
            Err(Errno::NOENT) => return Ok(entries),
            listed => listed.map_err(&on)?,
        };
        for entry in listed {
            let entry = entry.map_err(&on)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "." && name != ".." {
                let is_folder = entry.file_type() == FileType::Directory;
                entries.push(Entry { name, is_folder });
            }
        }
        entries.sort();
        Ok(entries)
    }

    /// Removes a file. One that is already gone is success.
    pub fn remove(&self, name: &str) -> Result<(), DropBoxError> {
        match unlinkat(&self.directory, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(error) => Err(DropBoxError::new("remove a file", error)),
        }
    }

    /// Removes the directory. `false`: something is left in it that is not ours.
    pub fn remove_directory(&self) -> Result<bool, DropBoxError> {
        match unlinkat(&self.root, NAME, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(false),
            Err(error) => Err(DropBoxError::new("remove the directory", error)),
        }
    }

    /// Gives what this process made to the owner of the runner's directory.
    fn give(&self, file: impl std::os::fd::AsFd) -> Result<(), DropBoxError> {
        let Owner { user, group } = self.owner;
        let found = fstat(&file).map_err(DropBoxError::on("look at a file"))?;
        if (found.st_uid, found.st_gid) == (user, group) {
            return Ok(());
        }
        let (user_id, group_id) = (
            rustix::fs::Uid::from_raw(user),
            rustix::fs::Gid::from_raw(group),
        );
        match fchown(&file, Some(user_id), Some(group_id)) {
            // The right user needs no group.
            Err(_) if found.st_uid != user => Err(DropBoxError::Owner { user }),
            Ok(()) | Err(_) => Ok(()),
        }
    }
}

/// What a file was to become that a killed run left unfinished.
pub fn unfinished(name: &str) -> Option<&str> {
    name.strip_prefix('.')?.strip_suffix(UNFINISHED)
}

fn open_root(root: &ContainerPath) -> Result<OwnedFd, DropBoxError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    openat(CWD, root.as_ref(), flags, Mode::empty())
        .map_err(DropBoxError::on("open the runner's directory"))
}

/// Why the directory or a file in it does not serve.
#[derive(Debug, thiserror::Error)]
pub enum DropBoxError {
    /// The system refuses.
    #[error("cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: io::Error,
    },
    /// The files cannot be given to the user that later steps run as.
    #[error("cannot give the lease to user {user}, who owns the runner's temporary directory")]
    Owner {
        /// The user's number.
        user: u32,
    },
    /// Something else stands where the directory belongs.
    #[error(
        "`{NAME}` in the runner's directory is not patgate's: a link, a file, or open to other users"
    )]
    Planted,
}

impl DropBoxError {
    fn new(action: &'static str, error: Errno) -> Self {
        Self::Io {
            action,
            source: error.into(),
        }
    }

    fn on(action: &'static str) -> impl Fn(Errno) -> Self {
        move |error| Self::new(action, error)
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => {
                "check that the runner's temporary directory has room and can be written"
            }
            Self::Owner { .. } => {
                "run the container with the capability CHOWN, which Docker gives by default"
            }
            Self::Planted => "find the step that made it, and remove it",
        }
    }
}
