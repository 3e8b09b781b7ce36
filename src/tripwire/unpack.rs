//! What is inside gzip, zip and git's loose objects, told as streams.
//!
//! An archive is read from its start to its end, without seeking and with buffers of fixed size,
//! so that one within another is read like one that lies alone.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::ControlFlow;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// How a file is packed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Packing {
    Gzip,
    Zip,
    /// git's loose object.
    Zlib,
    /// Packed in a way that is not undone here.
    Other,
}

/// How much more may come out of an archive, and whether all that is in it came.
pub(super) struct Meter<'a> {
    left: Cell<u64>,
    is_over: &'a dyn Fn() -> bool,
    is_partial: Cell<bool>,
}

/// Takes each stream, with the member's name if it has one.
pub(super) type Visit<'a> = dyn FnMut(Option<&str>, &mut dyn Read) -> ControlFlow<()> + 'a;

/// The archive within an archive is opened, and no further one.
const NESTED: usize = 1;

/// What stands before each member of a zip, and before the list of them at its end.
const MEMBER: u32 = u32::from_le_bytes(*b"PK\x03\x04");
const ENDS: [u32; 2] = [
    u32::from_le_bytes(*b"PK\x01\x02"),
    u32::from_le_bytes(*b"PK\x05\x06"),
];

impl Packing {
    /// What a file that starts with `head` is packed by.
    pub(super) fn of(head: &[u8]) -> Option<Self> {
        let others: [&[u8]; 4] = [
            b"\x28\xb5\x2f\xfd",
            b"\xfd7zXZ\x00",
            b"BZh",
            b"7z\xbc\xaf\x27\x1c",
        ];
        if head.starts_with(b"\x1f\x8b\x08") {
            Some(Self::Gzip)
        } else if head.starts_with(b"PK\x03\x04") {
            Some(Self::Zip)
        } else {
            let is_other = others.iter().any(|magic| head.starts_with(magic));
            is_other.then_some(Self::Other)
        }
    }

    /// Whether `path` is one of git's loose objects: `objects/`, two digits, and all the others.
    pub(super) fn is_loose_object(path: &[u8]) -> bool {
        let mut parts = path.rsplit(|byte| *byte == b'/');
        let (name, fan, folder) = (parts.next(), parts.next(), parts.next());
        let is_hex = |part: Option<&[u8]>, lengths: &[usize]| {
            part.is_some_and(|part| {
                lengths.contains(&part.len()) && part.iter().all(u8::is_ascii_hexdigit)
            })
        };
        is_hex(name, &[38, 62]) && is_hex(fan, &[2]) && folder == Some(b"objects")
    }
}

impl<'a> Meter<'a> {
    /// At most `left` bytes come out, and none once it `is_over`.
    pub(super) fn new(left: u64, is_over: &'a dyn Fn() -> bool) -> Self {
        Self {
            left: Cell::new(left),
            is_over,
            is_partial: Cell::new(false),
        }
    }

    /// Whether something in the archive was not told.
    pub(super) fn is_partial(&self) -> bool {
        self.is_partial.get()
    }

    pub(super) fn miss(&self) {
        self.is_partial.set(true);
    }

    /// Tells `visit` what is in `from`.
    pub(super) fn unpack(
        &self,
        packing: Packing,
        from: &mut dyn BufRead,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        self.open(packing, None, from, NESTED, visit)
    }

    fn open(
        &self,
        packing: Packing,
        name: Option<&str>,
        from: &mut dyn BufRead,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        match packing {
            Packing::Gzip => self.tell(name, &mut MultiGzDecoder::new(from), depth, visit),
            Packing::Zlib => self.tell(name, &mut ZlibDecoder::new(from), depth, visit),
            Packing::Zip => self.zip(name, from, depth, visit),
            Packing::Other => {
                self.miss();
                visit(name, from)
            }
        }
    }

    /// Tells one stream, or what is in it if it is packed in turn.
    fn tell(
        &self,
        name: Option<&str>,
        from: &mut dyn Read,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let mut metered = Metered { meter: self, from };
        let Some(depth) = depth.checked_sub(1) else {
            return visit(name, &mut metered);
        };
        let mut buffered = BufReader::with_capacity(32 << 10, metered);
        let packing = match buffered.fill_buf() {
            Ok(head) => Packing::of(head),
            // Whatever came of it is in the buffer no more.
            Err(_) => return ControlFlow::Continue(()),
        };
        match packing {
            Some(packing) => self.open(packing, name, &mut buffered, depth, visit),
            None => visit(name, &mut buffered),
        }
    }

