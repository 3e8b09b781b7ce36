//! The calls that only read, each of which asks for one permission.

use crate::account::Level;

/// One such call, below a repository or an organisation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Its segments; `*` is any, and `**` all that follow.
    path: &'static str,
    pub(crate) permission: &'static str,
    pub(crate) level: Level,
    /// Whether all may read it where the repository is public.
    pub(crate) is_public: bool,
    pub(crate) role: Role,
    pub(crate) shape: Shape,
    /// Whether an Enterprise Server has no such thing.
    pub(crate) is_cloud_only: bool,
}

/// What the caller must be to the repository, beside the permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Somebody who sees it.
    Reader,
    /// Somebody who may push; others are refused.
    Writer,
    /// Somebody who may administer it, for which the right to push stands; from others it is hidden.
    Admin,
}

/// What the answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The repository or organisation itself.
    Itself,
    /// An empty list.
    List,
    /// An empty list of this name, with a count.
    Counted(&'static str),
    /// Some object.
    Object,
    /// What lies in the repository.
    Content,
    /// No such thing, for those who may ask.
    Missing,
    /// A complaint that parameters are missing, for those who may ask.
    Incomplete,
}

/// The call below a repository.
pub(super) fn of_repository(rest: &[&str]) -> Option<&'static Probe> {
    REPOSITORY.iter().find(|probe| probe.is_at(rest))
}

/// The call below an organisation.
pub(super) fn of_organization(rest: &[&str]) -> Option<&'static Probe> {
    ORGANIZATION.iter().find(|probe| probe.is_at(rest))
}

impl Probe {
    const fn read(path: &'static str, permission: &'static str, shape: Shape) -> Self {
        Self {
            path,
            permission,
            level: Level::Read,
            is_public: false,
            role: Role::Reader,
            shape,
            is_cloud_only: false,
        }
    }

    const fn write(path: &'static str, permission: &'static str, shape: Shape) -> Self {
        let probe = Self::read(path, permission, shape);
        Self {
            level: Level::Write,
            ..probe
        }
    }

    const fn public(self) -> Self {
        Self {
            is_public: true,
            ..self
        }
    }

    const fn for_a(self, role: Role) -> Self {
        Self { role, ..self }
    }

    const fn cloud_only(self) -> Self {
        Self {
            is_cloud_only: true,
            ..self
        }
    }

    /// The path below the repository, as it was called.
    fn is_at(&self, rest: &[&str]) -> bool {
        let rest = rest.strip_suffix(&[""]).unwrap_or(rest);
        let mut path = self.path.split('/').filter(|segment| !segment.is_empty());
        let mut rest = rest.iter();
        loop {
            match (path.next(), rest.next()) {
                (None, None) | (Some("**"), Some(_)) => return true,
                (Some(expected), Some(given)) if expected == "*" || expected == *given => {}
                _ => return false,
            }
        }
    }
}

/// Which permission each call asks for, and who else may make it.
static REPOSITORY: [Probe; 25] = {
    use Role::{Admin, Writer};
    use Shape::{Content, Counted, Incomplete, Itself, List, Missing, Object};
    [
        Probe::read("", "metadata", Itself).public(),
        Probe::read("collaborators", "metadata", List).for_a(Writer),
        Probe::read("commits", "contents", List).public(),
        Probe::read("contents/**", "contents", Content).public(),
        Probe::read("git/matching-refs/heads", "contents", List).public(),
        Probe::read("git/matching-refs/*/*", "contents", List).public(),
        Probe::read("actions/artifacts", "actions", Counted("artifacts")).public(),
        Probe::read("actions/permissions", "administration", Object).for_a(Admin),
        Probe::write("rulesets/rule-suites", "administration", List).for_a(Admin),
        Probe::read("issues", "issues", List).public(),
        Probe::read("pulls", "pull_requests", List).public(),
        Probe::read("actions/secrets", "secrets", Counted("secrets")).for_a(Writer),
        Probe::read(
            "actions/variables",
            "actions_variables",
            Counted("variables"),
        )
        .for_a(Writer),
        Probe::read(
            "dependabot/secrets",
            "dependabot_secrets",
            Counted("secrets"),
        )
        .for_a(Writer),
        Probe::read("hooks", "repository_hooks", List).for_a(Admin),
        Probe::read("dependabot/alerts", "vulnerability_alerts", List).for_a(Writer),
        Probe::read("secret-scanning/alerts", "secret_scanning_alerts", List).for_a(Admin),
        Probe::read("code-scanning/alerts", "security_events", List).for_a(Writer),
        Probe::read("deployments", "deployments", List).public(),
        Probe::read("environments", "environments", Counted("environments")).public(),
        Probe::read("pages", "pages", Object).public(),
        Probe::write("codespaces/permissions_check", "codespaces", Incomplete).cloud_only(),
        Probe::write("codespaces/secrets/*", "codespaces_secrets", Missing).cloud_only(),
        Probe::read("commits/*/statuses", "statuses", List).public(),
        Probe::read("collaborators/*/permission", "metadata", Object).for_a(Writer),
    ]
};

/// The same, below an organisation.
static ORGANIZATION: [Probe; 6] = {
    use Shape::{Counted, Itself, List};
    [
        Probe::read("", "metadata", Itself).public(),
        Probe::read("members", "members", List),
        Probe::read(
            "actions/secrets",
            "organization_secrets",
            Counted("secrets"),
        ),
        Probe::read(
            "actions/variables",
            "organization_actions_variables",
            Counted("variables"),
        ),
        Probe::read(
            "dependabot/secrets",
            "organization_dependabot_secrets",
            Counted("secrets"),
        ),
        Probe::read("hooks", "organization_hooks", List),
    ]
};
