//! order's settings as types; `settings.toml` explains them.

use serde::Deserialize;
use shop_platform::duration;
use std::time::Duration;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrderSettings {
    #[serde(deserialize_with = "duration::deserialize")]
    pub reservation: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    pub dead_after: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    pub look_every: Duration,
}

/// A duration in milliseconds, as contracts state it; at most `most`.
pub(crate) fn ms<T: TryFrom<u128>>(duration: Duration, most: T) -> T {
    T::try_from(duration.as_millis()).unwrap_or(most)
}
