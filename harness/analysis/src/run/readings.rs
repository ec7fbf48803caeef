//! The metrics of a service while the load was on.

use harness_model::{Offset, RunData};

/// The readings of a service's metric while the load was on, in order.
pub fn values<'a>(run: &'a RunData, service: &str, metric: &str) -> impl Iterator<Item = f64> + 'a {
    let wanted = run.strings.find(service).zip(run.strings.find(metric));
    let during = |at: Offset| at.ns() >= 0 && at <= run.load_end();
    run.metrics
        .iter()
        .filter(move |point| wanted == Some((point.service, point.metric)) && during(point.at))
        .map(|point| point.value)
}

/// How much a counter grew; a fall is a new process, which starts from zero.
pub fn growth(run: &RunData, service: &str, metric: &str) -> Option<f64> {
    let mut values = values(run, service, metric);
    let mut last = values.next()?;
    let mut grown = 0.0;
    for value in values {
        grown += if value >= last { value - last } else { value };
        last = value;
    }
    Some(grown)
}

/// The highest reading.
pub fn peak(run: &RunData, service: &str, metric: &str) -> Option<f64> {
    values(run, service, metric).reduce(f64::max)
}
