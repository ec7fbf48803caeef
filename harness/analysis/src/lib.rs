//! harness-analysis.
