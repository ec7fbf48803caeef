//! From a finished run to its report and verdict.
//!
//! Pure: no IO, no clock, no randomness, and nothing in the output depends on the order of a hash
//! map, so the same archive always gives the same report. In reading order:
//!
//! - `run`: what several parts ask of a run, such as where the warm-up ends
//! - `stats`: medians, intervals, tests, fits; each once, with its source
//! - `traces`: spans as trees, and the critical path
//! - `tables`: operations, services, telemetry and series, without a judgement
//! - `suspects`: who is to blame for what happened between two moments
//! - `impact`: what each fault did
//! - `stretches`: where the run was worse than the rest, though no fault was planned
//! - `scalability`: the answer of a stepped load
//! - `gate`: budgets, invariants, doubts, and the verdict
//!
//! It hands over typed facts; it must not put anything into words.

mod gate;
mod impact;
mod run;
mod scalability;
mod stats;
mod stretches;
mod suspects;
mod tables;
mod traces;

pub use gate::invariants::InvariantCounts;

use harness_model::RunData;
use harness_model::report::{Report, RunCard};

use gate::{budgets, happened, invariants, validity, verdict};
use run::moments::warmup_end;
use tables::{heatmap, host, operations, services, telemetry, timeline};
use traces::forest::Forest;

/// The whole answer to a run.
pub fn report(run: &RunData) -> Report {
    let load = validity::load(run);
    let forest = Forest::of(&run.spans);
    let faults = impact::faults(run, &forest);
    let telemetry = telemetry::report(run, &forest);
    let operations = operations::report(run);
    let budgets = budgets::budgets(run, &forest, &faults);
    let invariants = invariants::invariants(run);
    let host = host::report(run, &faults);
    let mut doubts = validity::doubts(run, &faults, &telemetry);
    doubts.extend(happened::ended_by_themselves(run));
    doubts.extend(happened::disturbed(run, &host, &budgets, &faults));
    Report {
        format: "1.0".to_owned(),
        run: card(run),
        verdict: verdict::verdict(&budgets, &invariants, &load.doubts, &doubts),
        doubts,
        budgets,
        invariants,
        load,
        operations,
        stretches: stretches::stretches(run, &forest, &faults),
        faults,
        services: services::report(run, &forest),
        scalability: scalability::report(run),
        telemetry,
        host,
        timeline: timeline::timeline(run),
        heatmap: heatmap::heatmap(run),
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
