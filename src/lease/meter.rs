//! How a lease was used, as far as the journal can be believed: any step of the job may write to it.

use std::time::{Duration, SystemTime};

use patgate_credential::journal::{MAX_LEN, Outcome, Use};
use patgate_credential::{LeaseName, Reach, Terms};

/// What the journal tells of the leases of one step.
#[derive(Debug, Default)]
pub struct Meter {
    /// The lines for them, and those for no lease if they were the last.
    pub uses: Vec<Use>,
    /// What they opened and nobody asked for; empty where that is not known.
    pub unused: Vec<String>,
    /// How many lines no helper wrote.
    pub unreadable: usize,
    /// How many lines tell what no helper does, such as an answer beyond the reach.
    pub contradicted: usize,
    /// Why there may have been more uses, if so.
    pub gap: Option<Gap>,
}

/// Why a journal does not tell all.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Gap {
    /// It took no more lines.
    Full,
    /// A step removed it.
    Gone,
}

/// A request and its line are not of one instant, and a clock may be set in between.
const SKEW: Duration = Duration::from_mins(5);

impl Meter {
    /// Reads the journal for the leases of the step `name`, with their terms as far as they opened.
    /// `None` for the journal is one that is not there, `others` whether leases of other steps are.
    pub(super) fn read(
        journal: Option<&[u8]>,
        leases: &[(LeaseName, Terms)],
        name: Option<&LeaseName>,
        others: bool,
    ) -> Self {
        let mut meter = Self {
            gap: match journal {
                None if !leases.is_empty() => Some(Gap::Gone),
                Some(journal) if journal.len() as u64 > MAX_LEN => Some(Gap::Full),
                Some(_) | None => None,
            },
            ..Self::default()
        };
        for line in String::from_utf8_lossy(journal.unwrap_or_default()).lines() {
            match Use::parse(line) {
                Some(found) if found.lease.is_none() && others => {}
                Some(found)
                    if let (Some(lease), Some(name)) = (&found.lease, name)
                        && lease.step() != name.step() => {}
                Some(found) if is_contradicted(&found, leases) => meter.contradicted += 1,
                Some(found) => meter.uses.push(found),
                None => meter.unreadable += 1,
            }
        }
        if meter.gap.is_none() {
            meter.unused = meter.unused(leases);
        }
        meter
    }

    /// The repositories and patterns of the leases that git never got a token for.
    fn unused(&self, leases: &[(LeaseName, Terms)]) -> Vec<String> {
        let of_lease = |(name, terms): &(LeaseName, Terms)| -> Vec<String> {
            let Reach::Repositories { open, .. } = &terms.reach else {
                return Vec::new();
            };
            let answered = |found: &&Use| {
                found.outcome == Outcome::Answered && found.lease.as_ref() == Some(name)
            };
            let is_unused = |pattern: &&String| {
                let alone = Reach::Repositories {
                    open: vec![(*pattern).clone()],
                    shut: Vec::new(),
                };
                let mut answered = self.uses.iter().filter(answered);
                !answered.any(|found| alone.covers(found.path.as_deref()).is_some())
            };
            open.iter().filter(is_unused).cloned().collect()
        };
        leases.iter().flat_map(of_lease).collect()
    }
}

/// Whether a line tells what no helper would have done with the lease that it names.
fn is_contradicted(found: &Use, leases: &[(LeaseName, Terms)]) -> bool {
    let Some((_, terms)) = leases
        .iter()
        .find(|(name, _)| found.lease.as_ref() == Some(name))
    else {
        return false;
    };
    let protocol = terms.origin.to_string();
    let protocol = protocol.split(':').next().unwrap_or_default();
    let is_covered = terms.origin.covers(protocol, &found.host)
        && terms.reach.covers(found.path.as_deref()).is_some();
    let later = |instant: SystemTime| instant.checked_add(SKEW).unwrap_or(instant);
    let is_early = later(found.at) < terms.issued_at;
    match found.outcome {
        Outcome::Answered => !is_covered || is_early || found.at > later(terms.expires_at),
        Outcome::Expired => !is_covered || later(found.at) < terms.expires_at,
        // The helper names the lease that answers or would have.
        Outcome::OutOfReach => true,
        Outcome::Unopened => false,
    }
}
