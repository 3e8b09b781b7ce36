//! An app's key, and JWTs signed with it.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use serde_json::{Value, json};

/// A key made for these tests; it opens nothing.
pub(crate) fn key() -> KeyPair {
    KeyPair::from_der(include_bytes!("nobody.der")).unwrap()
}

pub(crate) fn public_key() -> Vec<u8> {
    key().public_key().as_ref().to_owned()
}

/// A JWT with these claims.
pub(crate) fn jwt(claims: &Value) -> String {
    let header = json!({ "alg": "RS256", "typ": "JWT" });
    let part = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let key = key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// A JWT as it should be, for the app 'issuer'.
pub(crate) fn good_jwt(issuer: impl Into<Value>) -> String {
    let issuer: Value = issuer.into();
    jwt(&json!({ "iss": issuer, "iat": now() - 60, "exp": now() + 500 }))
}

pub(crate) fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}
