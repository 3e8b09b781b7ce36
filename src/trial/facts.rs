//! A token, as a test writes it. What a test does not say, GitHub does not tell.

use std::collections::BTreeMap;
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, de};

use crate::facts::{
    Answer, Cause, Doubt, Expiry, Fact, Grant, PermissionLevel, Permissions, Refusal,
    RepositoryFacts, RepositoryName, Standing, TokenFacts, TokenKind, TokenReach, Visibility, Why,
};
use crate::policy::Lifetime;

use super::told::{Told, is_said, unknown};
use super::yaml::{Value, known, unique, unique_written, word, written};

/// A token.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a token, as in `facts: { kind: classic }`",
    rename_all = "kebab-case"
)]
pub struct Facts {
    /// What sort of token it is.
    pub kind: TokenKind,
    /// What looks wrong before GitHub is asked.
    #[serde(default, deserialize_with = "word")]
    pub doubts: Vec<DoubtWord>,
    /// `accepted`, `refused`, or `forbidden` with the cause; it is accepted by default.
    #[serde(default, deserialize_with = "word")]
    pub standing: StandingWord,
    /// Whose it is.
    #[serde(default, deserialize_with = "written")]
    pub owner: Option<Told<String>>,
    /// Under which login it acts.
    #[serde(default, deserialize_with = "written")]
    pub actor: Option<Told<String>>,
    /// When it ends.
    #[serde(default, deserialize_with = "written")]
    pub expiry: Option<ExpiryWord>,
    /// Its scopes.
    #[serde(default, deserialize_with = "written")]
    pub scopes: Option<Told<Vec<String>>>,
    /// Its permissions.
    #[serde(default, deserialize_with = "word")]
    pub permissions: GrantedWords,
    /// How many repositories it reaches.
    #[serde(default, deserialize_with = "written")]
    pub reach: Option<ReachWords>,
    /// What it can do with repositories, by name.
    #[serde(default, deserialize_with = "unique")]
    pub repositories: BTreeMap<Name, Found>,
    /// The version of the GitHub Enterprise Server.
    #[serde(default, deserialize_with = "written")]
    pub enterprise: Option<String>,
    /// How far GitHub's clock stands before this machine's, such as `5m` or `-5m`.
    #[serde(default)]
    pub clock_ahead: ClockAhead,
}

impl Facts {
    /// The token's facts, where `now` is the present.
    pub fn build(&self, now: Timestamp) -> Result<TokenFacts, String> {
        let Self {
            kind,
            doubts,
            standing,
            owner,
            actor,
            expiry,
            scopes,
            permissions,
            reach,
            repositories,
            enterprise,
            clock_ahead,
        } = self;
        let owner = owner.as_ref().map(|owner| owner.build(Clone::clone));
        let actor = actor.as_ref().map(|actor| actor.build(Clone::clone));
        let scopes = scopes
            .as_ref()
            .map(|scopes| scopes.build(|scopes| scopes.iter().cloned().collect()));
        let ClockAhead(clock_ahead) = clock_ahead;
        Ok(TokenFacts {
            kind: *kind,
            doubts: doubts.iter().map(|doubt| doubt.build()).collect(),
            standing: standing.build(),
            owner: owner.unwrap_or(Fact::Unknown(Why::NotTold)),
            actor: actor.unwrap_or(Fact::Unknown(Why::NotTold)),
            expiry: match expiry {
                Some(expiry) => expiry.build(now)?,
                None => Expiry::Unknown(Why::NotTold),
            },
            scopes: scopes.unwrap_or(Fact::Unknown(Why::NotTold)),
            permissions: permissions.build()?,
            reach: reach
                .as_ref()
                .map_or(Fact::Unknown(Why::NotTold), ReachWords::build),
            repositories: repositories
                .iter()
                .map(|(Name(name), found)| (name.clone(), found.build()))
                .collect(),
            oauth_app: None,
            enterprise: enterprise.clone(),
            clock_ahead: *clock_ahead,
        })
    }
}

/// What looks wrong before GitHub is asked.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtWord {
    /// Blanks or a line end stand around it.
    Blanks,
    /// Its checksum does not fit.
    Checksum,
    /// It has not the form of its kind.
    Shape,
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

/// Whether GitHub takes the token.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StandingWord {
    /// It does.
    #[default]
    Accepted,
    /// It knows it and forbids its use.
    Forbidden(RefusalWords),
    /// It does not.
    Refused,
}

impl StandingWord {
    fn build(&self) -> Standing {
        match self {
            Self::Accepted => Standing::Accepted,
            Self::Forbidden(refusal) => Standing::Forbidden(refusal.build()),
            Self::Refused => Standing::Refused,
        }
    }
}

