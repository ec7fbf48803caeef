//! What the OpenAPI document says of a visit's requests and answers. It must not know the script.

use super::visitor::Exchange;
use boon::{Compiler, Schemas};
use serde_json::{Value, json};

/// The exchanges that are not as the document says, for people. Of bodies the document must accept
/// those that were understood, and refuse those that lacked something.
pub fn contradictions(document: &Value, exchanges: &[Exchange]) -> Vec<String> {
    let mut found = Vec::new();
    for exchange in exchanges {
        let Some(operation) = operation(document, &exchange.request) else {
            continue;
        };
        let status = exchange.status.to_string();
        let responses = &operation["responses"];
        let response = responses.get(&status).unwrap_or(&responses["default"]);
        let mut find = |what: &str, why: String| {
            found.push(format!("{} {status}: {what}: {why}", exchange.request));
        };
        if exchange.status < 300 && responses.get(&status).is_none() {
            find("the status", "not documented".to_owned());
        }
        if let Err(why) = check(document, response, &exchange.answer) {
            find("the answer", why);
        }
        let body = &operation["requestBody"];
        if body.is_null() || exchange.body.is_null() {
            continue;
        }
        match check(document, body, &exchange.body) {
            Err(why) if exchange.status < 300 => find("the body", why),
            Ok(()) if lacked_something(exchange) => find("the body", "accepted".to_owned()),
            _ => {}
        }
    }
    found
}

/// Whether the gateway did not understand the body because a part of it was not there.
fn lacked_something(exchange: &Exchange) -> bool {
    let message = exchange.answer["message"].as_str().unwrap_or_default();
    let lacks = ["missing field", "no variant"];
    message.starts_with("the body is not understood")
        && lacks.iter().any(|lack| message.contains(lack))
}

/// The description of a request such as `GET /v1/home`; the path with the fewest variable parts
/// wins, as in the router.
fn operation<'a>(document: &'a Value, request: &str) -> Option<&'a Value> {
    let (method, path) = request.split_once(' ')?;
    let paths = document["paths"].as_object()?.iter();
    let fitting = paths.filter(|(route, _)| fits(route, path));
    let (_, item) = fitting.min_by_key(|(route, _)| route.matches('{').count())?;
    item.get(method.to_lowercase())
}

/// Whether a request is one of this route, whose variable parts are in braces.
pub fn fits(route: &str, request: &str) -> bool {
    let (route, request): (Vec<_>, Vec<_>) =
        (route.split('/').collect(), request.split('/').collect());
    let same = |(part, sent): (&&str, &&str)| part == sent || part.starts_with('{');
    route.len() == request.len() && route.iter().zip(&request).all(same)
}

/// Checks a value against the schema of a body, whose references lead into the document.
fn check(document: &Value, body: &Value, value: &Value) -> Result<(), String> {
    let schema = json!({
        "allOf": [body["content"]["application/json"]["schema"]],
        "components": document["components"],
    });
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler
        .add_resource("body.json", schema)
        .map_err(|error| error.to_string())?;
    let index = compiler
        .compile("body.json", &mut schemas)
        .map_err(|error| error.to_string())?;
    let checked = schemas.validate(value, index);
    checked.map_err(|error| error.to_string())
}
