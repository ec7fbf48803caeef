//! Series over the load, and every request by time and response time.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::plan::PhaseKind;

/// Series over one time axis: bucket `i` covers `[i * bucket_s, (i + 1) * bucket_s)`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct Timeline {
    pub bucket_s: f64,
    /// Requests per second due.
    pub offered: Vec<f64>,
    /// Requests per second that succeeded within the deadline, by intended time.
    pub goodput: Vec<f64>,
    /// Failed requests per second, by intended time.
    pub errors: Vec<f64>,
    /// Each quantile looks back over as many buckets, ten at most, as hold 10/(1-q) successes.
    pub p50_ms: Vec<Option<f64>>,
    pub p95_ms: Vec<Option<f64>>,
    pub p99_ms: Vec<Option<f64>>,
    /// Service -> cores used.
    pub cpu: BTreeMap<String, Vec<Option<f64>>>,
    pub phases: Vec<PhaseBand>,
}

/// A phase of the run.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PhaseBand {
    pub name: String,
    /// `warmup`, `baseline`, `fault`, `after`, `step` or `steady`.
    #[serde(serialize_with = "kind_name")]
    #[schemars(with = "String")]
    pub kind: PhaseKind,
    pub from_s: f64,
    pub to_s: f64,
}

fn kind_name<S: Serializer>(kind: &PhaseKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

/// Requests by time and response time; `counts[row][column]`, row 0 is the fastest.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Heatmap {
    /// Width of a column.
    pub column_s: f64,
    /// Lower bounds of the rows in ms, logarithmic.
    pub rows_ms: Vec<f64>,
    pub counts: Vec<Vec<u32>>,
}
