//! The forms of a secret that are searched for, cut so that a line break hides none.
//!
//! A form is not searched whole. Two adjacent pieces from its end do: both together are shorter
//! than a line of base64 or of a hex dump, so that a line break falls into one of them at most.
//! The end is where a token is random; its start is common to all tokens of a kind.

use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use base64::{Engine as _, engine::GeneralPurpose};
use secrecy::zeroize::Zeroizing;

use super::Form;

/// Shorter secrets are not searched: they hit by chance.
pub(super) const MIN_LEN: usize = 8;

/// Bytes that are wiped.
pub(super) type Bytes = Zeroizing<Vec<u8>>;

/// What to search for, and as which form to tell it.
pub(super) struct Piece {
    pub(super) bytes: Bytes,
    pub(super) form: Form,
}

/// How much of a form a piece holds: two pieces of `most`, or one if each were below `least`.
#[derive(Clone, Copy)]
struct Cut {
    most: usize,
    least: usize,
}

/// Of plain text and base64: two pieces fit the 60 columns of the narrowest wrapping, and none
/// hits by chance.
const TEXT: Cut = Cut {
    most: 24,
    least: 16,
};

/// Of what is twice as long once it is encoded.
const HEX: Cut = Cut {
    most: 15,
    least: 12,
};

/// Of what is three times as long: 72 of the 75 columns that quoted-printable has.
const TRIPLE: Cut = Cut {
    most: 12,
    least: 12,
};

/// All pieces of `secret`, each once, the plainest form first.
pub(super) fn pieces(secret: &str) -> Vec<Piece> {
    let secret = secret.trim();
    if secret.len() < MIN_LEN {
        return Vec::new();
    }
    let mut pieces = Pieces(Vec::new());
    let core = core(secret);
    pieces.add_cuts(core, TEXT, Form::AsItIs);
    pieces.add_base64(tail(core).as_bytes(), Form::Base64);
    for case in [Case::Lower, Case::Upper] {
        pieces.add_each(core, HEX, Form::Hexadecimal, |byte| hex(b"", byte, case));
        for (is_kept, cut) in KEPT {
            for (prefix, form) in PREFIXES {
                pieces.add_each(core, cut, form, |byte| escaped(prefix, byte, case, is_kept));
            }
        }
    }
    for is_slash_escaped in [false, true] {
        pieces.add_each(core, TEXT, Form::Escaped, |byte| {
            json(byte, is_slash_escaped)
        });
    }
    pieces.add_utf16(core);
    for engine in [&STANDARD, &URL_SAFE] {
        for shift in 0..3 {
            let once = base64(engine, tail(core).as_bytes(), shift);
            pieces.add_base64(&once, Form::Base64Twice);
        }
    }
    pieces.0
}

struct Pieces(Vec<Piece>);

impl Pieces {
    fn add(&mut self, bytes: Bytes, form: Form) {
        let is_known = self.0.iter().any(|piece| piece.bytes == bytes);
        if bytes.len() >= MIN_LEN && !is_known {
            self.0.push(Piece { bytes, form });
        }
    }

    fn add_cuts(&mut self, text: &str, cut: Cut, form: Form) {
        for piece in cuts(text.as_bytes(), cut) {
            self.add(Zeroizing::new(piece.to_vec()), form);
        }
    }

    /// The pieces with each byte written by `write`.
    fn add_each(&mut self, text: &str, cut: Cut, form: Form, write: impl Fn(u8) -> Written) {
        for piece in cuts(text.as_bytes(), cut) {
            let mut bytes = Zeroizing::new(Vec::with_capacity(piece.len() * WIDEST));
            for byte in piece {
                let (written, len) = write(*byte);
                bytes.extend_from_slice(&written[..len]);
            }
            // Where nothing is to be escaped, it is the plain text, in another cut.
            if *bytes != piece {
                self.add(bytes, form);
            }
        }
    }

    fn add_base64(&mut self, bytes: &[u8], form: Form) {
        for engine in [&STANDARD, &URL_SAFE] {
            for shift in 0..3 {
                let whole = base64(engine, bytes, shift);
                for piece in cuts(&whole, TEXT) {
                    self.add(Zeroizing::new(piece.to_vec()), form);
                }
            }
        }
    }

    fn add_utf16(&mut self, text: &str) {
        for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() * 2));
            bytes.extend(text.encode_utf16().flat_map(to_bytes));
            let cut = Cut {
                most: TEXT.most * 2,
                least: TEXT.least * 2,
            };
            for piece in cuts(&bytes, cut) {
                self.add(Zeroizing::new(piece.to_vec()), Form::Utf16);
            }
        }
    }
}

