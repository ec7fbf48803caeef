//! How many spans the exporters of the target still hold or have lost.
//!
//! Owns the last readings of the counters that the target definition names. It must not know how
//! they were read.

use std::collections::BTreeMap;

use harness_model::InstanceId;
use harness_model::definition::TelemetryNames;

use crate::prometheus::Reading;

/// A process of an instance: a restarted instance has another pid and counts from zero.
type Process = (InstanceId, u32);

/// The last span counters of every process so far.
#[derive(Debug)]
pub struct ExporterCounters {
    names: TelemetryNames,
    last: BTreeMap<Process, SpanCounts>,
}

#[derive(Debug, Clone, Copy, Default)]
struct SpanCounts {
    ended: f64,
    exported: f64,
    dropped: f64,
}

impl SpanCounts {
    fn unexported(self) -> f64 {
        (self.ended - self.exported - self.dropped).max(0.0)
    }
}

/// Spans that did not reach the receiver.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UndeliveredSpans {
    /// By a process that still runs.
    pub dropped: u64,
    /// Held by a process when it ended.
    pub lost_with_ended: u64,
}

impl ExporterCounters {
    /// `names` says what the target calls the counters of spans.
    pub fn new(names: TelemetryNames) -> ExporterCounters {
        ExporterCounters {
            names,
            last: BTreeMap::new(),
        }
    }

    /// Keeps the counters of a scrape, if the definition names them and the scrape has them.
    pub fn record(&mut self, instance: &InstanceId, pid: u32, readings: &[Reading]) {
        let sum = |name: &Option<String>| -> Option<f64> {
            let name = name.as_ref()?;
            let mut values = readings
                .iter()
                .filter(|reading| reading.metric == *name)
                .map(|reading| reading.value);
            let first = values.next()?;
            Some(first + values.sum::<f64>())
        };
        let Some(ended) = sum(&self.names.spans_ended) else {
            return;
        };
        let counts = SpanCounts {
            ended,
            exported: sum(&self.names.spans_exported).unwrap_or(0.0),
            dropped: sum(&self.names.spans_dropped).unwrap_or(0.0),
        };
        self.last.insert((instance.clone(), pid), counts);
    }

    /// Whether every process that still runs has exported all its spans.
    pub fn all_exported(&self, runs: impl Fn(&InstanceId, u32) -> bool) -> bool {
        let mut running = self.last.iter().filter(|((id, pid), _)| runs(id, *pid));
        running.all(|(_, counts)| counts.unexported() < 0.5)
    }

    /// What the last scrape of every process states as not exported; `runs` tells those that still
    /// run from those that have ended.
    pub fn undelivered(&self, runs: impl Fn(&InstanceId, u32) -> bool) -> UndeliveredSpans {
        let mut undelivered = UndeliveredSpans::default();
        for ((id, pid), counts) in &self.last {
            undelivered.dropped += counts.dropped as u64;
            let unexported = counts.unexported() as u64;
            match runs(id, *pid) {
                true => undelivered.dropped += unexported,
                false => undelivered.lost_with_ended += unexported,
            }
        }
        undelivered
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prometheus::parse;

    fn names() -> TelemetryNames {
        TelemetryNames {
            spans_ended: Some("ended".to_owned()),
            spans_exported: Some("exported".to_owned()),
            spans_dropped: Some("dropped".to_owned()),
            ..TelemetryNames::default()
        }
    }

    #[test]
    fn spans_of_an_ended_process_are_lost_with_it_and_those_of_a_running_one_are_dropped() {
        let mut counters = ExporterCounters::new(names());
        let cart = InstanceId::of_service("cart", 2);
        let mut record = |id, pid, text| counters.record(id, pid, &parse(text).unwrap());
        record(&cart[0], 1, "ended 10\nexported 7\ndropped 1\n");
        record(
            &cart[0],
            2,
            "ended{kind=\"a\"} 2\nended{kind=\"b\"} 1\nexported 2\n",
        );
        record(&cart[1], 3, "ended 5\nexported 5\n");
        let runs = |id: &InstanceId, pid| (id == &cart[0] && pid == 2) || pid == 3;
        assert!(!counters.all_exported(runs));
        let expected = UndeliveredSpans {
            dropped: 1 + 1,
            lost_with_ended: 2,
        };
        assert_eq!(counters.undelivered(runs), expected);
        let runs_no_more = |_: &InstanceId, pid| pid == 3;
        assert!(counters.all_exported(runs_no_more));
    }

    #[test]
    fn counters_that_the_definition_does_not_name_are_not_looked_for() {
        let mut counters = ExporterCounters::new(TelemetryNames::default());
        let readings = parse("ended 10\nexported 7\n").unwrap();
        counters.record(&InstanceId::new("cart"), 1, &readings);
        assert!(counters.all_exported(|_, _| true));
        let undelivered = counters.undelivered(|_, _| true);
        assert_eq!(undelivered, UndeliveredSpans::default());
    }
}
