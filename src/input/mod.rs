//! Everything the runner hands to a step: inputs, variables, state. Read here and nowhere else.

mod runner;
mod tokens;

use std::path::PathBuf;

use patgate_credential::{Origin, OriginError};
use secrecy::SecretString;

pub use runner::{GitVariables, RunVariables, Runner};
pub use tokens::TokenLine;

/// What there is to mask before a word is said, and what belongs to it.
#[derive(Debug)]
pub struct Secrets {
    /// The input `client-id`, which is none, and tells whose the key is.
    pub client_id: Option<String>,
    /// The input `token`, untouched.
    pub token: SecretString,
    /// The input `tokens`, line by line.
    pub tokens: Vec<TokenLine>,
    /// The input `private-key`, untouched.
    pub private_key: SecretString,
    /// The input `github-token`, untouched. It fetches policies, and nothing else.
    pub github_token: SecretString,
}

impl Secrets {
    /// Reads the secrets. Nothing can go wrong: an empty one is judged later.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let secret = |name: &str| SecretString::from(lookup(name).unwrap_or_default());
        Self {
            client_id: lookup("INPUT_CLIENT-ID").filter(|id| !id.trim().is_empty()),
            token: secret("INPUT_TOKEN"),
            tokens: tokens::read(&secret("INPUT_TOKENS")),
            private_key: secret("INPUT_PRIVATE-KEY"),
            github_token: secret("INPUT_GITHUB-TOKEN"),
        }
    }
}

/// What `action.yml` promises, parsed.
#[derive(Debug)]
pub struct Input {
    /// Where the policy stands.
    pub policy: PolicySource,
    /// Which of its gates.
    pub gate: String,
    /// `OWNER/REPO` or `OWNER/REPO: push` lines, which narrow the policy's reach.
    pub repositories: String,
    /// How long the lease lives, which narrows the policy's.
    pub ttl: Option<String>,
    /// How long the whole run may take.
    pub timeout: Option<String>,
    /// Whether a finding stops the step.
    pub mode: Mode,
    /// What form the lease has.
    pub lease: LeaseForm,
    /// Whether ssh remotes are taken to https.
    pub rewrite_ssh: bool,
    /// The GitHub to talk to, and what the lease answers for.
    pub origin: Origin,
    /// Its API, without a slash at its end.
    pub api_url: String,
    /// Whom TLS trusts beside the usual.
    pub roots: Roots,
}

/// Certificates of authorities, beside those of the image and the system.
#[derive(Clone, Debug)]
pub struct Roots {
    /// PEM text, the input `ca-certificates`.
    pub pem: Option<String>,
    /// PEM files, each with the variable that names it: Node's, and OpenSSL's.
    pub files: Vec<(&'static str, PathBuf)>,
    /// Folders of PEM files, which OpenSSL's variable names.
    pub folders: Vec<PathBuf>,
}

/// Where the policy stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum PolicySource {
    /// At the usual path, if there is a file.
    Default,
    /// At this path in the workspace.
    File(String),
    /// In the input itself.
    Inline(String),
    /// In another repository: `OWNER/REPO/PATH@REF`, as written.
    Repository(String),
}

/// What a denied token does to the step.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mode {
    /// Findings are told, and the token is leased all the same.
    Audit,
    /// A finding that denies ends the step.
    Enforce,
}

/// What later steps get.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeaseForm {
    /// A sealed file and git's configuration.
    Git,
    /// A netrc in plain text.
    Netrc,
    /// A file of `git credential-store`, in plain text.
    Store,
    /// Nothing: the token is judged only.
    None,
}

impl LeaseForm {
    /// The word of the input, and of a policy's `format`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Netrc => "netrc",
            Self::Store => "store",
            Self::None => "none",
        }
    }
}

/// The path of a policy that no input names.
pub const DEFAULT_POLICY: &str = ".github/patgate.yml";

