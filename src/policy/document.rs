//! The YAML form of a policy. The only file that knows YAML.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use annotate_snippets::{AnnotationKind, Group, Level as Mark, Renderer, Snippet};
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, de};

use crate::facts::{Access, Glob, PermissionLevel, RepositoryPattern, TokenKind};

use super::rule::{Bounds, Kinds, Levels, Owners, Permissions, Rule, Scopes};
use super::{Level, Lifetime, Policy, Reference, RuleName};

/// A policy is read by people; one that is longer than this is no policy.
const MAX_LEN: usize = 32 * 1024;

/// The version of the language that this program reads.
const VERSION: u64 = 1;

/// No job lives longer, not even on a runner of one's own.
///
/// <https://docs.github.com/en/actions/reference/limits>
const MAX_TTL: i64 = 5 * 24 * 60 * 60;

/// A policy file: gates by name, and what it extends.
#[derive(Debug)]
pub struct Document(BTreeMap<String, Policy>, Option<Reference>);

impl Document {
    /// Reads a policy. `file` is what people call it.
    pub fn parse(text: &str, file: &str) -> Result<Self, PolicyError> {
        // Some editors put a byte-order mark in front.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let base = text
            .lines()
            .find_map(|line| Reference::parse(line.strip_prefix("extends: ")?.trim()));
        let mark = if base.is_some() { "# " } else { "" };
        let text = &text.replacen("\nextends: ", &format!("\n{mark}extends: "), 1);
        let wrong = |place, message: String| PolicyError::syntax(text, file, place, &message);
        if let Some((place, message)) = unreadable(text) {
            return Err(wrong(place, message));
        }
        let raw: RawDocument = serde_yaml::from_str(text).map_err(|error| {
            let place = error
                .location()
                .map(|at| Place::new(at.line(), at.column()));
            let second = place.and_then(|start| repeated(text, &error, start));
            wrong(second.or(place), message(&error))
        })?;
        let RawDocument { version, gates } = raw;
        if version != VERSION {
            let message = format!(
                "the policy has version {version}, and this patgate reads version {VERSION}"
            );
            return Err(wrong(find_key(text, "version"), message));
        }
        if gates.0.is_empty() {
            return Err(wrong(find_key(text, "gates"), nothing("gates")));
        }
        let gates = gates.0.into_iter().map(|(name, gate)| {
            let policy = gate
                .here(&name)
                .and_then(|gate| gate.unwrap_or_default().parse())
                .map_err(|message| {
                    wrong(find_key(text, &name), format!("gates.{name}: {message}"))
                })?;
            Ok((name, policy))
        });
        Ok(Self(gates.collect::<Result<_, PolicyError>>()?, base))
    }

    /// The policy that this one extends.
    pub fn base(&self) -> Option<&Reference> {
        self.1.as_ref()
    }

    /// This policy on top of `base`.
    pub fn tighten(self, _base: Self) -> Result<Self, PolicyError> {
        Ok(self)
    }

    /// Takes the gate `name` out of the policy.
    pub fn gate(mut self, name: &str) -> Result<Policy, PolicyError> {
        self.0.remove(name).ok_or_else(|| PolicyError::NoGate {
            gates: self.0.into_keys().collect(),
        })
    }
}

