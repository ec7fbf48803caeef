//! Callee or call path? How the loss on a call path is attributed to the two.
//!
//! A broken callee hurts all of its callers; a broken path hurts one. It must not know the unit of
//! the loss.

use std::collections::BTreeMap;

use super::candidate::Edge;
use super::health::Health;

/// Fewer calls than this say nothing about a call path.
const ENOUGH: u64 = 3;
/// A path is hurt when its loss is at least this share of the worst one into the same callee.
const HURT: f64 = 0.3;

/// How much of a path's loss counts against the callee and against the path, each 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribution {
    pub callee: f64,
    pub path: f64,
}

/// How calls on a path suffered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symptom {
    /// Calls had no answer: the callee or the path.
    NoAnswer,
    /// Answers came, and the callee's own time does not explain how late: the path, or a callee
    /// that is slow to accept.
    Delay,
}

/// Attributes the loss on `edge`, given the losses on all paths (with their number of calls) and
/// the callee's health.
///
/// | known | callee | path |
/// |---|---|---|
/// | the callee's own state explains it | 1 | 0.25 |
/// | several callers, all hurt | 1 | 0.25 |
/// | several callers, some hurt | 0.25 | 1 |
/// | one caller, delay, or the callee surely ran | 0.4 | 1 |
/// | one caller, no answer, nothing known of the callee | 1 | 0.8 |
///
/// The last two hold for a database that leaves no spans as well: whatever its time is, a path that
/// became slow to a server in good health is the path.
pub fn attribute(
    edge: Edge,
    losses: &BTreeMap<Edge, (u64, f64)>,
    callee: Option<&Health>,
    symptom: Symptom,
) -> Attribution {
    let into: Vec<f64> = losses
        .iter()
        .filter(|(other, (calls, _))| other.callee == edge.callee && *calls >= ENOUGH)
        .map(|(_, (_, loss))| *loss)
        .collect();
    let worst = into.iter().copied().fold(0.0, f64::max);
    let hurt = into.iter().filter(|loss| **loss >= HURT * worst).count();
    let there = callee.is_some_and(Health::there);
    let explained = callee.is_some_and(|health| match symptom {
        Symptom::NoAnswer => health.explains_silence(),
        Symptom::Delay => health.explains_delay(),
    });
    let attribution = |callee, path| Attribution { callee, path };
    if explained || (into.len() > 1 && hurt == into.len()) {
        attribution(1.0, 0.25)
    } else if into.len() > 1 {
        attribution(0.25, 1.0)
    } else if symptom == Symptom::Delay || there {
        attribution(0.4, 1.0)
    } else {
        attribution(1.0, 0.8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::Sym;

    fn from(caller: u32) -> Edge {
        Edge {
            caller: Sym(caller),
            callee: Sym(9),
        }
    }

    fn losses(lines: &[(u32, f64)]) -> BTreeMap<Edge, (u64, f64)> {
        let line = |(caller, loss): &(u32, f64)| (from(*caller), (50, *loss));
        lines.iter().map(line).collect()
    }

    #[test]
    fn one_hurt_caller_of_several_points_at_the_path_and_all_of_them_at_the_callee() {
        let one = from(1);
        let some = attribute(one, &losses(&[(1, 0.9), (2, 0.0)]), None, Symptom::NoAnswer);
        assert!(some.path > some.callee);
        let all = attribute(one, &losses(&[(1, 0.9), (2, 0.8)]), None, Symptom::NoAnswer);
        assert!(all.callee > all.path);
    }

    #[test]
    fn with_one_caller_the_health_of_the_callee_decides() {
        let (one, losses) = (from(1), losses(&[(1, 0.9)]));
        let read = |missed| Health {
            due: 10,
            missed,
            due_before: 10,
            ..Health::default()
        };
        let there = attribute(one, &losses, Some(&read(0)), Symptom::NoAnswer);
        assert!(there.path > there.callee);
        let gone = attribute(one, &losses, Some(&read(9)), Symptom::Delay);
        assert!(gone.callee > gone.path);
        let unknown = attribute(one, &losses, None, Symptom::NoAnswer);
        assert!(unknown.callee > unknown.path);
    }
}
