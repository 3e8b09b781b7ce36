//! The tripwire: whether the job left the token in its directories.

use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use secrecy::SecretString;

use crate::input::{Runner, Secrets};
use crate::lease::drop_box::NAME;
use crate::lease::plain;
use crate::policy::Level;
use crate::report::{LeftBehind, Place};
use crate::runner::command;
use crate::runner::path::SharedDirectory;
use crate::token::Token;
use crate::tripwire::{Cut, Found, Hit, Limits, Root, Tripwire};

use super::{Error, World, tell};

/// The job is over, and nobody waits gladly.
const PATIENCE: SignedDuration = SignedDuration::from_secs(20);

/// In all, those out of archives among them.
const MAX_BYTES: u64 = 8 << 30;

/// Of one file, and out of one archive.
const MAX_FILE: u64 = 1 << 30;

/// Below a directory that is searched.
const MAX_DEPTH: usize = 64;

/// As many annotations as GitHub shows of one step.
const SHOWN: usize = 10;

/// What the job works in.
const WORKSPACE: &str = "workspace";

/// Searches the job's directories for `kept` and for the tokens of the inputs, which post is given
/// again. `false`: one is there, and the policy denies that.
pub(super) fn search<W: Write>(
    kept: &[SecretString],
    secrets: &Secrets,
    (runner, shared): (&Runner, &SharedDirectory),
    world: &mut World<'_, W>,
) -> Result<bool, Error> {
    let of_lines = secrets.tokens.iter().map(|line| &line.secret);
    let tokens: Vec<_> = [&secrets.token]
        .into_iter()
        .chain(of_lines)
        .chain(kept)
        .filter_map(|secret| Some(Token::parse(secret).ok()?.secret().clone()))
        .collect();
    if tokens.is_empty() {
        return Ok(true);
    }
    let clock = world.clock;
    let end = clock().saturating_add(PATIENCE).unwrap_or(clock());
    let limits = Limits {
        bytes: MAX_BYTES,
        file: MAX_FILE,
        inflated: MAX_FILE,
        depth: MAX_DEPTH,
        threads: 2,
        is_over: &|| clock() >= end,
    };
    let tripwire = Tripwire::new(&tokens.iter().collect::<Vec<_>>());
    let mut found = tripwire.search(&roots(runner, shared), &limits);
    found.hits.retain(|hit| !is_of_another_step(hit));
    let level = match runner.state_leaks.as_deref() {
        Some("deny") => Level::Deny,
        Some(_) | None => Level::Warn,
    };
    let left = told(&found, level);
    for line in left.log() {
        tracing::info!("{line}");
    }
    let severity = match level {
        Level::Deny => "error",
        Level::Warn => "warning",
    };
    for message in left.messages().take(SHOWN) {
        command::annotate(severity, "patgate", None, &message, &mut world.out)?;
    }
    if !left.places.is_empty() {
        tell::summarize(runner, &left.summary());
    }
    Ok(left.places.is_empty() || level == Level::Warn)
}

fn roots(runner: &Runner, shared: &SharedDirectory) -> Vec<Root> {
    let workspace = match &runner.workspace {
        Some(path) if path.is_dir() => path.clone(),
        // act on the host names a directory that its container does not have, and starts there.
        Some(_) | None => PathBuf::from("."),
    };
    let temp = runner.temp.as_deref().map(PathBuf::from);
    let places = [
        (WORKSPACE, Some(workspace)),
        ("temp", temp),
        ("home", runner.home.clone()),
        ("temp", Some(shared.container().as_ref().to_owned())),
    ];
    let root = |(label, path): (&str, Option<PathBuf>)| {
        let path = path.filter(|path| path.is_dir() && path != Path::new("/"))?;
        Some(Root {
            label: label.to_owned(),
            path,
        })
    };
    places.into_iter().filter_map(root).collect()
}

/// Whether it is a lease in plain text, which its own post removes. A name like it elsewhere hides
/// nothing.
fn is_of_another_step(hit: &Hit) -> bool {
    let in_home = hit.path.strip_prefix("_github_home/");
    let path = in_home.unwrap_or(&hit.path);
    let file = path
        .strip_prefix(NAME)
        .and_then(|path| path.strip_prefix('/'));
    hit.root != WORKSPACE && hit.member.is_none() && file.is_some_and(plain::is_lease)
}

fn told(found: &Found, level: Level) -> LeftBehind {
    let place = |hit: &Hit| {
        let culprit = hit.culprit();
        Place {
            path: format!("{}/{}", hit.root, hit.path),
            member: hit.member.clone(),
            form: hit.form.word(),
            what: culprit.as_ref().map(|culprit| culprit.what.clone()),
            fix: culprit.map(|culprit| culprit.fix),
        }
    };
    LeftBehind {
        denied: level == Level::Deny,
        places: found.hits.iter().map(place).collect(),
        more: found.more,
        files: found.files,
        bytes: found.bytes,
        unsearched: found.unread + found.partial + found.elsewhere,
        cut: found.cut.map(|cut| match cut {
            Cut::Time => "the time was up",
            Cut::Bytes => "there was more than it reads",
        }),
    }
}
