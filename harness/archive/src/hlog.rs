//! `latency.hlog`: the HdrHistogram interval log, an operation a second.
//!
//! Readable by every HdrHistogram tool. Values are response times in microseconds, tagged
//! `operation/ok` and `operation/failed`. It must not know percentiles.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use harness_model::{Sample, Strings, Sym};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

/// Highest response time kept exactly, in microseconds; slower ones count as this.
const HIGHEST_US: u32 = 600_000_000;

/// Operation and whether it succeeded -> response times in microseconds.
type Second = BTreeMap<(Sym, bool), Vec<u32>>;

/// Response times by the second in which they were intended. A number each, because a histogram
/// for every second and operation would need far more.
#[derive(Default)]
pub struct IntervalLog(BTreeMap<u64, Second>);

impl IntervalLog {
    /// Takes samples in any order; their names must be of one table.
    pub fn take(&mut self, samples: &[Sample]) {
        for sample in samples {
            let second = u64::try_from(sample.intended.ns() / 1_000_000_000).unwrap_or(0);
            let key = (sample.operation, sample.ok());
            let us = u32::try_from(sample.response_ns() / 1000).unwrap_or(HIGHEST_US);
            let taken = self.0.entry(second).or_default();
            taken.entry(key).or_default().push(us.clamp(1, HIGHEST_US));
        }
    }

    /// Writes the whole log; `names` must be the table of the samples. Time counts from
    /// `load_start_unix_ns`, nanoseconds since 1970.
    ///
    /// # Errors
    /// The reason, when `out` fails or a name cannot be a tag.
    pub fn write(
        self,
        out: &mut impl Write,
        names: &Strings,
        load_start_unix_ns: i64,
    ) -> Result<(), String> {
        let mut serializer = V2Serializer::new();
        let start = UNIX_EPOCH + Duration::from_nanos(load_start_unix_ns.unsigned_abs());
        let mut log = IntervalLogWriterBuilder::new()
            .add_comment("response times in microseconds, from the intended moment, by second")
            .with_start_time(start)
            .with_base_time(start)
            .begin_log_with(out, &mut serializer)
            .map_err(|error| error.to_string())?;
        for (second, taken) in self.0 {
            for (tag, histogram) in histograms(&taken, names) {
                let name = Tag::new(&tag).ok_or_else(|| format!("{tag} is no tag"))?;
                let from = Duration::from_secs(second);
                log.write_histogram(&histogram, from, Duration::from_secs(1), Some(name))
                    .map_err(|error| format!("{error:?}"))?;
            }
        }
        Ok(())
    }
}

/// Tag -> histogram of one second.
fn histograms(taken: &Second, names: &Strings) -> BTreeMap<String, Histogram<u64>> {
    let mut histograms = BTreeMap::new();
    for ((operation, ok), times) in taken {
        let outcome = if *ok { "ok" } else { "failed" };
        let operation = names.name(*operation).replace([',', ' ', '\n', '\r'], "_");
        let histogram = histograms
            .entry(format!("{operation}/{outcome}"))
            .or_insert_with(|| {
                Histogram::new_with_bounds(1, u64::from(HIGHEST_US), 3)
                    .expect("the bounds are valid")
            });
        for us in times {
            histogram.saturating_record(u64::from(*us));
        }
    }
    histograms
}

#[cfg(test)]
mod tests {
    use harness_model::{ErrorClass, Offset};
    use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};

    use super::*;

    fn sample(operation: Sym, intended_ms: i64, took_ms: i64, error: ErrorClass) -> Sample {
        let at = |ms: i64| Offset(ms * 1_000_000);
        Sample {
            operation,
            journey: Sym::NONE,
            intended: at(intended_ms),
            sent: at(intended_ms),
            first_byte: at(intended_ms + took_ms),
            done: at(intended_ms + took_ms),
            lateness_ns: 0,
            status: 0,
            error,
            bytes: 0,
            trace: 0,
            session: 0,
            step: 0,
            attempt: 1,
            phase: 0,
        }
    }

    #[test]
    fn samples_in_any_order_become_one_interval_for_each_second_and_tag() {
        let mut names = Strings::default();
        let (buy, browse) = (names.intern("buy, now"), names.intern("browse"));
        let mut log = IntervalLog::default();
        log.take(&[
            sample(buy, 1500, 5, ErrorClass::None),
            sample(buy, 200, 1_000_000, ErrorClass::Timeout),
            sample(browse, 1900, 7, ErrorClass::None),
        ]);
        log.take(&[sample(buy, 1000, 9, ErrorClass::None)]);
        let mut bytes = Vec::new();
        log.write(&mut bytes, &names, 42).unwrap();
        let intervals = IntervalLogIterator::new(&bytes).filter_map(|entry| match entry.unwrap() {
            LogEntry::Interval(interval) => Some((
                interval.start_timestamp().as_secs(),
                interval.tag().unwrap().as_str().to_owned(),
            )),
            _ => None,
        });
        let expected = [
            (0, "buy__now/failed".to_owned()),
            (1, "browse/ok".to_owned()),
            (1, "buy__now/ok".to_owned()),
        ];
        assert_eq!(intervals.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_slowest_count_as_ten_minutes_and_the_fastest_as_a_microsecond() {
        let mut log = IntervalLog::default();
        log.take(&[
            sample(Sym(0), 0, 1_000_000, ErrorClass::None),
            sample(Sym(0), 0, 0, ErrorClass::None),
        ]);
        let histogram = &histograms(&log.0[&0], &Strings::default())["/ok"];
        assert_eq!(histogram.len(), 2);
        assert_eq!(histogram.min(), 1);
        assert!(histogram.max() >= u64::from(HIGHEST_US));
    }
}
