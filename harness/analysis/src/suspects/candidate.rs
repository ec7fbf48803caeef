//! Who or what can be suspected: a service, or the call path between two.

use harness_model::Sym;

/// A suspected service or call path. The caller [`Sym::NONE`] stands for the visitors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Candidate {
    Service(Sym),
    Edge(Edge),
}

/// A call path from one service to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub caller: Sym,
    pub callee: Sym,
}
