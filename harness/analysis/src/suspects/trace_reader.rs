//! Reads one trace from its leaves up: its calls, whose time it took, and where it first failed.
//!
//! A failure begins in the deepest span that failed. A caller that gave up on a callee which was
//! still at work hides the beginning; then the failure is put down to whoever held the time. It
//! must not know other traces.

use harness_model::{Offset, Sample, SpanKind, Sym};

use super::call_stats::CallStats;
use super::candidate::{Candidate, Edge};
use super::classifier::SpanClassifier;
use crate::traces::forest::Forest;
use crate::traces::node::Trace;

/// What became of a client span.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Not a call to another service.
    None,
    Answered,
    Unanswered,
    HeldBack,
    /// Answered, but the callee's span was lost; its time cannot be told from that of the path.
    Unseen,
}

/// What is known of a node once everything below it was read.
#[derive(Clone, Copy)]
struct Summary {
    /// Something below failed.
    failed_below: bool,
    /// The path of a call right below that had no answer.
    unanswered: Option<Edge>,
    /// Who held the critical path longest at or below this node, and for how long.
    longest: (u64, Candidate),
}

/// Reads traces; keeps its buffers between them.
pub struct TraceReader<'a> {
    forest: &'a Forest<'a>,
    classifier: &'a SpanClassifier,
    summaries: Vec<Summary>,
    /// Where this trace first failed, and how sure that is, 0..=1.
    first_failures: Vec<(Candidate, f64)>,
}

impl<'a> TraceReader<'a> {
    pub fn new(forest: &'a Forest<'a>, classifier: &'a SpanClassifier) -> TraceReader<'a> {
        TraceReader {
            forest,
            classifier,
            summaries: Vec::new(),
            first_failures: Vec::new(),
        }
    }

    /// Adds a trace to the counts, with the visitor's request if there is one.
    pub fn read(
        &mut self,
        trace: &Trace,
        sample: Option<&Sample>,
        entry: Option<Sym>,
        stats: &mut CallStats,
    ) {
        let nobody = Candidate::Service(Sym::NONE);
        self.first_failures.clear();
        self.summaries.clear();
        self.summaries.resize(
            (trace.to - trace.from) as usize,
            Summary {
                failed_below: false,
                unanswered: None,
                longest: (0, nobody),
            },
        );
        for node in (trace.from..trace.to).rev() {
            self.node(trace, node, stats);
        }
        let root_failed = self.forest.span(trace.from).failed;
        let unserved = sample.is_some_and(|one| !one.ok() && one.status == 0);
        if self.first_failures.is_empty() && unserved {
            self.first_failures
                .push((self.slowest(sample, trace, entry), 1.0));
        }
        // A failure that a second try made good is worth half of one that reached the visitor.
        let weight = if root_failed || unserved { 1.0 } else { 0.5 };
        let share = weight / self.first_failures.len().max(1) as f64;
        for (candidate, sure) in &self.first_failures {
            *stats.first_failures.entry(*candidate).or_default() += share * sure;
        }
    }

    fn node(&mut self, trace: &Trace, node: u32, stats: &mut CallStats) {
        let span = self.forest.span(node);
        let critical = self.forest.critical[node as usize];
        let (outcome, edge) = self.outcome(node);
        let summary = self.summaries[(node - trace.from) as usize];
        let holder = match (edge, summary.unanswered) {
            (Some(edge), _) if outcome != Outcome::HeldBack => Candidate::Edge(edge),
            (_, Some(edge)) => Candidate::Edge(edge),
            _ => Candidate::Service(span.service),
        };
        if span.kind == SpanKind::Server {
            stats.services.entry(span.service).or_default().served += 1;
        }
        if let Some(edge) = edge {
            let on_edge = stats.edges.entry(edge).or_default();
            on_edge.calls += 1;
            on_edge.answered += u64::from(outcome == Outcome::Answered);
            on_edge.unanswered += u64::from(outcome == Outcome::Unanswered);
            on_edge.held_back += u64::from(outcome == Outcome::HeldBack);
            if outcome == Outcome::Answered
                && let Some(server) = self.forest.answerer(node)
            {
                let served_ns = self.forest.span(server).duration_ns();
                on_edge
                    .lags
                    .push(span.duration_ns().saturating_sub(served_ns));
            }
        }
        match (holder, outcome) {
            (_, Outcome::Unseen) => {}
            (Candidate::Service(service), _) => {
                stats.services.entry(service).or_default().own.add(critical);
            }
            (Candidate::Edge(edge), Outcome::Answered) => {
                stats.edges.entry(edge).or_default().travelled.add(critical);
            }
            (Candidate::Edge(edge), _) => stats.edges.entry(edge).or_default().waited.add(critical),
        }
        let longest = summary.longest.max((critical, holder));
        let failed = span.failed || outcome == Outcome::Unanswered;
        if failed && !summary.failed_below {
            self.first_failures.push(match (edge, outcome) {
                (Some(_), Outcome::Answered) => (longest.1, 1.0),
                // Nothing was sent: only a sign that earlier calls had failed.
                (Some(edge), Outcome::HeldBack) => (Candidate::Edge(edge), 0.5),
                (Some(edge), _) => (Candidate::Edge(edge), 1.0),
                (None, _) => (Candidate::Service(span.service), 1.0),
            });
        }
        if node > trace.from {
            let above = &mut self.summaries[(self.forest.node(node).parent - trace.from) as usize];
            above.failed_below |= failed || summary.failed_below;
            above.longest = above.longest.max(longest);
            if matches!(outcome, Outcome::Unanswered | Outcome::HeldBack) {
                above.unanswered = edge;
            }
        }
    }

    fn outcome(&self, node: u32) -> (Outcome, Option<Edge>) {
        let span = self.forest.span(node);
        if span.kind != SpanKind::Client {
            return (Outcome::None, None);
        }
        let answerer = self.forest.answerer(node);
        let edge = match answerer {
            Some(server) => Some(Edge {
                caller: span.service,
                callee: self.forest.span(server).service,
            }),
            None => self.classifier.unanswered_edge(&span),
        };
        if edge.is_none() {
            return (Outcome::None, None);
        }
        // A callee that only began after its caller had given up did not answer it.
        let in_time = answerer.is_some_and(|server| {
            let shift = self.forest.node(server).shift - self.forest.node(node).shift;
            Offset(self.forest.span(server).start.0 + shift) < span.end
        });
        let outcome = if self.classifier.is_held_back(&span) {
            Outcome::HeldBack
        } else if in_time {
            Outcome::Answered
        } else if span.failed || span.http_status == 0 {
            Outcome::Unanswered
        } else {
            Outcome::Unseen
        };
        (outcome, edge)
    }

    /// Nothing failed inside, but the visitor had no answer: who took the time?
    fn slowest(&self, sample: Option<&Sample>, trace: &Trace, entry: Option<Sym>) -> Candidate {
        let inside = self.summaries[0].longest.max((
            self.forest.critical[trace.from as usize],
            Candidate::Service(self.forest.span(trace.from).service),
        ));
        let outside = sample.zip(entry).map(|(sample, callee)| {
            let served_ns = self.forest.span(trace.from).duration_ns();
            let caller = Sym::NONE;
            let edge = Candidate::Edge(Edge { caller, callee });
            (sample.service_ns().saturating_sub(served_ns), edge)
        });
        outside.map_or(inside, |outside| inside.max(outside)).1
    }
}
