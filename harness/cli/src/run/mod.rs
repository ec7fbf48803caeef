//! One run, in order: from a plan to a sealed archive.
//!
//! Whatever ends a run (an error, Ctrl-C, a panic, a target that does not come up), what was made
//! is undone and what was recorded is sealed. This module knows every adapter, but not how any of
//! them works.

mod chaos;
mod clock;
mod collectors;
mod invariants;
mod recorder;
mod signals;
mod sink;
mod target;
mod terminal;
mod workspace;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use harness_archive::{ArchiveError, ArchiveWriter};
use harness_load::{LoadError, Worker, WorkerNews, WorkerOrder};
use harness_model::event::{EventKind, TelemetryTally};
use harness_model::load::LoadTally;
use harness_model::{Manifest, Offset, Plan};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::undo::{UndoStack, with_undo};
use chaos::Timeline;
use clock::RunClock;
use collectors::Collectors;
use recorder::Recorder;
use signals::interrupts;
pub use signals::signalled;
use target::RunningTarget;
use terminal::Terminal;
pub use workspace::RunWorkspace;

/// What to run, and where to record it.
pub struct Setting<'a> {
    pub plan: Plan,
    pub scenario_text: &'a str,
    pub folder: &'a Path,
    pub command: String,
    pub run_id: String,
}

/// Runs the plan to its sealed archive.
///
/// # Errors
/// A usage error when the folder is taken, and one of its own when it cannot be written; otherwise
/// the first thing that kept the run from doing what it was asked to. The archive is sealed then,
/// too.
pub async fn run(setting: Setting<'_>) -> Result<(), Failure> {
    let clock = RunClock::start();
    let manifest = manifest(&setting, &clock);
    let Setting { folder, .. } = setting;
    let archive = ArchiveWriter::create(folder, &manifest, setting.scenario_text, &setting.plan)
        .map_err(not_created)?;
    let recorder = Recorder::new(clock, vec![Box::new(archive), Box::new(Terminal::new())]);
    recorder.event(EventKind::RunStarted)?;
    let run = Run {
        plan: Arc::new(setting.plan),
        folder: folder.to_path_buf(),
        interrupted: interrupts(recorder.clone()),
        recorder,
        clock,
        identity: format!("{}@{}", setting.run_id, clock.started_unix_ns()),
    };
    let (outcome, left_behind) = with_undo(async |undo| run.conduct(undo).await).await;
    run.close(outcome, left_behind)
}

/// What every part of a run needs.
struct Run {
    plan: Arc<Plan>,
    folder: PathBuf,
    interrupted: CancellationToken,
    recorder: Recorder,
    clock: RunClock,
    /// Of this run alone: folders are named anew, and moments do not come again.
    identity: String,
}

impl Run {
    /// Target up, load and faults, and the last telemetry.
    async fn conduct(&self, undo: &mut UndoStack) -> Result<(), Failure> {
        let (collectors, target) = tokio::select! {
            up = self.bring_up(undo) => up?,
            () = self.interrupted.cancelled() => {
                return Err(Failure::interrupted("interrupted before the target was up"));
            }
        };
        let harness_cpu_s = self.play(&target, &collectors, undo).await;
        let telemetry = collectors
            .close(Duration::from_nanos(self.plan.telemetry.drain_within_ns))
            .await;
        let tally = TelemetryTally {
            harness_cpu_s: harness_cpu_s?,
            ..telemetry
        };
        self.recorder.event(EventKind::TelemetryDrained { tally })
    }

    async fn bring_up(&self, undo: &mut UndoStack) -> Result<(Collectors, RunningTarget), Failure> {
        let workspace = RunWorkspace::create(&self.plan, undo).await?;
        let collectors = Collectors::open(&self.recorder, &self.clock, workspace.host()).await?;
        let (logs, recorder) = (self.folder.join("logs"), &self.recorder);
        let target = RunningTarget::up(
            workspace,
            &self.plan,
            logs,
            &collectors.otlp(),
            recorder,
            undo,
        )
        .await?;
        Ok((collectors, target))
    }

