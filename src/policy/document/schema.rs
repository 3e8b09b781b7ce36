//! The language as a JSON Schema, for editors.

use serde_json::json;

use super::raw::{RawDocument, RawGate};
use super::shape::{Shape, described};

/// The JSON Schema of a policy, draft 7, which editors know best.
///
/// It says what has a form. What only patgate can tell, such as two demands that no token meets,
/// it does not say.
///
/// <https://json-schema.org/draft-07/json-schema-release-notes>
pub fn schema() -> String {
    let mut schema = described(
        RawDocument::schema(),
        "A policy of patgate: which tokens may pass, and what a lease of them opens.",
    );
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["$id"] = json!(concat!(
        env!("CARGO_PKG_REPOSITORY"),
        "/raw/main/schema/patgate.schema.json"
    ));
    schema["title"] = json!("patgate policy");
    // Said once, and named in both places.
    let about = "A gate: what it demands of a token, and the lease it gives for that.";
    schema["definitions"] = json!({ "gate": described(RawGate::schema(), about) });
    let gate = json!({ "$ref": "#/definitions/gate" });
    let about = &schema["properties"]["defaults"]["description"];
    schema["properties"]["defaults"] = json!({ "description": about, "allOf": [gate] });
    schema["properties"]["gates"]["additionalProperties"] = gate;
    format!("{schema:#}\n")
}
