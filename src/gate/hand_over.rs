//! What one phase leaves for the next, and for the steps between them.

use jiff::Timestamp;
use patgate_credential::{Key, LeaseName, Reach, secrecy::ExposeSecret as _};

use crate::input::{Input, InputError, Runner};
use crate::lease::drop_box;
use crate::lease::git_config::{self, Existing};
use crate::lease::plain::Form;
use crate::lease::{self, LeaseError};
use crate::policy::Level;
use crate::runner::command::CommandFile;

use super::{Error, Hall};

/// Tells post which lease is this step's, before there is one. Where it lies post finds as this
/// phase did: a path could be forged by a step between them.
pub(super) fn state(runner: &Runner, name: &LeaseName) -> Result<(), Error> {
    to_post(runner, "lease", &name.to_string())
}

/// Tells post what it means that the token is left behind: the policy may be another by then.
pub(super) fn state_leaks(runner: &Runner, level: Level) -> Result<(), Error> {
    to_post(runner, "leaks", level.word())
}

/// Tells post what opens the tokens that are made for this step, before there is one.
pub(super) fn state_key(runner: &Runner, key: &Key) -> Result<(), Error> {
    to_post(runner, "key", key.to_text().expose_secret())
}

fn to_post(runner: &Runner, name: &str, value: &str) -> Result<(), Error> {
    let pairs = [(name.to_owned(), value.to_owned())];
    append("GITHUB_STATE", runner.state_file.as_deref(), &pairs)
}

/// One key a job: that of an earlier lease, if it is one, else a fresh one. What no key of the job
/// opens has been swept by then.
pub(super) fn job_key(hall: &Hall<'_>, now: Timestamp) -> Result<Key, Error> {
    if let Some(key) = &hall.runner.key
        && lease::is_key_of(key, hall.drop_box, now)?
    {
        let again = Key::parse(key.to_text().expose_secret());
        return Ok(again.expect("a key reads what it writes"));
    }
    Ok(Key::generate().map_err(LeaseError::Seal)?)
}

/// What tells later steps where the lease lies, what opens it, and how git comes by it.
pub(super) fn variables(
    reaches: &[Reach],
    key: &Key,
    input: &Input,
    hall: &Hall<'_>,
) -> Result<Vec<(String, String)>, Error> {
    let home = hall.shared.host(drop_box::NAME).ok_or(Error::HostTemp)?;
    let entries = git_config::entries(&input.origin, &whole(reaches), input.rewrite_ssh);
    let mut pairs = vec![
        ("PATGATE_HOME".to_owned(), home.to_string()),
        (
            "PATGATE_KEY".to_owned(),
            key.to_text().expose_secret().to_owned(),
        ),
    ];
    pairs.extend(git_config::append(&existing(hall.runner), &entries).map_err(LeaseError::Git)?);
    Ok(pairs)
}

/// What tells later steps where a lease in plain text lies.
pub(super) fn plain_variables(
    reaches: &[Reach],
    form: Form,
    input: &Input,
    hall: &Hall<'_>,
) -> Result<Vec<(String, String)>, Error> {
    let host = |path: &str| hall.shared.host(path).ok_or(Error::HostTemp);
    let file = form.file(hall.name);
    let path = host(&format!("{}/{file}", drop_box::NAME))?.to_string();
    let mut pairs = vec![("PATGATE_HOME".to_owned(), host(drop_box::NAME)?.to_string())];
    match form {
        Form::Netrc => pairs.push(("NETRC".to_owned(), path)),
        Form::Store => {
            pairs.push(("PATGATE_STORE".to_owned(), path));
            let reach = whole(reaches);
            let entries =
                git_config::store_entries(&input.origin, &reach, input.rewrite_ssh, &file);
            let entries = git_config::append(&existing(hall.runner), &entries);
            pairs.extend(entries.map_err(LeaseError::Git)?);
        }
    }
    Ok(pairs)
}

/// What git must be told of what several leases open: one of the whole origin needs nothing beside
/// the helper, and takes nothing away from what the others need.
fn whole(reaches: &[Reach]) -> Reach {
    let (mut all, mut none) = (Vec::new(), Vec::new());
    for reach in reaches {
        if let Reach::Repositories { open, shut } = reach {
            all.extend(open.iter().cloned());
            none.extend(shut.iter().cloned());
        }
    }
    if all.is_empty() {
        return Reach::Origin;
    }
    Reach::Repositories {
        open: all,
        shut: none,
    }
}

/// Tells them.
pub(super) fn environment(variables: &[(String, String)], runner: &Runner) -> Result<(), Error> {
    append("GITHUB_ENV", runner.env_file.as_deref(), variables)
}

/// Takes git's configuration back, behind the last lease. Whatever keeps it from that keeps nobody
/// else: only other actions' posts see the environment still.
pub(super) fn take_back(runner: &Runner) {
    let taken = git_config::without(&existing(runner)).unwrap_or_default();
    let Some(path) = runner.env_file.as_deref().filter(|_| !taken.is_empty()) else {
        return;
    };
    if let Err(error) = CommandFile::find(path).append(&taken) {
        tracing::debug!("cannot take git's configuration back: {error}");
    }
}

fn existing(runner: &Runner) -> Existing<'_> {
    Existing {
        count: runner.git.count.as_deref(),
        pairs: &runner.git.pairs,
        parameters: runner.git.parameters.as_deref(),
    }
}

/// Appends to the file that the runner names by the variable `name`.
fn append(name: &'static str, path: Option<&str>, pairs: &[(String, String)]) -> Result<(), Error> {
    let path = path.ok_or(InputError::NotARunner { name })?;
    CommandFile::find(path)
        .append(pairs)
        .map_err(|source| Error::CommandFile { name, source })
}
