//! The one clock of a run.
//!
//! Owns [`Offset`], the only kind of time that events, samples, spans and metrics carry. It must
//! not know any clock: code that reads one converts to an offset at once.

use std::fmt;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Nanoseconds since the start of the load. Before the first intended request it is negative.
///
/// (While a run goes on, nobody knows yet when its load will start, so events, spans and metrics
/// count from the start of the run until the archive is sealed or read.)
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Offset(pub i64);

impl Offset {
    /// The start of the load.
    pub const ZERO: Offset = Offset(0);

    /// From seconds, rounded to a nanosecond.
    pub fn from_secs_f64(seconds: f64) -> Offset {
        Offset((seconds * 1e9).round() as i64)
    }

    /// This long after the start of the load.
    pub fn from_duration(duration: Duration) -> Offset {
        Offset(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
    }

    /// In seconds.
    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// In milliseconds.
    pub fn ms_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// In nanoseconds.
    pub fn ns(self) -> i64 {
        self.0
    }

    /// Time from `earlier` to `self`; zero when the order is the other way round.
    pub fn since(self, earlier: Offset) -> Duration {
        Duration::from_nanos(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl std::ops::Add<Duration> for Offset {
    type Output = Offset;
    fn add(self, duration: Duration) -> Offset {
        Offset(self.0.saturating_add(Offset::from_duration(duration).0))
    }
}

impl std::ops::Sub<Offset> for Offset {
    type Output = Offset;
    fn sub(self, other: Offset) -> Offset {
        Offset(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.secs_f64())
    }
}
