//! Which GitHub the fake plays, and what that changes.

/// Which of GitHub's servers the fake plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Server {
    /// github.com.
    GitHubCom,
    /// GitHub Enterprise Cloud with data residency, below `ghe.com`.
    DataResidency,
    /// GitHub Enterprise Server of a version such as `3.10.4`.
    ///
    /// A version that begins with no two numbers is taken for the newest.
    Enterprise(String),
}

impl Server {
    /// The version an Enterprise Server tells of itself.
    pub(crate) fn version(&self) -> Option<&str> {
        match self {
            Self::GitHubCom | Self::DataResidency => None,
            Self::Enterprise(version) => Some(version),
        }
    }

    pub(crate) fn is_enterprise(&self) -> bool {
        self.version().is_some()
    }

    /// Whether it has what an Enterprise Server has since 'first'; the cloud has it all.
    pub(crate) fn has_since(&self, first: (u32, u32)) -> bool {
        let release = |version: &str| {
            let mut numbers = version.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        };
        self.version()
            .and_then(release)
            .is_none_or(|release| release >= first)
    }

    /// Where its pages are, as its texts name them; an Enterprise Server is at 'host'.
    pub(crate) fn site(&self, host: &str) -> String {
        match self {
            Self::GitHubCom => "https://github.com".to_owned(),
            Self::DataResidency => "https://octocorp.ghe.com".to_owned(),
            Self::Enterprise(_) => format!("https://{host}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_compared_by_its_numbers() {
        let server = |version: &str| Server::Enterprise(version.to_owned());
        assert!(server("3.10.4").has_since((3, 10)));
        assert!(!server("3.9.20").has_since((3, 10)));
        assert!(server("4.0").has_since((3, 10)));
        assert!(server("next").has_since((3, 22)));
        assert!(Server::GitHubCom.has_since((3, 22)));
        assert!(Server::DataResidency.has_since((3, 22)));
    }
}
