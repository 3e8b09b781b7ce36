//! What a token's permissions are, where GitHub lists them nowhere: each question reads, and
//! shows by its success what is granted.
//!
//! <https://docs.github.com/en/rest/authentication/permissions-required-for-fine-grained-personal-access-tokens>

use futures_util::{StreamExt as _, stream};
use http::HeaderMap;
use serde::de::IgnoredAny;

use crate::facts::{
    Answer, Cause, Fact, Grant, PermissionLevel, Permissions, RepositoryFacts, RepositoryName,
    Visibility,
};

use super::github::{GitHub, Question, Reply, Said};
use super::header;

/// As many as run side by side.
const PROBES: usize = 16;

/// A permission, a question that shows it, and how much of it. `REPO` and `ORG` stand for names.
const QUESTIONS: [(&str, &str, PermissionLevel); 16] = {
    use PermissionLevel::{Read, Write};
    [
        ("actions", "/repos/REPO/actions/artifacts?per_page=1", Read),
        (
            "actions_variables",
            "/repos/REPO/actions/variables?per_page=1",
            Read,
        ),
        ("administration", "/repos/REPO/actions/permissions", Read),
        (
            "administration",
            "/repos/REPO/rulesets/rule-suites?per_page=1",
            Write,
        ),
        (
            "dependabot_secrets",
            "/repos/REPO/dependabot/secrets?per_page=1",
            Read,
        ),
        ("deployments", "/repos/REPO/deployments?per_page=1", Read),
        ("issues", "/repos/REPO/issues?per_page=1", Read),
        (
            "organization_secrets",
            "/orgs/ORG/actions/secrets?per_page=1",
            Read,
        ),
        ("pages", "/repos/REPO/pages", Read),
        ("pull_requests", "/repos/REPO/pulls?per_page=1", Read),
        ("repository_hooks", "/repos/REPO/hooks?per_page=1", Read),
        (
            "secret_scanning_alerts",
            "/repos/REPO/secret-scanning/alerts?per_page=1",
            Read,
        ),
        ("secrets", "/repos/REPO/actions/secrets?per_page=1", Read),
        (
            "security_events",
            "/repos/REPO/code-scanning/alerts?per_page=1",
            Read,
        ),
        (
            "statuses",
            "/repos/REPO/commits/HEAD/statuses?per_page=1",
            Read,
        ),
        (
            "vulnerability_alerts",
            "/repos/REPO/dependabot/alerts",
            Read,
        ),
    ]
};

/// What git's door and the API have shown of permissions already. A refusal proves something only
/// of a repository that the token sees.
pub(super) fn shown(found: &RepositoryFacts, known: &mut Permissions) {
    let hidden = hides(found);
    if hidden {
        known.learn("metadata", Grant::at_least(PermissionLevel::Read));
    }
    let refused = |answer: &Fact<Answer>| {
        hidden
            && matches!(answer, Fact::Known(Answer::Forbidden(refusal)) if refusal.cause == Cause::NoContents)
    };
    if found.push == Fact::Known(Answer::Yes) {
        known.learn("contents", Grant::at_least(PermissionLevel::Write));
    } else if refused(&found.push) {
        known.learn("contents", Grant::at_most(PermissionLevel::Read));
    }
    if hidden && found.fetch == Fact::Known(Answer::Yes) {
        known.learn("contents", Grant::at_least(PermissionLevel::Read));
    } else if refused(&found.fetch) {
        known.learn("contents", Grant::at_most(PermissionLevel::None));
    }
}

/// Whether a read of the repository proves anything: of a public one it does not.
pub(super) fn hides(found: &RepositoryFacts) -> bool {
    matches!(
        found.visibility,
        Fact::Known(Visibility::Internal | Visibility::Private)
    )
}

/// Whether anybody may read the repository.
pub(super) fn is_public(found: &RepositoryFacts) -> bool {
    found.visibility == Fact::Known(Visibility::Public)
}

/// Asks about each of `names` for which there is a question, of `repository`, which must not be
/// public.
pub(super) async fn ask(
    github: &GitHub<'_>,
    repository: &RepositoryName,
    names: &[&str],
    known: &mut Permissions,
) {
    let questions = QUESTIONS
        .iter()
        .filter(|(name, ..)| names.contains(name) && known.of(name) == Grant::UNKNOWN);
    let learned: Vec<_> = stream::iter(questions)
        .map(async |(name, path, level)| (*name, one(github, repository, name, path, *level).await))
        .buffer_unordered(PROBES)
        .collect()
        .await;
    for (name, grant) in learned {
        known.learn(name, grant);
    }
}

async fn one(
    github: &GitHub<'_>,
    repository: &RepositoryName,
    name: &str,
    path: &str,
    level: PermissionLevel,
) -> Grant {
    // Once: a name may hold the very marks that stand for names.
    let path = match path.split_once("REPO") {
        Some((before, after)) => format!("{before}{repository}{after}"),
        None => path.replacen("ORG", repository.owner(), 1),
    };
    let question = Question::get(github.path(&path));
    let answer = github.patience().spare(github.ask::<IgnoredAny>(question));
    let Some(Ok(Reply { headers, said })) = answer.await else {
        return Grant::UNKNOWN;
    };
    match said {
        Said::Yes(_) => Grant::at_least(level),
        // No analysis has been made, which only a token with the permission learns.
        Said::NotFound(said) if name == "security_events" && said.contains("no analysis") => {
            Grant::at_least(level)
        }
        Said::Forbidden(refusal) if refusal.cause == Cause::NotGranted => {
            wanted(&headers, name).map_or(Grant::UNKNOWN, |level| Grant::at_most(below(level)))
        }
        Said::Forbidden(_) | Said::NotFound(_) | Said::Unauthorized(_) | Said::Other { .. } => {
            Grant::UNKNOWN
        }
    }
}

/// The level next below: what a token has at most that lacks `level`.
fn below(level: PermissionLevel) -> PermissionLevel {
    match level {
        PermissionLevel::Admin => PermissionLevel::Write,
        PermissionLevel::Write => PermissionLevel::Read,
        PermissionLevel::None | PermissionLevel::Read => PermissionLevel::None,
    }
}

/// The level of the permission `name` for want of which the question was refused. The header tells
/// what the question wants, never what the token has: `;` stands between alternatives, none of
/// which is there, and `,` between what is wanted together, any of which may be missing.
///
/// <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible>
fn wanted(headers: &HeaderMap, name: &str) -> Option<PermissionLevel> {
    let wanted = header::text(headers, "x-accepted-github-permissions").unwrap_or_default();
    wanted.split(';').find_map(|one| {
        let (wanted, level) = one.trim().split_once('=')?;
        (!one.contains(',') && wanted == name).then(|| PermissionLevel::read(level))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_speaks_of_a_permission_that_is_wanted_alone() {
        for (header, level) in [
            ("issues=read", Some(PermissionLevel::Read)),
            ("issues=write", Some(PermissionLevel::Write)),
            (
                "pull_requests=read; issues=read",
                Some(PermissionLevel::Read),
            ),
            ("issues=read,metadata=read", None),
            ("pull_requests=read", None),
            ("", None),
            (" issues = read", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("x-accepted-github-permissions", header.parse().unwrap());
            assert_eq!(wanted(&headers, "issues"), level, "{header}");
        }
        let none = wanted(&HeaderMap::new(), "issues");
        assert_eq!(none, None, "a proxy takes it out");
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(QUESTIONS.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    }
}