/// The document exactly as written.
#[derive(Debug, Deserialize)]
#[serde(
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a policy: `version` and `gates`"
)]
struct RawDocument {
    version: u64,
    gates: Map<String, Written<RawGate>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a gate: rules by name"
)]
struct RawGate {
    kinds: Written<Vec<TokenKind>>,
    owners: Written<Vec<Scalar<Login>>>,
    expiry: Written<RawExpiry>,
    scopes: Written<RawScopes>,
    permissions: Written<RawPermissions>,
    repositories: Written<Map<Scalar<RepositoryPattern>, Access>>,
    lease: Written<RawLease>,
    levels: Written<Map<Scalar<RuleName>, Level>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "bounds such as `at-most: 90d`"
)]
struct RawExpiry {
    required: bool,
    at_least: Written<Scalar<Lifetime>>,
    at_most: Written<Scalar<Lifetime>>,
    warn_below: Written<Scalar<Lifetime>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "lists of scopes: `require`, `allow`, `forbid`"
)]
struct RawScopes {
    require: Written<Vec<Scalar<Scope>>>,
    allow: Written<Vec<Scalar<ScopePattern>>>,
    forbid: Written<Vec<Scalar<ScopePattern>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "maps of permissions: `require`, `allow`"
)]
struct RawPermissions {
    require: Written<Map<Scalar<Permission>, PermissionLevel>>,
    allow: Written<Map<Scalar<Permission>, PermissionLevel>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    default,
    deny_unknown_fields,
    rename_all = "kebab-case",
    expecting = "a lease such as `{ ttl: 20m }`"
)]
struct RawLease {
    ttl: Written<Scalar<Lifetime>>,
    format: Written<Vec<RawFormat>>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RawFormat {
    Git,
}

impl RawGate {
    /// Turns what is written into what it means, or tells what it cannot mean.
    fn parse(self) -> Result<Policy, String> {
        let Self {
            kinds,
            owners,
            expiry,
            scopes,
            permissions,
            repositories,
            lease,
            levels,
        } = self;
        let mut rules = Vec::new();
        if let Some(kinds) = filled("kinds", kinds)? {
            rules.push(Rule::Kinds(Kinds(kinds)));
        }
        if let Some(owners) = filled("owners", owners)? {
            rules.push(Rule::Owners(Owners(
                owners.into_iter().map(|Scalar(Login(glob))| glob).collect(),
            )));
        }
        if let Some(expiry) = expiry.here("expiry")? {
            rules.push(Rule::Expiry(expiry.parse()?));
        }
        if let Some(scopes) = scopes.here("scopes")? {
            rules.push(Rule::Scopes(scopes.parse()?));
        }
        if let Some(permissions) = permissions.here("permissions")? {
            rules.push(Rule::Permissions(permissions.parse()?));
        }
        let repositories =
            filled("repositories", repositories.map(|map| map.0))?.unwrap_or_default();
        if let Some((Scalar(name), _)) = repositories
            .iter()
            .find(|(_, access)| *access == Access::Push)
            && rules.iter().any(forbids_pushing)
        {
            return Err(format!(
                "`repositories` has `{name}: push`, which takes `contents: write`, and `permissions.allow` has not"
            ));
        }
        // Else the lease would open the whole origin, and these with it.
        if !repositories.is_empty()
            && repositories
                .iter()
                .all(|(_, access)| *access == Access::None)
        {
            return Err(
                "`repositories` has only `none`; name those that the lease opens".to_owned(),
            );
        }
        let levels = levels.here("levels")?.unwrap_or_default();
        let mut levels_by_rule = BTreeMap::new();
        for (Scalar(rule), level) in levels.0 {
            if rule.is_fixed() && level != Level::Deny {
                return Err(format!(
                    "`levels` cannot lower `{rule}`: such a token serves nobody"
                ));
            }
            levels_by_rule.insert(rule, level);
        }
        Ok(Policy {
            rules,
            repositories: repositories
                .into_iter()
                .map(|(Scalar(name), access)| (name, access))
                .collect(),
            ttl: lease.here("lease")?.unwrap_or_default().parse()?,
            levels: levels_by_rule,
        })
    }
}

/// Whether a rule allows too little for a push.
fn forbids_pushing(rule: &Rule) -> bool {
    match rule {
        Rule::Permissions(permissions) => permissions
            .allowed("contents")
            .is_some_and(|allowed| allowed < PermissionLevel::Write),
        Rule::Expiry(_) | Rule::Kinds(_) | Rule::Owners(_) | Rule::Scopes(_) => false,
    }
}

impl RawExpiry {
    fn parse(self) -> Result<Bounds, String> {
        let Self {
            required,
            at_least,
            at_most,
            warn_below,
        } = self;
        let bounds = Bounds {
            required,
            at_least: span("expiry.at-least", at_least)?,
            at_most: span("expiry.at-most", at_most)?,
            warn_below: span("expiry.warn-below", warn_below)?,
        };
        if let (Some(least), Some(most)) = (&bounds.at_least, &bounds.at_most)
            && least.duration() > most.duration()
        {
            return Err(format!(
                "no token can live at least `{least}` and at most `{most}` longer"
            ));
        }
        Ok(bounds)
    }
}

impl RawScopes {
    fn parse(self) -> Result<Scopes, String> {
        let Self {
            require,
            allow,
            forbid,
        } = self;
        let globs = |list: Vec<Scalar<ScopePattern>>| -> Vec<Glob> {
            list.into_iter()
                .map(|Scalar(ScopePattern(glob))| glob)
                .collect()
        };
        let scopes = Scopes {
            require: require
                .here("scopes.require")?
                .unwrap_or_default()
                .into_iter()
                .map(|Scalar(Scope(name))| name)
                .collect(),
            // `allow: []` means something: no scope at all.
            allow: allow.here("scopes.allow")?.map(globs),
            forbid: globs(forbid.here("scopes.forbid")?.unwrap_or_default()),
        };
        match scopes.contradiction() {
            Some(contradiction) => Err(format!("scopes: {contradiction}")),
            None => Ok(scopes),
        }
    }
}

impl RawPermissions {
    fn parse(self) -> Result<Permissions, String> {
        let Self { require, allow } = self;
        let levels = |map: Map<Scalar<Permission>, PermissionLevel>| -> Levels {
            let Map(pairs) = map;
            pairs
                .into_iter()
                .map(|(Scalar(Permission(name)), level)| (name, level))
                .collect()
        };
        let require = filled("permissions.require", require.map(|map| map.0))?.map(Map);
        let permissions = Permissions {
            require: require.map(levels).unwrap_or_default(),
            // `allow: {}` means something: no permission at all.
            allow: allow.here("permissions.allow")?.map(levels),
        };
        match permissions.contradiction() {
            Some(contradiction) => Err(format!("permissions: {contradiction}")),
            None => Ok(permissions),
        }
    }
}

impl RawLease {
    fn parse(self) -> Result<Lifetime, String> {
        let Self { ttl, format } = self;
        // One format is served so far, so that naming it changes nothing.
        let _: Vec<RawFormat> = filled("lease.format", format)?.unwrap_or_default();
        let ttl = span("lease.ttl", ttl)?.unwrap_or_else(Lifetime::default_ttl);
        if ttl.duration().as_secs() > MAX_TTL {
            return Err(format!(
                "lease.ttl is `{ttl}`, and no job lives longer than 5 days"
            ));
        }
        Ok(ttl)
    }
}

/// What stands behind a key. YAML takes a key with nothing behind it for `null`: a list whose
/// every line is a comment must not be a list that nobody wrote.
#[derive(Debug, Default)]
enum Written<T> {
    /// The key stands, and nothing behind it.
    Empty,
    Here(T),
    #[default]
    Nowhere,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Empty, Self::Here))
    }
}

