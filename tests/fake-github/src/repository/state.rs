//! What a repository is beside its content: archived, blocked, renamed.

use std::io;

use hyper::StatusCode;
use serde_json::json;

use super::{Entry, Repositories};
use crate::answer::{self, Answer};

/// Something said of a repository before the fake starts.
pub(crate) enum Change {
    Archived,
    Disabled,
    Blocked,
    /// It was called so before.
    RenamedFrom(String),
    /// A feature is off; it is named by the permission that reads it.
    Off(String),
    /// There is something at a path, on a branch or what else has a full name.
    Holds {
        reference: String,
        path: String,
        entry: Entry,
    },
}

impl Repositories {
    /// Makes 'change' to the repository 'name'.
    pub(crate) fn change(&mut self, name: &str, change: Change) -> io::Result<()> {
        let key = name.to_ascii_lowercase();
        let Some(repository) = self.by_name.get_mut(&key) else {
            return Err(mistake(format!("there is no repository `{name}`")));
        };
        match change {
            Change::Archived => repository.is_archived = true,
            Change::Disabled => repository.is_disabled = true,
            Change::Blocked => repository.is_blocked = true,
            Change::Off(feature) if Off::of(&feature).is_none() => {
                return Err(mistake(format!(
                    "GitHub has no word for `{feature}` being off"
                )));
            }
            Change::Off(feature) => repository.off.push(feature),
            Change::Holds {
                reference,
                path,
                entry,
            } => self.put(name, (&reference, &path), &entry)?,
            Change::RenamedFrom(old) => {
                let old = old.to_ascii_lowercase();
                if self.by_name.contains_key(&old) {
                    return Err(mistake(format!("`{old}` is still a repository's name")));
                }
                self.renames.insert(old, key);
            }
        }
        Ok(())
    }
}

/// How the API says that a feature is off.
pub(crate) struct Off {
    feature: &'static str,
    status: StatusCode,
    message: &'static str,
}

impl Off {
    pub(crate) fn of(feature: &str) -> Option<&'static Self> {
        OFF.iter().find(|off| off.feature == feature)
    }

    pub(crate) fn answer(&self) -> Answer {
        answer::error(self.status, self.message)
    }
}

// recorded: the statuses as trufflehog's analyser meets them; GitHub's own words from published logs.
static OFF: [Off; 6] = {
    const fn off(feature: &'static str, status: StatusCode, message: &'static str) -> Off {
        Off {
            feature,
            status,
            message,
        }
    }
    [
        off("contents", StatusCode::CONFLICT, "Git Repository is empty."),
        off(
            "issues",
            StatusCode::GONE,
            "Issues has been disabled in this repository.",
        ),
        off("pages", StatusCode::NOT_FOUND, "Not Found"),
        off(
            "secret_scanning_alerts",
            StatusCode::NOT_FOUND,
            "Secret scanning is disabled on this repository.",
        ),
        off(
            "security_events",
            StatusCode::NOT_FOUND,
            "no analysis found",
        ),
        off(
            "vulnerability_alerts",
            StatusCode::FORBIDDEN,
            "Dependabot alerts are disabled for this repository.",
        ),
    ]
};

/// The API's answer for a repository that GitHub has blocked.
pub(crate) fn blocked() -> Answer {
    // recorded: seen in caarlos0/fork-cleaner #99 and kulkansecurity/gitxray #9.
    answer::json(
        StatusCode::FORBIDDEN,
        &json!({
            "message": "Repository access blocked",
            "block": {
                "reason": "tos",
                "created_at": "2026-01-02T00:00:00Z",
                "html_url": "https://github.com/tos",
            },
        }),
    )
}

fn mistake(complaint: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, complaint)
}
