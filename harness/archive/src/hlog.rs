//! `latency.hlog`: the HdrHistogram interval log, an operation a second.
//!
//! Readable by every HdrHistogram tool. Values are response times in microseconds, tagged
//! `operation/ok` and `operation/failed`. It must not know percentiles.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, UNIX_EPOCH};

use harness_model::{Sample, Strings};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::V2Serializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

/// Highest response time kept exactly, in microseconds; slower ones count as this.
const HIGHEST_US: u64 = 600_000_000;

/// Writes the samples, which need not be sorted.
pub fn write(
    out: &mut impl Write,
    samples: &[Sample],
    strings: &Strings,
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
    for ((second, tag), histogram) in intervals(samples, strings) {
        let name = Tag::new(&tag).ok_or_else(|| format!("{tag} is no tag"))?;
        let from = Duration::from_secs(second);
        log.write_histogram(&histogram, from, Duration::from_secs(1), Some(name))
            .map_err(|error| format!("{error:?}"))?;
    }
    Ok(())
}

fn intervals(samples: &[Sample], strings: &Strings) -> BTreeMap<(u64, String), Histogram<u64>> {
    let mut intervals = BTreeMap::new();
    for sample in samples {
        let second = u64::try_from(sample.intended.ns() / 1_000_000_000).unwrap_or(0);
        let outcome = if sample.ok() { "ok" } else { "failed" };
        let tag = format!(
            "{}/{outcome}",
            strings
                .name(sample.operation)
                .replace([',', ' ', '\n', '\r'], "_")
        );
        let histogram = intervals.entry((second, tag)).or_insert_with(|| {
            Histogram::new_with_bounds(1, HIGHEST_US, 3).expect("the bounds are valid")
        });
        histogram.saturating_record((sample.response_ns() / 1000).max(1));
    }
    intervals
}
