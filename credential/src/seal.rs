//! The sealed form of a [`Credential`]: authenticated, so a changed byte opens nothing.
//!
//! ```text
//! patgate-lease-v1
//! <base64(nonce ‖ ciphertext ‖ tag)>
//! ```
//!
//! Sealed are the terms and the token, a line each; authenticated with them are the version and
//! the lease's name, so that neither an older format nor another file passes for this one.

use std::fmt;
use std::time::{Duration, SystemTime};

use base64::{Engine as _, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

use crate::{Credential, Job, LeaseName, Origin, Reach, Terms, from_unix_seconds, unix_seconds};

const VERSION: &str = "patgate-lease-v1";

/// How far a clock may go back below the instant of sealing before a lease is refused.
const MAX_BACKWARDS: Duration = Duration::from_mins(5);

/// The key that opens a job's sealed credentials. It never lies on a disk.
#[derive(Debug)]
pub struct Key(SecretBox<[u8; 32]>);

impl Key {
    /// A fresh random key.
    pub fn generate() -> Result<Self, SealError> {
        let mut result = Ok(());
        let key = SecretBox::init_with_mut(|bytes: &mut [u8; 32]| result = fill(bytes));
        result.map(|()| Self(key))
    }

    /// Reads a key from the form that [`Key::to_text`] gives.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?);
        (bytes.len() == 32).then(|| {
            Self(SecretBox::init_with_mut(|key: &mut [u8; 32]| {
                key.copy_from_slice(&bytes);
            }))
        })
    }

    /// The key as base64url, for the environment of later steps.
    pub fn to_text(&self) -> SecretString {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.expose_secret()).into()
    }

    fn cipher(&self) -> LessSafeKey {
        let key = UnboundKey::new(&CHACHA20_POLY1305, self.0.expose_secret());
        LessSafeKey::new(key.expect("a 32-byte key fits the cipher"))
    }
}

/// Fills `bytes` from the system's randomness.
pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), SealError> {
    SystemRandom::new()
        .fill(bytes)
        .map_err(|_| SealError::NoRandomness)
}

/// Seals `credential` under `key` as the lease `name`.
///
/// Whoever calls keeps line ends out of the user name and the token: a token is parsed, and
/// that is the only way to one.
pub fn seal(credential: &Credential, name: &LeaseName, key: &Key) -> Result<String, SealError> {
    let mut nonce = [0; NONCE_LEN];
    fill(&mut nonce)?;
    let mut body = Zeroizing::new(plain(credential).into_bytes());
    key.cipher()
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated(name)),
            &mut *body,
        )
        .map_err(|_| SealError::TooLong)?;
    let sealed = BASE64_STANDARD.encode([nonce.as_slice(), &body].concat());
    Ok(format!("{VERSION}\n{sealed}\n"))
}

/// Opens what [`seal`] made. An expired, renamed or altered lease opens nothing.
pub fn open(
    text: &str,
    name: &LeaseName,
    key: &Key,
    now: SystemTime,
) -> Result<Credential, OpenError> {
    let sealed = text
        .strip_prefix(VERSION)
        .and_then(|rest| rest.strip_prefix('\n')?.strip_suffix('\n'))
        .ok_or(OpenError::Malformed)?;
    let mut bytes = Zeroizing::new(
        BASE64_STANDARD
            .decode(sealed)
            .map_err(|_| OpenError::Malformed)?,
    );
    let (nonce, body) = bytes
        .split_at_mut_checked(NONCE_LEN)
        .ok_or(OpenError::Malformed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| OpenError::Malformed)?;
    let plain = key
        .cipher()
        .open_in_place(nonce, Aad::from(associated(name)), body)
        .map_err(|_| OpenError::WrongKey)?;
    let text = str::from_utf8(plain).map_err(|_| OpenError::Malformed)?;
    let credential = parse(text).ok_or(OpenError::Malformed)?;
    let terms = &credential.terms;
    if now >= terms.expires_at {
        Err(OpenError::Expired(Box::new(credential.terms)))
    } else if now + MAX_BACKWARDS < terms.issued_at {
        Err(OpenError::NotYet(Box::new(credential.terms)))
    } else {
        Ok(credential)
    }
}

fn associated(name: &LeaseName) -> String {
    format!("{VERSION} {name}")
}

fn plain(credential: &Credential) -> String {
    let Credential {
        username,
        password,
        terms,
    } = credential;
    let Terms {
        origin,
        reach,
        issued_at,
        expires_at,
        job,
    } = terms;
    let Job {
        repository,
        run_id,
        run_attempt,
        job,
    } = job;
    format!(
        "{origin}\n{reach}\n{} {}\n{repository} {run_id} {run_attempt} {job}\n{username}\n{}",
        unix_seconds(*issued_at),
        unix_seconds(*expires_at),
        password.expose_secret(),
    )
}

fn parse(plain: &str) -> Option<Credential> {
    let lines: Vec<_> = plain.split('\n').collect();
    let &[origin, reach, times, job, username, password] = lines.as_slice() else {
        return None;
    };
    let (issued_at, expires_at) = times.split_once(' ')?;
    let words: Vec<_> = job.split(' ').collect();
    let &[repository, run_id, run_attempt, job] = words.as_slice() else {
        return None;
    };
    Some(Credential {
        username: username.to_owned(),
        password: password.into(),
        terms: Terms {
            origin: Origin::parse(origin).ok()?,
            reach: Reach::parse(reach)?,
            issued_at: from_unix_seconds(issued_at)?,
            expires_at: from_unix_seconds(expires_at)?,
            job: Job {
                repository: repository.to_owned(),
                run_id: run_id.to_owned(),
                run_attempt: run_attempt.to_owned(),
                job: job.to_owned(),
            },
        },
    })
}

