//! Why GitHub gives no facts: each trouble by its name, with what to do about it.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use super::patience::Again;

/// Why GitHub gave no facts. Quoted words are somebody else's, short and harmless.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum GitHubError {
    /// It leads back to itself, or nowhere.
    #[error("what answers at `{api_url}` redirects in a circle, or to no address")]
    Circle {
        /// The API.
        api_url: String,
    },
    /// GitHub does not know the version of its API, or no longer.
    #[error("GitHub does not serve the version of its API that it was asked in; it says: {said}")]
    ApiVersion {
        /// Its words.
        said: String,
    },
    /// The hour's requests are used up.
    #[error("the requests that GitHub grants the token in an hour are used up{}", until(*reset))]
    Exhausted {
        /// When there are more.
        reset: Option<Timestamp>,
    },
    /// The token was taken out of the request.
    #[error("GitHub did not see the token: something between takes it out of the request")]
    HeaderTaken,
    /// Too much was asked at once.
    #[error("GitHub answers no more questions for now{}", wait(*after))]
    Limited {
        /// How long to wait, if GitHub tells.
        after: Option<Duration>,
    },
    /// The server is being worked on.
    #[error("the GitHub Enterprise Server at `{api_url}` is down for maintenance")]
    Maintenance {
        /// The API.
        api_url: String,
    },
    /// It led elsewhere.
    #[error("what answers at `{api_url}` leads elsewhere, to `{to}`, where the token does not go")]
    Moved {
        /// The API.
        api_url: String,
        /// The other origin.
        to: String,
    },
    /// Too many wrong credentials came from here.
    #[error(
        "too many wrong credentials came from this account or address, so that GitHub refuses even good ones for a while"
    )]
    LoginLimit,
    /// Something else answered.
    #[error("what answers at `{api_url}` is not GitHub's API: HTTP {status} and {what}")]
    NotGitHub {
        /// The API.
        api_url: String,
        /// The HTTP status.
        status: u16,
        /// What it sends in place of GitHub's JSON.
        what: &'static str,
    },
    /// A token that was made a moment ago is not known everywhere yet.
    #[error("GitHub does not know the token yet that it made a moment ago")]
    Newborn,
    /// A proxy wants a password, or something of the kind.
    #[error("the proxy between here and GitHub refuses: HTTP {status}")]
    ProxyRefused {
        /// The HTTP status.
        status: u16,
    },
    /// A status that this question does not have.
    #[error(
        "GitHub answers with HTTP {status}, which this question does not have; it says: {said}"
    )]
    Status {
        /// Its words.
        said: String,
        /// The HTTP status.
        status: u16,
    },
    /// GitHub has trouble of its own.
    #[error("GitHub is out of order: HTTP {status}")]
    Unavailable {
        /// The HTTP status.
        status: u16,
    },
    /// No answer.
    #[error("cannot reach GitHub at `{api_url}`: {why}")]
    Unreachable {
        /// The API.
        api_url: String,
        /// What broke.
        why: Break,
    },
    /// No URL that the client takes.
    #[error("the API's URL is unusable")]
    Url,
}

/// What broke on the way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Break {
    /// The server's certificate is not valid at this machine's time.
    CertificateTime,
    /// The answer broke off.
    Cut,
    /// The host's name has no address.
    Name,
    /// What answers speaks no HTTP.
    NotHttp,
    /// What answers speaks no TLS.
    NotTls,
    /// Something of another kind, in these words.
    Other(String),
    /// The certificate is another host's: these names.
    OtherHost {
        /// Its names.
        names: String,
    },
    /// The proxy does not lead there.
    Proxy(ProxyBreak),
    /// Nobody listens there.
    Refused,
    /// The connection was torn down.
    Reset,
    /// No answer in time.
    Timeout,
    /// TLS fails, in these words.
    Tls(String),
    /// The answer is longer than any of GitHub's.
    TooLong,
    /// The server's certificate comes from an authority that nobody named.
    UnknownIssuer {
        /// The authority's name.
        issuer: String,
    },
}

