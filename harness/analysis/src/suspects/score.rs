//! One number from all evidence.
//!
//! Each kind of evidence is a doubt in 0..=1, and doubts add up like independent alarms (noisy-or):
//!
//! `raw = 1 - (1 - 0.75 e E)(1 - 0.75 t T)(1 - 0.6 A)(1 - 0.3 R)(1 - 0.15 z / (z + 8))`
//!
//! - `E` share of the additional failures that began here; `e = f / (f + 0.02)` with `f` the
//!   additional failures of all requests (a share): how much there is to explain.
//! - `T` share of the additional time on critical paths that was spent here; `t = d / (d + u / 4)`
//!   with `d` the additional time of a request and `u` its usual time.
//! - `A` share of the process's readings that no longer come.
//! - `R` 1 when its counters began again.
//! - `z` robust deviations by which it uses more than before. Use rises upstream of a fault too, so
//!   this only breaks ties.
//!
//! What is told is `raw` relative to the best. It must not know where evidence comes from.

use harness_model::Sym;
use harness_model::report::Suspect;

use super::blame::{Case, Evidence};
use super::{Blame, Seen};

/// The most that are named.
const MOST: usize = 5;
/// Less than this is noise.
const FLOOR: f64 = 0.15;
/// Nor is one named that is so much less suspect than the first.
const RELATIVE_FLOOR: f64 = 0.1;
/// Sentences for each.
const SENTENCES: usize = 5;

fn raw(case: &Case, evidence: &Evidence) -> f64 {
    let share = |part: f64, whole: f64| {
        if whole > 0.0 {
            (part / whole).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let errors = share(evidence.errors, case.errors) * share(case.errors, case.errors + 0.02);
    let enough = share(case.time_ns, case.time_ns + case.usual_ns / 4.0);
    let time = share(evidence.time_ns, case.time_ns) * enough;
    let restarted = f64::from(u8::from(evidence.restarted));
    let rise = evidence.rise / (evidence.rise + 8.0);
    let doubts = [
        0.75 * errors,
        0.75 * time,
        0.6 * evidence.absent,
        0.3 * restarted,
        0.15 * rise,
    ];
    1.0 - doubts.iter().map(|doubt| 1.0 - doubt).product::<f64>()
}

/// Ranked, named, and cut to what is worth telling; nobody is named without a number that says
/// why. Equal ones come by name.
pub fn rank(seen: &Seen<'_>, case: Case) -> Vec<Suspect> {
    let mut scored: Vec<Suspect> = case
        .against
        .iter()
        .filter(|(blame, evidence)| {
            **blame != Blame::Service(Sym::NONE) && !evidence.why.is_empty()
        })
        .map(|(blame, evidence)| named(seen, *blame, evidence, raw(&case, evidence)))
        .filter(|suspect| suspect.score >= FLOOR)
        .collect();
    scored.sort_by(|a, b| {
        let names = (&a.service, &a.edge).cmp(&(&b.service, &b.edge));
        b.score.total_cmp(&a.score).then(names)
    });
    let best = scored.first().map_or(1.0, |first| first.score);
    for suspect in &mut scored {
        suspect.score /= best;
    }
    scored.retain(|suspect| suspect.score >= RELATIVE_FLOOR);
    scored.truncate(MOST);
    scored
}

fn named(seen: &Seen<'_>, blame: Blame, evidence: &Evidence, score: f64) -> Suspect {
    let (service, edge) = match blame {
        Blame::Service(service) => (service, None),
        Blame::Way(way) => {
            let (caller, callee) = (seen.name(way.caller), seen.name(way.callee));
            (way.callee, Some(format!("{caller} -> {callee}")))
        }
    };
    let mut why = evidence.why.clone();
    why.truncate(SENTENCES);
    Suspect {
        service: seen.name(service).to_owned(),
        edge,
        score,
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_evidence_is_no_doubt_and_no_amount_of_it_is_more_than_certain() {
        let case = Case {
            usual_ns: 1.0,
            errors: 1.0,
            time_ns: 1e9,
            ..Case::default()
        };
        assert_eq!(raw(&case, &Evidence::default()), 0.0);
        let all = Evidence {
            errors: 1.0,
            time_ns: 1e9,
            absent: 1.0,
            restarted: true,
            rise: 1e6,
            why: Vec::new(),
        };
        assert!((0.9..=1.0).contains(&raw(&case, &all)));
        assert_eq!(raw(&Case::default(), &Evidence::default()), 0.0);
    }
}
