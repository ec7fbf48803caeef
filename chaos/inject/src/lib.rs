//! chaos-inject.
