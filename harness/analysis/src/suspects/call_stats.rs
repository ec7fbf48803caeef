//! Counts of calls, own work and first failures, before and during.
//!
//! Owns the counters. It must not know how they are filled, nor how much any of it weighs.

use std::collections::BTreeMap;

use harness_model::Sym;

use super::candidate::{Candidate, Edge};
use crate::run::windows::Period;
use crate::stats::sums::Sum;

/// All calls on one call path in one period. Times are ns on critical paths.
#[derive(Debug, Clone, Default)]
pub struct EdgeStats {
    pub calls: u64,
    /// Nobody answered in time: refused, reset, timed out or given up.
    pub unanswered: u64,
    /// The caller did not even try, for example because its circuit breaker was open.
    pub held_back: u64,
    pub answered: u64,
    /// Answered, but the callee's span was lost.
    pub unseen: u64,
    /// Waiting for answers that did not come, and for the next try.
    pub waited: Sum,
    /// On the way to the callee and back, where an answer came.
    pub travelled: Sum,
    /// Client span minus server span of each answered call, ns; all of the client span where the
    /// callee never leaves any.
    pub lags: Vec<u64>,
    /// From sent to answered, of calls whose callee told its side, and of those where its span was
    /// lost.
    pub took: Sum,
    pub took_unseen: Sum,
}

impl EdgeStats {
    pub const NONE: EdgeStats = EdgeStats {
        calls: 0,
        unanswered: 0,
        held_back: 0,
        answered: 0,
        unseen: 0,
        waited: Sum::ZERO,
        travelled: Sum::ZERO,
        lags: Vec::new(),
        took: Sum::ZERO,
        took_unseen: Sum::ZERO,
    };
}

/// A part of a service, by the names of spans: a handler or a module, and what it was doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub service: Sym,
    pub unit: Sym,
    /// A statement within, for example; [`Sym::NONE`] for the unit's own work.
    pub operation: Sym,
}

/// What went on in one part of a service in one period.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartStats {
    pub own: Sum,
    /// Requests that began to fail here.
    pub failures: f64,
}

/// A service's own work in one period.
#[derive(Debug, Clone, Copy, Default)]
pub struct WorkStats {
    pub served: u64,
    /// Time on critical paths that no call of it explains, ns.
    pub own: Sum,
}

/// Everything counted in one period.
#[derive(Debug, Default)]
pub struct CallStats {
    pub requests: u64,
    /// Length of all critical paths, ns.
    pub path_ns: u64,
    pub edges: BTreeMap<Edge, EdgeStats>,
    pub services: BTreeMap<Sym, WorkStats>,
    /// In how many requests a failure began here.
    pub first_failures: BTreeMap<Candidate, f64>,
    /// In how many requests a failure began with a call that was not sent, because earlier ones had
    /// failed.
    pub held_back: BTreeMap<Edge, f64>,
    pub parts: BTreeMap<Part, PartStats>,
    /// All traces, and those from which spans are missing.
    pub traces: u64,
    pub incomplete: u64,
}

/// The counts of both periods.
#[derive(Debug, Default)]
pub struct Calls {
    pub before: CallStats,
    pub during: CallStats,
}

impl Calls {
    pub fn at(&mut self, period: Period) -> &mut CallStats {
        match period {
            Period::Before => &mut self.before,
            Period::During => &mut self.during,
        }
    }
}
