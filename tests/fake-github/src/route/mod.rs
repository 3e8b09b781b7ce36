//! Which call a path means.
//!
//! Dot segments are resolved first, also those written as `%2e`, as the front end of a web server does. No path from outside
//! ever becomes a path on disk: a repository is looked up by name, and its own folder is used.

mod git;
mod lfs;
mod probe;
mod rest;

use hyper::Method;
use percent_encoding::percent_decode_str;

pub(crate) use git::{GitCall, Service, Step};
pub(crate) use lfs::{LfsCall, LfsStep};
pub(crate) use probe::{Probe, Role, Shape};
pub(crate) use rest::{RestCall, Which};

/// One call the fake knows, or not.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// The REST API, below `base`.
    Rest { base: &'static str, call: RestCall },
    /// git over HTTP.
    Git(GitCall),
    /// git-lfs, below a repository.
    Lfs(LfsCall),
    /// Something nobody taught it.
    Unknown,
}

impl Route {
    pub(crate) fn of(method: &Method, path: &str, query: Option<&str>) -> Self {
        let segments = segments(path);
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Some(call) = GitCall::of(method, &segments, query) {
            return Self::Git(call);
        }
        if let Some(call) = LfsCall::of(method, &segments) {
            return Self::Lfs(call);
        }
        match rest::call(method, &segments) {
            Some((base, call)) => Self::Rest { base, call },
            None => Self::Unknown,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch_of(path: &str) -> Option<String> {
        match Route::of(&Method::GET, path, Some("service=git-upload-pack")) {
            Route::Git(call) => Some(call.repository),
            Route::Lfs(_) | Route::Rest { .. } | Route::Unknown => None,
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

    #[test]
    fn what_no_row_of_the_table_names_is_unknown() {
        let call = |path| Route::of(&Method::GET, path, None);
        for path in [
            "/repos/acme/site/zen",
            "/repos/acme",
            "/orgs/acme/zen",
            "/repositories/x",
        ] {
            assert_eq!(call(path), Route::Unknown, "{path}");
        }
        for path in [
            "/repos/acme/site",
            "/repositories/7/commits",
            "/repos/acme/site/commits/HEAD/statuses",
            "/repos/acme/site/git/matching-refs/heads/",
        ] {
            assert!(matches!(call(path), Route::Rest { .. }), "{path}");
        }
    }
}
