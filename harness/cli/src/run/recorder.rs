//! The one stream of a run: everything is stamped here and handed to every sink.
//!
//! It counts what the run itself needs to know of its samples and keeps none of them. It must not
//! know who reads, nor decide what happens next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use harness_load::SampleBatch;
use harness_model::metric::MetricPoint;
use harness_model::{EventKind, Offset, RunEvent, Span, Strings, Sym};
use harness_telemetry::SharedStrings;
use tokio_util::sync::CancellationToken;

use super::clock::RunClock;
use super::sink::{EventSink, Progress};
use crate::failure::Failure;

/// Shared by everything that has something to record.
#[derive(Clone)]
pub struct Recorder {
    clock: RunClock,
    /// Where receiver and scraper intern the names of what they hand over.
    names: SharedStrings,
    stream: Arc<Mutex<Stream>>,
    /// A sink has failed.
    broken: CancellationToken,
}

struct Stream {
    sinks: Vec<Box<dyn EventSink>>,
    /// Follows the shared table, so that a slow sink does not hold up those who intern names.
    names: Strings,
    sent: u64,
    failed: u64,
    /// Operation -> requests that succeeded.
    succeeded: BTreeMap<Sym, u64>,
    /// The first failure of a sink; the run ends with it.
    broken: Option<Failure>,
}

impl Recorder {
    /// Time is read from `clock`; every sink receives everything, in the order given here.
    pub fn new(clock: RunClock, sinks: Vec<Box<dyn EventSink>>) -> Recorder {
        let stream = Stream {
            sinks,
            names: Strings::default(),
            sent: 0,
            failed: 0,
            succeeded: BTreeMap::new(),
            broken: None,
        };
        Recorder {
            clock,
            names: SharedStrings::default(),
            stream: Arc::new(Mutex::new(stream)),
            broken: CancellationToken::new(),
        }
    }

    /// Stamps and records an event; act upon it only when this has returned.
    ///
    /// # Errors
    /// The first failure of a sink.
    pub fn event(&self, what: EventKind) -> Result<(), Failure> {
        let mut stream = self.stream();
        let at_ns = self.clock.now();
        let event = RunEvent { at_ns, what };
        self.first_failure(stream.each(|sink, _| sink.event(&event)))
    }

    /// As [`event`](Self::event), for a moment that is already known.
    pub fn event_at(&self, at_ns: Offset, what: EventKind) -> Result<(), Failure> {
        let event = RunEvent { at_ns, what };
        self.first_failure(self.stream().each(|sink, _| sink.event(&event)))
    }

    /// A moment a little ahead, as time zero of the load.
    pub fn zero(&self, ahead: Duration) -> Offset {
        self.clock.now() + ahead
    }

    /// The time since the start of the run.
    pub fn now(&self) -> Offset {
        self.clock.now()
    }

    /// The offset of a monotonic moment of the past.
    pub fn offset_of(&self, moment: Instant) -> Offset {
        let ago = Offset::from_duration(moment.elapsed());
        self.clock.now() - ago
    }

    /// The wall clock of a moment of this run, in nanoseconds since 1970.
    pub fn unix_ns(&self, at: Offset) -> i64 {
        self.clock.unix_ns(at)
    }

    /// The table in which names of spans and points must be interned.
    pub fn names(&self) -> SharedStrings {
        Arc::clone(&self.names)
    }

    /// Records samples whose names are still the worker's. Failures of a sink show at the seal.
    pub fn samples(&self, batch: SampleBatch) {
        let ours: Vec<Sym> = {
            let mut names = locked(&self.names);
            let theirs = batch.names.iter();
            theirs.map(|(_, name)| names.intern(name)).collect()
        };
        let our = |sym: Sym| ours.get(sym.0 as usize).copied().unwrap_or_default();
        let mut samples = batch.samples;
        let mut stream = self.stream_with_names();
        for sample in &mut samples {
            sample.operation = our(sample.operation);
            sample.journey = our(sample.journey);
            if !sample.was_sent() {
                continue;
            }
            stream.sent += 1;
            match sample.ok() {
                true => *stream.succeeded.entry(sample.operation).or_default() += 1,
                false => stream.failed += 1,
            }
        }
        drop(self.first_failure(stream.each(|sink, names| sink.samples(&samples, names))));
    }

    /// Operation -> requests that succeeded so far.
    pub fn succeeded(&self) -> BTreeMap<String, u64> {
        let stream = self.stream();
        let counts = stream.succeeded.iter();
        let named = counts.map(|(sym, count)| (stream.names.name(*sym).to_owned(), *count));
        named.collect()
    }

    /// Records spans whose names are in [`names`](Self::names). Failures of a sink show at the
    /// seal.
    pub fn spans(&self, spans: &[Span]) {
        let mut stream = self.stream_with_names();
        drop(self.first_failure(stream.each(|sink, names| sink.spans(spans, names))));
    }

    /// Records points whose names are in [`names`](Self::names). Failures of a sink show at the
    /// seal.
    pub fn metrics(&self, points: &[MetricPoint]) {
        let mut stream = self.stream_with_names();
        drop(self.first_failure(stream.each(|sink, names| sink.metrics(points, names))));
    }

    /// Shows how far the load is: `zero` is its start, `planned_s` its length in seconds, `spans`
    /// the count of those that have arrived.
    pub fn progress(&self, zero: Offset, planned_s: f64, spans: u64) {
        let now = self.clock.now();
        let mut stream = self.stream();
        let progress = Progress {
            sent: stream.sent,
            failed: stream.failed,
            spans,
            done_s: (now - zero).secs_f64(),
            planned_s,
        };
        for sink in &mut stream.sinks {
            sink.progress(now, &progress);
        }
    }

