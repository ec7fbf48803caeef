//! The OpenAPI 3.1 document, generated from the routes: their rows, and the signatures of their
//! handlers.

use crate::edge::{Edge, Reply};
use crate::guard::LONGEST_KEY;
use crate::route::{Route, Verb};
use crate::schemas::Schemas;
use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};
use shop_platform::{MountError, Problem};
use std::sync::Arc;

/// A JSON object that its own reader understands.
#[derive(Serialize, JsonSchema)]
#[serde(transparent)]
struct Anything(#[schemars(with = "Object")] Value);

#[derive(JsonSchema)]
#[schemars(inline)]
struct Object {}

/// The route of the document itself.
pub(crate) fn routes() -> Vec<Route> {
    vec![Route::get("/openapi.json", "This document", serve)]
}

async fn serve(State(edge): State<Arc<Edge>>) -> Reply<Anything> {
    Ok(Json(Anything(edge.document.clone())))
}

/// Describes these routes.
///
/// # Errors
/// When two types of bodies have one name.
pub(crate) fn document(routes: &[Route]) -> Result<Value, MountError> {
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    for route in routes {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.verb.name()] = operation(route, &mut schemas);
    }
    let schemas = schemas.finish().map_err(|name| MountError::Other {
        what: "the OpenAPI document",
        reason: format!("two types of bodies are called {name}"),
    })?;
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "The Shakedown shop",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Amounts are euro cents, times milliseconds since 1970. \
                An Idempotency-Key makes a POST safe to repeat.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
        },
    }))
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    let status = if route.creates { "201" } else { "200" };
    let mut operation = json!({
        "operationId": operation_id(route),
        "summary": route.summary,
        "parameters": parameters(route),
        "responses": {
            status: { "description": "Done", "content": content((route.gives)(schemas)) },
            "default": { "description": "Refused", "content": content(schemas.given::<Problem>()) },
        },
    });
    if let Some(schema) = (route.takes)(schemas) {
        operation["requestBody"] = json!({ "required": true, "content": content(schema) });
    }
    // Each scope is sufficient on its own.
    let scopes = route.access.scopes();
    let security: Vec<Value> = scopes.iter().map(|s| json!({ "bearer": [s] })).collect();
    if !security.is_empty() {
        operation["security"] = security.into();
    }
    operation
}

/// As in `post_v1_carts_cart_id_items`.
fn operation_id(route: &Route) -> String {
    let words = route
        .path
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    words.fold(route.verb.name().to_owned(), |id, word| id + "_" + word)
}

fn parameters(route: &Route) -> Vec<Value> {
    let parameter = |location: &str, name: &str, required: bool| {
        let kind = match name {
            "page" | "weight_grams" => "integer",
            _ => "string",
        };
        json!({ "in": location, "name": name, "required": required, "schema": { "type": kind } })
    };
    let in_path = route
        .path
        .split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| parameter("path", name, true));
    let in_query = route.query.iter().map(|name| {
        let optional = name.strip_suffix('?');
        parameter("query", optional.unwrap_or(name), optional.is_none())
    });
    let key = (route.verb == Verb::Post).then(idempotency_key);
    in_path.chain(in_query).chain(key).collect()
}

fn idempotency_key() -> Value {
    json!({
        "in": "header",
        "name": "Idempotency-Key",
        "required": false,
        "description": "The same key again returns the first answer and changes nothing.",
        "schema": { "type": "string", "minLength": 1, "maxLength": LONGEST_KEY },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes;
    use std::collections::BTreeSet;

    #[test]
    fn every_route_is_described_once_and_nothing_else_is() {
        let routes = routes();
        let document = document(&routes).unwrap();
        let described: BTreeSet<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let verbs = item.as_object().unwrap().keys();
                verbs.map(move |verb| format!("{verb} {path}"))
            })
            .collect();
        let mounted: Vec<String> = routes
            .iter()
            .map(|route| format!("{} {}", route.verb.name(), route.path))
            .collect();
        assert_eq!(described.len(), mounted.len());
        assert!(mounted.iter().all(|route| described.contains(route)));
    }

    #[test]
    fn every_post_and_nothing_else_takes_an_idempotency_key() {
        let document = document(&routes()).unwrap();
        let mut posts = 0;
        for item in document["paths"].as_object().unwrap().values() {
            for (verb, operation) in item.as_object().unwrap() {
                let headers = operation["parameters"].as_array().unwrap().iter();
                let keys = headers.filter(|one| one["in"] == "header");
                let keys: Vec<&Value> = keys.map(|one| &one["name"]).collect();
                let expected: &[&str] = match verb.as_str() {
                    "post" => &["Idempotency-Key"],
                    _ => &[],
                };
                assert_eq!(keys, expected, "{operation}");
                posts += keys.len();
            }
        }
        assert!(posts > 5, "{posts}");
    }

    #[test]
    fn every_referenced_schema_exists_and_every_schema_is_referenced() {
        let document = document(&routes()).unwrap();
        let schemas = document["components"]["schemas"].as_object().unwrap();
        let text = document.to_string();
        let prefix = "#/components/schemas/";
        let referenced: BTreeSet<&str> = text
            .split(prefix)
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap())
            .collect();
        let existing: BTreeSet<&str> = schemas.keys().map(String::as_str).collect();
        assert_eq!(referenced, existing);
    }
}
