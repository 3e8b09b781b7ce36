//! The calls of git-lfs.

use hyper::Method;

/// A call of git-lfs's API, below a repository.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LfsCall {
    /// `owner/name` as asked for; there may be no such repository.
    pub(crate) repository: String,
    pub(crate) step: LfsStep,
}

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LfsStep {
    /// Where objects are to be had, or to be put.
    Batch,
    /// The object of this name.
    Download(String),
    /// The object of this name is brought.
    Upload(String),
    /// Whether an object has arrived.
    Verify,
    /// Which files are locked.
    Locks,
    /// Which files are locked by others, before a push.
    VerifyLocks,
}

impl LfsCall {
    pub(super) fn of(method: &Method, segments: &[&str]) -> Option<Self> {
        let [owner, name, "info", "lfs", rest @ ..] = segments else {
            return None;
        };
        let step = match (method, rest) {
            (&Method::POST, ["objects", "batch"]) => LfsStep::Batch,
            (&Method::POST, ["objects", "verify"]) => LfsStep::Verify,
            (&Method::GET, ["objects", oid]) => LfsStep::Download(name_of(oid)?),
            (&Method::PUT, ["objects", oid]) => LfsStep::Upload(name_of(oid)?),
            (&Method::GET, ["locks"]) => LfsStep::Locks,
            (&Method::POST, ["locks", "verify"]) => LfsStep::VerifyLocks,
            _ => return None,
        };
        let name = name.strip_suffix(".git").unwrap_or(name);
        Some(Self {
            repository: format!("{owner}/{name}"),
            step,
        })
    }

    /// The same call of the repository 'name', as a path.
    pub(crate) fn path_for(&self, name: &str) -> String {
        let rest = match &self.step {
            LfsStep::Batch => "objects/batch",
            LfsStep::Verify => "objects/verify",
            LfsStep::Download(oid) | LfsStep::Upload(oid) => &format!("objects/{oid}"),
            LfsStep::Locks => "locks",
            LfsStep::VerifyLocks => "locks/verify",
        };
        format!("/{name}.git/info/lfs/{rest}")
    }
}

/// An object's name: a SHA-256 in hexadecimal.
fn name_of(segment: &str) -> Option<String> {
    let is_name = segment.len() == 64 && segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_name.then(|| segment.to_owned())
}
