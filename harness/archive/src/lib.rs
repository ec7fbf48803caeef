//! harness-archive.
