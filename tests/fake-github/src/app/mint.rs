//! How a token is minted: what may be asked for, and what comes of it.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::{Value, json};

use super::{App, Minted};
use crate::account::{Account, Installed, Level, Permissions, Right, named};
use crate::state::State;

/// Mints a token for 'installed' as 'wish' asks, and makes it known; an error is the text of a 422.
///
/// 'stateless' is whether the caller lets GitHub choose the newer format.
pub(crate) fn mint(
    state: &State,
    app: &App,
    installed: &Installed,
    wish: &Value,
    stateless: bool,
) -> Result<Minted, &'static str> {
    let permissions = permissions(installed, &wish["permissions"])?;
    let repositories = repositories(state, installed, wish)?;
    let token = if stateless && !state.server.is_enterprise() {
        stateless_token(app, state.clock.now().as_second())
    } else {
        ["ghs", &letters(36)].join("_")
    };
    let mut account = Account::installation(&installed.owner)
        .slug(&app.slug)
        .client_id(&app.client_id);
    account.has_all = installed.selected.is_none() && !is_narrowed(wish);
    for name in &repositories {
        // Its permissions alone say what it may do there.
        account = account.right(name, Right::Push);
    }
    account.permissions = Some(permissions.clone());
    let minted = Minted {
        token,
        owner: installed.owner.clone(),
        permissions: named(&permissions),
        repositories,
        revoked: false,
    };
    state.know(&minted, account);
    Ok(minted)
}

/// Whether 'wish' names repositories.
pub(crate) fn is_narrowed(wish: &Value) -> bool {
    ["repositories", "repository_ids"]
        .into_iter()
        .filter_map(|name| wish[name].as_array())
        .any(|named| !named.is_empty())
}

/// What was asked for, if the installation has it.
fn permissions(installed: &Installed, wish: &Value) -> Result<Permissions, &'static str> {
    let Some(wish) = wish.as_object().filter(|wish| !wish.is_empty()) else {
        return Ok(installed.permissions.clone());
    };
    let mut permissions = Permissions::new();
    for (name, level) in wish {
        let level = level.as_str().and_then(Level::named);
        let granted = installed.permissions.get(name).copied();
        match level {
            Some(level) if granted >= Some(level) => permissions.insert(name.clone(), level),
            // recorded: GitHub's own text, seen in many runs of actions/create-github-app-token.
            Some(_) | None => {
                return Err("The permissions requested are not granted to this installation.");
            }
        };
    }
    Ok(permissions)
}

/// The full names of the repositories asked for, if the installation has them; all it has, if none are.
fn repositories(
    state: &State,
    installed: &Installed,
    wish: &Value,
) -> Result<Vec<String>, &'static str> {
    let all = state.repositories.names();
    let all = all.filter(|name| installed.covers(name)).map(str::to_owned);
    let all: Vec<String> = all.collect();
    if !is_narrowed(wish) {
        return Ok(all);
    }
    let asked = |name: &str| wish[name].as_array().cloned().unwrap_or_default();
    let (names, ids) = (asked("repositories"), asked("repository_ids"));
    if names.len() + ids.len() > MOST {
        // The status and the bound are documented; the words are made up.
        return Err("A token can be scoped to at most 500 repositories.");
    }
    let by_name = names.iter().map(|name| {
        let full_name = format!("{}/{}", installed.owner, name.as_str()?);
        all.iter()
            .find(|known| known.eq_ignore_ascii_case(&full_name))
    });
    let by_id = ids.iter().map(|id| {
        let id = id.as_u64()?;
        all.iter().find(|known| super::id_of(known) == id)
    });
    let found: Option<Vec<&String>> = by_name.chain(by_id).collect();
    // recorded: GitHub's own text, seen in many runs of actions/create-github-app-token.
    let found = found.ok_or(
        "There is at least one repository that does not exist or is not accessible to the parent installation.",
    )?;
    Ok(found.into_iter().cloned().collect())
}

/// How many repositories a token may be narrowed to.
const MOST: usize = 500;

/// A token of the format of 2026: `ghs_`, the app's id, and a JWT.
fn stateless_token(app: &App, now: i64) -> String {
    // recorded: header and claims as in an expired token among trivy's fixtures.
    let header = json!({ "alg": "ES256", "typ": "JWT" });
    let claims = json!({
        "aid": app.id,
        "aud": "github",
        "azc": letters(96),
        "exp": now + 3600,
        "iat": now,
        "iss": "github",
        "jti": letters(36),
        "sub": format!("integration/{}", app.id),
    });
    let part = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signature = BASE64_URL_SAFE_NO_PAD.encode(random::<64>());
    let jwt = [part(&header), part(&claims), signature].join(".");
    format!("ghs_{}_{jwt}", app.id)
}

/// So many letters and digits, which nobody has seen before.
fn letters(count: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let random = random::<96>();
    let letters = random.iter().take(count);
    letters
        .map(|byte| char::from(ALPHABET[usize::from(*byte) % ALPHABET.len()]))
        .collect()
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.expect("the system has random bytes");
    bytes
}
