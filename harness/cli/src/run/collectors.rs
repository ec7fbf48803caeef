//! The collectors of a run: OTLP receiver and scraper, into the recorder.
//!
//! Owns how much may wait between them. It must not know what spans and points mean.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use harness_model::event::TelemetryTally;
use harness_model::metric::MetricPoint;
use harness_model::{EventKind, Plan, Span};
use harness_telemetry::{OtlpReceiver, ScrapePlan, ScrapeTarget, Scraper};
use tokio::sync::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

use super::clock::RunClock;
use super::recorder::Recorder;
use super::target::RunningTarget;
use crate::failure::Failure;

/// Batches that may wait for the recorder before one is dropped, which is counted.
const WAITING_BATCHES: usize = 4096;

/// Everything that collects telemetry.
pub struct Collectors {
    receiver: OtlpReceiver,
    recorder: Recorder,
    scraper: Mutex<Option<Scraper>>,
    points: Sender<Vec<MetricPoint>>,
    writers: Vec<JoinHandle<()>>,
}

impl Collectors {
    /// Opens the receiver at an address that the target can reach, before the target starts: its
    /// services are told the address.
    ///
    /// # Errors
    /// When it cannot listen there, or the event cannot be recorded.
    pub async fn open(
        recorder: &Recorder,
        clock: &RunClock,
        at: IpAddr,
    ) -> Result<Collectors, Failure> {
        let (spans, received) = channel(WAITING_BATCHES);
        let (points, scraped) = channel(WAITING_BATCHES);
        let receiver = OtlpReceiver::start(at, clock.started_unix_ns(), recorder.names(), spans)
            .await
            .map_err(|error| Failure::bug("listen for telemetry", error))?;
        let writers = vec![
            tokio::spawn(write_spans(received, recorder.clone())),
            tokio::spawn(write_points(scraped, recorder.clone())),
        ];
        recorder.event(EventKind::CollectorsReady {
            otlp_grpc: receiver.grpc_url(),
            otlp_http: receiver.http_url(),
        })?;
        let scraper = Mutex::new(None);
        Ok(Collectors {
            receiver,
            recorder: recorder.clone(),
            scraper,
            points,
            writers,
        })
    }

    /// The endpoint that services export spans to.
    pub fn otlp(&self) -> String {
        self.receiver.grpc_url()
    }

    /// Starts to scrape every instance of the target.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn listen(&self, plan: &Plan, target: &RunningTarget) -> Result<(), Failure> {
        let topology = target.topology();
        let targets = topology
            .instances()
            .map(|(service, instance)| ScrapeTarget {
                service: service.name.clone(),
                instance: instance.id.clone(),
                metrics: instance.metrics.clone(),
            })
            .collect();
        let clock = self.recorder.clone();
        let scrape = ScrapePlan {
            targets,
            interval: Duration::from_nanos(plan.telemetry.scrape_interval_ns),
            names: plan.target.definition.telemetry.clone(),
        };
        let scraper = Scraper::start(
            scrape,
            target.pids(),
            Arc::new(move || clock.now()),
            self.recorder.names(),
            self.points.clone(),
        )
        .map_err(|error| Failure::bug("scrape metrics", error))?;
        if let Ok(mut slot) = self.scraper.try_lock() {
            *slot = Some(scraper);
        }
        Ok(())
    }

    /// How many spans have arrived so far.
    pub fn spans(&self) -> u64 {
        self.receiver.received()
    }

    /// Waits up to `within` for what exporters still hold, closes everything, and returns what was
    /// counted.
    pub async fn close(self, within: Duration) -> TelemetryTally {
        let mut tally = TelemetryTally::default();
        if let Some(scraper) = self.scraper.lock().await.take() {
            scraper.drain(within).await;
            tally = scraper.stop().await;
        }
        tally.spans_received = self.receiver.received();
        tally.spans_dropped += self.receiver.dropped();
        self.receiver.stop().await;
        drop(self.points);
        for writer in self.writers {
            drop(tokio::time::timeout(Duration::from_secs(5), writer).await);
        }
        tally
    }
}

async fn write_spans(mut received: Receiver<Vec<Span>>, recorder: Recorder) {
    while let Some(spans) = received.recv().await {
        recorder.spans(&spans);
    }
}

async fn write_points(mut scraped: Receiver<Vec<MetricPoint>>, recorder: Recorder) {
    while let Some(points) = scraped.recv().await {
        recorder.metrics(&points);
    }
}
