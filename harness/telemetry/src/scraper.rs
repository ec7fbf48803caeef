//! Asks every service for its metrics, and the kernel for its processes, at a steady pace.
//!
//! Owns the pace and the books of the exporters' spans. It must not know which metric matters to
//! whom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::join_all;
use harness_model::event::TelemetryTally;
use harness_model::metric::{
    HOST_CPU_USED, MetricPoint, PROCESS_CPU_SECONDS, PROCESS_OPEN_FDS, PROCESS_RESIDENT_BYTES,
    PROCESS_THREADS, UP,
};
use harness_model::{InstanceId, Offset, Sym};
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::container::Container;
use crate::process::{HostTicks, ProcessStats};
use crate::prometheus::{Reading, parse};
use crate::{SharedStrings, TelemetryError};

/// An instance of a service to watch.
#[derive(Debug, Clone)]
pub struct ScrapeTarget {
    pub service: String,
    pub instance: InstanceId,
    /// URL of its metrics; without one only its process is watched.
    pub metrics: Option<String>,
}

/// Finds the process of an instance, which changes when it is restarted.
pub type Pids = Arc<dyn Fn(&InstanceId) -> Option<u32> + Send + Sync>;
/// Stamps readings.
pub type Clock = Arc<dyn Fn() -> Offset + Send + Sync>;

/// What a point is about.
#[derive(Debug, Clone, Copy)]
struct Source<'a> {
    service: &'a str,
    instance: &'a str,
}

impl Source<'_> {
    const HOST: Source<'static> = Source {
        service: "host",
        instance: "",
    };
}

impl ScrapeTarget {
    fn source(&self) -> Source<'_> {
        Source {
            service: &self.service,
            instance: self.instance.as_str(),
        }
    }
}

/// A scrape that takes longer than this has failed.
const TIMEOUT: Duration = Duration::from_millis(900);

/// The running scraper.
pub struct Scraper {
    watch: Arc<Watch>,
    stop: CancellationToken,
    rounds: JoinHandle<()>,
}

struct Watch {
    targets: Vec<ScrapeTarget>,
    pids: Pids,
    clock: Clock,
    strings: SharedStrings,
    sink: Sender<Vec<MetricPoint>>,
    client: reqwest::Client,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    scrapes_ok: u64,
    scrapes_failed: u64,
    /// The last reading of each process's span counters, by instance and process id.
    spans: BTreeMap<(InstanceId, u32), SpanBooks>,
}

#[derive(Debug, Clone, Copy, Default)]
struct SpanBooks {
    ended: f64,
    exported: f64,
    dropped: f64,
}

impl SpanBooks {
    fn waiting(&self) -> f64 {
        (self.ended - self.exported - self.dropped).max(0.0)
    }
}