/// The part of a secret that no other secret of its kind shares.
///
/// Of a key in lines, the last of its longest lines; of a token, what is behind its prefix, and
/// behind the header and the claims of a JWT.
fn core(secret: &str) -> &str {
    let line = secret
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .max_by_key(|line| line.len())
        .unwrap_or(secret);
    let prefixes = ["github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "v1."];
    let behind_prefix = prefixes
        .iter()
        .find_map(|prefix| line.strip_prefix(prefix))
        .unwrap_or(line);
    let behind_claims = match behind_prefix.rsplit_once('.') {
        Some((before, signature)) if before.contains("eyJ") => signature,
        Some(_) | None => behind_prefix,
    };
    let has_enough = |part: &&str| part.len() >= TEXT.least;
    [behind_claims, behind_prefix, line]
        .into_iter()
        .find(has_enough)
        .unwrap_or(if line.len() < MIN_LEN { secret } else { line })
}

/// The end of `text`, as long as base64 needs for its two pieces.
fn tail(text: &str) -> &str {
    let from = text.len().saturating_sub(2 * TEXT.most);
    text.get(from..).unwrap_or(text)
}

/// The pieces of `text`: two from its end, or as much of its end as two would be.
fn cuts(text: &[u8], cut: Cut) -> impl Iterator<Item = &[u8]> {
    let size = (text.len() / 2).min(cut.most);
    let (rest, last) = if size >= cut.least {
        text.split_at(text.len() - size)
    } else {
        (&[][..], &text[text.len().saturating_sub(2 * cut.most)..])
    };
    let before = (!rest.is_empty()).then(|| &rest[rest.len() - size..]);
    before.into_iter().chain([last])
}

/// The part of the base64 that stays the same with `shift` more bytes in front, whatever they are
/// and whatever stands behind.
fn base64(engine: &GeneralPurpose, bytes: &[u8], shift: usize) -> Bytes {
    let mut shifted = Zeroizing::new(vec![0; shift]);
    shifted.reserve_exact(bytes.len());
    shifted.extend_from_slice(bytes);
    let whole = Zeroizing::new(engine.encode(&*shifted));
    let own = (shift * 8).div_ceil(6)..shifted.len() * 8 / 6;
    Zeroizing::new(whole.as_bytes()[own].to_vec())
}

/// The most bytes that one byte is written as.
const WIDEST: usize = 6;

/// One byte as it is written, and how much of the array that takes.
type Written = ([u8; WIDEST], usize);

#[derive(Clone, Copy)]
enum Case {
    Lower,
    Upper,
}

/// Whether an encoder leaves a byte as it is.
type IsKept = fn(u8) -> bool;

/// What encoders leave as it is: what RFC 3986 reserves for no use, letters and digits, nothing.
const KEPT: [(IsKept, Cut); 4] = [
    (
        |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte),
        TEXT,
    ),
    (
        |byte| byte.is_ascii_alphanumeric() || b"-.~".contains(&byte),
        TEXT,
    ),
    (|byte| byte.is_ascii_alphanumeric(), TEXT),
    (|_| false, TRIPLE),
];

/// What encoders write before two hexadecimal digits.
const PREFIXES: [(&[u8], Form); 4] = [
    (b"%", Form::Percent),
    (b"=", Form::QuotedPrintable),
    (b"\\u00", Form::Escaped),
    (b"\\x", Form::Escaped),
];

fn escaped(prefix: &[u8], byte: u8, case: Case, is_kept: IsKept) -> Written {
    if is_kept(byte) {
        written(&[byte])
    } else {
        hex(prefix, byte, case)
    }
}

fn hex(prefix: &[u8], byte: u8, case: Case) -> Written {
    let digits = match case {
        Case::Lower => b"0123456789abcdef",
        Case::Upper => b"0123456789ABCDEF",
    };
    let (mut array, len) = written(prefix);
    array[len] = digits[usize::from(byte >> 4)];
    array[len + 1] = digits[usize::from(byte & 15)];
    (array, len + 2)
}

fn json(byte: u8, is_slash_escaped: bool) -> Written {
    match byte {
        b'"' => written(b"\\\""),
        b'\\' => written(b"\\\\"),
        b'/' if is_slash_escaped => written(b"\\/"),
        _ => written(&[byte]),
    }
}

fn written(bytes: &[u8]) -> Written {
    let mut array = [0; WIDEST];
    array[..bytes.len()].copy_from_slice(bytes);
    (array, bytes.len())
}
