//! harness-load.
