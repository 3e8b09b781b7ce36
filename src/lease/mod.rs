//! A lease: a cleared token, sealed where later steps find it, for a while.

pub mod drop_box;
pub mod git_config;
mod meter;
pub mod minted;
pub mod plain;
mod sweep;

use std::fs;
use std::io;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use patgate_credential::{
    Credential, Job, Key, LeaseName, OpenError, Origin, Reach, SealError, Terms,
};
use patgate_credential::{file, seal};

use crate::policy::Clearance;
use crate::token::Token;

pub use meter::{Gap, Meter};
pub use sweep::{Swept, sweep};

use drop_box::{DropBox, DropBoxError, Entry, unfinished};

/// The user name that git sends; GitHub documents it for installation tokens and overlooks it
/// for all others.
const USER: &str = "x-access-token";

/// No job lives longer, not even on a runner of one's own.
const JOB: SignedDuration = SignedDuration::from_hours(5 * 24);

/// A sealed file is a few kilobytes, mostly its reach.
const MAX_LEASE: u64 = 256 * 1024;

/// A journal is cut off by its writers long before this.
const MAX_JOURNAL: u64 = 4 * 1024 * 1024;

/// A credential that has been written.
#[derive(Debug)]
pub struct Lease {
    /// From when on it is silent; `None` where it lies in plain text, until post.
    pub expires_at: Option<Timestamp>,
    /// What it opens.
    pub reach: Reach,
}

/// For whom a lease is made.
#[derive(Debug)]
pub struct Tenant {
    /// Which remotes.
    pub origin: Origin,
    /// Which job.
    pub job: Job,
    /// Under which name.
    pub name: LeaseName,
}

impl Lease {
    /// Seals `token` into a new file in `drop_box`, with the helper and the journal beside it.
    ///
    /// Takes the clearance, so that there is no lease without a passing verdict.
    pub fn issue(
        token: &Token,
        clearance: Clearance,
        tenant: Tenant,
        key: &Key,
        drop_box: &DropBox,
        helper: &Path,
        now: Timestamp,
    ) -> Result<Self, LeaseError> {
        let Tenant { origin, job, name } = tenant;
        if clearance.is_over(now) {
            return Err(LeaseError::NoTime);
        }
        let reach = reach(&clearance);
        let (until, _reach) = clearance.spend();
        let (issued_at, expires_at) = (seconds(now), seconds(until));
        let credential = Credential {
            username: USER.to_owned(),
            password: token.secret().clone(),
            terms: Terms {
                origin,
                reach: reach.clone(),
                issued_at: issued_at.into(),
                expires_at: expires_at.into(),
                job,
            },
        };
        let sealed = seal::seal(&credential, &name, key)?;
        if drop_box.is_noexec() {
            return Err(LeaseError::NoExec);
        }
        let helper = fs::read(helper).map_err(LeaseError::Helper)?;
        drop_box.write(file::HELPER, &helper, 0o755)?;
        drop_box.touch(file::JOURNAL, 0o600)?;
        drop_box.write(&name.file(), sealed.as_bytes(), 0o600)?;
        Ok(Self {
            expires_at: Some(expires_at),
            reach,
        })
    }
}

/// What a lease of `clearance` opens.
pub fn reach(clearance: &Clearance) -> Reach {
    clearance
        .reach()
        .map_or(Reach::Origin, |reach| Reach::Repositories {
            open: reach.open.iter().map(ToString::to_string).collect(),
            shut: reach.shut.iter().map(ToString::to_string).collect(),
        })
}

/// An instant without its fraction: the sealed form has none.
fn seconds(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).expect("an instant without its fraction")
}

/// Whether `key` is that of an earlier lease of the job: it must fit one that lies there.
pub fn is_key_of(key: &Key, drop_box: &DropBox, now: Timestamp) -> Result<bool, LeaseError> {
    Ok(!opened_by(key, drop_box, now)?.is_empty())
}

