//! Stretches of a run that were worse than the rest, though no fault was planned for them, and who
//! is suspected of each.
//!
//! Worse means: more requests failed, or were slow, than at other times of the same load. So what a
//! higher step of the load does is never held against a part of the target. The time of a planned
//! fault, up to its recovery, is left out.
//!
//! - `buckets`: requests a bucket, and the load that was planned for it
//! - `scan`: the stretches that chance does not explain
//!
//! It must not know how a suspect is found.

mod buckets;
mod scan;

use harness_model::report::{Excess, FaultReport, StretchReport};
use harness_model::{Offset, RunData};

use crate::run::windows::{Window, Windows};
use crate::suspects;
use crate::suspects::observations::Observations;
use crate::suspects::peers::Peers;
use crate::traces::forest::Forest;

use buckets::Buckets;
use scan::{Count, Found};

/// At most so many are listed.
const MOST: usize = 5;
/// A baseline of fewer buckets says nothing.
const SHORTEST_BASELINE: usize = 5;

/// In the order of time.
pub fn stretches(run: &RunData, forest: &Forest<'_>, faults: &[FaultReport]) -> Vec<StretchReport> {
    let mut buckets = Buckets::of(run, faults);
    let mut found: Vec<(Excess, Found)> = Vec::new();
    for excess in [Excess::Failures, Excess::Slowness] {
        while found.len() < MOST
            && let Some(one) = scan::worst(&buckets, |bucket| count(bucket, excess), excess)
        {
            buckets.leave_out(one.from, one.to);
            found.push((excess, one));
        }
    }
    found.sort_by_key(|(_, one)| one.from);
    let peers = Peers::of(run, forest);
    let seen = Observations::of(run, forest, &peers);
    let found = found.into_iter();
    found
        .map(|(excess, one)| report(&seen, &buckets, excess, &one))
        .collect()
}

fn count(bucket: &buckets::Bucket, excess: Excess) -> Count {
    let bad = match excess {
        Excess::Failures => bucket.failed,
        Excess::Slowness => bucket.slow,
    };
    Count {
        bad: bad as f64,
        of: bucket.due as f64,
    }
}

fn report(
    seen: &Observations<'_>,
    buckets: &Buckets,
    excess: Excess,
    one: &Found,
) -> StretchReport {
    let window = |from: usize, to: usize| Window {
        from: buckets.start(from),
        to: buckets.start(to),
    };
    let during = window(one.from, one.to);
    let baseline = baseline(buckets, one).map(|(from, to)| window(from, to));
    let ranking = baseline.map(|before| suspects::rank(seen, &Windows { before, during }));
    let ranking = ranking.unwrap_or_default();
    StretchReport {
        from_s: during.from.secs_f64(),
        to_s: during.to.secs_f64(),
        excess,
        requests: one.inside.of as u64,
        share: one.inside.share(),
        usual_share: one.outside.share(),
        baseline_s: baseline.map(|before| [before.from, before.to].map(Offset::secs_f64)),
        suspects: ranking.suspects,
        blind_spots: ranking.blind_spots,
    }
}

/// The longest time of the same load in which nothing was found; the earliest of equals.
fn baseline(buckets: &Buckets, one: &Found) -> Option<(usize, usize)> {
    let load = buckets.all[one.from].load;
    let runs = buckets.runs(load);
    let longest = runs
        .into_iter()
        .max_by_key(|(from, to)| (to - from, usize::MAX - from));
    longest.filter(|(from, to)| to - from >= SHORTEST_BASELINE)
}
