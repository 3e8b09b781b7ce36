//! Which sorts of token may pass.

use crate::facts::{TokenFacts, TokenKind};

use super::{Complaint, RuleName};

#[derive(Clone, Debug)]
pub(crate) struct Kinds(pub(crate) Vec<TokenKind>);

impl Kinds {
    pub(super) fn check(&self, facts: &TokenFacts) -> Option<Complaint> {
        let Self(allowed) = self;
        let words: Vec<_> = allowed
            .iter()
            .map(|kind| format!("`{}`", kind.word()))
            .collect();
        let words = words.join(", ");
        (!allowed.contains(&facts.kind)).then(|| {
            Complaint::new(
                RuleName::KindNotAllowed,
                format!(
                    "the token is {} (`{}`), and the policy allows {words}",
                    facts.kind.with_article(),
                    facts.kind.word()
                ),
                format!("make a token of one of these kinds: {words}"),
            )
        })
    }
}
