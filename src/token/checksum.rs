//! Checksums inside tokens. Only the prefixes are documented, so that a mismatch is a doubt.

use sha2::{Digest as _, Sha256};

use super::{Doubt, TokenKind};

/// `ghp_` and its like: the prefix, 30 characters, and a checksum of 6.
const BODY: usize = 30;
const CHECK: usize = 6;

/// `github_pat_`, 22 characters, `_`, 59 characters.
const FINE_GRAINED: [usize; 2] = [22, 59];

/// Digits, upper case, lower case. Most base-62 crates have the cases the other way round.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// What looks wrong about `token`, whose kind is known.
pub(super) fn doubts(token: &str, kind: TokenKind) -> Vec<Doubt> {
    let body = &token[kind.prefix().len()..];
    let doubt = match kind {
        TokenKind::Classic | TokenKind::OAuth => match crc32_fits(body) {
            None => Some(Doubt::Shape),
            Some(false) => Some(Doubt::Checksum),
            Some(true) => None,
        },
        // Their long forms are opaque; of the short ones nobody published a real `ghs_`.
        TokenKind::UserToServer => (crc32_fits(body) == Some(false)).then_some(Doubt::Checksum),
        TokenKind::Installation | TokenKind::Legacy => None,
        TokenKind::FineGrained => match sha256_fits(token, body) {
            None => Some(Doubt::Shape),
            Some(false) => Some(Doubt::Checksum),
            Some(true) => None,
        },
    };
    doubt.into_iter().collect()
}

/// Whether the last six characters are the CRC-32 of the others in base 62; `None` if the text
/// has another shape.
fn crc32_fits(body: &str) -> Option<bool> {
    let alphanumeric = body.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (body.len() == BODY + CHECK && alphanumeric).then(|| {
        let (body, check) = body.split_at(BODY);
        checksum(body.as_bytes()) == check.as_bytes()
    })
}

/// The CRC-32 (IEEE 802.3) of `body`, padded with zeros to six digits.
fn checksum(body: &[u8]) -> [u8; CHECK] {
    let mut rest = crc32fast::hash(body);
    let mut digits = [b'0'; CHECK];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

/// Whether eight characters near the end are the beginning of the SHA-256 of what stands before
/// them, in base 32. Seen in one published token and in a public scanner's rule, no more.
fn sha256_fits(token: &str, body: &str) -> Option<bool> {
    let parts: Vec<_> = body.split('_').collect();
    let shaped = parts.len() == 2
        && parts.iter().zip(FINE_GRAINED).all(|(part, len)| {
            part.len() == len && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
    shaped.then(|| {
        let (hashed, rest) = token.split_at(token.len() - 16);
        base32(&Sha256::digest(hashed.as_bytes())) == rest.as_bytes()[..8]
    })
}

/// The first 40 bits of `hash` in base 32.
fn base32(hash: &[u8]) -> [u8; 8] {
    let bits = hash[..5]
        .iter()
        .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
    std::array::from_fn(|at| {
        let digit = (bits >> (35 - 5 * at)) & 31;
        BASE32[usize::try_from(digit).expect("five bits fit")]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_published_vectors_fits() {
        for (body, check) in [
            ("A".repeat(30), "0uCPlr"),
            ("0".repeat(30), "2C8GjS"),
            ("abcdefghijklmnopqrstuvwxyz0123".to_owned(), "2LolCm"),
            ("PATGATEtestVECTOR0123456789abc".to_owned(), "1ETiws"),
            ("patgateVector0007zzzzzzzzzzzzz".to_owned(), "0bctXe"),
            ("patgateVector00620zzzzzzzzzzzz".to_owned(), "00kKki"),
            ("x".repeat(70), "2Z8dj7"),
        ] {
            assert_eq!(checksum(body.as_bytes()), check.as_bytes(), "{body}");
        }
    }

    #[test]
    fn a_mistyped_classic_token_is_doubted() {
        let token = |body: &str| ["ghp", body].join("_");
        let good = token(&format!("{}0uCPlr", "A".repeat(30)));
        assert_eq!(doubts(&good, TokenKind::Classic), []);
        let typo = token(&format!("B{}0uCPlr", "A".repeat(29)));
        assert_eq!(doubts(&typo, TokenKind::Classic), [Doubt::Checksum]);
        let long = format!("{good}x");
        assert_eq!(doubts(&long, TokenKind::Classic), [Doubt::Shape]);
    }

    #[test]
    fn a_mistyped_fine_grained_token_is_doubted() {
        let front = ["github_pat", &"A".repeat(22), &"B".repeat(43)].join("_");
        let check = String::from_utf8(base32(&Sha256::digest(front.as_bytes())).to_vec()).unwrap();
        let good = format!("{front}{check}{}", "C".repeat(8));
        assert_eq!(doubts(&good, TokenKind::FineGrained), []);
        let typo = good.replacen('B', "b", 1);
        assert_eq!(doubts(&typo, TokenKind::FineGrained), [Doubt::Checksum]);
    }

    #[test]
    fn base32_is_that_of_rfc_4648() {
        assert_eq!(&base32(b"fooba"), b"MZXW6YTB");
    }

    #[test]
    fn the_opaque_kinds_are_never_doubted() {
        let long = ["ghs", "15368", "eyJ.eyJ.sig"].join("_");
        assert_eq!(doubts(&long, TokenKind::Installation), []);
        assert_eq!(doubts(&"0a".repeat(20), TokenKind::Legacy), []);
    }
}
