//! The one declaration of a map of fields.

/// Declares a map of fields: how it is read, and its schema, from one list.
///
/// `must` fields have to be there, `may` fields need not.
macro_rules! fields {
    (
        $(#[doc = $about:literal])+
        $name:ident, $expected:literal, at least $min:literal $(, one of $($one:literal),+)? {
            $(must { $($(#[doc = $doc:literal])+ $need:ident $needed:literal: $needs:ty,)* })?
            may { $($(#[doc = $may_doc:literal])+ $field:ident $key:literal: $shape:ty,)* }
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug)]
        pub(super) struct $name {
            $($($(#[doc = $doc])+ pub(super) $need: Field<$needs>,)*)?
            $($(#[doc = $may_doc])+ pub(super) $field: Option<Field<$shape>>,)*
        }

        impl $name {
            /// The names of its fields.
            pub(super) const NAMES: &[&str] = &[$($($needed,)*)? $($key,)*];
        }

        impl Shape for $name {
            const STANDS_ALONE: bool = true;

            fn read(node: &Node, reader: &mut Reader) -> Option<Self> {
                let mut fields = reader.fields(node, ($expected, $min), Self::NAMES)?;
                $($(let $need = fields.need($needed, reader);)*)?
                $(let $field = fields.take($key, reader);)*
                $(fields.need_one(&[$($one),+], reader);)?
                // What is wrong has been told, and nobody uses the rest; but what else is wrong in
                // it shall be told in the same go.
                Some(Self { $($($need: $need?,)*)? $($field,)* })
            }

            fn schema() -> serde_json::Value {
                let mut properties = serde_json::Map::new();
                $($(
                    let about = concat!($($doc,)+).trim_ascii();
                    properties.insert($needed.to_owned(), described(<$needs as Shape>::schema(), about));
                )*)?
                $(
                    let about = concat!($($may_doc,)+).trim_ascii();
                    properties.insert($key.to_owned(), described(<$shape as Shape>::schema(), about));
                )*
                let required: &[&str] = &[$($($needed,)*)?];
                let mut schema = serde_json::json!({
                    "type": "object",
                    "properties": properties,
                    "additionalProperties": false,
                });
                if !required.is_empty() {
                    schema["required"] = serde_json::json!(required);
                }
                let least: usize = $min;
                if least > required.len() {
                    schema["minProperties"] = serde_json::json!(least);
                }
                $(
                    let one = [$(serde_json::json!({ "required": [$one] })),+];
                    schema["anyOf"] = serde_json::json!(one);
                )?
                schema
            }
        }
    };
}

pub(super) use fields;
