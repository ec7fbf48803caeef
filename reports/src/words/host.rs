//! What others did on the machine of the run.

use harness_model::report::{HostReport, HostStretch};

use crate::number;

/// A sentence for each stretch in which somebody else took what the target needed.
pub fn host(report: &HostReport) -> Vec<String> {
    let sentence = |stretch: &HostStretch| {
        let felt = match stretch.faults.as_slice() {
            [] => String::new(),
            faults => format!(
                "; what was seen of {} then may be due to that",
                faults.join(" and ")
            ),
        };
        format!(
            "From {} to {} {}{felt}.",
            number::seconds(stretch.from_s),
            number::seconds(stretch.to_s),
            took(stretch, report.cores)
        )
    };
    report.stretches.iter().map(sentence).collect()
}

fn took(stretch: &HostStretch, cores: Option<f64>) -> String {
    let all = number::optional(cores, |cores| format!("{cores:.0}"));
    let of_cores = |taken: f64| taken >= 0.05;
    let mut parts = Vec::new();
    if of_cores(stretch.others_cores) {
        parts.push(format!(
            "programs that are neither target nor harness took {:.1} of {all} cores while {} of \
             the CPU was in use",
            stretch.others_cores,
            number::percent(stretch.used)
        ));
    }
    if of_cores(stretch.steal_cores) {
        parts.push(format!(
            "other machines on the same hardware took {:.1} of {all} cores",
            stretch.steal_cores
        ));
    }
    if stretch.throttled >= 0.05 {
        parts.push(format!(
            "the CPU quota held the harness back for {} of the time",
            number::percent(stretch.throttled)
        ));
    }
    if stretch.memory_stalled >= 0.05 {
        parts.push(format!(
            "processes waited for memory for {} of the time",
            number::percent(stretch.memory_stalled)
        ));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_says_who_took_what_and_which_fault_it_touched() {
        let stretch = HostStretch {
            from_s: 12.0,
            to_s: 15.0,
            used: 0.98,
            others_cores: 1.6,
            steal_cores: 0.0,
            throttled: 0.0,
            memory_stalled: 0.25,
            faults: vec!["web-frozen".to_owned()],
        };
        let report = HostReport {
            cores: Some(2.0),
            stretches: vec![stretch],
        };
        let sentence = &host(&report)[0];
        for part in ["1.6 of 2 cores", "waited for memory", "seen of web-frozen"] {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert!(!sentence.contains("quota"), "{sentence}");
    }
}