impl Input {
    /// Parses the inputs. `lookup` is [`std::env::var`] in all but name.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, InputError> {
        // An input that is not given arrives as an empty text.
        let input = |name: &str| {
            let value = lookup(&format!("INPUT_{}", name.to_uppercase()))?;
            (!value.trim().is_empty()).then(|| value.trim().to_owned())
        };
        let origin = origin(input("server-url"), &lookup)?;
        let api_url = match input("api-url") {
            Some(url) => api_url(&url)?,
            None => runner_api_url(&origin, &lookup).unwrap_or_else(|| derive_api_url(&origin)),
        };
        Ok(Self {
            policy: policy_source(lookup("INPUT_POLICY").as_deref()),
            gate: input("gate").unwrap_or_else(|| "default".to_owned()),
            repositories: input("repositories").unwrap_or_default(),
            ttl: input("ttl"),
            timeout: input("timeout"),
            mode: choice(
                "mode",
                input("mode"),
                &[("enforce", Mode::Enforce), ("audit", Mode::Audit)],
            )?,
            lease: choice(
                "lease",
                input("lease"),
                &[
                    LeaseForm::Git,
                    LeaseForm::Netrc,
                    LeaseForm::Store,
                    LeaseForm::None,
                ]
                .map(|form| (form.word(), form)),
            )?,
            rewrite_ssh: choice(
                "rewrite-ssh",
                input("rewrite-ssh"),
                &[("true", true), ("false", false)],
            )?,
            origin,
            api_url,
            roots: Roots::read(&lookup),
        })
    }
}

impl Roots {
    /// Reads the certificates beside those of the image and the system. Post reads them too.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.trim().is_empty());
        Self {
            pem: set("INPUT_CA-CERTIFICATES"),
            files: ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"]
                .into_iter()
                .filter_map(|name| Some((name, PathBuf::from(set(name)?))))
                .collect(),
            folders: set("SSL_CERT_DIR")
                .map(|list| std::env::split_paths(&list).collect())
                .unwrap_or_default(),
        }
    }
}

