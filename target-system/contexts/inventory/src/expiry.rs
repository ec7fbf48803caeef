//! Releases reservations that were not committed in time. A late commit is refused by its time, so
//! correctness does not depend on when the sweep runs.

use crate::service::Service;
use crate::store;
use serde::Deserialize;
use shop_platform::{Call, StoreError, duration};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How many reservations a sweep reads at once. Each is released in its own transaction, so that
/// orders do not wait long for the store.
const BATCH: u32 = 100;
/// Timeout of one transaction.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpirySettings {
    #[serde(deserialize_with = "duration::deserialize")]
    sweep_every: Duration,
}

/// Sweeps until the shutdown.
pub(crate) async fn run(
    service: Arc<Service>,
    settings: ExpirySettings,
    shutdown: CancellationToken,
) {
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = sleep(settings.sweep_every) => {}
        }
        if let Err(error) = service.sweep().await {
            tracing::warn!(%error, "failed to release expired reservations");
        }
    }
}

impl Service {
    async fn sweep(&self) -> Result<(), StoreError> {
        let call = Call::unobserved(PATIENCE);
        let now_ms = self.clock.now_ms();
        for order_id in store::expired(&self.store, &call, now_ms, BATCH).await? {
            self.expire(&Call::unobserved(PATIENCE), &order_id).await?;
        }
        Ok(())
    }
}
