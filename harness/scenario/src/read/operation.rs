//! `[operation.NAME]` of a workload: one request.

use harness_model::workload::{Operation, Workload};

use crate::syntax::{Diagnostics, Node, Section, Span, Value, unknown};

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Reads `[operation.NAME]`.
pub fn read(name: &str, node: &Node, diagnostics: &mut Diagnostics) -> Option<Operation> {
    let table = node.as_table(diagnostics)?;
    let mut section = Section::new(table, format!("[operation.{name}]"), node.at.clone());
    let request = section.text("request", diagnostics);
    let request = section
        .required("request", request, diagnostics)
        .unwrap_or_default();
    let (method, path) = request.split_once(' ').unwrap_or(("", ""));
    if !METHODS.contains(&method) || !path.starts_with('/') {
        let remedy = "it must be a method and a path, for example \"GET /v1/home\"";
        diagnostics.add(
            &section.place("request"),
            format!("request is {request:?}"),
            remedy,
        );
    }
    let operation = Operation {
        name: name.to_owned(),
        group: section
            .text("group", diagnostics)
            .unwrap_or_else(|| name.to_owned()),
        method: method.to_owned(),
        path: path.to_owned(),
        headers: section.text_map("headers", diagnostics),
        body: section.text("body", diagnostics),
        expect: expected(&mut section, diagnostics),
        capture: section.text_map("capture", diagnostics),
        idempotency_key: section
            .flag("idempotency_key", diagnostics)
            .unwrap_or_default(),
    };
    section.finish(diagnostics);
    Some(operation)
}

/// Status codes that count as success.
fn expected(section: &mut Section<'_>, diagnostics: &mut Diagnostics) -> Vec<u16> {
    let Some(node) = section.node("expect") else {
        return Vec::new();
    };
    let code = |node: &Node| match node.value {
        Value::Integer(code) if (100..600).contains(&code) => u16::try_from(code).ok(),
        _ => None,
    };
    let codes = match &node.value {
        Value::List(nodes) => nodes.iter().map(code).collect(),
        _ => None,
    };
    codes.unwrap_or_else(|| {
        diagnostics.add(
            &node.at,
            "expect is not a list of status codes",
            "write expect = [201]",
        );
        Vec::new()
    })
}

/// Notes an operation that the workload does not have.
pub fn known_operation(name: &str, at: &Span, workload: &Workload, diagnostics: &mut Diagnostics) {
    let operations = &workload.operations;
    // Without any operation the workload itself could not be read, which has been noted.
    if !operations.is_empty() && !operations.iter().any(|one| one.name == *name) {
        let known = operations.iter().map(|operation| operation.name.as_str());
        unknown("operation", name, at, known, diagnostics);
    }
}
