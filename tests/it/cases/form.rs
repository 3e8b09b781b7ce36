//! The form of a case.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use patgate::facts::{
    Answer, Cause, Doubt, Expiry, Fact, Grant, PermissionLevel, Permissions, Refusal,
    RepositoryFacts, RepositoryName, Standing, TokenFacts, TokenKind, Visibility, Why,
};
use patgate::policy::Verdict;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) policy: Option<String>,
    pub(super) gate: Option<String>,
    #[serde(default)]
    pub(super) inputs: Inputs,
    pub(super) facts: Facts,
    pub(super) now: Option<String>,
    pub(super) expect: Outcome,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Inputs {
    pub(super) repositories: String,
    pub(super) ttl: Option<String>,
    pub(super) audit: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Facts {
    kind: TokenKind,
    #[serde(default)]
    doubts: Vec<DoubtWord>,
    standing: Option<StandingWord>,
    owner: Option<Told<String>>,
    expiry: Option<ExpiryWord>,
    scopes: Option<Told<Vec<String>>>,
    #[serde(default)]
    permissions: GrantedWords,
    #[serde(default)]
    repositories: BTreeMap<String, Found>,
    /// The version of a GitHub Enterprise Server.
    enterprise: Option<String>,
    clock_ahead: Option<String>,
}

/// A whole list, or what was seen.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GrantedWords {
    listed: Option<BTreeMap<String, PermissionLevel>>,
    seen: BTreeMap<String, SeenWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SeenWords {
    at_least: Option<PermissionLevel>,
    at_most: Option<PermissionLevel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum DoubtWord {
    Blanks,
    Checksum,
    Shape,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum StandingWord {
    Refused(RefusedWord),
    Forbidden { forbidden: RefusalWords },
}

/// Why GitHub refuses, or its words where nobody knows.
#[derive(Deserialize)]
#[serde(untagged)]
enum RefusalWords {
    Known(CauseWords),
    Said(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum CauseWords {
    KindForbidden {
        organization: String,
        kind: TokenKind,
    },
    NoPush {
        login: String,
    },
    SuspendedAccount,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RefusedWord {
    Refused,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Told<T> {
    Unknown(Unknown),
    Known(T),
}

/// `unknown`, or `unknown: REASON`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Unknown {
    Word(UnknownWord),
    Because { unknown: String },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum UnknownWord {
    Unknown,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ExpiryWord {
    Unknown(Unknown),
    Never(NeverWord),
    Within { within: String },
    At(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NeverWord {
    Never,
}

/// What the probes found; what is left out was not asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[serde(rename_all = "kebab-case")]
struct Found {
    fetch: Option<Told<AnswerWord>>,
    push: Option<Told<AnswerWord>>,
    archived: Option<bool>,
    visibility: Option<Visibility>,
    renamed_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum AnswerWord {
    Plain(PlainAnswer),
    Forbidden { forbidden: RefusalWords },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum PlainAnswer {
    Invisible,
    Yes,
}

pub(super) fn instant(text: &str) -> Timestamp {
    text.parse()
        .unwrap_or_else(|error| panic!("`{text}` is no instant: {error}"))
}

impl Facts {
    pub(super) fn build(self) -> TokenFacts {
        let Self {
            kind,
            doubts,
            standing,
            owner,
            expiry,
            scopes,
            permissions,
            repositories,
            enterprise,
            clock_ahead,
        } = self;
        TokenFacts {
            kind,
            doubts: doubts.into_iter().map(DoubtWord::build).collect(),
            standing: standing.map_or(Standing::Accepted, StandingWord::build),
            owner: owner.map_or_else(|| Fact::Known("acme-bot".to_owned()), Told::build),
            actor: Fact::Unknown(Why::NotTold),
            permissions: permissions.build(),
            reach: Fact::Unknown(Why::NotTold),
            oauth_app: None,
            enterprise,
            expiry: expiry.map_or(Expiry::Never, ExpiryWord::build),
            scopes: match scopes.map_or(Fact::Known(Vec::new()), Told::build) {
                Fact::Known(scopes) => Fact::Known(scopes.into_iter().collect()),
                Fact::Unknown(why) => Fact::Unknown(why),
            },
            repositories: repositories
                .into_iter()
                .map(|(name, found)| {
                    let name = RepositoryName::parse(&name)
                        .unwrap_or_else(|| panic!("`{name}` is no repository"));
                    (name, found.build())
                })
                .collect(),
            clock_ahead: clock_ahead.map_or(SignedDuration::ZERO, |text| {
                text.parse().expect("`clock-ahead` is a span of time")
            }),
        }
    }
}

impl GrantedWords {
    fn build(self) -> Permissions {
        let Self { listed, seen } = self;
        if let Some(listed) = listed {
            return Permissions::listed(listed);
        }
        let mut permissions = Permissions::unknown(Why::NotTold);
        for (name, SeenWords { at_least, at_most }) in seen {
            if let Some(level) = at_least {
                permissions.learn(&name, Grant::at_least(level));
            }
            if let Some(level) = at_most {
                permissions.learn(&name, Grant::at_most(level));
            }
        }
        permissions
    }
}

impl RefusalWords {
    fn build(self) -> Refusal {
        let (cause, said) = match self {
            Self::Said(said) => (Cause::Other, said),
            Self::Known(cause) => (cause.build(), String::new()),
        };
        Refusal { cause, said }
    }
}

impl CauseWords {
    fn build(self) -> Cause {
        match self {
            Self::KindForbidden { organization, kind } => Cause::KindForbidden {
                organization: Some(organization),
                kind,
            },
            Self::NoPush { login } => Cause::NoPush { login },
            Self::SuspendedAccount => Cause::SuspendedAccount,
        }
    }
}

impl DoubtWord {
    fn build(self) -> Doubt {
        match self {
            Self::Blanks => Doubt::Blanks,
            Self::Checksum => Doubt::Checksum,
            Self::Shape => Doubt::Shape,
        }
    }
}

impl StandingWord {
    fn build(self) -> Standing {
        match self {
            Self::Refused(RefusedWord::Refused) => Standing::Refused,
            Self::Forbidden { forbidden } => Standing::Forbidden(forbidden.build()),
        }
    }
}

impl<T> Told<T> {
    fn build(self) -> Fact<T> {
        match self {
            Self::Unknown(unknown) => Fact::Unknown(unknown.build()),
            Self::Known(fact) => Fact::Known(fact),
        }
    }
}

impl Unknown {
    fn build(self) -> Why {
        let reason = match self {
            Self::Word(UnknownWord::Unknown) => return Why::NotTold,
            Self::Because { unknown } => unknown,
        };
        match reason.as_str() {
            "headers-filtered" => Why::HeadersFiltered,
            "unreadable" => Why::Unreadable,
            "unreliable" => Why::Unreliable,
            _ => Why::NoAnswer(reason),
        }
    }
}

impl ExpiryWord {
    fn build(self) -> Expiry {
        match self {
            Self::Unknown(unknown) => Expiry::Unknown(unknown.build()),
            Self::Never(NeverWord::Never) => Expiry::Never,
            Self::Within { within } => Expiry::Within(instant(&within)),
            Self::At(text) => Expiry::At(instant(&text)),
        }
    }
}

impl Found {
    fn build(self) -> RepositoryFacts {
        let answer = |told: Option<Told<AnswerWord>>| match told
            .map_or(Fact::Unknown(Why::NotTold), Told::build)
        {
            Fact::Known(word) => Fact::Known(word.build()),
            Fact::Unknown(why) => Fact::Unknown(why),
        };
        RepositoryFacts {
            fetch: answer(self.fetch),
            push: answer(self.push),
            archived: self
                .archived
                .map_or(Fact::Unknown(Why::NotTold), Fact::Known),
            visibility: self
                .visibility
                .map_or(Fact::Unknown(Why::NotTold), Fact::Known),
            renamed_to: self.renamed_to.map(|name| {
                RepositoryName::parse(&name).unwrap_or_else(|| panic!("`{name}` is no repository"))
            }),
        }
    }
}

impl AnswerWord {
    fn build(self) -> Answer {
        match self {
            Self::Plain(PlainAnswer::Invisible) => Answer::Invisible,
            Self::Plain(PlainAnswer::Yes) => Answer::Yes,
            Self::Forbidden { forbidden } => Answer::Forbidden(forbidden.build()),
        }
    }
}

/// What a case expects, and what judging yields.
#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Outcome {
    verdict: VerdictWord,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) findings: Vec<FindingWords>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<LeaseWords>,
}

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum VerdictWord {
    Allow,
    Audit,
    Deny,
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FindingWords {
    pub(super) rule: String,
    level: String,
    message: String,
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct LeaseWords {
    until: String,
    /// `origin` is the whole of it.
    reach: ReachWords,
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(untagged)]
enum ReachWords {
    Origin(OriginWord),
    Repositories(Vec<String>),
}

#[derive(Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum OriginWord {
    Origin,
}

impl Outcome {
    pub(super) fn of(verdict: Verdict) -> Self {
        let findings = verdict.findings().iter().map(|finding| FindingWords {
            rule: finding.rule.to_string(),
            level: finding.level.word().to_owned(),
            message: finding.message.clone(),
        });
        Self {
            findings: findings.collect(),
            verdict: match &verdict {
                Verdict::Allow { .. } => VerdictWord::Allow,
                Verdict::Audit { .. } => VerdictWord::Audit,
                Verdict::Deny { .. } => VerdictWord::Deny,
            },
            lease: verdict.into_clearance().map(|clearance| {
                let (until, reach) = clearance.spend();
                LeaseWords {
                    until: until.to_string(),
                    reach: reach.map_or(ReachWords::Origin(OriginWord::Origin), |reach| {
                        ReachWords::Repositories(reach.words())
                    }),
                }
            }),
        }
    }

    /// The outcome as a case writes it.
    pub(super) fn to_text(&self) -> String {
        serde_yaml::to_string(self).expect("an outcome has a form in YAML")
    }
}
