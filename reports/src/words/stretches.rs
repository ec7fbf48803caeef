//! Stretches that were worse than the rest, and what nobody saw.

use harness_model::report::{Blind, Excess, StretchReport, Unseen};

use crate::number;

/// `12.0 s to 18.0 s`
pub fn when(stretch: &StretchReport) -> String {
    format!("{:.1} s to {:.1} s", stretch.from_s, stretch.to_s)
}

/// What was worse, and than what.
pub fn stretch(stretch: &StretchReport) -> String {
    let what = match stretch.excess {
        Excess::Failures => "failed or came too late",
        Excess::Slowness => "took more than twice their usual time",
    };
    format!(
        "From {}, {} of {} requests {what}; at other times of the same load {} did.",
        when(stretch),
        number::percent(stretch.share),
        number::count(stretch.requests),
        number::percent(stretch.usual_share),
    )
}

/// Why no suspect is named, where none is.
pub fn no_suspect(stretch: &StretchReport) -> &'static str {
    if stretch.baseline_s.is_none() {
        "There is no quiet time of the same load to compare it with, so nobody is suspected."
    } else {
        "No suspect is named."
    }
}

/// What the suspects were found without; a sentence each.
pub fn blind_spots(blind: &[Blind]) -> Vec<String> {
    blind.iter().map(sentence).collect()
}

fn sentence(blind: &Blind) -> String {
    let share = number::percent(blind.share());
    let service = blind.service.as_deref().unwrap_or("some service");
    match &blind.what {
        Unseen::Calls(calls) => format!(
            "{service} left no span of {share} of the calls that it answered ({:.0} of {}; \
             baseline {:.0} of {}), so it is not cleared.",
            calls.count, calls.of, calls.baseline_count, calls.baseline_of
        ),
        Unseen::Spans { lost, ended } => {
            format!("{service} gave up on {share} of its spans ({lost:.0} of {ended:.0}).")
        }
        Unseen::Readings(readings) => format!(
            "{share} of the readings of {service}'s metrics had no answer ({:.0} of {}).",
            readings.count, readings.of
        ),
        Unseen::Traces(traces) => format!(
            "In {share} of the traces the parent of a span is missing ({:.0} of {}; baseline \
             {:.0} of {}).",
            traces.count, traces.of, traces.baseline_count, traces.baseline_of
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use harness_model::report::Comparison;

    #[test]
    fn what_was_not_seen_is_counted_and_its_service_is_not_cleared() {
        let calls = Comparison {
            count: 60.0,
            of: 100,
            baseline_count: 0.0,
            baseline_of: 300,
        };
        let blind = Blind {
            service: Some("order".to_owned()),
            what: Unseen::Calls(calls),
        };
        let sentence = blind_spots(&[blind]).concat();
        assert!(
            sentence.starts_with("order left no span of 60"),
            "{sentence}"
        );
        assert!(sentence.ends_with("(60 of 100; baseline 0 of 300), so it is not cleared."));
    }
}
