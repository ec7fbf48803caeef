//! A small shop made of numbers: requests, spans and metrics of a run with one stated fault.
//!
//! Visitors call `gateway`. `browse` asks inventory; `buy` asks order, which asks inventory and
//! payment. In the monolith all of it is one process. It must not know how runs are analysed.

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
        }
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
