//! Turns a planned fault into an effect on instances or edges.
//!
//! It must not know when a fault is due.

use std::sync::Arc;

use harness_model::{FaultPlan, InstanceId, Strikes, Topology};

use crate::effect::Effect;
use crate::error::{FaultError, mismatch};
use crate::injection::Injection;
use crate::process::Processes;
use crate::proxy::EdgeProxy;

/// Injects faults into the proxies and instances of a target.
pub struct Injector {
    proxies: Vec<Arc<EdgeProxy>>,
    topology: Topology,
    processes: Arc<dyn Processes>,
}

impl Injector {
    /// `topology` says which instances a service has.
    pub fn new(
        proxies: Vec<EdgeProxy>,
        topology: Topology,
        processes: Arc<dyn Processes>,
    ) -> Injector {
        Injector {
            proxies: proxies.into_iter().map(Arc::new).collect(),
            topology,
            processes,
        }
    }

    /// Applies a fault. On an error its effect is gone.
    pub async fn inject(&self, plan: &FaultPlan) -> Result<Injection, FaultError> {
        let struck = self.topology.struck(&plan.target);
        let struck = struck.map_err(FaultError::NoInstance)?;
        let watched = self.watched(plan, &struck)?;
        let effect = Effect::of(plan, struck, &*self.processes)?;
        Injection::apply(effect, watched, self.processes.clone()).await
    }

    /// The proxies whose traffic can meet the fault. Network faults need one on each of their
    /// edges; faults of instances use those that exist and lead to a struck instance.
    fn watched(
        &self,
        plan: &FaultPlan,
        struck: &[InstanceId],
    ) -> Result<Vec<Arc<EdgeProxy>>, FaultError> {
        let is_network_fault = plan.kind.strikes() == Strikes::Edge;
        let leads_to_struck = |proxy: &EdgeProxy| match proxy.instance() {
            Some(instance) => struck.is_empty() || struck.contains(instance),
            None => true,
        };
        let mut watched = Vec::new();
        for edge in &plan.watched {
            let on_edge = self.proxies.iter().filter(|proxy| proxy.edge() == edge);
            let before = watched.len();
            watched.extend(on_edge.filter(|proxy| leads_to_struck(proxy)).cloned());
            if is_network_fault && watched.len() == before {
                return Err(FaultError::NoProxy(edge.clone()));
            }
        }
        if is_network_fault && watched.is_empty() {
            return Err(mismatch(plan));
        }
        Ok(watched)
    }
}
