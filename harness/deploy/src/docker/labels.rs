//! The labels by which everything of a run is found again.

/// Names the run of a container, network or volume.
pub const RUN: &str = "shakedown.run";

/// Names the service of a container.
pub const SERVICE: &str = "shakedown.service";

/// Names the instance of a container.
pub const INSTANCE: &str = "shakedown.instance";