/// The leases that `key` fits, ended or not, and their terms.
fn opened_by(
    key: &Key,
    drop_box: &DropBox,
    now: Timestamp,
) -> Result<Vec<(LeaseName, Terms)>, LeaseError> {
    let mut fitting = Vec::new();
    for name in leases(&drop_box.entries()?) {
        let Ok(Some(bytes)) = drop_box.read(&name.file(), MAX_LEASE) else {
            continue;
        };
        match seal::open(&String::from_utf8_lossy(&bytes), &name, key, now.into()) {
            Ok(Credential { terms, .. }) => fitting.push((name, terms)),
            Err(OpenError::Expired(terms) | OpenError::NotYet(terms)) => {
                fitting.push((name, *terms));
            }
            Err(OpenError::Malformed | OpenError::WrongKey) => {}
        }
    }
    Ok(fitting)
}

fn leases(entries: &[Entry]) -> Vec<LeaseName> {
    let files = entries.iter().filter(|entry| !entry.is_folder);
    files
        .filter_map(|entry| LeaseName::of_file(&entry.name))
        .collect()
}

/// The file name of a step's JSON report.
pub fn report_file(name: &LeaseName) -> String {
    format!("{name}.json")
}

/// What ending a lease brought to light.
#[derive(Debug, Default)]
pub struct Ended {
    /// How git used it, as the journal tells.
    pub meter: Meter,
    /// How many files were removed.
    pub removed: usize,
    /// Whether there was a lease among them, and not only what a denied step leaves.
    pub leased: bool,
    /// Whether there was one in plain text.
    pub plain: bool,
    /// Whether other leases of the job live on.
    pub others: bool,
    /// Files in the directory that are not patgate's.
    pub foreign: Vec<String>,
}

/// Ends the leases of the step `name`, and whatever a killed main phase left of it. Without a name (act loses
/// the state between phases) all leases of the directory end.
///
/// Another lease of the job is one that `key` opens, or that is too new to tell. What is gone
/// already is success, and what cannot be read or removed does not keep the rest: it fails if
/// anything of ours is there in the end.
pub fn end(
    drop_box: &DropBox,
    name: Option<&LeaseName>,
    key: Option<&Key>,
    now: Timestamp,
) -> Result<Ended, LeaseError> {
    let before = drop_box.entries()?;
    let here = leases(&before);
    // For the meter; what does not open tells nothing.
    let opened = match key {
        Some(key) => opened_by(key, drop_box, now)?,
        None => Vec::new(),
    };
    let of_another = |lease: &LeaseName| name.is_some_and(|name| lease.step() != name.step());
    let mut others = here.iter().filter(|lease| of_another(lease));
    let mut ended = Ended {
        leased: here.iter().any(|lease| !of_another(lease)),
        plain: before
            .iter()
            .filter_map(|entry| plain::of_file(&entry.name))
            .any(|lease| !of_another(&lease)),
        others: others.any(|lease| may_serve(lease, key, drop_box, now))
            || before
                .iter()
                .filter_map(|entry| of_unsealed(&entry.name))
                .any(|kept| of_another(&kept)),
        ..Ended::default()
    };
    let journal = drop_box.read(file::JOURNAL, MAX_JOURNAL).ok().flatten();
    let terms: Vec<_> = opened
        .into_iter()
        .filter(|(lease, _)| !of_another(lease))
        .collect();
    ended.meter = Meter::read(journal.as_deref(), &terms, name, ended.others);
    let ours = |entry: &Entry| match is_ours(entry) {
        true if ended.others => !is_shared(entry) && !is_anothers(entry, name),
        ours => ours,
    };
    let mut doomed: Vec<_> = before.iter().filter(|entry| ours(entry)).collect();
    // What could be used goes first, and before all what needs no key.
    doomed.sort_by_key(|entry| {
        let file = &entry.name;
        let is_plain = plain::of_file(file).is_some() || is_unfinished(file);
        let is_sealed = LeaseName::of_file(file).or(minted::of_file(file)).is_some();
        (!is_plain, !is_sealed)
    });
    let removed = doomed
        .iter()
        .filter(|entry| drop_box.remove(&entry.name).is_ok());
    ended.removed = removed.count();
    let after = drop_box.entries()?;
    if let Some(left) = after.iter().find(|entry| ours(entry)) {
        return Err(LeaseError::Left(left.name.clone()));
    }
    let foreign = after.into_iter().filter(|entry| !is_ours(entry));
    ended.foreign = foreign.map(|entry| entry.name).collect();
    if !ended.others {
        drop_box.remove_directory()?;
    }
    Ok(ended)
}

