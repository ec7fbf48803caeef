//! The faults of a plan, on their timeline.
//!
//! Owns the promise that every injected fault is healed, whatever happens to the load. It must not
//! know how a fault works.

use std::sync::Arc;
use std::time::Duration;

use chaos_fault::{FaultAction, schedule};
use chaos_inject::{Injection, Injector};
use harness_model::{EventKind, Offset, Plan};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::recorder::Recorder;
use super::target::RunningTarget;
use crate::failure::Failure;
use crate::undo::UndoStack;

/// How often healing is tried again after it failed, and the pause before each.
const HEAL_AGAIN: usize = 3;
const HEAL_PAUSE: Duration = Duration::from_millis(500);

/// The running timeline. The undo stack ends it, too, and waits until all is healed.
pub struct Timeline {
    stop: CancellationToken,
    task: JoinHandle<Result<(), Failure>>,
}

impl Timeline {
    /// Starts the timeline; planned moments count from `zero`.
    pub fn begin(
        plan: Arc<Plan>,
        target: &RunningTarget,
        recorder: &Recorder,
        zero: Offset,
        undo: &mut UndoStack,
    ) -> Timeline {
        let stop = CancellationToken::new();
        let runner = TimelineRunner {
            open: plan.faults.iter().map(|_| None).collect(),
            plan,
            injector: target.injector(),
            recorder: recorder.clone(),
            zero,
        };
        let healed = CancellationToken::new();
        let (stopped, guard) = (stop.clone(), healed.clone().drop_guard());
        let task = tokio::spawn(async move {
            let _healed_when_dropped = guard;
            runner.run(stopped).await
        });
        let stopping = stop.clone();
        undo.push(move || async move {
            stopping.cancel();
            healed.cancelled().await;
            Vec::new()
        });
        Timeline { stop, task }
    }

    /// Heals every fault that is still on, and ends.
    ///
    /// # Errors
    /// When an event could not be recorded. A fault that cannot be injected or healed is no error:
    /// an event names it, and the run is inconclusive.
    pub async fn end(self) -> Result<(), Failure> {
        self.stop.cancel();
        self.task
            .await
            .map_err(|error| Failure::bug("run the timeline of faults", error))?
    }
}

struct TimelineRunner {
    plan: Arc<Plan>,
    injector: Arc<Injector>,
    recorder: Recorder,
    zero: Offset,
    open: Vec<Option<Injection>>,
}

impl TimelineRunner {
    async fn run(mut self, stop: CancellationToken) -> Result<(), Failure> {
        for (at, action) in schedule(&self.plan.faults) {
            let due = Offset(self.zero.ns() + at.ns()).since(self.recorder.now());
            tokio::select! {
                () = tokio::time::sleep(due) => {}
                () = stop.cancelled() => break,
            }
            match action {
                FaultAction::Inject(index) => self.inject(index).await?,
                FaultAction::Heal(index) => self.heal(index).await?,
            }
        }
        for index in (0..self.open.len()).rev() {
            self.heal(index).await?;
        }
        Ok(())
    }

    async fn inject(&mut self, index: usize) -> Result<(), Failure> {
        let plan = &self.plan.faults[index];
        let fault = plan.name.clone();
        self.recorder.event(EventKind::FaultInjecting {
            fault: fault.clone(),
        })?;
        match self.injector.inject(plan).await {
            Ok(injection) => {
                self.open[index] = Some(injection);
                self.recorder.event(EventKind::FaultInjected { fault })
            }
            Err(error) => self.recorder.event(EventKind::FaultFailed {
                fault,
                why: format!("failed to {error}"),
            }),
        }
    }

    async fn heal(&mut self, index: usize) -> Result<(), Failure> {
        let Some(mut injection) = self.open[index].take() else {
            return Ok(());
        };
        let fault = self.plan.faults[index].name.clone();
        self.recorder.event(EventKind::FaultHealing {
            fault: fault.clone(),
        })?;
        let mut outcome = injection.heal().await;
        for _ in 0..HEAL_AGAIN {
            if outcome.is_ok() {
                break;
            }
            tokio::time::sleep(HEAL_PAUSE).await;
            outcome = injection.heal().await;
        }
        match outcome {
            Ok(healed) => {
                let at = self.recorder.offset_of(healed.at);
                let (evidence, verified) = (healed.evidence, healed.verified);
                self.recorder.event_at(
                    at,
                    EventKind::FaultHealed {
                        fault,
                        evidence,
                        verified,
                    },
                )
            }
            Err(error) => {
                let why = format!("fault {fault} could not be undone: failed to {error}");
                self.recorder.event(EventKind::Doubt { why })
            }
        }
    }
}
