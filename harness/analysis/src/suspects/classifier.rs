//! Classifies client spans: whom they called, and whether the call was sent at all.
//!
//! It must not know other spans of the trace.

use std::collections::BTreeSet;

use harness_model::{Span, Sym};

use super::candidate::Edge;
use super::observations::Observations;

/// Answers what a client span alone does not say.
pub struct SpanClassifier {
    /// Services that have spans or metrics of their own; a peer without any (a database) counts as
    /// part of its caller.
    known: BTreeSet<Sym>,
    /// Error types of calls that were never sent.
    held_back: Vec<Sym>,
}

impl SpanClassifier {
    pub fn new(seen: &Observations<'_>) -> SpanClassifier {
        let mut known: BTreeSet<Sym> = seen.forest.spans.iter().map(|span| span.service).collect();
        known.extend(seen.metrics.iter().map(|point| point.service));
        let held_back = seen.names.held_back.iter();
        SpanClassifier {
            known,
            held_back: held_back
                .filter_map(|name| seen.strings.find(name))
                .collect(),
        }
    }

    /// The call path of a client span that nobody answered.
    pub fn unanswered_edge(&self, span: &Span) -> Option<Edge> {
        let ours = !span.peer.is_none() && span.peer != span.service;
        (ours && self.known.contains(&span.peer)).then_some(Edge {
            caller: span.service,
            callee: span.peer,
        })
    }

    pub fn is_held_back(&self, span: &Span) -> bool {
        self.held_back.contains(&span.error_type)
    }
}