/// Why GitHub refuses, or its words where nobody knows.
#[derive(Clone, Debug)]
pub enum RefusalWords {
    /// A cause that is known.
    Known(CauseWords),
    /// GitHub's words.
    Said(String),
}

/// The causes of refusals, by name.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseWords {
    /// The organization lets in listed addresses only.
    IpAllowList,
    /// The organization forbids tokens of this kind.
    KindForbidden {
        /// The organization.
        organization: String,
        /// The kind.
        kind: TokenKind,
    },
    /// The token has no permission to the repository's contents.
    NoContents,
    /// The token's owner may not push.
    NoPush {
        /// Under which login GitHub knows it.
        login: String,
    },
    /// The organization demands single sign-on.
    Sso,
    /// The account is suspended.
    SuspendedAccount,
    /// The installation of the app is suspended.
    SuspendedInstallation,
}

impl RefusalWords {
    fn build(&self) -> Refusal {
        let (cause, said) = match self {
            Self::Known(cause) => (cause.build(), String::new()),
            Self::Said(said) => (Cause::Other, said.clone()),
        };
        Refusal { cause, said }
    }
}

impl CauseWords {
    fn build(&self) -> Cause {
        match self {
            Self::IpAllowList => Cause::IpAllowList {
                organization: None,
                address: None,
            },
            Self::KindForbidden { organization, kind } => Cause::KindForbidden {
                organization: Some(organization.clone()),
                kind: *kind,
            },
            Self::NoContents => Cause::NoContents,
            Self::NoPush { login } => Cause::NoPush {
                login: login.clone(),
            },
            Self::Sso => Cause::Sso { page: None },
            Self::SuspendedAccount => Cause::SuspendedAccount,
            Self::SuspendedInstallation => Cause::SuspendedInstallation,
        }
    }
}

impl<'de> Deserialize<'de> for RefusalWords {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        match value {
            Value::String(said) if is_said(&said) => Ok(Self::Said(said)),
            cause => known(cause).map(Self::Known),
        }
    }
}

/// When a token ends: `never`, `unknown`, an instant, `in 30d`, `30d ago`, or `within` one of these.
#[derive(Clone, Debug)]
pub enum ExpiryWord {
    /// Then.
    At(Moment),
    /// It has no end.
    Never,
    /// Nobody knows.
    Unknown(Why),
    /// At an unknown instant before.
    Within(Moment),
}

impl ExpiryWord {
    fn build(&self, now: Timestamp) -> Result<Expiry, String> {
        Ok(match self {
            Self::At(moment) => Expiry::At(moment.build(now)?),
            Self::Never => Expiry::Never,
            Self::Unknown(why) => Expiry::Unknown(why.clone()),
            Self::Within(moment) => Expiry::Within(moment.build(now)?),
        })
    }
}

impl<'de> Deserialize<'de> for ExpiryWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if let Some(why) = unknown(&value).map_err(de::Error::custom)? {
            return Ok(Self::Unknown(why));
        }
        let within = value.as_mapping().filter(|map| map.len() == 1);
        if let Some(within) = within.and_then(|map| map.get("within")) {
            let text = within.as_str().unwrap_or_default();
            return Moment::parse(text)
                .map(Self::Within)
                .map_err(de::Error::custom);
        }
        match value.as_str() {
            Some("never") => Ok(Self::Never),
            Some(text) => Moment::parse(text).map(Self::At).map_err(de::Error::custom),
            None => Err(de::Error::custom(WHEN)),
        }
    }
}

const WHEN: &str = "an expiry is `never`, `unknown`, an instant such as `2026-12-31T12:00:00Z`, `in 30d` or `30d ago`, or `within: ` and one of these";

/// An instant, or a span from the present.
#[derive(Clone, Debug)]
pub enum Moment {
    /// So long ago.
    Ago(Lifetime),
    /// By the calendar.
    At(Timestamp),
    /// So long from now on.
    In(Lifetime),
}

impl Moment {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{WHEN}; `{text}` is none");
        if let Some(span) = text.strip_prefix("in ") {
            return Lifetime::parse(span).map(Self::In).map_err(|_| wrong());
        }
        if let Some(span) = text.strip_suffix(" ago") {
            return Lifetime::parse(span).map(Self::Ago).map_err(|_| wrong());
        }
        text.parse().map(Self::At).map_err(|_| wrong())
    }

    fn build(&self, now: Timestamp) -> Result<Timestamp, String> {
        let far = |_| "an expiry is beyond the calendar".to_owned();
        match self {
            Self::Ago(span) => now.checked_sub(span.duration()).map_err(far),
            Self::At(instant) => Ok(*instant),
            Self::In(span) => now.checked_add(span.duration()).map_err(far),
        }
    }
}

