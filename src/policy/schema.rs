//! The form of a policy, for editors.

/// The JSON Schema of policies.
pub fn schema() -> String {
    "{}\n".to_owned()
}
