//! The page on which a person makes the token that a gate asks for, filled in as far as GitHub
//! lets it be.
//!
//! <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens>

use std::fmt::Write as _;

use jiff::SignedDuration;

use crate::facts::{Access, PermissionLevel, RepositoryPattern, TokenKind};

use super::rule::{Bounds, Levels, included};
use super::{Level, Lifetime, Placed, Policy, RuleName};

/// What a person wants of the page.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The GitHub, such as `https://github.com`.
    pub server: &'a str,
    /// Its version, if it is a GitHub Enterprise Server and that is known.
    pub version: Option<ServerVersion>,
    /// The gate's name.
    pub gate: &'a str,
    /// Which kind of token, where the gate allows several.
    pub kind: Option<TokenKind>,
    /// What to call the token.
    pub name: Option<&'a str>,
    /// When it is to end.
    pub expires: Option<Expires>,
}

/// The version of a GitHub Enterprise Server, such as `3.21`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct ServerVersion(pub u32, pub u32);

impl ServerVersion {
    /// The first with fine-grained tokens.
    const FINE_GRAINED: Self = Self(3, 10);
    /// The first whose page for them can be filled in.
    const FILLED: Self = Self(3, 21);

    /// Reads `3.21` or `3.21.4`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split('.').map(str::parse);
        Some(Self(numbers.next()?.ok()?, numbers.next()?.ok()?))
    }
}

/// When a token ends, as GitHub's pages ask it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Expires {
    /// So many days from its making.
    Days(u16),
    /// Never.
    Never,
}

impl Expires {
    /// No page takes more days.
    pub const MOST: u16 = 366;

    /// Reads a number of days from 1 to 366, or `none`.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self::Never);
        }
        let days = text.parse().ok()?;
        (1..=Self::MOST).contains(&days).then_some(Self::Days(days))
    }

    fn parameter(self) -> String {
        match self {
            Self::Days(days) => days.to_string(),
            Self::Never => "none".to_owned(),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Days(1) => "1 day".to_owned(),
            Self::Days(days) => format!("{days} days"),
            Self::Never => "no expiration".to_owned(),
        }
    }
}

/// A page, and in words what it is to say.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// Where it is.
    pub url: String,
    /// Whether GitHub fills it in.
    pub is_filled: bool,
    /// Which kind of token it makes.
    pub kind: TokenKind,
    /// As whom to sign in: logins or patterns; none is anybody.
    pub owners: Vec<String>,
    /// Each of the page's fields, and what belongs in it.
    pub fields: Vec<(&'static str, String)>,
}

/// Why no page makes the token.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoPage {
    /// The gate wants a token that lives longer than any with an end.
    #[error(
        "the gate wants a token that lives at least `{at_least}` longer, and GitHub makes none that lives longer than 366 days and ends"
    )]
    LongerThanAny {
        /// As written.
        at_least: String,
    },
    /// The token must have an end.
    #[error("the gate denies a token that never expires")]
    MustExpire,
    /// The gate allows kinds that nobody makes on a page.
    #[error("the gate allows {kinds} alone, and no page makes such a token")]
    NoneMade {
        /// Those it allows.
        kinds: String,
    },
    /// No fine-grained token has the permission.
    #[error("the gate requires `{permission}`, which no fine-grained token can have")]
    NotFineGrained {
        /// With its level.
        permission: String,
    },
    /// The gate does not allow the kind that was asked for.
    #[error("the gate allows {kinds}, and not `{kind}`")]
    NotAllowed {
        /// What was asked for.
        kind: &'static str,
        /// Those it allows.
        kinds: String,
    },
    /// No number of whole days lies within the gate's bounds.
    #[error(
        "the gate wants a token that lives at most `{at_most}` longer, and GitHub's pages count whole days"
    )]
    NoWholeDay {
        /// As written.
        at_most: String,
    },
    /// A fine-grained token is of one owner.
    #[error(
        "the gate's repositories are of several owners, {owners}, and a fine-grained token is of one"
    )]
    SeveralOwners {
        /// Those it has.
        owners: String,
    },
    /// The server has no fine-grained tokens.
    #[error("a GitHub Enterprise Server before 3.10 has no fine-grained tokens")]
    ServerTooOld,
    /// The expiry that was asked for is later than the gate allows.
    #[error("the gate denies a token that lives for {days} days: at most `{at_most}`")]
    TooLate {
        /// What was asked for.
        days: u16,
        /// As written.
        at_most: String,
    },
    /// The expiry that was asked for is sooner than the gate allows.
    #[error("the gate denies a token that lives for {days} days: at least `{at_least}`")]
    TooSoon {
        /// What was asked for.
        days: u16,
        /// As written.
        at_least: String,
    },
}

