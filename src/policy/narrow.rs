//! Inputs narrow a policy and never widen it.

use std::collections::BTreeMap;

use crate::facts::{Access, PermissionLevel, RepositoryName, RepositoryPattern};

use super::lifetime::LifetimeError;
use super::{Lifetime, Placed, Policy, Repositories, closest};

impl Policy {
    /// Narrows the policy to the lines `OWNER/REPO` or `OWNER/REPO: push`, and to a shorter
    /// lease. Empty text and `None` leave it as it is.
    pub fn narrow(mut self, repositories: &str, ttl: Option<&str>) -> Result<Self, NarrowError> {
        if let Some(ttl) = ttl {
            let ttl = Lifetime::parse(ttl)?;
            if ttl.duration() > self.ttl().duration() {
                return Err(NarrowError::Longer {
                    policy: self.ttl().to_string(),
                });
            }
            let at = self.ttl.as_ref().map_or(&self.at, |ttl| &ttl.at).clone();
            self.ttl = Some(Placed { value: ttl, at });
        }
        let mut narrowed = Repositories::new();
        for (at, line) in repositories.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            let (name, access) = parse(line).ok_or(NarrowError::NotARepository { line: at + 1 })?;
            self.permits(&name, access)?;
            let wanted = self.entry(&name).map(|(_, wanted)| &wanted.at);
            let access = Placed {
                value: access,
                at: wanted.unwrap_or(&self.at).clone(),
            };
            if narrowed.insert(name.into(), access).is_some() {
                return Err(NarrowError::Twice { line: at + 1 });
            }
        }
        if !narrowed.is_empty() {
            self.repositories
                .retain(|_, access| access.value == Access::None);
            self.repositories.append(&mut narrowed);
        }
        Ok(self)
    }

    /// Whether a lease may have the form `word`, as the input `lease` writes it.
    pub fn permit_form(&self, word: &'static str) -> Result<(), NarrowError> {
        let Some(formats) = &self.formats else {
            return match word {
                // Plain text is for those who say so.
                "git" => Ok(()),
                _ => Err(NarrowError::Form {
                    asked: word,
                    allowed: vec!["git"],
                }),
            };
        };
        let allowed: Vec<_> = formats.value.iter().map(|format| format.word()).collect();
        if allowed.contains(&word) {
            return Ok(());
        }
        Err(NarrowError::Form {
            asked: word,
            allowed,
        })
    }

    /// The policy once for each account that its reach is of, since an app's token is of one
    /// account. A policy without a reach is for the repository `own`; `None` if that is not known.
    ///
    /// What must be out of reach is so for each of them.
    pub fn by_owner(mut self, own: Option<RepositoryName>) -> Option<Vec<Self>> {
        if self.reach().is_none() {
            let access = Placed {
                value: Access::Fetch,
                at: self.at.clone(),
            };
            self.repositories.insert(own?.into(), access);
        }
        let reach = self.reach()?;
        let of_owner = |owner: &str| {
            let mut policy = self.clone();
            policy.repositories.retain(|pattern, access| {
                access.value == Access::None || pattern.owner().eq_ignore_ascii_case(owner)
            });
            policy
        };
        Some(reach.owners().into_iter().map(of_owner).collect())
    }

    /// What an app is to ask for: exactly what the gate requires; where it names no permission,
    /// what its reach needs and the gate allows.
    pub fn wished_permissions(&self) -> BTreeMap<String, PermissionLevel> {
        let required = self.required_permissions();
        if !required.is_empty() {
            return required;
        }
        let needed = self.needed_permissions().into_iter();
        let mut wished: BTreeMap<_, _> = needed
            .map(|(name, level)| {
                let allowed = self.allowed_permission(&name);
                (name, level.min(allowed.unwrap_or(PermissionLevel::Admin)))
            })
            .filter(|(_, level)| *level > PermissionLevel::None)
            .collect();
        if wished.is_empty() {
            // To ask for nothing is to ask for all that the app has; this one is always there.
            wished.insert("metadata".to_owned(), PermissionLevel::Read);
        }
        wished
    }

    fn permits(&self, name: &RepositoryName, access: Access) -> Result<(), NarrowError> {
        let names_reach = self.reach().is_some();
        let error = match self.entry(name).map(|(_, wanted)| wanted.value) {
            Some(Access::None) => NarrowError::Unreachable(name.clone()),
            Some(Access::Fetch) if access == Access::Push => NarrowError::Push(name.clone()),
            None if names_reach => NarrowError::Unnamed(name.clone()),
            Some(_) | None => return Ok(()),
        };
        Err(error)
    }

    /// What the gate says of a repository.
    pub(super) fn entry(
        &self,
        name: &RepositoryName,
    ) -> Option<(&RepositoryPattern, &Placed<Access>)> {
        closest(&self.repositories, name)
    }
}

