//! How much of the planned load was sent.

use harness_model::report::{LoadDoubt, Report, ScheduleReport};

use crate::number;

/// A load this much longer than planned is told with its length.
const LONGER: f64 = 1.1;

/// `260 of 600 requests a second were sent, over 385 s instead of 167 s`
pub fn rates(schedule: &ScheduleReport) -> String {
    let rates = format!(
        "{} of {} requests a second were sent",
        number::plain(schedule.achieved_per_s),
        number::plain(schedule.planned_per_s)
    );
    if schedule.took_s < LONGER * schedule.planned_s {
        return rates;
    }
    format!(
        "{rates}, over {} instead of {}",
        number::seconds(schedule.took_s),
        number::seconds(schedule.planned_s)
    )
}

/// Which pool would do.
pub fn pool(schedule: &ScheduleReport) -> String {
    let has = number::count(schedule.pool);
    match schedule.pool_needed {
        Some(needed) => format!(
            "a pool of {} would do at the observed times, and it has {has}",
            number::count(needed)
        ),
        None => format!("the pool of {has} was too small for a while"),
    }
}

/// What the outcome begins with where the schedule was not kept or was not the question; nothing
/// where a doubt says it.
pub fn schedule(report: &Report) -> Option<String> {
    let schedule = report.load.schedule.as_ref()?;
    let says_so =
        |doubt: &LoadDoubt| matches!(doubt, LoadDoubt::BehindSchedule | LoadDoubt::NotSent { .. });
    if report.load.doubts.iter().any(says_so) {
        return None;
    }
    match (schedule.kept, schedule.best_effort) {
        (true, false) => None,
        (true, true) => Some("Counted at the planned rate.".to_owned()),
        (false, true) => Some(format!(
            "Counted, and not at the planned rate: {}.",
            rates(schedule)
        )),
        (false, false) => Some(format!("The schedule was not kept: {}.", rates(schedule))),
    }
}

/// The same in a few words, for a line that has more to say: `260 of 600/s`.
pub fn short(report: &Report) -> Option<String> {
    let schedule = report.load.schedule.as_ref().filter(|one| !one.kept)?;
    Some(format!(
        "{} of {}/s sent",
        number::plain(schedule.achieved_per_s),
        number::plain(schedule.planned_per_s)
    ))
}