impl NoPage {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoneMade { .. } => {
                "make a GitHub App with the gate's permissions, install it, and give the step its `client-id` and `private-key`: it then asks for a token for each job"
            }
            Self::LongerThanAny { .. } | Self::NoWholeDay { .. } => {
                "change `expiry` in the policy, or use a GitHub App, whose tokens live for an hour"
            }
            Self::MustExpire | Self::TooLate { .. } | Self::TooSoon { .. } => {
                "ask for another expiry, or leave it to the policy"
            }
            Self::NotAllowed { .. } => "ask for a kind that it allows, or leave it to the policy",
            Self::NotFineGrained { .. } => {
                "allow `classic` in the policy's `kinds`, or use a GitHub App"
            }
            Self::ServerTooOld => "allow `classic` in the policy's `kinds`",
            Self::SeveralOwners { .. } => {
                "make a gate and a token for each owner, allow `classic` in the policy's `kinds`, or use a GitHub App"
            }
        }
    }
}

impl Policy {
    /// The page for a token that passes the gate: for a fine-grained one, if there can be one, else
    /// for a classic one.
    pub fn page(&self, order: &Order<'_>) -> Result<Page, NoPage> {
        let allowed = self.kinds();
        let words = || listed(allowed.iter().map(|kind| kind.word()));
        let made = [TokenKind::FineGrained, TokenKind::Classic];
        let made = made.into_iter().filter(|kind| allowed.contains(kind));
        let wanted: Vec<_> = made
            .filter(|kind| order.kind.is_none_or(|wanted| wanted == *kind))
            .collect();
        let pages: Vec<_> = wanted
            .iter()
            .map(|kind| self.page_of(*kind, order))
            .collect();
        let first_error = pages.iter().find_map(|page| page.as_ref().err().cloned());
        if let Some(page) = pages.into_iter().find_map(Result::ok) {
            return Ok(page);
        }
        Err(first_error.unwrap_or_else(|| match order.kind {
            Some(kind) => NoPage::NotAllowed {
                kind: kind.word(),
                kinds: words(),
            },
            None => NoPage::NoneMade { kinds: words() },
        }))
    }

    fn page_of(&self, kind: TokenKind, order: &Order<'_>) -> Result<Page, NoPage> {
        let expires = self.expires(order.expires)?;
        if kind == TokenKind::FineGrained {
            self.fine_grained(expires, order)
        } else {
            Ok(self.classic(expires, order))
        }
    }

    fn fine_grained(&self, expires: Expires, order: &Order<'_>) -> Result<Page, NoPage> {
        let is_cloud = is_cloud(order.server);
        let version = order.version.filter(|_| !is_cloud);
        if version.is_some_and(|version| version < ServerVersion::FINE_GRAINED) {
            return Err(NoPage::ServerTooOld);
        }
        let reach = self.reach();
        let owners = reach
            .as_ref()
            .map(|reach| reach.owners())
            .unwrap_or_default();
        if owners.len() > 1 {
            return Err(NoPage::SeveralOwners {
                owners: listed(owners),
            });
        }
        let permissions = self.page_permissions()?;
        let name = name(order);
        let mut parameters = vec![
            ("name", name.clone()),
            ("description", description(order)),
            ("expires_in", expires.parameter()),
        ];
        let owner = owners.first().map(|owner| (*owner).to_owned());
        parameters.extend(owner.iter().map(|owner| ("target_name", owner.clone())));
        let levels = permissions.iter();
        parameters.extend(levels.map(|(name, level)| (name.as_str(), level.to_string())));
        let is_filled = is_cloud || version.is_some_and(|version| version >= ServerVersion::FILLED);
        let plain = format!("{}/settings/personal-access-tokens/new", order.server);
        Ok(Page {
            url: if is_filled {
                with_query(&plain, &parameters)
            } else {
                plain
            },
            is_filled,
            kind: TokenKind::FineGrained,
            owners: self.logins(),
            fields: vec![
                ("Token name", name),
                (
                    "Resource owner",
                    owner.unwrap_or_else(|| "whose repositories the job needs".to_owned()),
                ),
                ("Expiration", expires.words()),
                ("Repository access", self.repository_access()),
                ("Permissions", permission_words(&permissions)),
            ],
        })
    }

    fn classic(&self, expires: Expires, order: &Order<'_>) -> Page {
        let scopes = self.page_scopes();
        let name = name(order);
        let parameters = [
            ("description", name.clone()),
            ("scopes", scopes.join(",")),
            ("default_expires_at", expires.parameter()),
        ];
        Page {
            url: with_query(
                &format!("{}/settings/tokens/new", order.server),
                &parameters,
            ),
            is_filled: true,
            kind: TokenKind::Classic,
            owners: self.logins(),
            fields: vec![
                ("Note", name),
                ("Expiration", expires.words()),
                ("Scopes", scope_words(&scopes)),
                ("Owner's access", self.owners_access()),
            ],
        }
    }