fn parse(line: &str) -> Option<(RepositoryName, Access)> {
    let (name, access) = match line.split_once(':') {
        None => (line, Access::Fetch),
        Some((name, access)) => match access.trim() {
            "fetch" => (name, Access::Fetch),
            "push" => (name, Access::Push),
            _ => return None,
        },
    };
    Some((RepositoryName::parse(name.trim())?, access))
}

/// Why an input cannot narrow the policy.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NarrowError {
    /// The input `lease` asks for a form that the policy does not have.
    #[error("the input `lease` asks for `{asked}`, where `lease.format` in the policy has `{}`", allowed.join("`, `"))]
    Form {
        /// As the input has it.
        asked: &'static str,
        /// As the policy has it.
        allowed: Vec<&'static str>,
    },
    /// The input `ttl` is longer than the policy's.
    #[error("the input `ttl` is longer than the policy's `{policy}`")]
    Longer {
        /// The policy's, as written.
        policy: String,
    },
    /// A line of the input `repositories` is something else.
    #[error(
        "line {line} of the input `repositories` is not `OWNER/REPO`, `OWNER/REPO: fetch` or `OWNER/REPO: push`"
    )]
    NotARepository {
        /// Counted from 1.
        line: usize,
    },
    /// Push is asked where the policy has fetch.
    #[error("the input `repositories` asks to push to `{0}`, where the policy has `fetch`")]
    Push(RepositoryName),
    /// A repository stands on two lines.
    #[error("line {line} of the input `repositories` names a repository again")]
    Twice {
        /// Counted from 1.
        line: usize,
    },
    /// The input `ttl` is no span of time.
    #[error("the input `ttl` is unusable: {0}")]
    Ttl(#[from] LifetimeError),
    /// The policy wants the repository out of reach.
    #[error("the input `repositories` asks for `{0}`, where the policy has `none`")]
    Unreachable(RepositoryName),
    /// The policy names others only.
    #[error("the input `repositories` asks for `{0}`, which the policy does not name")]
    Unnamed(RepositoryName),
}

