//! What `git-credential-patgate` does, with its world passed in.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::journal::{Outcome, Use};
use crate::protocol::{self, Request, RequestError};
use crate::reach::Closeness;
use crate::seal::{self, Key, OpenError};
use crate::{Credential, Job, LeaseName, Terms, file};

/// Answers one request from git.
///
/// Only `get` does anything: `store` and `erase` are git's to send and ours to ignore, for the
/// gate alone makes and ends a lease. A request out of every lease's reach gets silence, and
/// git asks its next helper. Where a lease should answer and cannot, git is told to quit, so
/// that it shows the error in place of a prompt that nobody can answer.
///
/// `lookup` is [`std::env::var`] in all but name. An error is for stderr; git heeds no exit
/// status.
pub fn run(
    action: &str,
    lookup: impl Fn(&str) -> Option<String>,
    now: SystemTime,
    mut stdin: impl Read,
    mut stdout: impl Write,
) -> Result<(), HelperError> {
    if action != "get" {
        // git below 2.18 dies of a helper that hangs up.
        io::copy(&mut stdin, &mut io::sink())?;
        return Ok(());
    }
    let request = Request::read(stdin)?;
    let home = lookup("PATGATE_HOME").map(PathBuf::from);
    let (lease, found) = match &home {
        Some(home) => find(home, lookup, &request, now),
        None => (None, Err(Refusal::NoHome)),
    };
    let outcome = match &found {
        Ok(Some(_)) => Outcome::Answered,
        Ok(None) => Outcome::OutOfReach,
        Err(Refusal::Open(OpenError::Expired(_))) => Outcome::Expired,
        Err(_) => Outcome::Unopened,
    };
    if let Some(home) = &home {
        // A journal that cannot be written is told in post; it must not stop git.
        let _ = Use::of(&request, lease, outcome, now).append(home);
    }
    match found {
        Ok(Some(credential)) => protocol::answer(&credential, stdout)?,
        Ok(None) => {}
        Err(refusal) => {
            protocol::quit(&mut stdout)?;
            return Err(HelperError::Refused(refusal));
        }
    }
    Ok(())
}

type Found = Result<Option<Credential>, Refusal>;

/// Looks through all leases: the live one with the closest reach answers.
fn find(
    home: &Path,
    lookup: impl Fn(&str) -> Option<String>,
    request: &Request,
    now: SystemTime,
) -> (Option<LeaseName>, Found) {
    let key = match lookup("PATGATE_KEY").map(|text| Key::parse(&text)) {
        Some(Some(key)) => key,
        Some(None) => return (None, Err(Refusal::BadKey)),
        None => return (None, Err(Refusal::NoKey)),
    };
    let names = match file::leases(home) {
        Ok(names) => names,
        Err(error) => return (None, Err(Refusal::Read(error))),
    };
    let here = Job::read(lookup);
    let mut best: Option<(Closeness, LeaseName, Credential)> = None;
    let mut refusal = None;
    for name in names {
        match open(home, &name, &key, now) {
            Ok(credential) if covers(&credential.terms, request).is_none() => {}
            Ok(credential) if credential.terms.job.is_another_than(&here) => {
                refusal = Some((name, Refusal::AnotherJob));
            }
            Ok(credential) => {
                if let Some(closeness) = covers(&credential.terms, request)
                    && best.as_ref().is_none_or(|(other, ..)| closeness > *other)
                {
                    best = Some((closeness, name, credential));
                }
            }
            // An ended lease for something else is no answer to this request.
            Err(Refusal::Open(OpenError::Expired(terms) | OpenError::NotYet(terms)))
                if covers(&terms, request).is_none() => {}
            Err(why) => refusal = Some((name, why)),
        }
    }
    match (best, refusal) {
        (Some((_, name, credential)), _) => (Some(name), Ok(Some(credential))),
        (None, Some((name, why))) => (Some(name), Err(why)),
        (None, None) => (None, Ok(None)),
    }
}

fn covers(terms: &Terms, request: &Request) -> Option<Closeness> {
    terms
        .origin
        .covers(&request.protocol, &request.host)
        .then(|| terms.reach.covers(request.path.as_deref()))
        .flatten()
}

fn open(home: &Path, name: &LeaseName, key: &Key, now: SystemTime) -> Result<Credential, Refusal> {
    let text = file::read(home, name).map_err(Refusal::Read)?;
    seal::open(&text, name, key, now).map_err(Refusal::Open)
}

/// Why the helper has no answer.
#[derive(Debug)]
pub enum HelperError {
    /// The pipe to git failed.
    Io(io::Error),
    /// There is a lease, or should be one, and it does not serve.
    Refused(Refusal),
    /// The request is not one to answer.
    Request(RequestError),
}

/// Why a lease does not serve.
#[derive(Debug)]
pub enum Refusal {
    /// The lease was made in another job.
    AnotherJob,
    /// `PATGATE_KEY` is no key.
    BadKey,
    /// `PATGATE_HOME` is not set.
    NoHome,
    /// `PATGATE_KEY` is not set.
    NoKey,
    /// The lease does not open.
    Open(OpenError),
    /// A file or the directory cannot be read.
    Read(io::Error),
}

impl std::error::Error for HelperError {}

impl fmt::Display for HelperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot answer git: {error}"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Request(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherJob => {
                f.write_str("the lease was made in another job; run patgate in this one")
            }
            Self::BadKey => f.write_str("PATGATE_KEY is not a lease's key; no step may set it"),
            Self::NoHome => {
                f.write_str("PATGATE_HOME is not set in this step; run it after patgate")
            }
            Self::NoKey => f.write_str("PATGATE_KEY is not set in this step; run it after patgate"),
            Self::Open(error @ OpenError::Expired(_)) => write!(
                f,
                "{error}; run patgate closer to this step, or give its lease a longer `ttl`"
            ),
            Self::Open(error) => error.fmt(f),
            Self::Read(error) => write!(f, "cannot read the lease: {error}"),
        }
    }
}

impl From<io::Error> for HelperError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<RequestError> for HelperError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}
