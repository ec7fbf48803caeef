//! Deletes what has expired: the ids of heard facts and the answers under old keys.

use crate::{Clock, Store, StoreError, sql};
use shop_calls::Call;
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long a fact may be delivered again, and a key be used again.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
const EVERY: Duration = Duration::from_secs(10 * 60);

impl Store {
    /// Deletes expired rows every ten minutes until the shutdown.
    pub async fn sweep(self, shutdown: CancellationToken) {
        let clock = Clock::system();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = sleep(EVERY) => {}
            }
            let kept_ms = i64::try_from(KEPT.as_millis()).unwrap_or(i64::MAX);
            if let Err(error) = self.forget_before(clock.now_ms() - kept_ms).await {
                tracing::warn!(context = %self.context(), %error, "expired rows were not deleted");
            }
        }
    }

    /// Deletes heard facts and answers from before this time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn forget_before(&self, time_ms: i64) -> Result<(), StoreError> {
        let mut transaction = self
            .write(&Call::unobserved(Duration::from_secs(5)))
            .await?;
        for (table, column) in [("heard", "heard_ms"), ("answers", "claimed_ms")] {
            let context = self.context();
            let delete = format!("DELETE FROM {context}_{table} WHERE {column} < $1");
            transaction.run(sql(delete).bind(time_ms)).await?;
        }
        transaction.commit().await
    }
}
