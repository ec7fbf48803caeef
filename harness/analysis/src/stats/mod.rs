//! The statistics of the analysis, each once, with its formula and source.
//!
//! - `blocks`: time cut into blocks whose sums tell the spread of an average
//! - `estimates`: quantiles, shares and rates with intervals from blocks
//! - `order`: medians, and quantiles by nearest rank
//! - `proportions`: Wilson's interval of a share, and the spread of a difference of two shares
//! - `beta_binomial`: how many of the next draws may be hits by chance
//! - `normal`, `student`: quantiles of the normal and of Student's t distribution
//! - `robust`: deviations that a few wild values do not move
//! - `sums`: sums that know how far chance may have moved their mean
//! - `least_squares`: a line, and three unknowns
//! - `latencies`: histograms of response times
//!
//! Pure numbers: it must not know runs, services or faults.

pub mod beta_binomial;
pub mod blocks;
pub mod estimates;
pub mod latencies;
pub mod least_squares;
pub mod normal;
pub mod order;
pub mod proportions;
pub mod robust;
pub mod student;
pub mod sums;

/// A difference of this many standard deviations or fewer is put down to chance. A small system has
/// some ten candidates with two or three differences each, so one deviation would blame somebody
/// in most quiet runs.
pub const CHANCE: f64 = 2.0;
