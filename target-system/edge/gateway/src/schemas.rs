//! The schemas of bodies in the OpenAPI document, generated from the types of bodies. It must know
//! no route.
//!
//! They state names and kinds. What a field means is in the documentation of its type, and how far
//! a number may go is for the context to say.

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

/// Where the document keeps them.
const PATH: &str = "/components/schemas";

/// What a generator adds to names and kinds.
const REMARKS: [&str; 5] = ["title", "description", "default", "format", "minimum"];

/// All schemas of a document while it is written.
pub(crate) struct Schemas {
    /// Of bodies that are read: what is optional may be absent.
    taken: SchemaGenerator,
    /// Of bodies that are written: what is optional is there, though it may be `null`.
    given: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let plain = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = PATH.into())
            .with_transform(RecursiveTransform(plain));
        Self {
            taken: plain.clone().for_deserialize().into_generator(),
            given: plain.for_serialize().into_generator(),
        }
    }

    /// The schema of a request's body, or a reference to it.
    pub(crate) fn taken<T: JsonSchema>(&mut self) -> Value {
        self.taken.subschema_for::<T>().to_value()
    }

    /// The schema of an answer's body, or a reference to it.
    pub(crate) fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// All schemas that were referred to, by name.
    ///
    /// # Errors
    /// The name of two schemas that differ.
    pub(crate) fn finish(mut self) -> Result<Map<String, Value>, String> {
        let mut all = self.taken.take_definitions(true);
        for (name, schema) in self.given.take_definitions(true) {
            if all.get(&name).is_some_and(|other| *other != schema) {
                return Err(name);
            }
            all.insert(name, schema);
        }
        Ok(all)
    }
}

/// Reduces a schema to names and kinds.
fn plain(schema: &mut Schema) {
    if let Some(names) = variants(schema) {
        *schema = schemars::json_schema!({ "type": "string", "enum": names });
    }
    let object = schema.ensure_object();
    for remark in REMARKS {
        object.remove(remark);
    }
}

/// The names of an enum whose variants are documented: a generator writes a schema for each.
fn variants(schema: &Schema) -> Option<Vec<Value>> {
    let all = schema.get("oneOf")?.as_array()?;
    all.iter().map(|one| one.get("const").cloned()).collect()
}
