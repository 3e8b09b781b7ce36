//! Where a policy comes from: the workspace, the input, another repository, or nowhere. And what
//! it extends, base by base.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::input::{DEFAULT_POLICY, Input, PolicySource, Runner, Secrets, is_local};
use crate::inspection::contents::{self, FileAt};
use crate::inspection::patience::Patience;
use crate::inspection::transport::HttpClient;
use crate::policy::{Document, Location, Policy, Problem, Reference};

use super::asking::Term;
use super::error::named;
use super::{Error, asking};

/// The parser has a limit of its own; this one keeps a device or a huge file out of memory.
const MAX_LEN: u64 = 1024 * 1024;

/// A person who reads a policy reads its bases too.
pub(super) const MAX_BASES: usize = 3;

/// Gates of a policy, and where they come from.
pub(super) struct Found {
    /// Each gate that is asked for, in that order.
    pub(super) policies: Vec<(String, Policy)>,
    /// What people call it; no name is the baseline.
    pub(super) name: Option<String>,
    /// What is doubtful in it and its bases.
    pub(super) warnings: Vec<Problem>,
}

/// One policy of a chain, and where it stands.
struct Link {
    document: Document,
    at: At,
}

#[derive(Clone)]
enum At {
    File(String),
    Input,
    Repository(Reference),
}

impl At {
    /// What people call it.
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Input => "the input `policy`".to_owned(),
            Self::Repository(reference) => reference.to_string(),
        }
    }

    fn reference(&self) -> Option<&Reference> {
        match self {
            Self::File(_) | Self::Input => None,
            Self::Repository(reference) => Some(reference),
        }
    }

    fn parse(self, text: &str) -> Result<Link, Error> {
        let name = self.name();
        let document = match self {
            Self::File(_) => Document::parse(text, &name),
            Self::Input | Self::Repository(_) => Document::parse_elsewhere(text, &name),
        };
        Ok(Link {
            document: document?,
            at: self,
        })
    }
}

/// Reads the policy's `gates`, narrowed by the inputs.
pub(super) async fn read(
    gates: &[String],
    input: &Input,
    runner: &Runner,
    token: &SecretString,
    patience: &Patience,
) -> Result<Found, Error> {
    let shelf = Shelf {
        gates,
        input,
        runner,
        token,
        patience,
    };
    let narrowed = |policy: Policy| policy.narrow(&input.repositories, input.ttl.as_deref());
    let Some(first) = shelf.first().await? else {
        let policy = narrowed(Policy::baseline())?;
        return Ok(Found {
            policies: gates
                .iter()
                .map(|gate| (gate.clone(), policy.clone()))
                .collect(),
            name: None,
            warnings: Vec::new(),
        });
    };
    let name = first.at.name();
    let chain = shelf.chain(first).await?;
    let movable = movable(&chain);
    let document = whole(chain)?;
    let policies = gates.iter().map(|gate| {
        let policy = narrowed(document.gate(gate)?)?.from_movable(movable.clone());
        Ok((gate.clone(), policy))
    });
    Ok(Found {
        policies: policies.collect::<Result<_, Error>>()?,
        name: Some(name),
        warnings: document.warnings().to_vec(),
    })
}

/// `document` together with what it extends, what that extends, and so on. `file` is what people
/// call it.
pub async fn with_bases(
    document: Document,
    file: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Document, Error> {
    let runner = Runner::read(&lookup);
    let input = Input::parse(&lookup)?;
    let term = Term::begin(&input)?;
    let shelf = Shelf {
        gates: &[],
        input: &input,
        runner: &runner,
        token: &Secrets::read(&lookup).github_token,
        patience: &term.patience,
    };
    let first = Link {
        document,
        at: At::File(file.to_owned()),
    };
    whole(term.bound(Box::pin(shelf.chain(first))).await?)
}

/// What of a chain may lead elsewhere tomorrow, and where it is named.
fn movable(chain: &[Link]) -> Vec<(Reference, Option<Location>)> {
    let namers = chain.iter().map(|link| link.document.base_at());
    let namers = std::iter::once(None).chain(namers);
    let links = chain.iter().zip(namers);
    links
        .filter_map(|(link, at)| Some((link.at.reference()?, at)))
        .filter(|(reference, _)| reference.can_move())
        .map(|(reference, at)| (reference.clone(), at.cloned()))
        .collect()
}

fn whole(chain: Vec<Link>) -> Result<Document, Error> {
    let documents = chain.into_iter().map(|link| link.document);
    Ok(Document::whole(documents.collect())?)
}

/// Where policies are taken from.
struct Shelf<'a> {
    /// What is asked for.
    gates: &'a [String],
    input: &'a Input,
    runner: &'a Runner,
    /// The input `github-token`.
    token: &'a SecretString,
    patience: &'a Patience,
}

