//! What a request costs each service in CPU time, and who runs out first.
//!
//! By the utilisation law `U = X D` (Denning and Buzen, *Computing Surveys* 10, 1978) the service
//! demand D is the slope of cores used over throughput. It must not guess: without a saturated
//! resource it names no bottleneck by CPU.

use std::collections::BTreeMap;

use harness_model::metric::{HOST_CPU_USED, PROCESS_CPU_SECONDS};
use harness_model::{Offset, RunData};

use super::steps::Step;

/// A machine busier than this is out of CPU for all that matters.
const SATURATED: f64 = 0.9;

/// Service -> CPU milliseconds a successful request.
pub fn demands(run: &RunData, steps: &[Step]) -> BTreeMap<String, f64> {
    let services = run
        .topology()
        .map(|topology| topology.services.as_slice())
        .unwrap_or_default();
    let demand = |name: &str| {
        let points: Vec<(f64, f64)> = steps
            .iter()
            .filter(|step| step.report.fitted)
            .filter_map(|step| Some((step.report.throughput, cores(run, name, step)?)))
            .collect();
        Some(slope(&points)? * 1e3)
    };
    services
        .iter()
        .filter_map(|service| Some((service.name.clone(), demand(&service.name)?)))
        .collect()
}

/// The service to look at first, and why.
pub fn bottleneck(
    run: &RunData,
    steps: &[Step],
    demands: &BTreeMap<String, f64>,
) -> (Option<String>, String) {
    let busiest = steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| Some((index + 1, host_cpu(run, step)?)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let Some((step, busy)) = busiest else {
        return (
            None,
            "The CPU of the machine was not measured, so no bottleneck is named.".to_owned(),
        );
    };
    let heaviest = demands.iter().max_by(|a, b| a.1.total_cmp(b.1));
    let percent = busy * 100.0;
    match heaviest {
        Some((name, demand)) if busy >= SATURATED => (
            Some(name.clone()),
            format!(
                "The machine's CPU ran out: {percent:.0} % busy in step {step}, and {name} needs \
                 the most of it, {demand:.2} ms a request. {}",
                generator(run)
            ),
        ),
        _ => (
            None,
            format!(
                "No bottleneck was reached: the machine's CPU was at most {percent:.0} % busy \
                 (in step {step})."
            ),
        ),
    }
}

/// The generator lives on the same machine, and what it takes the target cannot have.
fn generator(run: &RunData) -> String {
    let Some(tally) = run.tally() else {
        return "What the load generator itself used is not known.".to_owned();
    };
    let cores = tally.cpu_s / tally.wall_s.max(1e-9);
    format!(
        "The load generator itself used {cores:.2} of {} cores.",
        run.manifest.host.cores
    )
}

/// Cores that a service used over a step's window, from the first and last reading in it.
fn cores(run: &RunData, service: &str, step: &Step) -> Option<f64> {
    let readings: Vec<(Offset, f64)> = readings(run, service, PROCESS_CPU_SECONDS, step).collect();
    let ((t0, first), (t1, last)) = (readings.first()?, readings.last()?);
    let seconds = (*t1 - *t0).secs_f64();
    (seconds > 0.0 && last >= first).then(|| (last - first) / seconds)
}

/// Mean share of the whole machine's CPU in use.
fn host_cpu(run: &RunData, step: &Step) -> Option<f64> {
    let values: Vec<f64> = readings(run, "host", HOST_CPU_USED, step)
        .map(|(_, value)| value)
        .collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn readings<'a>(
    run: &'a RunData,
    service: &str,
    metric: &str,
    step: &'a Step,
) -> impl Iterator<Item = (Offset, f64)> + 'a {
    let wanted = run.strings.find(service).zip(run.strings.find(metric));
    run.metrics
        .iter()
        .filter(move |point| wanted == Some((point.service, point.metric)))
        .filter(|point| step.from <= point.at && point.at <= step.to)
        .map(|point| (point.at, point.value))
}

/// Slope of a straight line by least squares; with fewer than three points, or points that do not
/// spread, the ratio of the sums, which charges idle work to the requests.
fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let n = points.len() as f64;
    let (sum_x, sum_y) = points
        .iter()
        .fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    if sum_x <= 0.0 {
        return None;
    }
    let (mean_x, mean_y) = (sum_x / n, sum_y / n);
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if points.len() < 3 || spread < 1e-9 * mean_x * mean_x {
        return Some(sum_y / sum_x);
    }
    let product: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    Some((product / spread).max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_work_is_not_charged_to_the_requests() {
        let points = [(10.0, 0.15), (20.0, 0.2), (40.0, 0.3)];
        assert!((slope(&points).unwrap() - 0.005).abs() < 1e-12);
    }

    #[test]
    fn two_points_give_the_ratio_of_the_sums() {
        assert!((slope(&[(10.0, 0.1), (20.0, 0.2)]).unwrap() - 0.01).abs() < 1e-12);
        assert_eq!(slope(&[]), None);
    }
}
