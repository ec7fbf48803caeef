//! `latency.hlog`: the HdrHistogram interval log, an operation a second.
//!
//! Readable by every HdrHistogram tool. Values are response times in microseconds, tagged
//! `operation/ok` and `operation/failed`. Intervals are written as they end. It must not know
//! percentiles.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use harness_model::{Sample, Strings, Sym};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriter, IntervalLogWriterBuilder, Tag};

/// Highest response time kept exactly, in microseconds; slower ones count as this.
const HIGHEST_US: u32 = 600_000_000;
/// So many seconds wait for requests that take long, then the earliest is written.
const OPEN_SECONDS: usize = 120;

/// Operation and whether it succeeded -> response times in microseconds.
type Second = BTreeMap<(Sym, bool), Vec<u32>>;

/// Response times by the second in which they were intended. A number each, because a histogram
/// for every second and operation would need far more; and of the latest seconds only, so that
/// memory does not grow with the run.
pub struct IntervalLog<'a, W: Write> {
    log: IntervalLogWriter<'a, 'a, W, V2Serializer>,
    open: BTreeMap<u64, Second>,
}

impl<'a, W: Write> IntervalLog<'a, W> {
    /// Begins a log. Time counts from `load_start_unix_ns`, nanoseconds since 1970.
    ///
    /// # Errors
    /// The reason, when `out` fails, as in all that follows.
    pub fn begin(
        out: &'a mut W,
        serializer: &'a mut V2Serializer,
        load_start_unix_ns: i64,
    ) -> Result<IntervalLog<'a, W>, String> {
        let start = UNIX_EPOCH + Duration::from_nanos(load_start_unix_ns.unsigned_abs());
        let log = IntervalLogWriterBuilder::new()
            .add_comment("response times in microseconds, from the intended moment, by second")
            .with_start_time(start)
            .with_base_time(start)
            .begin_log_with(out, serializer)
            .map_err(|error| error.to_string())?;
        let open = BTreeMap::new();
        Ok(IntervalLog { log, open })
    }

    /// Takes samples, in the order in which requests ended; `names` must be the growing table of
    /// their names. One of a second that is written already gets a further line of that second:
    /// readers of the format add up what has one time and tag.
    ///
    /// # Errors
    /// Also when a name cannot be a tag.
    pub fn take(&mut self, samples: &[Sample], names: &Strings) -> Result<(), String> {
        for sample in samples {
            let second = u64::try_from(sample.intended.ns() / 1_000_000_000).unwrap_or(0);
            let key = (sample.operation, sample.ok());
            let us = u32::try_from(sample.response_ns() / 1000).unwrap_or(HIGHEST_US);
            let taken = self.open.entry(second).or_default();
            taken.entry(key).or_default().push(us.clamp(1, HIGHEST_US));
        }
        self.write_down_to(OPEN_SECONDS, names)
    }

    /// Writes what still waits.
    ///
    /// # Errors
    /// Also when a name cannot be a tag.
    pub fn close(mut self, names: &Strings) -> Result<(), String> {
        self.write_down_to(0, names)
    }

    fn write_down_to(&mut self, left: usize, names: &Strings) -> Result<(), String> {
        while self.open.len() > left {
            let Some((second, taken)) = self.open.pop_first() else {
                break;
            };
            for (tag, histogram) in histograms(&taken, names) {
                let name = Tag::new(&tag).ok_or_else(|| format!("{tag} is no tag"))?;
                let from = Duration::from_secs(second);
                self.log
                    .write_histogram(&histogram, from, Duration::from_secs(1), Some(name))
                    .map_err(|error| format!("{error:?}"))?;
            }
        }
        Ok(())
    }
}

/// Tag -> histogram of one second.
fn histograms(taken: &Second, names: &Strings) -> BTreeMap<String, Histogram<u32>> {
    let mut histograms = BTreeMap::new();
    for ((operation, ok), times) in taken {
        let outcome = if *ok { "ok" } else { "failed" };
        let operation = names.name(*operation).replace([',', ' ', '\n', '\r'], "_");
        let histogram = histograms
            .entry(format!("{operation}/{outcome}"))
            .or_insert_with(|| Histogram::new(3).expect("three digits are valid"));
        for us in times {
            let taken = histogram.record(u64::from(*us));
            taken.expect("it resizes itself");
        }
    }
    histograms
}