    /// Completes when something could not be recorded: the run must end.
    pub fn broken(&self) -> impl Future<Output = ()> + '_ {
        self.broken.cancelled()
    }

    /// The first failure of a sink so far.
    pub fn failure(&self) -> Option<Failure> {
        self.stream().broken.clone()
    }

    /// States that what is recorded from now on is lost, although no sink has noticed.
    pub fn fail(&self, failure: Failure) {
        self.stream().broken.get_or_insert(failure);
        self.broken.cancel();
    }

    /// Passes an outcome on, and tells everybody about a failure.
    fn first_failure(&self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        if outcome.is_err() {
            self.broken.cancel();
        }
        outcome
    }

    /// Ends the stream; what is recorded later is lost.
    ///
    /// # Errors
    /// The first failure of any sink since the start of the run.
    pub fn seal(&self) -> Result<(), Failure> {
        let (sinks, broken) = {
            let mut stream = self.stream();
            (std::mem::take(&mut stream.sinks), stream.broken.take())
        };
        let recorded = broken.map_or(Ok(()), Err);
        let sealed = sinks.into_iter().map(EventSink::seal);
        sealed.fold(recorded, Result::and)
    }

    fn stream(&self) -> MutexGuard<'_, Stream> {
        locked(&self.stream)
    }

    /// The stream, knowing every name that was interned before.
    fn stream_with_names(&self) -> MutexGuard<'_, Stream> {
        let mut stream = self.stream();
        let known = stream.names.len();
        let names = locked(&self.names);
        for (_, name) in names.iter().skip(known) {
            stream.names.intern(name);
        }
        drop(names);
        stream
    }
}

impl Stream {
    /// Hands something to every sink, also after one has failed; returns the first failure.
    fn each(
        &mut self,
        mut give: impl FnMut(&mut dyn EventSink, &Strings) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let names = &self.names;
        let given = self.sinks.iter_mut().map(|sink| give(sink.as_mut(), names));
        let outcome = given.fold(Ok(()), Result::and);
        if let Err(failure) = &outcome {
            self.broken.get_or_insert_with(|| failure.clone());
        }
        outcome
    }
}

fn locked<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use harness_model::{ErrorClass, Sample};

    use super::*;

    /// Keeps what it was given, with names spelt out.
    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl EventSink for Kept {
        fn event(&mut self, event: &RunEvent) -> Result<(), Failure> {
            locked(&self.0).push(format!("{:?}", event.what));
            Ok(())
        }

        fn samples(&mut self, samples: &[Sample], names: &Strings) -> Result<(), Failure> {
            let spelt = samples.iter().map(|sample| names.name(sample.operation));
            locked(&self.0).extend(spelt.map(str::to_owned));
            Ok(())
        }
    }

    /// Fails on every event, and numbers its failures.
    struct Full(u32);

    impl EventSink for Full {
        fn event(&mut self, _: &RunEvent) -> Result<(), Failure> {
            self.0 += 1;
            Err(Failure::bug(
                "write",
                format!("the disk is full ({})", self.0),
            ))
        }
    }

    fn batch(names: &Strings, operations: &[&str]) -> SampleBatch {
        let sample = |operation: &&str| Sample {
            operation: names.find(operation).expect("a known name"),
            journey: Sym::NONE,
            intended: Offset::ZERO,
            sent: Offset::ZERO,
            first_byte: Offset::ZERO,
            done: Offset::ZERO,
            lateness_ns: 0,
            status: 200,
            error: match *operation {
                "pay" => ErrorClass::Timeout,
                _ => ErrorClass::None,
            },
            bytes: 0,
            trace: 0,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        };
        SampleBatch {
            samples: operations.iter().map(sample).collect(),
            names: Arc::new(names.clone()),
        }
    }

    #[test]
    fn a_sink_that_fails_holds_up_no_other_and_its_first_failure_fails_the_run() {
        let kept = Kept::default();
        let sinks: Vec<Box<dyn EventSink>> = vec![Box::new(Full(0)), Box::new(kept.clone())];
        let recorder = Recorder::new(RunClock::start(), sinks);
        assert!(recorder.event(EventKind::RunStarted).is_err());
        assert!(recorder.event(EventKind::RunFinished).is_err());
        assert_eq!(*locked(&kept.0), ["RunStarted", "RunFinished"]);
        let failure = recorder.seal().unwrap_err();
        assert!(failure.message.contains("full (1)"), "{}", failure.message);
    }

    #[test]
    fn samples_take_the_names_of_the_run_and_only_their_counts_are_kept() {
        let kept = Kept::default();
        let recorder = Recorder::new(RunClock::start(), vec![Box::new(kept.clone())]);
        locked(&recorder.names()).intern("a service that was heard before");
        let mut theirs = Strings::default();
        for name in ["browse", "pay"] {
            theirs.intern(name);
        }
        recorder.samples(batch(&theirs, &["browse", "pay"]));
        recorder.samples(batch(&theirs, &["browse"]));
        assert_eq!(*locked(&kept.0), ["browse", "pay", "browse"]);
        let succeeded = recorder.succeeded();
        assert_eq!(succeeded, BTreeMap::from([("browse".to_owned(), 2)]));
    }
}
