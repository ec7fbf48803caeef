//! Brings one instance back: started and ready, or repaired.
//!
//! Bounded in time and verified by observing the instance. It must not know faults.

use std::sync::Arc;
use std::time::Duration;

use harness_model::{Impairment, InstanceId};
use tokio::time::{Instant, timeout};

use crate::error::{FaultError, failed};
use crate::process::{Identity, Processes};

/// Timeout of one start.
const RESTART_LIMIT: Duration = Duration::from_secs(20);

/// Timeout of one readiness probe.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// Lifts an impairment; true when the instance is known to be well.
pub async fn repair(
    processes: &Arc<dyn Processes>,
    instance: &InstanceId,
    who: Identity,
    what: Impairment,
) -> Result<bool, FaultError> {
    let repaired = processes.repair(instance, who, what).await;
    match what {
        // A process that died while it was frozen cannot be thawed, and is not healthy.
        Impairment::Frozen => match (repaired, who.is_alive()) {
            (Ok(()), alive) => Ok(alive),
            (Err(why), true) => Err(failed("thaw", instance, why)),
            (Err(_), false) => Ok(false),
        },
        // The process may have died of the impairment.
        Impairment::CpuQuota { .. } | Impairment::MemoryLimit { .. } | Impairment::Disconnected => {
            repaired.map_err(|why| failed("repair", instance, why))?;
            start_again(processes, instance).await
        }
    }
}

/// Starts an instance unless it runs; true when it is ready in the time that the target allows for
/// a start.
pub async fn start_again(
    processes: &Arc<dyn Processes>,
    instance: &InstanceId,
) -> Result<bool, FaultError> {
    let begun = Instant::now();
    loop {
        if processes.pid(instance).is_none() {
            restart(processes, instance).await?;
        }
        // The pid may be that of a process whose exit was not noticed yet, so probe in a loop.
        let ready = processes.ready(instance, PROBE_LIMIT);
        if timeout(PROBE_LIMIT, ready).await.unwrap_or(false) {
            return Ok(true);
        }
        if begun.elapsed() >= processes.ready_within() {
            return Ok(false);
        }
    }
}

async fn restart(processes: &Arc<dyn Processes>, instance: &InstanceId) -> Result<(), FaultError> {
    let (processes, id) = (processes.clone(), instance.clone());
    // A task of its own, so that a start is completed even when it is no longer awaited.
    let restart = tokio::spawn(async move { processes.restart(&id).await });
    match timeout(RESTART_LIMIT, restart).await {
        Ok(Ok(Ok(_))) => Ok(()),
        Ok(Ok(Err(why))) => Err(failed("restart", instance, why)),
        Ok(Err(panicked)) => Err(failed("restart", instance, panicked.to_string())),
        Err(_) => Err(failed("restart", instance, "it took too long".into())),
    }
}