impl NarrowError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotARepository { .. } | Self::Twice { .. } => {
                "write each repository on a line of its own, once"
            }
            Self::Ttl(_) => "write it as `20m`",
            Self::Form { .. }
            | Self::Longer { .. }
            | Self::Push(_)
            | Self::Unreachable(_)
            | Self::Unnamed(_) => "inputs only narrow a policy; ask for less, or change the policy",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn policy(rules: &str) -> Policy {
        let text = format!("version: 1\ngates: {{ default: {{ {rules} }} }}\n");
        Document::parse(&text, "policy")
            .unwrap()
            .gate("default")
            .unwrap()
    }

    /// The repositories as they are judged, and the lease in seconds.
    fn narrowed(rules: &str, repositories: &str, ttl: Option<&str>) -> (String, i64) {
        let policy = policy(rules).narrow(repositories, ttl).unwrap();
        let lines: Vec<_> = policy
            .repositories()
            .map(|(name, access)| format!("{name}: {access}"))
            .collect();
        (lines.join(", "), policy.ttl().duration().as_secs())
    }

    #[track_caller]
    fn refused(rules: &str, repositories: &str, ttl: Option<&str>) -> String {
        let error = policy(rules).narrow(repositories, ttl).unwrap_err();
        format!("{error}; {}", error.help())
    }

    #[test]
    fn an_app_never_asks_for_nothing_since_that_means_all() {
        let wished = |rules| {
            let wished = policy(rules).wished_permissions();
            let words: Vec<_> = wished
                .iter()
                .map(|(name, level)| format!("{name}: {level}"))
                .collect();
            words.join(", ")
        };
        let fetch = "repositories: { acme/docs: fetch }";
        assert_eq!(wished(fetch), "contents: read");
        let none = format!("{fetch}, permissions: {{ allow: {{}} }}");
        assert_eq!(wished(&none), "metadata: read");
        let issues = format!("{fetch}, permissions: {{ require: {{ issues: write }} }}");
        assert_eq!(wished(&issues), "issues: write", "exactly what is required");
        let push = "repositories: { acme/docs: fetch, acme/site: push }";
        assert_eq!(wished(push), "contents: write");
    }

    const THREE: &str = "repositories: { acme/docs: fetch, acme/site: push, acme/vault: none }, lease: { ttl: 20m }";

    #[test]
    fn without_inputs_a_policy_stays_as_it_is() {
        let whole = "acme/docs: fetch, acme/site: push, acme/vault: none";
        assert_eq!(narrowed(THREE, "", None), (whole.to_owned(), 1200));
        assert_eq!(narrowed(THREE, " \n\t\n", None), (whole.to_owned(), 1200));
        assert_eq!(narrowed("", "", None), (String::new(), 3600));
    }

    #[test]
    fn what_must_be_out_of_reach_is_judged_whatever_the_inputs_name() {
        for (lines, left) in [
            ("acme/docs", "acme/docs: fetch, acme/vault: none"),
            ("acme/site: push", "acme/site: push, acme/vault: none"),
            ("acme/site: fetch", "acme/site: fetch, acme/vault: none"),
            ("acme/site", "acme/site: fetch, acme/vault: none"),
            ("ACME/Docs:fetch", "ACME/Docs: fetch, acme/vault: none"),
            (
                "\n  acme/site :  push  \n\nacme/docs\r\n",
                "acme/docs: fetch, acme/site: push, acme/vault: none",
            ),
        ] {
            assert_eq!(narrowed(THREE, lines, None).0, left, "{lines:?}");
        }
    }

    const PATTERNS: &str = "repositories: { acme/*: fetch, acme/site-*: push, acme/secret-*: none, acme/secret-plan: fetch, acme/vault: none }";

    #[test]
    fn an_input_names_what_fits_a_pattern_and_what_is_shut_stays_so() {
        for (lines, left) in [
            ("acme/docs", "acme/docs: fetch, acme/secret-*: none"),
            (
                "acme/site-1: push",
                "acme/secret-*: none, acme/site-1: push",
            ),
            ("ACME/Site-1", "acme/secret-*: none, ACME/Site-1: fetch"),
            (
                "acme/secret-plan",
                "acme/secret-*: none, acme/secret-plan: fetch",
            ),
        ] {
            let left = format!("{left}, acme/vault: none");
            assert_eq!(narrowed(PATTERNS, lines, None).0, left, "{lines}");
        }
        let narrowed = policy(PATTERNS).narrow("acme/docs", None).unwrap();
        let words = narrowed.reach().unwrap().words();
        assert_eq!(words, ["acme/docs"], "a name has no exceptions");
    }

    #[test]
    fn an_input_never_widens_what_a_pattern_allows() {
        insta::assert_snapshot!(refused(PATTERNS, "acme/docs: push", None), @"the input `repositories` asks to push to `acme/docs`, where the policy has `fetch`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(PATTERNS, "acme/secret-x", None), @"the input `repositories` asks for `acme/secret-x`, where the policy has `none`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(PATTERNS, "acme/secret-plan: push", None), @"the input `repositories` asks to push to `acme/secret-plan`, where the policy has `fetch`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(PATTERNS, "acme/Vault", None), @"the input `repositories` asks for `acme/Vault`, where the policy has `none`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(PATTERNS, "acme-labs/docs", None), @"the input `repositories` asks for `acme-labs/docs`, which the policy does not name; inputs only narrow a policy; ask for less, or change the policy");
        // As close as each other: the lesser holds.
        let both = "repositories: { acme/a*: push, acme/*b: none, acme/c*: push, acme/*d: fetch }";
        insta::assert_snapshot!(refused(both, "acme/ab", None), @"the input `repositories` asks for `acme/ab`, where the policy has `none`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(both, "acme/cd: push", None), @"the input `repositories` asks to push to `acme/cd`, where the policy has `fetch`; inputs only narrow a policy; ask for less, or change the policy");
        for pattern in ["acme/*", "acme/site-*: push"] {
            let error = policy(PATTERNS).narrow(pattern, None).unwrap_err();
            assert_eq!(
                error,
                NarrowError::NotARepository { line: 1 },
                "an input names no pattern"
            );
        }
    }

    #[test]
    fn a_policy_without_a_reach_takes_any_repository() {
        let lines = "other/site: push\nacme/docs";
        let repositories = "acme/docs: fetch, other/site: push";
        assert_eq!(narrowed("", lines, None).0, repositories);
        let (narrowed, _) = narrowed("kinds: [classic]", lines, None);
        assert_eq!(narrowed, repositories);
    }

    #[test]
    fn a_lease_gets_shorter_and_never_longer() {
        assert_eq!(narrowed(THREE, "", Some("5m")).1, 300);
        assert_eq!(narrowed(THREE, "", Some("1200s")).1, 1200);
        assert!(policy(THREE).narrow("", Some("1201s")).is_err());
        assert!(policy("").narrow("", Some("61m")).is_err());
        assert!(Policy::baseline().narrow("", Some("61m")).is_err());
    }

    #[test]
    fn plain_text_is_for_policies_that_say_so() {
        let permits = |rules, word| policy(rules).permit_form(word).is_ok();
        assert!(permits("", "git") && !permits("", "netrc"));
        assert!(permits("lease: { format: [git, netrc] }", "netrc"));
        assert!(!permits("lease: { format: [netrc] }", "git"));
        let error = policy("lease: { format: [netrc, store] }").permit_form("git");
        insta::assert_snapshot!(error.unwrap_err(), @"the input `lease` asks for `git`, where `lease.format` in the policy has `netrc`, `store`");
    }

    #[test]
    fn an_input_that_would_widen_the_policy_is_told() {
        insta::assert_snapshot!(refused(THREE, "", Some("1h")), @"the input `ttl` is longer than the policy's `20m`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(THREE, "acme/docs: push", None), @"the input `repositories` asks to push to `acme/docs`, where the policy has `fetch`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(THREE, "acme/vault", None), @"the input `repositories` asks for `acme/vault`, where the policy has `none`; inputs only narrow a policy; ask for less, or change the policy");
        insta::assert_snapshot!(refused(THREE, "acme/site\nacme/other", None), @"the input `repositories` asks for `acme/other`, which the policy does not name; inputs only narrow a policy; ask for less, or change the policy");
    }

    #[test]
    fn an_input_that_cannot_be_read_is_told_without_repeating_it() {
        insta::assert_snapshot!(refused(THREE, "", Some("hunter2")), @"the input `ttl` is unusable: a span of time is a number and a unit, such as `20m`, `2h` or `90d`; write it as `20m`");
        insta::assert_snapshot!(refused(THREE, "acme/site\n\nhunter2", None), @"line 3 of the input `repositories` is not `OWNER/REPO`, `OWNER/REPO: fetch` or `OWNER/REPO: push`; write each repository on a line of its own, once");
        for line in [
            "acme",
            "acme/site: none",
            "acme/site: write",
            "acme/site push",
            "acme/*",
            "- acme/site",
            "acme/site: push: push",
            "acme/site,acme/docs",
            "https://github.com/acme/site",
            "# acme/site",
        ] {
            let error = policy(THREE).narrow(line, None).unwrap_err();
            assert_eq!(error, NarrowError::NotARepository { line: 1 }, "{line}");
        }
    }
}
