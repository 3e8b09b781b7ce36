//! The form of a case: that of a test of a policy, with the policy in it. What a case does not say
//! of its token is the same for all.

use jiff::Timestamp;
use patgate::facts::TokenFacts;
use patgate::trial::{Expected, Facts, Inputs, Now, RunForm, Trial};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) policy: Option<String>,
    gate: Option<String>,
    #[serde(default)]
    inputs: Inputs,
    facts: Facts,
    run: Option<RunForm>,
    now: Option<Now>,
    pub(super) expect: Expected,
}

impl Case {
    /// The test, and the policy that it is of.
    pub(super) fn split(self) -> (Option<String>, Trial) {
        let Self {
            policy,
            gate,
            inputs,
            facts,
            run,
            now,
            expect,
        } = self;
        let trial = Trial {
            name: String::new(),
            gate,
            inputs,
            facts: usual(facts),
            run,
            now,
            expect,
        };
        (policy, trial)
    }
}

/// A token of `acme-bot` that never expires and has no scope, where a case does not say otherwise.
pub(super) fn usual(facts: Facts) -> Facts {
    let told = |text: &str| serde_yaml::from_str(text).ok();
    Facts {
        owner: facts.owner.or_else(|| told("acme-bot")),
        expiry: facts.expiry.or_else(|| serde_yaml::from_str("never").ok()),
        scopes: facts.scopes.or_else(|| serde_yaml::from_str("[]").ok()),
        ..facts
    }
}

/// The facts of a token of an example.
pub(super) fn built(facts: Facts, now: Timestamp) -> TokenFacts {
    usual(facts).build(now).unwrap()
}

pub(super) fn instant(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("`{text}` is no instant: {error}"))
}
