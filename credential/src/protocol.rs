//! git's credential protocol: `key=value` lines, ended by a blank line or the end of input.
//!
//! <https://git-scm.com/docs/git-credential#IOFMT>

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Read, Write};

use secrecy::ExposeSecret as _;
use secrecy::zeroize::Zeroizing;

use crate::{Credential, unix_seconds};

/// Longer than any request of git's: it may pass on a server's headers, which are bounded too.
const MAX_LEN: u64 = 1024 * 1024;

/// What git asks for. Attributes the helper has no use for are dropped, as the protocol bids.
#[derive(Debug, Eq, PartialEq)]
pub struct Request {
    /// `https`, usually.
    pub protocol: String,
    /// The host as written, with its port if one is written.
    pub host: String,
    /// The path, percent-decoded by git, without a slash in front.
    pub path: Option<String>,
}

impl Request {
    /// Reads git's request to the end of `input`, even where it is refused: git below 2.18 dies
    /// of a helper that hangs up.
    pub fn read(mut input: impl Read) -> Result<Self, RequestError> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(1024));
        input.by_ref().take(MAX_LEN + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_LEN {
            io::copy(&mut input, &mut io::sink())?;
            return Err(RequestError::TooLong);
        }
        Self::parse(&bytes)
    }

    /// Parses a whole request. The caller need not be git, and not every git is patched: what
    /// another reader could take for two things is refused (CVE-2020-5260, CVE-2024-52006).
    pub fn parse(input: &[u8]) -> Result<Self, RequestError> {
        let (mut protocol, mut host, mut path) = (None, None, None);
        let mut seen = BTreeSet::new();
        for line in input.split(|&byte| byte == b'\n') {
            if line.is_empty() {
                break;
            }
            if line.iter().any(u8::is_ascii_control) {
                return Err(RequestError::ControlByte);
            }
            let equals = line.iter().position(|&byte| byte == b'=');
            let (key, value) = line.split_at(equals.ok_or(RequestError::NoEquals)?);
            if !key.ends_with(b"[]") && !seen.insert(key) {
                return Err(RequestError::Duplicate);
            }
            let slot = match key {
                b"protocol" => &mut protocol,
                b"host" => &mut host,
                b"path" => &mut path,
                // git's own reader would let it outweigh all the others.
                b"url" => return Err(RequestError::Url),
                _ => continue,
            };
            let text = str::from_utf8(&value[1..]).map_err(|_| RequestError::NotUtf8)?;
            *slot = Some(text.to_owned());
        }
        let filled = |value: Option<String>| value.filter(|text| !text.is_empty());
        Ok(Self {
            protocol: filled(protocol).ok_or(RequestError::NoHost)?,
            host: filled(host).ok_or(RequestError::NoHost)?,
            path: filled(path),
        })
    }
}

/// Why a request is refused. No variant carries the request.
#[derive(Debug)]
pub enum RequestError {
    /// CR, NUL or another control byte.
    ControlByte,
    /// One attribute given twice.
    Duplicate,
    /// The pipe from git failed.
    Io(io::Error),
    /// A line is no `key=value`.
    NoEquals,
    /// `protocol` or `host` is missing or empty.
    NoHost,
    /// An attribute that matters is not text.
    NotUtf8,
    /// More than git ever sends.
    TooLong,
    /// A URL, which no helper is sent.
    Url,
}

impl std::error::Error for RequestError {}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ControlByte => "the request has a control byte in it",
            Self::Duplicate => "the request names an attribute twice",
            Self::Io(error) => return write!(f, "cannot read the request: {error}"),
            Self::NoEquals => "the request has a line without `=`",
            Self::NoHost => "the request names no protocol or no host",
            Self::NotUtf8 => "the request is not UTF-8",
            Self::TooLong => "the request is longer than any of git's",
            Self::Url => "the request names a URL beside its parts",
        })
    }
}

impl From<io::Error> for RequestError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Answers git with `credential`, in one write: git uses whatever came before a helper broke off.
pub fn answer(credential: &Credential, mut out: impl Write) -> io::Result<()> {
    let text = Zeroizing::new(format!(
        "username={}\npassword={}\npassword_expiry_utc={}\n",
        credential.username,
        credential.password.expose_secret(),
        unix_seconds(credential.terms.expires_at),
    ));
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Tells git to ask nobody else and not to prompt.
pub fn quit(mut out: impl Write) -> io::Result<()> {
    out.write_all(b"quit=1\n")?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_request_of_git_2_47_is_understood() {
        let request = Request::parse(
            b"capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=github.com\n\
              path=acme/site.git\nwwwauth[]=Basic realm=\"GitHub\"\n\n",
        );
        let expected = Request {
            protocol: "https".to_owned(),
            host: "github.com".to_owned(),
            path: Some("acme/site.git".to_owned()),
        };
        assert_eq!(request.unwrap(), expected);
    }

    #[test]
    fn a_request_may_end_without_a_blank_line() {
        assert!(Request::parse(b"protocol=https\nhost=github.com").is_ok());
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for (input, reason) in [
            (
                "protocol=https\nhost=evil.example\nhost=github.com\n",
                "twice",
            ),
            ("protocol=https\nhost=github.com\r\n", "control byte"),
            (
                "protocol=https\nhost=a\rb\npath=acme/site\n",
                "control byte",
            ),
            ("protocol=https\nhost=github.com\0\n", "control byte"),
            ("protocol=https\nhost=github.com\nevil\n", "without `=`"),
            ("protocol=https\nhost=\n", "no host"),
            ("host=github.com\n", "no protocol"),
            ("\nprotocol=https\nhost=github.com\n", "no protocol"),
            (
                "protocol=https\nhost=github.com\nurl=https://evil.example\n",
                "names a URL",
            ),
            ("", "no protocol"),
        ] {
            let error = Request::parse(input.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{input:?}: {error}");
        }
    }

    #[test]
    fn an_endless_request_is_read_to_its_end_and_refused() {
        let mut input = io::repeat(b'a').take(3 * MAX_LEN);
        let error = Request::read(&mut input).unwrap_err();
        assert!(matches!(error, RequestError::TooLong));
        assert_eq!(input.limit(), 0, "git below 2.18 dies of SIGPIPE");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            // Any answer is fine but a panic.
            let _ = Request::parse(&bytes);
        }
    }
}