impl<T> Written<T> {
    fn here(self, name: &str) -> Result<Option<T>, String> {
        match self {
            Self::Empty => Err(nothing(name)),
            Self::Here(value) => Ok(Some(value)),
            Self::Nowhere => Ok(None),
        }
    }

    fn map<U>(self, f: impl FnOnce(T) -> U) -> Written<U> {
        match self {
            Self::Empty => Written::Empty,
            Self::Here(value) => Written::Here(f(value)),
            Self::Nowhere => Written::Nowhere,
        }
    }
}

/// A list or a map that is written and empty could mean all or nothing.
fn filled<T>(name: &str, list: Written<Vec<T>>) -> Result<Option<Vec<T>>, String> {
    match list.here(name)? {
        Some(list) if list.is_empty() => Err(nothing(name)),
        other => Ok(other),
    }
}

fn nothing(name: &str) -> String {
    format!("`{name}` is empty; name something, or leave it out")
}

fn span(name: &str, span: Written<Scalar<Lifetime>>) -> Result<Option<Lifetime>, String> {
    Ok(span.here(name)?.map(|Scalar(span)| span))
}

/// A login pattern.
#[derive(Debug)]
struct Login(Glob);

/// A permission's name.
#[derive(Debug)]
struct Permission(String);

/// A scope's name.
#[derive(Debug)]
struct Scope(String);

