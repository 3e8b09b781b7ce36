//! A GitHub App, which asks for tokens with a JWT that its private key signs.
//!
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>

use std::fmt;
use std::sync::Arc;

use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

/// A JWT begins this long before the present, for a server whose clock is behind.
const BACK: SignedDuration = SignedDuration::from_secs(60);

/// And ends this long after it: GitHub takes ten minutes at most, counted from its beginning.
const AHEAD: SignedDuration = SignedDuration::from_secs(540);

/// A key of 16 384 bits is 13 KB as PEM, and 17 KB as base64 of it.
const MAX_LEN: usize = 64 * 1024;

/// Pasted base64 may have lost its padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A GitHub App: who it is, and the key that proves it.
#[derive(Clone)]
pub struct App {
    /// The client id, or the app id.
    id: String,
    key: Arc<RsaKeyPair>,
    /// The key's text as PEM has it, for whoever masks it.
    body: SecretString,
}

impl App {
    /// Reads the inputs `client-id` and `private-key`. No error repeats any part of them.
    pub fn parse(client_id: &str, private_key: &SecretString) -> Result<Self, AppError> {
        let id = client_id.trim();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
        if id.contains("-----BEGIN") || id.len() > 200 {
            return Err(AppError::Swapped);
        }
        if id.is_empty() || !id.bytes().all(plain) {
            return Err(AppError::ClientId);
        }
        let (body, der) = read(private_key.expose_secret())?;
        Ok(Self {
            id: id.to_owned(),
            key: Arc::new(key_pair(&der)?),
            body,
        })
    }

    /// The lines of the key as PEM has them.
    pub fn key_lines(&self) -> &SecretString {
        &self.body
    }

