//! Reads the metrics of every instance, and the kernel's statistics of its process, periodically.
//!
//! Owns the schedule and the counts of scrapes. It must not know what a metric means.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use harness_model::definition::TelemetryNames;
use harness_model::event::TelemetryTally;
use harness_model::metric::{
    EXPORTED, HOST, MetricPoint, PROCESS_CPU_SECONDS, PROCESS_OPEN_FDS, PROCESS_RESIDENT_BYTES,
    PROCESS_THREADS, RESERVED, UP,
};
use harness_model::{InstanceId, Offset, Sym};
use harness_process::Table;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::container::Container;
use crate::error::TelemetryError;
use crate::exporters::ExporterCounters;
use crate::host::{ContainerCpu, HostWatch};
use crate::process::{CpuCounters, ProcessStats};
use crate::prometheus::{Reading, parse};
use crate::shared_strings::{SharedStrings, lock};

/// What to scrape, and how often.
#[derive(Debug, Clone)]
pub struct ScrapePlan {
    pub targets: Vec<ScrapeTarget>,
    pub interval: Duration,
    /// What the target calls its span counters.
    pub names: TelemetryNames,
}

/// An instance of a service.
#[derive(Debug, Clone)]
pub struct ScrapeTarget {
    pub service: String,
    pub instance: InstanceId,
    /// URL of its metrics; without one only its process is watched.
    pub metrics: Option<String>,
}

/// Finds the process of an instance, which changes with a restart.
pub type Pids = Arc<dyn Fn(&InstanceId) -> Option<u32> + Send + Sync>;
/// The time of a reading.
pub type Clock = Arc<dyn Fn() -> Offset + Send + Sync>;

/// Timeout of one scrape.
const TIMEOUT: Duration = Duration::from_millis(900);

/// Pause between two scrapes while exporters are drained.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);

/// The running scraper.
pub struct Scraper {
    scrape: Arc<ScrapeLoop>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

struct ScrapeLoop {
    targets: Vec<ScrapeTarget>,
    pids: Pids,
    clock: Clock,
    strings: SharedStrings,
    sink: Sender<Vec<MetricPoint>>,
    client: reqwest::Client,
    counters: Mutex<ScrapeCounters>,
    cpu: Mutex<CpuCounters>,
}

struct ScrapeCounters {
    ok: u64,
    failed: u64,
    exporters: ExporterCounters,
}

/// What a point is about.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    service: &'a str,
    instance: &'a str,
}

const MACHINE: Source<'static> = Source {
    service: HOST,
    instance: "",
};

impl ScrapeTarget {
    fn source(&self) -> Source<'_> {
        Source {
            service: &self.service,
            instance: self.instance.as_str(),
        }
    }
}

impl Scraper {
    /// Scrapes at once and then once per interval, in a task of its own. `pids` finds the process
    /// of an instance, `clock` stamps the points, `strings` interns their names, and `sink` takes
    /// the points of a scrape together; a full sink loses them.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn start(
        plan: ScrapePlan,
        pids: Pids,
        clock: Clock,
        strings: SharedStrings,
        sink: Sender<Vec<MetricPoint>>,
    ) -> Result<Scraper, TelemetryError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| TelemetryError::Client(error.to_string()))?;
        let scrape = Arc::new(ScrapeLoop {
            targets: plan.targets,
            pids,
            clock,
            strings,
            sink,
            client,
            counters: Mutex::new(ScrapeCounters {
                ok: 0,
                failed: 0,
                exporters: ExporterCounters::new(plan.names),
            }),
            cpu: Mutex::default(),
        });
        let stop = CancellationToken::new();
        let running = Arc::clone(&scrape).run(plan.interval, stop.clone());
        Ok(Scraper {
            scrape,
            stop,
            task: tokio::spawn(running),
        })
    }

    /// Waits until every exporter has delivered its spans; `false` when the time is over.
    pub async fn drain(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            self.scrape.once(None).await;
            if self.scrape.all_exported() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(DRAIN_PAUSE).await;
        }
    }

    /// Stops scraping and returns the counts, without those of the receiver.
    pub async fn stop(self) -> TelemetryTally {
        self.stop.cancel();
        drop(self.task.await);
        self.scrape.tally()
    }
}

