//! Keeping stock for an order, taking it out, and giving it back.

use crate::movement::{COMMIT, EXPIRE, Movement, RELEASE, RESERVE, RETURN};
use crate::picking::{pick, wanted};
use crate::service::{Answer, Service};
use crate::store::{self, Kept, Status};
use shop_contracts::inventory::{Commit, InventoryError, Release, Reservation, Reserve};
use shop_contracts::{ErrorCode, OrderId};
use shop_platform::{Call, Handle, RemoteError, StoreError, Transaction};

impl Handle<Reserve> for Service {
    async fn handle(&self, call: &Call, request: Reserve) -> Answer<Reservation> {
        let wanted = wanted(request.lines)?;
        let now_ms = self.clock.now_ms();
        let kept = Kept {
            order_id: request.order_id,
            status: Status::Held,
            expires_ms: now_ms + i64::from(request.ttl_ms),
        };
        let mut transaction = self.store.write(call).await?;
        if !store::claim(&mut transaction, &kept).await? {
            let known = store::find(&mut transaction, &kept.order_id).await?;
            let known = known.ok_or(InventoryError::UnknownReservation)?;
            return with_picks(&mut transaction, known.usable(now_ms)?).await;
        }
        let shelves = store::shelves(&mut transaction, wanted.keys()).await?;
        let picks = pick(&wanted, &shelves)?;
        store::keep_picks(&mut transaction, &kept.order_id, &picks).await?;
        let moved = store::apply(&mut transaction, &kept.order_id, &RESERVE, now_ms).await?;
        if usize::try_from(moved) != Ok(picks.len()) {
            return Err(overtaken().into());
        }
        transaction.commit().await?;
        Ok(Reservation {
            order_id: kept.order_id,
            expires_ms: kept.expires_ms,
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
            if !turn(
                &mut transaction,
                &request.order_id,
                from_to,
                &COMMIT,
                now_ms,
            )
            .await?
            {
                return Err(overtaken().into());
            }
            transaction.commit().await?;
        }
        Ok(reservation)
    }
}

impl Handle<Release> for Service {
    async fn handle(&self, call: &Call, request: Release) -> Answer<()> {
        let now_ms = self.clock.now_ms();
        let tombstone = Kept {
            order_id: request.order_id,
            status: Status::Released,
            expires_ms: now_ms,
        };
        let order_id = &tombstone.order_id;
        let mut transaction = self.store.write(call).await?;
        if store::claim(&mut transaction, &tombstone).await? {
            return Ok(transaction.commit().await?);
        }
        let known = store::find(&mut transaction, order_id).await?;
        let (from, movement) = match known.map(|known| known.status) {
            Some(Status::Held) => (Status::Held, &RELEASE),
            Some(Status::Committed) => (Status::Committed, &RETURN),
            Some(Status::Released | Status::Expired) | None => return Ok(()),
        };
        let from_to = (from, Status::Released);
        if !turn(&mut transaction, order_id, from_to, movement, now_ms).await? {
            return Err(overtaken().into());
        }
        Ok(transaction.commit().await?)
    }
}

impl Service {
    /// Gives a held reservation back, unless its status has changed meanwhile.
    pub(crate) async fn expire(&self, call: &Call, order_id: &OrderId) -> Result<(), StoreError> {
        let mut transaction = self.store.write(call).await?;
        let from_to = (Status::Held, Status::Expired);
        let now_ms = self.clock.now_ms();
        turn(&mut transaction, order_id, from_to, &EXPIRE, now_ms).await?;
        transaction.commit().await
    }
}

/// Turns a reservation from one status to another together with its stock; false when it is not
/// in the first status any more.
async fn turn(
    transaction: &mut Transaction,
    order_id: &OrderId,
    (from, to): (Status, Status),
    movement: &Movement,
    now_ms: i64,
) -> Result<bool, StoreError> {
    let ours = store::advance(transaction, order_id, from, to).await?;
    if ours {
        store::apply(transaction, order_id, movement, now_ms).await?;
    }
    Ok(ours)
}

async fn with_picks(transaction: &mut Transaction, kept: Kept) -> Answer<Reservation> {
    let picks = store::picks(transaction, &kept.order_id).await?;
    Ok(Reservation {
        order_id: kept.order_id,
        expires_ms: kept.expires_ms,
        picks,
    })
}

/// On a database with several writers another order may take the pieces between the look and the
/// guarded update. Nothing was kept, and a repetition reads again.
fn overtaken() -> RemoteError {
    let what = "another order was faster, nothing was changed";
    RemoteError::own(ErrorCode::Unavailable, what)
}
