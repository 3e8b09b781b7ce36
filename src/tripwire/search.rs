//! The search through directories and files, by several threads.

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use secrecy::zeroize::Zeroizing;

use super::folder::{Entry, Folder, Identity, Mount, Opened};
use super::needles::{Needles, plainest};
use super::order::{Kind, Queue, Rank, Task, rank_file, rank_folder};
use super::{Cut, Found, Hit, Limits, Root};

/// How many files a thread takes at once.
const BATCH: usize = 64;

/// So many files wait for their turn; with more, each directory is searched as it comes.
const MOST_WAITING: usize = 100_000;

/// Larger files wait for all others.
const LARGE: u64 = 8 << 20;

/// What all threads share.
pub(super) struct Search<'a> {
    pub(super) needles: &'a Needles,
    buffer: usize,
    pub(super) limits: &'a Limits<'a>,
    roots: Vec<OpenRoot<'a>>,
    queue: Queue,
    /// Directories, and files with several names, that somebody has begun.
    seen: Mutex<HashSet<Identity>>,
    pub(super) spent: AtomicU64,
    is_late: AtomicBool,
    unopened: u64,
}

struct OpenRoot<'a> {
    label: &'a str,
    folder: Folder,
    mount: Mount,
}

/// What one thread has.
pub(super) struct Searcher<'a> {
    pub(super) search: &'a Search<'a>,
    /// It has held whatever the files hold.
    pub(super) buffer: Zeroizing<Vec<u8>>,
    pub(super) found: Found,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        needles: &'a Needles,
        buffer: usize,
        roots: &'a [Root],
        limits: &'a Limits<'a>,
    ) -> Self {
        let (mut open, mut unopened) = (Vec::new(), 0);
        for root in roots {
            match OpenRoot::new(root) {
                Ok(root) => open.push(root),
                Err(_) => unopened += 1,
            }
        }
        let tasks = (0..open.len()).map(|root| Task {
            rank: Rank::Likely,
            kind: Kind::List,
            root,
            path: Vec::new(),
            files: Vec::new(),
        });
        Self {
            needles,
            buffer,
            limits,
            queue: Queue::new(tasks.collect()),
            roots: open,
            seen: Mutex::default(),
            spent: AtomicU64::new(0),
            is_late: AtomicBool::new(false),
            unopened,
        }
    }

    pub(super) fn run(&self) -> Found {
        let mut all = Found {
            unread: self.unopened,
            ..Found::default()
        };
        thread::scope(|scope| {
            // A system that gives no thread gets one searcher.
            let others: Vec<_> = (1..self.limits.threads)
                .filter_map(|_| {
                    let thread = thread::Builder::new();
                    thread
                        .spawn_scoped(scope, || Searcher::new(self).run())
                        .ok()
                })
                .collect();
            add(&mut all, Searcher::new(self).run());
            for other in others {
                add(&mut all, other.join().expect("a searcher never panics"));
            }
        });
        all.hits.sort();
        keep_most(&mut all);
        all.cut = self.cut();
        all
    }

    fn cut(&self) -> Option<Cut> {
        if self.is_late.load(Ordering::Relaxed) {
            Some(Cut::Time)
        } else if self.spent.load(Ordering::Relaxed) >= self.limits.bytes {
            Some(Cut::Bytes)
        } else {
            None
        }
    }

    pub(super) fn is_over(&self) -> bool {
        if (self.limits.is_over)() {
            self.is_late.store(true, Ordering::Relaxed);
        }
        self.cut().is_some()
    }

    /// Whether nobody has begun it yet.
    fn claim(&self, identity: Identity) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(identity)
    }
}

impl<'a> OpenRoot<'a> {
    fn new(root: &'a Root) -> io::Result<Self> {
        let folder = Folder::open(&root.path)?;
        let (_, mount) = folder.place()?;
        Ok(Self {
            label: &root.label,
            folder,
            mount,
        })
    }
}

impl<'a> Searcher<'a> {
    fn new(search: &'a Search<'a>) -> Self {
        Self {
            search,
            buffer: Zeroizing::new(vec![0; search.buffer]),
            found: Found::default(),
        }
    }

    fn run(mut self) -> Found {
        while let Some((task, _turn)) = self.search.queue.next() {
            if !self.search.is_over() {
                match task.kind {
                    Kind::List => self.list(&task),
                    Kind::Read => self.read(&task),
                }
            }
        }
        self.found
    }

    fn list(&mut self, task: &Task) {
        let root = &self.search.roots[task.root];
        let opened = root.folder.below(&task.path);
        let Ok((folder, (identity, mount))) = opened.and_then(|folder| {
            let place = folder.place()?;
            Ok((folder, place))
        }) else {
            self.found.unread += 1;
            return;
        };
        if mount != root.mount {
            self.found.elsewhere += 1;
        } else if self.search.claim(identity) {
            let (folders, files) = self.entries(task, &folder);
            self.search.queue.add(folders);
            if self.search.queue.files() > MOST_WAITING {
                for task in &files {
                    self.read(task);
                }
            } else {
                self.search.queue.add(files);
            }
        }
    }