    /// Tells the members of a zip by the headers before them: the list at its end says no more.
    fn zip(
        &self,
        above: Option<&str>,
        from: &mut dyn BufRead,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        loop {
            if self.left.get() == 0 || (self.is_over)() {
                self.miss();
                return ControlFlow::Continue(());
            }
            match self.next_member(from) {
                Ok(Some(member)) => {
                    let name = match above {
                        Some(above) => format!("{above}/{}", member.name),
                        None => member.name.clone(),
                    };
                    self.member(&member, &name, from, depth, visit)?;
                }
                Ok(None) => return ControlFlow::Continue(()),
                Err(_) => {
                    self.miss();
                    return ControlFlow::Continue(());
                }
            }
        }
    }

    fn member(
        &self,
        member: &Member,
        name: &str,
        from: &mut dyn BufRead,
        depth: usize,
        visit: &mut Visit<'_>,
    ) -> ControlFlow<()> {
        let name = Some(name);
        match (member.method, member.packed) {
            (Method::Stored, Some(packed)) => {
                let mut own = from.take(packed);
                self.tell(name, &mut own, depth, visit)?;
                self.skip(&mut own);
            }
            (Method::Deflated, Some(packed)) => {
                let mut own = from.take(packed);
                self.tell(name, &mut DeflateDecoder::new(&mut own), depth, visit)?;
                self.skip(&mut own);
            }
            // It says itself where it ends.
            (Method::Deflated, None) => {
                let mut decoder = DeflateDecoder::new(from);
                self.tell(name, &mut decoder, depth, visit)?;
                self.skip(&mut decoder);
            }
            (Method::Other, Some(packed)) => {
                self.miss();
                self.skip(&mut from.take(packed));
            }
            // The next header is sought; what is stored lies open in the archive itself.
            (Method::Stored | Method::Other, None) => self.miss(),
        }
        ControlFlow::Continue(())
    }

    /// Reads what a visitor left, up to the next member.
    fn skip(&self, rest: &mut dyn Read) {
        let mut rest = Metered {
            meter: self,
            from: rest,
        };
        // The meter has noted what went wrong.
        let _ = io::copy(&mut rest, &mut io::sink());
    }

    /// The next member's header, wherever it is. `None`: the list at the end is here.
    fn next_member(&self, from: &mut dyn BufRead) -> io::Result<Option<Member>> {
        let mut window = 0u32;
        let mut read = 0u64;
        loop {
            let mut byte = [0];
            if from.read(&mut byte)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            window = window >> 8 | u32::from(byte[0]) << 24;
            read += 1;
            if window == MEMBER {
                return Member::read(from).map(Some);
            }
            if ENDS.contains(&window) {
                return Ok(None);
            }
            // Whatever lies between two members lies open in the archive itself.
            if read.is_multiple_of(1 << 16) && (self.is_over)() {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    }
}

/// A member of a zip, by the header before it.
struct Member {
    name: String,
    method: Method,
    /// How long it is, if the header says so.
    packed: Option<u64>,
}

#[derive(Clone, Copy)]
enum Method {
    Stored,
    Deflated,
    Other,
}

impl Member {
    /// Reads what stands behind the mark of a header.
    fn read(from: &mut dyn BufRead) -> io::Result<Self> {
        let mut header = [0; 26];
        from.read_exact(&mut header)?;
        let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let packed = u32::from_le_bytes([header[14], header[15], header[16], header[17]]);
        let (flags, method) = (short(2), short(4));
        let mut name = vec![0; usize::from(short(22))];
        from.read_exact(&mut name)?;
        io::copy(&mut from.take(u64::from(short(24))), &mut io::sink())?;
        let is_encrypted = flags & 1 != 0;
        // The length stands behind the member, or in the extra field of one of more than 4 GiB.
        let is_told = flags & 8 == 0 && packed != u32::MAX;
        Ok(Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            method: match method {
                0 if !is_encrypted => Method::Stored,
                8 if !is_encrypted => Method::Deflated,
                _ => Method::Other,
            },
            packed: is_told.then(|| u64::from(packed)),
        })
    }
}

/// What comes out of a decoder, counted.
struct Metered<'a, R> {
    meter: &'a Meter<'a>,
    from: R,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.meter.left.get();
        if left == 0 || (self.meter.is_over)() {
            self.meter.miss();
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(into.len());
        let read = self.from.read(&mut into[..most]);
        match &read {
            Ok(count) => {
                let count = u64::try_from(*count).unwrap_or(u64::MAX);
                self.meter.left.set(left.saturating_sub(count));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.meter.miss(),
        }
        read
    }
}
