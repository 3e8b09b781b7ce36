//! Which remotes a credential answers for.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// One web origin: a scheme, a host and a port.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Origin {
    scheme: Scheme,
    /// Lower case; an IPv6 address keeps its brackets.
    host: String,
    /// Absent if it is the scheme's own.
    port: Option<u16>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Scheme {
    Http,
    Https,
}

impl Origin {
    /// Reads an origin from a server's URL, such as `https://github.com`.
    ///
    /// Plain `http` is for this machine alone, where the tests and the demo run.
    pub fn parse(url: &str) -> Result<Self, OriginError> {
        let (scheme, rest) = url.split_once("://").ok_or(OriginError::NotUrl)?;
        let scheme = Scheme::parse(scheme).ok_or(OriginError::Scheme)?;
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(OriginError::UserInfo);
        }
        if rest.contains(['/', '?', '#']) {
            return Err(OriginError::Path);
        }
        let (host, port) = split_port(rest).ok_or(OriginError::Host)?;
        let host = host.to_ascii_lowercase();
        if !is_host(&host) {
            return Err(OriginError::Host);
        }
        if scheme == Scheme::Http && !is_loopback(&host) {
            return Err(OriginError::PlainHttp);
        }
        Ok(Self {
            scheme,
            host,
            port: port.filter(|port| *port != scheme.default_port()),
        })
    }

    /// Whether git's `protocol` and `host` name this origin. Nothing is trimmed, decoded or
    /// guessed: only the letters' case and a written default port are overlooked.
    pub fn covers(&self, protocol: &str, host: &str) -> bool {
        let Some((host, port)) = split_port(host) else {
            return false;
        };
        protocol == self.scheme.as_str()
            && host.eq_ignore_ascii_case(&self.host)
            && port.unwrap_or(self.scheme.default_port()) == self.port()
    }

    /// The host with its port if that is not the default one, as it stands in a URL.
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }

    /// The host alone, lower case; an IPv6 address keeps its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, given or not.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(self.scheme.default_port())
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.host)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme.as_str(), self.authority())
    }
}

impl Scheme {
    fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::Https]
            .into_iter()
            .find(|scheme| text.eq_ignore_ascii_case(scheme.as_str()))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// Why a URL is no origin. No variant carries the URL, which may hold a secret.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OriginError {
    /// The host is empty or has characters that no host has.
    Host,
    /// There is no `://`.
    NotUrl,
    /// A path, a query or a fragment stands behind the host.
    Path,
    /// `http` to another machine.
    PlainHttp,
    /// Neither `https` nor `http`.
    Scheme,
    /// A user or a password stands before the host.
    UserInfo,
}

impl std::error::Error for OriginError {}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host => "the host has characters that no host name has, or is empty",
            Self::NotUrl => "it is not a URL of the form `https://HOST`",
            Self::Path => "it has a path, and GitHub always stands at the root of its host",
            Self::PlainHttp => "it is `http`, and a token never travels in the clear",
            Self::Scheme => "its scheme is not `https`",
            Self::UserInfo => "it has a user name in it",
        })
    }
}

/// Splits `host:port`. A port is decimal digits, and must be there after a colon.
fn split_port(text: &str) -> Option<(&str, Option<u16>)> {
    let end = text.find(']').map_or(0, |bracket| bracket + 1);
    match text[end..].find(':') {
        None => Some((text, None)),
        Some(colon) => {
            let (host, port) = (&text[..end + colon], &text[end + colon + 1..]);
            let digits = (1..=5).contains(&port.len())
                && !port.starts_with('0')
                && port.bytes().all(|b| b.is_ascii_digit());
            digits
                .then(|| port.parse().ok())
                .flatten()
                .map(|port| (host, Some(port)))
        }
    }
}

fn is_host(host: &str) -> bool {
    match host.strip_prefix('[') {
        Some(rest) => rest
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => {
            host.len() <= 253
                && host.split('.').all(|label| {
                    !label.is_empty()
                        && label
                            .bytes()
                            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
                })
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host == "[::1]"
        || host
            .parse::<Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_covers_its_own_host_only() {
        let origin = Origin::parse("https://github.com/").unwrap();
        for host in ["github.com", "GitHub.COM", "github.com:443"] {
            assert!(origin.covers("https", host), "{host}");
        }
        for host in [
            "github.com.",
            "github.com.evil.example",
            "evilgithub.com",
            "gist.github.com",
            "github.com:8443",
            "github.com:",
            "github.com:0443",
            "github.com:+443",
            "github.com@evil.example",
            "user@github.com",
            "github.com%00",
            "",
        ] {
            assert!(!origin.covers("https", host), "{host}");
        }
        assert!(
            !origin.covers("http", "github.com"),
            "a token never travels in the clear"
        );
    }

    #[test]
    fn a_port_is_part_of_the_origin() {
        let origin = Origin::parse("https://GHES.example:8443").unwrap();
        assert_eq!(origin.to_string(), "https://ghes.example:8443");
        assert!(origin.covers("https", "ghes.example:8443"));
        assert!(!origin.covers("https", "ghes.example"));
        let plain = Origin::parse("https://ghes.example:443").unwrap();
        assert_eq!(plain.to_string(), "https://ghes.example");
    }

    #[test]
    fn plain_http_is_for_this_machine_alone() {
        for url in [
            "http://127.0.0.1:8080",
            "http://127.8.0.1",
            "http://[::1]:80",
            "http://localhost:1",
        ] {
            assert!(Origin::parse(url).is_ok(), "{url}");
        }
        for url in [
            "http://127.0.0.1.evil.example",
            "http://github.com",
            "http://localhost.evil.example",
            "http://0.0.0.0",
        ] {
            assert_eq!(Origin::parse(url), Err(OriginError::PlainHttp), "{url}");
        }
    }

    #[test]
    fn what_is_no_origin_is_told_why() {
        for (url, error) in [
            ("", OriginError::NotUrl),
            ("github.com", OriginError::NotUrl),
            ("ssh://github.com", OriginError::Scheme),
            ("https://", OriginError::Host),
            ("https://.", OriginError::Host),
            ("https://a b", OriginError::Host),
            ("https://[::1", OriginError::Host),
            ("https://host:port", OriginError::Host),
            ("https://host:99999", OriginError::Host),
            ("https://host/github", OriginError::Path),
            ("https://host?x", OriginError::Path),
            ("https://user:secret@host", OriginError::UserInfo),
        ] {
            assert_eq!(Origin::parse(url), Err(error), "{url}");
        }
    }
}