/// A scope's name or pattern.
#[derive(Debug)]
struct ScopePattern(Glob);

/// What one scalar of the document means.
trait Word: Sized {
    /// What is expected, for people.
    const EXPECTED: &str;
    fn word(text: &str) -> Option<Self>;
}

impl Word for Lifetime {
    const EXPECTED: &str = "a span of time, a number and a unit, such as `20m`, `2h` or `90d`";
    fn word(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

impl Word for Login {
    const EXPECTED: &str = "a login, or a pattern such as `acme-*`";
    fn word(text: &str) -> Option<Self> {
        // `github-actions[bot]` has brackets, and managed users an underscore.
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_[]*".contains(&byte);
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(Glob::new(text)))
    }
}

impl Word for Permission {
    const EXPECTED: &str = "a permission, such as `contents` or `pull_requests`";
    fn word(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

impl Word for RepositoryPattern {
    const EXPECTED: &str = "a repository, `OWNER/REPO`, or a pattern such as `OWNER/*`";
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Word for RuleName {
    const EXPECTED: &str = "a rule's name, such as `expiry/too-soon`";
    fn word(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

impl Word for Scope {
    const EXPECTED: &str = "a scope, such as `repo`";
    fn word(text: &str) -> Option<Self> {
        let plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":_-".contains(&byte);
        (!text.is_empty() && text.bytes().all(plain)).then(|| Self(text.to_owned()))
    }
}

impl Word for ScopePattern {
    const EXPECTED: &str = "a scope, or a pattern such as `admin:*`";
    fn word(text: &str) -> Option<Self> {
        let letters = text.replace('*', "x");
        Scope::word(&letters).map(|_| Self(Glob::new(text)))
    }
}

/// A scalar, read where it stands, so that an error has its place.
#[derive(Debug)]
struct Scalar<T>(T);

impl<'de, T: Word> Deserialize<'de> for Scalar<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<T: Word> Visitor<'_> for Reader<T> {
            type Value = Scalar<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Scalar<T>, E> {
                let wrong = || E::invalid_value(de::Unexpected::Str(text), &self);
                T::word(text).map(Scalar).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

/// A map in which no key stands twice; YAML would let the last one win.
#[derive(Debug)]
struct Map<K, V>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What makes two keys one.
trait Key {
    fn key(&self) -> String;
}

impl Key for String {
    fn key(&self) -> String {
        self.clone()
    }
}

impl Key for Scalar<Permission> {
    fn key(&self) -> String {
        self.0.0.clone()
    }
}

impl Key for Scalar<RepositoryPattern> {
    fn key(&self) -> String {
        self.0.as_str().to_ascii_lowercase()
    }
}

impl Key for Scalar<RuleName> {
    fn key(&self) -> String {
        self.0.to_string()
    }
}

impl<'de, K: Deserialize<'de> + Key, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de> + Key, V: Deserialize<'de>> Visitor<'de> for Reader<K, V> {
            type Value = Map<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Map<K, V>, A::Error> {
                let mut pairs: Vec<(K, V)> = Vec::new();
                let mut keys = BTreeSet::new();
                while let Some((key, value)) = map.next_entry::<K, V>()? {
                    if !keys.insert(key.key()) {
                        return Err(A::Error::custom(format!("duplicate field `{}`", key.key())));
                    }
                    pairs.push((key, value));
                }
                Ok(Map(pairs))
            }
        }
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

/// What no YAML reader should be handed.
fn unreadable(text: &str) -> Option<(Option<Place>, String)> {
    if text.len() > MAX_LEN {
        return Some((
            None,
            format!("the policy is longer than {} KiB", MAX_LEN / 1024),
        ));
    }
    if text.trim().is_empty() {
        return Some((
            None,
            "the policy is empty; `version: 1` and `gates:` belong in it".to_owned(),
        ));
    }
    // YAML ends a line at some of these, and a comment with it, where no editor shows it. What is
    // left of a CR here is one without its LF.
    let control = |c: char| {
        (c.is_control() && c != '\t')
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.lines().zip(1..).find_map(|(line, number)| {
        let column = line.chars().position(control)? + 1;
        Some((
            Some(Place::new(number, column)),
            "a control character stands here".to_owned(),
        ))
    })
}

/// The parser's words without the place at their end, which is shown apart.
fn message(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let shown = error
        .location()
        .map(|at| format!(" at line {} column {}", at.line(), at.column()));
    shown
        .and_then(|shown| text.split_once(&shown))
        .map(|(before, after)| format!("{before}{after}"))
        .unwrap_or(text)
}

/// Where a key stands for the second time. The parser tells where its map begins, and each key of
/// a map that is not on one line stands in the first one's column.
fn repeated(text: &str, error: &serde_yaml::Error, start: Place) -> Option<Place> {
    let message = error.to_string();
    let (_, rest) = message.split_once("duplicate field `")?;
    let (key, _) = rest.split_once('`')?;
    places(text, key)
        .filter(|place| place.line >= start.line && place.column == start.column)
        .nth(1)
}

fn find_key(text: &str, key: &str) -> Option<Place> {
    places(text, key).next()
}

fn places<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = Place> {
    text.lines().zip(1..).filter_map(move |(line, number)| {
        let start = line.len() - line.trim_start().len();
        let name = line
            .trim_start()
            .split(':')
            .next()?
            .trim_matches(['"', '\'', ' ']);
        name.eq_ignore_ascii_case(key)
            .then(|| Place::new(number, start + 1))
    })
}

/// A place in a file, counted from 1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl Place {
    fn new(line: usize, column: usize) -> Self {
        Self { line, column }
    }
}

/// Why a policy cannot be used. It may hold the policy's own words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PolicyError {
    /// The policy has no such gate.
    #[error("the policy has no such gate; it has `{}`", gates.join("`, `"))]
    NoGate {
        /// Those it has.
        gates: Vec<String>,
    },
    /// Not YAML, or not a policy.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// What people call the file.
        file: String,
        /// Where, if that is known.
        place: Option<Place>,
        /// The line with a caret, if the place is known.
        excerpt: Option<String>,
    },
}

impl PolicyError {
    fn syntax(text: &str, file: &str, place: Option<Place>, message: &str) -> Self {
        // A key can hold a line end, written as an escape.
        let shown = |c: char| match c {
            c if c.is_control() => c.escape_default().to_string(),
            c => c.to_string(),
        };
        Self::Syntax {
            excerpt: place.and_then(|place| excerpt(text, file, place)),
            message: message.chars().map(shown).collect(),
            file: file.to_owned(),
            place,
        }
    }

    /// The error of a policy that stands in no file; its excerpt shows where.
    #[must_use]
    pub fn without_place(self) -> Self {
        match self {
            Self::Syntax {
                message,
                file,
                place: _,
                excerpt,
            } => Self::Syntax {
                message,
                file,
                place: None,
                excerpt,
            },
            Self::NoGate { gates } => Self::NoGate { gates },
        }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoGate { .. } => {
                "name one of these with the input `gate`, or add the gate to the policy"
            }
            Self::Syntax { .. } => concat!(
                "correct the policy; every field is described at ",
                env!("CARGO_PKG_REPOSITORY"),
                "/blob/main/docs/policy.md"
            ),
        }
    }
}

/// The line at `place`, as rustc would show it.
fn excerpt(text: &str, file: &str, place: Place) -> Option<String> {
    let line = text.lines().nth(place.line.checked_sub(1)?)?;
    let start: usize = line
        .chars()
        .take(place.column.saturating_sub(1))
        .map(char::len_utf8)
        .sum();
    let rest = &line[start.min(line.len())..];
    let word = rest.find([' ', ',', ']', '}', '#']).unwrap_or(rest.len());
    let span =
        start.min(line.len())..start.min(line.len()) + word.max(usize::from(!rest.is_empty()));
    let snippet = Snippet::source(line)
        .path(file)
        .line_start(place.line)
        .annotation(AnnotationKind::Primary.span(span));
    let group = Group::with_level(Mark::ERROR).element(snippet);
    Some(Renderer::plain().render(&[group]))
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
