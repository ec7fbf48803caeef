//! Keeps the index: builds it when it is missing, and takes in prices a batch at a time. It knows
//! how to ask catalog and when to try again, and must not know how an index works.

use crate::index::{Index, IndexError};
use crate::service::Service;
use crate::store;
use shop_contracts::catalog::{CatalogError, Export, Product};
use shop_platform::{Call, CallError, Caller, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{sleep, timeout};

const PATIENCE: Duration = Duration::from_secs(5);
/// How many products are requested of catalog at once.
const BATCH: u32 = 500;
/// A commit costs many writes, so prices wait this long for others to join.
const GATHER: Duration = Duration::from_millis(500);
/// How often to look for prices without a notification.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long it waits after the first failed attempt to build, and at most after later ones.
const WAIT: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Why the index could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeepError {
    #[error("ask catalog: {0}")]
    Catalog(#[from] CallError<CatalogError>),
    #[error("write the index: {0}")]
    Index(#[from] IndexError),
    #[error("read what was heard: {0}")]
    Store(#[from] StoreError),
    #[error("finish the work: {0}")]
    Work(#[from] JoinError),
}

/// Builds an index over all that catalog has.
pub(crate) async fn build(
    caller: &Caller,
    folder: PathBuf,
    stamp: String,
) -> Result<Index, KeepError> {
    let mut all: Vec<Product> = Vec::new();
    loop {
        let after = all.last().map(|product| product.product_id.clone());
        let ask = Export {
            after,
            limit: BATCH,
        };
        let batch = caller.call(&Call::unobserved(PATIENCE), ask).await?;
        if batch.is_empty() {
            break;
        }
        all.extend(batch);
    }
    Ok(spawn_blocking(move || Index::create(&folder, &stamp, &all)).await??)
}

/// Keeps the index of a service until the shutdown.
pub(crate) async fn keep(service: Arc<Service>) {
    let shutdown = service.shutdown.clone();
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = work(&service) => {}
    }
}

async fn work(service: &Service) {
    let index = find_or_build(service).await;
    loop {
        match take_in(service, &index).await {
            Ok(0) => {}
            // There may be more than one batch.
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "prices have not reached the index"),
        }
        // A notification and the end of the wait mean the same: look again.
        let _ = timeout(LOOK_EVERY, service.price_heard.notified()).await;
        sleep(GATHER).await;
    }
}

async fn find_or_build(service: &Service) -> Arc<Index> {
    let mut wait = WAIT.0;
    loop {
        if let Some(index) = service.index.get() {
            return Arc::clone(index);
        }
        let (folder, stamp) = (service.folder.clone(), service.stamp.clone());
        match build(&service.caller, folder, stamp).await {
            Ok(index) => return Arc::clone(service.index.get_or_init(|| Arc::new(index))),
            Err(error) => tracing::info!(%error, "the index is not built yet"),
        }
        sleep(wait).await;
        wait = (wait * 2).min(WAIT.1);
    }
}

/// Takes recorded prices into the index; returns how many.
async fn take_in(service: &Service, index: &Arc<Index>) -> Result<usize, KeepError> {
    let call = Call::unobserved(PATIENCE);
    let changes = store::noted(&service.store, &call).await?;
    if changes.is_empty() {
        return Ok(0);
    }
    let index = Arc::clone(index);
    let changes = spawn_blocking(move || index.reprice(&changes).map(|()| changes)).await??;
    let mut transaction = service.store.write(&Call::unobserved(PATIENCE)).await?;
    store::forget(&mut transaction, &changes).await?;
    transaction.commit().await?;
    Ok(changes.len())
}
