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
use crate::logs;
use crate::runner::Runner;
use crate::service::{KILL_LIMIT, Service};

pub use spawner::Spawner;

/// Time to end gracefully before SIGKILL.
const GRACE: Duration = Duration::from_secs(3);

/// Runs every service as a child of the harness.
#[derive(Debug)]
pub struct ProcessRunner {
    pub values: Values,
    pub niceness: i8,
    pub spawner: Arc<Spawner>,
}

#[async_trait]
impl Runner for ProcessRunner {
    async fn start(&self, service: &Arc<Service>) -> Result<u32, DeployError> {
        let failed = |source: io::Error| DeployError::Spawn {
            service: service.name().into(),
            source,
        };
        let mut command = self.values.service(&service.layout)?;
        let log = logs::open(&service.log)?;
        command.stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(failed)?).stderr(log);
        let child = self.spawner.spawn(command, self.niceness).await;
        Ok(watch(service, child.map_err(failed)?))
    }

    async fn signal(&self, service: &Service, which: Signal) -> Result<(), DeployError> {
        signal(service, which);
        Ok(())
    }

    async fn impair(&self, _: &Service, _: Impairment) -> Option<Result<(), DeployError>> {
        None
    }

    async fn repair(&self, _: &Service, _: Impairment) -> Option<Result<(), DeployError>> {
        None
    }

    /// SIGTERM to all, SIGKILL to those that ignore it.
    async fn down(&self, services: &[Arc<Service>]) -> Vec<String> {
        for service in services {
            signal(service, Signal::TERM);
            // A frozen process handles SIGTERM only once it continues.
            signal(service, Signal::CONT);
        }
        let deadline = Instant::now() + GRACE;
        for service in services {
            service
                .ended_within(deadline.saturating_duration_since(Instant::now()))
                .await;
        }
        let mut left_behind = Vec::new();
        for service in services {
            signal(service, Signal::KILL);
            if !service.ended_within(KILL_LIMIT).await {
                left_behind.push(service.name().to_owned());
            }
        }
        left_behind
    }

    fn kill_all(&self, services: &[Arc<Service>]) {
        for service in services {
            signal(service, Signal::KILL);
        }
    }
}

/// Registers a new process and waits for its end in the background.
fn watch(service: &Arc<Service>, mut child: Child) -> u32 {
    let pid = child.id().unwrap_or_default();
    service.started(pid);
    let this = service.clone();
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
fn signal(service: &Service, signal: Signal) {
    let pid = service
        .pid()
        .and_then(|pid| i32::try_from(pid).ok())
        .and_then(Pid::from_raw);
    if let Some(pid) = pid {
        // This fails only when the group has just ended.
        let _ = kill_process_group(pid, signal);
    }
}
