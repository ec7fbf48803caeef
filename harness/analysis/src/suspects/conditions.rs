//! What the state of a process says against it.
//!
//! It must not know calls.

use harness_model::report::{Comparison, Indication};

use super::findings::Finding;
use super::health::Health;

/// Adds what the metrics of a service indicate. That it slept, or was not on the network, counts
/// only where somebody waited for it.
pub fn add(health: &Health, against: &mut Finding) {
    let missed = against.time_ns > 0.0 || against.errors > 0.0;
    if health.gone() {
        against.absent = health.absent();
        against.why.push(Indication::MissingReadings(Comparison {
            count: health.missed as f64,
            of: health.due,
            baseline_count: health.missed_before as f64,
            baseline_of: health.due_before,
        }));
    }
    if health.still && missed {
        against.absent = 1.0;
        against.why.push(Indication::StoodStill);
    }
    if health.cut_off && missed {
        against.absent = 1.0;
        against.why.push(Indication::CutOff);
    }
    if health.restarted {
        against.restarted = true;
        against.why.push(Indication::NewProcess);
    }
    if health.is_throttled() {
        against.throttled = health.throttled;
        against.why.push(Indication::Throttled {
            share: health.throttled,
        });
    }
    if let Some(rise) = &health.rise {
        against.rise = rise.deviations;
        against.why.push(Indication::UsesMore {
            resource: rise.resource,
            from: rise.from,
            to: rise.to,
            deviations: rise.deviations,
        });
    }
}
