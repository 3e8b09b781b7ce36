//! Tokens that were made for a step end with it.

use std::io::Write;
use std::time::Duration;

use patgate_credential::LeaseName;
use secrecy::SecretString;

use crate::input::{Roots, Runner, is_local};
use crate::inspection::mint::{Revoked, revoke};
use crate::inspection::patience::{Birth, Patience};
use crate::lease::drop_box::DropBox;
use crate::lease::minted::{self, Minted};
use crate::runner::command;

use super::asking::{Desk, client};
use super::round::Round;
use super::{Error, Hall, World};

/// The job is over, and nobody waits gladly.
const PATIENCE: Duration = Duration::from_secs(20);

/// In the main phase, where nothing was leased. What fails here is tried again in post.
pub(super) async fn at_once(rounds: &[Round], hall: &Hall<'_>, desk: &Desk<'_>) {
    let patience = Patience::new(PATIENCE);
    for asked in rounds
        .iter()
        .flat_map(|round| &round.cases)
        .map(|case| &case.asked)
    {
        let (Some(name), Ok(http)) = (&asked.minted, desk.http()) else {
            continue;
        };
        let api_url = &desk.input.api_url;
        let (secret, birth) = (asked.token.secret(), Some(Birth::now()));
        let revoked = revoke(&http, api_url, secret, birth, &patience);
        let revoked = patience.bound(revoked).await;
        if revoked.is_some_and(|revoked| revoked.is_ok())
            && minted::forget(name, hall.drop_box).is_ok()
        {
            tracing::info!("the app's token is revoked: nothing was leased");
        }
    }
}

/// In post. What fails is told, and stops nothing: such a token ends by itself within the hour.
/// Returns the tokens.
pub(super) async fn in_post<W: Write>(
    name: Option<&LeaseName>,
    runner: &Runner,
    drop_box: &DropBox,
    world: &mut World<'_, W>,
) -> Result<Vec<SecretString>, Error> {
    let now = (world.clock)();
    let (kept, shut) = match minted::kept(name, runner.state_key.as_ref(), drop_box, now) {
        Ok(found) => found,
        Err(error) => {
            tracing::warn!("cannot look for tokens of the app: {error}");
            return Ok(Vec::new());
        }
    };
    let patience = Patience::new(PATIENCE);
    let roots = Roots::read(world.lookup);
    for minted in &kept {
        match end(minted, &roots, runner, &patience).await {
            Ok(Revoked::Now) => tracing::info!("the app's token is revoked"),
            Ok(Revoked::Before) => tracing::info!("the app's token had ended already"),
            Err(error) => warn(&error, world)?,
        }
    }
    for _ in 0..shut {
        warn("what the main phase kept of it does not open", world)?;
    }
    Ok(kept.into_iter().map(|minted| minted.token).collect())
}

async fn end(
    minted: &Minted,
    roots: &Roots,
    runner: &Runner,
    patience: &Patience,
) -> Result<Revoked, String> {
    let Minted {
        token,
        api_url,
        is_new,
    } = minted;
    let http = client(is_local(api_url), roots, runner).map_err(|error| error.to_string())?;
    // A main phase that was killed may have been so a moment ago.
    let birth = is_new.then(Birth::now);
    let revoked = revoke(&http, api_url, token, birth, patience);
    let revoked = patience.bound(revoked).await;
    revoked
        .ok_or_else(|| "there was no answer in time".to_owned())?
        .map_err(|error| error.to_string())
}

fn warn<W: Write>(why: &str, world: &mut World<'_, W>) -> Result<(), Error> {
    let message = format!(
        "the app's token could not be revoked: {why}; it ends by itself within an hour of its making"
    );
    Ok(command::annotate(
        "warning",
        "patgate",
        None,
        &message,
        &mut world.out,
    )?)
}
