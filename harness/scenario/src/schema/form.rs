//! The form of a scenario file, as types that its JSON Schema is generated from.
//!
//! Owns what each key means, for whoever writes a scenario. The readers of this crate say where a
//! file is wrong, and know names and sums; a test holds the keys of both to each other. It must not
//! know defaults, which `generate` adds.

use std::collections::BTreeMap;

use harness_model::definition::SettingValue;
use schemars::JsonSchema;

/// A Shakedown scenario: a target, a load, faults on a timeline, and limits on what a run may show.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of this format.
    #[schemars(extend("const" = 1))]
    format: Option<u64>,
    /// What the run is called.
    name: String,
    /// One sentence: why one would run it.
    purpose: Option<String>,
    /// Everything random is drawn from it; `--seed` overrides it.
    seed: Option<u64>,
    target: Target,
    load: Load,
    /// What breaks, and when.
    fault: Option<Vec<Fault>>,
    /// Limits on what the run will show.
    budget: Option<Vec<Budget>>,
    judgement: Option<Judgement>,
}

/// The system under load: exactly one of `shape`, `definition` and `url`. Every other table is a
/// section of the target's settings, for example `[target.resilience]`.
#[derive(JsonSchema)]
pub struct Target {
    /// A shape of the reference shop: `monolith` or `microservices`.
    shape: Option<String>,
    /// A target definition: a built-in name, or a path from the scenario's folder.
    definition: Option<String>,
    /// Base URL of a system that is up already; faults cannot strike it.
    url: Option<String>,
    /// Where the services run: as processes on loopback, or each in a container of its own.
    #[schemars(extend("enum" = ["process", "docker", null]))]
    runtime: Option<String>,
    /// What a shape keeps its data in: files of each service, a server for each service, or one
    /// server for all. Servers run in containers, where `server` is the default.
    #[schemars(extend("enum" = ["embedded", "server", "shared-server", null]))]
    stores: Option<String>,
    /// A target that is not ready by then did not come up.
    ready_within: Option<PositiveDuration>,
    #[serde(flatten)]
    settings: BTreeMap<String, BTreeMap<String, SettingValue>>,
}

/// How much, of what, when. How much: exactly one of `rate`, `users`, `ramp` and `steps`. Of what:
/// exactly one of `mix`, `journeys` and `calls`.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What visitors can do: a built-in workload (`shop`, `calibrated`), or a path from the
    /// scenario's folder.
    workload: String,
    /// A mix of the workload, by name.
    mix: Option<String>,
    /// Journeys of the workload and their weights.
    journeys: Option<BTreeMap<String, Weight>>,
    /// Operations of the workload and how often each is called: exact counts with `requests`,
    /// shares without.
    calls: Option<BTreeMap<String, Count>>,
    /// Operations that every user performs once before the load starts; they are not recorded.
    prelude: Option<Vec<String>>,
    /// Length of the load, warm-up included. A stepped load has it from its steps.
    duration: Option<PositiveDuration>,
    /// The first part of the load; it is in no statistic. Before steps, it is added to them.
    warmup: Option<Duration>,
    /// Open load: visits per second, whatever the target does.
    rate: Option<PositiveRate>,
    /// Closed load: this many users, each beginning its next visit when the last one is over.
    users: Option<Count>,
    /// Open load whose rate changes evenly over the duration.
    ramp: Option<Ramp>,
    /// Open load that grows in steps, for scalability.
    steps: Option<Steps>,
    /// When visits of an open load begin: at random like independent visitors, or evenly spaced.
    #[schemars(extend("enum" = ["poisson", "constant", null]))]
    arrivals: Option<String>,
    /// The load ends when exactly this many requests were due, sooner or later than its duration.
    requests: Option<Count>,
    /// Users that can be busy at once in an open load.
    pool: Option<Count>,
    /// The workload's think times are multiplied by it.
    think: Option<Factor>,
    /// A request without an answer after this time has failed.
    timeout: Option<PositiveDuration>,
    /// A visit that could not start within this time after it was due is dropped, and counted as
    /// dropped.
    patience: Option<PositiveDuration>,
    /// A connection that was unused for this long is closed. Servers close theirs, too, and a
    /// request that is on its way just then fails: stay below what the server allows.
    idle: Option<PositiveDuration>,
    /// The run is inconclusive when the generator itself was later than this at p99.
    lateness_limit: Option<PositiveDuration>,
}

