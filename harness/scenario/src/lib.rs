//! harness-scenario.
