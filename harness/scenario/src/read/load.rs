//! `[load]`: how much, of what, when.

use std::collections::BTreeMap;

use harness_model::load::{LoadModel, LoadPlan, RateSegment};

use super::request::Sources;
use super::workload::{self, WorkloadFile};
use super::{arrivals, calls};
use crate::defaults;
use crate::syntax::{Diagnostics, Section};

/// The load's plan, and what else the timeline and the target need to know of it.
#[derive(Debug, Clone)]
pub struct LoadShape {
    pub plan: LoadPlan,
    pub warmup_ns: u64,
    /// The stepped load's steps, after the warm-up.
    pub steps: Vec<RateSegment>,
    /// Draw -> the setting of a target that states how many there are.
    pub counted: BTreeMap<String, String>,
}

/// Reads the section and the workload that it names; `None` when there is no section.
pub fn read(
    root: &mut Section<'_>,
    sources: &dyn Sources,
    diagnostics: &mut Diagnostics,
) -> Option<LoadShape> {
    let at = root.place("load");
    let table = root.table("load", diagnostics);
    let table = root.required("load", table, diagnostics)?;
    let mut section = Section::new(table, "[load]", at).or_else(defaults::of("load"));
    let file = workload_file(&mut section, sources, diagnostics).unwrap_or_default();
    let load = shape(&mut section, &file, diagnostics);
    section.finish(diagnostics);
    Some(load)
}

fn workload_file(
    section: &mut Section<'_>,
    sources: &dyn Sources,
    diagnostics: &mut Diagnostics,
) -> Option<WorkloadFile> {
    let name = section.text("workload", diagnostics);
    let name = section.required("workload", name, diagnostics)?;
    let text = sources.workload(&name).map_err(|why| (why, String::new()));
    let file = text
        .and_then(|text| workload::read(&name, &text).map_err(|inner| inner.nested("workload")));
    file.map_err(|(why, remedy)| diagnostics.add(&section.place("workload"), why, remedy))
        .ok()
}

/// What could not be read is empty or 0 in the result, so that the faults and budgets of the
/// scenario can be checked all the same.
fn shape(
    section: &mut Section<'_>,
    file: &WorkloadFile,
    diagnostics: &mut Diagnostics,
) -> LoadShape {
    let warmup_ns = section.duration("warmup", diagnostics).unwrap_or_default();
    let steps = arrivals::steps(section, diagnostics);
    let duration_ns = duration(section, warmup_ns, &steps, diagnostics);
    let model = arrivals::read(section, warmup_ns, duration_ns, &steps, diagnostics);
    let model = model.unwrap_or(LoadModel::Closed { users: 1 });
    let requests = section.integer("requests", diagnostics);
    let why = "0 requests are no load";
    let requests = section.above_zero("requests", requests, why, diagnostics);
    let named = calls::named_mix(section, file, diagnostics);
    let think = section.factor("think", diagnostics).unwrap_or_default();
    let mut time = |key, why| {
        let value = section.duration(key, diagnostics);
        let value = section.above_zero(key, value, why, diagnostics);
        value.unwrap_or_default()
    };
    let timeout_ns = time("timeout", "no request is answered in no time");
    let patience_ns = time("patience", "no visit begins without any delay");
    let idle_ns = time("idle", "no connection is kept for no time");
    let lateness_limit_ns = time("lateness_limit", "no generator is never late");
    let pool = section.integer("pool", diagnostics);
    let why = "a pool of 0 users can send nothing";
    let pool = section.above_zero("pool", pool, why, diagnostics);
    if duration_ns > 0 && warmup_ns >= duration_ns {
        let message = "the warm-up leaves no time for the load";
        diagnostics.add(&section.place("warmup"), message, "");
    }
    let mut workload = file.workload.clone();
    workload.prelude.clone_from(&named.prelude);
    let mix = calls::resolve(named, &model, requests, section, diagnostics);
    let plan = LoadPlan {
        model,
        mix,
        workload,
        duration_ns,
        requests,
        pool: pool.unwrap_or_default() as usize,
        think_median_ns: (file.think_ns as f64 * think) as u64,
        think_sigma: file.think_sigma,
        timeout_ns,
        patience_ns,
        idle_ns,
        lateness_limit_ns,
    };
    LoadShape {
        plan,
        warmup_ns,
        steps,
        counted: file.counted.clone(),
    }
}

/// Length of the load, warm-up included; a stepped load has it from its steps. 0 when it is not
/// known.
fn duration(
    section: &mut Section<'_>,
    warmup_ns: u64,
    steps: &[RateSegment],
    diagnostics: &mut Diagnostics,
) -> u64 {
    let stated = section.duration("duration", diagnostics);
    let why = "a load of no length sends nothing";
    let stated = section.above_zero("duration", stated, why, diagnostics);
    if !section.has("steps") {
        let stated = section.required("duration", stated, diagnostics);
        return stated.unwrap_or_default();
    }
    match steps.iter().map(|step| step.for_ns).sum::<u64>() {
        0 => 0,
        stepped_ns => warmup_ns + stepped_ns,
    }
}
