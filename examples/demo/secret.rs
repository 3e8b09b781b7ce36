//! A token of the demo, and where it would show.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// A token that is none: the fake GitHub alone knows it.
pub(crate) struct Secret(String);

impl Secret {
    /// Joins a body and its checksum, so that no file has what a scanner takes for a token.
    pub(crate) fn classic(body: &str, checksum: &str) -> Self {
        Self(format!("{}_{body}{checksum}", "ghp"))
    }

    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    /// Whether `bytes` hold it, plain or as base64 of whatever stands around it.
    pub(crate) fn is_in(&self, bytes: &[u8]) -> bool {
        let plain = self.0.as_bytes();
        let base64 = (0..3).map(|start| {
            let whole = &plain[start..][..(plain.len() - start) / 3 * 3];
            STANDARD_NO_PAD.encode(whole).into_bytes()
        });
        let mut forms = base64.chain([plain.to_vec()]);
        forms.any(|form| bytes.windows(form.len()).any(|window| window == form))
    }
}
