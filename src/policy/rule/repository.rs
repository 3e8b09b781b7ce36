//! What the token can do with the repositories that the policy names.

use std::collections::BTreeMap;

use crate::facts::{Access, Answer, Fact, RepositoryName, TokenFacts, Why};

use super::{Complaint, RuleName};

/// Holds what the probes found against what the policy wants.
pub(crate) fn check(
    wanted: &BTreeMap<RepositoryName, Access>,
    facts: &TokenFacts,
) -> Vec<Complaint> {
    let not_asked = Fact::Unknown(Why::NotTold);
    wanted
        .iter()
        .filter_map(|(name, access)| {
            let found = facts.repositories.get(name);
            let fetch = found.map_or(&not_asked, |found| &found.fetch);
            let push = found.map_or(&not_asked, |found| &found.push);
            match access {
                Access::None => out_of_reach(name, fetch),
                Access::Fetch => within_reach(name, *access, fetch),
                Access::Push => within_reach(name, *access, push),
            }
        })
        .collect()
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
        Fact::Known(Answer::Forbidden(said)) => Some(match access {
            Access::None | Access::Fetch => Complaint::new(
                RuleName::RepositoriesUnreachable,
                format!(
                    "the token may not fetch from `{name}`, which the policy wants; GitHub says: {said}"
                ),
                "give the token the permission `contents: read`, or the scope `repo`",
            ),
            Access::Push => Complaint::new(
                RuleName::RepositoriesReadOnly,
                format!(
                    "the token may not push to `{name}`, which the policy wants; GitHub says: {said}"
                ),
                "give the token the permission `contents: write` or the scope `repo`, and its owner the right to push",
            ),
        }),
        Fact::Unknown(why) => Some(unknown(name, why)),
    }
}

fn out_of_reach(name: &RepositoryName, found: &Fact<Answer>) -> Option<Complaint> {
    match found {
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
