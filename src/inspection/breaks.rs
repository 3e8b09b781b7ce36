//! What broke, read from the errors of the libraries below.

use std::error::Error;
use std::io;

use rustls::CertificateError;
use secrecy::SecretString;

use super::authority::UnknownAuthority;
use super::quote::{cause, quote, short};
use super::trouble::{Break, ProxyBreak};

/// Finds what broke. The libraries nest their errors deeply, and the innermost knows best; but
/// what broke at a proxy is the proxy's.
pub(super) fn find(error: &(dyn Error + 'static), secret: &SecretString) -> Break {
    let chain = chain(error);
    if let Some(at) = chain.iter().position(|error| is_tunnel(*error)) {
        return Break::Proxy(at_proxy(&chain[at..], secret));
    }
    if chain
        .iter()
        .any(|error| error.to_string().contains("unsupported scheme"))
    {
        return Break::Proxy(ProxyBreak::Kind);
    }
    let found = chain.iter().rev().find_map(|error| known(*error, secret));
    found
        .or_else(|| chain.iter().find_map(|error| by_words(*error)))
        .unwrap_or_else(|| Break::Other(cause(error, secret)))
}

/// The library's own word for a way through a proxy.
fn is_tunnel(error: &(dyn Error + 'static)) -> bool {
    error.to_string().contains("tunnel error")
}

fn at_proxy(chain: &[&(dyn Error + 'static)], secret: &SecretString) -> ProxyBreak {
    let said: Vec<_> = chain.iter().map(ToString::to_string).collect();
    let has = |words: &str| said.iter().any(|said| said.contains(words));
    let refused = |error: &&(dyn Error + 'static)| known(*error, secret) == Some(Break::Refused);
    if has("authorization required") {
        ProxyBreak::Password
    } else if has("unsuccessful") {
        ProxyBreak::Refuses
    } else if has("unexpected end of file") || has("unexpected eof") {
        ProxyBreak::HangsUp
    } else if has("dns error") || has("failed to lookup address") {
        ProxyBreak::Name
    } else if chain.iter().any(refused) {
        ProxyBreak::NotThere
    } else {
        let innermost = chain.last().map(|error| cause(*error, secret));
        ProxyBreak::Other(innermost.unwrap_or_default())
    }
}

/// An error and all that it comes from, also what an `io::Error` holds without naming it.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    let mut chain = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        chain.push(error);
        let inner = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|inner| inner as &(dyn Error + 'static));
        next = inner.or_else(|| error.source());
    }
    chain
}

fn known(error: &(dyn Error + 'static), secret: &SecretString) -> Option<Break> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(tls(error, secret));
    }
    if error.is::<http_body_util::LengthLimitError>() {
        return Some(Break::TooLong);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused => Some(Break::Refused),
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Some(Break::Reset),
            io::ErrorKind::TimedOut => Some(Break::Timeout),
            io::ErrorKind::UnexpectedEof => Some(Break::Cut),
            _ => None,
        };
    }
    let error = error.downcast_ref::<reqwest::Error>()?;
    error.is_timeout().then_some(Break::Timeout)
}

fn tls(error: &rustls::Error, secret: &SecretString) -> Break {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => {
            match other.0.downcast_ref::<UnknownAuthority>() {
                Some(UnknownAuthority(issuer)) => Break::UnknownIssuer {
                    issuer: short(issuer, secret).replace('`', "'"),
                },
                None => Break::Tls(quote(&error.to_string(), secret)),
            }
        }
        rustls::Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        ) => Break::CertificateTime,
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        }) => Break::OtherHost {
            names: names(presented, secret),
        },
        rustls::Error::InvalidMessage(_) => Break::NotTls,
        _ => Break::Tls(quote(&error.to_string(), secret)),
    }
}

/// As many names of a certificate as a person reads, which the library writes as `DnsName("…")`.
fn names(presented: &[String], secret: &SecretString) -> String {
    const SHOWN: usize = 3;
    let bare = |name: &String| {
        let name = name.split('"').nth(1).unwrap_or(name);
        format!("`{}`", short(name, secret).replace('`', "'"))
    };
    let mut names: Vec<_> = presented.iter().take(SHOWN).map(bare).collect();
    match presented.len() {
        0 => return "no name at all".to_owned(),
        count if count > SHOWN => names.push(format!("{} more", count - SHOWN)),
        _ => {}
    }
    names.join(", ")
}

/// Types that the libraries keep to themselves are known by their words.
fn by_words(error: &(dyn Error + 'static)) -> Option<Break> {
    let said = error.to_string();
    let has = |words: &str| said.contains(words);
    if has("dns error") || has("failed to lookup address") {
        Some(Break::Name)
    } else if has("operation timed out") || has("deadline has elapsed") {
        Some(Break::Timeout)
    } else if has("connection closed before message completed")
        || has("unexpected end of file")
        || has("end of file before message length reached")
    {
        Some(Break::Cut)
    } else if has("invalid HTTP version parsed") || has("invalid HTTP status-code parsed") {
        Some(Break::NotHttp)
    } else {
        None
    }
}
