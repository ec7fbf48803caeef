//! Reserving stock for an order, committing it, and releasing it.

use crate::movement::{COMMIT, EXPIRE, Movement, RELEASE, RESERVE, RETURN};
use crate::picking::{pick, wanted};
use crate::service::{Answer, Service};
use crate::store::{self, ReservationRow, Status};
use shop_contracts::inventory::{Commit, InventoryError, Release, Reservation, Reserve};
use shop_contracts::{ErrorCode, OrderId};
use shop_platform::{Call, Handle, RemoteError, StoreError, Transaction};

impl Handle<Reserve> for Service {
    async fn handle(&self, call: &Call, request: Reserve) -> Answer<Reservation> {
        let wanted = wanted(request.lines)?;
        let now_ms = self.clock.now_ms();
        let row = ReservationRow {
            order_id: request.order_id,
            status: Status::Held,
            expires_ms: now_ms + i64::from(request.ttl_ms),
        };
        let mut transaction = self.store.write(call).await?;
        if !store::insert(&mut transaction, &row).await? {
            let known = store::find(&mut transaction, &row.order_id).await?;
            let known = known.ok_or(InventoryError::UnknownReservation)?;
            return with_picks(&mut transaction, known.usable(now_ms)?).await;
        }
        let stocks = store::stocks(&mut transaction, wanted.keys()).await?;
        let picks = pick(&wanted, &stocks)?;
        store::insert_picks(&mut transaction, &row.order_id, &picks).await?;
        let moved = store::apply(&mut transaction, &row.order_id, &RESERVE, now_ms).await?;
        if usize::try_from(moved) != Ok(picks.len()) {
            return Err(conflict().into());
        }
        transaction.commit().await?;
        Ok(Reservation {
            order_id: row.order_id,
            expires_ms: row.expires_ms,
            picks,
        })
    }
}

impl Handle<Commit> for Service {
    async fn handle(&self, call: &Call, request: Commit) -> Answer<Reservation> {
        let now_ms = self.clock.now_ms();
        let mut transaction = self.store.write(call).await?;
        let known = store::find(&mut transaction, &request.order_id).await?;
        let known = known
            .ok_or(InventoryError::UnknownReservation)?
            .usable(now_ms)?;
        let held = known.status == Status::Held;
        let reservation = with_picks(&mut transaction, known).await?;
        if held {
            let from_to = (Status::Held, Status::Committed);
            if !transition(
                &mut transaction,
                &request.order_id,
                from_to,
                &COMMIT,
                now_ms,
            )
            .await?
            {
                return Err(conflict().into());
            }
            transaction.commit().await?;
        }
        Ok(reservation)
    }
}

impl Handle<Release> for Service {
    async fn handle(&self, call: &Call, request: Release) -> Answer<()> {
        let now_ms = self.clock.now_ms();
        let tombstone = ReservationRow {
            order_id: request.order_id,
            status: Status::Released,
            expires_ms: now_ms,
        };
        let order_id = &tombstone.order_id;
        let mut transaction = self.store.write(call).await?;
        if store::insert(&mut transaction, &tombstone).await? {
            return Ok(transaction.commit().await?);
        }
        let known = store::find(&mut transaction, order_id).await?;
        let (from, movement) = match known.map(|known| known.status) {
            Some(Status::Held) => (Status::Held, &RELEASE),
            Some(Status::Committed) => (Status::Committed, &RETURN),
            Some(Status::Released | Status::Expired) | None => return Ok(()),
        };
        let from_to = (from, Status::Released);
        if !transition(&mut transaction, order_id, from_to, movement, now_ms).await? {
            return Err(conflict().into());
        }
        Ok(transaction.commit().await?)
    }
}

impl Service {
    /// Releases an expired reservation, unless its status has changed meanwhile.
    pub(crate) async fn expire(&self, call: &Call, order_id: &OrderId) -> Result<(), StoreError> {
        let mut transaction = self.store.write(call).await?;
        let from_to = (Status::Held, Status::Expired);
        let now_ms = self.clock.now_ms();
        transition(&mut transaction, order_id, from_to, &EXPIRE, now_ms).await?;
        transaction.commit().await
    }
}

/// Changes the status of a reservation together with its stock; false when it is no longer in the
/// first status.
async fn transition(
    transaction: &mut Transaction,
    order_id: &OrderId,
    (from, to): (Status, Status),
    movement: &Movement,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let changed = store::advance(transaction, order_id, from, to).await?;
    if changed {
        store::apply(transaction, order_id, movement, now_ms).await?;
    }
    Ok(changed)
}

async fn with_picks(transaction: &mut Transaction, row: ReservationRow) -> Answer<Reservation> {
    let picks = store::picks(transaction, &row.order_id).await?;
    Ok(Reservation {
        order_id: row.order_id,
        expires_ms: row.expires_ms,
        picks,
    })
}

/// With several writers another order may take the pieces between the read and the guarded update.
/// Nothing was reserved, and a retry reads again.
fn conflict() -> RemoteError {
    let what = "another order took the stock first; nothing was changed";
    RemoteError::own(ErrorCode::Unavailable, what)
}
