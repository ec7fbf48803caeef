//! The `{name}` placeholders of an operation: each must have a draw or a capture that can fill it.
//!
//! A placeholder that nothing fills would fail every request, and only after the target is up. It
//! must not know journeys: whether a capture comes before its use is seen in the run.

use std::collections::BTreeSet;

use harness_model::Template;
use harness_model::workload::Operation;

use crate::syntax::{Diagnostics, Span, unknown};

/// Notes every placeholder without a source, at the place of its operation.
///
/// `drawn` names every draw of the file, also those that could not be read.
pub fn check(
    operations: &[Operation],
    places: &[Span],
    drawn: &[&str],
    diagnostics: &mut Diagnostics,
) {
    let captured = operations.iter().flat_map(|one| one.capture.keys());
    let mut sources: BTreeSet<&str> = captured.map(String::as_str).collect();
    sources.extend(drawn);
    for (operation, at) in operations.iter().zip(places) {
        for name in placeholders(operation) {
            if !sources.contains(name.as_str()) {
                let what = format!("draw or capture for {}", operation.name);
                unknown(&what, &name, at, sources.iter().copied(), diagnostics);
            }
        }
    }
}

/// The names in an operation's path, headers and body, each once.
fn placeholders(operation: &Operation) -> BTreeSet<String> {
    let texts = operation.headers.values().chain(&operation.body);
    let templates = std::iter::once(&operation.path)
        .chain(texts)
        .map(|text| Template::compile(text));
    templates
        .flat_map(|template| {
            let names = template.placeholders().map(str::to_owned);
            names.collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_in_the_path_the_headers_and_the_body() {
        let operation = Operation {
            name: "pay".to_owned(),
            group: "payment".to_owned(),
            method: "POST".to_owned(),
            path: "/v1/{cart}".to_owned(),
            headers: [("authorization".to_owned(), "Bearer {token}".to_owned())].into(),
            body: Some(r#"{"amount":{cents},"more":{},"card":{"number":"1"}}"#.to_owned()),
            expect: Vec::new(),
            capture: std::collections::BTreeMap::new(),
            idempotency_key: false,
        };
        let found = Vec::from_iter(placeholders(&operation));
        assert_eq!(found, ["cart", "cents", "token"]);
    }
}
