//! Which context may call and listen to which, as a text under review.

use crate::modules::MODULES;
use std::fmt::Write as _;

/// The call graph: a line for each edge, sorted.
#[must_use]
pub fn callgraph() -> String {
    let mut edges = Vec::new();
    for module in MODULES {
        let from = module.context;
        edges.extend(
            module
                .calls
                .iter()
                .map(|callee| format!("{from} calls {callee}")),
        );
        let hears = module.hears.iter().map(|fact| (fact.context, fact.name));
        edges.extend(hears.map(|(context, name)| format!("{from} hears {context}/{name}")));
    }
    edges.sort_unstable();
    edges.iter().fold(String::new(), |mut text, edge| {
        writeln!(text, "{edge}").expect("writing to a string cannot fail");
        text
    })
}