/// Whether the lease of another step may be of use to somebody.
fn may_serve(lease: &LeaseName, key: Option<&Key>, drop_box: &DropBox, now: Timestamp) -> bool {
    let Some(key) = key else { return true };
    let bytes = match drop_box.read(&lease.file(), MAX_LEASE) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return false,
        // Its own post will see.
        Err(_) => return true,
    };
    match seal::open(&String::from_utf8_lossy(&bytes), lease, key, now.into()) {
        Ok(_) | Err(OpenError::Expired(_) | OpenError::NotYet(_)) => true,
        Err(OpenError::WrongKey) => sweep::is_new(&lease.file(), drop_box, now),
        Err(OpenError::Malformed) => false,
    }
}

fn is_ours(entry: &Entry) -> bool {
    let file = &entry.name;
    !entry.is_folder && (is_shared(entry) || is_unfinished(file) || owner(file).is_some())
}

/// Whether it is a file of ours that a killed run left unfinished.
fn is_unfinished(name: &str) -> bool {
    unfinished(name).is_some_and(|whole| {
        [file::HELPER, file::JOURNAL].contains(&whole) || owner(whole).is_some()
    })
}

/// What all leases of a job have in common.
fn is_shared(entry: &Entry) -> bool {
    entry.name == file::HELPER || entry.name == file::JOURNAL
}

fn is_anothers(entry: &Entry, name: Option<&LeaseName>) -> bool {
    let step = name.map(LeaseName::step);
    owner(&entry.name).is_some_and(|owner| Some(owner.step()) != step)
}

/// The step of a file that no key of the job's opens.
fn of_unsealed(file: &str) -> Option<LeaseName> {
    minted::of_file(file).or_else(|| plain::of_file(file))
}

/// The lease that a file belongs to.
fn owner(file: &str) -> Option<LeaseName> {
    LeaseName::of_file(file)
        .or_else(|| of_unsealed(file))
        .or_else(|| LeaseName::parse(file.strip_suffix(".json")?))
}

/// Why a lease was not made, or not ended.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// The directory does not serve.
    #[error(transparent)]
    DropBox(#[from] DropBoxError),
    /// git's configuration by environment is broken already.
    #[error(transparent)]
    Git(#[from] git_config::GitConfigError),
    /// The helper is not where the image has it.
    #[error("cannot read the helper beside this program: {0}")]
    Helper(io::Error),
    /// Something of ours could not be removed.
    #[error("`{0}` cannot be removed, or is made again")]
    Left(String),
    /// Another netrc is named already.
    #[error("`NETRC` is set already, and tools read one netrc")]
    OtherNetrc,
    /// Several tokens, and a form that cannot tell them apart.
    #[error(
        "this step has several tokens, and a store cannot tell them apart where one of them is for a pattern or the whole host"
    )]
    OneHost,
    /// Several tokens for a form that has room for one.
    #[error("a netrc has one entry for a host, and this step has several tokens")]
    OneMachine,
    /// git could not start the helper.
    #[error(
        "git could not run its helper: the runner's temporary directory is on a file system that is mounted with `noexec`"
    )]
    NoExec,
    /// The token ends too soon.
    #[error("the token ends before a lease could begin")]
    NoTime,
    /// The credential could not be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl LeaseError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::DropBox(error) => error.help(),
            Self::Git(error) => error.help(),
            Self::Helper(_) => "use the image as it is built; it has both programs side by side",
            Self::Left(_) => "end the process of the job that makes it, and remove it by hand",
            Self::OtherNetrc => {
                "take it out of the workflow's `env`, or give `lease: netrc` to one step of the job alone, and `lease: git` to the others"
            }
            Self::OneHost => {
                "name each gate's repositories in the policy, or give each gate a step of its own"
            }
            Self::OneMachine => "give `lease: git` or `store`, or one token alone",
            Self::NoExec => {
                "mount it without `noexec`, move the runner's work directory to another file system, or give `lease: store`, which needs no helper, if the policy allows it"
            }
            Self::NoTime => "make a new token in the owner's settings, and store it in the secret",
            Self::Seal(_) => "run the step again",
        }
    }
}
