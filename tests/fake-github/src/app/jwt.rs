//! The JWT an app shows: is it signed by the app's key, and is it of now?

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hyper::StatusCode;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;

use super::App;
use crate::answer::{self, Answer};
use crate::state::State;

/// Whether 'token' is meant as a JWT.
pub(crate) fn looks_like_jwt(token: &str) -> bool {
    token.starts_with("eyJ") && token.split('.').count() == 3
}

/// The app that signed 'jwt', or GitHub's refusal.
pub(crate) fn verify<'a>(state: &'a State, jwt: &str) -> Result<&'a App, Box<Answer>> {
    let not_decoded = || refusal(NOT_DECODED);
    let (signed, signature) = jwt.rsplit_once('.').ok_or_else(not_decoded)?;
    let (header, claims) = signed.split_once('.').ok_or_else(not_decoded)?;
    let header = decode(header).ok_or_else(not_decoded)?;
    let claims = decode(claims).ok_or_else(not_decoded)?;
    if header["alg"] != "RS256" {
        return Err(not_decoded());
    }
    let app = issuer(state, &claims["iss"])?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(signature);
    let signature = signature.map_err(|_| not_decoded())?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &app.public_key)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| not_decoded())?;
    require_now(&claims, state.clock.now().as_second())?;
    Ok(app)
}

// recorded: GitHub's own text for a wrong key or no JWT at all, with this status in github/docs #33989.
pub(crate) const NOT_DECODED: &str = "A JSON web token could not be decoded";

/// A part of a JWT, which is an object.
fn decode(part: &str) -> Option<Value> {
    let part = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
    let part: Value = serde_json::from_slice(&part).ok()?;
    part.is_object().then_some(part)
}

/// The app the claim `iss` names: by its id everywhere, by its client id where that is understood.
fn issuer<'a>(state: &'a State, issuer: &Value) -> Result<&'a App, Box<Answer>> {
    let id = match issuer {
        Value::Number(id) => id.as_u64(),
        Value::String(id) => id.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if id.is_none() && !state.server.has_since((3, 18)) {
        // recorded: seen in actions/create-github-app-token #386 and ethersphere/bee-factory #294.
        return Err(refusal("'Issuer' claim ('iss') must be an Integer"));
    }
    let mut apps = state.apps.iter();
    let found = apps.find(|app| match id {
        Some(id) => app.id == id,
        None => issuer.as_str() == Some(&app.client_id),
    });
    // recorded: GitHub's own text for an id that is no app's.
    found.ok_or_else(|| answer::error(StatusCode::NOT_FOUND, "Integration not found").into())
}

/// Refuses claims that are not of 'now'.
fn require_now(claims: &Value, now: i64) -> Result<(), Box<Answer>> {
    // recorded: GitHub's own texts, as octokit's auth-app meets them.
    let (issued_at, expires_at) = (claims["iat"].as_i64(), claims["exp"].as_i64());
    if issued_at.is_none_or(|issued_at| issued_at > now) {
        return Err(refusal(
            "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
        ));
    }
    match expires_at {
        Some(expires_at) if expires_at > now + LONGEST => Err(refusal(
            "'Expiration time' claim ('exp') is too far in the future",
        )),
        Some(expires_at) if expires_at > now => Ok(()),
        Some(_) | None => Err(refusal(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
        )),
    }
}

/// The seconds a JWT may live from now on.
const LONGEST: i64 = 600;

fn refusal(message: &str) -> Box<Answer> {
    answer::error(StatusCode::UNAUTHORIZED, message).into()
}
