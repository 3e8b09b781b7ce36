//! What a test expects, and how what was found differs from it.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::facts::Reach;
use crate::policy::{Finding, RuleName, Verdict};

use super::Now;
use super::yaml::{Value, known, written};

/// What must come of a test. What is not written is not held against what is found.
#[derive(Clone, Debug)]
pub struct Expected {
    /// The verdict.
    pub verdict: VerdictWord,
    /// The findings: exactly these, in any order.
    pub findings: Option<Vec<ExpectedFinding>>,
    /// The lease.
    pub lease: Option<ExpectedLease>,
}

/// A verdict in a word.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictWord {
    /// It passes.
    Allow,
    /// It would be denied, and mode `audit` leases it.
    Audit,
    /// It is denied.
    Deny,
}

/// One finding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "a rule's name, or `rule` and more of the finding"
)]
pub struct ExpectedFinding {
    /// The rule's name.
    pub rule: String,
    /// `warn` or `deny`.
    #[serde(deserialize_with = "written")]
    pub level: Option<LevelWord>,
    /// The whole message.
    #[serde(deserialize_with = "written")]
    pub message: Option<String>,
    /// The policy's line that demands otherwise.
    #[serde(deserialize_with = "written")]
    pub line: Option<usize>,
    /// Whether a waiver sets it aside.
    #[serde(deserialize_with = "written")]
    pub waived: Option<bool>,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub enum LevelWord {
    /// The token is denied.
    Deny,
    /// It is told.
    Warn,
}

impl LevelWord {
    fn word(self) -> &'static str {
        match self {
            Self::Deny => "deny",
            Self::Warn => "warn",
        }
    }
}

/// The lease.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "`until`, `reach` or both")]
pub struct ExpectedLease {
    /// Its last instant.
    #[serde(default, deserialize_with = "written")]
    pub until: Option<Now>,
    /// What it opens: `origin`, or names and patterns, and with a `!` in front what it does not.
    #[serde(default, deserialize_with = "written")]
    pub reach: Option<ReachWords>,
}

/// What a lease opens.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
pub enum ReachWords {
    /// The whole origin.
    Origin(OriginWord),
    /// These.
    Repositories(Vec<String>),
}

/// The whole of an origin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OriginWord {
    /// The one word.
    Origin,
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The verdict.
    pub verdict: VerdictWord,
    /// The findings, the gravest first.
    pub findings: Vec<Finding>,
    /// The lease that it gives a right to.
    pub lease: Option<(Timestamp, Option<Reach>)>,
}

impl Found {
    /// What `verdict` says.
    pub fn of(verdict: Verdict) -> Self {
        Self {
            verdict: match verdict {
                Verdict::Allow { .. } => VerdictWord::Allow,
                Verdict::Audit { .. } => VerdictWord::Audit,
                Verdict::Deny { .. } => VerdictWord::Deny,
            },
            findings: verdict.findings().to_vec(),
            lease: verdict
                .into_clearance()
                .map(crate::policy::Clearance::spend),
        }
    }
}

impl VerdictWord {
    fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Audit => "audit",
            Self::Deny => "deny",
        }
    }
}

impl ReachWords {
    /// The words for a reach; `None` is the whole origin.
    pub fn of(reach: Option<&Reach>) -> Self {
        reach.map_or(Self::Origin(OriginWord::Origin), |reach| {
            Self::Repositories(reach.words())
        })
    }

    /// The same, in one order.
    fn sorted(&self) -> Self {
        let mut reach = self.clone();
        if let Self::Repositories(names) = &mut reach {
            names.sort_unstable();
        }
        reach
    }

    fn words(&self) -> String {
        match self {
            Self::Origin(OriginWord::Origin) => "origin".to_owned(),
            Self::Repositories(names) => names.join(", "),
        }
    }
}

impl Expected {
    /// How `found` differs, a line each: `-` before what is expected and not found, `+` before what
    /// is found and not expected.
    pub fn differences(&self, found: &Found) -> Vec<String> {
        let mut lines = Vec::new();
        if self.verdict != found.verdict {
            lines.push(format!("- verdict: {}", self.verdict.word()));
            lines.push(format!("+ verdict: {}", found.verdict.word()));
        }
        match &self.findings {
            Some(expected) => lines.extend(findings(expected, &found.findings)),
            // Else nobody sees why.
            None if !lines.is_empty() => {
                lines.extend(found.findings.iter().map(|finding| line('+', finding)));
            }
            None => {}
        }
        if let Some(expected) = &self.lease {
            lines.extend(lease(expected, found));
        }
        lines
    }
}

fn findings(expected: &[ExpectedFinding], found: &[Finding]) -> Vec<String> {
    let mut left: Vec<_> = found.iter().collect();
    let mut lines = Vec::new();
    // Who says more about a finding chooses before who says less.
    let mut expected: Vec<_> = expected.iter().collect();
    expected.sort_by_key(|expected| Reverse(expected.said()));
    for expected in expected {
        match left.iter().position(|finding| expected.fits(finding)) {
            Some(at) => drop(left.remove(at)),
            None => lines.push(format!("- {}", expected.words())),
        }
    }
    lines.extend(left.into_iter().map(|finding| line('+', finding)));
    lines
}

