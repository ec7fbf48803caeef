//! What ran, in one line.

use harness_model::report::RunCard;

use crate::number;

/// `microservices, process, 62.0 s, seed 7`
pub fn setting(run: &RunCard) -> String {
    let duration = number::seconds(run.duration_s);
    format!(
        "{}, {}, {duration}, seed {}",
        run.shape, run.runtime, run.seed
    )
}
