//! What happens when, and what is asked of it: faults, the phases they cut, and budgets.

use harness_model::FaultPlan;
use harness_model::plan::{Budget, Phase, TargetPlan};

use super::budget::{self, Subjects};
use super::load::LoadShape;
use super::victim::FaultContext;
use super::{fault, phases, target};
use crate::syntax::{Diagnostics, Section};

/// The timed part of a plan.
pub struct Timeline {
    pub faults: Vec<FaultPlan>,
    pub phases: Vec<Phase>,
    pub budgets: Vec<Budget>,
}

/// Reads faults and budgets, also beside a target or a load that could not be read. Names are then
/// not looked up in what is not known.
pub fn read(
    root: &mut Section<'_>,
    target: Option<&TargetPlan>,
    load: Option<&LoadShape>,
    diagnostics: &mut Diagnostics,
) -> Timeline {
    let fault_members = root.tables("fault", diagnostics);
    let budget_members = root.tables("budget", diagnostics);
    let load_ns = load.map_or(0, |load| load.plan.duration_ns);
    let warmup_ns = load.map_or(0, |load| load.warmup_ns);
    let steps = load.map_or(&[][..], |load| &load.steps);
    let unknown = target::without_services();
    let context = FaultContext {
        target: target.map_or(&unknown, |target| &target.definition),
        runtime: target.map(|target| target.runtime),
    };
    let faults = fault::read(&fault_members, &context, load_ns, diagnostics);
    let phases = phases::phases(warmup_ns, load_ns, steps, &faults);
    let faults_are_known = faults.len() == fault_members.len();
    let subjects = Subjects {
        target: target.map(|target| &target.definition),
        workload: load.map(|load| &load.plan.workload),
        faults: &faults,
        phases: &phases,
        faults_are_known,
        phases_are_known: faults_are_known && load_ns > 0,
    };
    let budgets = budget::read(&budget_members, &subjects, diagnostics);
    Timeline {
        faults,
        phases,
        budgets,
    }
}
