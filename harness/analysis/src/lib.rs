//! From a finished run to its report and verdict.
//!
//! Pure: no IO, no clock, no randomness, and nothing in the output depends on the order of a hash
//! map, so the same archive always gives the same report.

mod containers;
mod gate;
mod impact;
mod invariants;
mod latency;
mod normal;
mod operations;
mod scalability;
mod services;
mod summary;
mod suspects;
mod telemetry;
mod timeline;
mod traces;
mod validity;

pub use invariants::Books;

use harness_model::report::{PhaseBand, Report, RunCard};
use harness_model::{Offset, RunData, Verdict};

/// The whole answer to a run.
pub fn report(run: &RunData) -> Report {
    let load = validity::load(run);
    let forest = traces::Forest::of(&run.spans);
    let faults = impact::faults(run, &forest);
    let telemetry = telemetry::report(run);
    let operations = operations::report(run);
    let budgets = gate::budgets(run, &forest, &faults);
    let invariants = invariants::invariants(run);
    let mut reasons = load.reasons.clone();
    reasons.extend(validity::doubts(run, &faults, &telemetry));
    let verdict = gate::verdict(&budgets, &invariants, &reasons);
    reasons.extend(
        budgets
            .iter()
            .filter(|one| one.verdict != Verdict::Pass)
            .map(|budget| {
                format!(
                    "{} of {} in {}: {}",
                    budget.measure, budget.of, budget.within, budget.why
                )
            }),
    );
    reasons.extend(invariants.iter().filter_map(invariants::reason));
    Report {
        format: "1.0".to_owned(),
        run: card(run),
        verdict,
        summary: summary::summary(verdict, &budgets, &invariants, &faults, &reasons),
        reasons,
        budgets,
        invariants,
        load,
        operations,
        faults,
        services: services::report(run, &forest),
        scalability: scalability::report(run),
        telemetry,
        timeline: timeline::timeline(run),
        heatmap: timeline::heatmap(run),
    }
}

fn card(run: &RunData) -> RunCard {
    let (manifest, plan) = (&run.manifest, &run.plan);
    RunCard {
        id: manifest.run_id.clone(),
        scenario: plan.scenario.clone(),
        purpose: plan.purpose.clone(),
        seed: manifest.seed,
        shape: plan.target.shape.clone(),
        runtime: plan.target.runtime.name().to_owned(),
        stores: plan.target.definition.stores.clone(),
        started: manifest.started.clone(),
        duration_s: run.load_end().secs_f64(),
        warmup_s: warmup_end(run).secs_f64(),
        command: manifest.command.clone(),
        tool_version: manifest.tool_version.clone(),
        cores: manifest.host.cores,
        cpu_model: manifest.host.cpu_model.clone(),
        memory_mb: manifest.host.memory_mb,
    }
}

/// Where the warm-up ends; its samples are in no statistic.
fn warmup_end(run: &RunData) -> Offset {
    let warmup = run
        .plan
        .phases
        .first()
        .filter(|phase| phase.name == "warmup");
    warmup.map_or(Offset::ZERO, |phase| phase.to)
}

/// When the first fault was due; the end of the load where there is none.
fn first_fault(run: &RunData) -> Offset {
    let first = run.plan.faults.iter().map(|fault| fault.at).min();
    first.unwrap_or(run.load_end())
}

/// Where the load was to end, or did end before. What is asked later is the last visits' tail.
fn planned_end(run: &RunData) -> Offset {
    let planned = Offset(i64::try_from(run.plan.load.duration_ns).unwrap_or(i64::MAX));
    run.load_end().min(planned)
}

fn phase_bands(run: &RunData) -> Vec<PhaseBand> {
    let band = |phase: &harness_model::Phase| PhaseBand {
        name: phase.name.clone(),
        kind: phase.name.split(':').next().unwrap_or_default().to_owned(),
        from_s: phase.from.secs_f64(),
        to_s: phase.to.secs_f64(),
    };
    run.plan.phases.iter().map(band).collect()
}
