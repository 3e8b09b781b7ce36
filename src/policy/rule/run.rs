//! In which runs a lease may be issued.

use crate::facts::{Fact, Glob, RunFacts, Why};

use super::super::document::{Forks, Machine};
use super::super::{Location, Placed};
use super::owner::words;
use super::{Complaint, RuleName};

/// What a policy wants of a run. What is left out may be anything.
#[derive(Clone, Debug, Default)]
pub(crate) struct RunRules {
    pub(crate) events: Option<Listed<String>>,
    pub(crate) refs: Option<Listed<Glob>>,
    pub(crate) actors: Option<Listed<Glob>>,
    pub(crate) workflows: Option<Listed<Glob>>,
    pub(crate) runners: Option<Listed<Machine>>,
    pub(crate) forks: Option<Placed<Forks>>,
}

/// Those that may be, and where the policy lists them.
#[derive(Clone, Debug)]
pub(crate) struct Listed<T> {
    pub(crate) allowed: Vec<Placed<T>>,
    pub(crate) at: Location,
}

impl RunRules {
    pub(crate) fn check(&self, run: &RunFacts) -> Vec<Complaint> {
        let complaints = [
            self.event(run),
            self.reference(run),
            self.actor(run),
            self.workflow(run),
            self.runner(run),
            self.fork(run),
        ];
        complaints.into_iter().flatten().collect()
    }

    /// The first that demands something.
    pub(crate) fn demanded(&self) -> Option<&Location> {
        let lists = [
            self.events.as_ref().map(|list| &list.at),
            self.refs.as_ref().map(|list| &list.at),
            self.actors.as_ref().map(|list| &list.at),
            self.workflows.as_ref().map(|list| &list.at),
            self.runners.as_ref().map(|list| &list.at),
            self.denies_forks(),
        ];
        lists.into_iter().flatten().next()
    }

    /// What denies forks.
    pub(crate) fn denies_forks(&self) -> Option<&Location> {
        let forks = self.forks.as_ref()?;
        match forks.value {
            Forks::Allow => None,
            Forks::Deny => Some(&forks.at),
        }
    }

    fn event(&self, run: &RunFacts) -> Option<Complaint> {
        let list = self.events.as_ref()?;
        let complaint = match &run.event {
            Fact::Known(event) => {
                if list.allowed.iter().any(|allowed| allowed.value == *event) {
                    return None;
                }
                let allowed = names(&list.allowed, String::as_str);
                Complaint::new(
                    RuleName::RunEventNotAllowed,
                    format!(
                        "the run was begun by the event `{event}`, and the policy allows {allowed}"
                    ),
                    format!("run the job on one of these events: {allowed}"),
                )
            }
            Fact::Unknown(why) => unknown("which event began the run", why),
        };
        Some(complaint.at(&list.at))
    }

    fn reference(&self, run: &RunFacts) -> Option<Complaint> {
        let list = self.refs.as_ref()?;
        let complaint = match &run.reference {
            Fact::Known(name) => {
                if list
                    .allowed
                    .iter()
                    .any(|glob| glob.value.fits_to_the_letter(name))
                {
                    return None;
                }
                let allowed = words(&list.allowed);
                Complaint::new(
                    RuleName::RunRefNotAllowed,
                    format!("the run is for `{name}`, and the policy allows {allowed}"),
                    format!("run the job on one of these refs: {allowed}"),
                )
            }
            Fact::Unknown(why) => unknown("for which ref the run is", why),
        };
        Some(complaint.at(&list.at))
    }

    /// Whoever runs a job again runs it with the secrets of now.
    fn actor(&self, run: &RunFacts) -> Option<Complaint> {
        let list = self.actors.as_ref()?;
        let complaint = match &run.actors {
            Fact::Known(actors) => {
                let may = |actor: &&String| list.allowed.iter().any(|glob| glob.value.fits(actor));
                let stranger = actors.iter().find(|actor| !may(actor))?;
                let allowed = words(&list.allowed);
                Complaint::new(
                    RuleName::RunActorNotAllowed,
                    format!("the run was begun by `{stranger}`, and the policy allows {allowed}"),
                    format!("have one of these begin the run, and run it again: {allowed}"),
                )
            }
            Fact::Unknown(why) => unknown("who began the run", why),
        };
        Some(complaint.at(&list.at))
    }

    fn workflow(&self, run: &RunFacts) -> Option<Complaint> {
        let list = self.workflows.as_ref()?;
        let complaint = match &run.workflow {
            Fact::Known(file) => {
                if list
                    .allowed
                    .iter()
                    .any(|glob| glob.value.fits_to_the_letter(file))
                {
                    return None;
                }
                let allowed = words(&list.allowed);
                Complaint::new(
                    RuleName::RunWorkflowNotAllowed,
                    format!(
                        "the run follows the workflow `{file}`, and the policy allows {allowed}"
                    ),
                    format!("lend the token in one of these workflows: {allowed}"),
                )
            }
            Fact::Unknown(why) => unknown("which workflow the run follows", why),
        };
        Some(complaint.at(&list.at))
    }

    fn runner(&self, run: &RunFacts) -> Option<Complaint> {
        let list = self.runners.as_ref()?;
        let complaint = match &run.runner {
            Fact::Known(runner) => {
                if list
                    .allowed
                    .iter()
                    .any(|allowed| allowed.value.word() == runner)
                {
                    return None;
                }
                let allowed = names(&list.allowed, |machine| machine.word());
                Complaint::new(
                    RuleName::RunRunnerNotAllowed,
                    format!("the run is on a `{runner}` runner, and the policy allows {allowed}"),
                    format!("run the job on one of these: {allowed}"),
                )
            }
            Fact::Unknown(why) => unknown("whose machine the run is on", why),
        };
        Some(complaint.at(&list.at))
    }

    fn fork(&self, run: &RunFacts) -> Option<Complaint> {
        let at = self.denies_forks()?;
        let complaint = match &run.is_fork {
            Fact::Known(false) => return None,
            Fact::Known(true) => Complaint::new(
                RuleName::RunFork,
                "the run is for a fork, and the policy denies forks",
                "lend no token to code of a fork, and run the job on an event of the repository itself, such as `push`",
            ),
            Fact::Unknown(why) => unknown("whether the run is for a fork", why),
        };
        Some(complaint.at(at))
    }
}

fn names<T>(allowed: &[Placed<T>], word: impl Fn(&T) -> &str) -> String {
    let words: Vec<_> = allowed
        .iter()
        .map(|allowed| format!("`{}`", word(&allowed.value)))
        .collect();
    words.join(", ")
}

fn unknown(what: &str, why: &Why) -> Complaint {
    Complaint::new(
        RuleName::RunUnknown,
        format!("it is not known {what}: {why}"),
        "update the runner, or allow it with `levels: { run/unknown: warn }`",
    )
}
