//! A whole run around the made-up requests: plan, events, samples, metrics.

use std::collections::{BTreeMap, BTreeSet};

use harness_model::definition::{TargetDefinition, TelemetryNames};
use harness_model::fault::{Evidence, FaultKind, FaultPlan};
use harness_model::load::{LoadModel, LoadPlan, LoadTally, Mix};
use harness_model::metric::{
    CONTAINER_RECEIVED_BYTES, CONTAINER_THROTTLED_SECONDS, MetricPoint, PROCESS_CPU_SECONDS, UP,
};
use harness_model::plan::{
    Judgement, Phase, PhaseKind, Plan, Runtime, Schedule, TargetPlan, TelemetryPlan,
};
use harness_model::run_data::{Host, Manifest};
use harness_model::workload::Workload;
use harness_model::{ErrorClass, EventKind, Offset, RunData, RunEvent, Sample, Seed, Strings, Sym};

use super::MadeUpRun;
use super::calls::{Answer, Shop};

/// When the fault is on, and when the load ends; seconds.
pub const FROM_S: i64 = 30;
pub const TO_S: i64 = 40;
pub const LENGTH_S: i64 = 50;

const SECOND: i64 = 1_000_000_000;

pub fn run(made_up: &MadeUpRun) -> RunData {
    let mut strings = Strings::default();
    let mut samples = Vec::new();
    let mut shop = Shop {
        made_up,
        strings: &mut strings,
        spans: Vec::new(),
        trace: 0,
        next_id: 0,
        random: made_up.seed,
        again: false,
        breaker_draws: 0,
    };
    let gap = SECOND / made_up.requests_per_s as i64;
    for (number, at) in (0..LENGTH_S * SECOND).step_by(gap as usize).enumerate() {
        let path = if number % 2 == 0 { "browse" } else { "buy" };
        shop.trace = number as u128 + 1;
        let entry = if made_up.monolith { "shop" } else { "gateway" };
        let answer = shop.visit(entry, path, at);
        let operation = shop.strings.intern(path);
        samples.push(sample(operation, at, answer, shop.trace));
    }
    let spans = shop.finish();
    let metrics = if made_up.scraped {
        metrics(made_up, &mut strings)
    } else {
        Vec::new()
    };
    RunData {
        manifest: manifest(),
        plan: plan(made_up),
        events: events(made_up, samples.len() as u64),
        strings,
        samples,
        unsent: Vec::new(),
        spans: spans.into(),
        metrics,
    }
}

fn sample(operation: Sym, at: i64, answer: Answer, trace: u128) -> Sample {
    Sample {
        operation,
        journey: Sym::NONE,
        intended: Offset(at),
        sent: Offset(at),
        first_byte: Offset(answer.at),
        done: Offset(answer.at),
        lateness_ns: 0,
        status: answer.status,
        error: match answer.status {
            0 => ErrorClass::Refused,
            200 => ErrorClass::None,
            _ => ErrorClass::Status,
        },
        bytes: 0,
        trace,
        session: 0,
        step: 0,
        attempt: 0,
        phase: match at / SECOND {
            ..FROM_S => 0,
            FROM_S..TO_S => 1,
            _ => 2,
        },
    }
}

/// A scrape a second; a dead or frozen process does not answer, and a dead one starts anew.
fn metrics(made_up: &MadeUpRun, strings: &mut Strings) -> Vec<MetricPoint> {
    let services: &[&str] = if made_up.monolith {
        &["shop"]
    } else {
        &["gateway", "inventory", "order", "payment"]
    };
    let mut points = Vec::new();
    for service in services {
        let hit = *service == made_up.target;
        let killed = hit && made_up.kind == FaultKind::Kill;
        for second in 0..LENGTH_S {
            let on = (FROM_S..TO_S).contains(&second);
            let mut point = |metric: &str, value: f64| {
                points.push(MetricPoint {
                    service: strings.intern(service),
                    instance: Sym::NONE,
                    metric: strings.intern(metric),
                    labels: Sym::NONE,
                    at: Offset(second * SECOND + SECOND / 2),
                    value,
                });
            };
            point(UP, if hit && on { 0.0 } else { 1.0 });
            if !(killed && on) {
                let age = if killed && second >= TO_S {
                    second - TO_S
                } else {
                    second
                };
                point(PROCESS_CPU_SECONDS, age as f64 * 0.1);
            }
        }
    }
    let stores = ["inventory", "payment"].map(|service| made_up.store_of(service));
    for name in stores.into_iter().flatten().collect::<BTreeSet<String>>() {
        points.extend(store_metrics(made_up, &name, strings));
    }
    points.sort_by_key(|point| (point.service, point.metric, point.labels, point.at));
    points
}