    /// The kinds that the gate allows.
    fn kinds(&self) -> Vec<TokenKind> {
        match &self.kinds {
            Some(kinds) => kinds.allowed.iter().map(|kind| kind.value).collect(),
            None => TokenKind::all().collect(),
        }
    }

    fn logins(&self) -> Vec<String> {
        let owners = self.owners.iter().flat_map(|owners| &owners.allowed);
        owners.map(|glob| glob.value.to_string()).collect()
    }

    /// When the token is to end: when a person says, or else as late as the gate allows.
    fn expires(&self, wanted: Option<Expires>) -> Result<Expires, NoPage> {
        // What only warns lets the token pass.
        let denies = |rule| self.level(rule) == Level::Deny;
        let bound =
            |bound: &Option<Placed<Lifetime>>| bound.as_ref().map(|span| span.value.clone());
        let Bounds {
            required: _,
            at_least,
            at_most,
            warn_below,
        } = &self.expiry;
        let most = bound(at_most).filter(|_| denies(RuleName::ExpiryTooLate));
        let least = bound(at_least).filter(|_| denies(RuleName::ExpiryTooSoon));
        let required = self.expiry.required().is_some() && denies(RuleName::ExpiryRequired);
        let (most, least) = (most.as_ref(), least.as_ref());
        let may_live_on = most.is_none() && !required;
        match wanted {
            Some(Expires::Never) if !may_live_on => Err(NoPage::MustExpire),
            Some(Expires::Never) => Ok(Expires::Never),
            Some(Expires::Days(days)) => within(days, least, most),
            None => chosen(least, most, bound(warn_below).as_ref(), may_live_on),
        }
    }

    /// The scopes of a classic token: those that are required, and what the reach needs beside, if
    /// the gate allows it.
    fn page_scopes(&self) -> Vec<String> {
        let required = self.required_scopes().into_iter();
        let mut scopes: Vec<_> = required.map(str::to_owned).collect();
        let allows = |scope: &str| {
            self.scopes.as_ref().is_none_or(|scopes| {
                let allowed = scopes.allow.as_ref();
                scopes.forbids(scope).is_none() && allowed.is_none_or(|allow| allow.allows(scope))
            })
        };
        let has = |wanted| scopes.iter().any(|scope| included(scope).contains(&wanted));
        // Whether a repository is private, nobody knows here; `public_repo` opens the others.
        let needed = ["repo", "public_repo"]
            .into_iter()
            .find(|scope| has(scope) || allows(scope));
        if self.reach().is_some()
            && let Some(needed) = needed.filter(|scope| !has(scope))
        {
            scopes.push(needed.to_owned());
        }
        scopes
    }

    /// The permissions of a fine-grained token: what is required, and what the reach needs beside,
    /// as far as the gate allows it.
    fn page_permissions(&self) -> Result<Levels, NoPage> {
        let mut permissions = self.needed_permissions();
        for (name, level) in &mut permissions {
            let allowed = self.allowed_permission(name);
            *level = (*level).min(allowed.unwrap_or(PermissionLevel::Admin));
            if NOT_FINE_GRAINED.contains(&name.as_str()) {
                return Err(NoPage::NotFineGrained {
                    permission: format!("{name}: {level}"),
                });
            }
        }
        // It comes with every token.
        permissions.remove("metadata");
        permissions.retain(|_, level| *level > PermissionLevel::None);
        Ok(permissions)
    }

    fn repository_access(&self) -> String {
        let of = |wanted: fn(Access) -> bool| -> Vec<&RepositoryPattern> {
            let fitting = self.repositories().filter(|(_, access)| wanted(*access));
            fitting.map(|(pattern, _)| pattern).collect()
        };
        let open = of(|access| access > Access::None);
        let shut = of(|access| access == Access::None);
        let (names, patterns): (Vec<_>, Vec<_>) = open
            .into_iter()
            .partition(|pattern| pattern.name().is_some());
        let mut words = match (names.as_slice(), patterns.as_slice()) {
            ([], []) => "those that the job needs: the gate names none".to_owned(),
            (names, []) => format!("only select repositories: {}", plain(names)),
            ([], patterns) => format!("those that fit {}", plain(patterns)),
            (names, patterns) => {
                format!("{}, and those that fit {}", plain(names), plain(patterns))
            }
        };
        if !shut.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(words, "; not {}", plain(&shut));
        }
        words
    }

    /// A classic token reaches all that its owner does.
    fn owners_access(&self) -> String {
        let repositories = self.repositories();
        let words: Vec<_> = repositories
            .map(|(pattern, access)| format!("{pattern}: {access}"))
            .collect();
        if words.is_empty() {
            "a classic token reaches all that its owner does".to_owned()
        } else {
            format!(
                "a classic token reaches all that its owner does, which must be {}",
                words.join(", ")
            )
        }
    }
}

