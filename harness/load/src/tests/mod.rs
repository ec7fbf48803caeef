//! The load engine in virtual time, against a target with stated response times.
//!
//! Owns the fake target and the way to run a load against it. No test here sleeps for real:
//! tokio's clock is paused and jumps to the next timer when every task waits.

mod balance;
mod closed;
mod journeys;
mod open;
mod requests;
mod stop;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use harness_model::load::{LoadModel, Mix, RateSegment, Spacing};
use harness_model::plan::{Phase, PhaseKind};
use harness_model::workload::{Journey, Operation, Step, Workload};
use harness_model::{ErrorClass, LoadPlan, LoadTally, Offset, Sample, Seed};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::engine::Engine;
use crate::order::WorkerOrder;
use crate::sender::{Exchange, Request, Sender};

/// How the target answers one request.
#[derive(Debug, Clone, Copy)]
pub struct Reply {
    after: Duration,
    status: u16,
    error: ErrorClass,
    body: &'static str,
}

impl Reply {
    pub fn ok(after: Duration) -> Reply {
        Reply {
            after,
            status: 200,
            error: ErrorClass::None,
            body: "",
        }
    }

    pub fn body(body: &'static str) -> Reply {
        Reply {
            body,
            ..Reply::ok(ms(10))
        }
    }

    pub fn status(after: Duration, status: u16) -> Reply {
        Reply {
            status,
            ..Reply::ok(after)
        }
    }

    pub fn refused(after: Duration) -> Reply {
        Reply {
            status: 0,
            error: ErrorClass::Refused,
            ..Reply::ok(after)
        }
    }

    /// No answer at all; the sender gives up at the timeout.
    pub fn never() -> Reply {
        Reply::ok(Duration::MAX)
    }
}

/// A request as the target sees it.
pub struct Asked<'a> {
    pub request: Request<'a>,
    /// How many requests came before.
    pub nth: u64,
    pub at: Offset,
}

type Answer = Box<dyn Fn(Asked<'_>) -> Reply + Send + Sync>;

struct Target {
    answer: Answer,
    timeout: Duration,
    zero: OnceLock<Instant>,
    requests: AtomicU64,
    in_flight: AtomicUsize,
    most_in_flight: AtomicUsize,
}

struct FakeSender(Arc<Target>);

impl Sender for FakeSender {
    async fn send(&mut self, request: Request<'_>) -> Exchange {
        let target = &*self.0;
        let sent = Instant::now();
        let since_zero = target.zero.get().map(|zero| sent - *zero);
        let reply = (target.answer)(Asked {
            request,
            nth: target.requests.fetch_add(1, Ordering::Relaxed),
            at: since_zero.map_or(Offset::ZERO, Offset::from_duration),
        });
        let busy = target.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
        target.most_in_flight.fetch_max(busy, Ordering::Relaxed);
        tokio::time::sleep(reply.after.min(target.timeout)).await;
        target.in_flight.fetch_sub(1, Ordering::Relaxed);
        if reply.after > target.timeout {
            return Exchange::failed(sent, ErrorClass::Timeout);
        }
        Exchange {
            sent,
            first_byte: Instant::now(),
            status: reply.status,
            error: reply.error,
            body: Bytes::from_static(reply.body.as_bytes()),
        }
    }
}

/// What a load left.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    /// By session and step.
    pub samples: Vec<Sample>,
    pub tally: LoadTally,
    pub most_in_flight: usize,
    /// When the last user finished.
    pub ended: Offset,
    pub failure: Option<String>,
}

impl Outcome {
    /// One figure of every sample.
    pub fn each<T>(&self, figure: impl Fn(&Sample) -> T) -> Vec<T> {
        self.samples.iter().map(figure).collect()
    }

    /// Asserts that nothing that was due vanished.
    pub fn assert_balanced(&self) {
        let tally = &self.tally;
        let ends = tally.sent + tally.dropped + tally.cancelled;
        assert_eq!(tally.scheduled, ends, "{tally:?}");
        assert_eq!(tally.sent, tally.ok + tally.failed, "{tally:?}");
        assert_eq!(tally.sent, self.samples.len() as u64, "{tally:?}");
        let offered = tally.offered_per_s.iter().copied().map(u64::from);
        assert_eq!(tally.scheduled, offered.sum::<u64>(), "{tally:?}");
        assert_eq!(tally.samples_lost, 0);
    }
}

/// Runs a load to its end, or to the stop.
pub fn run(
    order: WorkerOrder,
    stop: Option<Duration>,
    answer: impl Fn(Asked<'_>) -> Reply + Send + Sync + 'static,
) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // In virtual time a load that never ends is at this limit at once.
    let limit = Duration::from_hours(1000);
    let load = async move { tokio::time::timeout(limit, drive(order, stop, answer)).await };
    runtime.block_on(load).expect("the load ends")
}

async fn drive(
    order: WorkerOrder,
    stop: Option<Duration>,
    answer: impl Fn(Asked<'_>) -> Reply + Send + Sync + 'static,
) -> Outcome {
    let (due_sessions, to_users) = flume::unbounded();
    let (from_users, samples) = flume::unbounded();
    let target = Arc::new(Target {
        answer: Box::new(answer),
        timeout: Duration::from_nanos(order.plan.timeout_ns),
        zero: OnceLock::new(),
        requests: AtomicU64::new(0),
        in_flight: AtomicUsize::new(0),
        most_in_flight: AtomicUsize::new(0),
    });
    let engine = Arc::new(Engine::new(order, to_users, from_users));
    let mut users = JoinSet::new();
    for _ in 0..engine.pool() {
        let (engine, target) = (Arc::clone(&engine), Arc::clone(&target));
        users.spawn(async move { engine.run_user(&mut FakeSender(target)).await });
    }
    let everyone = u32::try_from(engine.pool()).unwrap();
    drop(engine.ready.acquire_many(everyone).await.unwrap());
    let zero = Instant::now() + Duration::from_millis(100);
    target.zero.set(zero).unwrap();
    engine.zero.send_replace(Some(zero));
    if let Some(after) = stop {
        let stop = engine.stop.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(zero + after).await;
            stop.cancel();
        });
    }
    match engine.order.plan.model {
        LoadModel::Open { .. } => {
            let scheduler = engine.scheduler(zero);
            scheduler.run(due_sessions, tokio::time::sleep_until).await;
        }
        LoadModel::Closed { .. } => drop(due_sessions),
    }
    while let Some(user) = users.join_next().await {
        user.unwrap();
    }
    let mut samples: Vec<Sample> = samples.drain().collect();
    samples.sort_by_key(|sample| (sample.session, sample.step));
    Outcome {
        samples,
        tally: engine.counters.tally(0.0, 0.0),
        most_in_flight: target.most_in_flight.load(Ordering::Relaxed),
        ended: Offset::from_duration(zero.elapsed()),
        failure: engine.failure(),
    }
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn at_ms(ms: i64) -> Offset {
    Offset(ms * 1_000_000)
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
        lateness_limit_ns: ns(ms(50)),
    };
    WorkerOrder {
        plan,
        seed: Seed(7),
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
