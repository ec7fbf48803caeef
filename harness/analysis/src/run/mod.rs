//! What several parts of the analysis ask of a run.
//!
//! - `moments`: where the warm-up, the first fault and the load end
//! - `samples`: which requests are good, and what they are a part of
//! - `readings`: the metrics of a service while the load was on
//! - `windows`: the two stretches of time that are compared for a fault
//!
//! It must not know what any of it means for a verdict.

pub mod moments;
pub mod readings;
pub mod samples;
pub mod windows;
