//! Servers that were started for tests, named by environment variables.

/// The URL of the server that this variable names. Without one the test that asks is skipped, and
/// says so; `SHAKEDOWN_REQUIRE_DOCKER=1` makes that a failure.
///
/// # Panics
/// When servers are required and this one is not named.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
#[must_use]
pub fn server(variable: &str) -> Option<String> {
    let named = std::env::var(variable).ok().filter(|url| !url.is_empty());
    if named.is_none() {
        let required = std::env::var("SHAKEDOWN_REQUIRE_DOCKER").is_ok_and(|value| value == "1");
        assert!(!required, "{variable} must name a server, and does not");
        eprintln!("skipped: {variable} names no server");
    }
    named
}
