//! Rules that are set aside until a day.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rule::{Complaint, RuleName};
use super::{Finding, Location};

/// A rule that is set aside until a day, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Waiver {
    /// The rule.
    pub rule: RuleName,
    /// The last day on which it is set aside, in UTC.
    pub until: Date,
    /// Why.
    pub reason: String,
    pub(super) at: Location,
}

impl Waiver {
    /// Whether the rule is set aside at `moment`: to the end of the last day, in UTC.
    pub fn holds(&self, moment: Timestamp) -> bool {
        moment.to_zoned(TimeZone::UTC).date() <= self.until
    }

    /// What there is to say of the waiver itself, after it met the `findings`.
    pub(super) fn complaint(&self, findings: &[Finding], moment: Timestamp) -> Option<Complaint> {
        let Self {
            rule,
            until,
            reason,
            at,
        } = self;
        let complaint = if !self.holds(moment) {
            Complaint::new(
                RuleName::WaiverExpired,
                format!("the waiver of `{rule}` ended with {until}: {reason}"),
                "take it out of the policy, or renew it with a new reason",
            )
        } else if findings
            .iter()
            .any(|finding| finding.waiver.as_ref() == Some(self))
        {
            return None;
        } else {
            Complaint::new(
                RuleName::WaiverUnused,
                format!("the waiver of `{rule}` sets nothing aside: no such complaint is raised"),
                "take it out of the policy",
            )
        };
        Some(complaint.at(at))
    }
}

/// As the second half of a sentence on what is waived.
impl fmt::Display for Waiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waived until {}: {}", self.until, self.reason)
    }
}
