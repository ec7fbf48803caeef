//! One trace read from its leaves up: its calls, whose time it took, and where it began to fail.
//!
//! A failure begins in the deepest span that failed. A caller that gave up on a callee which was
//! still at work did not see the beginning; then it is with whom the time was spent. It must not
//! know other traces.

use harness_model::{Offset, Sample, SpanKind, Sym};

use super::calls::{Books, Lexicon};
use super::{Blame, Way};
use crate::traces::{Forest, Trace};

/// What became of a client span.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// Not a call to another service.
    None,
    Answered,
    Unanswered,
    Stopped,
    /// Answered, but the callee's span was lost; its time cannot be told from the way's.
    Unseen,
}

/// What is known of a node when everything below it was read.
#[derive(Clone, Copy)]
struct Mark {
    /// Something below failed.
    below: bool,
    /// The way of a call right below that had no answer.
    missing: Option<Way>,
    /// Who held the critical path longest at or below this node, and for how long.
    longest: (u64, Blame),
}

/// Reads traces; keeps its room between them.
pub struct Reader<'a> {
    forest: &'a Forest<'a>,
    lexicon: &'a Lexicon,
    marks: Vec<Mark>,
    /// Where this trace began to fail, and how sure that is, 0..=1.
    origins: Vec<(Blame, f64)>,
}

impl<'a> Reader<'a> {
    pub fn new(forest: &'a Forest<'a>, lexicon: &'a Lexicon) -> Reader<'a> {
        Reader {
            forest,
            lexicon,
            marks: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// Adds a trace, and the visitor's request if there is one, to the books.
    pub fn read(
        &mut self,
        trace: &Trace,
        sample: Option<&Sample>,
        entry: Option<Sym>,
        books: &mut Books,
    ) {
        let nobody = Blame::Service(Sym::NONE);
        self.origins.clear();
        self.marks.clear();
        self.marks.resize(
            (trace.to - trace.from) as usize,
            Mark {
                below: false,
                missing: None,
                longest: (0, nobody),
            },
        );
        for node in (trace.from..trace.to).rev() {
            self.node(trace, node, books);
        }
        let root_failed = self.forest.span(trace.from).failed;
        let unserved = sample.is_some_and(|one| !one.ok() && one.status == 0);
        if self.origins.is_empty() && unserved {
            self.origins.push((self.slowest(sample, trace, entry), 1.0));
        }
        // A failure that a second try made good is worth half of one that reached the visitor.
        let weight = if root_failed || unserved { 1.0 } else { 0.5 };
        let share = weight / self.origins.len().max(1) as f64;
        for (origin, sure) in &self.origins {
            *books.origins.entry(*origin).or_default() += share * sure;
        }
    }

    fn node(&mut self, trace: &Trace, node: u32, books: &mut Books) {
        let span = self.forest.span(node);
        let critical = self.forest.critical[node as usize];
        let (outcome, way) = self.outcome(node);
        let mark = self.marks[(node - trace.from) as usize];
        let holder = match (way, mark.missing) {
            (Some(way), _) if outcome != Outcome::Stopped => Blame::Way(way),
            (_, Some(way)) => Blame::Way(way),
            _ => Blame::Service(span.service),
        };
        if span.kind == SpanKind::Server {
            books.services.entry(span.service).or_default().served += 1;
        }
        if let Some(way) = way {
            let traffic = books.ways.entry(way).or_default();
            traffic.calls += 1;
            traffic.answered += u64::from(outcome == Outcome::Answered);
            traffic.unanswered += u64::from(outcome == Outcome::Unanswered);
            traffic.stopped += u64::from(outcome == Outcome::Stopped);
            if outcome == Outcome::Answered
                && let Some(server) = self.forest.answerer(node)
            {
                let served_ns = self.forest.span(server).duration_ns();
                traffic
                    .lags
                    .push(span.duration_ns().saturating_sub(served_ns));
            }
        }
        match (holder, outcome) {
            (_, Outcome::Unseen) => {}
            (Blame::Service(service), _) => {
                books.services.entry(service).or_default().own.add(critical);
            }
            (Blame::Way(way), Outcome::Answered) => {
                books.ways.entry(way).or_default().travelled.add(critical);
            }
            (Blame::Way(way), _) => books.ways.entry(way).or_default().waited.add(critical),
        }
        let longest = mark.longest.max((critical, holder));
        let failed = span.failed || outcome == Outcome::Unanswered;
        if failed && !mark.below {
            self.origins.push(match (way, outcome) {
                (Some(_), Outcome::Answered) => (longest.1, 1.0),
                // Nothing went over the network: only a sign that calls had failed before.
                (Some(way), Outcome::Stopped) => (Blame::Way(way), 0.5),
                (Some(way), _) => (Blame::Way(way), 1.0),
                (None, _) => (Blame::Service(span.service), 1.0),
            });
        }
        if node > trace.from {
            let above = &mut self.marks[(self.forest.node(node).parent - trace.from) as usize];
            above.below |= failed || mark.below;
            above.longest = above.longest.max(longest);
            if matches!(outcome, Outcome::Unanswered | Outcome::Stopped) {
                above.missing = way;
            }
        }
    }

    fn outcome(&self, node: u32) -> (Outcome, Option<Way>) {
        let span = self.forest.span(node);
        if span.kind != SpanKind::Client {
            return (Outcome::None, None);
        }
        let answerer = self.forest.answerer(node);
        let way = match answerer {
            Some(server) => Some(Way {
                caller: span.service,
                callee: self.forest.span(server).service,
            }),
            None => self.lexicon.peer(span),
        };
        if way.is_none() {
            return (Outcome::None, None);
        }
        // A callee that only began when its caller was gone did not answer it.
        let in_time = answerer.is_some_and(|server| {
            let shift = self.forest.node(server).shift - self.forest.node(node).shift;
            Offset(self.forest.span(server).start.0 + shift) < span.end
        });
        let outcome = if self.lexicon.is_stopped(span) {
            Outcome::Stopped
        } else if in_time {
            Outcome::Answered
        } else if span.failed || span.http_status == 0 {
            Outcome::Unanswered
        } else {
            Outcome::Unseen
        };
        (outcome, way)
    }

    /// Nothing failed inside, but the visitor had no answer: who took the time?
    fn slowest(&self, sample: Option<&Sample>, trace: &Trace, entry: Option<Sym>) -> Blame {
        let inside = self.marks[0].longest.max((
            self.forest.critical[trace.from as usize],
            Blame::Service(self.forest.span(trace.from).service),
        ));
        let outside = sample.zip(entry).map(|(sample, callee)| {
            let served_ns = self.forest.span(trace.from).duration_ns();
            let caller = Sym::NONE;
            let way = Blame::Way(Way { caller, callee });
            (sample.service_ns().saturating_sub(served_ns), way)
        });
        outside.map_or(inside, |outside| inside.max(outside)).1
    }
}
