//! What judging yields.

use jiff::Timestamp;

use crate::facts::Reach;

use super::rule::RuleName;
use super::{Location, Waiver};

/// The outcome of judging one token.
#[derive(Debug)]
pub enum Verdict {
    /// The token may be leased; the findings, if any, are warnings.
    Allow {
        /// The right to one lease.
        clearance: Clearance,
        /// What was noted all the same.
        findings: Vec<Finding>,
    },
    /// The token would be denied, and an audit leases it all the same.
    Audit {
        /// The right to one lease.
        clearance: Clearance,
        /// Why it would be denied: at least one finding that denies.
        findings: Vec<Finding>,
    },
    /// The token may not be leased.
    Deny {
        /// Why: at least one finding that denies.
        findings: Vec<Finding>,
    },
}

impl Verdict {
    pub(super) fn new(mut findings: Vec<Finding>, clearance: Clearance, audit: bool) -> Self {
        // The gravest first, and else in the order of the rules.
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.level));
        let denies = findings.iter().any(|finding| finding.level == Level::Deny);
        match (denies, audit) {
            (false, _) => Self::Allow {
                clearance,
                findings,
            },
            (true, false) => Self::Deny { findings },
            (true, true) => Self::Audit {
                clearance,
                findings,
            },
        }
    }

    /// What was found, whichever way it went.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Allow { findings, .. }
            | Self::Audit { findings, .. }
            | Self::Deny { findings } => findings,
        }
    }

    /// The verdict in a word, the output's: an audit tells what enforcing would have done.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allow",
            Self::Audit { .. } | Self::Deny { .. } => "deny",
        }
    }

    /// Trades the verdict for the right to a lease, if it gives one.
    pub fn into_clearance(self) -> Option<Clearance> {
        match self {
            Self::Allow { clearance, .. } | Self::Audit { clearance, .. } => Some(clearance),
            Self::Deny { .. } => None,
        }
    }
}

/// The right to lease the judged token, until a deadline and within a reach. Only judging makes
/// one, and issuing a lease uses it up.
///
/// ```compile_fail,E0451
/// let forged = patgate::policy::Clearance { until: jiff::Timestamp::now(), reach: None };
/// ```
#[derive(Debug)]
pub struct Clearance {
    until: Timestamp,
    reach: Option<Reach>,
}

impl Clearance {
    pub(super) fn new(until: Timestamp, reach: Option<Reach>) -> Self {
        Self { until, reach }
    }

    /// The repositories that a lease may open; `None` is the whole origin.
    pub fn reach(&self) -> Option<&Reach> {
        self.reach.as_ref()
    }

    /// Whether a lease would have ended before it began.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.until.as_second() <= now.as_second()
    }

    /// Trades the right for the last instant a lease may live to, and the repositories it may
    /// open; `None` is the whole origin.
    pub fn spend(self) -> (Timestamp, Option<Reach>) {
        (self.until, self.reach)
    }
}

/// One rule's complaint.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The rule's name in the policy file.
    pub rule: RuleName,
    /// How grave it is.
    pub level: Level,
    /// What is wrong. It may hold names that somebody else chose.
    pub message: String,
    /// What to do about it. It may hold names that the policy chose.
    pub help: String,
    /// What in the policy demands otherwise, if anything written does.
    pub at: Option<Location>,
    /// The waiver that sets the rule aside; its level is then no more than a warning.
    pub waiver: Option<Waiver>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Worth a line in the log.
    Warn,
    /// No lease.
    Deny,
}

impl Level {
    /// The level as policies write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}
