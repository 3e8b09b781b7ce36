//! git-lfs: its API, and the objects themselves, for those who may fetch or push by git.
//!
//! GitHub keeps objects on another host, and hands out signed URLs. Here they lie below the repository, and each needs the
//! token once more: what git-lfs asks a helper for, a test is to see.

use http_body_util::BodyExt as _;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::{Ask, caller, host};
use crate::answer::{self, Answer};
use crate::repository::Repository;
use crate::route::{LfsCall, LfsStep, Service};
use crate::state::State;

/// Answers 'call', if the caller may do it by git too.
pub(crate) async fn answer(
    state: &State,
    scheme: &str,
    head: &Parts,
    call: &LfsCall,
    body: Bytes,
) -> Answer {
    let Some(service) = service(&call.step, &body) else {
        return refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "there is no such operation",
        );
    };
    let host = host(&head.headers);
    let admitted = {
        let ask = Ask {
            state,
            scheme,
            host,
            repository: &call.repository,
            service,
        };
        let caller = caller(state, &head.headers);
        ask.admit(&caller, |name| call.path_for(name))
    };
    match admitted {
        Ok(repository) => {
            let name = &repository.full_name;
            let base = format!("{scheme}://{host}/{name}.git/info/lfs/objects");
            serve(state, repository, &call.step, service, body, &base)
        }
        Err(refused) => in_json(*refused).await,
    }
}

/// What a caller must be allowed by git, for 'step'.
fn service(step: &LfsStep, body: &[u8]) -> Option<Service> {
    match step {
        LfsStep::Download(_) | LfsStep::Locks => Some(Service::UploadPack),
        LfsStep::Upload(_) | LfsStep::Verify | LfsStep::VerifyLocks => Some(Service::ReceivePack),
        LfsStep::Batch => match read(body)["operation"].as_str()? {
            "download" => Some(Service::UploadPack),
            "upload" => Some(Service::ReceivePack),
            _ => None,
        },
    }
}

fn serve(
    state: &State,
    repository: &Repository,
    step: &LfsStep,
    service: Service,
    body: Bytes,
    base: &str,
) -> Answer {
    let missing = || refusal(StatusCode::NOT_FOUND, NO_OBJECT);
    match step {
        LfsStep::Batch => batch(state, repository, service, &body, base),
        LfsStep::Download(oid) => match state.lfs_object(repository, oid) {
            Some(object) => answer::bytes(object),
            None => missing(),
        },
        LfsStep::Upload(oid) if *oid == name_of(&body) => {
            state.keep_lfs_object(repository, oid, body);
            answer::empty(StatusCode::OK)
        }
        LfsStep::Upload(_) => refusal(
            StatusCode::UNPROCESSABLE_ENTITY,
            "the object is not the one of that name",
        ),
        LfsStep::Verify => {
            let asked = read(&body);
            let object = asked["oid"].as_str();
            match object.and_then(|oid| state.lfs_object(repository, oid)) {
                Some(object) if asked["size"] == object.len() => answer::empty(StatusCode::OK),
                Some(_) | None => missing(),
            }
        }
        LfsStep::Locks => answer::lfs(StatusCode::OK, &json!({ "locks": [] })),
        LfsStep::VerifyLocks => answer::lfs(StatusCode::OK, &json!({ "ours": [], "theirs": [] })),
    }
}

/// Where each object is to be had, or to be put.
fn batch(
    state: &State,
    repository: &Repository,
    service: Service,
    body: &[u8],
    base: &str,
) -> Answer {
    let asked = read(body);
    let objects = asked["objects"].as_array().into_iter().flatten();
    let objects = objects.map(|object| {
        let oid = object["oid"].as_str().unwrap_or_default();
        let mut told = json!({ "oid": oid, "size": object["size"] });
        let href = format!("{base}/{oid}");
        match (service, state.lfs_object(repository, oid)) {
            (Service::UploadPack, Some(_)) => {
                told["actions"] = json!({ "download": { "href": href } });
            }
            (Service::UploadPack, None) => {
                told["error"] = json!({ "code": 404, "message": NO_OBJECT });
            }
            (Service::ReceivePack, Some(_)) => {}
            (Service::ReceivePack, None) => {
                let verify = format!("{base}/verify");
                told["actions"] =
                    json!({ "upload": { "href": href }, "verify": { "href": verify } });
            }
        }
        told
    });
    let objects: Vec<_> = objects.collect();
    answer::lfs(
        StatusCode::OK,
        &json!({ "transfer": "basic", "objects": objects }),
    )
}

/// git's refusal in the form that git-lfs reads.
async fn in_json(refused: Answer) -> Answer {
    let (head, body) = refused.into_parts();
    let text = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(never) => match never {},
    };
    let mut answer = refusal(head.status, &String::from_utf8_lossy(&text));
    for name in ["location", "www-authenticate"] {
        if let Some(value) = head.headers.get(name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn refusal(status: StatusCode, message: &str) -> Answer {
    answer::lfs(status, &json!({ "message": message }))
}

fn read(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_default()
}

/// The name of an object with these bytes.
fn name_of(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    let hex = hash.as_ref().iter().map(|byte| format!("{byte:02x}"));
    hex.collect::<Vec<_>>().concat()
}

// recorded: GitHub's own text, seen in many published logs.
const NO_OBJECT: &str =
    "Object does not exist on the server or you don't have permissions to access it";