/// What an engine tells of a container each second.
fn store_metrics(made_up: &MadeUpRun, name: &str, strings: &mut Strings) -> Vec<MetricPoint> {
    let hit = made_up.target == name;
    let is = |kind: FaultKind| hit && made_up.kind.name() == kind.name();
    let service = strings.intern(name);
    let [cpu, received, throttled] = [
        PROCESS_CPU_SECONDS,
        CONTAINER_RECEIVED_BYTES,
        CONTAINER_THROTTLED_SECONDS,
    ]
    .map(|metric| strings.intern(metric));
    let mut points = Vec::new();
    let (mut used, mut bytes, mut waited) = (0.0, 0.0, 0.0);
    for second in 0..LENGTH_S {
        let on = (FROM_S..TO_S).contains(&second);
        if on && is(FaultKind::Kill) {
            (used, bytes) = (0.0, 0.0);
            continue;
        }
        if on && is(FaultKind::Restart) && second == FROM_S + 1 {
            used = 0.0;
        }
        used += if on && is(FaultKind::Freeze) {
            0.0
        } else {
            0.01
        };
        bytes += 900.0;
        let starved = on && is(FaultKind::Cpu { cores: 0.0 });
        waited += if starved { 0.2 } else { 0.0 };
        let mut point = |metric: Sym, value: f64| {
            points.push(MetricPoint {
                service,
                instance: Sym::NONE,
                metric,
                labels: Sym::NONE,
                at: Offset(second * SECOND + SECOND / 2),
                value,
            });
        };
        point(cpu, used);
        point(throttled, waited);
        if !(on && is(FaultKind::Disconnect)) {
            point(received, bytes);
        }
    }
    points
}

fn events(made_up: &MadeUpRun, sent: u64) -> Vec<RunEvent> {
    let event = |second: i64, what| RunEvent {
        at_ns: Offset(second * SECOND),
        what,
    };
    let fault = || "the-fault".to_owned();
    let evidence = Evidence {
        eligible: 10,
        affected: 10,
    };
    let verified = true;
    let tally = LoadTally {
        scheduled: sent,
        sent,
        ..LoadTally::default()
    };
    let mut events = vec![
        event(0, EventKind::LoadStarted),
        event(FROM_S, EventKind::FaultInjected { fault: fault() }),
        event(
            TO_S,
            EventKind::FaultHealed {
                fault: fault(),
                evidence,
                verified,
            },
        ),
        event(LENGTH_S, EventKind::LoadFinished { tally }),
    ];
    if !made_up.planned {
        events.drain(1..3);
    }
    events
}

fn plan(made_up: &MadeUpRun) -> Plan {
    let phase = |name: &str, kind, from: i64, to: i64| Phase {
        name: name.to_owned(),
        kind,
        from: Offset(from * SECOND),
        to: Offset(to * SECOND),
    };
    let fault = FaultPlan {
        name: "the-fault".to_owned(),
        kind: made_up.kind.clone(),
        target: made_up.target(),
        at: Offset(FROM_S * SECOND),
        for_ns: ((TO_S - FROM_S) * SECOND) as u64,
        watched: Vec::new(),
    };
    let phases = vec![
        phase("baseline", PhaseKind::Baseline, 0, FROM_S),
        phase("fault:the-fault", PhaseKind::Fault(0), FROM_S, TO_S),
        phase("after:the-fault", PhaseKind::After(0), TO_S, LENGTH_S),
    ];
    let steady = vec![phase("steady", PhaseKind::Steady, 0, LENGTH_S)];
    Plan {
        format: "1.0".to_owned(),
        scenario: "made-up".to_owned(),
        purpose: String::new(),
        seed: Seed(1),
        target: target(),
        load: load(),
        faults: if made_up.planned {
            vec![fault]
        } else {
            Vec::new()
        },
        phases: if made_up.planned { phases } else { steady },
        budgets: Vec::new(),
        judgement: Judgement {
            bucket_ns: SECOND as u64,
            hold_ns: 3 * SECOND as u64,
            deadline_ns: 2 * SECOND as u64,
            band_floor: 0.02,
            min_trace_coverage: 0.9,
            confidence: 0.95,
            schedule: Schedule::Strict,
            min_rate: 0.95,
            max_unsent: 0.01,
            tolerance: 0.1,
        },
        telemetry: TelemetryPlan {
            scrape_interval_ns: SECOND as u64,
            drain_within_ns: SECOND as u64,
        },
        proxied: Vec::new(),
    }
}

fn target() -> TargetPlan {
    TargetPlan {
        runtime: Runtime::Process,
        shape: "made-up".to_owned(),
        definition: TargetDefinition {
            format: "1.0".to_owned(),
            name: "made-up".to_owned(),
            entry: "gateway".to_owned(),
            telemetry: TelemetryNames {
                held_back: vec!["fuse".to_owned()],
                ..TelemetryNames::default()
            },
            ..TargetDefinition::default()
        },
        settings: BTreeMap::new(),
        url: None,
        ready_within_ns: 0,
        nice: 0,
    }
}

fn load() -> LoadPlan {
    LoadPlan {
        model: LoadModel::Closed { users: 1 },
        mix: Mix::Calls { counts: Vec::new() },
        workload: Workload::default(),
        duration_ns: (LENGTH_S * SECOND) as u64,
        requests: None,
        pool: 1,
        think_median_ns: 0,
        think_sigma: 0.0,
        timeout_ns: 5 * SECOND as u64,
        patience_ns: 0,
        idle_ns: 90_000_000_000,
        lateness_limit_ns: SECOND as u64,
    }
}

fn manifest() -> Manifest {
    Manifest {
        format: "1.0".to_owned(),
        run_id: "made-up".to_owned(),
        tool_version: "0".to_owned(),
        host: Host::default(),
        seed: 1,
        started_unix_ns: 0,
        started: String::new(),
        command: String::new(),
    }
}
