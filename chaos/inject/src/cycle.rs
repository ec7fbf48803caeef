//! An instance that is ended and started again while a fault is on.
//!
//! Runs as a task of its own, because the timeline must not wait for a slow process. It must not
//! know when the fault is over; [`RestartCycle::stop`] tells it.

use std::sync::Arc;
use std::time::Duration;

use harness_model::InstanceId;
use rustix::process::Signal;
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::process::Processes;

/// A restart that is in progress when the fault ends must finish within this time.
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Ends and starts an instance until it is stopped. Dropped, it leaves the instance as it is.
pub struct RestartCycle {
    stop: watch::Sender<()>,
    task: JoinHandle<Result<(), String>>,
}

impl RestartCycle {
    /// Once: SIGTERM, and a start as soon as it has ended.
    pub fn once(processes: Arc<dyn Processes>, instance: InstanceId) -> RestartCycle {
        let (stop, _) = watch::channel(());
        let task =
            tokio::spawn(async move { restart_once(&*processes, &instance, Signal::TERM).await });
        RestartCycle { stop, task }
    }

    /// SIGKILL and a start, at once and then once per period.
    pub fn repeated(
        processes: Arc<dyn Processes>,
        instance: InstanceId,
        period: Duration,
    ) -> RestartCycle {
        let (stop, mut stopped) = watch::channel(());
        let task = tokio::spawn(async move {
            loop {
                restart_once(&*processes, &instance, Signal::KILL).await?;
                // Counted from the end of the start, so that the process runs in between.
                select! {
                    biased;
                    _ = stopped.changed() => return Ok(()),
                    () = sleep(period) => {}
                }
            }
        });
        RestartCycle { stop, task }
    }

    /// Stops after the round in progress; returns the error of any round.
    pub async fn stop(&mut self) -> Result<(), String> {
        self.stop.send_replace(());
        match timeout(STOP_LIMIT, &mut self.task).await {
            Ok(Ok(ended)) => ended,
            Ok(Err(broken)) => Err(broken.to_string()),
            Err(_) => Err("its restart did not finish in time".into()),
        }
    }
}

impl Drop for RestartCycle {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An instance that has ended by itself needs no signal.
async fn restart_once(
    processes: &dyn Processes,
    instance: &InstanceId,
    by: Signal,
) -> Result<(), String> {
    if processes.pid(instance).is_some() {
        processes.end(instance, by).await?;
    }
    processes.restart(instance).await.map(drop)
}
