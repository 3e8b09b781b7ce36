//! The token must not be anywhere, in any form. Every run of the harness looks for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memmem;

/// Every form of `token` that gives it away: as it is, in base64 from three starting bytes, in
/// base64url, in hexadecimal, percent-encoded.
pub(crate) fn forms(token: &str) -> Vec<String> {
    let bytes = token.as_bytes();
    let mut forms = vec![token.to_owned()];
    for engine in [STANDARD_NO_PAD, URL_SAFE_NO_PAD] {
        for start in 0..3 {
            let whole = (bytes.len() - start) / 3 * 3;
            forms.push(engine.encode(&bytes[start..start + whole]));
        }
    }
    let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
    let hex: Vec<_> = hex.collect();
    forms.push(hex.concat());
    forms.push(hex.concat().to_uppercase());
    forms.push(format!("%{}", hex.join("%").to_uppercase()));
    forms.push(token.replace('_', "%5F"));
    forms
}

/// Fails if `text` gives `token` away.
#[track_caller]
pub(crate) fn assert_clean(what: &str, text: &[u8], token: &str) {
    for form in forms(token) {
        let found = memmem::find(text, form.as_bytes()).is_some();
        assert!(
            !found,
            "{what} gives the token away, as {} bytes of it",
            form.len()
        );
    }
}

/// Fails if a file or a name below `folder` gives `token` away. Returns how many files it read.
#[track_caller]
pub(crate) fn assert_clean_folder(folder: &Path, token: &str) -> usize {
    let entries = entries(folder);
    for (path, bytes) in &entries {
        assert_clean("a file's name", path.as_os_str().as_encoded_bytes(), token);
        assert_clean(&path.display().to_string(), bytes, token);
    }
    let read = entries.iter().filter(|(_, bytes)| !bytes.is_empty());
    read.count()
}

/// A path, and what is in the file there.
pub(crate) type Entry = (PathBuf, Vec<u8>);

/// All below `folder`. The helper as it was built has nothing of a token's, and is left out.
pub(crate) fn entries(folder: &Path) -> Vec<Entry> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let mut bytes = Vec::new();
        if kind.is_dir() {
            found.extend(entries(&path));
        } else if kind.is_file() {
            bytes = fs::read(&path).unwrap();
        }
        if !is_helper(&bytes) {
            found.push((path, bytes));
        }
    }
    found
}

/// Whether this is the helper as it was built: megabytes that were there before any token.
fn is_helper(bytes: &[u8]) -> bool {
    static HELPER: OnceLock<Vec<u8>> = OnceLock::new();
    let built = || fs::read(env!("CARGO_BIN_EXE_git-credential-patgate")).unwrap();
    bytes == HELPER.get_or_init(built)
}

#[test]
fn the_canary_sings() {
    let token = "patgate-canary-0123456789";
    for text in [
        format!("x{token}y"),
        base64::prelude::BASE64_STANDARD.encode(format!("x-access-token:{token}")),
        base64::prelude::BASE64_STANDARD.encode(format!("a:{token}")),
    ] {
        let caught = std::panic::catch_unwind(|| assert_clean("a text", text.as_bytes(), token));
        assert!(caught.is_err(), "{text}");
    }
}
