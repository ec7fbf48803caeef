//! The faults of a plan, each in a task of its own, so that a slow healing delays no other fault.
//!
//! Owns the promise that every injected fault is healed, whatever happens to the load or to the
//! recording. It must not know how a fault works.

use std::sync::Arc;
use std::time::Duration;

use chaos_fault::{Turn, schedule};
use chaos_inject::{FaultError, Healed, Injection, Injector};
use harness_model::{EventKind, FaultPlan, Offset, Plan};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::recorder::Recorder;
use super::target::RunningTarget;
use crate::failure::Failure;
use crate::undo::UndoStack;

/// How often healing is tried again after it failed, and the pause before each.
const HEAL_AGAIN: usize = 3;
const HEAL_PAUSE: Duration = Duration::from_millis(500);

/// After an interrupt, nobody waits for longer until a service is ready that ends anyway.
const HEAL_INTERRUPTED: Duration = Duration::from_secs(10);

/// The running timeline. The undo stack ends it, too, and waits until all is healed.
pub struct Timeline {
    stop: CancellationToken,
    task: JoinHandle<Result<(), Failure>>,
}

impl Timeline {
    /// Starts the timeline; planned moments count from `zero`. After `interrupted`, healing has
    /// little time left.
    pub fn begin(
        plan: &Arc<Plan>,
        target: &RunningTarget,
        recorder: &Recorder,
        zero: Offset,
        interrupted: &CancellationToken,
        undo: &mut UndoStack,
    ) -> Timeline {
        let stop = CancellationToken::new();
        let tasks = tasks(plan, target, recorder, zero, interrupted);
        let healed = CancellationToken::new();
        let (stopped, guard) = (stop.clone(), healed.clone().drop_guard());
        let task = tokio::spawn(async move {
            let _healed_when_dropped = guard;
            run_all(tasks, &stopped).await
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

/// One task for each fault.
fn tasks(
    plan: &Arc<Plan>,
    target: &RunningTarget,
    recorder: &Recorder,
    zero: Offset,
    interrupted: &CancellationToken,
) -> Vec<FaultTask> {
    let mut tasks: Vec<FaultTask> = Vec::new();
    for turn in schedule(&plan.faults) {
        let earlier = tasks
            .iter()
            .filter(|task| turn.after.contains(&task.turn.fault));
        let before = earlier.map(|task| task.over.subscribe()).collect();
        tasks.push(FaultTask {
            plan: Arc::clone(plan),
            turn,
            injector: target.injector(),
            recorder: recorder.clone(),
            zero,
            interrupted: interrupted.clone(),
            before,
            over: watch::Sender::new(false),
        });
    }
    tasks
}

/// The first failure counts; all faults come to their end whatever happens to one of them.
async fn run_all(tasks: Vec<FaultTask>, stop: &CancellationToken) -> Result<(), Failure> {
    let mut running = JoinSet::new();
    for task in tasks {
        running.spawn(task.run(stop.clone()));
    }
    let mut outcome = Ok(());
    while let Some(ended) = running.join_next().await {
        let ended = ended.map_err(|error| Failure::bug("run a fault", error));
        outcome = outcome.and(ended.and_then(|recorded| recorded));
    }
    outcome
}

struct FaultTask {
    plan: Arc<Plan>,
    turn: Turn,
    injector: Arc<Injector>,
    recorder: Recorder,
    zero: Offset,
    interrupted: CancellationToken,
    /// Faults that must be over before this one begins.
    before: Vec<watch::Receiver<bool>>,
    over: watch::Sender<bool>,
}

impl FaultTask {
    fn fault(&self) -> &FaultPlan {
        &self.plan.faults[self.turn.fault]
    }

    fn name(&self) -> String {
        self.fault().name.clone()
    }

    async fn run(mut self, stop: CancellationToken) -> Result<(), Failure> {
        let done = self.inject_and_heal(&stop).await;
        self.over.send_replace(true);
        done
    }

    async fn inject_and_heal(&mut self, stop: &CancellationToken) -> Result<(), Failure> {
        let (at, ends) = (self.turn.at, self.turn.ends);
        if !self.reached(at, stop).await {
            return Ok(());
        }
        for earlier in &mut self.before {
            // An error says that it is over, too.
            drop(earlier.wait_for(|over| *over).await);
        }
        if stop.is_cancelled() {
            return Ok(());
        }
        let fault = self.name();
        self.recorder.event(EventKind::FaultInjecting {
            fault: fault.clone(),
        })?;
        let mut injection = match self.injector.inject(self.fault()).await {
            Ok(injection) => injection,
            Err(error) => {
                let why = format!("failed to {error}");
                return self.recorder.event(EventKind::FaultFailed { fault, why });
            }
        };
        let injected = self.recorder.now();
        // From here on nothing but the end of the process keeps it from being healed.
        let recorded = self
            .recorder
            .event_at(injected, EventKind::FaultInjected { fault })
            .and_then(|()| self.compare("began", at, injected));
        let in_time = recorded.is_ok() && self.reached(ends, stop).await;
        let healed = self.heal(&mut injection, in_time.then_some(ends)).await;
        recorded.and(healed)
    }

    /// Waits for a planned moment; false when the timeline ends before.
    async fn reached(&self, at: Offset, stop: &CancellationToken) -> bool {
        let ahead = Offset(self.zero.ns() + at.ns()).since(self.recorder.now());
        let due = Instant::now() + ahead;
        tokio::select! {
            biased;
            () = stop.cancelled() => false,
            () = sleep_until(due) => true,
        }
    }

    /// `planned` is the moment at which it was to end, unless the run ended before.
    async fn heal(
        &self,
        injection: &mut Injection,
        planned: Option<Offset>,
    ) -> Result<(), Failure> {
        let fault = self.name();
        let healing = self.recorder.event(EventKind::FaultHealing {
            fault: fault.clone(),
        });
        let recorded = match self.lift(injection).await {
            Ok(healed) => {
                let at = self.recorder.offset_of(healed.at);
                let (evidence, verified) = (healed.evidence, healed.verified);
                let lifted = EventKind::FaultHealed {
                    fault,
                    evidence,
                    verified,
                };
                self.recorder.event_at(at, lifted).and_then(|()| {
                    planned.map_or(Ok(()), |planned| self.compare("ended", planned, at))
                })
            }
            Err(error) => {
                let why = format!("fault {fault} could not be undone: failed to {error}");
                self.recorder.event(EventKind::Doubt { why })
            }
        };
        healing.and(recorded)
    }

    /// Tries several times, and for a limited time once the run is interrupted.
    async fn lift(&self, injection: &mut Injection) -> Result<Healed, FaultError> {
        let trying = async {
            let mut outcome = injection.heal().await;
            for _ in 0..HEAL_AGAIN {
                if outcome.is_ok() {
                    break;
                }
                sleep(HEAL_PAUSE).await;
                outcome = injection.heal().await;
            }
            outcome
        };
        tokio::pin!(trying);
        tokio::select! {
            outcome = &mut trying => return outcome,
            () = self.interrupted.cancelled() => {}
        }
        let in_short = timeout(HEAL_INTERRUPTED, trying).await;
        in_short.unwrap_or(Err(FaultError::Interrupted))
    }

    /// Doubts the run where a fault acted at another time than planned, by more than the analysis
    /// can tell apart.
    fn compare(&self, what: &str, planned: Offset, done: Offset) -> Result<(), Failure> {
        let done = done - self.zero;
        let off_ns = (done.ns() - planned.ns()).unsigned_abs();
        if off_ns <= self.plan.judgement.bucket_ns {
            return Ok(());
        }
        let why = format!(
            "fault {} {what} at {:.2} s instead of {:.2} s as planned",
            self.name(),
            done.secs_f64(),
            planned.secs_f64()
        );
        self.recorder.event(EventKind::Doubt { why })
    }
}
