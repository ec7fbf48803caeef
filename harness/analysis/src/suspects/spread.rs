//! Callee or call path? How the blame for a way is shared between the two.
//!
//! A broken callee hurts all of its callers; a broken path hurts one. It must not know what the
//! harm was measured in.

use std::collections::BTreeMap;

use super::Way;
use super::health::Health;

/// Fewer calls than this tell nothing of a way.
const ENOUGH: u64 = 3;
/// A way is hurt when its harm is at least this share of the worst into the same callee.
const HURT: f64 = 0.3;

/// How much of a way's harm counts for the callee and for the path, each 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    pub callee: f64,
    pub path: f64,
}

/// What kind of harm a way took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// Calls had no answer: the callee or the path.
    Silence,
    /// Answers came, and the callee's own time does not explain how late: the path, or a callee
    /// that is slow to accept.
    Delay,
}

/// The shares of `way`, of the harm on all ways (with their number of calls) and of the callee's
/// health.
///
/// | known | callee | path |
/// |---|---|---|
/// | the callee is gone | 1 | 0.25 |
/// | several callers, all hurt | 1 | 0.25 |
/// | several callers, some hurt | 0.25 | 1 |
/// | one caller, delay, or the callee surely ran | 0.4 | 1 |
/// | one caller, silence, nothing known of the callee | 1 | 0.8 |
pub fn share(
    way: Way,
    harms: &BTreeMap<Way, (u64, f64)>,
    callee: Option<&Health>,
    harm: Harm,
) -> Share {
    let into: Vec<f64> = harms
        .iter()
        .filter(|(other, (calls, _))| other.callee == way.callee && *calls >= ENOUGH)
        .map(|(_, (_, harm))| *harm)
        .collect();
    let worst = into.iter().copied().fold(0.0, f64::max);
    let hurt = into.iter().filter(|harm| **harm >= HURT * worst).count();
    let there = callee.is_some_and(Health::there);
    let gone = callee.is_some_and(|health| health.gone() || (health.restarted && !there));
    let share = |callee, path| Share { callee, path };
    if gone || (into.len() > 1 && hurt == into.len()) {
        share(1.0, 0.25)
    } else if into.len() > 1 {
        share(0.25, 1.0)
    } else if harm == Harm::Delay || there {
        share(0.4, 1.0)
    } else {
        share(1.0, 0.8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Sym;

    fn way(caller: Sym, callee: Sym) -> Way {
        Way { caller, callee }
    }

    fn harms(lines: &[(u32, f64)]) -> BTreeMap<Way, (u64, f64)> {
        let line = |(caller, harm): &(u32, f64)| (way(Sym(*caller), Sym(9)), (50, *harm));
        lines.iter().map(line).collect()
    }

    #[test]
    fn one_hurt_caller_of_several_points_at_the_path_and_all_of_them_at_the_callee() {
        let one = way(Sym(1), Sym(9));
        let some = share(one, &harms(&[(1, 0.9), (2, 0.0)]), None, Harm::Silence);
        assert!(some.path > some.callee);
        let all = share(one, &harms(&[(1, 0.9), (2, 0.8)]), None, Harm::Silence);
        assert!(all.callee > all.path);
    }

    #[test]
    fn with_one_caller_the_health_of_the_callee_decides() {
        let (one, harms) = (way(Sym(1), Sym(9)), harms(&[(1, 0.9)]));
        let read = |missed| Health {
            due: 10,
            missed,
            due_before: 10,
            ..Health::default()
        };
        let there = share(one, &harms, Some(&read(0)), Harm::Silence);
        assert!(there.path > there.callee);
        let gone = share(one, &harms, Some(&read(9)), Harm::Delay);
        assert!(gone.callee > gone.path);
        let unknown = share(one, &harms, None, Harm::Silence);
        assert!(unknown.callee > unknown.path);
    }
}
