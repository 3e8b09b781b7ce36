//! Which sorts of token may pass.

use crate::facts::{TokenFacts, TokenKind};

use super::super::{Location, Placed};
use super::{Complaint, RuleName};

#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    pub(crate) allowed: Vec<Placed<TokenKind>>,
    pub(crate) at: Location,
}

impl Kinds {
    pub(crate) fn check(&self, facts: &TokenFacts) -> Option<Complaint> {
        if self.allowed.iter().any(|kind| kind.value == facts.kind) {
            return None;
        }
        let words: Vec<_> = self
            .allowed
            .iter()
            .map(|kind| format!("`{}`", kind.value.word()))
            .collect();
        let words = words.join(", ");
        let complaint = Complaint::new(
            RuleName::KindNotAllowed,
            format!(
                "the token is {} (`{}`), and the policy allows {words}",
                facts.kind.with_article(),
                facts.kind.word()
            ),
            format!("make a token of one of these kinds: {words}"),
        );
        Some(complaint.at(&self.at))
    }
}
