//! One service of a deployment: whether it runs, and how it ended.
//!
//! It must not know whether it is a process or a container.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use harness_model::EventKind;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::layout::ServiceLayout;

/// A killed service must be gone within this time.
pub const KILL_LIMIT: Duration = Duration::from_secs(2);

/// Time for a graceful end.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Whether a service runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running { pid: u32 },
    Ended { status: String },
}

#[derive(Debug)]
pub struct Service {
    pub layout: ServiceLayout,
    pub log: PathBuf,
    state: watch::Sender<State>,
    /// The harness asked for the end, so it is not reported.
    end_is_expected: AtomicBool,
    /// Length of the log before the last start, in bytes.
    log_start: AtomicU64,
    events: mpsc::UnboundedSender<EventKind>,
}

impl Service {
    pub fn new(
        layout: ServiceLayout,
        log: PathBuf,
        events: mpsc::UnboundedSender<EventKind>,
    ) -> Service {
        let status = "not started".into();
        Service {
            layout,
            log,
            state: watch::Sender::new(State::Ended { status }),
            end_is_expected: AtomicBool::new(false),
            log_start: AtomicU64::new(0),
            events,
        }
    }

    pub fn name(&self) -> &str {
        &self.layout.definition.name
    }

    pub fn pid(&self) -> Option<u32> {
        match *self.state.borrow() {
            State::Running { pid } => Some(pid),
            State::Ended { .. } => None,
        }
    }

    /// From now on its end is not reported.
    pub fn expect_end(&self) {
        self.end_is_expected.store(true, SeqCst);
    }

    pub fn end_is_expected(&self) -> bool {
        self.end_is_expected.load(SeqCst)
    }

    /// Must be called before every start.
    pub fn before_start(&self) {
        let length = std::fs::metadata(&self.log).map_or(0, |log| log.len());
        self.log_start.store(length, SeqCst);
    }

    /// Where the log of the last start begins, in bytes.
    pub fn log_start(&self) -> u64 {
        self.log_start.load(SeqCst)
    }

    pub fn started(&self, pid: u32) {
        self.end_is_expected.store(false, SeqCst);
        self.state.send_replace(State::Running { pid });
        let service = self.name().to_owned();
        let _ = self.events.send(EventKind::ServiceStarted { service, pid });
    }

    pub fn has_ended(&self, status: String) {
        let service = self.name().to_owned();
        let ended = State::Ended {
            status: status.clone(),
        };
        // Read first: who waits for the end may start the service again at once.
        let is_expected = self.end_is_expected();
        self.state.send_replace(ended);
        if !is_expected {
            let _ = self
                .events
                .send(EventKind::ServiceExited { service, status });
        }
    }

    /// The kernel killed it for lack of memory; called before the end is reported.
    pub fn ran_out_of_memory(&self) {
        let service = self.name().to_owned();
        let _ = self.events.send(EventKind::ServiceOutOfMemory { service });
    }

    /// Waits for the end and returns its status.
    pub async fn ended(&self) -> String {
        let mut state = self.state.subscribe();
        let ended = state
            .wait_for(|state| matches!(state, State::Ended { .. }))
            .await;
        match ended.as_deref() {
            Ok(State::Ended { status }) => status.clone(),
            _ => String::new(),
        }
    }

    pub async fn ended_within(&self, limit: Duration) -> bool {
        timeout(limit, self.ended()).await.is_ok()
    }
}