/// Why a proxy does not lead there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ProxyBreak {
    /// It ended the connection.
    HangsUp,
    /// It is of a kind that the library does not speak with.
    Kind,
    /// Its name has no address.
    Name,
    /// Nobody listens at its address.
    NotThere,
    /// Something of another kind, in these words.
    Other(String),
    /// It wants a name and a password, or other ones.
    Password,
    /// It does not connect to this host.
    Refuses,
}

impl fmt::Display for ProxyBreak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HangsUp => f.write_str("the proxy hung up"),
            Self::Kind => {
                f.write_str("`HTTPS_PROXY` or its like names a proxy that is none of HTTP")
            }
            Self::Name => f.write_str("the proxy's name has no address"),
            Self::NotThere => f.write_str("nobody listens at the proxy's address"),
            Self::Other(said) => write!(f, "the proxy does not lead there: {said}"),
            Self::Password => f.write_str("the proxy wants a name and a password, or other ones"),
            Self::Refuses => f.write_str("the proxy refuses to connect to this host"),
        }
    }
}

impl Break {
    /// Whether it may be better soon.
    pub(super) fn again(&self) -> Again {
        match self {
            Self::Cut | Self::Reset | Self::Timeout => Again::Soon,
            Self::CertificateTime
            | Self::Name
            | Self::NotHttp
            | Self::NotTls
            | Self::Other(_)
            | Self::OtherHost { .. }
            | Self::Proxy(_)
            | Self::Refused
            | Self::Tls(_)
            | Self::TooLong
            | Self::UnknownIssuer { .. } => Again::Never,
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::CertificateTime => {
                "set the clock of this machine, or renew the server's certificate"
            }
            Self::Cut | Self::Reset => {
                "run the step again; a proxy or a firewall may cut connections to this host"
            }
            Self::Name => {
                "correct `server-url` or `api-url`, or the name server of this machine; behind a proxy, set `HTTPS_PROXY`"
            }
            Self::NotHttp => "check the port; if a server with TLS listens there, write `https://`",
            Self::NotTls => "check the port: a server without TLS listens there",
            Self::Other(_) => "check the network, and `HTTPS_PROXY` and its like",
            Self::OtherHost { .. } => {
                "give the name that the certificate has as `server-url` or `api-url`, or correct the server's certificate"
            }
            Self::Proxy(ProxyBreak::Name) => {
                "correct `HTTPS_PROXY`, or the name server of this machine"
            }
            Self::Proxy(ProxyBreak::Kind) => {
                "give an `http` or `https` proxy, or name the host in `NO_PROXY`"
            }
            Self::Proxy(ProxyBreak::NotThere) => {
                "correct the host and the port in `HTTPS_PROXY`, or start the proxy"
            }
            Self::Proxy(ProxyBreak::Password) => {
                "write it in `HTTPS_PROXY`: `http://NAME:PASSWORD@HOST:PORT`, with `@`, `:` and `/` in it percent-encoded"
            }
            Self::Proxy(ProxyBreak::Refuses) => {
                "have the proxy let this host through, or name the host in `NO_PROXY`"
            }
            Self::Proxy(ProxyBreak::HangsUp | ProxyBreak::Other(_)) => {
                "check the proxy in `HTTPS_PROXY`, which is to be an `http` or `https` one, or name the host in `NO_PROXY`"
            }
            Self::Refused => {
                "check `server-url` and its port, whether the server is up, and the proxy in `HTTPS_PROXY`, if one is set"
            }
            Self::Timeout => {
                "check the network and the firewall between here and this host, and `HTTPS_PROXY`"
            }
            Self::Tls(_) => {
                "check what answers at this host and port, and whether a proxy opens TLS on the way"
            }
            Self::TooLong => "check `server-url` and `api-url`, and what stands between",
            Self::UnknownIssuer { .. } => {
                "give this authority's certificate, as PEM text, with the input `ca-certificates`"
            }
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateTime => f.write_str(
                "its certificate has expired or is not valid yet, by the clock of this machine",
            ),
            Self::Cut => f.write_str("the answer broke off"),
            Self::Name => f.write_str("the host's name has no address"),
            Self::NotHttp => f.write_str("what answers there does not speak HTTP"),
            Self::NotTls => f.write_str("what answers there does not speak TLS"),
            Self::Other(said) => write!(f, "{said}"),
            Self::OtherHost { names } => {
                write!(f, "its certificate is for {names}, not for this host")
            }
            Self::Proxy(why) => write!(f, "{why}"),
            Self::Refused => f.write_str("the connection was refused"),
            Self::Reset => f.write_str("the connection was torn down"),
            Self::Timeout => f.write_str("there was no answer in time"),
            Self::Tls(said) => write!(f, "TLS failed: {said}"),
            Self::TooLong => f.write_str("the answer is longer than any of GitHub's"),
            Self::UnknownIssuer { issuer } => write!(
                f,
                "its certificate comes from an authority that is not trusted here, `{issuer}`"
            ),
        }
    }
}