#[cfg(test)]
mod tests {
    use harness_model::{ErrorClass, Offset};
    use hdrhistogram::serialization::Deserializer;
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

    /// The log of these batches, and how many seconds waited at most.
    fn logged(batches: &[Vec<Sample>], names: &Strings) -> (Vec<u8>, usize) {
        let (mut bytes, mut serializer, mut most) = (Vec::new(), V2Serializer::new(), 0);
        let mut log = IntervalLog::begin(&mut bytes, &mut serializer, 42).unwrap();
        for batch in batches {
            log.take(batch, names).unwrap();
            most = most.max(log.open.len());
        }
        log.close(names).unwrap();
        (bytes, most)
    }

    /// Second, tag and histogram of each line.
    fn lines(bytes: &[u8]) -> Vec<(u64, String, Histogram<u64>)> {
        let intervals = IntervalLogIterator::new(bytes).filter_map(|entry| match entry.unwrap() {
            LogEntry::Interval(interval) => {
                use base64::Engine;
                let encoded = interval.encoded_histogram();
                let packed = base64::engine::general_purpose::STANDARD
                    .decode(encoded)
                    .unwrap();
                let histogram = Deserializer::new()
                    .deserialize(&mut packed.as_slice())
                    .unwrap();
                let tag = interval.tag().unwrap().as_str().to_owned();
                Some((interval.start_timestamp().as_secs(), tag, histogram))
            }
            _ => None,
        });
        intervals.collect()
    }

    #[test]
    fn samples_in_any_order_become_one_interval_for_each_second_and_tag() {
        let mut names = Strings::default();
        let (buy, browse) = (names.intern("buy, now"), names.intern("browse"));
        let first = vec![
            sample(buy, 1500, 5, ErrorClass::None),
            sample(buy, 200, 1_000_000, ErrorClass::Timeout),
            sample(browse, 1900, 7, ErrorClass::None),
        ];
        let second = vec![sample(buy, 1000, 9, ErrorClass::None)];
        let (bytes, _) = logged(&[first, second], &names);
        let found = lines(&bytes).into_iter();
        let found: Vec<_> = found
            .map(|(second, tag, one)| (second, tag, one.len()))
            .collect();
        let expected = [
            (0, "buy__now/failed".to_owned(), 1),
            (1, "browse/ok".to_owned(), 1),
            (1, "buy__now/ok".to_owned(), 2),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn of_a_long_run_few_seconds_wait_and_an_answer_that_comes_late_is_not_lost() {
        let mut names = Strings::default();
        let buy = names.intern("buy");
        let second = |at: i64| vec![sample(buy, at * 1000, 5, ErrorClass::None); 3];
        let mut batches: Vec<Vec<Sample>> = (0..1000).map(second).collect();
        batches.insert(900, vec![sample(buy, 7000, 893_000, ErrorClass::Timeout)]);
        let (bytes, most) = logged(&batches, &names);
        assert_eq!(most, OPEN_SECONDS);
        let lines = lines(&bytes);
        let all: u64 = lines.iter().map(|(.., one)| one.len()).sum();
        assert_eq!(all, 3001, "each sample is in one line");
        let late = lines.iter().filter(|(second, ..)| *second == 7);
        let late: Vec<_> = late
            .map(|(_, tag, one)| (tag.as_str(), one.len()))
            .collect();
        assert_eq!(late, [("buy/ok", 3), ("buy/failed", 1)]);
    }

    #[test]
    fn the_slowest_count_as_ten_minutes_and_the_fastest_as_a_microsecond() {
        let mut names = Strings::default();
        let buy = names.intern("buy");
        let extremes = vec![
            sample(buy, 0, 1_000_000, ErrorClass::None),
            sample(buy, 0, 0, ErrorClass::None),
        ];
        let (bytes, _) = logged(&[extremes], &names);
        let lines = lines(&bytes);
        let (_, _, histogram) = &lines[0];
        assert_eq!((lines.len(), histogram.len(), histogram.min()), (1, 2, 1));
        let highest = u64::from(HIGHEST_US);
        assert!(histogram.max() >= highest && histogram.max() < highest + highest / 1000);
    }
}
