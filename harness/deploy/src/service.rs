//! One service of a deployment: its process now, and how it ended before.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use harness_model::Happening;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::layout::ServiceLayout;

/// Where a service's process is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    Running { pid: u32 },
    Ended { status: String },
}

#[derive(Debug)]
pub struct Service {
    pub layout: ServiceLayout,
    pub log: PathBuf,
    pub life: watch::Sender<Life>,
    /// Somebody asked for the end, so it is no news.
    pub end_is_expected: AtomicBool,
}

impl Service {
    pub fn new(layout: ServiceLayout, log: PathBuf) -> Service {
        let status = "not started".into();
        Service {
            layout,
            log,
            life: watch::Sender::new(Life::Ended { status }),
            end_is_expected: AtomicBool::new(false),
        }
    }

    pub fn name(&self) -> &str {
        &self.layout.definition.name
    }

    pub fn pid(&self) -> Option<u32> {
        match *self.life.borrow() {
            Life::Running { pid } => Some(pid),
            Life::Ended { .. } => None,
        }
    }

    /// Takes a new process in: says so, and waits for its end in the background.
    pub fn adopt(
        self: &Arc<Self>,
        mut child: Child,
        news: mpsc::UnboundedSender<Happening>,
    ) -> u32 {
        let pid = child.id().unwrap_or_default();
        self.end_is_expected.store(false, SeqCst);
        self.life.send_replace(Life::Running { pid });
        let service = self.name().to_owned();
        let _ = news.send(Happening::ServiceStarted { service, pid });
        let this = self.clone();
        tokio::spawn(async move {
            let status = match child.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            };
            let service = this.name().to_owned();
            this.life.send_replace(Life::Ended {
                status: status.clone(),
            });
            if !this.end_is_expected.load(SeqCst) {
                let _ = news.send(Happening::ServiceExited { service, status });
            }
        });
        pid
    }

    /// Sends a signal to the process and everything it started.
    pub fn signal(&self, signal: Signal) {
        let pid = self
            .pid()
            .and_then(|pid| i32::try_from(pid).ok())
            .and_then(Pid::from_raw);
        if let Some(pid) = pid {
            // It fails only when the group has just ended.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Waits for the end and gives its status; for ever while it runs.
    pub async fn ended(&self) -> String {
        let mut life = self.life.subscribe();
        let ended = life
            .wait_for(|life| matches!(life, Life::Ended { .. }))
            .await;
        match ended.as_deref() {
            Ok(Life::Ended { status }) => status.clone(),
            _ => String::new(),
        }
    }

    pub async fn ended_within(&self, limit: Duration) -> bool {
        timeout(limit, self.ended()).await.is_ok()
    }
}
