//! A plan and its manifest, made by hand: what a run folder holds beside its tables.
//!
//! Shared by the tests and the benchmark that writes a large archive. It must not know any run.

use std::collections::BTreeMap;

use harness_model::definition::{Ready, ServiceDefinition};
use harness_model::load::{LoadModel, Mix, Spacing};
use harness_model::plan::{
    Judgement, PhaseKind, Runtime, Schedule, Subject, TargetPlan, TelemetryPlan,
};
use harness_model::run_data::Host;
use harness_model::workload::{Operation, Workload};
use harness_model::{
    Budget, Edge, FaultKind, FaultPlan, FaultTarget, InstanceSelection, LoadPlan, Manifest,
    Measure, Offset, Phase, Plan, RateSegment, Seed, TargetDefinition,
};

/// Nanoseconds of a second.
pub const SECOND: i64 = 1_000_000_000;
/// The length of the load in seconds.
pub const LOAD_S: i64 = 400;
pub const RATE_PER_S: i64 = 250;

pub const SERVICES: [&str; 11] = [
    "gateway",
    "identity",
    "catalog",
    "search",
    "cart",
    "inventory",
    "order",
    "payment",
    "shipping",
    "notification",
    "provider",
];

/// Each operation, the service behind the gateway that answers it, and the services it calls.
pub const OPERATIONS: [(&str, &str, [&str; 3]); 5] = [
    (
        "search-products",
        "search",
        ["catalog", "identity", "inventory"],
    ),
    (
        "view-product",
        "catalog",
        ["inventory", "identity", "search"],
    ),
    ("add-to-cart", "cart", ["catalog", "identity", "inventory"]),
    ("place-order", "order", ["inventory", "payment", "shipping"]),
    (
        "pay-order",
        "payment",
        ["provider", "notification", "order"],
    ),
];

pub fn manifest() -> Manifest {
    Manifest {
        format: harness_archive::FORMAT.to_owned(),
        run_id: "made-up".to_owned(),
        tool_version: "0.1.0".to_owned(),
        host: Host {
            os: "linux".to_owned(),
            cores: 2,
            memory_mb: 8192,
            cpu_model: "made up".to_owned(),
        },
        seed: 7,
        started_unix_ns: 1_750_000_000 * SECOND,
        started: "2025-06-15T15:06:40Z".to_owned(),
        command: "shakedown run made-up".to_owned(),
    }
}

/// When the fault of a plan of so many seconds is on: for twenty in the middle.
pub fn fault_s(load_s: i64) -> (i64, i64) {
    (load_s / 2, load_s / 2 + 20)
}

pub fn plan() -> Plan {
    plan_of(LOAD_S)
}

/// The same for a load of so many seconds.
pub fn plan_of(load_s: i64) -> Plan {
    let fault_s = fault_s(load_s);
    Plan {
        format: "1".to_owned(),
        scenario: "made-up".to_owned(),
        purpose: "Fill a report.".to_owned(),
        seed: Seed(7),
        target: target(),
        load: load(load_s),
        faults: vec![FaultPlan {
            name: "payment-killed".to_owned(),
            kind: FaultKind::Kill,
            target: FaultTarget::Process {
                service: "payment".to_owned(),
                process: "payment".to_owned(),
                instances: InstanceSelection::All,
            },
            at: Offset(fault_s.0 * SECOND),
            for_ns: (fault_s.1 - fault_s.0).unsigned_abs() * SECOND.unsigned_abs(),
            watched: vec![
                Edge::new("gateway", "payment"),
                Edge::new("order", "payment"),
            ],
        }],
        phases: phases(load_s),
        budgets: vec![
            budget(Measure::P99, Subject::All, "baseline", 500.0),
            budget(
                Measure::Recovery,
                Subject::Fault("payment-killed".to_owned()),
                "",
                10.0,
            ),
        ],
        judgement: Judgement {
            bucket_ns: 500_000_000,
            hold_ns: 3_000_000_000,
            deadline_ns: 1_000_000_000,
            band_floor: 0.02,
            min_trace_coverage: 0.95,
            confidence: 0.95,
            schedule: Schedule::Strict,
            min_rate: 0.95,
            max_unsent: 0.01,
            tolerance: 0.1,
        },
        telemetry: TelemetryPlan {
            scrape_interval_ns: 1_000_000_000,
            drain_within_ns: 5_000_000_000,
        },
        proxied: vec![
            Edge::new("gateway", "payment"),
            Edge::new("order", "payment"),
        ],
    }
}

