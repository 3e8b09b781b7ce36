//! When the token ends.

use jiff::{SignedDuration, Timestamp};

use crate::facts::{Expiry, TokenFacts};

use super::super::lifetime::say;
use super::super::{Lifetime, Location, Placed};
use super::{Complaint, RuleName};

/// The bounds of a policy, all from the present on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bounds {
    /// A token that never expires is denied, if this is `true`.
    pub(crate) required: Option<Placed<bool>>,
    /// It must live this much longer.
    pub(crate) at_least: Option<Placed<Lifetime>>,
    /// It must not live longer than this.
    pub(crate) at_most: Option<Placed<Lifetime>>,
    /// Below this, people should think of its successor.
    pub(crate) warn_below: Option<Placed<Lifetime>>,
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
    pub(crate) fn check(&self, facts: &TokenFacts, moment: Timestamp) -> Vec<Complaint> {
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
                .demanded()
                .map(|at| unknown(format!("it is not known when the token expires: {why}"), at))
                .into_iter()
                .collect(),
            Expiry::Within(end) => self
                .within(*end, end.duration_since(moment))
                .into_iter()
                .collect(),
        }
    }

    /// The first that demands something.
    pub(crate) fn demanded(&self) -> Option<&Location> {
        let spans = [&self.at_least, &self.at_most, &self.warn_below];
        let spans = spans.into_iter().flatten().map(|span| &span.at);
        self.required().into_iter().chain(spans).next()
    }

    /// What demands that there is an end at all.
    pub(crate) fn required(&self) -> Option<&Location> {
        let required = self.required.as_ref().filter(|required| required.value);
        required.map(|required| &required.at)
    }

    fn too_soon(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let least = self
            .at_least
            .as_ref()
            .filter(|least| left < least.value.duration())?;
        let complaint = Complaint::new(
            RuleName::ExpiryTooSoon,
            format!(
                "the token expires at {end}, in {}, and must live at least `{}` longer",
                say(left),
                least.value
            ),
            RENEW,
        );
        Some(complaint.at(&least.at))
    }

    fn too_late(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let most = self
            .at_most
            .as_ref()
            .filter(|most| left > most.value.duration())?;
        let complaint = Complaint::new(
            RuleName::ExpiryTooLate,
            format!(
                "the token expires at {end}, in {}, and may live at most `{}` longer",
                say(left),
                most.value
            ),
            format!("make a token that expires within `{}`", most.value),
        );
        Some(complaint.at(&most.at))
    }

    fn soon(&self, facts: &TokenFacts, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let below = self.warn_below.as_ref()?;
        // Nobody renews by hand what lives for hours.
        (left < below.value.duration() && !facts.kind.is_short_lived()).then(|| {
            Complaint::new(
                RuleName::ExpirySoon,
                format!(
                    "the token expires at {end}, in {}, which is less than `{}`",
                    say(left),
                    below.value
                ),
                format!("{RENEW}, before the release that finds it expired"),
            )
            .at(&below.at)
        })
    }

    fn never(&self) -> Option<Complaint> {
        let complain = |rule, wanted: String, at: &Location| {
            Complaint::new(
                rule,
                format!("the token never expires, and {wanted}"),
                "make a token with an expiry date",
            )
            .at(at)
        };
        let required = self.required().map(|at| {
            let wanted = "an expiry is required".to_owned();
            complain(RuleName::ExpiryRequired, wanted, at)
        });
        let too_late = self.at_most.as_ref().map(|most| {
            let wanted = format!("may live at most `{}` longer", most.value);
            complain(RuleName::ExpiryTooLate, wanted, &most.at)
        });
        Complaint::graver(required, too_late)
    }

    /// The end is not known, but for the instant that it is thought to lie before. A thought denies
    /// nothing by itself: what it leaves open is unknown.
    fn within(&self, end: Timestamp, left: SignedDuration) -> Option<Complaint> {
        let may_be_late = self
            .at_most
            .as_ref()
            .filter(|most| left > most.value.duration());
        let at = self.at_least.as_ref().or(may_be_late)?;
        Some(unknown(
            format!("it is not known when the token expires, only that it does before {end}"),
            &at.at,
        ))
    }
}

fn unknown(message: String, at: &Location) -> Complaint {
    Complaint::new(
        RuleName::ExpiryUnknown,
        message,
        "allow it with `levels: { expiry/unknown: warn }`, or use a token whose expiry GitHub tells",
    )
    .at(at)
}
