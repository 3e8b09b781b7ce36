//! Judging alone, for a person or a schedule: no lease, no runner, nothing written.

use std::slice;

use jiff::Timestamp;

use crate::input::{Input, Runner, Secrets};
use crate::inspection::patience::Patience;
use crate::policy::{Run, Verdict};
use crate::report::Report;
use crate::token::Token;

use super::tell::Told;
use super::{Error, asking, policy_file};

/// Judges the token that `lookup` has in place of the input, and hands the report to `tell`.
/// `true`: allowed.
pub async fn check<T>(
    lookup: impl Fn(&str) -> Option<String>,
    clock: fn() -> Timestamp,
    tell: impl FnOnce(Report<'_>) -> T,
) -> Result<(bool, T), Error> {
    let token = Token::parse(&Secrets::read(&lookup).token)?;
    let runner = Runner::read(&lookup);
    let input = Input::parse(&lookup)?;
    let (policy, source) = policy_file::read(&input, &runner)?;
    let span = asking::span(&input)?;
    let desk = asking::Desk {
        input: &input,
        runner: &runner,
        patience: &Patience::new(span),
    };
    let asked = desk
        .patience
        // All of asking is in it, and too much for the stack.
        .bound(Box::pin(desk.about(token, policy, clock)))
        .await
        .ok_or(Error::Deadline {
            seconds: span.as_secs(),
        })??;
    let now = clock();
    let run = Run {
        audit: false,
        facts: None,
    };
    let verdict = asked.policy.judge(&asked.facts, &run, now);
    let (asked, verdicts) = (slice::from_ref(&asked), slice::from_ref(&verdict));
    let told = Told::of(asked, verdicts, &input, source.as_deref(), now);
    let said = tell(told.report());
    Ok((matches!(verdict, Verdict::Allow { .. }), said))
}
