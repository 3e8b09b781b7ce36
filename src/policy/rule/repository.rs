//! What the token can do with the repositories that the policy names.

use std::collections::BTreeSet;

use crate::facts::{
    Access, Answer, Cause, Fact, Refusal, RepositoryFacts, RepositoryName, TokenFacts, Visibility,
    Why,
};

use super::super::{Repositories, closest};
use super::{Complaint, RuleName};

/// Holds what the probes found against what the policy wants.
pub(crate) fn check(wanted: &Repositories, facts: &TokenFacts) -> Vec<Complaint> {
    let not_asked = RepositoryFacts::unknown(&Why::NotTold);
    let mut complaints = Vec::new();
    for (pattern, access) in wanted {
        let Some(name) = pattern.name() else {
            // What fits a pattern nobody can ask about. Only of `none` is something demanded.
            if access.value == Access::None && !is_seen_whole(facts) {
                complaints.push(unseen(pattern.as_str()).at(&access.at));
            }
            continue;
        };
        let found = facts.repositories.get(&name).unwrap_or(&not_asked);
        let answer = match access.value {
            Access::None => out_of_reach(&name, found),
            Access::Fetch => within_reach(&name, Access::Fetch, &found.fetch),
            Access::Push if found.archived == Fact::Known(true) => Some(archived(&name)),
            Access::Push => within_reach(&name, Access::Push, &found.push),
        };
        let answers = answer
            .into_iter()
            .chain(renamed(&name, access.value, found, wanted));
        complaints.extend(answers.map(|complaint| complaint.at(&access.at)));
    }
    complaints
}

/// Whether the token reaches no repository but those that it was asked about.
fn is_seen_whole(facts: &TokenFacts) -> bool {
    let Fact::Known(reach) = &facts.reach else {
        return false;
    };
    // Of what the gate wants to push to, only that was asked. What may be public, anybody reaches.
    let is_open = |found: &RepositoryFacts| {
        [&found.fetch, &found.push].contains(&&Fact::Known(Answer::Yes))
            && matches!(
                found.visibility,
                Fact::Known(Visibility::Internal | Visibility::Private)
            )
    };
    // By its old name and its new one it is the same repository.
    let reached: BTreeSet<_> = facts
        .repositories
        .iter()
        .filter(|(_, found)| is_open(found))
        .map(|(name, found)| found.renamed_to.as_ref().unwrap_or(name))
        .collect();
    !reach.all && u64::try_from(reached.len()).is_ok_and(|reached| reach.count <= reached)
}

fn unseen(pattern: &str) -> Complaint {
    Complaint::new(
        RuleName::RepositoriesUnseen,
        format!(
            "it cannot be seen whether the token reaches a repository that fits `{pattern}`, where the policy has `none`"
        ),
        "name the repositories that must be out of reach one by one, or give a GitHub App with `client-id` and `private-key`",
    )
}

/// git's door may well be open: GitHub refuses the push itself.
fn archived(name: &RepositoryName) -> Complaint {
    Complaint::new(
        RuleName::RepositoriesReadOnly,
        format!("nobody can push to `{name}`, which the policy wants: the repository is archived"),
        format!("unarchive `{name}` in its settings, or ask for `fetch` in the policy"),
    )
}

/// GitHub leads from the old name to the new one; a lease knows its repositories by name.
fn renamed(
    name: &RepositoryName,
    access: Access,
    found: &RepositoryFacts,
    wanted: &Repositories,
) -> Option<Complaint> {
    let now = found.renamed_to.as_ref()?;
    let is_open = closest(wanted, now).is_some_and(|(_, access)| access.value > Access::None);
    (access != Access::None && !is_open).then(|| {
        Complaint::new(
            RuleName::RepositoriesRenamed,
            format!(
                "`{name}` is now called `{now}`, and a lease of the old name does not answer for the new one"
            ),
            format!("write `{now}` in the policy, and in the jobs' remotes"),
        )
    })
}

fn within_reach(name: &RepositoryName, access: Access, found: &Fact<Answer>) -> Option<Complaint> {
    match found {
        Fact::Known(Answer::Yes) => None,
        Fact::Known(Answer::Invisible) => Some(Complaint::new(
            RuleName::RepositoriesUnreachable,
            format!(
                "GitHub shows the token no repository `{name}`, where the policy wants `{access}`"
            ),
            format!(
                "give the token access to `{name}`, have its owner approve it, or correct the name"
            ),
        )),
        Fact::Known(Answer::Forbidden(refusal)) => Some(match access {
            Access::None | Access::Fetch => Complaint::new(
                RuleName::RepositoriesUnreachable,
                format!("the token may not fetch from `{name}`, which the policy wants: {refusal}"),
                help(
                    refusal,
                    "give the token the permission `contents: read`, or the scope `repo`",
                ),
            ),
            Access::Push => Complaint::new(
                RuleName::RepositoriesReadOnly,
                format!("the token may not push to `{name}`, which the policy wants: {refusal}"),
                help(
                    refusal,
                    "give the token the permission `contents: write` or the scope `repo`, and its owner the right to push",
                ),
            ),
        }),
        Fact::Unknown(why) => Some(unknown(name, why)),
    }
}

fn help(refusal: &Refusal, otherwise: &str) -> String {
    match refusal.cause {
        Cause::Other => otherwise.to_owned(),
        _ => refusal.help(),
    }
}

fn out_of_reach(name: &RepositoryName, found: &RepositoryFacts) -> Option<Complaint> {
    match &found.fetch {
        Fact::Known(Answer::Yes) if found.visibility == Fact::Known(Visibility::Public) => {
            Some(Complaint::new(
                RuleName::RepositoriesReachable,
                format!(
                    "`{name}` is public: anybody can fetch from it, where the policy has `none`"
                ),
                format!("make `{name}` private, or take it out of the policy"),
            ))
        }
        Fact::Known(Answer::Yes) => Some(Complaint::new(
            RuleName::RepositoriesReachable,
            format!("the token can fetch from `{name}`, where the policy has `none`"),
            format!("remove `{name}` from the token, or make a token that does not have it"),
        )),
        Fact::Known(Answer::Forbidden(_) | Answer::Invisible) => None,
        Fact::Unknown(why) => Some(unknown(name, why)),
    }
}

fn unknown(name: &RepositoryName, why: &Why) -> Complaint {
    Complaint::new(
        RuleName::RepositoriesUnknown,
        format!("it is not known what the token can do with `{name}`: {why}"),
        "run the step again, or allow it with `levels: { repositories/unknown: warn }`",
    )
}
