//! Classifies calls: whom a span called, and what became of it.
//!
//! It must not know the rest of the trace, nor how much any of it weighs.

use harness_model::{Offset, Span, Sym};

use super::candidate::Edge;
use super::observations::Observations;
use super::peers::{Peers, is_call};
use crate::traces::forest::Forest;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Not a call to another service.
    None,
    /// By spans of the callee, which tell its own time.
    Answered,
    /// By a callee that never leaves spans, such as a database; its time cannot be told from that
    /// of the path.
    Silent,
    Unanswered,
    /// It was never sent.
    HeldBack,
    /// Answered, but the callee's span was lost.
    Unseen,
}

/// Answers what a span alone does not say.
pub struct SpanClassifier<'a> {
    peers: &'a Peers,
    /// Error types of calls that were never sent.
    held_back: Vec<Sym>,
}

impl<'a> SpanClassifier<'a> {
    pub fn new(seen: &Observations<'a>) -> SpanClassifier<'a> {
        let held_back = seen.names.held_back.iter();
        SpanClassifier {
            peers: seen.peers,
            held_back: held_back
                .filter_map(|name| seen.strings.find(name))
                .collect(),
        }
    }

    /// What became of the call that a node is, and its path.
    pub fn outcome(&self, forest: &Forest<'_>, node: u32) -> (Outcome, Option<Edge>) {
        let span = forest.span(node);
        if !is_call(&span) {
            return (Outcome::None, None);
        }
        let answerer = forest.answerer(node);
        let callee = match answerer {
            Some(server) => Some(forest.span(server).service),
            None => self.peers.callee(&span),
        };
        let Some(callee) = callee else {
            return (Outcome::None, None);
        };
        // A callee that only began after its caller had given up did not answer it.
        let in_time = answerer.is_some_and(|server| {
            let shift = forest.node(server).shift - forest.node(node).shift;
            Offset(forest.span(server).start.0 + shift) < span.end
        });
        let tells = self.peers.tells(callee);
        let outcome = if self.is_held_back(&span) {
            Outcome::HeldBack
        } else if in_time {
            Outcome::Answered
        } else if tells && answerer.is_none() && span.http_status != 0 {
            Outcome::Unseen
        } else if tells || span.failed {
            Outcome::Unanswered
        } else {
            Outcome::Silent
        };
        let caller = span.service;
        (outcome, Some(Edge { caller, callee }))
    }

    fn is_held_back(&self, span: &Span) -> bool {
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

    fn call(error_type: Sym) -> Span {
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
            peer: Sym::NONE,
            http_status: 0,
            resend: 0,
        }
    }

    #[test]
    fn only_the_error_types_of_the_definition_mean_that_a_call_was_held_back() {
        let mut strings = Strings::default();
        let [fuse, breaker] = ["fuse", "breaker_open"].map(|name| strings.intern(name));
        let spans = Spans::default();
        let forest = Forest::of(&spans);
        let names = TelemetryNames {
            held_back: vec!["fuse".to_owned(), "never seen".to_owned()],
            ..TelemetryNames::default()
        };
        let peers = Peers::default();
        let classifier = SpanClassifier::new(&Observations {
            strings: &strings,
            samples: &[],
            forest: &forest,
            metrics: &[],
            names: &names,
            peers: &peers,
        });
        assert!(classifier.is_held_back(&call(fuse)));
        assert!(!classifier.is_held_back(&call(breaker)));
        assert!(!classifier.is_held_back(&call(Sym::NONE)));
    }
}
