//! Permissions of fine-grained tokens and of GitHub Apps.

use std::collections::BTreeMap;

use crate::facts::{Grant, PermissionLevel, Permissions as Granted, TokenFacts, TokenKind, Why};

use super::super::{Location, Placed};
use super::{Complaint, RuleName};

/// Permissions by name.
pub(crate) type Levels = BTreeMap<String, PermissionLevel>;

/// What a policy wants of permissions. Kinds without permissions pass: `kinds` speaks of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Permissions {
    /// Each of these, at this level or above.
    pub(crate) require: BTreeMap<String, Placed<PermissionLevel>>,
    /// None beyond these.
    pub(crate) allow: Option<Allowed>,
}

/// The permissions that a token may have.
#[derive(Clone, Debug)]
pub(crate) struct Allowed {
    pub(crate) levels: BTreeMap<String, Placed<PermissionLevel>>,
    pub(crate) at: Location,
}

impl Allowed {
    /// How much of a permission is allowed.
    pub(crate) fn level(&self, name: &str) -> PermissionLevel {
        let level = self.levels.get(name).map(|level| level.value);
        level.unwrap_or(PermissionLevel::None).max(undeniable(name))
    }

    /// Where that is said, or all of it.
    pub(crate) fn place(&self, name: &str) -> &Location {
        self.levels.get(name).map_or(&self.at, |level| &level.at)
    }
}

impl Permissions {
    /// How much of a permission is allowed, if that is said.
    pub(crate) fn allowed(&self, name: &str) -> Option<PermissionLevel> {
        self.allow.as_ref().map(|allow| allow.level(name))
    }

    /// The names it speaks of.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        let allow = self.allow.iter().flat_map(|allow| allow.levels.keys());
        self.require.keys().chain(allow).map(String::as_str)
    }

    pub(crate) fn check(&self, facts: &TokenFacts) -> Vec<Complaint> {
        if facts.kind.has_scopes() {
            return Vec::new();
        }
        let granted = &facts.permissions;
        let mut complaints: Vec<_> = self
            .require
            .iter()
            .filter_map(|(name, wanted)| {
                let complaint = required(name, wanted.value, granted, facts.kind)?;
                Some(complaint.at(&wanted.at))
            })
            .collect();
        if let Some(allow) = &self.allow {
            complaints.extend(beyond(allow, granted, facts.kind));
            let unseen = granted.unseen.as_ref().map(|why| unseen(facts.kind, why));
            complaints.extend(unseen.map(|complaint| complaint.at(&allow.at)));
        }
        complaints
    }
}

fn beyond(allow: &Allowed, granted: &Granted, kind: TokenKind) -> Vec<Complaint> {
    let named = granted.named.iter();
    named
        .filter_map(|(name, grant)| {
            // Of a whole list, the greatest is granted somewhere.
            let has = if granted.is_whole() {
                grant.most
            } else {
                grant.least
            };
            let allowed = allow.level(name);
            (has > allowed).then(|| excess(name, has, allowed, kind).at(allow.place(name)))
        })
        .collect()
}

/// What every token with permissions has, and nobody can take away.
///
/// <https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>
pub(crate) fn undeniable(name: &str) -> PermissionLevel {
    match name {
        "metadata" => PermissionLevel::Read,
        _ => PermissionLevel::None,
    }
}

fn required(
    name: &str,
    wanted: PermissionLevel,
    granted: &Granted,
    kind: TokenKind,
) -> Option<Complaint> {
    let Grant { least, most } = granted.of(name);
    let (least, most) = (least.max(undeniable(name)), most.max(undeniable(name)));
    if least >= wanted {
        return None;
    }
    if most < wanted {
        let message = match (most, least) {
            (PermissionLevel::None, _) => {
                format!("the token lacks the permission `{name}: {wanted}`")
            }
            (most, least) => format!(
                "the token has the permission `{name}: {most}`{}, and the policy wants `{name}: {wanted}`",
                if most == least { "" } else { " at most" }
            ),
        };
        return Some(Complaint::new(
            RuleName::PermissionsMissing,
            message,
            format!("give the token `{name}: {wanted}`{}", whose(kind)),
        ));
    }
    let seen = match least {
        PermissionLevel::None => String::new(),
        least => format!(", only that it has `{name}: {least}`"),
    };
    Some(Complaint::new(
        RuleName::PermissionsUnknown,
        format!(
            "it cannot be seen whether the token has the permission `{name}: {wanted}`{seen}: {}",
            why(granted.unseen.as_ref(), kind)
        ),
        "allow it with `levels: { permissions/unknown: warn }`, or use a GitHub App, whose permissions GitHub lists",
    ))
}

fn excess(
    name: &str,
    has: PermissionLevel,
    allowed: PermissionLevel,
    kind: TokenKind,
) -> Complaint {
    let (message, help) = match allowed {
        PermissionLevel::None => (
            "which the policy does not allow".to_owned(),
            format!("take `{name}` from the token{}", whose(kind)),
        ),
        allowed => (
            format!("and the policy allows `{name}: {allowed}`"),
            format!("lower `{name}` to `{allowed}`{}", whose(kind)),
        ),
    };
    Complaint::new(
        RuleName::PermissionsExcess,
        format!("the token has the permission `{name}: {has}`, {message}"),
        format!("{help}, or allow it in the policy"),
    )
}

/// Why it cannot be seen. Most often there is no way to see it.
fn why(unseen: Option<&Why>, kind: TokenKind) -> String {
    match unseen {
        Some(Why::NotTold) => format!(
            "GitHub does not list the permissions of {}, and a question that only reads shows no more than `read`",
            kind.with_article()
        ),
        Some(why) => why.to_string(),
        // A whole list, of several accounts.
        None => "it differs between the accounts that the app is installed on".to_owned(),
    }
}

fn unseen(kind: TokenKind, why: &Why) -> Complaint {
    let why = match why {
        Why::NotTold => String::new(),
        why => format!(" ({why})"),
    };
    let help = match kind {
        TokenKind::Installation => {
            "give the app itself, with `client-id` and `private-key`, or look at `permissions` in the workflow"
        }
        TokenKind::Classic
        | TokenKind::FineGrained
        | TokenKind::Legacy
        | TokenKind::OAuth
        | TokenKind::UserToServer => {
            "look the token up in its owner's settings, or use a GitHub App, whose permissions GitHub lists"
        }
    };
    Complaint::new(
        RuleName::PermissionsUnseen,
        format!(
            "GitHub does not list the permissions of {}{why}, so that it may have more than the policy allows",
            kind.with_article()
        ),
        help,
    )
}

fn whose(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::FineGrained => " in its owner's settings",
        TokenKind::Installation => {
            ", by `permissions` in the workflow for `GITHUB_TOKEN`, else in the app's settings and on its installation"
        }
        TokenKind::UserToServer => " in the app's settings, and on its installation",
        TokenKind::Classic | TokenKind::Legacy | TokenKind::OAuth => "",
    }
}
