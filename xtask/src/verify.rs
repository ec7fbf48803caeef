//! `cargo xtask verify`: what takes too long for the gate and is run by hand before a release.
//!
//! Each is an ignored test, so that it is compiled and linted with all others.

/// Name, folder of the test program, the program, test, and what it shows. Rows of one name run
/// together.
const MATRICES: [(&str, &str, &str, &str, &str); 4] = [
    (
        "docker-safety",
        "harness/cli/tests",
        "docker_safety",
        "a_harness_that_dies_in_any_phase_leaves_no_container_network_or_volume",
        "a harness killed in any phase or any fault leaves nothing in the engine (3 minutes)",
    ),
    (
        "soak",
        "harness/cli/tests",
        "soak",
        "memory_stays_within_its_limits_however_long_the_load_is",
        "memory of harness and load worker over SHAKEDOWN_SOAK minutes of 500 requests/s (60)",
    ),
    (
        "statistics",
        "harness/analysis/tests",
        "simulated_intervals",
        "intervals_hold_the_truth_in_93_to_97_of_a_hundred_runs",
        "how often the intervals of budgets hold the truth of simulated runs (2 minutes)",
    ),
    (
        "statistics",
        "harness/analysis/tests",
        "simulated_intervals",
        "intervals_of_short_runs_with_long_disturbances_are_too_narrow",
        "how far short runs are from that",
    ),
];

/// The words for cargo that run a matrix.
pub fn words(name: &str) -> Result<Vec<&'static str>, String> {
    let rows = || MATRICES.iter().filter(|(matrix, ..)| *matrix == name);
    if rows().next().is_none() {
        return Err(format!("there is no matrix {name:?}\n\n{}", list()));
    }
    let mut programs: Vec<&str> = rows().map(|(_, _, program, ..)| *program).collect();
    programs.dedup();
    let mut words = vec!["test", "--release", "--workspace"];
    words.extend(programs.into_iter().flat_map(|program| ["--test", program]));
    words.extend(["--", "--ignored", "--exact", "--nocapture"]);
    words.extend(rows().map(|(_, _, _, test, _)| *test));
    Ok(words)
}

/// One line a test.
pub fn list() -> String {
    let line = |(name, .., what): &(&str, &str, &str, &str, &str)| format!("  {name:16} {what}");
    let lines: Vec<String> = MATRICES.iter().map(line).collect();
    format!("cargo xtask verify <matrix>\n\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_matrix_is_a_test_that_exists_and_is_ignored() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for (name, folder, program, test, _) in MATRICES {
            let text = std::fs::read_to_string(format!("{root}/{folder}/{program}.rs")).unwrap();
            let at = text.find(&format!("fn {test}()")).expect(name);
            assert!(text[..at].ends_with(&format!(
                "#[ignore = \"takes minutes: cargo xtask verify {name}\"]\n"
            )));
        }
    }

    #[test]
    fn tests_of_one_matrix_run_in_one_command() {
        let words = words("statistics").unwrap();
        let programs = words.iter().filter(|word| **word == "--test").count();
        assert_eq!(programs, 1);
        assert!(words.ends_with(&[MATRICES[2].3, MATRICES[3].3]));
    }

    #[test]
    fn an_unknown_matrix_is_told_the_known_ones() {
        assert!(words("nothing").unwrap_err().contains("docker-safety"));
    }
}
