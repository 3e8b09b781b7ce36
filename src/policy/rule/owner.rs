//! Whose token may pass.

use crate::facts::{Fact, Glob, TokenFacts};

use super::super::{Location, Placed};
use super::{Complaint, RuleName};

#[derive(Clone, Debug)]
pub(crate) struct Owners {
    pub(crate) allowed: Vec<Placed<Glob>>,
    pub(crate) at: Location,
}

impl Owners {
    pub(crate) fn check(&self, facts: &TokenFacts) -> Option<Complaint> {
        let complaint = match &facts.owner {
            Fact::Known(login) => {
                if self.allowed.iter().any(|glob| glob.value.fits(login)) {
                    return None;
                }
                let words = words(&self.allowed);
                Complaint::new(
                    RuleName::OwnerNotAllowed,
                    format!("the token belongs to `{login}`, and the policy allows {words}"),
                    format!("make the token as one of these: {words}"),
                )
            }
            Fact::Unknown(why) => Complaint::new(
                RuleName::OwnerUnknown,
                format!("it is not known whose token it is: {why}"),
                "allow it with `levels: { owner/unknown: warn }`, or use a token of another kind",
            ),
        };
        Some(complaint.at(&self.at))
    }
}

/// Patterns for people.
pub(super) fn words(globs: &[Placed<Glob>]) -> String {
    let words: Vec<_> = globs
        .iter()
        .map(|glob| format!("`{}`", glob.value))
        .collect();
    words.join(", ")
}
