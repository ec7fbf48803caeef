//! All spans of a run, packed so that ten million of them fit in memory.
//!
//! Most of a span says the same as thousands of others: service, name, kind, peer, status. Such a
//! shape is kept once, and a span is its ids, its times and the number of its shape. Owns that
//! packing and nothing else: it must not know trees.

use std::collections::HashMap;
use std::hash::Hash;

use crate::span::{Span, SpanKind};
use crate::strings::Sym;
use crate::time::Offset;

/// A growing list of spans in the order in which they came; 36 bytes each, and what is new of their
/// shapes and traces.
#[derive(Debug, Clone, Default)]
pub struct Spans {
    traces: Numbered<u128>,
    shapes: Numbered<Shape>,
    /// Number of the trace and of the shape, a span.
    trace: Vec<u32>,
    shape: Vec<u32>,
    id: Vec<u64>,
    parent: Vec<u64>,
    start: Vec<i64>,
    /// From start to end in ns; [`LONG`] where that is no such number, and `long` has it.
    length: Vec<u32>,
    /// Index of the span -> its length.
    long: HashMap<u32, i64>,
}

/// Stands for a length of 4.3 s or more, or below zero.
const LONG: u32 = u32::MAX;

/// What spans have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Shape {
    service: Sym,
    instance: Sym,
    name: Sym,
    kind: SpanKind,
    failed: bool,
    error_type: Sym,
    peer: Sym,
    http_status: u16,
    resend: u8,
}

/// Distinct values, numbered in the order in which they came.
#[derive(Debug, Clone)]
struct Numbered<T> {
    values: Vec<T>,
    numbers: HashMap<T, u32>,
    last: u32,
}

impl<T> Default for Numbered<T> {
    fn default() -> Numbered<T> {
        Numbered {
            values: Vec::new(),
            numbers: HashMap::new(),
            last: 0,
        }
    }
}

impl<T: Copy + Eq + Hash> Numbered<T> {
    /// The number of a value. Spans of one trace mostly come together, so the last is tried first.
    #[inline]
    fn number(&mut self, value: T) -> u32 {
        if self.values.get(self.last as usize) != Some(&value) {
            if self.numbers.len() < self.values.len() {
                self.numbers = (0..).zip(&self.values).map(|(n, one)| (*one, n)).collect();
            }
            let next = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.last = *self.numbers.entry(value).or_insert(next);
            if self.last == next {
                self.values.push(value);
            }
        }
        self.last
    }
}

impl Spans {
    /// Appends a span.
    ///
    /// # Panics
    /// At 2^32 spans, for which no machine has the memory.
    #[inline]
    pub fn push(&mut self, span: Span) {
        let index = u32::try_from(self.id.len()).expect("fewer than 2^32 spans");
        self.trace.push(self.traces.number(span.trace));
        self.shape.push(self.shapes.number(Shape {
            service: span.service,
            instance: span.instance,
            name: span.name,
            kind: span.kind,
            failed: span.failed,
            error_type: span.error_type,
            peer: span.peer,
            http_status: span.http_status,
            resend: span.resend,
        }));
        self.id.push(span.id);
        self.parent.push(span.parent);
        self.start.push(span.start.0);
        let length = span.end.0.wrapping_sub(span.start.0);
        let short = u32::try_from(length).unwrap_or(LONG);
        self.length.push(short);
        if short == LONG {
            self.long.insert(index, length);
        }
    }

    /// The span at an index.
    ///
    /// # Panics
    /// When there is no such span.
    #[inline]
    pub fn get(&self, index: usize) -> Span {
        let shape = &self.shapes.values[self.shape[index] as usize];
        let (start, end) = self.times(index);
        Span {
            trace: self.traces.values[self.trace[index] as usize],
            id: self.id[index],
            parent: self.parent[index],
            service: shape.service,
            instance: shape.instance,
            name: shape.name,
            kind: shape.kind,
            start: Offset(start),
            end: Offset(end),
            failed: shape.failed,
            error_type: shape.error_type,
            peer: shape.peer,
            http_status: shape.http_status,
            resend: shape.resend,
        }
    }

    /// The id of the span at an index, and that of its parent.
    #[inline]
    pub fn ids(&self, index: usize) -> (u64, u64) {
        (self.id[index], self.parent[index])
    }

