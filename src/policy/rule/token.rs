//! What is wrong with the token itself.

use crate::facts::{Doubt, Standing, TokenFacts, TokenKind};

use super::{Complaint, RuleName};

/// Whether GitHub takes it. A token that it does not take has no other facts.
pub(crate) fn standing(facts: &TokenFacts) -> Option<Complaint> {
    match &facts.standing {
        Standing::Accepted => None,
        Standing::Refused => Some(refused(facts)),
        Standing::Forbidden(refusal) => Some(Complaint::new(
            RuleName::TokenRefused,
            format!("GitHub knows the token and forbids its use: {refusal}"),
            refusal.help(),
        )),
    }
}

fn refused(facts: &TokenFacts) -> Complaint {
    let since = match (&facts.kind, &facts.enterprise) {
        (TokenKind::FineGrained, Some(version)) if before(version, (3, 10)) => format!(
            "; it is GitHub Enterprise Server {version}, which has no fine-grained tokens, as 3.10 and later do"
        ),
        (TokenKind::Legacy, _) => {
            "; 40 hexadecimal digits may also be a commit, or the secret of an OAuth app".to_owned()
        }
        _ => String::new(),
    };
    Complaint::new(
        RuleName::TokenRefused,
        format!(
            "GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which{since}"
        ),
        "make a new token in the owner's settings, and store it in the secret",
    )
}

/// Whether a version such as `3.9.12` is older.
fn before(version: &str, (major, minor): (u32, u32)) -> bool {
    let mut numbers = version.split('.').map(|number| number.parse().unwrap_or(0));
    let (found_major, found_minor): (u32, u32) =
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    (found_major, found_minor) < (major, minor)
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
