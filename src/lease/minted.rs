//! A token that was made for this step alone, kept until post takes it back.
//!
//! It is sealed as a lease is, with a key that only post gets: whatever happens to the main
//! phase, post can end the token, and nobody else can read it.

use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use patgate_credential::{Credential, Job, Key, LeaseName, OpenError, Origin, Reach, Terms, seal};
use secrecy::SecretString;

use crate::token::Token;

use super::drop_box::DropBox;
use super::{JOB, LeaseError, MAX_LEASE, seconds};

/// What the file name of such a token ends in.
const SUFFIX: &str = ".minted";

/// A token that is to be taken back.
#[derive(Debug)]
pub struct Minted {
    /// The token.
    pub token: SecretString,
    /// The API that made it, and takes it back.
    pub api_url: String,
    /// Whether it was made within the last seconds, so that not every server may know it.
    pub is_new: bool,
}

/// So long it is new; clocks and phases take a while.
const NEW: SignedDuration = SignedDuration::from_secs(10);

fn is_new(made: SystemTime, now: Timestamp) -> bool {
    Timestamp::try_from(made).is_ok_and(|made| now.duration_since(made) < NEW)
}

/// Reads the file name of such a token.
pub(super) fn of_file(file: &str) -> Option<LeaseName> {
    LeaseName::parse(file.strip_suffix(SUFFIX)?)
}

fn file(name: &LeaseName) -> String {
    format!("{name}{SUFFIX}")
}

/// Keeps `token` under `name`, for post.
pub fn keep(
    token: &Token,
    (api_url, origin): (&str, &Origin),
    (name, key): (&LeaseName, &Key),
    drop_box: &DropBox,
    now: Timestamp,
    job: &Job,
) -> Result<(), LeaseError> {
    let credential = Credential {
        // Whom to give it back to: there is no user here.
        username: api_url.to_owned(),
        password: token.secret().clone(),
        terms: Terms {
            origin: origin.clone(),
            reach: Reach::Origin,
            issued_at: seconds(now).into(),
            // GitHub ends the token long before.
            expires_at: seconds(now.saturating_add(JOB).unwrap_or(now)).into(),
            job: job.clone(),
        },
    };
    let sealed = seal::seal(&credential, name, key)?;
    drop_box.write(&file(name), sealed.as_bytes(), 0o600)?;
    Ok(())
}

/// Forgets a token that has been taken back.
pub fn forget(name: &LeaseName, drop_box: &DropBox) -> Result<(), LeaseError> {
    Ok(drop_box.remove(&file(name))?)
}

/// The tokens of the step `name` that are to be taken back, and how many there are that no key
/// opens. One that has ended by itself is in neither.
pub fn kept(
    name: Option<&LeaseName>,
    key: Option<&Key>,
    drop_box: &DropBox,
    now: Timestamp,
) -> Result<(Vec<Minted>, usize), LeaseError> {
    let (mut found, mut shut) = (Vec::new(), 0);
    for entry in drop_box.entries()? {
        let Some(part) = of_file(&entry.name).filter(|_| !entry.is_folder) else {
            continue;
        };
        if name.is_some_and(|name| part.step() != name.step()) {
            continue;
        }
        let Some(bytes) = drop_box.read(&entry.name, MAX_LEASE)? else {
            continue;
        };
        let text = String::from_utf8_lossy(&bytes);
        let opened = key.map(|key| seal::open(&text, &part, key, now.into()));
        match opened {
            Some(Ok(Credential {
                username: api_url,
                password: token,
                terms,
            })) => found.push(Minted {
                token,
                api_url,
                is_new: is_new(terms.issued_at, now),
            }),
            Some(Err(OpenError::Expired(_))) => {}
            Some(Err(OpenError::NotYet(_) | OpenError::Malformed | OpenError::WrongKey)) | None => {
                shut += 1;
            }
        }
    }
    Ok((found, shut))
}
