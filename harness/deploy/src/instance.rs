//! One instance of a service: whether it runs, and how it ended.
//!
//! It must not know whether it is a process or a container.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use harness_model::{EventKind, InstanceId};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::layout::{InstanceLayout, ServiceLayout};

/// A killed instance must be gone within this time.
pub const KILL_LIMIT: Duration = Duration::from_secs(2);

/// Time for a graceful end.
pub const STOP_LIMIT: Duration = Duration::from_secs(10);

/// Whether an instance runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Running { pid: u32 },
    Ended { status: String },
}

#[derive(Debug)]
pub struct Instance {
    pub service: Arc<ServiceLayout>,
    pub layout: InstanceLayout,
    pub log: PathBuf,
    state: watch::Sender<State>,
    /// The harness asked for the end, so it is not reported.
    end_is_expected: AtomicBool,
    /// Length of the log before the last start, in bytes.
    log_start: AtomicU64,
    events: mpsc::UnboundedSender<EventKind>,
}

impl Instance {
    pub fn new(
        service: Arc<ServiceLayout>,
        layout: InstanceLayout,
        log: PathBuf,
        events: mpsc::UnboundedSender<EventKind>,
    ) -> Instance {
        let status = "not started".into();
        Instance {
            service,
            layout,
            log,
            state: watch::Sender::new(State::Ended { status }),
            end_is_expected: AtomicBool::new(false),
            log_start: AtomicU64::new(0),
            events,
        }
    }

    pub fn id(&self) -> &InstanceId {
        &self.layout.id
    }

    pub fn service_name(&self) -> &str {
        &self.service.definition.name
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

    pub fn has_started(&self, pid: u32) {
        self.end_is_expected.store(false, SeqCst);
        self.state.send_replace(State::Running { pid });
        let (service, instance) = self.names();
        let _ = self.events.send(EventKind::ServiceStarted {
            service,
            instance,
            pid,
        });
    }

    pub fn is_ready(&self, after: Duration) {
        let (service, instance) = self.names();
        let _ = self.events.send(EventKind::ServiceReady {
            service,
            instance,
            after_ms: u64::try_from(after.as_millis()).unwrap_or(u64::MAX),
        });
    }

    pub fn has_ended(&self, status: String) {
        let ended = State::Ended {
            status: status.clone(),
        };
        // Read first: whoever waits for the end may start the instance again at once.
        let is_expected = self.end_is_expected();
        self.state.send_replace(ended);
        if !is_expected {
            let (service, instance) = self.names();
            let _ = self.events.send(EventKind::ServiceExited {
                service,
                instance,
                status,
            });
        }
    }

    /// The kernel killed it for lack of memory; called before the end is reported.
    pub fn ran_out_of_memory(&self) {
        let (service, instance) = self.names();
        let _ = self
            .events
            .send(EventKind::ServiceOutOfMemory { service, instance });
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

    fn names(&self) -> (String, InstanceId) {
        (self.service_name().to_owned(), self.id().clone())
    }
}