    /// A JWT for the present, by GitHub's clock.
    pub fn jwt(&self, now: Timestamp) -> Result<SecretString, AppError> {
        let part = |value: &serde_json::Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let seconds = |shift: SignedDuration| now.as_second() + shift.as_secs();
        let header = part(&json!({ "alg": "RS256", "typ": "JWT" }));
        // A number in `iss` is taken as a text, too; a client id is one anyway.
        let claims = part(&json!({ "iat": seconds(-BACK), "exp": seconds(AHEAD), "iss": self.id }));
        let signed = format!("{header}.{claims}");
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signed.as_bytes(),
                &mut signature,
            )
            .map_err(|_| AppError::Unusable)?;
        let signature = BASE64_URL_SAFE_NO_PAD.encode(signature);
        Ok(format!("{signed}.{signature}").into())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Finds the key in whatever form it was pasted: its lines, and its bytes.
fn read(pasted: &str) -> Result<(SecretString, Vec<u8>), AppError> {
    let pasted = pasted.trim().trim_matches(['"', '\'']);
    if pasted.is_empty() {
        return Err(AppError::NoKey);
    }
    if pasted.len() > MAX_LEN {
        return Err(AppError::NotAKey);
    }
    // Stored on one line, with what a shell or JSON writes for a line end.
    let pasted = pasted.replace("\\r", "").replace("\\n", "\n");
    if pasted.contains("-----") {
        return unarmored(&pasted);
    }
    let decoded = decode(&pasted).ok_or(AppError::NotAKey)?;
    match std::str::from_utf8(&decoded) {
        // base64 of the PEM text.
        Ok(text) if text.contains("-----BEGIN") => unarmored(text),
        // The lines of a PEM text without its first and last.
        Ok(_) | Err(_) => Ok((lines(&pasted), decoded)),
    }
}

/// Base64 in the lines that PEM has, whatever lines it was pasted in: a tool that writes the key
/// out writes these.
fn lines(body: &str) -> SecretString {
    const LINE: usize = 64;
    let body: Vec<char> = body.split_whitespace().flat_map(str::chars).collect();
    let lines: Vec<String> = body
        .chunks(LINE)
        .map(|line| line.iter().collect())
        .collect();
    lines.join("\n").into()
}

/// Takes off what PEM puts around base64, on however many lines it all stands.
fn unarmored(pem: &str) -> Result<(SecretString, Vec<u8>), AppError> {
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or(AppError::NotAKey)?;
    let (label, rest) = rest.split_once("-----").ok_or(AppError::Truncated)?;
    match label {
        "RSA PRIVATE KEY" | "PRIVATE KEY" => {}
        "OPENSSH PRIVATE KEY" => return Err(AppError::OpenSsh),
        "ENCRYPTED PRIVATE KEY" => return Err(AppError::Encrypted),
        "PUBLIC KEY" | "RSA PUBLIC KEY" => return Err(AppError::Public),
        label if label.contains("CERTIFICATE") => return Err(AppError::Certificate),
        _ => return Err(AppError::NotRsa),
    }
    let (body, _) = rest.split_once("-----END ").ok_or(AppError::Truncated)?;
    if body.contains("ENCRYPTED") {
        return Err(AppError::Encrypted);
    }
    let der = decode(body).ok_or(AppError::Truncated)?;
    Ok((lines(body), der))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    LENIENT.decode(text).ok()
}

/// PKCS#1, which GitHub gives out, or PKCS#8.
fn key_pair(der: &[u8]) -> Result<RsaKeyPair, AppError> {
    RsaKeyPair::from_der(der)
        .or_else(|first| {
            RsaKeyPair::from_pkcs8(der).map_err(|second| {
                // Each form calls the other one badly encoded; what else is wrong counts.
                match first.to_string().as_str() {
                    "InvalidEncoding" => second,
                    _ => first,
                }
            })
        })
        .map_err(|rejected| match rejected.to_string().as_str() {
            "WrongAlgorithm" => AppError::NotRsa,
            "TooSmall" => AppError::TooSmall,
            _ => AppError::Unusable,
        })
}

/// Why the inputs name no app. No variant carries any part of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum AppError {
    /// A certificate in place of the key.
    #[error("the input `private-key` is a certificate, not a private key")]
    Certificate,
    /// No id of an app.
    #[error(
        "the input `client-id` is neither a client id, such as `Iv23` and what follows it, nor an app id, a number"
    )]
    ClientId,
    /// A key behind a password.
    #[error("the input `private-key` is encrypted with a password")]
    Encrypted,
    /// No key at all.
    #[error("the input `private-key` is empty, and `client-id` is not")]
    NoKey,
    /// A key without an app.
    #[error("the input `client-id` is empty, and `private-key` is not")]
    NoClientId,
    /// Something else.
    #[error("the input `private-key` is neither a PEM text nor base64 of one")]
    NotAKey,
    /// A key of another algorithm.
    #[error("the input `private-key` is no RSA key")]
    NotRsa,
    /// A key in the form of OpenSSH.
    #[error("the input `private-key` is a key of OpenSSH, not of a GitHub App")]
    OpenSsh,
    /// The public half.
    #[error("the input `private-key` is the public half of a key")]
    Public,
    /// Both at once.
    #[error("the inputs have a token and a GitHub App")]
    TokenToo,
    /// One in the place of the other.
    #[error("the input `client-id` holds a key: it belongs in `private-key`")]
    Swapped,
    /// A key that nothing signs with any more.
    #[error("the input `private-key` has fewer than 2048 bits")]
    TooSmall,
    /// A text without its end.
    #[error("the input `private-key` is cut off, or has something else in its lines")]
    Truncated,
    /// A key that cannot sign.
    #[error("the input `private-key` is damaged: it is no whole RSA key")]
    Unusable,
}

impl AppError {
    /// What to do about it.
    pub fn help(self) -> &'static str {
        match self {
            Self::ClientId | Self::NoClientId => {
                "take the client id from the app's settings page; it is no secret, and belongs in the workflow or a variable"
            }
            Self::NoKey => {
                "secrets are empty in runs from a fork, Dependabot's runs have secrets of their own, and a wrong secret \
                 name gives an empty text; check the name, or skip this step there"
            }
            Self::TokenToo => "give `token`, or `client-id` with `private-key`, and not both",
            Self::Swapped => "give the client id as `client-id`, and the key as `private-key`",
            Self::Encrypted => {
                "take the password off with `openssl rsa`, or generate a new key in the app's settings"
            }
            Self::Certificate
            | Self::NotAKey
            | Self::NotRsa
            | Self::OpenSsh
            | Self::Public
            | Self::TooSmall
            | Self::Truncated
            | Self::Unusable => {
                "generate a private key in the app's settings, and store the whole file in the secret: `-----BEGIN RSA \
                 PRIVATE KEY-----` and what follows it"
            }
        }
    }
}
