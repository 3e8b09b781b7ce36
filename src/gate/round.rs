//! Judging: for each gate the first token that passes.

use std::io::Write;

use jiff::Timestamp;

use crate::facts::{RunFacts, Standing};
use crate::policy::{Clearance, Finding, Policy, Run, Surplus};
use crate::token::Token;

use super::asking::{Asked, Cabinet, Desk};
use super::holder::{Candidate, Holder};
use super::{Error, World};

/// One gate, and what was in question for it.
pub(super) struct Round {
    pub(super) gate: String,
    /// The tokens that were judged, in order.
    pub(super) cases: Vec<Case>,
    /// The lines of the input `tokens` that could not be judged.
    pub(super) unusable: Vec<Unusable>,
    /// How many more there were that nobody had to be asked about.
    pub(super) spare: usize,
    /// Which of the cases is to be leased.
    pub(super) chosen: Option<usize>,
}

/// A line of the input `tokens` that holds no token, or one that GitHub has no answer for now.
pub(super) struct Unusable {
    pub(super) line: usize,
    pub(super) why: Error,
}

/// A token that has been judged.
pub(super) struct Case {
    /// Its line of the input `tokens`.
    pub(super) line: Option<usize>,
    pub(super) asked: Asked,
    /// `allow` or `deny`, whatever an audit makes of it.
    pub(super) word: &'static str,
    pub(super) findings: Vec<Finding>,
    pub(super) surplus: Option<Surplus>,
    clearance: Option<Clearance>,
}

impl Round {
    /// The token that is to be leased, if one passed.
    pub(super) fn chosen(&self) -> Option<&Case> {
        self.cases.get(self.chosen?)
    }

    /// Takes the right to its lease out of it.
    pub(super) fn take_clearance(&mut self) -> Option<Clearance> {
        self.cases.get_mut(self.chosen?)?.clearance.take()
    }

    /// A round of one token.
    pub(super) fn of_one(gate: &str, case: Case) -> Self {
        Self {
            gate: gate.to_owned(),
            chosen: case.clearance.is_some().then_some(0),
            cases: vec![case],
            unusable: Vec::new(),
            spare: 0,
        }
    }
}

impl Case {
    pub(super) fn judge(asked: Asked, policy: &Policy, run: &Run<'_>, now: Timestamp) -> Self {
        let verdict = policy.judge(&asked.facts, run, now);
        Self {
            line: None,
            word: verdict.word(),
            findings: verdict.findings().to_vec(),
            surplus: policy.surplus(&asked.facts),
            clearance: verdict.into_clearance(),
            asked,
        }
    }

    pub(super) fn passes(&self) -> bool {
        self.word == "allow"
    }
}

/// By what a round is judged.
pub(super) struct Bench<'a> {
    /// Each gate's policy.
    pub(super) policies: Vec<(String, Policy)>,
    pub(super) audit: bool,
    pub(super) facts: &'a RunFacts,
}

impl Bench<'_> {
    fn run(&self) -> Run<'_> {
        Run {
            audit: self.audit,
            facts: Some(self.facts),
        }
    }

    /// Asks about the token of each gate, or about each that the app gets, and judges.
    pub(super) async fn judge<W: Write>(
        &self,
        holder: Holder,
        desk: &Desk<'_>,
        cabinet: &Cabinet<'_>,
        world: &mut World<'_, W>,
    ) -> Result<Vec<Round>, Error> {
        let mut candidates = match holder {
            Holder::App(app) => {
                let mut rounds = Vec::new();
                for (gate, policy) in &self.policies {
                    let made = desk.through(&app, policy.clone(), cabinet, world).await?;
                    for (policy, asked) in made {
                        let case = Case::judge(asked, &policy, &self.run(), (world.clock)());
                        rounds.push(Round::of_one(gate, case));
                    }
                }
                return Ok(rounds);
            }
            Holder::Tokens(candidates) => candidates,
        };
        let mut rounds = Vec::new();
        for (gate, policy) in &self.policies {
            let (of_gate, others) = candidates
                .into_iter()
                .partition(|candidate| candidate.gate(&desk.input.gate) == gate);
            candidates = others;
            rounds.push(self.first(gate, policy, of_gate, desk, world).await?);
        }
        Ok(rounds)
    }

    /// Asks about one candidate after the other, until one passes. A secret that need not travel
    /// does not.
    async fn first<W: Write>(
        &self,
        gate: &str,
        policy: &Policy,
        candidates: Vec<Candidate>,
        desk: &Desk<'_>,
        world: &mut World<'_, W>,
    ) -> Result<Round, Error> {
        let mut round = Round {
            gate: gate.to_owned(),
            cases: Vec::new(),
            unusable: Vec::new(),
            spare: 0,
            chosen: None,
        };
        for Candidate { line, token } in candidates {
            if round.chosen.is_some() {
                round.spare += 1;
                continue;
            }
            let line = line.map(|(line, _)| line);
            let token: Token = match (token, line) {
                (Ok(token), _) => token,
                (Err(error), Some(line)) => {
                    let why = error.into();
                    round.unusable.push(Unusable { line, why });
                    continue;
                }
                (Err(error), None) => return Err(error.into()),
            };
            let asked = match (desk.about(token, policy, world.clock).await, line) {
                (Ok(asked), _) => asked,
                // Another account has requests left.
                (Err(why), Some(line)) if why.is_of_the_account() => {
                    round.unusable.push(Unusable { line, why });
                    continue;
                }
                (Err(error), _) => return Err(error),
            };
            let case = Case::judge(asked, policy, &self.run(), (world.clock)());
            if case.passes() {
                round.chosen = Some(round.cases.len());
            }
            round.cases.push(Case { line, ..case });
        }
        if round.cases.is_empty() {
            // GitHub had no answer for any. Lines that hold no token are no reason for that.
            let mut whys = round.unusable.into_iter().map(|one| one.why);
            let why = whys.find(Error::is_of_the_account);
            return Err(why.expect("one line for each gate holds a token"));
        }
        if self.audit && round.chosen.is_none() {
            // The first that could be of use at all.
            let works = |case: &Case| matches!(case.asked.facts.standing, Standing::Accepted);
            let first = round.cases.iter().position(works);
            round.chosen = first.or((!round.cases.is_empty()).then_some(0));
        }
        Ok(round)
    }
}