    /// Start and end of the span at an index, in ns.
    #[inline]
    pub fn times(&self, index: usize) -> (i64, i64) {
        let start = self.start[index];
        let length = match self.length[index] {
            LONG => self.long[&(index as u32)],
            short => i64::from(short),
        };
        (start, start.wrapping_add(length))
    }

    /// The kind of the span at an index.
    #[inline]
    pub fn kind(&self, index: usize) -> SpanKind {
        self.shapes.values[self.shape[index] as usize].kind
    }

    /// The distinct traces, in the order in which their first spans came.
    pub fn traces(&self) -> &[u128] {
        &self.traces.values
    }

    /// The trace of the span at an index, as a place in [`traces`](Self::traces).
    #[inline]
    pub fn trace_of(&self, index: usize) -> usize {
        self.trace[index] as usize
    }

    /// The services that some span is of, each once.
    pub fn services(&self) -> impl Iterator<Item = Sym> {
        let mut services: Vec<Sym> = self.shapes.values.iter().map(|one| one.service).collect();
        services.sort_unstable();
        services.dedup();
        services.into_iter()
    }

    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.id.len()
    }

    /// Whether there is no span.
    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Makes room for so many spans more.
    pub fn reserve(&mut self, more: usize) {
        self.trace.reserve_exact(more);
        self.shape.reserve_exact(more);
        self.id.reserve_exact(more);
        self.parent.reserve_exact(more);
        self.start.reserve_exact(more);
        self.length.reserve_exact(more);
    }

    /// Gives back the memory that only appending needs; what is appended later takes it again.
    pub fn shrink(&mut self) {
        self.traces.numbers = HashMap::new();
        self.shapes.numbers = HashMap::new();
    }

    /// Removes all spans.
    pub fn clear(&mut self) {
        *self = Spans::default();
    }

    /// All spans, in the order in which they came.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Span> + ExactSizeIterator + Clone {
        (0..self.len()).map(|index| self.get(index))
    }
}

impl Extend<Span> for Spans {
    fn extend<I: IntoIterator<Item = Span>>(&mut self, spans: I) {
        spans.into_iter().for_each(|span| self.push(span));
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(from: I) -> Spans {
        let mut spans = Spans::default();
        spans.extend(from);
        spans
    }
}

impl From<Vec<Span>> for Spans {
    fn from(spans: Vec<Span>) -> Spans {
        spans.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(trace: u128, start: i64, end: i64, failed: bool) -> Span {
        Span {
            trace,
            id: start.unsigned_abs(),
            parent: u64::MAX,
            service: Sym(u32::from(failed)),
            instance: Sym(2),
            name: Sym(3),
            kind: SpanKind::Client,
            start: Offset(start),
            end: Offset(end),
            failed,
            error_type: Sym(4),
            peer: Sym(5),
            http_status: 503,
            resend: 6,
        }
    }

    #[test]
    fn what_is_packed_comes_out_as_it_was_whatever_its_length() {
        let second = 1_000_000_000;
        let spans = [
            span(u128::MAX, 5, 5 + 4 * second, false),
            span(1, -7, 3600 * second, true),
            span(u128::MAX, 9, 2, false),
            span(1, i64::MIN, i64::MAX, false),
            span(7, 0, i64::from(LONG), false),
        ];
        let packed: Spans = spans.iter().copied().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), spans);
        assert_eq!(packed.traces(), [u128::MAX, 1, 7]);
        assert_eq!(packed.trace_of(2), 0);
        assert_eq!(packed.services().collect::<Vec<_>>(), [Sym(0), Sym(1)]);
        assert_eq!(packed.shapes.values.len(), 2, "a shape is kept once");
    }

    #[test]
    fn after_memory_was_given_back_known_traces_are_known_again() {
        let mut packed = Spans::default();
        packed.extend([span(3, 0, 1, false), span(4, 0, 1, true)]);
        packed.shrink();
        packed.extend([span(3, 5, 6, false), span(5, 5, 6, true)]);
        assert_eq!(packed.traces(), [3, 4, 5]);
        assert_eq!(packed.trace_of(2), 0);
        assert_eq!(packed.shapes.values.len(), 2);
    }
}