/// A token's permissions: a whole list, or what was seen.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "`listed` or `seen`, as in `permissions: { listed: { contents: read } }`"
)]
pub struct GrantedWords {
    /// GitHub's own list.
    #[serde(deserialize_with = "unique_written")]
    pub listed: Option<BTreeMap<String, PermissionLevel>>,
    /// What questions showed.
    #[serde(deserialize_with = "unique")]
    pub seen: BTreeMap<String, SeenWords>,
}

/// What was seen of one permission.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "`at-least`, `at-most` or both, as in `contents: { at-least: read }`",
    rename_all = "kebab-case"
)]
pub struct SeenWords {
    /// At least this is granted.
    #[serde(default, deserialize_with = "written")]
    pub at_least: Option<PermissionLevel>,
    /// At most this is granted.
    #[serde(default, deserialize_with = "written")]
    pub at_most: Option<PermissionLevel>,
}

impl GrantedWords {
    fn build(&self) -> Result<Permissions, String> {
        if let Some(listed) = &self.listed {
            if !self.seen.is_empty() {
                return Err("`permissions` are `listed` or `seen`, and not both".to_owned());
            }
            return Ok(Permissions::listed(listed.clone()));
        }
        let mut permissions = Permissions::unknown(Why::NotTold);
        for (name, SeenWords { at_least, at_most }) in &self.seen {
            if let Some(level) = at_least {
                permissions.learn(name, Grant::at_least(*level));
            }
            if let Some(level) = at_most {
                permissions.learn(name, Grant::at_most(*level));
            }
        }
        Ok(permissions)
    }
}

/// How many repositories a token reaches.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a number of repositories, as in `reach: { count: 3 }`"
)]
pub struct ReachWords {
    /// How many.
    pub count: u64,
    /// Whether they are all of the account's.
    #[serde(default)]
    pub all: bool,
}

impl ReachWords {
    fn build(&self) -> Fact<TokenReach> {
        let Self { count, all } = *self;
        Fact::Known(TokenReach { count, all })
    }
}

/// What the token can do with a repository; what is left out was not asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "what the token can do there, as in `acme/site: { push: yes }`",
    rename_all = "kebab-case"
)]
pub struct Found {
    /// Whether git may fetch.
    #[serde(default, deserialize_with = "written")]
    pub fetch: Option<Told<AnswerWord>>,
    /// Whether git may push.
    #[serde(default, deserialize_with = "written")]
    pub push: Option<Told<AnswerWord>>,
    /// Whether it is archived.
    #[serde(default, deserialize_with = "written")]
    pub archived: Option<bool>,
    /// Who may see it.
    #[serde(default, deserialize_with = "written")]
    pub visibility: Option<Visibility>,
    /// Its present name.
    #[serde(default, deserialize_with = "written")]
    pub renamed_to: Option<Name>,
}

/// GitHub's answer to a question.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerWord {
    /// It may not.
    Forbidden(RefusalWords),
    /// There is no such repository, or it must not see it.
    Invisible,
    /// It may.
    Yes,
}

impl AnswerWord {
    fn build(&self) -> Answer {
        match self {
            Self::Forbidden(refusal) => Answer::Forbidden(refusal.build()),
            Self::Invisible => Answer::Invisible,
            Self::Yes => Answer::Yes,
        }
    }
}

impl Found {
    fn build(&self) -> RepositoryFacts {
        let answer = |told: &Option<Told<AnswerWord>>| {
            let told = told.as_ref().map(|told| told.build(AnswerWord::build));
            told.unwrap_or(Fact::Unknown(Why::NotTold))
        };
        RepositoryFacts {
            fetch: answer(&self.fetch),
            push: answer(&self.push),
            archived: self
                .archived
                .map_or(Fact::Unknown(Why::NotTold), Fact::Known),
            visibility: self
                .visibility
                .map_or(Fact::Unknown(Why::NotTold), Fact::Known),
            renamed_to: self.renamed_to.as_ref().map(|Name(name)| name.clone()),
        }
    }
}

/// `OWNER/REPO`.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Name(pub RepositoryName);

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let name = RepositoryName::parse(&text).map(Self);
        name.ok_or_else(|| de::Error::custom(format!("`{text}` is no repository, `OWNER/REPO`")))
    }
}

/// How far one clock stands before another.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClockAhead(pub SignedDuration);

impl<'de> Deserialize<'de> for ClockAhead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (sign, span) = match text.strip_prefix('-') {
            Some(span) => (-1, span),
            None => (1, text.as_str()),
        };
        let span = Lifetime::parse(span).map_err(|_| {
            de::Error::custom(format!(
                "`{text}` is no span of time, such as `5m` or `-5m`"
            ))
        })?;
        Ok(Self(span.duration() * sign))
    }
}
