//! `cargo xtask verify`: what takes too long for the gate and is run by hand before a release.
//!
//! Each is an ignored test, so that it is compiled and linted with all others.

/// Name, test program, test, and what it shows.
const MATRICES: [(&str, &str, &str, &str); 2] = [
    (
        "docker-safety",
        "docker_safety",
        "a_harness_that_dies_in_any_phase_leaves_no_container_network_or_volume",
        "a harness killed in each phase and during each fault leaves nothing in the engine (3 minutes)",
    ),
    (
        "soak",
        "soak",
        "memory_stays_within_its_limits_however_long_the_load_is",
        "memory of harness and load worker over SHAKEDOWN_SOAK minutes of 500 requests a second (60)",
    ),
];

/// The words for cargo that run a matrix.
pub fn words(name: &str) -> Result<Vec<&'static str>, String> {
    let known = MATRICES.iter().find(|(matrix, ..)| *matrix == name);
    let Some((_, program, test, _)) = known else {
        return Err(format!("there is no matrix {name:?}\n\n{}", list()));
    };
    let mut words = vec!["test", "--release", "--workspace", "--test", program];
    words.extend(["--", "--ignored", "--exact", "--nocapture", test]);
    Ok(words)
}

/// One line a matrix.
pub fn list() -> String {
    let line = |(name, _, _, what): &(&str, &str, &str, &str)| format!("  {name:16} {what}");
    let lines: Vec<String> = MATRICES.iter().map(line).collect();
    format!("cargo xtask verify <matrix>\n\n{}", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_matrix_is_a_test_that_exists_and_is_ignored() {
        let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/../harness/cli/tests");
        for (name, program, test, _) in MATRICES {
            let text = std::fs::read_to_string(format!("{tests}/{program}.rs")).unwrap();
            let at = text.find(&format!("fn {test}()")).expect(name);
            assert!(text[..at].ends_with(&format!(
                "#[ignore = \"takes minutes: cargo xtask verify {name}\"]\n"
            )));
        }
    }

    #[test]
    fn an_unknown_matrix_is_told_the_known_ones() {
        assert!(words("nothing").unwrap_err().contains("docker-safety"));
    }
}
