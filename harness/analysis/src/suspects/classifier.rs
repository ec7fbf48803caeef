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
        let mut known: BTreeSet<Sym> = seen.forest.spans.services().collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traces::forest::Forest;
    use harness_model::Offset;
    use harness_model::definition::TelemetryNames;
    use harness_model::strings::Strings;
    use harness_model::{SpanKind, Spans};

    fn call(callee: Sym, error_type: Sym) -> Span {
        Span {
            trace: 1,
            id: 1,
            parent: 0,
            service: Sym(1),
            instance: Sym::NONE,
            name: Sym::NONE,
            kind: SpanKind::Client,
            start: Offset(0),
            end: Offset(1),
            failed: true,
            error_type,
            peer: callee,
            http_status: 0,
            resend: 0,
        }
    }

    #[test]
    fn only_the_error_types_of_the_definition_mean_that_a_call_was_held_back() {
        let mut strings = Strings::default();
        let [fuse, breaker, database] =
            ["fuse", "breaker_open", "database"].map(|name| strings.intern(name));
        let spans = Spans::default();
        let forest = Forest::of(&spans);
        let names = TelemetryNames {
            held_back: vec!["fuse".to_owned(), "never seen".to_owned()],
            ..TelemetryNames::default()
        };
        let classifier = SpanClassifier::new(&Observations {
            strings: &strings,
            samples: &[],
            forest: &forest,
            metrics: &[],
            names: &names,
        });
        assert!(classifier.is_held_back(&call(Sym(2), fuse)));
        assert!(!classifier.is_held_back(&call(Sym(2), breaker)));
        assert!(!classifier.is_held_back(&call(Sym(2), Sym::NONE)));
        assert_eq!(classifier.unanswered_edge(&call(database, fuse)), None);
    }
}
