//! What the worker is told, and what can go wrong.

use std::path::PathBuf;

use harness_model::plan::Phase;
use harness_model::{LoadPlan, Seed, Strings};
use serde::{Deserialize, Serialize};

/// Everything a worker needs before it may begin.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct WorkerOrder {
    pub plan: LoadPlan,
    pub seed: Seed,
    pub base_url: String,
    pub phases: Vec<Phase>,
}

/// The order as it is sent, with the way back.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Errand {
    pub order: WorkerOrder,
    /// Unix socket that the parent listens on.
    pub socket: PathBuf,
}

impl WorkerOrder {
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

/// Why there was no load, or not all of it.
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
