//! What lies in a repository, as the API tells it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::StatusCode;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::{Ask, not_found};
use crate::answer::{self, Answer};
use crate::repository::{Found, Lost, Repository};

// recorded: the type of a raw file, and that of a folder asked for in the same way, as several clients' tests have them.
const RAW: &str = "application/vnd.github.raw+json; charset=utf-8";

impl Ask<'_> {
    /// What lies at 'tail' below 'found', `/contents/PATH`: a file raw if it is asked for so.
    pub(super) fn contents(&self, found: &Repository, tail: &str) -> Answer {
        let path = tail.strip_prefix("/contents/").unwrap_or_default();
        let revision = self.reference().unwrap_or_else(|| "HEAD".to_owned());
        let content = match self.state.repositories.look(found, &revision, path) {
            Ok(Found::File(bytes)) if self.wants_raw() => {
                let mut answer = answer::text(StatusCode::OK, bytes);
                let raw = HeaderValue::from_static(RAW);
                answer.headers_mut().insert(CONTENT_TYPE, raw);
                return answer;
            }
            Ok(content) => content,
            Err(Lost::Path) => return not_found(),
            Err(Lost::Revision) => {
                // recorded: GitHub's own text.
                let message = format!("No commit found for the ref {revision}");
                return answer::error(StatusCode::NOT_FOUND, &message);
            }
        };
        let described = |sort: &str| json!({ "type": sort, "path": path });
        let body = match content {
            Found::File(bytes) => {
                let mut file = described("file");
                file["encoding"] = "base64".into();
                file["size"] = bytes.len().into();
                file["content"] = BASE64_STANDARD.encode(bytes).into();
                file
            }
            Found::Folder(names) => {
                let entry = |name| json!({ "name": name, "path": format!("{path}/{name}") });
                names.iter().map(entry).collect::<Vec<Value>>().into()
            }
            Found::Link => described("symlink"),
            Found::Submodule => described("submodule"),
        };
        answer::json(StatusCode::OK, &body)
    }

    fn wants_raw(&self) -> bool {
        let accept = self.headers.get(ACCEPT);
        accept.is_some_and(|accept| accept.to_str().is_ok_and(|accept| accept.contains("raw")))
    }

    /// The parameter `ref`, decoded.
    fn reference(&self) -> Option<String> {
        let mut parameters = self.query?.split('&');
        let value = parameters.find_map(|one| one.strip_prefix("ref="));
        let value = percent_decode_str(value?).decode_utf8_lossy();
        Some(value.into_owned())
    }
}
