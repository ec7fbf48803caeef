//! Reads one trace from its leaves up: its calls, whose time it took, and where it first failed.
//!
//! A failure begins in the deepest span that failed. A caller that gave up on a callee which was
//! still at work hides the beginning; then the failure is put down to whoever held the time. What
//! nobody waits for, such as the handling of a message, is off the critical path; its time is that
//! of its spans less that of their children. It must not know other traces.

use harness_model::{Offset, Sample, Span, SpanKind, Sym};

use super::call_stats::{CallStats, Part};
use super::candidate::{Candidate, Edge};
use super::classifier::{Outcome, SpanClassifier};
use crate::traces::forest::Forest;
use crate::traces::node::Trace;

/// What is known of a node once everything below it was read.
#[derive(Clone, Copy)]
struct Summary {
    /// Something below failed.
    failed_below: bool,
    /// The path of a call right below that had no answer.
    unanswered: Option<Edge>,
    /// Who held the critical path longest at or below this node, and for how long.
    longest: (u64, Candidate),
    /// Nobody waits for this node.
    aside: bool,
}

/// Reads traces; keeps its buffers between them.
pub struct TraceReader<'a> {
    forest: &'a Forest<'a>,
    classifier: &'a SpanClassifier<'a>,
    summaries: Vec<Summary>,
    /// Where this trace first failed, in which part, and how sure that is, 0..=1.
    first_failures: Vec<(Candidate, Option<Part>, f64)>,
    /// The paths on which its calls were not sent.
    held_back: Vec<Edge>,
    until: Offset,
}

