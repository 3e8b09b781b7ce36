//! What is wrong with the token itself.

use crate::facts::{Doubt, Standing, TokenFacts};

use super::{Complaint, RuleName};

/// Whether GitHub takes it. A token that it does not take has no other facts.
pub(crate) fn standing(facts: &TokenFacts) -> Option<Complaint> {
    match &facts.standing {
        Standing::Accepted => None,
        Standing::Refused => Some(Complaint::new(
            RuleName::TokenRefused,
            "GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which",
            "make a new token in the owner's settings, and store it in the secret",
        )),
        Standing::Forbidden(said) => Some(Complaint::new(
            RuleName::TokenRefused,
            format!("GitHub knows the token and forbids its use; it says: {said}"),
            "ask an owner of the organization, or make a token of the kind that its rules allow",
        )),
    }
}

pub(super) fn doubts(facts: &TokenFacts) -> Vec<Complaint> {
    let complain = |doubt: &Doubt| match doubt {
        Doubt::Blanks => Complaint::new(
            RuleName::TokenBlanks,
            "the secret has blanks or a line end around the token, which were cut off",
            "store the token alone in the secret; other tools send the line end along",
        ),
        Doubt::Checksum => Complaint::new(
            RuleName::TokenChecksum,
            "the token's checksum does not fit: it may be mistyped, or cut off and completed",
            "copy the token again if GitHub refuses it",
        ),
        Doubt::Shape => Complaint::new(
            RuleName::TokenShape,
            format!("the token does not look like {}", facts.kind.with_article()),
            "copy the token again if GitHub refuses it",
        ),
    };
    facts.doubts.iter().map(complain).collect()
}
