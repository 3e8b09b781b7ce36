//! When the token ends.

use jiff::{SignedDuration, Timestamp};

use crate::facts::{Expiry, TokenFacts};

use super::super::Lifetime;
use super::super::lifetime::say;
use super::{Complaint, RuleName};

/// The bounds of a policy, all from the present on.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    /// A token that never expires is denied.
    pub(crate) required: bool,
    /// It must live this much longer.
    pub(crate) at_least: Option<Lifetime>,
    /// It must not live longer than this.
    pub(crate) at_most: Option<Lifetime>,
    /// Below this, people should think of its successor.
    pub(crate) warn_below: Option<Lifetime>,
}

const RENEW: &str = "make a new token in the owner's settings, and store it in the secret";

/// An expired token is denied whatever the policy says.
pub(super) fn passed(facts: &TokenFacts, moment: Timestamp) -> Option<Complaint> {
    let (Expiry::At(end) | Expiry::Within(end)) = facts.expiry else {
        return None;
    };
    (end <= moment).then(|| {
        Complaint::new(
            RuleName::ExpiryPassed,
            format!(
                "the token expired at {end}, {} ago",
                say(moment.duration_since(end))
            ),
            RENEW,
        )
    })
}

impl Bounds {
    pub(super) fn baseline() -> Self {
        let span = |text| Some(Lifetime::parse(text).expect("a span that parses"));
        Self {
            required: true,
            at_least: span("10m"),
            at_most: None,
            warn_below: span("14d"),
        }
    }

    pub(super) fn check(&self, facts: &TokenFacts, moment: Timestamp) -> Vec<Complaint> {
        match &facts.expiry {
            // It has passed, and nothing else matters.
            Expiry::At(end) | Expiry::Within(end) if *end <= moment => Vec::new(),
            Expiry::At(end) => {
                let left = end.duration_since(moment);
                [
                    self.too_soon(*end, left),
                    self.too_late(*end, left),
                    self.soon(facts, *end, left),
                ]
                .into_iter()
                .flatten()
                .collect()
            }
            Expiry::Never => self.never().into_iter().collect(),
            Expiry::Unknown(why) => self
                .wants_an_end()
                .then(|| unknown(format!("it is not known when the token expires: {why}")))
                .into_iter()
                .collect(),
            Expiry::Within(end) => self
                .within(*end, end.duration_since(moment))
                .into_iter()
                .collect(),
        }
    }

    fn too_soon(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let least = self
            .at_least
            .as_ref()
            .filter(|least| left < least.duration())?;
        Some(Complaint::new(
            RuleName::ExpiryTooSoon,
            format!(
                "the token expires at {end}, in {}, and must live at least `{least}` longer",
                say(left)
            ),
            RENEW,
        ))
    }

    fn too_late(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let most = self
            .at_most
            .as_ref()
            .filter(|most| left > most.duration())?;
        Some(Complaint::new(
            RuleName::ExpiryTooLate,
            format!(
                "the token expires at {end}, in {}, and may live at most `{most}` longer",
                say(left)
            ),
            format!("make a token that expires within `{most}`"),
        ))
    }

    fn soon(&self, facts: &TokenFacts, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let below = self.warn_below.as_ref()?;
        // Nobody renews by hand what lives for hours.
        (left < below.duration() && !facts.kind.is_short_lived()).then(|| {
            Complaint::new(
                RuleName::ExpirySoon,
                format!(
                    "the token expires at {end}, in {}, which is less than `{below}`",
                    say(left)
                ),
                format!("{RENEW}, before the release that finds it expired"),
            )
        })
    }

    fn never(&self) -> Option<Complaint> {
        let complain = |rule, wanted: String| {
            Complaint::new(
                rule,
                format!("the token never expires, and {wanted}"),
                "make a token with an expiry date",
            )
        };
        let required = self
            .required
            .then(|| complain(RuleName::ExpiryRequired, "an expiry is required".to_owned()));
        let too_late = self.at_most.as_ref().map(|most| {
            complain(
                RuleName::ExpiryTooLate,
                format!("may live at most `{most}` longer"),
            )
        });
        Complaint::graver(required, too_late)
    }

    /// The end is not known, but for the instant that it is thought to lie before. A thought denies
    /// nothing by itself: what it leaves open is unknown.
    fn within(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let may_be_late = self
            .at_most
            .as_ref()
            .is_some_and(|most| left > most.duration());
        (self.at_least.is_some() || may_be_late).then(|| {
            unknown(format!(
                "it is not known when the token expires, only that it does before {end}"
            ))
        })
    }

    fn wants_an_end(&self) -> bool {
        self.required
            || self.at_least.is_some()
            || self.at_most.is_some()
            || self.warn_below.is_some()
    }
}

fn unknown(message: String) -> Complaint {
    Complaint::new(
        RuleName::ExpiryUnknown,
        message,
        "allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells",
    )
}