impl GitHubError {
    /// An error of the server at `api_url` itself, by the page that it sends.
    pub(super) fn out_of_order(api_url: &str, status: u16, page: &str) -> Self {
        if page.to_ascii_lowercase().contains("down for maintenance") {
            return Self::Maintenance {
                api_url: api_url.to_owned(),
            };
        }
        Self::Unavailable { status }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::ApiVersion { .. } => "use a newer patgate, or correct `api-url`",
            Self::Exhausted { .. } => {
                "run the step again then, or spread the jobs that use this token"
            }
            Self::HeaderTaken => "have the proxy pass the header `Authorization` on to this host",
            Self::Limited { .. } => {
                "run the step again later, or spread the jobs that use this token"
            }
            Self::LoginLimit => {
                "wait some minutes, and find the job that sends a wrong token again and again"
            }
            Self::Maintenance { .. } => "run the step again when the maintenance is over",
            Self::Moved { .. } => {
                "give the address that it leads to as `server-url` or `api-url`, if that is your GitHub"
            }
            Self::Circle { .. } | Self::NotGitHub { .. } => {
                "check `server-url` and `api-url`, and whether a proxy or a login page stands between"
            }
            Self::Newborn => "run the step again; GitHub's status page tells more",
            Self::ProxyRefused { .. } => {
                "correct the name and the password in `HTTPS_PROXY`, or name the host in `NO_PROXY`"
            }
            Self::Status { .. } => "check `server-url` and `api-url`",
            Self::Unavailable { .. } => {
                "run the step again; GitHub's status page, or the server's administrators, tell more"
            }
            Self::Unreachable { why, .. } => why.help(),
            Self::Url => "check `api-url`",
        }
    }

    /// Whether asking again may help.
    pub(super) fn again(&self) -> Again {
        match self {
            Self::Unavailable {
                status: 500 | 502 | 503 | 504,
            } => Again::Soon,
            Self::Newborn => Again::After(Duration::from_secs(1)),
            Self::Limited { after: Some(after) } => Again::After(*after),
            Self::Unreachable { why, .. } => why.again(),
            Self::ApiVersion { .. }
            | Self::Circle { .. }
            | Self::Exhausted { .. }
            | Self::HeaderTaken
            // GitHub asks to wait a minute at least where it names no span.
            | Self::Limited { after: None }
            | Self::LoginLimit
            | Self::Maintenance { .. }
            | Self::Moved { .. }
            | Self::NotGitHub { .. }
            | Self::ProxyRefused { .. }
            | Self::Status { .. }
            | Self::Unavailable { .. }
            | Self::Url => Again::Never,
        }
    }
}

fn until(reset: Option<Timestamp>) -> String {
    reset
        .map(|reset| format!(", until {reset}"))
        .unwrap_or_default()
}

fn wait(after: Option<Duration>) -> String {
    after
        .map(|after| format!(", and wants {} s of rest", after.as_secs()))
        .unwrap_or_default()
}
