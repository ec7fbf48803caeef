//! What a budget is about: the stretches of time and the requests or spans in them.
//!
//! It must not know measures.

use harness_model::plan::{Budget, PhaseKind, Subject};
use harness_model::{Offset, Phase, RunData, Sample, Span};

use crate::run::moments::warmup_end;
use crate::run::samples::group;
use crate::stats::blocks::{Blocks, Stretch};

/// The phases of a budget, as far as the run got; everything but the warm-up where it names none.
pub struct Scope<'a> {
    run: &'a RunData,
    budget: &'a Budget,
    warm: Offset,
    stretches: Vec<Stretch>,
}

impl<'a> Scope<'a> {
    pub fn of(run: &'a RunData, budget: &'a Budget) -> Scope<'a> {
        let counts = |phase: &&Phase| match budget.within.is_empty() {
            true => phase.kind != PhaseKind::Warmup,
            false => budget.within.contains(&phase.name),
        };
        // A run that was cut short has fewer and shorter phases than planned.
        let end = run.tally().is_none().then(|| run.load_end());
        let to = |phase: &Phase| end.map_or(phase.to, |end| phase.to.min(end));
        let phases = run.plan.phases.iter().filter(counts);
        let stretch = |phase: &Phase| (phase.from.ns(), to(phase).ns());
        Scope {
            run,
            budget,
            warm: warmup_end(run),
            stretches: phases.map(stretch).filter(|(from, to)| from < to).collect(),
        }
    }

    /// Seconds of its stretches.
    pub fn seconds(&self) -> f64 {
        let all = self.stretches.iter().map(|(from, to)| to - from);
        (all.sum::<i64>() as f64 / 1e9).max(1e-9)
    }

    pub fn blocks(&self) -> Blocks {
        Blocks::of(&self.stretches)
    }

    /// Whether a moment lies in one of its stretches.
    pub fn holds(&self, at: Offset) -> bool {
        let mut stretches = self.stretches.iter();
        stretches.any(|(from, to)| (*from..*to).contains(&at.ns()))
    }

    /// Whether a request that was due in a phase of its counts; where a run is longer than its
    /// phases, the last of them goes on.
    pub fn holds_due(&self, sample: &Sample) -> bool {
        let phase = self.run.plan.phases.get(usize::from(sample.phase));
        self.holds_phase(phase, sample.intended)
    }

    /// The same for a span by its start.
    pub fn holds_span(&self, span: &Span) -> bool {
        let phases = &self.run.plan.phases;
        self.holds_phase(phases.get(self.run.plan.phase_at(span.start)), span.start)
    }

    fn holds_phase(&self, phase: Option<&Phase>, at: Offset) -> bool {
        match phase {
            Some(phase) if !self.budget.within.is_empty() => {
                self.budget.within.contains(&phase.name)
            }
            _ => at >= self.warm,
        }
    }

    /// Whether a request is one that the budget is about.
    pub fn names(&self, sample: &Sample) -> bool {
        let operation = self.run.strings.name(sample.operation);
        match &self.budget.of {
            Subject::Operation(name) => operation == name,
            Subject::Group(name) => group(self.run, operation) == name,
            _ => true,
        }
    }
}