/// A rate that changes evenly.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// Visits per second at the start.
    from: Rate,
    /// Visits per second at the end.
    to: Rate,
}

/// A rate that grows in steps of equal length.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Visits per second of the first step.
    from: PositiveRate,
    /// Visits per second that each step adds.
    by: PositiveRate,
    /// How many steps; a scalability fit wants 6.
    #[schemars(range(min = 2, max = 1000))]
    count: u64,
    /// Length of one step.
    every: PositiveDuration,
}

/// One fault: exactly one kind, and when. An edge is written `caller -> callee`; the load generator
/// is called `client`.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its name in budgets and reports.
    name: String,
    /// When it begins, from the start of the load.
    at: Duration,
    /// How long it stays.
    #[serde(rename = "for")]
    lasts: PositiveDuration,
    /// A service whose process is killed, and started again when the fault ends.
    kill: Option<String>,
    /// A service whose process is stopped, and goes on when the fault ends.
    freeze: Option<String>,
    /// A service whose process is terminated in good order, and started again at once.
    restart: Option<String>,
    /// A service whose process is killed and started again, over and over.
    crash_loop: Option<CrashLoop>,
    /// Less CPU time for a service in a container.
    cpu: Option<Cpu>,
    /// Less memory for a service in a container.
    memory: Option<Memory>,
    /// A service in a container that is taken off its network.
    disconnect: Option<String>,
    /// An edge whose requests are delayed.
    latency: Option<Latency>,
    /// An edge whose connections are refused, and reset where they are open.
    refuse: Option<Edge>,
    /// An edge on which nothing is answered.
    hang: Option<Edge>,
}

/// Crashes of a service, again and again while the fault lasts.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrashLoop {
    /// The service.
    of: String,
    /// How long it lives after each start; 100ms or more, and shorter than the fault.
    every: PositiveDuration,
}

/// A share of CPU time for a service.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cpu {
    /// The service.
    of: String,
    /// Cores it may use at most; `0.1` is a tenth of one.
    #[schemars(range(min = 0.01))]
    quota: f64,
}

/// A limit on the memory of a service.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// The service.
    of: String,
    /// It gets no more; 6.3MB or more. The kernel ends what asks for more.
    limit: Size,
}

/// A delay of every request on an edge.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Latency {
    /// The edge.
    on: Edge,
    /// How much later each request arrives.
    delay: PositiveDuration,
    /// Each request is delayed by up to this much more or less.
    jitter: Option<Duration>,
}

/// A limit: exactly one measure, of something, in some phases.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Half of the requests take at most this long.
    p50: Option<PositiveDuration>,
    /// 90 % of the requests take at most this long.
    p90: Option<PositiveDuration>,
    /// 95 % of the requests take at most this long.
    p95: Option<PositiveDuration>,
    /// 99 % of the requests take at most this long.
    p99: Option<PositiveDuration>,
    /// 99.9 % of the requests take at most this long.
    p999: Option<PositiveDuration>,
    /// No request takes longer.
    max: Option<PositiveDuration>,
    /// At most this share of the requests fails.
    error_rate: Option<Share>,
    /// At least this many requests succeed per second.
    throughput: Option<PositiveRate>,
    /// Of a fault: the service level is back for good within this time after its end.
    recovery: Option<Duration>,
    /// Of a fault: the first loss is seen within this time after its start.
    detection: Option<Duration>,
    /// Of a fault: it costs at most as many requests as a full outage of this length.
    dip: Option<Duration>,
    /// Of a fault: at most this many requests are lost to it.
    #[schemars(range(min = 0))]
    lost: Option<f64>,
    /// What is limited: `NAME` or `operation:NAME`, `group:NAME`, `service:NAME` or `fault:NAME`.
    /// Left out, it is all operations.
    of: Option<String>,
    /// Phases it is judged in: `baseline`, `fault:NAME`, `after:NAME`, `step:N`, `steady`. Empty,
    /// it is all but the warm-up.
    #[serde(rename = "in")]
    within: Option<Vec<String>>,
    /// Of a latency: failures are left out, and budgeted beside it by an `error_rate` of the same
    /// requests. Otherwise a failure is slower than any limit.
    of_success: Option<bool>,
}

