//! What the runner says, apart from the inputs.

use std::path::PathBuf;

use patgate_credential::{Job, Key, Origin};

use super::{InputError, checked, derive_api_url};

/// What the runner says of itself and of the job. The same in both phases.
#[derive(Debug)]
pub struct Runner {
    /// `RUNNER_TEMP`, in whichever world.
    pub temp: Option<String>,
    /// The host's `RUNNER_TEMP`: `host-temp` without its mark, which keeps the runner from
    /// translating it.
    pub host_temp: Option<String>,
    /// `RUNNER_WORKSPACE`, on the host.
    pub runner_workspace: Option<String>,
    /// Whether this is `act`.
    pub is_act: bool,
    /// `GITHUB_WORKSPACE`.
    pub workspace: Option<PathBuf>,
    /// `GITHUB_ENV`.
    pub env_file: Option<String>,
    /// `GITHUB_OUTPUT`.
    pub output_file: Option<String>,
    /// `GITHUB_STATE`.
    pub state_file: Option<String>,
    /// `GITHUB_STEP_SUMMARY`.
    pub summary_file: Option<String>,
    /// `GITHUB_SERVER_URL`: the GitHub that runs the job.
    pub server_url: Option<String>,
    /// `GITHUB_API_URL`: its API.
    pub api_url: Option<String>,
    /// Which job this is.
    pub job: Job,
    /// What began the run, and whose it is.
    pub run: RunVariables,
    /// The lease of this step, from the main phase.
    pub state_lease: Option<String>,
    /// What opens the tokens that were made for this step, from the main phase.
    pub state_key: Option<Key>,
    /// What it means that the token is left behind, from the main phase: `deny` or `warn`.
    pub state_leaks: Option<String>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// git's configuration by environment, as it stands.
    pub git: GitVariables,
    /// The job's key, if an earlier step made a lease.
    pub key: Option<Key>,
    /// Whether an earlier step of the job made a lease of any form: `PATGATE_HOME` is set.
    pub has_home: bool,
    /// Whether tools are led to a netrc already: `NETRC` is set.
    pub has_netrc: bool,
}

/// What the runner says of the run, as written.
#[derive(Clone, Debug, Default)]
pub struct RunVariables {
    /// `GITHUB_EVENT_NAME`.
    pub event: Option<String>,
    /// `GITHUB_EVENT_PATH`.
    pub event_path: Option<PathBuf>,
    /// `GITHUB_REF`.
    pub reference: Option<String>,
    /// `GITHUB_ACTOR`.
    pub actor: Option<String>,
    /// `GITHUB_TRIGGERING_ACTOR`.
    pub triggering_actor: Option<String>,
    /// `GITHUB_WORKFLOW_REF`.
    pub workflow: Option<String>,
    /// `RUNNER_ENVIRONMENT`.
    pub environment: Option<String>,
}

/// git's configuration by environment, as written.
#[derive(Clone, Debug, Default)]
pub struct GitVariables {
    /// `GIT_CONFIG_COUNT`.
    pub count: Option<String>,
    /// `GIT_CONFIG_KEY_n` and `GIT_CONFIG_VALUE_n`, as many as the count says.
    pub pairs: Vec<(Option<String>, Option<String>)>,
    /// `GIT_CONFIG_PARAMETERS`.
    pub parameters: Option<String>,
}

/// More pairs than any job has; git itself stops at `INT_MAX`.
const MAX_PAIRS: usize = 10_000;

impl Runner {
    /// Reads the runner's variables. `lookup` is [`std::env::var`] in all but name.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        Self {
            temp: set("RUNNER_TEMP"),
            host_temp: set("INPUT_HOST-TEMP").map(|text| match text.strip_prefix("host:") {
                Some(path) => path.to_owned(),
                None => text,
            }),
            runner_workspace: set("RUNNER_WORKSPACE"),
            is_act: set("ACT").is_some_and(|value| value == "true"),
            workspace: set("GITHUB_WORKSPACE").map(PathBuf::from),
            env_file: set("GITHUB_ENV"),
            output_file: set("GITHUB_OUTPUT"),
            state_file: set("GITHUB_STATE"),
            summary_file: set("GITHUB_STEP_SUMMARY"),
            server_url: set("GITHUB_SERVER_URL"),
            api_url: set("GITHUB_API_URL"),
            job: Job::read(&lookup),
            run: RunVariables {
                event: set("GITHUB_EVENT_NAME"),
                event_path: set("GITHUB_EVENT_PATH").map(PathBuf::from),
                reference: set("GITHUB_REF"),
                actor: set("GITHUB_ACTOR"),
                triggering_actor: set("GITHUB_TRIGGERING_ACTOR"),
                workflow: set("GITHUB_WORKFLOW_REF"),
                environment: set("RUNNER_ENVIRONMENT"),
            },
            state_lease: set("STATE_lease"),
            state_key: set("STATE_key").and_then(|text| Key::parse(&text)),
            state_leaks: set("STATE_leaks"),
            home: set("HOME").map(PathBuf::from),
            git: GitVariables::read(&lookup),
            key: set("PATGATE_KEY").and_then(|text| Key::parse(&text)),
            has_home: set("PATGATE_HOME").is_some(),
            has_netrc: set("NETRC").is_some(),
        }
    }

    /// The API of the GitHub that runs the job, whatever the inputs name: the job's own token is
    /// sent nowhere else.
    pub fn own_api_url(&self) -> Result<String, InputError> {
        let name = "GITHUB_SERVER_URL";
        let wrong = |name| move |source| InputError::OwnUrl { name, source };
        match (&self.api_url, &self.server_url) {
            (Some(url), _) => checked(url).map_err(wrong("GITHUB_API_URL")),
            (None, Some(url)) => {
                let origin = Origin::parse(url).map_err(wrong(name))?;
                Ok(derive_api_url(&origin))
            }
            (None, None) => Err(InputError::NotARunner { name }),
        }
    }
}

impl GitVariables {
    fn read(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let count = lookup("GIT_CONFIG_COUNT");
        let pairs = count
            .as_deref()
            .and_then(|count| count.parse().ok())
            .unwrap_or(0usize)
            .min(MAX_PAIRS);
        Self {
            pairs: (0..pairs)
                .map(|n| {
                    (
                        lookup(&format!("GIT_CONFIG_KEY_{n}")),
                        lookup(&format!("GIT_CONFIG_VALUE_{n}")),
                    )
                })
                .collect(),
            count,
            parameters: lookup("GIT_CONFIG_PARAMETERS"),
        }
    }
}
