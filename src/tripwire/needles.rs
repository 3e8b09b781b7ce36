//! The search itself: eight bytes out of every few are looked up, most bytes never.
//!
//! All pieces have a length of at least `shortest`, so each holds one of the eight-byte grams that
//! start at every `stride`th byte, where `stride` is `shortest` − 7. Whether a gram is of any
//! piece, a table of bits denies for all but one in hundreds. No automaton holds the secrets: what
//! does is wiped.

use secrecy::zeroize::Zeroizing;

use super::Form;
use super::forms::{Bytes, MIN_LEN, Piece};

/// How many bytes are looked up at once.
const GRAM: usize = 8;

/// The table of bits has two to this power: 16 KiB, half of a first-level cache.
const BITS: u32 = 17;

/// How many words of 64 bits that is.
const WORDS: usize = 1 << (BITS - 6);

const _: () = assert!(MIN_LEN >= GRAM, "each piece has a gram");

/// All that is searched for.
pub(super) struct Needles {
    pieces: Vec<Needle>,
    /// Sorted.
    grams: Zeroizing<Vec<u64>>,
    /// Where each gram stands: the piece and the offset.
    places: Vec<(usize, usize)>,
    bits: Box<Zeroizing<[u64; WORDS]>>,
    stride: usize,
    longest: usize,
}

struct Needle {
    bytes: Bytes,
    find: Find,
}

/// What was found; the plainest form is the least.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Find {
    pub(super) form: Form,
    /// Which secret it is.
    pub(super) secret: usize,
}

impl Needles {
    /// `secrets` are the pieces of each secret.
    pub(super) fn new(secrets: Vec<Vec<Piece>>) -> Self {
        let mut pieces = Vec::new();
        for (secret, of_one) in secrets.into_iter().enumerate() {
            pieces.extend(of_one.into_iter().map(|Piece { bytes, form }| Needle {
                bytes,
                find: Find { form, secret },
            }));
        }
        let lengths = || pieces.iter().map(|needle| needle.bytes.len());
        let stride = lengths().min().unwrap_or(GRAM) + 1 - GRAM;
        let longest = lengths().max().unwrap_or_default();
        let mut places: Vec<_> = (0..pieces.len())
            .flat_map(|piece| (0..stride).map(move |offset| (piece, offset)))
            .collect();
        let gram = |(piece, offset): (usize, usize)| gram(&pieces[piece].bytes, offset);
        places.sort_by_key(|place| gram(*place));
        let mut grams = Zeroizing::new(Vec::with_capacity(places.len()));
        let mut bits = Box::new(Zeroizing::new([0; WORDS]));
        for gram in places.iter().filter_map(|place| gram(*place)) {
            grams.push(gram);
            let (word, bit) = slot(gram);
            bits[word] |= bit;
        }
        Self {
            pieces,
            grams,
            places,
            bits,
            stride,
            longest,
        }
    }

    /// How many bytes of one buffer the next must repeat, so that none is missed between them.
    pub(super) fn overlap(&self) -> usize {
        self.longest.saturating_sub(1)
    }

    /// Whether there is anything to search for.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The plainest find in `bytes`.
    pub(super) fn look(&self, bytes: &[u8]) -> Option<Find> {
        let mut best = None;
        for at in (0..bytes.len()).step_by(self.stride) {
            let Some(gram) = gram(bytes, at) else { break };
            let (word, bit) = slot(gram);
            if self.bits[word] & bit == 0 {
                continue;
            }
            best = plainest(best, self.confirm(bytes, at, gram));
            if best.is_some_and(Find::is_plainest) {
                break;
            }
        }
        best
    }

    /// The plainest piece around the gram that `bytes` have at `at`.
    #[cold]
    fn confirm(&self, bytes: &[u8], at: usize, gram: u64) -> Option<Find> {
        let first = self.grams.partition_point(|known| *known < gram);
        let same = self.grams[first..]
            .iter()
            .take_while(|known| **known == gram);
        let places = self.places[first..].iter().zip(same);
        let is_there = |needle: &Needle, offset| {
            let from = at.checked_sub(offset)?;
            let there = bytes.get(from..from + needle.bytes.len())?;
            (there == needle.bytes.as_slice()).then_some(needle.find)
        };
        places
            .filter_map(|((piece, offset), _)| is_there(&self.pieces[*piece], *offset))
            .min()
    }
}

impl Find {
    /// Whether no other find can be plainer.
    pub(super) fn is_plainest(self) -> bool {
        self.form == Form::AsItIs
    }
}

/// The plainer of two, if any.
pub(super) fn plainest(one: Option<Find>, other: Option<Find>) -> Option<Find> {
    one.into_iter().chain(other).min()
}

/// The eight bytes at `at`.
#[inline]
fn gram(bytes: &[u8], at: usize) -> Option<u64> {
    let gram = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*gram))
}

/// The word and the bit of a gram.
#[inline]
fn slot(gram: u64) -> (usize, u64) {
    // The high bits of a product depend on all bits of its factors.
    let hash = gram.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - BITS);
    let word = usize::try_from(hash >> 6).unwrap_or_default();
    (word % WORDS, 1 << (hash % 64))
}
