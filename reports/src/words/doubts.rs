//! Why a run cannot be judged.

use harness_model::report::{Doubt, LoadDoubt, LoadReport};

use crate::number::optional;

/// A sentence for each doubt about the load.
pub fn load_doubts(load: &LoadReport) -> Vec<String> {
    load.doubts
        .iter()
        .map(|one| load_doubt(load, one))
        .collect()
}

fn load_doubt(load: &LoadReport, doubt: &LoadDoubt) -> String {
    let count = |count: Option<u64>| optional(count, |count| count.to_string());
    match doubt {
        LoadDoubt::RunFailed { why } => why.clone(),
        LoadDoubt::Unfinished { samples_until_s } => format!(
            "the run is unfinished: its harness was killed or still runs; {}",
            samples_until_s.map_or("there are no samples".to_owned(), |s| format!(
                "its samples end at second {s:.1}"
            ))
        ),
        LoadDoubt::NoCounters => "the load worker did not report its counters".to_owned(),
        LoadDoubt::Unbalanced => format!(
            "the counts of the load do not add up: {} scheduled, {} sent, {} dropped, {} cancelled",
            count(load.scheduled),
            load.sent,
            count(load.dropped),
            count(load.cancelled)
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
            format!("fault {fault} was not seen to be undone")
        }
        Doubt::NoSpans => "the target was given an address for its spans, but no span arrived: \
                           nothing is known about its inside"
            .to_owned(),
        Doubt::LowTraceCoverage { coverage, minimum } => format!(
            "only {:.1} % of the answered requests have a trace (minimum {:.1} %)",
            coverage * 100.0,
            minimum * 100.0
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::report::Validity;

    #[test]
    fn a_doubt_about_the_load_carries_the_numbers_of_the_load() {
        let load = LoadReport {
            scheduled: Some(100),
            sent: 90,
            ok: 90,
            failed: 0,
            dropped: Some(3),
            cancelled: Some(2),
            lateness_p50_ms: 1.0,
            lateness_p99_ms: 48.4,
            lateness_max_ms: 60.0,
            generator_cpu: Some(0.5),
            harness_cpu: Some(0.5),
            validity: Validity::Invalid,
            doubts: vec![
                LoadDoubt::Unbalanced,
                LoadDoubt::SamplesLost { arrived: 88 },
                LoadDoubt::Late { limit_ms: 10.0 },
            ],
        };
        assert_eq!(
            load_doubts(&load),
            [
                "the counts of the load do not add up: 100 scheduled, 90 sent, 3 dropped, 2 \
                 cancelled",
                "88 of 90 samples arrived",
                "the load generator was late by 48 ms at p99 (limit 10 ms)",
            ]
        );
    }

    #[test]
    fn a_fault_without_effect_is_a_doubt_with_its_exchanges() {
        let doubt = doubt(&Doubt::ChangedNothing {
            fault: "slow".to_owned(),
            eligible: 41,
        });
        assert!(doubt.starts_with("fault slow changed none of the 41 exchanges"));
    }
}