/// Why a credential could not be sealed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SealError {
    /// The operating system gave no random bytes.
    NoRandomness,
    /// The credential is longer than the cipher allows.
    TooLong,
}

impl std::error::Error for SealError {}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRandomness => "the operating system gave no random bytes",
            Self::TooLong => "the credential is too long to seal",
        })
    }
}

/// Why a sealed credential could not be opened. No variant carries a secret.
#[derive(Debug, Eq, PartialEq)]
pub enum OpenError {
    /// The lease has ended.
    Expired(Box<Terms>),
    /// The text is not a sealed credential.
    Malformed,
    /// The clock stands well before the instant of sealing.
    NotYet(Box<Terms>),
    /// The key does not fit, or the file was altered or renamed.
    WrongKey,
}

impl std::error::Error for OpenError {}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired(_) => "the lease has expired",
            Self::Malformed => "the file is not a lease",
            Self::NotYet(_) => "the clock went back to before the lease was made",
            Self::WrongKey => "the lease was sealed with another key, or altered",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_sealed_opens_again(
            token in "[!-~]{1,600}",
            reach in proptest::option::of((
                proptest::collection::vec("[a-z]{1,9}/[A-Z.*]{1,9}x", 1..5),
                proptest::collection::vec("[a-z]{1,9}/[A-Z.*]{1,9}x", 0..5),
            )),
            life in 1u64..1 << 32,
        ) {
            let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
            let reach = reach.map_or(Reach::Origin, |(open, shut)| Reach::Repositories { open, shut });
            let credential = credential(&token, reach, life);
            let opened = open(&seal(&credential, &name, &key).unwrap(), &name, &key, UNIX_EPOCH).unwrap();
            prop_assert_eq!(opened.password.expose_secret(), token);
            prop_assert_eq!(opened.username, credential.username);
            prop_assert_eq!(opened.terms, credential.terms);
        }

        #[test]
        fn one_changed_byte_opens_nothing(at in any::<proptest::sample::Index>(), to: u8) {
            let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
            let mut bytes = seal(&credential("x", Reach::Origin, 60), &name, &key).unwrap().into_bytes();
            let at = at.index(bytes.len());
            prop_assume!(bytes[at] != to);
            bytes[at] = to;
            let text = String::from_utf8_lossy(&bytes);
            prop_assert!(open(&text, &name, &key, UNIX_EPOCH).is_err());
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
            prop_assert!(open(&text, &name, &key, UNIX_EPOCH).is_err());
            let text = format!("{VERSION}\n{text}\n");
            prop_assert!(open(&text, &name, &key, UNIX_EPOCH).is_err());
        }
    }

    #[test]
    fn a_lease_opens_to_its_last_second_and_no_longer() {
        let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
        let text = seal(&credential("x", Reach::Origin, 60), &name, &key).unwrap();
        let at = |seconds| {
            open(
                &text,
                &name,
                &key,
                UNIX_EPOCH + Duration::from_secs(seconds),
            )
        };
        assert!(at(59).is_ok());
        assert!(matches!(at(60), Err(OpenError::Expired(_))));
    }

    #[test]
    fn a_lease_does_not_open_under_another_name_or_key() {
        let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
        let text = seal(&credential("x", Reach::Origin, 60), &name, &key).unwrap();
        let other = LeaseName::generate().unwrap();
        assert_eq!(
            open(&text, &other, &key, UNIX_EPOCH).unwrap_err(),
            OpenError::WrongKey
        );
        let other = Key::generate().unwrap();
        assert_eq!(
            open(&text, &name, &other, UNIX_EPOCH).unwrap_err(),
            OpenError::WrongKey
        );
    }

    #[test]
    fn a_lease_does_not_open_long_before_it_was_made() {
        let (name, key) = (LeaseName::generate().unwrap(), Key::generate().unwrap());
        let mut credential = credential("x", Reach::Origin, 2000);
        credential.terms.issued_at = UNIX_EPOCH + Duration::from_secs(1000);
        let text = seal(&credential, &name, &key).unwrap();
        let at = |seconds| {
            open(
                &text,
                &name,
                &key,
                UNIX_EPOCH + Duration::from_secs(seconds),
            )
        };
        assert!(matches!(at(699), Err(OpenError::NotYet(_))));
        assert!(at(700).is_ok());
    }

    #[test]
    fn no_debug_form_shows_the_token_or_the_key() {
        let key = Key::generate().unwrap();
        let shown = format!("{:?} {key:?}", credential("hunter2", Reach::Origin, 60));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(!shown.contains(key.to_text().expose_secret()), "{shown}");
        assert_eq!(shown.matches("REDACTED").count(), 2, "{shown}");
    }

    fn credential(token: &str, reach: Reach, life: u64) -> Credential {
        Credential {
            username: "x-access-token".to_owned(),
            password: token.into(),
            terms: Terms {
                origin: Origin::parse("https://github.com").unwrap(),
                reach,
                issued_at: UNIX_EPOCH,
                expires_at: UNIX_EPOCH + Duration::from_secs(life),
                job: Job::read(|_| None),
            },
        }
    }
}
