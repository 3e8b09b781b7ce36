//! What a token can do with one repository: git's own door, and what the API tells beside it.

use serde::Deserialize;

use crate::facts::{
    Access, Answer, Cause, Fact, Refusal, RepositoryFacts, RepositoryName, Visibility, Why,
};

use super::git_probe::GitProbe;
use super::github::{GitHub, Question, Reply, Said};

/// A repository as the API describes it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Seen {
    pub(super) full_name: String,
    #[serde(default)]
    private: Option<bool>,
    #[serde(default)]
    visibility: Option<Visibility>,
    #[serde(default)]
    archived: Option<bool>,
}

impl Seen {
    fn visibility(&self) -> Fact<Visibility> {
        // A GitHub Enterprise Server of before 3.0 tells `private` alone.
        let by_flag = self.private.map(|private| {
            if private {
                Visibility::Private
            } else {
                Visibility::Public
            }
        });
        told(self.visibility.or(by_flag))
    }
}

fn told<T>(told: Option<T>) -> Fact<T> {
    told.map_or(Fact::Unknown(Why::NotTold), Fact::Known)
}

/// What the API tells of a repository, or why not.
enum Described {
    Yes(Seen),
    No(Why),
    Refused(Refusal),
}

/// One question to the API, unless it has `seen` the repository already, and one to git's door:
/// who may push may fetch.
pub(super) async fn ask(
    github: &GitHub<'_>,
    probe: &GitProbe<'_>,
    name: &RepositoryName,
    access: Access,
    seen: Option<&Seen>,
) -> RepositoryFacts {
    let (described, (fetch, push)) = futures_util::future::join(
        describe(github, name, seen),
        through_the_door(probe, name, access),
    )
    .await;
    let (archived, visibility, renamed_to, refusal) = match described {
        Described::Yes(seen) => (
            told(seen.archived),
            seen.visibility(),
            RepositoryName::parse(&seen.full_name).filter(|now| now != name),
            None,
        ),
        Described::No(why) => (Fact::Unknown(why.clone()), Fact::Unknown(why), None, None),
        Described::Refused(refusal) => {
            let why = Why::NoAnswer(refusal.to_string());
            (
                Fact::Unknown(why.clone()),
                Fact::Unknown(why),
                None,
                Some(refusal),
            )
        }
    };
    RepositoryFacts {
        fetch: explained(fetch, refusal.as_ref()),
        push: explained(push, refusal.as_ref()),
        archived,
        visibility,
        renamed_to,
    }
}

async fn describe(github: &GitHub<'_>, name: &RepositoryName, seen: Option<&Seen>) -> Described {
    if let Some(seen) = seen {
        return Described::Yes(seen.clone());
    }
    let question = Question::get(github.path(&format!("/repos/{name}")));
    let answer = github.patience().spare(github.ask::<Seen>(question)).await;
    match answer.unwrap_or_else(|| Err(github.silent())) {
        Ok(Reply { said, .. }) => match said {
            Said::Yes(seen) => Described::Yes(seen),
            Said::Forbidden(refusal) => Described::Refused(refusal),
            Said::NotFound(_) | Said::Unauthorized(_) | Said::Other { .. } => {
                Described::No(Why::NotTold)
            }
        },
        Err(error) => Described::No(Why::NoAnswer(error.to_string())),
    }
}

async fn through_the_door(
    probe: &GitProbe<'_>,
    name: &RepositoryName,
    access: Access,
) -> (Fact<Answer>, Fact<Answer>) {
    let unasked = || Fact::Unknown(Why::NotTold);
    match access {
        Access::None | Access::Fetch => (probe.ask(name, "git-upload-pack").await, unasked()),
        Access::Push => {
            let push = probe.ask(name, "git-receive-pack").await;
            let fetch = match &push {
                Fact::Known(Answer::Yes) => push.clone(),
                Fact::Known(_) | Fact::Unknown(_) => unasked(),
            };
            (fetch, push)
        }
    }
}

/// git's door says less than the API of why it is shut.
fn explained(answer: Fact<Answer>, refusal: Option<&Refusal>) -> Fact<Answer> {
    let vague = |refusal: &Refusal| {
        matches!(
            refusal.cause,
            Cause::Other
                | Cause::Blocked { reason: None }
                | Cause::IpAllowList {
                    organization: None,
                    ..
                }
                | Cause::Lifetime { page: None, .. }
                | Cause::NoContents
                | Cause::Sso { page: None }
                | Cause::KindForbidden {
                    organization: None,
                    ..
                }
        )
    };
    match (answer, refusal) {
        (Fact::Known(Answer::Forbidden(said)), Some(refusal)) if vague(&said) => {
            Fact::Known(Answer::Forbidden(refusal.clone()))
        }
        (answer, _) => answer,
    }
}
