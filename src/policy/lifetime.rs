//! Spans of time as policies and inputs write them: `20m`, `2h`, `90d`.

use std::fmt;

use jiff::{SignedDuration, Span, SpanRelativeTo, Unit};

/// A positive span of time, as written.
#[derive(Clone, Debug)]
pub struct Lifetime {
    duration: SignedDuration,
    text: String,
}

impl Lifetime {
    /// Reads a span such as `20m`, `1h30m` or `90d`. Months and years are of no fixed length and
    /// are refused, and so is nothing and less.
    pub fn parse(text: &str) -> Result<Self, LifetimeError> {
        let text = text.trim();
        // The parser takes more than people should have to read: `P1D`, `2 hours ago`.
        if !Self::is_in_form(text) {
            return Err(LifetimeError);
        }
        let span: Span = text.parse().map_err(|_| LifetimeError)?;
        let seconds = span
            .total((Unit::Second, SpanRelativeTo::days_are_24_hours()))
            .map_err(|_| LifetimeError)?;
        // Whole seconds, all within a hundred years.
        if !(1.0..3.2e9).contains(&seconds) {
            return Err(LifetimeError);
        }
        Ok(Self {
            duration: SignedDuration::from_secs_f64(seconds.floor()),
            text: text.to_owned(),
        })
    }

    /// The form as a regular expression; what is in it may still be too long, or out of order.
    pub(super) const PATTERN: &str = "^([0-9]{1,9}[wdhms])+$";

    /// Whether `text` is numbers with units: in [`Self::PATTERN`].
    pub(super) fn is_in_form(text: &str) -> bool {
        let mut rest = text;
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let unit = rest.as_bytes().get(digits);
            if !(1..=9).contains(&digits) || !unit.is_some_and(|unit| b"wdhms".contains(unit)) {
                return false;
            }
            rest = &rest[digits + 1..];
        }
        !text.is_empty()
    }

    /// What a lease gets where nobody says otherwise.
    pub(super) fn default_ttl() -> Self {
        Self::parse("1h").expect("a span that parses")
    }

    /// The span itself.
    pub fn duration(&self) -> SignedDuration {
        self.duration
    }
}

impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Not a span of time.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a span of time is a number and a unit, such as `20m`, `2h` or `90d`")]
pub struct LifetimeError;

/// A span as people say it: the two largest units at most.
pub(super) fn say(duration: SignedDuration) -> String {
    let seconds = duration.as_secs().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600, seconds / 60);
    let count = |n: i64, unit: &str| format!("{n} {unit}{}", if n == 1 { "" } else { "s" });
    match (days, hours, minutes) {
        (2.., ..) => count(days, "day"),
        (_, 2.., _) => count(hours, "hour"),
        (_, _, 2..) => count(minutes, "minute"),
        _ => count(seconds, "second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_number_and_a_unit() {
        for (text, seconds) in [
            ("20m", 1200),
            ("2h", 7200),
            ("1h30m", 5400),
            ("90d", 7_776_000),
            ("1w", 604_800),
            (" 30s ", 30),
        ] {
            assert_eq!(
                Lifetime::parse(text).unwrap().duration().as_secs(),
                seconds,
                "{text}"
            );
        }
        for text in [
            "",
            "5",
            "0s",
            "-3d",
            "3mo",
            "1y",
            "30m1h",
            "ten minutes",
            "1ms",
            "99999999999999d",
            "200y",
            "P1D",
            "20 minutes",
            "1.5h",
            "2h ago",
        ] {
            assert!(Lifetime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_span_is_said_in_words() {
        for (seconds, words) in [
            (-5, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(say(SignedDuration::from_secs(seconds)), words);
        }
    }
}