impl Scraper {
    pub fn start(
        targets: Vec<ScrapeTarget>,
        pids: Pids,
        pace: Duration,
        clock: Clock,
        strings: SharedStrings,
        sink: Sender<Vec<MetricPoint>>,
    ) -> Result<Scraper, TelemetryError> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| TelemetryError::Client(error.to_string()))?;
        let books = Mutex::default();
        let watch = Arc::new(Watch {
            targets,
            pids,
            clock,
            strings,
            sink,
            client,
            books,
        });
        let stop = CancellationToken::new();
        let rounds = tokio::spawn(rounds(Arc::clone(&watch), pace, stop.clone()));
        Ok(Scraper {
            watch,
            stop,
            rounds,
        })
    }

    /// Waits until every exporter has handed over what it holds; `false` when the time is over.
    pub async fn drain(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        loop {
            self.watch.round(None).await;
            if self.watch.handed_over() {
                return true;
            }
            if Instant::now() >= deadline {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends the rounds and closes the books. `spans_received` is the receiver's to fill.
    pub async fn stop(self) -> TelemetryTally {
        self.stop.cancel();
        drop(self.rounds.await);
        self.watch.tally()
    }
}

async fn rounds(watch: Arc<Watch>, pace: Duration, stop: CancellationToken) {
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut host = HostTicks::read();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        let now = HostTicks::read();
        let used = now
            .zip(host)
            .and_then(|(now, earlier)| now.used_since(&earlier));
        host = now;
        watch.round(used).await;
    }
}

impl Watch {
    /// Reads every target once, side by side.
    async fn round(&self, host_cpu: Option<f64>) {
        let mut points: Vec<MetricPoint> =
            join_all(self.targets.iter().map(|target| self.one(target)))
                .await
                .concat();
        if let Some(used) = host_cpu {
            points.push(self.point(Source::HOST, HOST_CPU_USED, "", (self.clock)(), used));
        }
        // A full sink loses readings; the gap shows as absence and nothing is invented for it.
        drop(self.sink.try_send(points));
    }

    async fn one(&self, target: &ScrapeTarget) -> Vec<MetricPoint> {
        let pid = (self.pids)(&target.instance);
        let mut points = self.process(target, pid);
        let Some(url) = &target.metrics else {
            return points;
        };
        let at = (self.clock)();
        let scraped = self.scrape(url).await;
        let up = if scraped.is_some() { 1.0 } else { 0.0 };
        points.push(self.point(target.source(), UP, "", at, up));
        let mut books = self.books();
        match scraped {
            Some(readings) => {
                books.scrapes_ok += 1;
                // Who answered after a restart is not known, and what he counts is noted next time.
                if pid == (self.pids)(&target.instance) {
                    books.note(&target.instance, pid.unwrap_or(0), &readings);
                }
                drop(books);
                points.extend(readings.iter().map(|reading| {
                    let (metric, labels) = (&reading.metric, &reading.labels);
                    self.point(target.source(), metric, labels, at, reading.value)
                }));
            }
            None => books.scrapes_failed += 1,
        }
        points
    }

    async fn scrape(&self, url: &str) -> Option<Vec<Reading>> {
        let answer = self.client.get(url).send().await.ok()?;
        let text = answer.error_for_status().ok()?.text().await.ok()?;
        parse(&text).ok()
    }

    fn process(&self, target: &ScrapeTarget, pid: Option<u32>) -> Vec<MetricPoint> {
        let at = (self.clock)();
        let Some(stats) = pid.and_then(ProcessStats::read) else {
            return Vec::new();
        };
        // A server that forks is more than the process that it began as.
        let container = pid.and_then(Container::of);
        let cpu_s = container.as_ref().and_then(Container::cpu_s);
        let resident = container.as_ref().and_then(Container::resident_bytes);
        let mut figures = vec![
            (PROCESS_CPU_SECONDS, cpu_s.unwrap_or(stats.cpu_s)),
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
        let mut strings = self
            .strings
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
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

    fn books(&self) -> std::sync::MutexGuard<'_, Books> {
        self.books
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Only processes that still live can hand anything over.
    fn handed_over(&self) -> bool {
        let books = self.books();
        books.spans.iter().all(|((instance, pid), spans)| {
            (self.pids)(instance) != Some(*pid) || spans.waiting() < 0.5
        })
    }

    fn tally(&self) -> TelemetryTally {
        let books = self.books();
        let mut tally = TelemetryTally {
            scrapes_ok: books.scrapes_ok,
            scrapes_failed: books.scrapes_failed,
            ..TelemetryTally::default()
        };
        for ((instance, pid), spans) in &books.spans {
            tally.spans_dropped += spans.dropped as u64;
            let waiting = spans.waiting() as u64;
            if (self.pids)(instance) == Some(*pid) {
                tally.spans_dropped += waiting;
            } else {
                tally.spans_lost_with_killed += waiting;
            }
        }
        tally
    }
}

impl Books {
    fn note(&mut self, instance: &InstanceId, pid: u32, readings: &[Reading]) {
        let sum = |metric: &str| -> Option<f64> {
            let mut values = readings
                .iter()
                .filter(|reading| reading.metric == metric)
                .map(|r| r.value);
            let first = values.next()?;
            Some(first + values.sum::<f64>())
        };
        let Some(ended) = sum("telemetry_spans_ended_total") else {
            return;
        };
        let spans = SpanBooks {
            ended,
            exported: sum("telemetry_spans_exported_total").unwrap_or(0.0),
            dropped: sum("telemetry_spans_dropped_total").unwrap_or(0.0),
        };
        self.spans.insert((instance.clone(), pid), spans);
    }
}
