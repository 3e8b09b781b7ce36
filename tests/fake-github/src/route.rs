//! Which call a path means.
//!
//! Dot segments are resolved first, also those written as `%2e`, as the front end of a web server does. No path from outside
//! ever becomes a path on disk: a repository is looked up by name, and its own folder is used.

use hyper::Method;
use percent_encoding::percent_decode_str;

/// One call the fake knows, or not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The REST API, below `base`.
    Rest { base: &'static str, call: RestCall },
    /// git over HTTP.
    Git(GitCall),
    /// Something nobody taught it.
    Unknown,
}

/// The calls of the REST API.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RestCall {
    Root,
    User,
    RateLimit,
    InstallationRepositories,
}

/// A call of git's smart HTTP.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct GitCall {
    /// `owner/name` as asked for; there may be no such repository.
    pub(crate) repository: String,
    pub(crate) service: Service,
    pub(crate) step: Step,
}

/// git's two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    UploadPack,
    ReceivePack,
}

/// The two steps of each service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Advertise,
    Exchange,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str, query: Option<&str>) -> Self {
        let segments = segments(path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match git_call(method, &segments, query) {
            Some(call) => Self::Git(call),
            None => match rest_call(method, &segments) {
                Some((base, call)) => Self::Rest { base, call },
                None => Self::Unknown,
            },
        }
    }
}

impl Service {
    const ALL: [Self; 2] = [Self::UploadPack, Self::ReceivePack];

    /// The name on the wire.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UploadPack => "git-upload-pack",
            Self::ReceivePack => "git-receive-pack",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
}

/// The decoded segments of 'path', without dot segments.
fn segments(path: &str) -> Vec<String> {
    let mut segments = Vec::new();
    for raw in path.strip_prefix('/').unwrap_or(path).split('/') {
        let segment = percent_decode_str(raw).decode_utf8_lossy().into_owned();
        match segment.as_str() {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    segments
}

fn git_call(method: &Method, segments: &[&str], query: Option<&str>) -> Option<GitCall> {
    let (owner, name, service, step) = match (method, segments) {
        (&Method::GET, [owner, name, "info", "refs"]) => {
            let parameters = query.unwrap_or_default().split('&');
            let service = parameters
                .filter_map(|parameter| parameter.strip_prefix("service="))
                .find_map(Service::named)?;
            (owner, name, service, Step::Advertise)
        }
        (&Method::POST, [owner, name, service]) => {
            (owner, name, Service::named(service)?, Step::Exchange)
        }
        _ => return None,
    };
    let name = name.strip_suffix(".git").unwrap_or(name);
    Some(GitCall {
        repository: format!("{owner}/{name}"),
        service,
        step,
    })
}

fn rest_call(method: &Method, segments: &[&str]) -> Option<(&'static str, RestCall)> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    let (base, rest) = match segments {
        ["api", "v3", rest @ ..] => ("/api/v3", rest),
        rest => ("", rest),
    };
    let call = match rest {
        [] | [""] => RestCall::Root,
        ["user"] => RestCall::User,
        ["rate_limit"] => RestCall::RateLimit,
        ["installation", "repositories"] => RestCall::InstallationRepositories,
        _ => return None,
    };
    Some((base, call))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch_of(path: &str) -> Option<String> {
        match Route::of(&Method::GET, path, Some("service=git-upload-pack")) {
            Route::Git(call) => Some(call.repository),
            Route::Rest { .. } | Route::Unknown => None,
        }
    }

    #[test]
    fn dot_segments_are_resolved_before_routing_however_they_are_written() {
        for path in [
            "/acme/site.git/info/refs",
            "/acme/site/info/refs",
            "/other/../acme/site.git/info/refs",
            "/other/%2e%2E/acme/./site.git/info/refs",
            "/../../acme/site.git/%2e/info/refs",
        ] {
            assert_eq!(fetch_of(path).as_deref(), Some("acme/site"), "{path}");
        }
    }

    #[test]
    fn an_encoded_slash_stays_within_its_segment() {
        let repository = fetch_of("/acme/..%2f..%2fetc.git/info/refs");
        assert_eq!(repository.as_deref(), Some("acme/../../etc"));
        assert_eq!(fetch_of("/acme%2fsite.git/info/refs"), None);
    }

    #[test]
    fn rest_answers_below_both_bases() {
        for (path, base) in [("/user", ""), ("/api/v3/user", "/api/v3")] {
            let call = RestCall::User;
            assert_eq!(
                Route::of(&Method::GET, path, None),
                Route::Rest { base, call }
            );
        }
        for path in ["/", "/api/v3", "/api/v3/"] {
            assert!(matches!(
                Route::of(&Method::HEAD, path, None),
                Route::Rest { .. }
            ));
        }
        assert_eq!(Route::of(&Method::POST, "/user", None), Route::Unknown);
    }
}
