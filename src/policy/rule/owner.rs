//! Whose token may pass.

use crate::facts::{Fact, Glob, TokenFacts};

use super::{Complaint, RuleName};

#[derive(Clone, Debug)]
pub(crate) struct Owners(pub(crate) Vec<Glob>);

impl Owners {
    pub(super) fn check(&self, facts: &TokenFacts) -> Option<Complaint> {
        let Self(allowed) = self;
        let words: Vec<_> = allowed.iter().map(|glob| format!("`{glob}`")).collect();
        let words = words.join(", ");
        match &facts.owner {
            Fact::Known(login) if allowed.iter().any(|glob| glob.fits(login)) => None,
            Fact::Known(login) => Some(Complaint::new(
                RuleName::OwnerNotAllowed,
                format!("the token belongs to `{login}`, and the policy allows {words}"),
                format!("make the token as one of these: {words}"),
            )),
            Fact::Unknown(why) => Some(Complaint::new(
                RuleName::OwnerUnknown,
                format!("it is not known whose token it is: {why}"),
                "allow it with `levels: { owner/unknown: warn }`, or use a token of another kind",
            )),
        }
    }
}
