//! The fake's own clock, which may be wrong on purpose.

use jiff::fmt::rfc2822::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};

/// The machine's clock, shifted.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    ahead: SignedDuration,
}

impl Clock {
    pub(crate) fn ahead(seconds: i64) -> Self {
        Self {
            ahead: SignedDuration::from_secs(seconds),
        }
    }

    /// Now, in whole seconds.
    pub(crate) fn now(self) -> Timestamp {
        let now = Timestamp::now().saturating_add(self.ahead);
        let now = now.expect("a duration without calendar units can be added");
        Timestamp::from_second(now.as_second()).expect("it was an instant before it was cut")
    }

    /// Now, as the header `Date` writes it.
    pub(crate) fn date(self) -> String {
        let date = DateTimePrinter::new().timestamp_to_rfc9110_string(&self.now());
        date.expect("years of four digits can be written")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ahead_or_behind_by_what_was_asked_for() {
        let right = Clock::ahead(0).now().as_second();
        assert!(Clock::ahead(3600).now().as_second() >= right + 3600);
        assert!(Clock::ahead(-3600).now().as_second() < right);
        assert!(Clock::ahead(0).date().ends_with(" GMT"));
    }
}