    /// What is to be done about each name in a directory: to list it, and to read it.
    fn entries(&mut self, task: &Task, folder: &Folder) -> (Vec<Task>, Vec<Task>) {
        let parts = task.path.split(|byte| *byte == b'/');
        let depth = parts.filter(|part| !part.is_empty()).count();
        // A root is listed first, but what is in it is as likely as anything.
        let rank = if depth == 0 { Rank::Usual } else { task.rank };
        let (mut folders, mut files, mut too_deep) = (Vec::new(), Vec::new(), 0);
        let listed = folder.list(|entry| match entry {
            Entry::File(name) => files.push((rank_file(&name, rank), name)),
            Entry::Folder(_) if depth >= self.search.limits.depth => too_deep += 1,
            Entry::Folder(name) => folders.push(Task {
                rank: rank_folder(&name, rank),
                kind: Kind::List,
                root: task.root,
                path: join(&task.path, &name),
                files: Vec::new(),
            }),
        });
        self.found.unread += too_deep + u64::from(listed.is_err());
        files.sort();
        let batches = files
            .chunk_by(|one, other| one.0 == other.0)
            .flat_map(|of_rank| of_rank.chunks(BATCH));
        let batches = batches.map(|batch| Task {
            rank: batch[0].0,
            kind: Kind::Read,
            root: task.root,
            path: task.path.clone(),
            files: batch.iter().map(|(_, name)| name.clone()).collect(),
        });
        (folders, batches.collect())
    }

    fn read(&mut self, task: &Task) {
        let Ok(folder) = self.search.roots[task.root].folder.below(&task.path) else {
            self.found.unread += 1;
            return;
        };
        for name in &task.files {
            if self.search.is_over() {
                return;
            }
            match folder.file(name) {
                Ok(Some(opened)) => self.file(task, name, &opened),
                // Somebody has just put something else there, or taken it away.
                Ok(None) | Err(_) => self.found.unread += 1,
            }
        }
    }

    fn file(&mut self, task: &Task, name: &[u8], opened: &Opened) {
        if opened.size > LARGE && task.rank != Rank::Unlikely {
            self.search.queue.add(vec![Task {
                rank: Rank::Unlikely,
                kind: Kind::Read,
                root: task.root,
                path: task.path.clone(),
                files: vec![name.to_owned()],
            }]);
            return;
        }
        if opened
            .linked
            .is_some_and(|identity| !self.search.claim(identity))
        {
            return;
        }
        let path = join(&task.path, name);
        self.found.files += 1;
        let (find, member) = self.contents(&path, opened);
        // A name is as good a place to leave a token as any.
        let named = self.search.needles.look(&path);
        if let Some(find) = plainest(find, named) {
            let hit = Hit {
                root: self.search.roots[task.root].label.to_owned(),
                path: self.spoken(&path),
                member: member.map(|member| self.spoken(member.as_bytes())),
                form: find.form,
                secret: find.secret,
            };
            self.found.hits.push(hit);
            if self.found.hits.len() > 2 * Found::MOST_HITS {
                self.found.hits.sort();
                keep_most(&mut self.found);
            }
        }
    }

    /// A path as it may be told: no control characters, and no secret.
    fn spoken(&self, path: &[u8]) -> String {
        let is_secret = |bytes: &[u8]| self.search.needles.look(bytes).is_some();
        let told: Vec<_> = path
            .split(|byte| *byte == b'/')
            .map(|part| if is_secret(part) { b"***" } else { part })
            .collect();
        let told = told.join(&b'/');
        // It may reach over several parts.
        let told = if is_secret(&told) {
            b"***"
        } else {
            told.as_slice()
        };
        let replaced = |c: char| if c.is_control() { '\u{fffd}' } else { c };
        String::from_utf8_lossy(told)
            .chars()
            .map(replaced)
            .collect()
    }
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        name.to_vec()
    } else {
        [path, name].join(&b'/')
    }
}

pub(super) fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn add(all: &mut Found, mut found: Found) {
    all.hits.append(&mut found.hits);
    all.more += found.more;
    all.files += found.files;
    all.bytes += found.bytes;
    all.unread += found.unread;
    all.partial += found.partial;
    all.elsewhere += found.elsewhere;
}

fn keep_most(found: &mut Found) {
    let surplus = found.hits.len().saturating_sub(Found::MOST_HITS);
    found.more += count(surplus);
    found.hits.truncate(Found::MOST_HITS);
}
