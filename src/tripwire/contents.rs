//! The search through one file, and through what it holds if it is an archive.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _};
use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use super::folder::Opened;
use super::needles::{Find, plainest};
use super::search::{Searcher, count};
use super::unpack::{Meter, Packing};

impl Searcher<'_> {
    /// The plainest find in a file, and the member it is in.
    pub(super) fn contents(
        &mut self,
        path: &[u8],
        opened: &Opened,
    ) -> (Option<Find>, Option<String>) {
        let most = self.search.limits.file;
        let mut file = &opened.file;
        // A read that asks for more than there is would be followed by one that finds the end.
        let told = usize::try_from(opened.size).unwrap_or(usize::MAX);
        let first = told.clamp(1, self.buffer.len());
        let Ok(head) = fill(&mut file, &mut self.buffer[..first]) else {
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
