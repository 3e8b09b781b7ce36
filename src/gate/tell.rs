//! Who hears what: annotations and outputs to the runner, the summary and the report to people.

use std::collections::BTreeMap;
use std::io::Write;
use std::ptr;

use jiff::Timestamp;
use patgate_credential::Reach;
use patgate_credential::journal::Outcome;
use patgate_credential::reach::repository_of;

use crate::input::{Input, Mode, Runner};
use crate::lease::drop_box;
use crate::lease::plain::Form;
use crate::lease::{self, Ended, Gap, Lease, LeaseError, Meter, report_file};
use crate::policy::{Clearance, Level, Problem};
use crate::report::{Judged, Leased, Report, Unusable, UseCount, Uses};
use crate::runner::command::{self, CommandFile};
use crate::token::Token;

use super::round::{self, Case, Round};
use super::{Error, Explanation, Hall};

/// What there is to tell, once it is decided what is leased.
pub(super) struct Told<'a> {
    tokens: Vec<Judged<'a>>,
    unusable: Vec<Unusable<'a>>,
    spare: usize,
    policy: Option<&'a str>,
    audit: bool,
    origin: String,
    form: &'static str,
    now: Timestamp,
    /// With the gate of each.
    leases: Vec<(&'a str, Lease)>,
}

impl<'a> Told<'a> {
    pub(super) fn of(
        rounds: &'a [Round],
        input: &Input,
        policy: Option<&'a str>,
        now: Timestamp,
    ) -> Self {
        let cases = rounds.iter().flat_map(|round| {
            let passed = round.chosen().filter(|case| case.passes());
            let one = move |case: &'a Case| (round, passed, case);
            round.cases.iter().map(one)
        });
        let tokens = cases.map(|(round, passed, case)| Judged {
            gate: &round.gate,
            line: case.line,
            facts: &case.asked.facts,
            verdict: case.word,
            findings: case.findings.clone(),
            surplus: case.surplus.clone(),
            is_made: case.asked.minted.is_some(),
            is_passed_over: passed.is_some_and(|passed| !ptr::eq(passed, case)),
        });
        let unusable = rounds.iter().flat_map(|round| {
            let of = |one: &round::Unusable| Unusable {
                gate: &round.gate,
                line: one.line,
                message: match &one.why {
                    // That it is unusable is said by its place.
                    Error::Token(error) => error.to_string(),
                    why => why.to_string(),
                },
                help: one.why.help(),
            };
            round.unusable.iter().map(of)
        });
        Self {
            tokens: tokens.collect(),
            unusable: unusable.collect(),
            spare: rounds.iter().map(|round| round.spare).sum(),
            policy,
            audit: input.mode == Mode::Audit,
            origin: input.origin.to_string(),
            form: input.lease.word(),
            now,
            leases: Vec::new(),
        }
    }

    /// Takes what was leased, if anything was.
    pub(super) fn lease(&mut self, gates: Vec<&'a str>, leases: Vec<Lease>) {
        self.leases = gates.into_iter().zip(leases).collect();
    }

    pub(super) fn is_leased(&self) -> bool {
        !self.leases.is_empty()
    }

    pub(super) fn report(&self) -> Report<'_> {
        let leases = self
            .leases
            .iter()
            .map(|(gate, Lease { expires_at, reach })| {
                let (open, shut): (&[_], &[_]) = match reach {
                    Reach::Origin => (&[], &[]),
                    Reach::Repositories { open, shut } => (open, shut),
                };
                Leased {
                    gate,
                    origin: &self.origin,
                    open,
                    shut,
                    form: self.form,
                    expires_at: *expires_at,
                }
            });
        Report {
            tokens: &self.tokens,
            unusable: &self.unusable,
            spare: self.spare,
            policy: self.policy,
            audit: self.audit,
            leases: leases.collect(),
            now: self.now,
        }
    }
}

/// Tells the main phase's outcome. Annotations first: they are what a person must see.
pub(super) fn tell<W: Write>(told: &Told<'_>, hall: &Hall<'_>, out: &mut W) -> Result<(), Error> {
    let report = told.report();
    for line in report.log() {
        tracing::info!("{line}");
    }
    for annotation in report.annotations() {
        // What an audit tolerates must not look like the reason of a failure.
        let word = match annotation.level {
            Level::Deny if !told.audit => "error",
            Level::Warn if annotation.is_waived => "notice",
            Level::Deny | Level::Warn => "warning",
        };
        let (title, message) = (&annotation.title, &annotation.message);
        command::annotate(word, title, annotation.place.as_ref(), message, &mut *out)?;
    }
    let file = report_file(hall.name);
    hall.drop_box
        .write(&file, report.json().as_bytes(), 0o644)
        .map_err(LeaseError::DropBox)?;
    let mut outputs = report.outputs();
    if let Some(path) = hall.shared.host(&format!("{}/{file}", drop_box::NAME)) {
        outputs.push(("report".to_owned(), path.to_string()));
    }
    if let Some(path) = &hall.runner.output_file {
        CommandFile::find(path)
            .append(&outputs)
            .map_err(|source| Error::CommandFile {
                name: "GITHUB_OUTPUT",
                source,
            })?;
    }
    summarize(hall.runner, &report.summary());
    Ok(())
}

