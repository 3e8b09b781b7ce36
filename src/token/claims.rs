//! What a new installation token says of itself: `ghs_<app id>_<JWT>`, since April 2026.
//!
//! GitHub asks not to depend on it. This is a hint: it shortens a lease, and
//! never denies a token.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// The claims that matter here, unverified.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize)]
pub struct Claims {
    /// When it ends, in seconds since 1970.
    #[serde(rename = "exp")]
    pub expires_at: i64,
    /// Which app it is of; that of Actions is 15368.
    #[serde(default, rename = "aid")]
    pub app_id: Option<u64>,
}

impl Claims {
    /// Reads the claims. Whatever is unexpected means none.
    pub(super) fn read(token: &str) -> Option<Self> {
        let (_app_id, jwt) = token.strip_prefix("ghs_")?.split_once('_')?;
        let mut parts = jwt.split('.');
        let (_header, payload, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
        serde_json::from_slice(&json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(payload: &str) -> String {
        let part = |text: &str| BASE64_URL_SAFE_NO_PAD.encode(text);
        [
            "ghs",
            "15368",
            &format!("{}.{}.{}", part("{}"), part(payload), part("sig")),
        ]
        .join("_")
    }

    #[test]
    fn a_new_installation_token_tells_its_end() {
        let claims = Claims::read(&token(
            r#"{"aid":15368,"aud":"x","exp":1777000000,"iat":1776996400,"iss":"github","sub":"integration/15368"}"#,
        ));
        let claims = claims.unwrap();
        assert_eq!(claims.expires_at, 1_777_000_000);
        assert_eq!(claims.app_id, Some(15368));
    }

    #[test]
    fn what_cannot_be_read_claims_nothing() {
        for payload in ["", "[]", "{}", r#"{"exp":"x"}"#] {
            assert_eq!(Claims::read(&token(payload)), None);
        }
        for text in ["ghs_", "ghs_1", "ghs_1_a.b", "ghp_1_a.b.c"] {
            assert_eq!(Claims::read(text), None);
        }
    }
}
