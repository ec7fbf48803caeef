//! One run, in order: from a plan to a sealed archive.
//!
//! Everything that was begun is on an undo path: an error, Ctrl-C and a failed target all go
//! through the same ending. This module knows every adapter and none of their insides.

mod chaos;
mod clock;
mod collectors;
mod invariants;
mod progress;
mod recorder;
mod target;
mod workspace;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use harness_load::{LoadError, Worker, WorkerOrder};
use harness_model::event::{EventKind, TelemetryTally};
use harness_model::load::LoadTally;
use harness_model::{Manifest, Offset, Plan};
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use clock::RunClock;
use collectors::Collectors;
use recorder::Recorder;
use target::RunningTarget;
pub use workspace::RunWorkspace;

/// Where a run happens.
pub struct Setting<'a> {
    pub plan: Plan,
    pub scenario_text: &'a str,
    pub folder: &'a Path,
    pub command: String,
    pub run_id: String,
}

/// Runs the plan to its sealed archive.
pub async fn run(setting: Setting<'_>) -> Result<(), Failure> {
    let clock = RunClock::start();
    let manifest = manifest(&setting, &clock);
    let plan = Arc::new(setting.plan);
    let recorder = Recorder::open(
        setting.folder,
        &manifest,
        setting.scenario_text,
        &plan,
        clock,
    )?;
    recorder.event(EventKind::RunStarted)?;
    let interrupted = interrupts(recorder.clone());
    let workspace = RunWorkspace::lay(&plan).await?;
    let collectors = Collectors::open(&recorder, &clock, workspace.host()).await?;
    let target = RunningTarget::up(
        workspace,
        &plan,
        setting.folder,
        &collectors,
        &recorder,
        &interrupted,
    )
    .await?;
    let played = play(&plan, &target, &collectors, &recorder, &interrupted).await;
    let telemetry = collectors
        .close(Duration::from_nanos(plan.telemetry.drain_within_ns))
        .await;
    let left_behind = target.down().await;
    if let Ok(played) = &played {
        recorder.event(EventKind::TelemetryDrained {
            tally: played.telemetry(telemetry),
        })?;
    }
    recorder.event(EventKind::TargetDown { left_behind })?;
    recorder.event(EventKind::RunFinished)?;
    recorder.seal()?;
    played.map(drop)
}

/// What the load left.
struct Played {
    harness_cpu_s: f64,
}

impl Played {
    fn telemetry(&self, tally: TelemetryTally) -> TelemetryTally {
        TelemetryTally {
            harness_cpu_s: self.harness_cpu_s,
            ..tally
        }
    }
}

/// Load and faults, side by side, until the load is over.
async fn play(
    plan: &Arc<Plan>,
    target: &RunningTarget,
    collectors: &Collectors,
    recorder: &Recorder,
    interrupted: &CancellationToken,
) -> Result<Played, Failure> {
    collectors.listen(plan, target)?;
    let order = WorkerOrder {
        plan: plan.load.clone(),
        seed: plan.seed,
        base_url: target.base_url(),
        phases: plan.phases.clone(),
    };
    let failed = |error: LoadError| Failure::target(format!("failed to drive the load: {error}"));
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
    let faults = chaos::Timeline::begin(Arc::clone(plan), target, recorder, zero);
    let tally = drive(&mut worker, plan, collectors, recorder, interrupted, zero).await;
    faults.end().await?;
    target.forget(worker.pid());
    let tally = tally.map_err(failed)?;
    recorder.event(EventKind::LoadFinished { tally })?;
    let harness_cpu_s = harness_telemetry::own_cpu_seconds() - cpu_before;
    invariants::after(plan, target, recorder, audited, interrupted).await?;
    Ok(Played { harness_cpu_s })
}

/// Takes samples until the worker has sent its last.
async fn drive(
    worker: &mut Worker,
    plan: &Plan,
    collectors: &Collectors,
    recorder: &Recorder,
    interrupted: &CancellationToken,
    zero: Offset,
) -> Result<LoadTally, LoadError> {
    let mut pace = tokio::time::interval(Duration::from_millis(250));
    let planned_s = plan.load.duration_ns as f64 / 1e9;
    loop {
        tokio::select! {
            batch = worker.next() => match batch {
                Some(samples) => recorder.samples(samples),
                None => return worker.finish().await,
            },
            _ = pace.tick() => recorder.progress(zero, planned_s, collectors.spans()),
            () = interrupted.cancelled(), if !worker.stopping() => worker.stop().await,
        }
    }
}

/// The first Ctrl-C (or SIGTERM) ends the run in order; the second ends the process, and the
/// guardian cleans up.
fn interrupts(recorder: Recorder) -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    tokio::spawn(async move {
        if signalled().await {
            drop(recorder.event(EventKind::Interrupted));
            cancel.cancel();
            signalled().await;
            std::process::exit(harness_model::ExitCode::Interrupted as i32);
        }
    });
    token
}

/// The next Ctrl-C or SIGTERM; `false` when neither can be heard.
pub async fn signalled() -> bool {
    let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
    else {
        return tokio::signal::ctrl_c().await.is_ok();
    };
    tokio::select! {
        done = tokio::signal::ctrl_c() => done.is_ok(),
        done = term.recv() => done.is_some(),
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
