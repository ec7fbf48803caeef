//! The one place where a run is written down: every event is stamped, stored and shown here.
//!
//! Readers are the archive and the terminal. It must not decide what happens next.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use harness_archive::{ArchiveError, ArchiveWriter};
use harness_load::SampleBatch;
use harness_model::metric::MetricPoint;
use harness_model::{EventKind, Manifest, Offset, Plan, RunEvent, Sample, Span, Strings};
use harness_telemetry::SharedStrings;

use super::clock::RunClock;
use super::progress::{Counts, Progress};
use crate::failure::Failure;

/// Shared by everything that has something to say.
#[derive(Clone)]
pub struct Recorder {
    clock: RunClock,
    names: SharedStrings,
    book: Arc<Mutex<Book>>,
}

struct Book {
    archive: Option<ArchiveWriter>,
    progress: Progress,
    samples: Vec<Sample>,
    sample_names: Strings,
    failed: u64,
    load_start: Option<Offset>,
    /// The first write that failed; the run ends with it.
    broken: Option<String>,
}

impl Recorder {
    pub fn open(
        folder: &Path,
        manifest: &Manifest,
        scenario: &str,
        plan: &Plan,
        clock: RunClock,
    ) -> Result<Recorder, Failure> {
        let archive =
            ArchiveWriter::create(folder, manifest, scenario, plan).map_err(Failure::usage)?;
        let book = Book {
            archive: Some(archive),
            progress: Progress::new(),
            samples: Vec::new(),
            sample_names: Strings::default(),
            failed: 0,
            load_start: None,
            broken: None,
        };
        Ok(Recorder {
            clock,
            names: SharedStrings::default(),
            book: Arc::new(Mutex::new(book)),
        })
    }

    /// Stamps and writes an event; act upon it only when this returned.
    pub fn event(&self, what: EventKind) -> Result<(), Failure> {
        self.event_at(self.clock.now(), what)
    }

    pub fn event_at(&self, at_ns: Offset, what: EventKind) -> Result<(), Failure> {
        let mut book = self.book();
        if what == EventKind::LoadStarted {
            book.load_start = Some(at_ns);
        }
        book.progress.event(at_ns, &what);
        let event = RunEvent { at_ns, what };
        book.write(|archive| archive.event(&event))
    }

    /// A moment a little ahead, as time zero of the load.
    pub fn zero(&self, ahead: Duration) -> Offset {
        self.clock.now() + ahead
    }

    pub fn now(&self) -> Offset {
        self.clock.now()
    }

    /// The offset of a monotonic moment of the past.
    pub fn offset_of(&self, moment: std::time::Instant) -> Offset {
        let ago = Offset::from_duration(moment.elapsed());
        self.clock.now() - ago
    }

    pub fn unix_ns(&self, at: Offset) -> i64 {
        self.clock.unix_ns(at)
    }

    pub fn names(&self) -> SharedStrings {
        Arc::clone(&self.names)
    }

    pub fn samples(&self, batch: SampleBatch) {
        let mut book = self.book();
        let book = &mut *book;
        book.failed += batch.samples.iter().filter(|sample| !sample.ok()).count() as u64;
        let from = book.samples.len();
        book.samples.extend(batch.samples);
        for sample in &mut book.samples[from..] {
            sample.operation = book.sample_names.intern(batch.names.name(sample.operation));
            sample.journey = book.sample_names.intern(batch.names.name(sample.journey));
        }
    }

    /// Operation -> requests that were answered well.
    pub fn answered(&self) -> BTreeMap<String, u64> {
        let book = self.book();
        let mut answered = BTreeMap::new();
        for sample in book.samples.iter().filter(|sample| sample.ok()) {
            let name = book.sample_names.name(sample.operation);
            *answered.entry(name.to_owned()).or_default() += 1;
        }
        answered
    }

    pub fn spans(&self, spans: &[Span]) {
        let names = self
            .names
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .clone();
        let mut book = self.book();
        drop(book.write(|archive| archive.spans(spans, &names)));
    }

    pub fn metrics(&self, points: &[MetricPoint]) {
        let names = self
            .names
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
            .clone();
        let mut book = self.book();
        drop(book.write(|archive| archive.metrics(points, &names)));
    }

    pub fn progress(&self, zero: Offset, planned_s: f64, spans: u64) {
        let now = self.clock.now();
        let mut book = self.book();
        let counts = Counts {
            sent: book.samples.len() as u64,
            failed: book.failed,
            spans,
            done_s: (now - zero).secs_f64(),
            planned_s,
        };
        book.progress.counts(now, counts);
    }

    /// Closes the archive; nothing can be written after.
    pub fn seal(&self) -> Result<(), Failure> {
        let mut book = self.book();
        let Some(archive) = book.archive.take() else {
            return Ok(());
        };
        let names = self
            .names
            .lock()
            .unwrap_or_else(|broken| broken.into_inner());
        let start = self.clock.unix_ns(book.load_start.unwrap_or_default());
        archive
            .seal(&book.samples, &book.sample_names, &names, start)
            .map_err(|error| Failure::bug("seal the run", error))?;
        match &book.broken {
            Some(why) => Err(Failure::bug("write the run down", why)),
            None => Ok(()),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }
}

impl Book {
    fn write(
        &mut self,
        put: impl FnOnce(&mut ArchiveWriter) -> Result<(), ArchiveError>,
    ) -> Result<(), Failure> {
        let Some(archive) = &mut self.archive else {
            return Ok(());
        };
        put(archive).map_err(|error| {
            self.broken.get_or_insert_with(|| error.to_string());
            Failure::bug("write the run down", error)
        })
    }
}
