//! Writes a run folder of so many requests, each of ten spans: `big_archive DIR [REQUESTS]`.
//!
//! It writes and seals in batches, as the harness does, so its peak memory is that of the archive.
//! `big_archive DIR REQUESTS unsealed` leaves the folder as a killed harness would, with its
//! journal. Eleven services, ten spans a trace, metrics every second and one fault that fails what
//! needs the payment service. Everything is a function of the request's number; nothing is random.

use std::error::Error;
use std::path::PathBuf;

use harness_archive::ArchiveWriter;
use harness_model::event::TelemetryTally;
use harness_model::metric::{
    HOST_CPU_USED, MetricPoint, PROCESS_CPU_SECONDS, PROCESS_OPEN_FDS, PROCESS_RESIDENT_BYTES,
    PROCESS_THREADS, UP,
};
use harness_model::topology::{RunningEdge, RunningInstance, RunningService};
use harness_model::{
    Edge, ErrorClass, EventKind, Evidence, InstanceId, LoadTally, Offset, RunEvent, Sample,
    Strings, Topology,
};

#[expect(dead_code, reason = "the tests use the rest")]
#[path = "../../tests/common/mod.rs"]
mod common;
mod traces;

use common::{OPERATIONS, RATE_PER_S, SECOND, SERVICES};

/// The load starts so long after the run.
const START: i64 = 3 * SECOND;
const REQUESTS: i64 = 100_000;
/// Requests whose samples and spans are written at once.
const BATCH: usize = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let folder = words
        .next()
        .ok_or("usage: big_archive DIR [REQUESTS] [unsealed]")?;
    let requests = words.next().map_or(Ok(REQUESTS), |word| word.parse())?;
    let unsealed = words.next().is_some_and(|word| word == "unsealed");
    let load_s = requests / RATE_PER_S;
    let (manifest, plan) = (common::manifest(), common::plan_of(load_s));
    let mut writer =
        ArchiveWriter::create(&PathBuf::from(folder), &manifest, "# made up\n", &plan)?;
    let mut names = Strings::default();
    let mut failed = 0;
    for first in (0..requests).step_by(BATCH) {
        let numbers = first..requests.min(first + BATCH as i64);
        let samples: Vec<Sample> = numbers.map(|n| sample(n, load_s, &mut names)).collect();
        failed += samples.iter().filter(|sample| !sample.ok()).count() as u64;
        writer.samples(&samples, &names)?;
        let mut spans = Vec::new();
        for sample in &samples {
            let operation = names.name(sample.operation).to_owned();
            spans.extend(traces::spans(sample, Offset(START), &operation, &mut names));
        }
        writer.spans(&spans, &names)?;
    }
    for event in events(load_s, requests.unsigned_abs(), failed) {
        writer.event(&event)?;
    }
    for second in 0..load_s + START / SECOND {
        writer.metrics(&scrape(second, &mut names), &names)?;
    }
    if !unsealed {
        writer.seal()?;
    }
    Ok(())
}

/// A well mixed number for each index (splitmix64).
fn mixed(index: u64) -> u64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Requests that need payment fail while it is dead.
fn sample(number: i64, load_s: i64, names: &mut Strings) -> Sample {
    let index = number.unsigned_abs();
    let (operation, first, others) = OPERATIONS[(mixed(index) % 5) as usize];
    let intended = number * SECOND / RATE_PER_S;
    let needs_payment = first == "payment" || others.contains(&"payment");
    let (from, to) = common::fault_s(load_s);
    let dead = (from * SECOND..to * SECOND).contains(&intended);
    let failed = needs_payment && dead;
    // Between 5 and 45 ms with a long tail: a tenth is up to four times slower.
    let draw = mixed(index + 1_000_000);
    let tail = if draw.is_multiple_of(10) { 4 } else { 1 };
    let taken = (5_000_000 + (draw >> 8) % 40_000_000) * tail;
    let sent = intended + 50_000;
    let done = sent + taken.cast_signed();
    Sample {
        operation: names.intern(operation),
        journey: names.intern(""),
        intended: Offset(intended),
        sent: Offset(sent),
        first_byte: Offset(done - 20_000),
        done: Offset(done),
        lateness_ns: 50_000,
        status: if failed { 503 } else { 200 },
        error: if failed {
            ErrorClass::Status
        } else {
            ErrorClass::None
        },
        bytes: 512,
        trace: (u128::from(mixed(index)) << 64) | u128::from(draw),
        session: u32::try_from(number).unwrap_or(u32::MAX),
        step: 0,
        attempt: 1,
        phase: common::plan_phase(load_s, Offset(intended)),
    }
}

