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
    if let (TokenKind::FineGrained, Some(version)) = (&facts.kind, &facts.enterprise)
        && is_before_fine_grained(version)
    {
        return Complaint::new(
            RuleName::TokenRefused,
            format!(
                "GitHub refuses the token: GitHub Enterprise Server {version} has no fine-grained tokens, which came with 3.10"
            ),
            "use a classic token of that server, or a GitHub App",
        );
    }
    let or_else = match facts.kind {
        TokenKind::Legacy => {
            " (40 hexadecimal digits may also be a commit, or the secret of an OAuth app)"
        }
        TokenKind::Classic
        | TokenKind::FineGrained
        | TokenKind::Installation
        | TokenKind::OAuth
        | TokenKind::UserToServer => "",
    };
    Complaint::new(
        RuleName::TokenRefused,
        format!(
            "GitHub refuses the token: it is wrong, expired, revoked, or of another GitHub, and GitHub does not tell which{or_else}"
        ),
        "make a new token in the owner's settings, and store it in the secret",
    )
}

/// Whether a version such as `3.9.12` is before 3.10. One that cannot be read is nothing to claim.
fn is_before_fine_grained(version: &str) -> bool {
    let mut numbers = version.split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < (3, 10),
        _ => false,
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
