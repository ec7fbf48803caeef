//! Orders for loads of tests, and their units of time.
//!
//! It must not know how a load is run.

use std::time::Duration;

use harness_model::load::{LoadModel, Mix, RateSegment, Spacing};
use harness_model::plan::{Phase, PhaseKind};
use harness_model::workload::{Journey, Operation, Step, Workload};
use harness_model::{LoadPlan, Offset, Seed};

use crate::order::WorkerOrder;

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn at_ms(ms: i64) -> Offset {
    Offset(ms * 1_000_000)
}

/// The nearest whole millisecond: drawn think times have a rounding error of a nanosecond.
pub fn to_ms(at: Offset) -> i64 {
    (at.ms_f64()).round() as i64
}

pub fn ns(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap()
}

/// One stretch of an open load: from a rate to a rate, for so many milliseconds.
pub fn segment(from_per_s: f64, to_per_s: f64, for_ms: u64) -> RateSegment {
    RateSegment {
        from_per_s,
        to_per_s,
        for_ns: ns(ms(for_ms)),
    }
}

/// An open load of single calls with a pool of 100 users who are very patient.
pub fn open(segments: &[RateSegment], spacing: Spacing) -> WorkerOrder {
    let duration_ns = segments.iter().map(|one| one.for_ns).sum();
    let model = LoadModel::Open {
        arrivals: segments.to_vec(),
        spacing,
    };
    order(model, duration_ns)
}

/// An open load of evenly spaced single calls.
pub fn steady(per_s: f64, for_ms: u64) -> WorkerOrder {
    open(&[segment(per_s, per_s, for_ms)], Spacing::Constant)
}

/// A closed load of single calls.
pub fn closed(users: usize, for_ms: u64) -> WorkerOrder {
    order(LoadModel::Closed { users }, ns(ms(for_ms)))
}

fn order(model: LoadModel, duration_ns: u64) -> WorkerOrder {
    let plan = LoadPlan {
        model,
        mix: Mix::Calls {
            counts: vec![("page".to_owned(), 1)],
        },
        workload: Workload {
            operations: vec![operation("page"), operation("pay")],
            ..Workload::default()
        },
        duration_ns,
        requests: None,
        pool: 100,
        think_median_ns: 0,
        think_sigma: 0.0,
        timeout_ns: ns(Duration::from_secs(60)),
        patience_ns: ns(Duration::from_hours(1)),
        idle_ns: ns(Duration::from_secs(90)),
        lateness_limit_ns: ns(ms(50)),
    };
    WorkerOrder {
        plan,
        seed: Seed(7),
        run: "test".to_owned(),
        base_url: "http://target".to_owned(),
        phases: vec![Phase {
            name: "all".to_owned(),
            kind: PhaseKind::Steady,
            from: Offset::ZERO,
            to: Offset(duration_ns.cast_signed()),
        }],
    }
}

fn operation(name: &str) -> Operation {
    Operation {
        name: name.to_owned(),
        group: name.to_owned(),
        method: "GET".to_owned(),
        path: format!("/{name}"),
        headers: Default::default(),
        body: None,
        expect: Vec::new(),
        capture: Default::default(),
        idempotency_key: false,
    }
}

/// Makes every session a journey through these operations; an essential one ends it by failing.
pub fn journey(order: &mut WorkerOrder, steps: &[(&str, bool)], think: Duration) {
    let step = |&(operation, essential): &(&str, bool)| Step {
        operation: operation.to_owned(),
        repeat_min: 1,
        repeat_max: 1,
        essential,
    };
    order.plan.workload.journeys = vec![Journey {
        name: "visit".to_owned(),
        steps: steps.iter().map(step).collect(),
    }];
    order.plan.mix = Mix::Journeys {
        weights: vec![("visit".to_owned(), 1.0)],
    };
    order.plan.think_median_ns = ns(think);
}
