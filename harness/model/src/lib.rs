//! harness-model.