impl<'a> TraceReader<'a> {
    pub fn new(forest: &'a Forest<'a>, classifier: &'a SpanClassifier<'a>) -> TraceReader<'a> {
        TraceReader {
            forest,
            classifier,
            summaries: Vec::new(),
            first_failures: Vec::new(),
            held_back: Vec::new(),
            until: Offset(i64::MAX),
        }
    }

    /// Adds a trace to the counts, with the visitor's request if there is one. Calls that began at
    /// `until` or later are not counted on their paths: what was asked again when all was well says
    /// nothing of the time before.
    pub fn read(
        &mut self,
        trace: &Trace,
        sample: Option<&Sample>,
        entry: Option<Sym>,
        until: Offset,
        stats: &mut CallStats,
    ) {
        self.until = until;
        self.first_failures.clear();
        self.held_back.clear();
        self.begin(trace);
        for node in (trace.from..trace.to).rev() {
            self.node(trace, node, stats);
        }
        let root_failed = self.forest.span(trace.from).failed;
        let unserved = sample.is_some_and(|one| !one.ok() && one.status == 0);
        if self.first_failures.is_empty() && self.held_back.is_empty() && unserved {
            let slowest = self.slowest(sample, trace, entry);
            self.first_failures.push((slowest, None, 1.0));
        }
        // A failure that a second try made good is worth half of one that reached the visitor.
        let weight = if root_failed || unserved { 1.0 } else { 0.5 };
        let began = self.first_failures.len() + self.held_back.len();
        let share = weight / began.max(1) as f64;
        for edge in &self.held_back {
            *stats.held_back.entry(*edge).or_default() += share;
        }
        for (candidate, part, sure) in &self.first_failures {
            *stats.first_failures.entry(*candidate).or_default() += share * sure;
            if let Some(part) = part {
                stats.parts.entry(*part).or_default().failures += share * sure;
            }
        }
    }

    /// Marks what nobody waits for; parents come before their children.
    fn begin(&mut self, trace: &Trace) {
        self.summaries.clear();
        for node in trace.from..trace.to {
            let above = node > trace.from && {
                let parent = self.forest.node(node).parent - trace.from;
                let kind = self.forest.span(node).kind;
                self.summaries[parent as usize].aside
                    || matches!(kind, SpanKind::Producer | SpanKind::Consumer)
            };
            self.summaries.push(Summary {
                failed_below: false,
                unanswered: None,
                longest: (0, Candidate::Service(Sym::NONE)),
                aside: above,
            });
        }
    }

    /// How long the node held up whoever waits for it, without what its children explain, ns.
    fn own_ns(&self, trace: &Trace, node: u32) -> u64 {
        if !self.summaries[(node - trace.from) as usize].aside {
            return self.forest.critical[node as usize];
        }
        let waited_for = self.forest.children(node).filter_map(|child| {
            let span = self.forest.span(child);
            let waits = !matches!(span.kind, SpanKind::Producer | SpanKind::Consumer);
            waits.then(|| span.duration_ns())
        });
        let below: u64 = waited_for.sum();
        self.forest.span(node).duration_ns().saturating_sub(below)
    }

    fn node(&mut self, trace: &Trace, node: u32, stats: &mut CallStats) {
        let span = self.forest.span(node);
        let own_ns = self.own_ns(trace, node);
        let (outcome, edge) = self.classifier.outcome(self.forest, node);
        let summary = self.summaries[(node - trace.from) as usize];
        let holder = match (edge, summary.unanswered) {
            (Some(edge), _) if outcome != Outcome::HeldBack => Candidate::Edge(edge),
            (_, Some(edge)) => Candidate::Edge(edge),
            _ => Candidate::Service(span.service),
        };
        let part = self.part(node, &span);
        if matches!(span.kind, SpanKind::Server | SpanKind::Consumer) {
            stats.services.entry(span.service).or_default().served += 1;
        }
        if let Some(edge) = edge.filter(|_| span.start < self.until) {
            self.count(node, &span, edge, outcome, stats);
        }
        match (holder, outcome) {
            (_, Outcome::Unseen) => {}
            (Candidate::Service(service), _) => {
                stats.services.entry(service).or_default().own.add(own_ns);
                stats.parts.entry(part).or_default().own.add(own_ns);
            }
            (Candidate::Edge(edge), Outcome::Answered | Outcome::Silent) => {
                stats.edges.entry(edge).or_default().travelled.add(own_ns);
            }
            (Candidate::Edge(edge), _) => stats.edges.entry(edge).or_default().waited.add(own_ns),
        }
        let longest = summary.longest.max((own_ns, holder));
        let failed = span.failed || outcome == Outcome::Unanswered;
        if failed && !summary.failed_below {
            self.fail(&span, outcome, edge, longest.1, part);
        }
        if node > trace.from {
            let above = &mut self.summaries[(self.forest.node(node).parent - trace.from) as usize];
            above.failed_below |= failed || summary.failed_below;
            if summary.aside && !above.aside {
                return;
            }
            above.longest = above.longest.max(longest);
            if matches!(outcome, Outcome::Unanswered | Outcome::HeldBack) {
                above.unanswered = edge;
            }
        }
    }

    /// Notes that a failure began in a span.
    fn fail(
        &mut self,
        span: &Span,
        outcome: Outcome,
        edge: Option<Edge>,
        longest: Candidate,
        part: Part,
    ) {
        let Some(edge) = edge else {
            let candidate = Candidate::Service(span.service);
            self.first_failures.push((candidate, Some(part), 1.0));
            return;
        };
        match outcome {
            Outcome::HeldBack => self.held_back.push(edge),
            Outcome::Answered => self.first_failures.push((longest, None, 1.0)),
            // It may have begun deeper, where no span tells.
            Outcome::Unseen => {
                let callee = Candidate::Service(edge.callee);
                self.first_failures.push((callee, None, 0.5));
            }
            _ => {
                let path = Candidate::Edge(edge);
                self.first_failures.push((path, None, 1.0));
            }
        }
    }

    /// Counts a call on its path.
    fn count(&self, node: u32, span: &Span, edge: Edge, outcome: Outcome, stats: &mut CallStats) {
        let on_edge = stats.edges.entry(edge).or_default();
        on_edge.calls += 1;
        match outcome {
            Outcome::None => {}
            Outcome::HeldBack => on_edge.held_back += 1,
            Outcome::Unanswered => on_edge.unanswered += 1,
            Outcome::Unseen => {
                on_edge.unseen += 1;
                on_edge.took_unseen.add(span.duration_ns());
            }
            Outcome::Silent => {
                on_edge.answered += 1;
                on_edge.lags.push(span.duration_ns());
            }
            Outcome::Answered => {
                on_edge.answered += 1;
                on_edge.took.add(span.duration_ns());
                if let Some(server) = self.forest.answerer(node) {
                    let served_ns = self.forest.span(server).duration_ns();
                    let lag = span.duration_ns().saturating_sub(served_ns);
                    on_edge.lags.push(lag);
                }
            }
        }
    }

    /// The part of its service that a span belongs to: what it names, and the span above where it
    /// is a call that does not leave the service.
    fn part(&self, node: u32, span: &Span) -> Part {
        let parent = self.forest.node(node).parent;
        let is_within = span.kind == SpanKind::Client && parent != crate::traces::node::NONE;
        let above = is_within.then(|| self.forest.span(parent));
        match above.filter(|above| above.service == span.service) {
            Some(above) => Part {
                service: span.service,
                unit: above.name,
                operation: span.name,
            },
            None => Part {
                service: span.service,
                unit: span.name,
                operation: Sym::NONE,
            },
        }
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