/// The GitHub to talk to: the one that runs the job, unless an input names another.
fn origin(
    given: Option<String>,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Origin, InputError> {
    let url = given
        .or_else(|| lookup("GITHUB_SERVER_URL"))
        .ok_or(InputError::NotARunner {
            name: "GITHUB_SERVER_URL",
        })?;
    Origin::parse(&url).map_err(|source| InputError::Url {
        name: "server-url",
        source,
    })
}

/// The first choice is the default.
fn choice<T: Copy>(
    name: &'static str,
    given: Option<String>,
    choices: &[(&'static str, T)],
) -> Result<T, InputError> {
    let Some(given) = given else {
        return Ok(choices[0].1);
    };
    choices
        .iter()
        .find(|(word, _)| given.eq_ignore_ascii_case(word))
        .map(|(_, value)| *value)
        .ok_or_else(|| InputError::Choice {
            name,
            choices: choices.iter().map(|(word, _)| *word).collect(),
        })
}

fn policy_source(given: Option<&str>) -> PolicySource {
    // What stands before the first word counts in YAML; what stands behind the last does not.
    let text = given.unwrap_or_default().trim_end();
    match text.trim_start() {
        "" => PolicySource::Default,
        path if path.contains('\n') || path.contains(": ") => PolicySource::Inline(text.to_owned()),
        path if path.contains('@') => PolicySource::Repository(path.to_owned()),
        path => PolicySource::File(path.to_owned()),
    }
}

/// The API that the runner names, if it is the API of `origin`.
fn runner_api_url(origin: &Origin, lookup: impl Fn(&str) -> Option<String>) -> Option<String> {
    let server = Origin::parse(&lookup("GITHUB_SERVER_URL")?).ok()?;
    let url = lookup("GITHUB_API_URL").filter(|url| !url.is_empty())?;
    (server == *origin).then(|| api_url(&url).ok()).flatten()
}

/// <https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api>
fn derive_api_url(origin: &Origin) -> String {
    if origin.host() == "github.com" || origin.host().ends_with(".ghe.com") {
        format!("https://api.{}", origin.authority())
    } else {
        format!("{origin}/api/v3")
    }
}

/// Whether an API is on this machine, to which no proxy leads.
pub fn is_local(api_url: &str) -> bool {
    Origin::parse(split_path(api_url).0).is_ok_and(|origin| origin.is_loopback())
}

fn split_path(url: &str) -> (&str, &str) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find('/').map_or(url.len(), |at| start + at);
    url.split_at(end)
}

fn api_url(url: &str) -> Result<String, InputError> {
    checked(url).map_err(|source| InputError::Url {
        name: "api-url",
        source,
    })
}

/// An API's URL may have a path; what stands before it is an origin.
fn checked(url: &str) -> Result<String, OriginError> {
    let (origin, path) = split_path(url);
    let origin = Origin::parse(origin)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    if !path.bytes().all(plain) || path.contains("..") {
        return Err(OriginError::Path);
    }
    Ok(format!("{origin}{}", path.trim_end_matches('/')))
}

/// Why the inputs cannot be used. No variant carries a value that could be a secret.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InputError {
    /// An input has a word that it does not take.
    #[error("the input `{name}` takes `{}`", choices.join("` or `"))]
    Choice {
        /// The input's name in `action.yml`.
        name: &'static str,
        /// What it takes.
        choices: Vec<&'static str>,
    },
    /// A variable that every runner sets is absent.
    #[error("`{name}` is not set")]
    NotARunner {
        /// The variable.
        name: &'static str,
    },
    /// Two inputs that cannot both be meant.
    #[error("the inputs `{name}` and `{other}` are given both")]
    Both {
        /// The one's name in `action.yml`.
        name: &'static str,
        /// The other's.
        other: &'static str,
        /// Which of them to leave out, and when.
        help: &'static str,
    },
    /// A line of the input `tokens` names no gate.
    #[error("line {number} of the input `tokens` is not `GATE: TOKEN`")]
    TokenLine {
        /// Which line, from 1 on.
        number: usize,
    },
    /// The runner's own URL is unusable.
    #[error("`{name}` is no GitHub: {source}")]
    OwnUrl {
        /// The variable.
        name: &'static str,
        /// Why.
        source: OriginError,
    },
    /// A URL is unusable.
    #[error("the input `{name}` is no GitHub: {source}")]
    Url {
        /// The input's name in `action.yml`.
        name: &'static str,
        /// Why.
        source: OriginError,
    },
}

impl InputError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Both { help, .. } => help,
            Self::TokenLine { .. } => {
                "write the name of a gate of the policy, a colon, and one secret; a secret of several lines is no token"
            }
            Self::Choice { .. } => "correct the word, or leave the input out for its default",
            Self::NotARunner { .. } => "run patgate as a step of a GitHub Actions workflow",
            Self::OwnUrl { .. } => {
                "set up the runner anew; a policy of another repository is fetched from the GitHub that runs the job"
            }
            Self::Url { .. } => {
                "give the scheme and the host alone, such as `https://github.example`"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Input, InputError> {
        let server = ("GITHUB_SERVER_URL", "https://github.com");
        let pairs: Vec<_> = [server].iter().chain(pairs).copied().collect();
        Input::parse(|name| {
            let (_, value) = pairs.iter().rev().find(|(key, _)| *key == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn an_input_that_is_not_given_has_its_default() {
        let input = parse(&[("INPUT_TTL", ""), ("INPUT_MODE", "  ")]).unwrap();
        assert_eq!(input.ttl, None);
        assert_eq!(input.mode, Mode::Enforce);
        assert_eq!(input.gate, "default");
        assert_eq!(input.policy, PolicySource::Default);
        assert!(input.rewrite_ssh);
    }

    #[test]
    fn the_api_is_derived_from_the_server() {
        for (server, api) in [
            ("https://github.com", "https://api.github.com"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            (
                "https://ghes.example:8443",
                "https://ghes.example:8443/api/v3",
            ),
            ("http://127.0.0.1:3000", "http://127.0.0.1:3000/api/v3"),
        ] {
            let input = parse(&[("INPUT_SERVER-URL", server)]).unwrap();
            assert_eq!(input.api_url, api);
        }
    }

    #[test]
    fn the_runner_names_the_api_of_its_own_server_only() {
        let api = ("GITHUB_API_URL", "https://api.github.com/");
        assert_eq!(parse(&[api]).unwrap().api_url, "https://api.github.com");
        let other = parse(&[api, ("INPUT_SERVER-URL", "https://ghes.example")]).unwrap();
        assert_eq!(other.api_url, "https://ghes.example/api/v3");
    }

    #[test]
    fn a_server_that_is_no_origin_is_refused() {
        for url in [
            "https://ghes.example/github",
            "http://ghes.example",
            "ghes.example",
            "https://u:p@ghes.example",
        ] {
            let error = parse(&[("INPUT_SERVER-URL", url)]).unwrap_err();
            assert!(
                matches!(
                    error,
                    InputError::Url {
                        name: "server-url",
                        ..
                    }
                ),
                "{url}"
            );
        }
    }

    #[test]
    fn a_policy_with_a_line_break_is_the_policy() {
        let inline = parse(&[("INPUT_POLICY", "version: 1\ngates: {}\n")]).unwrap();
        assert!(matches!(inline.policy, PolicySource::Inline(_)));
        for text in ["{version: 1, gates: {}}\n", "  version: 1\n  gates: {}\n"] {
            let inline = parse(&[("INPUT_POLICY", text)]).unwrap();
            assert_eq!(
                inline.policy,
                PolicySource::Inline(text.trim_end().to_owned())
            );
        }
        let file = parse(&[("INPUT_POLICY", "ci/patgate.yml\n")]).unwrap();
        assert_eq!(file.policy, PolicySource::File("ci/patgate.yml".to_owned()));
        let text = "acme/.github/patgate.yml@v3";
        let other = parse(&[("INPUT_POLICY", text)]).unwrap();
        assert_eq!(other.policy, PolicySource::Repository(text.to_owned()));
    }

    #[test]
    fn the_jobs_own_api_is_the_runners_whatever_the_inputs_name() {
        let own = |pairs: &[(&str, &str)]| {
            let lookup = |name: &str| {
                let (_, value) = pairs.iter().find(|(key, _)| *key == name)?;
                Some((*value).to_owned())
            };
            Runner::read(lookup).own_api_url()
        };
        let server = ("GITHUB_SERVER_URL", "https://ghes.example");
        let other = ("INPUT_SERVER-URL", "https://github.com");
        let other_api = ("INPUT_API-URL", "https://api.github.com");
        let derived = own(&[server, other, other_api]);
        assert_eq!(derived.unwrap(), "https://ghes.example/api/v3");
        let api = ("GITHUB_API_URL", "https://ghes.example/api/v3/");
        assert_eq!(own(&[server, api]).unwrap(), "https://ghes.example/api/v3");
        assert!(matches!(
            own(&[server, ("GITHUB_API_URL", "http://ghes.example/api/v3")]),
            Err(InputError::OwnUrl {
                name: "GITHUB_API_URL",
                ..
            })
        ));
        assert!(matches!(own(&[other]), Err(InputError::NotARunner { .. })));
    }

    #[test]
    fn a_word_that_no_input_takes_is_told_without_repeating_it() {
        let error = parse(&[("INPUT_MODE", "hunter2")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the input `mode` takes `enforce` or `audit`"
        );
        let error = parse(&[("INPUT_LEASE", "hunter2")]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the input `lease` takes `git` or `netrc` or `store` or `none`"
        );
    }
}
