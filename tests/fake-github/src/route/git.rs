//! The calls of git over HTTP.

use hyper::Method;

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

impl GitCall {
    pub(super) fn of(method: &Method, segments: &[&str], query: Option<&str>) -> Option<Self> {
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
        Some(Self {
            repository: format!("{owner}/{name}"),
            service,
            step,
        })
    }

    /// The same call of the repository 'name', as a path with its query.
    pub(crate) fn path_for(&self, name: &str) -> String {
        let service = self.service.name();
        match self.step {
            Step::Advertise => format!("/{name}.git/info/refs?service={service}"),
            Step::Exchange => format!("/{name}.git/{service}"),
        }
    }
}
