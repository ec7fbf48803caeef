//! The `{name}` holes of an operation: each must have a draw or a capture that can fill it.
//!
//! A hole that nothing fills would fail every request, and only after the target is up. It must
//! not know journeys: whether a capture comes before its use is seen in the run.

use std::collections::BTreeSet;
use std::ops::Range;

use harness_model::workload::Operation;

use crate::diagnostics::Diagnostics;
use crate::workload::unknown;

/// Notes every hole without a source, at the place of its operation.
///
/// `drawn` names every draw of the file, also those that could not be read.
pub fn check(
    operations: &[Operation],
    places: &[Range<usize>],
    drawn: &[&str],
    faults: &mut Diagnostics,
) {
    let captured = operations.iter().flat_map(|one| one.capture.keys());
    let mut sources: BTreeSet<&str> = captured.map(String::as_str).collect();
    sources.extend(drawn);
    for (operation, at) in operations.iter().zip(places) {
        for name in holes(operation) {
            if !sources.contains(name) {
                let what = format!("draw or capture for {}", operation.name);
                unknown(&what, name, at, sources.iter().copied(), faults);
            }
        }
    }
}

/// The names in an operation's path, headers and body, each once.
fn holes(operation: &Operation) -> BTreeSet<&str> {
    let texts = operation.headers.values().chain(&operation.body);
    std::iter::once(&operation.path)
        .chain(texts)
        .flat_map(|text| text.split('{').skip(1))
        .filter_map(|after| after.split_once('}'))
        .map(|(name, _)| name)
        .filter(|name| is_name(name))
        .collect()
}

/// Other braces are text, as in JSON.
fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn braces_of_json_are_no_holes() {
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
        let found: Vec<&str> = holes(&operation).into_iter().collect();
        assert_eq!(found, ["cart", "cents", "token"]);
    }
}
