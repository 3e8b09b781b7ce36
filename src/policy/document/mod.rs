//! The policy's language: from text to gates, every mistake told, with its place.

mod demand;
mod fields;
mod gate;
mod merge;
mod misreading;
mod problem;
mod raw;
mod schema;
mod shape;
mod source;
mod tighten;
mod word;
mod yaml;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod yaml_tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Policy, Reference};

use problem::Problems;
use raw::RawDocument;

pub use problem::{PolicyError, Problem, Sort};
pub use schema::schema;
pub use source::{Home, Location, Placed, Source};

pub(super) use word::{Forks, Format, Machine};

/// A policy file: gates by name.
#[derive(Debug)]
pub struct Document {
    gates: BTreeMap<String, Policy>,
    /// The gate that would say nothing but what `defaults` says.
    defaults: Option<Policy>,
    base: Option<Placed<Reference>>,
    warnings: Vec<Problem>,
}

impl Document {
    /// Reads a policy of the workspace. `file` is its path, by which GitHub shows its lines.
    pub fn parse(text: &str, file: &str) -> Result<Self, PolicyError> {
        Self::read(&Source::new(text, file, Home::Workspace))
    }

    /// Reads a policy that stands in no file of the workspace. `name` is what people call it.
    pub fn parse_elsewhere(text: &str, name: &str) -> Result<Self, PolicyError> {
        Self::read(&Source::new(text, name, Home::Elsewhere))
    }

    pub(super) fn builtin(text: &str) -> Result<Self, PolicyError> {
        Self::read(&Source::new(text, "the built-in baseline", Home::Builtin))
    }

    fn read(source: &Arc<Source>) -> Result<Self, PolicyError> {
        let (raw, mut problems) = shape::read::<RawDocument>(source);
        let parts = raw.map(|raw| gate::gates(raw, &mut problems));
        let warnings = problems.end()?;
        let (gates, defaults, base) = parts.expect("what is not read has a problem");
        Ok(Self {
            gates,
            defaults,
            base,
            warnings,
        })
    }

    /// The policy that this one tightens, if it does.
    pub fn base(&self) -> Option<&Reference> {
        self.base.as_ref().map(|base| &base.value)
    }

    /// Where it names that policy.
    pub fn base_at(&self) -> Option<&Location> {
        self.base.as_ref().map(|base| &base.at)
    }

    /// What is doubtful in it, in the order of its lines.
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The names of its gates.
    pub fn gates(&self) -> impl Iterator<Item = &str> {
        self.gates.keys().map(String::as_str)
    }

    /// The policy together with `base`, which it tightens: every gate demands what both demand.
    /// Where it would loosen the base, that is told with the lines of both.
    pub fn tighten(self, base: Self) -> Result<Self, PolicyError> {
        let Self {
            gates,
            defaults,
            base: _,
            mut warnings,
        } = self;
        let mut problems = Problems::default();
        let both = tighten::gates(
            (gates, defaults),
            (base.gates, base.defaults),
            &mut problems,
        );
        for warning in base.warnings.into_iter().chain(problems.end()?) {
            // What is doubtful in the base is so in every gate that has it.
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        let (gates, defaults) = both;
        Ok(Self {
            gates,
            defaults,
            base: base.base,
            warnings,
        })
    }

    /// All of a chain in one: each policy on top of what it extends, which stands behind it.
    ///
    /// # Panics
    ///
    /// If there is no policy in `chain`.
    pub fn whole(mut chain: Vec<Self>) -> Result<Self, PolicyError> {
        let last = chain.pop().expect("a chain has its policy in it");
        let mut above = chain.into_iter().rev();
        above.try_fold(last, |base, document| document.tighten(base))
    }

    /// The gate `name` of the policy.
    pub fn gate(&self, name: &str) -> Result<Policy, PolicyError> {
        self.gates
            .get(name)
            .cloned()
            .ok_or_else(|| PolicyError::NoGate {
                name: name.to_owned(),
                gates: self.gates.keys().cloned().collect(),
            })
    }
}
