//! Faults that were felt at the same time: what one of them did cannot be told apart from what the
//! other did.

use super::service_level::{Felt, ServiceLevel};

/// The part of a fault's effect that may be that of others.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Shared {
    /// The others, by their place in the plan.
    pub with: Vec<usize>,
    /// The last of them that had begun before this one.
    pub earlier: Option<usize>,
    /// The least that the recovery took, if all that is shared is that of the others.
    pub recovery_least_s: f64,
}

/// Two faults share the buckets in which the level was out of its band and which count for both.
pub fn shared(level: &ServiceLevel<'_>, all: &[Option<Felt>], index: usize) -> Shared {
    let mut shared = Shared::default();
    let Some(felt) = all.get(index).and_then(Option::as_ref) else {
        return shared;
    };
    let mut alone_until = f64::INFINITY;
    for (place, other) in all.iter().enumerate() {
        let Some(other) = other.as_ref().filter(|_| place != index) else {
            continue;
        };
        let in_both = |bucket: &usize| other.out.binary_search(bucket).is_ok();
        if !felt.out.iter().any(in_both) {
            continue;
        }
        shared.with.push(place);
        let start = (other.fault.from, place);
        if start < (felt.fault.from, index) {
            let last = shared.earlier.and_then(|earlier| all[earlier].as_ref());
            if last.is_none_or(|last| last.fault.to <= other.fault.to) {
                shared.earlier = Some(place);
            }
        }
        alone_until = alone_until.min(other.fault.from.secs_f64());
    }
    let healed_s = felt.fault.to.secs_f64();
    let mut alone = felt.out.iter().map(|bucket| level.span_s(*bucket).1);
    let last = alone.rfind(|to_s| *to_s <= alone_until);
    shared.recovery_least_s = (last.unwrap_or(healed_s) - healed_s).max(0.0);
    shared
}

/// When the next fault began after the level was back, or the end of the load; the moment itself
/// where another was on.
pub fn undisturbed_until_s(level: &ServiceLevel<'_>, all: &[Option<Felt>], index: usize) -> f64 {
    let Some(felt) = all.get(index).and_then(Option::as_ref) else {
        return level.end_s();
    };
    all.iter()
        .enumerate()
        .filter(|(place, _)| *place != index)
        .filter_map(|(_, other)| other.as_ref())
        .filter(|other| other.fault.to.secs_f64() > felt.back_s)
        .map(|other| other.fault.from.secs_f64().max(felt.back_s))
        .fold(level.end_s(), f64::min)
}
