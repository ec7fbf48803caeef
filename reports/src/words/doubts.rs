//! Why a run cannot be judged.

use harness_model::report::{Doubt, LoadDoubt, LoadReport};

use super::schedule::{pool, rates};
use crate::number::{self, THIN};

/// A sentence for each doubt about the load.
pub fn load_doubts(load: &LoadReport) -> Vec<String> {
    load.doubts
        .iter()
        .map(|one| load_doubt(load, one))
        .collect()
}

fn load_doubt(load: &LoadReport, doubt: &LoadDoubt) -> String {
    let count = |count: Option<u64>| number::optional(count, |count| count.to_string());
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
            "the counts of the load do not add up: {} scheduled, {} sent, {} not sent for want of \
             a user, {} cancelled, {} not built",
            count(load.scheduled),
            load.sent,
            count(load.dropped),
            count(load.cancelled),
            count(load.unbuilt)
        ),
        LoadDoubt::SamplesLost { arrived } => {
            format!("{arrived} of {} samples arrived", load.sent)
        }
        LoadDoubt::UnsentLost { arrived } => format!(
            "{arrived} of the {} requests that were not sent are in the samples, so no rate counts \
             the others",
            count(load.dropped)
        ),
        LoadDoubt::NotSent {
            unsent,
            due,
            within,
            limit,
        } => not_sent(load, [*unsent, *due], within, *limit),
        LoadDoubt::BehindSchedule => match &load.schedule {
            Some(schedule) => format!(
                "the schedule was not kept: {}; {}",
                rates(schedule),
                pool(schedule)
            ),
            None => "the schedule was not kept".to_owned(),
        },
        LoadDoubt::Late {
            limit_ms,
            budget_ms: None,
        } => format!(
            "the load generator was late by {} at p99 (limit {})",
            number::ms(load.lateness_p99_ms),
            number::ms(*limit_ms)
        ),
        LoadDoubt::Late {
            limit_ms,
            budget_ms: Some(budget_ms),
        } => format!(
            "the load generator was late by {} at p99, which is more than the {} that a budget of \
             {} can bear",
            number::ms(load.lateness_p99_ms),
            number::ms(*limit_ms),
            number::ms(*budget_ms)
        ),
        LoadDoubt::NothingSent => "no request was sent".to_owned(),
    }
}

fn not_sent(load: &LoadReport, [unsent, due]: [u64; 2], within: &[String], limit: f64) -> String {
    let within = match within {
        [] => String::new(),
        phases => format!(" in {}", phases.join(", ")),
    };
    let starved = format!(
        "{} of {} requests{within} found no free user within their patience, where {} may",
        number::count(unsent),
        number::count(due),
        number::percent(limit)
    );
    match &load.schedule {
        Some(schedule) if !schedule.kept => format!(
            "the schedule was not kept: {}; {starved}; {}",
            rates(schedule),
            pool(schedule)
        ),
        Some(schedule) => format!("{starved}; {}", pool(schedule)),
        None => starved,
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
        Doubt::EndedByItself {
            instance,
            status,
            at_s,
            during,
        } => {
            let during = match during.as_slice() {
                [] => String::new(),
                faults => format!(", during {}", faults.join(" and ")),
            };
            format!("{instance} ended by itself ({status}) at {at_s:.1} s{during}")
        }
        Doubt::HostDisturbed { from_s, to_s, .. } => format!(
            "what failed may be due to others on this machine: from {from_s:.0} s to {to_s:.0} s \
             they took what the target needed"
        ),
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
            "only {:.1}{THIN}% of the answered requests have a trace (minimum {:.1}{THIN}%)",
            coverage * 100.0,
            minimum * 100.0
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::report::{ScheduleReport, Validity};

    fn load(doubts: Vec<LoadDoubt>) -> LoadReport {
        LoadReport {
            scheduled: Some(240),
            sent: 35,
            ok: 35,
            failed: 0,
            dropped: Some(205),
            cancelled: Some(0),
            unbuilt: Some(0),
            schedule: Some(ScheduleReport {
                planned_per_s: 20.0,
                achieved_per_s: 2.92,
                planned_s: 12.0,
                took_s: 12.5,
                kept: false,
                best_effort: false,
                pool: 4,
                pool_needed: Some(50),
            }),
            waiting: None,
            lateness_p50_ms: 1.0,
            lateness_p99_ms: 48.4,
            lateness_max_ms: 60.0,
            generator_cpu: Some(0.5),
            harness_cpu: Some(0.5),
            validity: Validity::Invalid,
            doubts,
        }
    }

    fn plain(load: &LoadReport) -> Vec<String> {
        let doubts = load_doubts(load);
        doubts
            .iter()
            .map(|one| one.replace('\u{202f}', " "))
            .collect()
    }

    #[test]
    fn a_doubt_about_the_load_carries_the_numbers_of_the_load() {
        let late = |budget_ms| LoadDoubt::Late {
            limit_ms: 10.0,
            budget_ms,
        };
        let load = load(vec![
            LoadDoubt::Unbalanced,
            LoadDoubt::SamplesLost { arrived: 33 },
            LoadDoubt::UnsentLost { arrived: 0 },
            late(None),
            late(Some(100.0)),
        ]);
        assert_eq!(
            plain(&load),
            [
                "the counts of the load do not add up: 240 scheduled, 35 sent, 205 not sent for \
                 want of a user, 0 cancelled, 0 not built",
                "33 of 35 samples arrived",
                "0 of the 205 requests that were not sent are in the samples, so no rate counts \
                 the others",
                "the load generator was late by 48.4 ms at p99 (limit 10.0 ms)",
                "the load generator was late by 48.4 ms at p99, which is more than the 10.0 ms \
                 that a budget of 100 ms can bear",
            ]
        );
    }

    #[test]
    fn a_load_that_was_not_sent_says_how_much_of_it_and_which_pool_would_do() {
        let not_sent = LoadDoubt::NotSent {
            unsent: 205,
            due: 240,
            within: vec!["steady".to_owned()],
            limit: 0.001,
        };
        let mut load = load(vec![not_sent, LoadDoubt::BehindSchedule]);
        assert_eq!(
            plain(&load),
            [
                "the schedule was not kept: 2.92 of 20.0 requests a second were sent; 205 of 240 \
                 requests in steady found no free user within their patience, where 0.10 % may; a \
                 pool of 50 would do at the observed times, and it has 4",
                "the schedule was not kept: 2.92 of 20.0 requests a second were sent; a pool of 50 \
                 would do at the observed times, and it has 4",
            ]
        );
        if let Some(schedule) = &mut load.schedule {
            (schedule.took_s, schedule.pool_needed) = (27.6, None);
        }
        assert_eq!(
            plain(&load)[1],
            "the schedule was not kept: 2.92 of 20.0 requests a second were sent, over 27.6 s \
             instead of 12.0 s; the pool of 4 was too small for a while"
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
