//! The statistics of the analysis, each once, with its formula and source.
//!
//! - `order`: medians, quantiles by nearest rank, and intervals of quantiles from ranks
//! - `proportions`: Wilson's interval of a share, and the spread of a difference of two shares
//! - `normal`: quantiles of the normal distribution
//! - `robust`: deviations that a few wild values do not move
//! - `sums`: sums that know how far chance may have moved their mean
//! - `least_squares`: a line, and three unknowns
//! - `latencies`: histograms of response times
//!
//! Pure numbers: it must not know runs, services or faults.

pub mod latencies;
pub mod least_squares;
pub mod normal;
pub mod order;
pub mod proportions;
pub mod robust;
pub mod sums;

/// A difference of this many standard deviations or fewer is put down to chance. A small system has
/// some ten candidates with two or three differences each, so one deviation would blame somebody
/// in most quiet runs.
pub const CHANCE: f64 = 2.0;
