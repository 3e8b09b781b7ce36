//! RSA keys that exist only while the tests run: no key lies in the repository, not even a useless one.
//!
//! The numbers behind them come from a fixed seed, so that everybody could make them again. They open nothing.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use num_bigint::BigUint;

/// An RSA key pair.
pub(crate) struct RsaKey {
    p: BigUint,
    q: BigUint,
    modulus: BigUint,
    /// The private exponent.
    secret: BigUint,
}

/// The public exponent of nearly every RSA key.
const EXPONENT: u32 = 65_537;

impl RsaKey {
    /// The key of the tests' app: 2048 bits, as GitHub makes them.
    pub(crate) fn of_app() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        // Of the first few thousand seeds, those that meet two primes soonest.
        KEY.get_or_init(|| Self::generate(2048, 106))
    }

    /// The key of an app that is not there.
    pub(crate) fn of_nobody() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        KEY.get_or_init(|| Self::generate(2048, 1324))
    }

    /// A key pair of so many bits.
    pub(crate) fn generate(bits: u64, seed: u64) -> Self {
        let mut random = Random(seed);
        let (first, second) = (random.prime(bits / 2), random.prime(bits / 2));
        let (p, q) = (first.clone().max(second.clone()), first.min(second));
        let totient = (&p - 1u32) * (&q - 1u32);
        Self {
            modulus: &p * &q,
            secret: inverse(&EXPONENT.into(), &totient),
            p,
            q,
        }
    }

    /// `RSAPrivateKey` of PKCS#1, as GitHub hands out keys.
    ///
    /// <https://www.rfc-editor.org/rfc/rfc8017#appendix-A.1.2>
    pub(crate) fn pkcs1(&self) -> Vec<u8> {
        let Self {
            p,
            q,
            modulus,
            secret,
        } = self;
        let (p_less, q_less) = (p - 1u32, q - 1u32);
        sequence(&[
            integer(&BigUint::ZERO),
            integer(modulus),
            integer(&EXPONENT.into()),
            integer(secret),
            integer(p),
            integer(q),
            integer(&(secret % p_less)),
            integer(&(secret % q_less)),
            integer(&inverse(q, p)),
        ])
    }

    /// `PrivateKeyInfo` of PKCS#8, as openssl and most libraries write keys.
    pub(crate) fn pkcs8(&self) -> Vec<u8> {
        let key = tagged(OCTET_STRING, &self.pkcs1());
        sequence(&[integer(&BigUint::ZERO), algorithm(), key])
    }

    /// `RSAPublicKey` of PKCS#1.
    pub(crate) fn public(&self) -> Vec<u8> {
        sequence(&[integer(&self.modulus), integer(&EXPONENT.into())])
    }

    /// `SubjectPublicKeyInfo`, as openssl writes the public half.
    pub(crate) fn public_info(&self) -> Vec<u8> {
        let whole_bytes = [&[0][..], &self.public()].concat();
        sequence(&[algorithm(), tagged(BIT_STRING, &whole_bytes)])
    }
}

/// `der` as PEM.
pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let body = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = body.as_bytes().chunks(64).collect();
    let body = String::from_utf8(lines.join(&b'\n')).unwrap();
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

/// `number` to the power of -1, modulo `modulus`.
fn inverse(number: &BigUint, modulus: &BigUint) -> BigUint {
    let inverse = number.modinv(modulus);
    inverse.expect("these seeds give numbers without a common factor")
}

/// The generator `SplitMix64`: quick, and the same everywhere. Nothing that it makes is to be kept a secret.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// The first prime at or above a random number of so many bits.
    fn prime(&mut self, bits: u64) -> BigUint {
        let bytes: Vec<u8> = (0..bits / 64)
            .flat_map(|_| self.next().to_le_bytes())
            .collect();
        let mut candidate = BigUint::from_bytes_le(&bytes);
        // Odd, and so great that the product of two has twice the bits.
        for bit in [0, bits - 2, bits - 1] {
            candidate.set_bit(bit, true);
        }
        while !is_prime(&candidate) {
            candidate += 2u32;
        }
        candidate
    }
}

/// Whether the great odd number `candidate` is a prime, as far as small factors and Miller and Rabin tell.
fn is_prime(candidate: &BigUint) -> bool {
    let has_small_factor = (3..2000u32)
        .step_by(2)
        .any(|factor| candidate % factor == BigUint::ZERO);
    !has_small_factor && [2, 3, 5, 7].into_iter().all(|base| passes(candidate, base))
}

/// Miller's and Rabin's test of `candidate` with one base.
fn passes(candidate: &BigUint, base: u32) -> bool {
    let (one, minus_one) = (BigUint::from(1u32), candidate - 1u32);
    let twos = minus_one.trailing_zeros().unwrap();
    let mut power = BigUint::from(base).modpow(&(&minus_one >> twos), candidate);
    if power == one {
        return true;
    }
    for _ in 1..twos {
        if power == minus_one {
            return true;
        }
        power = power.modpow(&2u32.into(), candidate);
    }
    power == minus_one
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const SEQUENCE: u8 = 0x30;

/// `rsaEncryption`, 1.2.840.113549.1.1.1, and its parameter: nothing.
fn algorithm() -> Vec<u8> {
    let name = [
        0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    ];
    sequence(&[name.to_vec(), vec![0x05, 0x00]])
}

fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tagged(SEQUENCE, &parts.concat())
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes[0] & 0x80 != 0 {
        // Else it were negative.
        bytes.insert(0, 0);
    }
    tagged(INTEGER, &bytes)
}

/// One value of DER: its tag, its length, itself.
fn tagged(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match u8::try_from(value.len()) {
        Ok(short) if short < 0x80 => whole.push(short),
        _ => {
            let length = BigUint::from(value.len()).to_bytes_be();
            whole.push(0x80 | u8::try_from(length.len()).unwrap());
            whole.extend(length);
        }
    }
    whole.extend(value);
    whole
}

#[test]
fn the_cipher_library_takes_both_forms_of_a_key() {
    use ring::signature::{KeyPair as _, RsaKeyPair};

    for key in [RsaKey::of_app(), RsaKey::of_nobody()] {
        let by_pkcs1 = RsaKeyPair::from_der(&key.pkcs1()).unwrap();
        let by_pkcs8 = RsaKeyPair::from_pkcs8(&key.pkcs8()).unwrap();
        for pair in [by_pkcs1, by_pkcs8] {
            assert_eq!(pair.public_key().as_ref(), key.public());
        }
    }
}