/// How the answers are judged.
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Judgement {
    /// Width of the buckets in which the service level is watched.
    bucket: Option<PositiveDuration>,
    /// The level must stay in its band for this long to count as recovered.
    hold: Option<PositiveDuration>,
    /// A response slower than this is not good, whatever its status.
    deadline: Option<PositiveDuration>,
    /// The level's band around its baseline is at least this wide on each side.
    band_floor: Option<Share>,
    /// With fewer of the answered requests traced, the run is inconclusive.
    min_trace_coverage: Option<Share>,
    /// Confidence of the intervals of budgets.
    confidence: Option<Share>,
    /// Whether a run whose schedule was not kept answers its question.
    schedule: Option<Schedule>,
    /// With a lower share of the planned rate sent, the schedule was not kept.
    min_rate: Option<Share>,
    /// With a higher share of requests that found no free user, the run is inconclusive.
    max_unsent: Option<Share>,
    /// What the generator adds to a budget or leaves out may be this share of it.
    tolerance: Option<Share>,
}

/// What the schedule of the load is to the question of a run.
#[derive(JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Schedule {
    /// The question is about this load: without it there is no answer.
    Strict,
    /// The run counts how requests end, at whatever rate they can be sent.
    BestEffort,
}

/// A whole number above 0.
#[derive(JsonSchema)]
pub struct Count(#[schemars(range(min = 1))] u64);

/// A number above 0.
#[derive(JsonSchema)]
#[schemars(extend("exclusiveMinimum" = 0))]
pub struct Weight(f64);

/// A duration in `us`, `ms`, `s` or `m`, for example `1.5s`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^([0-9]+\.?[0-9]*|\.[0-9]+) *(us|ms|s|m)$"))]
pub struct Duration(String);

/// A duration above 0 in `us`, `ms`, `s` or `m`, for example `300ms`.
#[derive(JsonSchema)]
#[schemars(extend(
    "pattern" = r"^([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*) *(us|ms|s|m)$"
))]
pub struct PositiveDuration(String);

/// A rate per second or minute, for example `40/s`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^([0-9]+\.?[0-9]*|\.[0-9]+) *(/s|/m)$"))]
pub struct Rate(String);

/// A rate above 0 per second or minute, for example `40/s`.
#[derive(JsonSchema)]
#[schemars(extend(
    "pattern" = r"^([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*) *(/s|/m)$"
))]
pub struct PositiveRate(String);

/// A share from `0%` to `100%`, for example `1%`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^(0*100(\.0*)?|0*[0-9]{1,2}(\.[0-9]*)?|\.[0-9]+) *%$"))]
pub struct Share(String);

/// A factor, for example `0.2x`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = r"^([0-9]+\.?[0-9]*|\.[0-9]+) *x$"))]
pub struct Factor(String);

/// A size above 0 in `kB`, `MB` or `GB`, for example `64MB`.
#[derive(JsonSchema)]
#[schemars(extend(
    "pattern" = r"^([0-9]*[1-9][0-9]*\.?[0-9]*|[0-9]*\.[0-9]*[1-9][0-9]*) *(kB|MB|GB)$"
))]
pub struct Size(String);

/// A call path, `caller -> callee`.
#[derive(JsonSchema)]
#[schemars(extend("pattern" = "->"))]
pub struct Edge(String);
