//! Maintains the index: builds it when it is missing, and updates prices in batches. It must not
//! know how an index works.

use crate::error::IndexError;
use crate::index::Index;
use crate::service::Service;
use crate::store;
use shop_contracts::catalog::{CatalogError, Export, Product};
use shop_platform::{Call, CallError, Caller, StoreError};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(5);
/// Products per request to catalog.
const BATCH: u32 = 500;
/// A commit waits for the disk, so the prices of this time share one.
const BATCH_DELAY: Duration = Duration::from_millis(500);
/// How often to look for prices whose notification was lost.
const POLL_INTERVAL: Duration = Duration::from_secs(30);
/// The delay after the first failed build, and the longest after later ones.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Why the index could not be built or updated.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaintenanceError {
    #[error("export the products of catalog: {0}")]
    Catalog(#[from] CallError<CatalogError>),
    #[error("write the index: {0}")]
    Index(#[from] IndexError),
    #[error("read the recorded prices: {0}")]
    Store(#[from] StoreError),
}

/// Builds an index of all products of catalog.
pub(crate) async fn build(
    caller: &Caller,
    folder: &Path,
    stamp: &str,
) -> Result<Index, MaintenanceError> {
    let mut all: Vec<Product> = Vec::new();
    loop {
        let after = all.last().map(|product| product.product_id.clone());
        let request = Export {
            after,
            limit: BATCH,
        };
        let batch = caller.call(&Call::unobserved(PATIENCE), request).await?;
        if batch.is_empty() {
            break;
        }
        all.extend(batch);
    }
    Ok(Index::create(folder, stamp, all).await?)
}

/// Maintains the index of a service until the shutdown.
pub(crate) async fn run(service: Arc<Service>) {
    let shutdown = service.shutdown.clone();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work(&service) => {}
    }
}

async fn work(service: &Service) {
    let index = find_or_build(service).await;
    loop {
        match update_prices(service, index).await {
            Ok(0) => {}
            // There may be more than one batch.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "failed to update the prices of the index"),
        }
        // Prices may be there after a notification and after a timeout.
        let _ = timeout(POLL_INTERVAL, service.price_recorded.notified()).await;
        sleep(BATCH_DELAY).await;
    }
}

async fn find_or_build(service: &Service) -> &Index {
    let mut delay = RETRY.0;
    loop {
        if let Some(index) = service.index.get() {
            return index;
        }
        match build(&service.caller, &service.folder, &service.stamp).await {
            Ok(index) => return service.index.get_or_init(|| index),
            Err(error) => tracing::info!(%error, "the index is not built yet"),
        }
        sleep(delay).await;
        delay = (delay * 2).min(RETRY.1);
    }
}

/// Updates the index with a batch of recorded prices; returns how many.
async fn update_prices(service: &Service, index: &Index) -> Result<usize, MaintenanceError> {
    let call = Call::unobserved(PATIENCE);
    let changes = store::recorded(&service.store, &call).await?;
    if changes.is_empty() {
        return Ok(0);
    }
    index.reprice(&changes).await?;
    let mut transaction = service.store.write(&Call::unobserved(PATIENCE)).await?;
    store::delete(&mut transaction, &changes).await?;
    transaction.commit().await?;
    Ok(changes.len())
}
