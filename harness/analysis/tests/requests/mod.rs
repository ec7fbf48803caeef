//! Runs made of plain requests with known answers: no faults, no spans, one operation.
//!
//! It must not know how runs are analysed.

use harness_model::fault::FaultKind;
use harness_model::load::{LoadModel, LoadTally, Spacing};
use harness_model::plan::{Budget, Measure, Phase, PhaseKind, Subject};
use harness_model::report::BudgetResult;
use harness_model::{ErrorClass, EventKind, Offset, RunData, RunEvent, Sample, Sym};

use crate::support::MadeUpRun;

/// A request that was answered well, until something else is said of it.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    pub due_s: f64,
    /// After it was due.
    pub sent_after_s: f64,
    /// How long it took once it was sent; of one that was not, how long it waited.
    pub took_s: f64,
    pub error: ErrorClass,
}

pub fn request(due_s: f64, took_s: f64) -> Request {
    Request {
        due_s,
        sent_after_s: 0.0,
        took_s,
        error: ErrorClass::None,
    }
}

/// An open load of one phase without budgets, from which tests go on.
pub fn run(seconds: f64) -> RunData {
    let mut run = MadeUpRun::new(FaultKind::Kill, "payment").run();
    run.samples.clear();
    run.spans.clear();
    run.metrics.clear();
    run.events.clear();
    run.plan.faults.clear();
    run.plan.phases = vec![phase("steady", PhaseKind::Steady, 0.0, seconds)];
    run.plan.load.duration_ns = (seconds * 1e9) as u64;
    run.plan.load.model = LoadModel::Open {
        arrivals: Vec::new(),
        spacing: Spacing::Constant,
    };
    run.plan.load.pool = 16;
    run.plan.load.lateness_limit_ns = 100_000_000;
    run
}

pub fn phase(name: &str, kind: PhaseKind, from_s: f64, to_s: f64) -> Phase {
    Phase {
        name: name.to_owned(),
        kind,
        from: Offset::from_secs_f64(from_s),
        to: Offset::from_secs_f64(to_s),
    }
}

/// Puts the requests into the run, with counts that balance.
pub fn fill(run: &mut RunData, requests: impl IntoIterator<Item = Request>) {
    let operation = run.strings.intern("browse");
    let mut tally = LoadTally::default();
    let mut end = Offset(run.plan.load.duration_ns as i64);
    for request in requests {
        let sample = sample(run, operation, request);
        let second = request.due_s as usize;
        if tally.offered_per_s.len() <= second {
            tally.offered_per_s.resize(second + 1, 0);
        }
        tally.offered_per_s[second] += 1;
        tally.scheduled += 1;
        end = end.max(sample.sent);
        match sample.error {
            ErrorClass::NotSent => tally.dropped += 1,
            ErrorClass::Unbuilt => tally.unbuilt += 1,
            error => {
                tally.sent += 1;
                tally.ok += u64::from(error == ErrorClass::None);
                tally.failed += u64::from(error != ErrorClass::None);
            }
        }
        if sample.was_sent() {
            run.samples.push(sample);
        } else {
            run.unsent.push(sample);
        }
    }
    tally.wall_s = end.secs_f64();
    let event = |at_ns, what| RunEvent { at_ns, what };
    run.events = vec![
        event(Offset::ZERO, EventKind::LoadStarted),
        event(end, EventKind::LoadFinished { tally }),
    ];
}

fn sample(run: &RunData, operation: Sym, request: Request) -> Sample {
    let intended = Offset::from_secs_f64(request.due_s);
    let given_up = matches!(request.error, ErrorClass::NotSent | ErrorClass::Unbuilt);
    let done = request.due_s + request.sent_after_s + request.took_s;
    let sent = if given_up {
        done
    } else {
        request.due_s + request.sent_after_s
    };
    Sample {
        operation,
        journey: Sym::NONE,
        intended,
        sent: Offset::from_secs_f64(sent),
        first_byte: Offset::from_secs_f64(done),
        done: Offset::from_secs_f64(done),
        lateness_ns: 0,
        status: if request.error == ErrorClass::None {
            200
        } else {
            0
        },
        error: request.error,
        bytes: 0,
        trace: 0,
        session: 0,
        step: 0,
        attempt: 1,
        phase: run.plan.phase_at(intended) as u16,
    }
}

/// Of all operations in the whole run.
pub fn budget(measure: Measure, limit: f64) -> Budget {
    Budget {
        measure,
        of: Subject::All,
        within: Vec::new(),
        limit,
        of_success: false,
        stated_at: "1:1".to_owned(),
    }
}

/// The results of some budgets on a run.
pub fn judged<const N: usize>(run: &RunData, budgets: [Budget; N]) -> [BudgetResult; N] {
    let mut run = run.clone();
    run.plan.budgets = budgets.into();
    let results = harness_analysis::report(&run).budgets;
    results.try_into().expect("a result for each budget")
}
