//! Judging alone, for a person or a schedule: no lease, no runner, nothing written.

use jiff::Timestamp;

use crate::input::{Input, Runner, Secrets};
use crate::policy::{Problem, Run};
use crate::report::Report;
use crate::token::Token;

use super::asking::{Desk, Term};
use super::round::{Case, Round};
use super::tell::Told;
use super::{Error, policy_file, run};

/// Judges the token that `lookup` has in place of the input, and hands the report to `tell`, with
/// what is doubtful in the policy.
/// `true`: allowed.
pub async fn check<T>(
    lookup: impl Fn(&str) -> Option<String>,
    clock: fn() -> Timestamp,
    tell: impl FnOnce(Report<'_>, &[Problem]) -> T,
) -> Result<(bool, T), Error> {
    let secrets = Secrets::read(&lookup);
    let token = Token::parse(&secrets.token)?;
    let runner = Runner::read(&lookup);
    let input = Input::parse(&lookup)?;
    let term = Term::begin(&input)?;
    let gates = [input.gate.clone()];
    let found = policy_file::read(
        &gates,
        &input,
        &runner,
        &secrets.github_token,
        &term.patience,
    );
    let found = term.bound(Box::pin(found)).await?;
    let [(gate, policy)] = &found.policies[..] else {
        unreachable!("one gate was asked for");
    };
    let desk = Desk {
        input: &input,
        runner: &runner,
        patience: &term.patience,
    };
    let asked = term
        .bound(Box::pin(desk.about(token, policy, clock)))
        .await?;
    let now = clock();
    // A person at a shell has no run to judge.
    let of_run = runner.run.event.is_some().then(|| run::facts(&runner));
    let run = Run {
        audit: false,
        facts: of_run.as_ref(),
    };
    let rounds = [Round::of_one(gate, Case::judge(asked, policy, &run, now))];
    let told = Told::of(&rounds, &input, found.name.as_deref(), now);
    let said = tell(told.report(), &found.warnings);
    Ok((rounds[0].chosen().is_some(), said))
}