impl ScrapeLoop {
    async fn run(self: Arc<ScrapeLoop>, every: Duration, stop: CancellationToken) {
        let mut ticks = interval(every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut host = HostWatch::default();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = stop.cancelled() => return,
            }
            self.once(Some(&mut host)).await;
        }
    }

    /// Reads every target once, concurrently, and the machine.
    async fn once(&self, host: Option<&mut HostWatch>) {
        let table = Table::read();
        let machine = host.map(|host| host.read(&table, self.containers()));
        let reads = self.targets.iter().map(|target| self.read(target, &table));
        let mut points: Vec<MetricPoint> = join_all(reads).await.concat();
        let at = (self.clock)();
        let machine = machine.into_iter().flatten();
        points.extend(machine.map(|(metric, value)| self.point(MACHINE, metric, "", at, value)));
        // A full sink loses readings; the gap stays visible as missing points.
        drop(self.sink.try_send(points));
    }

    fn containers(&self) -> ContainerCpu {
        let used = self.targets.iter().filter_map(|target| {
            let container = Container::of((self.pids)(&target.instance)?)?;
            Some((target.instance.clone(), container.cpu_s()?))
        });
        used.collect()
    }

    async fn read(&self, target: &ScrapeTarget, table: &Table) -> Vec<MetricPoint> {
        let source = target.source();
        let pid = (self.pids)(&target.instance);
        let mut points = self.process(target, pid, table);
        let Some(url) = &target.metrics else {
            return points;
        };
        let at = (self.clock)();
        let scraped = self.scrape(url).await;
        let up = if scraped.is_some() { 1.0 } else { 0.0 };
        points.push(self.point(source, UP, "", at, up));
        let mut counters = self.counters();
        match scraped {
            Some(readings) => {
                counters.ok += 1;
                // After a restart in between it is not known which process answered.
                if pid == (self.pids)(&target.instance) {
                    let pid = pid.unwrap_or(0);
                    counters.exporters.record(&target.instance, pid, &readings);
                }
                drop(counters);
                points.extend(readings.iter().map(|reading| {
                    let metric = exported(&reading.metric);
                    self.point(source, &metric, &reading.labels, at, reading.value)
                }));
            }
            None => counters.failed += 1,
        }
        points
    }

    async fn scrape(&self, url: &str) -> Option<Vec<Reading>> {
        let answer = self.client.get(url).send().await.ok()?;
        let text = answer.error_for_status().ok()?.text().await.ok()?;
        parse(&text).ok()
    }

    fn process(&self, target: &ScrapeTarget, pid: Option<u32>, table: &Table) -> Vec<MetricPoint> {
        let at = (self.clock)();
        let leader = pid.and_then(|pid| table.get(pid));
        let stats = leader.and_then(|leader| ProcessStats::of_instance(table, leader.pid));
        let Some((leader, stats)) = leader.zip(stats) else {
            return Vec::new();
        };
        let container = pid.and_then(Container::of);
        let cpu_s = container.as_ref().and_then(Container::cpu_s);
        let resident = container.as_ref().and_then(Container::resident_bytes);
        let of_processes = || {
            let mut counters = self.cpu.lock().unwrap_or_else(PoisonError::into_inner);
            counters.read(&target.instance, leader.identity(), stats.cpu_s)
        };
        let mut figures = vec![
            (PROCESS_CPU_SECONDS, cpu_s.unwrap_or_else(of_processes)),
            (
                PROCESS_RESIDENT_BYTES,
                resident.unwrap_or(stats.resident_bytes),
            ),
            (PROCESS_THREADS, stats.threads),
            (PROCESS_OPEN_FDS, stats.open_fds),
        ];
        figures.extend(container.map(|one| one.read()).unwrap_or_default());
        let point = |(metric, value)| self.point(target.source(), metric, "", at, value);
        figures.into_iter().map(point).collect()
    }

    fn point(
        &self,
        source: Source<'_>,
        metric: &str,
        labels: &str,
        at: Offset,
        value: f64,
    ) -> MetricPoint {
        let mut strings = lock(&self.strings);
        let mut sym = |name: &str| -> Sym { strings.intern(name) };
        MetricPoint {
            service: sym(source.service),
            instance: sym(source.instance),
            metric: sym(metric),
            labels: sym(labels),
            at,
            value,
        }
    }

    fn counters(&self) -> MutexGuard<'_, ScrapeCounters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn runs(&self, instance: &InstanceId, pid: u32) -> bool {
        (self.pids)(instance) == Some(pid)
    }

    fn all_exported(&self) -> bool {
        let counters = self.counters();
        counters
            .exporters
            .all_exported(|id, pid| self.runs(id, pid))
    }

    fn tally(&self) -> TelemetryTally {
        let counters = self.counters();
        let undelivered = counters.exporters.undelivered(|id, pid| self.runs(id, pid));
        TelemetryTally {
            scrapes_ok: counters.ok,
            scrapes_failed: counters.failed,
            spans_dropped: undelivered.dropped,
            spans_lost_with_killed: undelivered.lost_with_ended,
            ..TelemetryTally::default()
        }
    }
}

/// The name under which a reading of the target is recorded.
fn exported(metric: &str) -> Cow<'_, str> {
    match RESERVED.contains(&metric) {
        true => Cow::Owned(format!("{EXPORTED}{metric}")),
        false => Cow::Borrowed(metric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_target_says_of_its_process_does_not_pass_for_our_own_reading() {
        assert_eq!(
            exported("process_cpu_seconds_total"),
            "exported_process_cpu_seconds_total"
        );
        assert_eq!(exported("up"), "exported_up");
        assert_eq!(exported("http_requests_total"), "http_requests_total");
    }
}
