//! What a request costs each service in CPU time, and which service runs out first.
//!
//! By the utilisation law `U = X D` (Denning and Buzen, *Computing Surveys* 10, 1978) the service
//! demand D is the slope of cores used over throughput. It must not guess: without a saturated
//! resource it names no bottleneck by CPU.

use std::collections::BTreeMap;

use harness_model::metric::{HOST_CPU_USED, PROCESS_CPU_SECONDS};
use harness_model::report::BusiestStep;
use harness_model::{Offset, RunData};

use super::steps::Step;
use crate::stats::least_squares::slope;

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
        // The line's intercept is the work of an idle service: it is not charged to the requests.
        Some(slope(&points)? * 1e3)
    };
    services
        .iter()
        .filter_map(|service| Some((service.name.clone(), demand(&service.name)?)))
        .collect()
}

/// The step in which the machine was busiest; `None` where its CPU was not measured.
pub fn busiest(run: &RunData, steps: &[Step]) -> Option<BusiestStep> {
    steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| {
            Some(BusiestStep {
                step: index + 1,
                host_cpu: host_cpu(run, step)?,
            })
        })
        .max_by(|a, b| a.host_cpu.total_cmp(&b.host_cpu))
}

/// The service that needs the most CPU, if the machine ran out of it.
pub fn bottleneck(busiest: Option<BusiestStep>, demands: &BTreeMap<String, f64>) -> Option<String> {
    busiest.filter(|step| step.host_cpu >= SATURATED)?;
    let heaviest = demands.iter().max_by(|a, b| a.1.total_cmp(b.1));
    heaviest.map(|(name, _)| name.clone())
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
