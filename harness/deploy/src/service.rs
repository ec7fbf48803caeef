//! One service of a deployment: where it is in its life, and how it ended before.
//!
//! It must not know whether it is a process or a container.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use harness_model::EventKind;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::layout::ServiceLayout;

/// What was killed is gone within this time, or something is very wrong.
pub const KILL_LIMIT: Duration = Duration::from_secs(2);

/// A service that was asked to end may finish what it has begun, but not take longer than this.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Where a service is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    Running { pid: u32 },
    Ended { status: String },
}

#[derive(Debug)]
pub struct Service {
    pub layout: ServiceLayout,
    pub log: PathBuf,
    life: watch::Sender<Life>,
    /// Somebody asked for the end, so it is no news.
    end_is_expected: AtomicBool,
    /// How much of its log is of earlier lives.
    log_begins: AtomicU64,
    news: mpsc::UnboundedSender<EventKind>,
}

impl Service {
    pub fn new(
        layout: ServiceLayout,
        log: PathBuf,
        news: mpsc::UnboundedSender<EventKind>,
    ) -> Service {
        let status = "not started".into();
        Service {
            layout,
            log,
            life: watch::Sender::new(Life::Ended { status }),
            end_is_expected: AtomicBool::new(false),
            log_begins: AtomicU64::new(0),
            news,
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

    /// From now on its end is no news.
    pub fn expect_end(&self) {
        self.end_is_expected.store(true, SeqCst);
    }

    pub fn end_is_expected(&self) -> bool {
        self.end_is_expected.load(SeqCst)
    }

    /// To be called before it is started.
    pub fn will_begin(&self) {
        let length = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        self.log_begins.store(length, SeqCst);
    }

    /// Where in its log the present life begins, in bytes.
    pub fn log_begins(&self) -> u64 {
        self.log_begins.load(SeqCst)
    }

    pub fn has_begun(&self, pid: u32) {
        self.end_is_expected.store(false, SeqCst);
        self.life.send_replace(Life::Running { pid });
        let service = self.name().to_owned();
        let _ = self.news.send(EventKind::ServiceStarted { service, pid });
    }

    pub fn has_ended(&self, status: String) {
        let (service, told) = (self.name().to_owned(), status.clone());
        // Whoever waits for the end may start it again at once, and expects no end then.
        let is_expected = self.end_is_expected();
        self.life.send_replace(Life::Ended { status });
        if !is_expected {
            let status = told;
            let _ = self.news.send(EventKind::ServiceExited { service, status });
        }
    }

    /// The kernel took it for want of memory; told before its end is.
    pub fn ran_out_of_memory(&self) {
        let service = self.name().to_owned();
        let _ = self.news.send(EventKind::ServiceOutOfMemory { service });
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
