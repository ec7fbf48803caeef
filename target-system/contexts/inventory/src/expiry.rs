//! Releases reservations that were never committed. A late commit is refused by its time alone, so
//! nothing depends on when the sweep runs.

use crate::service::Service;
use crate::store;
use serde::Deserialize;
use shop_platform::{Call, StoreError, duration};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How many reservations are looked up at once; each is given back in a transaction of its own, so
/// that orders waiting for the store never wait for long.
const BATCH: u32 = 100;
/// How long one of them may take.
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
            tracing::warn!(%error, "expired reservations were not given back");
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
