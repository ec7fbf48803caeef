//! The order that a worker gets, and what can go wrong with it.
//!
//! It must not know how an order travels, nor how it is carried out.

use std::path::PathBuf;

use harness_model::plan::Phase;
use harness_model::{LoadPlan, Seed, Strings};
use serde::{Deserialize, Serialize};

/// Everything a worker needs to drive a load.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkerOrder {
    pub plan: LoadPlan,
    /// Decides when requests are due, what they ask for, and every choice in it.
    pub seed: Seed,
    /// Of this run and no other. Together with the seed it decides the identities that requests
    /// carry: trace ids, idempotency keys and unique draws. A target that keeps its data would take
    /// those of an earlier run for repetitions.
    pub run: String,
    pub base_url: String,
    pub phases: Vec<Phase>,
}

/// What a worker reads first: its order, and where its samples go.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct WorkerLaunch {
    pub order: WorkerOrder,
    /// Unix socket on which the parent listens.
    pub socket: PathBuf,
}

impl WorkerOrder {
    /// What identities are drawn from.
    pub(crate) fn identities(&self) -> Seed {
        self.seed.child(&format!("run {}", self.run), 0)
    }

    /// Operations, then journeys: both ends build the same table, so samples carry numbers only.
    pub(crate) fn names(&self) -> Strings {
        let mut names = Strings::default();
        for operation in &self.plan.workload.operations {
            names.intern(&operation.name);
        }
        for journey in &self.plan.workload.journeys {
            names.intern(&journey.name);
        }
        names
    }
}

/// Why there is no load, or only a part of it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("failed to start the worker: {0}")]
    Spawn(std::io::Error),
    #[error("failed to talk to the worker: {0}")]
    Pipe(std::io::Error),
    #[error("the worker could not begin: {0}")]
    NotReady(String),
    #[error("the worker ended before its load was done; see its log")]
    Died,
    #[error("failed to understand the order: {0}")]
    Order(String),
    #[error("failed to run the attack: {0}")]
    Attack(String),
}