fn events(load_s: i64, count: u64, failed: u64) -> Vec<RunEvent> {
    let fault = || "payment-killed".to_owned();
    let load_tally = LoadTally {
        scheduled: count,
        sent: count,
        ok: count - failed,
        failed,
        sessions_started: count,
        cpu_s: 20.0,
        wall_s: load_s as f64,
        offered_per_s: vec![RATE_PER_S.unsigned_abs() as u32; load_s.unsigned_abs() as usize],
        left_per_s: Vec::new(),
        ..LoadTally::default()
    };
    let evidence = Evidence {
        eligible: failed,
        affected: failed,
    };
    let telemetry = TelemetryTally {
        spans_received: count * 10,
        scrapes_ok: (load_s * 11).unsigned_abs(),
        harness_cpu_s: 30.0,
        ..TelemetryTally::default()
    };
    let (from, to) = common::fault_s(load_s);
    let (on, off) = (START + from * SECOND, START + to * SECOND);
    let end = START + load_s * SECOND;
    let at = |at: i64, what: EventKind| RunEvent {
        at_ns: Offset(at),
        what,
    };
    vec![
        at(0, EventKind::RunStarted),
        at(
            SECOND,
            EventKind::TargetReady {
                topology: topology(),
                after_ms: 900,
            },
        ),
        at(2 * SECOND, EventKind::WorkerStarted { pid: 100 }),
        at(START, EventKind::LoadStarted),
        at(on, EventKind::FaultInjecting { fault: fault() }),
        at(on + 1_000_000, EventKind::FaultInjected { fault: fault() }),
        at(off, EventKind::FaultHealing { fault: fault() }),
        at(
            off + 1_000_000,
            EventKind::FaultHealed {
                fault: fault(),
                evidence,
                verified: true,
            },
        ),
        at(end, EventKind::LoadFinished { tally: load_tally }),
        at(
            end + SECOND,
            EventKind::TelemetryDrained { tally: telemetry },
        ),
        at(
            end + 2 * SECOND,
            EventKind::TargetDown {
                left_behind: Vec::new(),
            },
        ),
        at(end + 2 * SECOND, EventKind::RunFinished),
    ]
}

fn topology() -> Topology {
    let address = |service: &str| {
        let index = SERVICES
            .iter()
            .position(|name| *name == service)
            .unwrap_or(0);
        format!("127.0.0.1:{}", 9000 + index)
    };
    let service = |name: &&str| RunningService {
        name: (*name).to_owned(),
        hosts: vec![(*name).to_owned()],
        instances: vec![RunningInstance {
            id: InstanceId::new(*name),
            address: address(name),
            metrics: Some(format!("http://{}/metrics", address(name))),
            container: None,
            pid: Some(200),
        }],
    };
    let edge = |caller: &str, callee: &str| RunningEdge {
        edge: Edge::new(caller, callee),
        proxy: None,
        upstream: address(callee),
        instance: Some(InstanceId::new(callee)),
    };
    let mut edges = vec![edge(Edge::CLIENT, "gateway")];
    for (_, first, others) in OPERATIONS {
        edges.push(edge("gateway", first));
        edges.extend(others.map(|other| edge(first, other)));
    }
    Topology {
        entry: "gateway".to_owned(),
        base_url: format!("http://{}", address("gateway")),
        services: SERVICES.iter().map(service).collect(),
        edges,
    }
}

/// The points of all services at one second: the process, and a few counters with labels.
fn scrape(second: i64, names: &mut Strings) -> Vec<MetricPoint> {
    let at = Offset(second * SECOND);
    let elapsed = second as f64;
    let mut points = Vec::new();
    let mut put = |service: &str, metric: &str, labels: &str, value: f64| {
        points.push(MetricPoint {
            service: names.intern(service),
            instance: names.intern(service),
            metric: names.intern(metric),
            labels: names.intern(labels),
            at,
            value,
        });
    };
    put("host", HOST_CPU_USED, "", 0.4);
    for service in SERVICES {
        put(service, UP, "", 1.0);
        put(service, PROCESS_CPU_SECONDS, "", elapsed * 0.1);
        put(service, PROCESS_RESIDENT_BYTES, "", 5e7);
        put(service, PROCESS_THREADS, "", 5.0);
        put(service, PROCESS_OPEN_FDS, "", 40.0);
        for bucket in 0..20 {
            let labels = format!("le=\"0.{bucket:02}\",operation=\"any\"");
            put(
                service,
                "request_seconds_bucket",
                &labels,
                elapsed * f64::from(bucket),
            );
        }
    }
    points
}
