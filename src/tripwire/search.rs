//! The search through directories and files, by several threads.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::folder::{Entry, Folder, Identity, Mount, Opened};
use super::needles::{Find, Needles, plainest};
use super::order::{Kind, Queue, Rank, Task, rank_file, rank_folder};
use super::unpack::{Meter, Packing};
use super::{Cut, Found, Hit, Limits, Root};

/// How many files a thread takes at once.
const BATCH: usize = 64;

/// So many files wait for their turn; with more, each directory is searched as it comes.
const MOST_WAITING: usize = 100_000;

/// Larger files wait for all others.
const LARGE: u64 = 8 << 20;

/// What all threads share.
pub(super) struct Search<'a> {
    needles: &'a Needles,
    buffer: usize,
    limits: &'a Limits<'a>,
    roots: Vec<OpenRoot<'a>>,
    queue: Queue,
    /// Directories, and files with several names, that somebody has begun.
    seen: Mutex<HashSet<Identity>>,
    spent: AtomicU64,
    is_late: AtomicBool,
    unopened: u64,
}

struct OpenRoot<'a> {
    label: &'a str,
    folder: Folder,
    mount: Mount,
}

/// What one thread has.
struct Searcher<'a> {
    search: &'a Search<'a>,
    buffer: Vec<u8>,
    found: Found,
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
            let others: Vec<_> = (1..self.limits.threads)
                .map(|_| scope.spawn(|| Searcher::new(self).run()))
                .collect();
            add(&mut all, Searcher::new(self).run());
            for other in others {
                match other.join() {
                    Ok(found) => add(&mut all, found),
                    // What it was at is lost; what the others found is not.
                    Err(_) => all.unread += 1,
                }
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

    fn is_over(&self) -> bool {
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
            buffer: vec![0; search.buffer],
            found: Found::default(),
        }
    }

    fn run(mut self) -> Found {
        while let Some(task) = self.search.queue.next() {
            if !self.search.is_over() {
                match task.kind {
                    Kind::List => self.list(&task),
                    Kind::Read => self.read(&task),
                }
            }
            self.search.queue.done();
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

    /// The plainest find in a file, and the member it is in.
    fn contents(&mut self, path: &[u8], opened: &Opened) -> (Option<Find>, Option<String>) {
        let most = self.search.limits.file;
        let mut file = &opened.file;
        let Ok(head) = fill(&mut file, &mut self.buffer) else {
            self.found.unread += 1;
            return (None, None);
        };
        let mut packing = Packing::of(&self.buffer[..head]);
        if packing.is_none() && Packing::is_loose_object(path) {
            packing = Some(Packing::Zlib);
        }
        let Some(packing) = packing else {
            let (find, end) = self.scan(&mut file, head, opened.size, most);
            self.found.partial += u64::from(end != End::Whole);
            return (find, None);
        };
        let (find, member, is_partial) = self.members(packing, file);
        self.found.partial += u64::from(is_partial);
        let is_best = find.is_some_and(Find::is_plainest);
        if is_best || file.rewind().is_err() {
            return (find, member);
        }
        let (raw, end) = self.scan(&mut file, 0, opened.size, most);
        self.found.partial += u64::from(end != End::Whole && !is_partial);
        match (find, raw) {
            (Some(find), Some(raw)) if raw.form >= find.form => (Some(find), member),
            (find, None) => (find, member),
            (_, raw) => (raw, None),
        }
    }

    /// The plainest find in an archive's members, and whether some were not searched whole.
    fn members(
        &mut self,
        packing: Packing,
        mut file: &File,
    ) -> (Option<Find>, Option<String>, bool) {
        if file.rewind().is_err() {
            return (None, None, true);
        }
        let search = self.search;
        let is_over = || search.is_over();
        let meter = Meter::new(search.limits.inflated, &is_over);
        let (mut best, mut member): (Option<Find>, _) = (None, None);
        let mut from = BufReader::with_capacity(64 << 10, file.take(search.limits.file));
        // How it ended is of no interest: the meter knows what was missed.
        let _ = meter.unpack(packing, &mut from, &mut |name, from| {
            let (find, _) = self.scan(from, 0, u64::MAX, u64::MAX);
            if find.is_some() && plainest(best, find) != best {
                best = find;
                member = name.map(str::to_owned);
            }
            if best.is_some_and(Find::is_plainest) || search.is_over() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        (best, member, meter.is_partial())
    }

    /// The plainest find in a stream of which the buffer holds `held` bytes already.
    ///
    /// A file that has given `size` bytes is not asked for more.
    fn scan(
        &mut self,
        from: &mut dyn Read,
        mut held: usize,
        size: u64,
        most: u64,
    ) -> (Option<Find>, End) {
        let (mut best, mut done, mut kept) = (None, 0, 0);
        loop {
            if held < self.buffer.len() && done + count(held - kept) != size {
                match fill(from, &mut self.buffer[held..]) {
                    Ok(read) => held += read,
                    Err(_) => return (best, End::Broken),
                }
            }
            let new = count(held - kept);
            done += new;
            self.found.bytes += new;
            self.search.spent.fetch_add(new, Ordering::Relaxed);
            best = plainest(best, self.search.needles.look(&self.buffer[..held]));
            if held < self.buffer.len() || best.is_some_and(Find::is_plainest) {
                return (best, End::Whole);
            }
            if (done >= most && done != size) || self.search.is_over() {
                return (best, End::Short);
            }
            kept = self.search.needles.overlap();
            self.buffer.copy_within(held - kept.., 0);
            held = kept;
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

/// How the search of a stream ended.
#[derive(Clone, Copy, Eq, PartialEq)]
enum End {
    Whole,
    Short,
    Broken,
}

/// Reads until `into` is full or the end is there; what came before an error is kept.
fn fill(from: &mut dyn Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if filled == 0 => return Err(error),
            Err(_) => break,
        }
    }
    Ok(filled)
}

fn join(path: &[u8], name: &[u8]) -> Vec<u8> {
    if path.is_empty() {
        name.to_vec()
    } else {
        [path, name].join(&b'/')
    }
}

fn count(bytes: usize) -> u64 {
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
