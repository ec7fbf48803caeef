//! Services as processes of this machine, on loopback.

mod spawner;

use std::io;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use harness_model::Impairment;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;

use crate::command::Values;
use crate::error::DeployError;
use crate::instance::{Instance, KILL_LIMIT};
use crate::logs;
use crate::runner::Runner;

pub use spawner::Spawner;

/// Time to end gracefully before SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// Runs every instance as a child of the harness.
#[derive(Debug)]
pub struct ProcessRunner {
    pub values: Values,
    pub niceness: i8,
    pub spawner: Arc<Spawner>,
}

#[async_trait]
impl Runner for ProcessRunner {
    async fn start(&self, instance: &Arc<Instance>) -> Result<u32, DeployError> {
        let failed = |source: io::Error| DeployError::Spawn {
            service: instance.id().to_string(),
            source,
        };
        let mut command = self.values.instance(&instance.service, &instance.layout)?;
        let log = logs::open(&instance.log)?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let child = self.spawner.spawn(command, self.niceness).await;
        Ok(watch(instance, child.map_err(failed)?))
    }

    async fn signal(&self, instance: &Instance, which: Signal) -> Result<(), DeployError> {
        signal(instance, which);
        Ok(())
    }

    async fn impair(&self, _: &Instance, _: Impairment) -> Option<Result<(), DeployError>> {
        None
    }

    async fn repair(&self, _: &Instance, _: Impairment) -> Option<Result<(), DeployError>> {
        None
    }

    /// SIGTERM to all, SIGKILL to those that ignore it.
    async fn down(&self, instances: &[Arc<Instance>]) -> Vec<String> {
        for instance in instances {
            signal(instance, Signal::TERM);
            // A frozen process handles SIGTERM only once it continues.
            signal(instance, Signal::CONT);
        }
        let deadline = Instant::now() + GRACE;
        for instance in instances {
            instance
                .ended_within(deadline.saturating_duration_since(Instant::now()))
                .await;
        }
        let mut left_behind = Vec::new();
        for instance in instances {
            signal(instance, Signal::KILL);
            if !instance.ended_within(KILL_LIMIT).await {
                left_behind.push(instance.id().to_string());
            }
        }
        left_behind
    }

    fn kill_all(&self, instances: &[Arc<Instance>]) {
        for instance in instances {
            signal(instance, Signal::KILL);
        }
    }
}

/// Registers a new process and waits for its end in the background.
fn watch(instance: &Arc<Instance>, mut child: Child) -> u32 {
    let pid = child.id().unwrap_or_default();
    instance.has_started(pid);
    let this = instance.clone();
    tokio::spawn(async move {
        let status = match child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        this.has_ended(status);
    });
    pid
}

/// Sends a signal to the process and everything it started.
fn signal(instance: &Instance, signal: Signal) {
    let pid = instance
        .pid()
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // This fails only when the group has just ended.
        let _ = kill_process_group(pid, signal);
    }
}
