//! Carts as rows of the context's own tables. A background task deletes unused ones.

use crate::carts::{Answer, Carts, Change};
use crate::tables;
use shop_contracts::CartId;
use shop_contracts::cart::{Cart, CartError, Create};
use shop_contracts::order::OrderPlaced;
use shop_platform::{Call, Claim, Clock, ListenError, Store, StoreError, Transaction};

pub(crate) struct Rows {
    pub store: Store,
    pub clock: Clock,
}

impl Carts for Rows {
    async fn create(&self, call: &Call, request: &Create, cart: Cart) -> Answer {
        let mut transaction = match self.store.write_once(call, request).await? {
            Claim::Answered(cart) => return Ok(cart),
            Claim::Fresh(transaction) => transaction,
        };
        tables::insert(&mut transaction, &cart, self.clock.now_ms()).await?;
        transaction.commit_answer(&cart).await?;
        Ok(cart)
    }

    async fn find(&self, call: &Call, cart_id: &CartId) -> Result<Option<Cart>, StoreError> {
        tables::find(&self.store, call, cart_id).await
    }

    async fn change(&self, call: &Call, cart_id: &CartId, change: Change) -> Answer {
        let mut transaction = self.store.write(call).await?;
        let found = tables::find_in(&mut transaction, cart_id).await?;
        let mut cart = found.ok_or(CartError::UnknownCart)?;
        change.apply(&mut cart)?;
        match &change {
            Change::Put(line) => tables::put_line(&mut transaction, cart_id, line).await?,
            Change::Remove(product) => {
                tables::remove_line(&mut transaction, cart_id, product).await?;
            }
            Change::Clear => tables::remove_lines(&mut transaction, cart_id).await?,
        }
        tables::touch(&mut transaction, cart_id, self.clock.now_ms()).await?;
        transaction.commit().await?;
        Ok(cart)
    }
}

/// Empties the cart that was ordered.
pub(crate) async fn ordered(tx: &mut Transaction, fact: OrderPlaced) -> Result<(), ListenError> {
    if let Some(cart_id) = fact.cart_id {
        tables::remove_lines(tx, &cart_id).await?;
    }
    Ok(())
}