/// Permissions of GitHub Apps that fine-grained tokens do not have.
///
/// <https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens#fine-grained-personal-access-tokens-limitations>
const NOT_FINE_GRAINED: [&str; 4] = ["checks", "organization_packages", "packages", "single_file"];

/// What a page offers where nobody says more.
const DAYS: i64 = 90;

/// A number of days that a person asks for, if the gate allows it.
fn within(days: u16, least: Option<&Lifetime>, most: Option<&Lifetime>) -> Result<Expires, NoPage> {
    let span = SignedDuration::from_hours(i64::from(days) * 24);
    if let Some(most) = most.filter(|most| span > most.duration()) {
        return Err(NoPage::TooLate {
            days,
            at_most: most.to_string(),
        });
    }
    if let Some(least) = least.filter(|least| span < least.duration()) {
        return Err(NoPage::TooSoon {
            days,
            at_least: least.to_string(),
        });
    }
    Ok(Expires::Days(days))
}

/// A number of days that the gate allows.
fn chosen(
    least: Option<&Lifetime>,
    most: Option<&Lifetime>,
    warns: Option<&Lifetime>,
    may_live_on: bool,
) -> Result<Expires, NoPage> {
    let up = |span: &Lifetime| (span.duration().as_secs() + 86_399) / 86_400;
    let floor = least.map_or(1, up).max(1);
    if let Some(most) = most {
        let ceiling = (most.duration().as_hours() / 24).min(Expires::MOST.into());
        if ceiling < floor {
            return Err(NoPage::NoWholeDay {
                at_most: most.to_string(),
            });
        }
        // A day less than allowed: a page may count to the end of the last one.
        let days = (ceiling - 1).max(floor);
        return Ok(days_of(days));
    }
    if let Some(least) = least.filter(|_| floor > Expires::MOST.into()) {
        return if may_live_on {
            Ok(Expires::Never)
        } else {
            Err(NoPage::LongerThanAny {
                at_least: least.to_string(),
            })
        };
    }
    // A token that is to be thought of from its first day on is none.
    let days = DAYS.max(floor + 1).max(warns.map_or(0, up) + 1);
    Ok(days_of(days.min(Expires::MOST.into())))
}

fn days_of(days: i64) -> Expires {
    Expires::Days(u16::try_from(days).expect("from 1 to 366"))
}

/// Whether this is GitHub's own cloud, which has one version.
fn is_cloud(server: &str) -> bool {
    server
        .strip_prefix("https://")
        .is_some_and(|host| host == "github.com" || host.ends_with(".ghe.com"))
}

/// What fits into the page's field for a name.
fn name(order: &Order<'_>) -> String {
    match order.name {
        Some(name) => name.to_owned(),
        None => format!("patgate {}", order.gate)
            .chars()
            .take(NAME_LEN)
            .collect(),
    }
}

/// The most characters of a token's name.
pub const NAME_LEN: usize = 40;

fn description(order: &Order<'_>) -> String {
    let text = format!("For the gate {} of patgate's policy.", order.gate);
    text.chars().take(1024).collect()
}

fn permission_words(permissions: &Levels) -> String {
    if permissions.is_empty() {
        return "those that the job needs: the gate names none".to_owned();
    }
    let words: Vec<_> = permissions
        .iter()
        .map(|(name, level)| format!("{name}: {level}"))
        .collect();
    words.join(", ")
}

fn scope_words(scopes: &[String]) -> String {
    if scopes.is_empty() {
        "those that the job needs: the gate names none".to_owned()
    } else {
        scopes.join(", ")
    }
}

fn plain(patterns: &[&RepositoryPattern]) -> String {
    let words: Vec<_> = patterns.iter().map(|pattern| pattern.as_str()).collect();
    words.join(", ")
}

fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.into_iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn with_query(url: &str, parameters: &[(&str, String)]) -> String {
    let mut url = url.to_owned();
    let filled = parameters.iter().filter(|(_, value)| !value.is_empty());
    for (at, (name, value)) in filled.enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url += &encoded(name);
        url.push('=');
        url += &encoded(value);
    }
    url
}

/// `text` within a query: only what RFC 3986 reserves for nothing stands for itself.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
