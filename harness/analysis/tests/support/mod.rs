//! A small shop made of numbers: requests, spans and metrics of a run with one stated fault.
//!
//! Visitors call `gateway`. `browse` asks inventory; `buy` asks order, which asks inventory and
//! payment. In the monolith all of it is one process. What inventory and payment keep is a part of
//! them, or on servers that leave no spans. It must not know how runs are analysed.

mod archive;
mod calls;

use harness_model::InstanceSelection;
use harness_model::fault::{Edge, FaultKind, FaultTarget};

/// A run to make up, with one stated fault.
pub struct MadeUpRun {
    pub kind: FaultKind,
    /// A process's name, or `caller -> callee`.
    pub target: &'static str,
    pub monolith: bool,
    /// Metrics of the processes are there.
    pub scraped: bool,
    pub requests_per_s: u64,
    /// One answer of a hundred is an error and two are slow, at any time; one span of a hundred is
    /// lost, and so is the last second of a process that is killed; payment's clock is 3 s ahead.
    pub troubled: bool,
    pub seed: u64,
    /// On how many servers inventory and payment keep their rows: none, but in their own processes;
    /// one, `db`; or two, `payment-db` and `inventory-db`.
    pub servers: usize,
    /// Another fault at the same time.
    pub second: Option<(FaultKind, &'static str)>,
    /// Whether the plan and the events know of the fault.
    pub planned: bool,
    /// A delay that grows from nothing, and stays until the end.
    pub creeping: bool,
    /// Only first tries meet the fault.
    pub spares_retries: bool,
    /// The gateway shows what it has cached when inventory does not answer.
    pub fallback: bool,
    /// While the fault is on, order sends payment only one call in ten.
    pub breaker: bool,
    /// Each purchase is announced to `mail`, which nobody waits for.
    pub announces: bool,
    /// A service of whose spans six in ten are lost while the fault is on.
    pub drops: Option<&'static str>,
}

impl MadeUpRun {
    pub fn new(kind: FaultKind, target: &'static str) -> MadeUpRun {
        MadeUpRun {
            kind,
            target,
            monolith: false,
            scraped: true,
            requests_per_s: 20,
            troubled: false,
            seed: 7,
            servers: 0,
            second: None,
            planned: true,
            creeping: false,
            spares_retries: false,
            fallback: false,
            breaker: false,
            announces: false,
            drops: None,
        }
    }

    /// The server on which a service keeps its rows.
    pub fn store_of(&self, service: &str) -> Option<String> {
        match self.servers {
            0 => None,
            1 => Some("db".to_owned()),
            _ => Some(format!("{service}-db")),
        }
    }

    /// The faults: what happens, and to whom.
    pub fn faults(&self) -> impl Iterator<Item = (&FaultKind, &'static str)> {
        let second = self.second.as_ref();
        let second = second.map(|(kind, target)| (kind, *target));
        std::iter::once((&self.kind, self.target)).chain(second)
    }

    pub fn target(&self) -> FaultTarget {
        match self.target.split_once(" -> ") {
            Some((caller, callee)) => FaultTarget::Edge(Edge::new(caller, callee)),
            None => FaultTarget::Process {
                service: self.target.to_owned(),
                process: self.target.to_owned(),
                instances: InstanceSelection::All,
            },
        }
    }

    pub fn run(&self) -> harness_model::RunData {
        archive::run(self)
    }
}