fn line(mark: char, finding: &Finding) -> String {
    let Finding {
        rule,
        level,
        message,
        help: _,
        at,
        waiver,
    } = finding;
    let waived = if waiver.is_some() { ", waived" } else { "" };
    let place = at.as_ref().map(|at| format!(", line {}", at.line()));
    format!(
        "{mark} {rule} ({}{waived}{}): {message}",
        level.word(),
        place.unwrap_or_default()
    )
}

impl ExpectedFinding {
    /// How much it says beside the rule.
    fn said(&self) -> usize {
        let said = [
            self.level.is_some(),
            self.message.is_some(),
            self.line.is_some(),
            self.waived.is_some(),
        ];
        said.into_iter().filter(|said| *said).count()
    }

    fn fits(&self, finding: &Finding) -> bool {
        let Self {
            rule,
            level,
            message,
            line,
            waived,
        } = self;
        rule == finding.rule.as_str()
            && level.is_none_or(|level| level.word() == finding.level.word())
            && message
                .as_ref()
                .is_none_or(|message| *message == finding.message)
            && line.is_none_or(|line| {
                finding.at.as_ref().map(crate::policy::Location::line) == Some(line)
            })
            && waived.is_none_or(|waived| waived == finding.waiver.is_some())
    }

    fn words(&self) -> String {
        let Self {
            rule,
            level,
            message,
            line,
            waived,
        } = self;
        let mut traits: Vec<_> = level.iter().map(|level| level.word().to_owned()).collect();
        match waived {
            Some(true) => traits.push("waived".to_owned()),
            Some(false) => traits.push("not waived".to_owned()),
            None => {}
        }
        traits.extend(line.map(|line| format!("line {line}")));
        let traits = if traits.is_empty() {
            String::new()
        } else {
            format!(" ({})", traits.join(", "))
        };
        let message = message.as_ref().map(|message| format!(": {message}"));
        format!("{rule}{traits}{}", message.unwrap_or_default())
    }
}

fn lease(expected: &ExpectedLease, found: &Found) -> Vec<String> {
    let ExpectedLease { until, reach } = expected;
    let Some((end, opens)) = &found.lease else {
        return vec!["- lease".to_owned(), "+ no lease".to_owned()];
    };
    let mut lines = Vec::new();
    if let Some(Now(until)) = until.filter(|Now(until)| until != end) {
        lines.push(format!("- lease until {until}"));
        lines.push(format!("+ lease until {end}"));
    }
    let opens = ReachWords::of(opens.as_ref());
    if let Some(reach) = reach
        .as_ref()
        .filter(|reach| reach.sorted() != opens.sorted())
    {
        lines.push(format!("- lease of {}", reach.words()));
        lines.push(format!("+ lease of {}", opens.words()));
    }
    lines
}

impl<'de> Deserialize<'de> for Expected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The long form.
        #[derive(Deserialize)]
        #[serde(
            deny_unknown_fields,
            expecting = "a verdict, or `verdict` and more, as in `expect: { verdict: deny, findings: [] }`"
        )]
        struct Long {
            verdict: VerdictWord,
            #[serde(default, deserialize_with = "written")]
            findings: Option<Vec<FindingWords>>,
            #[serde(default, deserialize_with = "written")]
            lease: Option<ExpectedLease>,
        }
        let value = Value::deserialize(deserializer)?;
        if value.is_string() {
            return Ok(Self {
                verdict: known(value)?,
                findings: None,
                lease: None,
            });
        }
        let Long {
            verdict,
            findings,
            lease,
        } = known(value)?;
        let findings = findings.map(|findings| findings.into_iter().map(|one| one.0).collect());
        Ok(Self {
            verdict,
            findings,
            lease,
        })
    }
}

/// A rule's name, or more.
struct FindingWords(ExpectedFinding);

impl<'de> Deserialize<'de> for FindingWords {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let finding = match Value::deserialize(deserializer)? {
            Value::String(rule) => ExpectedFinding {
                rule,
                ..ExpectedFinding::default()
            },
            value => known(value)?,
        };
        if RuleName::parse(&finding.rule).is_none() {
            return Err(de::Error::custom(match RuleName::nearest(&finding.rule) {
                Some(near) => format!(
                    "there is no rule `{}`; did you mean `{near}`?",
                    finding.rule
                ),
                None => format!(
                    "there is no rule `{}`; `patgate explain` lists all",
                    finding.rule
                ),
            }));
        }
        Ok(Self(finding))
    }
}

impl<'de> Deserialize<'de> for ReachWords {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "origin" => Ok(Self::Origin(OriginWord::Origin)),
            value @ Value::Sequence(_) => known(value).map(Self::Repositories),
            _ => Err(de::Error::custom(
                "a reach is `origin`, or a list of names and patterns",
            )),
        }
    }
}
