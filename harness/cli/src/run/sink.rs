//! What takes the stream of a run: the archive and the terminal; a live page would be one more.
//!
//! A sink acts on nothing. It must not know where the stream comes from.

use harness_archive::{ArchiveError, ArchiveWriter};
use harness_model::metric::MetricPoint;
use harness_model::{Offset, RunEvent, Sample, Span, Strings};

use crate::failure::Failure;

/// One reader of the stream. A sink takes what it is interested in; what it cannot take fails the
/// run. Names are those of the one table of the run, which only grows.
pub trait EventSink: Send {
    /// The event must be safe with the kernel, or shown, when this returns.
    fn event(&mut self, event: &RunEvent) -> Result<(), Failure>;

    fn samples(&mut self, _samples: &[Sample], _names: &Strings) -> Result<(), Failure> {
        Ok(())
    }

    fn spans(&mut self, _spans: &[Span], _names: &Strings) -> Result<(), Failure> {
        Ok(())
    }

    fn metrics(&mut self, _points: &[MetricPoint], _names: &Strings) -> Result<(), Failure> {
        Ok(())
    }

    /// How far the load is, a few times a second.
    fn progress(&mut self, _at: Offset, _progress: &Progress) {}

    /// The stream has ended.
    fn seal(self: Box<Self>) -> Result<(), Failure> {
        Ok(())
    }
}

/// Counts of a load that is on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Progress {
    pub sent: u64,
    pub failed: u64,
    pub spans: u64,
    /// Seconds of load done and planned.
    pub done_s: f64,
    pub planned_s: f64,
}

impl EventSink for ArchiveWriter {
    fn event(&mut self, event: &RunEvent) -> Result<(), Failure> {
        self.event(event).map_err(unwritten)
    }

    fn samples(&mut self, samples: &[Sample], names: &Strings) -> Result<(), Failure> {
        self.samples(samples, names).map_err(unwritten)
    }

    fn spans(&mut self, spans: &[Span], names: &Strings) -> Result<(), Failure> {
        self.spans(spans, names).map_err(unwritten)
    }

    fn metrics(&mut self, points: &[MetricPoint], names: &Strings) -> Result<(), Failure> {
        self.metrics(points, names).map_err(unwritten)
    }

    fn seal(self: Box<Self>) -> Result<(), Failure> {
        let sealed = ArchiveWriter::seal(*self);
        sealed.map_err(unwritten)
    }
}

fn unwritten(error: ArchiveError) -> Failure {
    Failure::unrecorded(format!("failed to record the run: {error}"))
}