    /// Load and faults, side by side, until the load is over and the invariants are audited.
    /// Returns the CPU seconds that the harness itself took over the load.
    async fn play(
        &self,
        target: &RunningTarget,
        collectors: &Collectors,
        undo: &mut UndoStack,
    ) -> Result<f64, Failure> {
        let (plan, recorder) = (&self.plan, &self.recorder);
        collectors.listen(plan, target)?;
        let order = WorkerOrder {
            plan: plan.load.clone(),
            seed: plan.seed,
            run: self.identity.clone(),
            base_url: target.base_url(),
            phases: plan.phases.clone(),
        };
        let failed =
            |error: LoadError| Failure::target(format!("failed to drive the load: {error}"));
        harness_load::raise_open_files();
        let mut worker = Worker::spawn(target.exe(), &order, &target.log("worker"))
            .await
            .map_err(failed)?;
        recorder.event(EventKind::WorkerStarted { pid: worker.pid() })?;
        target.guard(worker.pid());
        let audited = invariants::before(plan, target, recorder).await?;
        let cpu_before = harness_telemetry::own_cpu_seconds();
        let zero = recorder.zero(Duration::from_millis(100));
        worker.start(recorder.unix_ns(zero)).await.map_err(failed)?;
        recorder.event_at(zero, EventKind::LoadStarted)?;
        let faults = Timeline::begin(plan, target, recorder, zero, &self.interrupted, undo);
        let tally = self.drive(&mut worker, collectors, zero).await;
        faults.end().await?;
        target.forget(worker.pid());
        let tally = tally.map_err(failed)?;
        if tally.exhausted > 0 {
            let why = format!(
                "this machine had no file descriptor or port left for {} requests, which were \
                 not sent",
                tally.exhausted
            );
            recorder.event(EventKind::Doubt { why })?;
        }
        recorder.event(EventKind::LoadFinished { tally })?;
        let harness_cpu_s = harness_telemetry::own_cpu_seconds() - cpu_before;
        invariants::after(plan, target, recorder, audited, &self.interrupted).await?;
        Ok(harness_cpu_s)
    }

    /// Takes samples until the worker has sent its last.
    async fn drive(
        &self,
        worker: &mut Worker,
        collectors: &Collectors,
        zero: Offset,
    ) -> Result<LoadTally, LoadError> {
        let mut pace = tokio::time::interval(Duration::from_millis(250));
        let planned_s = self.plan.load.duration_ns as f64 / 1e9;
        loop {
            tokio::select! {
                batch = worker.next() => match batch {
                    Some(WorkerNews::Samples(samples)) => self.recorder.samples(samples),
                    // A sink that fails shows at the seal.
                    Some(WorkerNews::ExpectedTimes(ms)) => {
                        drop(self.recorder.event(EventKind::ExpectedTimes { ms }));
                    }
                    None => return worker.finish().await,
                },
                _ = pace.tick() => {
                    self.look_for_folder();
                    self.recorder.progress(zero, planned_s, collectors.spans());
                }
                () = self.interrupted.cancelled(), if !worker.stopping() => worker.stop().await,
                () = self.recorder.broken(), if !worker.stopping() => worker.stop().await,
            }
        }
    }

    /// Files that were removed can still be written, so nobody else would notice.
    fn look_for_folder(&self) {
        if harness_archive::is_there(&self.folder) {
            return;
        }
        let folder = self.folder.display();
        let why = format!("failed to record the run: the folder {folder} is gone");
        self.recorder.fail(Failure::unrecorded(why));
    }

    /// Records how the run ended and seals it, whatever the outcome; the first failure counts.
    fn close(&self, outcome: Result<(), Failure>, left_behind: Vec<String>) -> Result<(), Failure> {
        let outcome = outcome.and(self.recorder.failure().map_or(Ok(()), Err));
        let mut last = vec![
            EventKind::TargetDown { left_behind },
            EventKind::RunFinished,
        ];
        if let Err(failure) = &outcome {
            let (exit, why) = (failure.code, failure.message.clone());
            last.insert(0, EventKind::RunFailed { exit, why });
        }
        let recorded = last.into_iter().map(|event| self.recorder.event(event));
        let recorded = recorded.fold(outcome, Result::and);
        recorded.and(self.recorder.seal())
    }
}

/// A folder that is taken is a mistake in the command; one that cannot be written is not.
fn not_created(error: ArchiveError) -> Failure {
    match error {
        ArchiveError::Taken { .. } => Failure::usage(error),
        error => Failure::unrecorded(error),
    }
}

fn manifest(setting: &Setting<'_>, clock: &RunClock) -> Manifest {
    let started = chrono::DateTime::from_timestamp_nanos(clock.started_unix_ns());
    Manifest {
        format: harness_archive::FORMAT.to_owned(),
        run_id: setting.run_id.clone(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        host: target::host(),
        seed: setting.plan.seed.0,
        started_unix_ns: clock.started_unix_ns(),
        started: started.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true),
        command: setting.command.clone(),
    }
}
