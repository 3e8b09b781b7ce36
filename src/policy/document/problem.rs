//! What is wrong with a policy, shown as rustc shows it. The only file that draws excerpts.

use std::sync::Arc;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level as Mark, Renderer, Snippet};

use super::source::{Location, Placed};

/// Something that is wrong with a policy, or doubtful. It may hold the policy's own words.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// What it is.
    pub sort: Sort,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<Box<str>>,
    /// Where.
    pub at: Location,
    /// What is said of that place, in a few words.
    label: Box<str>,
    /// Other places that matter, each with a few words.
    also: Vec<(Location, String)>,
}

/// What sort of problem it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sort {
    /// Not in the language's form: the JSON Schema says so too.
    Form,
    /// In form, and cannot be meant: only patgate says so.
    Meaning,
    /// Not YAML, or YAML that could be read in two ways.
    Syntax,
    /// Doubtful: the policy can be used.
    Warning,
}

impl Problem {
    pub(super) fn new(sort: Sort, at: &Location, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            sort,
            // A key can hold a line end, written as an escape.
            message: message.chars().flat_map(shown).collect(),
            help: None,
            at: at.clone(),
            label: Box::default(),
            also: Vec::new(),
        }
    }

    #[must_use]
    pub(super) fn label(mut self, label: impl Into<String>) -> Self {
        let label: String = label.into();
        self.label = label.into();
        self
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        let help: String = help.into();
        self.help = Some(help.chars().flat_map(shown).collect::<String>().into());
        self
    }

    #[must_use]
    pub(super) fn also(mut self, at: &Location, label: impl Into<String>) -> Self {
        self.also.push((at.clone(), label.into()));
        self
    }

    /// Whether the policy can be used all the same.
    pub fn is_warning(&self) -> bool {
        self.sort == Sort::Warning
    }

    /// What to do about it, on one line, if there is anything more to say than what is wrong.
    pub fn advice(&self) -> Option<String> {
        let is_advice =
            |label: &&str| label.starts_with("did you mean") || label.starts_with("write");
        let label = Some(&*self.label).filter(is_advice);
        let parts: Vec<_> = label.into_iter().chain(self.help.as_deref()).collect();
        (!parts.is_empty()).then(|| parts.join("; ").replace("?; ", "? "))
    }

    /// What is wrong and what to do, on one line.
    pub fn line(&self) -> String {
        match self.advice() {
            Some(advice) => format!("{}; {advice}", self.message),
            None => self.message.clone(),
        }
    }

    /// The whole of it with the lines that it is about, in colour or not.
    pub fn excerpt(&self, styled: bool) -> String {
        let title = self.mark().primary_title(self.message.as_str());
        let group = Group::with_title(title).element(self.lines());
        let group = match &self.help {
            Some(help) => group.element(Mark::HELP.message(&**help)),
            None => group,
        };
        let renderer = if styled {
            Renderer::styled()
        } else {
            Renderer::plain()
        };
        let report: Vec<_> = std::iter::once(group).chain(self.elsewhere()).collect();
        renderer.render(&report)
    }

    /// The lines alone, where the message is told in another way.
    pub fn snippet(&self) -> String {
        let group = Group::with_level(self.mark()).element(self.lines());
        let report: Vec<_> = std::iter::once(group).chain(self.elsewhere()).collect();
        Renderer::plain().render(&report)
    }

    fn mark(&self) -> Mark<'static> {
        if self.is_warning() {
            Mark::WARNING
        } else {
            Mark::ERROR
        }
    }

    /// The lines of the file that the problem is in.
    fn lines(&self) -> Snippet<'_, Annotation<'_>> {
        let primary = AnnotationKind::Primary.span(self.at.span());
        let primary = if self.label.is_empty() {
            primary
        } else {
            primary.label(&*self.label)
        };
        let here = self.also.iter().filter(|(at, _)| self.is_here(at));
        let context = here.map(|(at, label)| {
            AnnotationKind::Context
                .span(at.span())
                .label(label.as_str())
        });
        source(&self.at).annotation(primary).annotations(context)
    }

    /// Those of other files, each with a heading of its own. A runner takes the `:::` that would
    /// stand in its place for a command.
    fn elsewhere(&self) -> impl Iterator<Item = Group<'_>> {
        let others = self.also.iter().filter(|(at, _)| !self.is_here(at));
        others.map(|(at, label)| {
            let lines = source(at).annotation(AnnotationKind::Primary.span(at.span()));
            Group::with_title(Mark::NOTE.secondary_title(label.as_str())).element(lines)
        })
    }

    fn is_here(&self, at: &Location) -> bool {
        Arc::ptr_eq(at.source(), self.at.source())
    }
}

fn source(at: &Location) -> Snippet<'_, Annotation<'_>> {
    Snippet::source(at.source().text()).path(at.file())
}

fn shown(c: char) -> Vec<char> {
    if c.is_control() {
        c.escape_default().collect()
    } else {
        vec![c]
    }
}

/// Why a policy cannot be used. It may hold the policy's own words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// The policy has no such gate.
    #[error("the policy has no gate `{name}`; it has `{}`", gates.join("`, `"))]
    NoGate {
        /// The one that was asked for.
        name: String,
        /// Those it has.
        gates: Vec<String>,
    },
    /// Not YAML, or not a policy: at least one problem.
    #[error("{}", counted(.0))]
    Wrong(Vec<Problem>),
}

fn counted(problems: &[Problem]) -> String {
    let first = problems
        .first()
        .map_or("", |problem| problem.message.as_str());
    match problems.len() {
        0 | 1 => first.to_owned(),
        2 => format!("{first}; and 1 more problem"),
        count => format!("{first}; and {} more problems", count - 1),
    }
}

impl PolicyError {
    /// What is wrong with the policy, in the order of its lines.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::NoGate { .. } => &[],
            Self::Wrong(problems) => problems,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoGate { .. } => {
                "name one of these with the input `gate`, or add the gate to the policy"
            }
            Self::Wrong(_) => concat!(
                "correct the policy; every field is described at ",
                env!("CARGO_PKG_REPOSITORY"),
                "/blob/main/docs/policy.md"
            ),
        }
    }
}

/// The problems that were found so far.
#[derive(Debug, Default)]
pub(super) struct Problems {
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
}

/// Nobody reads more of each, and a file of nonsense must not become a log of it.
const MAX_PROBLEMS: usize = 50;

impl Problems {
    pub(super) fn push(&mut self, problem: Problem) {
        let list = if problem.is_warning() {
            &mut self.warnings
        } else {
            &mut self.errors
        };
        // What two gates take from `defaults` is wrong once.
        if list.len() < MAX_PROBLEMS && !list.contains(&problem) {
            list.push(problem);
        }
    }

    /// Tells of `value` and another place that they do not go together.
    pub(super) fn clash<T>(
        &mut self,
        value: &Placed<T>,
        message: String,
        other: &Location,
        label: &str,
    ) {
        self.push(Problem::new(Sort::Meaning, &value.at, message).also(other, label));
    }

    /// The warnings, if nothing is wrong; else what is wrong, in the order of the lines.
    pub(super) fn end(self) -> Result<Vec<Problem>, PolicyError> {
        let Self {
            mut errors,
            mut warnings,
        } = self;
        let place = |problem: &Problem| problem.at.span().start;
        errors.sort_by_key(place);
        warnings.sort_by_key(place);
        if errors.is_empty() {
            Ok(warnings)
        } else {
            Err(PolicyError::Wrong(errors))
        }
    }
}
