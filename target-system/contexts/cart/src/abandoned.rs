//! Deletes carts that have not been used for a long time. It must not know their contents.

use crate::tables;
use serde::Deserialize;
use shop_platform::{Call, Clock, Store, StoreError, duration};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Timeout of one batch.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AbandonSettings {
    #[serde(deserialize_with = "duration::deserialize")]
    pub(crate) abandoned_after: Duration,
    #[serde(deserialize_with = "duration::deserialize")]
    sweep_every: Duration,
}

pub(crate) struct Sweeper {
    settings: AbandonSettings,
    store: Store,
    clock: Clock,
}

impl Sweeper {
    pub(crate) fn new(settings: AbandonSettings, store: Store, clock: Clock) -> Self {
        Self {
            settings,
            store,
            clock,
        }
    }

    /// Sweeps at intervals until the shutdown.
    pub(crate) async fn run(self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(self.settings.sweep_every) => {}
            }
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "failed to delete abandoned carts");
            }
        }
    }

    /// Deletes in small batches, so that requests do not wait long for the store.
    async fn sweep(&self) -> Result<(), StoreError> {
        let lifetime = self.settings.abandoned_after.as_millis();
        let lifetime_ms = i64::try_from(lifetime).unwrap_or(i64::MAX);
        let before_ms = self.clock.now_ms().saturating_sub(lifetime_ms);
        loop {
            let mut transaction = self.store.write(&Call::unobserved(PATIENCE)).await?;
            let deleted = tables::remove_untouched(&mut transaction, before_ms).await?;
            transaction.commit().await?;
            if deleted == 0 {
                return Ok(());
            }
        }
    }
}