fn phases(load_s: i64) -> Vec<Phase> {
    let fault_s = fault_s(load_s);
    let phase = |name: &str, kind, from: i64, to: i64| Phase {
        name: name.to_owned(),
        kind,
        from: Offset(from * SECOND),
        to: Offset(to * SECOND),
    };
    vec![
        phase("warmup", PhaseKind::Warmup, 0, 20),
        phase("baseline", PhaseKind::Baseline, 20, fault_s.0),
        phase(
            "fault:payment-killed",
            PhaseKind::Fault(0),
            fault_s.0,
            fault_s.1,
        ),
        phase(
            "after:payment-killed",
            PhaseKind::After(0),
            fault_s.1,
            load_s,
        ),
    ]
}

fn budget(measure: Measure, of: Subject, within: &str, limit: f64) -> Budget {
    Budget {
        measure,
        of,
        within: Some(within.to_owned())
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect(),
        limit,
        of_success: false,
        stated_at: "1:1".to_owned(),
    }
}

fn target() -> TargetPlan {
    let calls = |caller: &str| -> Vec<String> {
        let asked = OPERATIONS.iter().filter(|(_, first, _)| *first == caller);
        let mut callees: Vec<&str> = match caller {
            "gateway" => OPERATIONS.iter().map(|(_, first, _)| *first).collect(),
            _ => asked
                .flat_map(|(.., others)| others.iter().copied())
                .collect(),
        };
        callees.dedup();
        callees.into_iter().map(str::to_owned).collect()
    };
    let service = |name: &&str| ServiceDefinition {
        name: (*name).to_owned(),
        hosts: vec![(*name).to_owned()],
        command: vec!["{exe}".to_owned()],
        calls: calls(name),
        ready: Ready::Path("/ready".to_owned()),
        metrics: Some("/metrics".to_owned()),
        ..ServiceDefinition::default()
    };
    TargetPlan {
        runtime: Runtime::Process,
        shape: "microservices".to_owned(),
        definition: TargetDefinition {
            format: "1".to_owned(),
            name: "made-up".to_owned(),
            stores: String::new(),
            entry: "gateway".to_owned(),
            prepare: Vec::new(),
            settings: BTreeMap::new(),
            services: SERVICES.iter().map(service).collect(),
            ..TargetDefinition::default()
        },
        settings: BTreeMap::new(),
        url: None,
        ready_within_ns: 30_000_000_000,
        nice: 5,
    }
}

fn load(load_s: i64) -> LoadPlan {
    let operation = |(name, group, _): &(&str, &str, [&str; 3])| Operation {
        name: (*name).to_owned(),
        group: (*group).to_owned(),
        method: "GET".to_owned(),
        path: format!("/{name}"),
        headers: BTreeMap::new(),
        body: None,
        expect: Vec::new(),
        capture: BTreeMap::new(),
        idempotency_key: false,
    };
    let requests = (RATE_PER_S * load_s).unsigned_abs();
    let share = requests / OPERATIONS.len() as u64;
    let counts = OPERATIONS
        .iter()
        .map(|(name, ..)| ((*name).to_owned(), share));
    LoadPlan {
        model: LoadModel::Open {
            arrivals: vec![RateSegment {
                from_per_s: RATE_PER_S as f64,
                to_per_s: RATE_PER_S as f64,
                for_ns: (load_s * SECOND).unsigned_abs(),
            }],
            spacing: Spacing::Constant,
        },
        mix: Mix::Calls {
            counts: counts.collect(),
        },
        workload: Workload {
            operations: OPERATIONS.iter().map(operation).collect(),
            ..Workload::default()
        },
        duration_ns: (load_s * SECOND).unsigned_abs(),
        requests: None,
        pool: 200,
        think_median_ns: 0,
        think_sigma: 0.0,
        timeout_ns: 5_000_000_000,
        patience_ns: 5_000_000_000,
        idle_ns: 90_000_000_000,
        lateness_limit_ns: 20_000_000,
    }
}

/// The phase of a moment of such a load, by number.
pub fn plan_phase(load_s: i64, at: Offset) -> u16 {
    u16::try_from(
        phases(load_s)
            .partition_point(|phase| phase.to <= at)
            .min(3),
    )
    .unwrap_or(0)
}
