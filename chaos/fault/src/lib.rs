//! chaos-fault.