impl Shelf<'_> {
    /// The policy itself; `None` is the baseline.
    async fn first(&self) -> Result<Option<Link>, Error> {
        let Self { input, runner, .. } = self;
        let read = |path: &str| read_file(path, runner);
        let (at, text) = match &input.policy {
            PolicySource::Inline(text) => (At::Input, text.clone()),
            PolicySource::File(path) => (
                At::File(path.clone()),
                read(path)?.ok_or_else(|| missing(path))?,
            ),
            PolicySource::Repository(text) => {
                let reference = Reference::parse(text).ok_or(Error::PolicyReference)?;
                return self.fetch(reference).await.map(Some);
            }
            PolicySource::Default => match read(DEFAULT_POLICY)? {
                Some(text) => (At::File(DEFAULT_POLICY.to_owned()), text),
                None if self.gates.iter().all(|gate| gate == "default") => {
                    warn_of_empty(&workspace(runner));
                    return Ok(None);
                }
                None => return Err(missing(DEFAULT_POLICY)),
            },
        };
        at.parse(&text).map(Some)
    }

    /// The policy, what it extends, what that extends, and so on. None of them twice.
    async fn chain(&self, first: Link) -> Result<Vec<Link>, Error> {
        let mut chain = vec![first];
        while let Some(last) = chain.last()
            && let Some(base) = last.document.base()
        {
            let names = || {
                let names = chain.iter().map(|link| link.at.name());
                let names = names.chain([base.to_string()]);
                names.map(|name| name.replace('`', "")).collect()
            };
            if chain.iter().any(|link| link.at.reference() == Some(base)) {
                return Err(Error::PolicyCircle { chain: names() });
            }
            if chain.len() > MAX_BASES {
                return Err(Error::PolicyDepth { chain: names() });
            }
            tracing::info!("{} extends `{base}`", named(&last.at.name()));
            let base = self.fetch(base.clone()).await?;
            chain.push(base);
        }
        Ok(chain)
    }

    /// A policy of another repository, from the GitHub that runs the job.
    async fn fetch(&self, reference: Reference) -> Result<Link, Error> {
        let policy = reference.to_string();
        let token = self.token.expose_secret().trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::PolicyToken { policy });
        }
        let api_url = self.runner.own_api_url()?;
        let http = self.http(&api_url)?;
        let token = SecretString::from(token);
        let file = FileAt {
            repository: &reference.repository,
            path: &reference.path,
            revision: &reference.revision,
        };
        let text = contents::fetch(file, (&http, &api_url), &token, self.patience)
            .await
            .map_err(|source| Error::PolicyFetch { policy, source })?;
        At::Repository(reference).parse(&text)
    }

    fn http(&self, api_url: &str) -> Result<HttpClient, Error> {
        let is_local = is_local(api_url);
        Ok(asking::client(is_local, &self.input.roots, self.runner)?)
    }
}

/// Reads a file of the workspace. A link that leads out of it is refused: an excerpt of
/// whatever it leads to would stand in the log.
fn read_file(path: &str, runner: &Runner) -> Result<Option<String>, Error> {
    let outside = || Error::PolicyPath {
        path: path.to_owned(),
    };
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(path).components().all(plain) {
        return Err(outside());
    }
    let read_error = |source: io::Error| Error::PolicyRead {
        path: path.to_owned(),
        source,
    };
    let workspace = workspace(runner).canonicalize().map_err(read_error)?;
    let file = match workspace.join(path).canonicalize() {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // A policy that was meant and cannot be read is not the same as none.
            if leads_nowhere(&workspace, path) {
                let why = "a link of its path leads nowhere";
                return Err(read_error(io::Error::other(why)));
            }
            return Ok(None);
        }
        Err(error) => return Err(read_error(error)),
    };
    if !file.starts_with(&workspace) {
        return Err(outside());
    }
    if !fs::metadata(&file).map_err(read_error)?.is_file() {
        return Err(read_error(io::Error::other("it is not a file")));
    }
    let mut text = String::new();
    File::open(file)
        .and_then(|file| file.take(MAX_LEN).read_to_string(&mut text))
        .map_err(read_error)?;
    Ok(Some(text))
}

/// Whether a part of `path` is a link, which then is what is missing.
fn leads_nowhere(workspace: &Path, path: &str) -> bool {
    let mut so_far = workspace.to_owned();
    Path::new(path).components().any(|part| {
        so_far.push(part);
        so_far.is_symlink()
    })
}

/// act on the host names a directory that its container does not have, and starts there instead.
fn workspace(runner: &Runner) -> PathBuf {
    match &runner.workspace {
        Some(path) if path.is_dir() => path.clone(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// A policy that is not there because nothing is: the likeliest mistake with a baseline.
fn warn_of_empty(workspace: &Path) {
    let mut entries = fs::read_dir(workspace).into_iter().flatten();
    if entries.next().is_none() {
        tracing::warn!(
            "the workspace is empty; to be judged by the repository's policy, check it out before this step, \
             and name the file with the input `policy`, so that a missing one is an error"
        );
    }
}

fn missing(path: &str) -> Error {
    Error::PolicyMissing {
        path: path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_branch_or_a_tag_names_may_move() {
        let link = |at: At| at.parse("version: 1\ngates: { default: {} }\n").unwrap();
        let of = |revision: &str| {
            let text = format!("acme/.github/patgate.yml@{revision}");
            At::Repository(Reference::parse(&text).unwrap())
        };
        let chain = [
            link(At::File("ci/patgate.yml".to_owned())),
            link(of("v3")),
            link(of(&"0a".repeat(20))),
            link(of("main")),
        ];
        let names: Vec<_> = movable(&chain)
            .iter()
            .map(|(name, _)| name.to_string())
            .collect();
        assert_eq!(
            names,
            [
                "acme/.github/patgate.yml@v3",
                "acme/.github/patgate.yml@main"
            ]
        );
    }
}
