//! A token, as a test writes it. What a test does not say, GitHub does not tell.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, de};
use serde_yaml::Value;

use crate::facts::{
    Answer, Cause, Doubt, Expiry, Fact, Grant, PermissionLevel, Permissions, Refusal,
    RepositoryFacts, RepositoryName, Standing, TokenFacts, TokenKind, TokenReach, Visibility, Why,
};
use crate::policy::Lifetime;

use super::told::{Told, known, unknown, word};

/// A token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Facts {
    /// What sort of token it is.
    pub kind: TokenKind,
    /// What looks wrong before GitHub is asked.
    #[serde(default)]
    pub doubts: Vec<DoubtWord>,
    /// `accepted`, `refused`, or `forbidden` with the cause; it is accepted by default.
    #[serde(default, deserialize_with = "word")]
    pub standing: StandingWord,
    /// Whose it is.
    pub owner: Option<Told<String>>,
    /// Under which login it acts.
    pub actor: Option<Told<String>>,
    /// When it ends.
    pub expiry: Option<ExpiryWord>,
    /// Its scopes.
    pub scopes: Option<Told<Vec<String>>>,
    /// Its permissions.
    #[serde(default)]
    pub permissions: GrantedWords,
    /// How many repositories it reaches.
    pub reach: Option<ReachWords>,
    /// What it can do with repositories, by name.
    #[serde(default)]
    pub repositories: BTreeMap<Name, Found>,
    /// The version of the GitHub Enterprise Server.
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
            permissions: permissions.build(),
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
        // A cause by its name alone, or what GitHub says.
        if let Ok(cause) = known::<_, D::Error>(value.clone()) {
            return Ok(Self::Known(cause));
        }
        match value {
            Value::String(said) => Ok(Self::Said(said)),
            other => known::<CauseWords, D::Error>(other).map(Self::Known),
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
        if let Some(why) = unknown(&value) {
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
#[serde(default, deny_unknown_fields)]
pub struct GrantedWords {
    /// GitHub's own list.
    pub listed: Option<BTreeMap<String, PermissionLevel>>,
    /// What questions showed.
    pub seen: BTreeMap<String, SeenWords>,
}

/// What was seen of one permission.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SeenWords {
    /// At least this is granted.
    pub at_least: Option<PermissionLevel>,
    /// At most this is granted.
    pub at_most: Option<PermissionLevel>,
}

impl GrantedWords {
    fn build(&self) -> Permissions {
        if let Some(listed) = &self.listed {
            return Permissions::listed(listed.clone());
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
        permissions
    }
}

/// How many repositories a token reaches.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Found {
    /// Whether git may fetch.
    pub fetch: Option<Told<AnswerWord>>,
    /// Whether git may push.
    pub push: Option<Told<AnswerWord>>,
    /// Whether it is archived.
    pub archived: Option<bool>,
    /// Who may see it.
    pub visibility: Option<Visibility>,
    /// Its present name.
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