/// Warns where two gates open the same by the same name: git gets the token of the first.
pub(super) fn ties<W: Write>(
    gates: &[&str],
    cleared: &[(&Token, Clearance)],
    out: &mut W,
) -> Result<(), Error> {
    let opened: Vec<_> = cleared
        .iter()
        .map(|(_, clearance)| match lease::reach(clearance) {
            Reach::Origin => vec!["all of the host".to_owned()],
            Reach::Repositories { open, .. } => open,
        })
        .collect();
    for (at, (gate, open)) in gates.iter().zip(&opened).enumerate() {
        let earlier = gates.iter().zip(&opened).take(at);
        // The accounts of an app have one gate, and never the same owner.
        for (first, before) in earlier.filter(|(first, _)| *first != gate) {
            let is_same = |name: &&String| before.iter().any(|one| one.eq_ignore_ascii_case(name));
            if let Some(name) = open.iter().find(is_same) {
                let message = format!(
                    "the gates `{first}` and `{gate}` both open `{name}`, for which git gets the token of `{first}`; name in each gate what the other does not"
                );
                command::annotate("warning", "patgate", None, &message, &mut *out)?;
            }
        }
    }
    Ok(())
}

/// Warns of a lease in plain text, whatever the policy allows.
pub(super) fn plain<W: Write>(form: Form, hall: &Hall<'_>, out: &mut W) -> Result<(), Error> {
    let keeps = match form {
        Form::Netrc => "neither a reach nor an end is kept by it",
        Form::Store => "no end is kept by it",
    };
    let message = format!(
        "the token lies in plain text in `{}` until the post step: whoever reads the file has it, and {keeps}; use \
         `lease: git` wherever a tool runs git",
        form.file(hall.name)
    );
    Ok(command::annotate(
        "warning", "patgate", None, &message, out,
    )?)
}

/// Tells what is doubtful in a policy that can be used.
pub(super) fn doubts<W: Write>(warnings: &[Problem], out: &mut W) -> Result<(), Error> {
    for warning in warnings {
        let Explanation {
            message,
            place,
            excerpt,
        } = Explanation::of(warning, "");
        for line in excerpt.iter().flat_map(|excerpt| excerpt.lines()) {
            tracing::info!("{line}");
        }
        command::annotate("warning", "patgate", place.as_ref(), &message, &mut *out)?;
    }
    Ok(())
}

/// Tells the post phase's outcome.
pub(super) fn end<W: Write>(ended: &Ended, runner: &Runner, out: &mut W) -> Result<(), Error> {
    let Ended {
        meter,
        removed,
        leased,
        plain,
        others,
        foreign,
    } = ended;
    let files = if *removed == 1 {
        "1 file"
    } else {
        &format!("{removed} files")
    };
    if *leased || *plain {
        tracing::info!("the lease has ended: {files} removed, and verified to be gone");
    } else {
        tracing::info!("there was no lease to end: {files} removed, and verified to be gone");
    }
    if *others {
        tracing::info!("other leases of this job live on until their own post steps");
    }
    for file in foreign {
        let message = format!("a file that patgate did not make stays in its directory: {file}");
        command::annotate("warning", "patgate", None, &message, &mut *out)?;
    }
    if *plain {
        tracing::info!("nobody counts the uses of a lease in plain text");
    }
    let uses = counted(meter);
    if !leased && uses.is_empty() {
        return Ok(());
    }
    uses.log().iter().for_each(|line| tracing::info!("{line}"));
    tracing::info!("uses as JSON: {}", uses.json());
    summarize(runner, &uses.summary());
    Ok(())
}

fn counted(meter: &Meter) -> Uses {
    let Meter {
        uses: found,
        unused,
        unreadable,
        contradicted,
        gap,
    } = meter;
    let mut uses = Uses {
        counts: BTreeMap::new(),
        unused: unused.clone(),
        unreadable: *unreadable,
        contradicted: *contradicted,
        gap: gap.map(|gap| match gap {
            Gap::Full => "the journal is full, and there may have been more uses",
            Gap::Gone => "the journal is gone, so that nobody knows how the lease was used",
        }),
    };
    for found in found {
        let what = match &found.path {
            // git and git-lfs name a repository in several ways.
            Some(path) => {
                let repository = repository_of(path);
                format!("{}/{}", found.host, repository.as_ref().unwrap_or(path))
            }
            None => found.host.clone(),
        };
        let (outcome, word) = match found.outcome {
            Outcome::Answered => ("answered", "answered"),
            Outcome::Expired => ("refused, since the lease had expired", "expired"),
            Outcome::OutOfReach => ("not answered, out of reach", "out-of-reach"),
            Outcome::Unopened => ("refused, since the lease did not open", "unopened"),
        };
        let count = UseCount {
            what,
            outcome,
            word,
        };
        *uses.counts.entry(count).or_default() += 1;
    }
    uses
}

/// Writes to the job summary. It is the last of all, and nothing depends on it.
pub(super) fn summarize(runner: &Runner, page: &str) {
    let Some(path) = &runner.summary_file else {
        return;
    };
    if let Err(error) = CommandFile::find(path).append_text(page) {
        tracing::warn!("cannot write the job summary: {error}");
    }
}
