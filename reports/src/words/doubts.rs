//! Why a run cannot be judged.

use harness_model::report::{Doubt, LoadDoubt, LoadReport};

/// A sentence for each doubt about the load.
pub fn load_doubts(load: &LoadReport) -> Vec<String> {
    load.doubts
        .iter()
        .map(|one| load_doubt(load, *one))
        .collect()
}

fn load_doubt(load: &LoadReport, doubt: LoadDoubt) -> String {
    match doubt {
        LoadDoubt::NoCounters => "the load worker did not report its counters".to_owned(),
        LoadDoubt::Unbalanced => format!(
            "the counts of the load do not add up: {} scheduled, {} sent, {} dropped, {} cancelled",
            load.scheduled, load.sent, load.dropped, load.cancelled
        ),
        LoadDoubt::SamplesLost { arrived } => {
            format!("{arrived} of {} samples arrived", load.sent)
        }
        LoadDoubt::Late { limit_ms } => format!(
            "the load generator was late by {:.0} ms at p99 (limit {limit_ms:.0} ms)",
            load.lateness_p99_ms
        ),
        LoadDoubt::NothingSent => "no request was sent".to_owned(),
    }
}

/// A doubt about the run as a whole.
pub fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Stated(why) => why.clone(),
        Doubt::FaultNotInjected { fault, why } => {
            format!("fault {fault} could not be injected: {why}")
        }
        Doubt::Interrupted => "the run was interrupted".to_owned(),
        Doubt::MetNoTraffic { fault } => format!("fault {fault} met no traffic"),
        Doubt::ChangedNothing { fault, eligible } => format!(
            "fault {fault} changed none of the {eligible} exchanges that it met: it was too weak \
             or too short, or there was too little load"
        ),
        Doubt::NotSeenToHeal { fault } => {
            format!("fault {fault} could not be seen to be undone")
        }
        Doubt::NoSpans => "the target is told where to send its spans, but not one arrived: \
                           nothing is known of its inside"
            .to_owned(),
        Doubt::LowTraceCoverage { coverage, minimum } => format!(
            "only {:.1} % of the answered requests have a trace (minimum {:.1} %)",
            coverage * 100.0,
            minimum * 100.0
        ),
    }
}
