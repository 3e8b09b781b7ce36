//! The one place of the search that opens what others may write.
//!
//! Every name is opened below a directory that is already open. No link is followed, no pipe
//! waited for, and nothing but a regular file read.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, StatxFlags};
use rustix::fs::{fstat, openat, statat, statx};

/// An open directory.
pub(super) struct Folder(OwnedFd);

/// A file or directory, whatever name leads to it.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

/// What a directory is mounted from.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) struct Mount {
    device: u64,
    /// Tells a bind mount apart too; Linux says it since 5.8.
    id: Option<u64>,
}

/// One name in a directory.
pub(super) enum Entry {
    Folder(Vec<u8>),
    File(Vec<u8>),
}

/// A regular file, open.
pub(super) struct Opened {
    pub(super) file: File,
    pub(super) size: u64,
    /// Set if other names lead to it too.
    pub(super) linked: Option<Identity>,
}

impl Folder {
    /// Opens a root, which whoever asks for the search has named: links lead there.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(openat(CWD, path, flags, Mode::empty())?))
    }

    /// Opens what `path` names below this directory, part by part.
    pub(super) fn below(&self, path: &[u8]) -> io::Result<Self> {
        let mut parts = path
            .split(|byte| *byte == b'/')
            .filter(|part| !part.is_empty());
        let first = self.child(parts.next().unwrap_or(b"."))?;
        parts.try_fold(first, |folder, part| folder.child(part))
    }

    fn child(&self, name: &[u8]) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(Self(openat(&self.0, name, flags, Mode::empty())?))
    }

    /// What it is, and what it is mounted from.
    pub(super) fn place(&self) -> io::Result<(Identity, Mount)> {
        let stat = fstat(&self.0)?;
        let id = statx(&self.0, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID)
            .ok()
            .filter(|found| found.stx_mask & StatxFlags::MNT_ID.bits() != 0)
            .map(|found| found.stx_mnt_id);
        let identity = Identity::of(&stat);
        let device = identity.device;
        Ok((identity, Mount { device, id }))
    }

    /// Tells `each` the directories and regular files in it. Links and the rest are passed over.
    ///
    /// An error is told where it stands: what comes before it has been told.
    pub(super) fn list(&self, mut each: impl FnMut(Entry)) -> io::Result<()> {
        for entry in Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let kind = match entry.file_type() {
                // Some file systems do not say.
                FileType::Unknown => match statat(&self.0, name, AtFlags::SYMLINK_NOFOLLOW) {
                    Ok(stat) => FileType::from_raw_mode(stat.st_mode),
                    Err(_) => continue,
                },
                kind => kind,
            };
            if kind == FileType::Directory {
                each(Entry::Folder(name.to_owned()));
            } else if kind == FileType::RegularFile {
                each(Entry::File(name.to_owned()));
            }
        }
        Ok(())
    }

    /// Opens a file, if it is a regular one.
    pub(super) fn file(&self, name: &[u8]) -> io::Result<Option<Opened>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::empty())?;
        let stat = fstat(&file)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
            return Ok(None);
        }
        Ok(Some(Opened {
            file: File::from(file),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            linked: (stat.st_nlink > 1).then(|| Identity::of(&stat)),
        }))
    }
}

impl Identity {
    fn of(stat: &Stat) -> Self {
        Self {
            device: stat.st_dev,
            inode: stat.st_ino,
        }
    }
}
