//! Carts as documents under keys on a Redis server. An unused cart expires by itself.
//!
//! A change is a compare-and-swap: if the document has changed meanwhile, the change is applied
//! again to the new one.

use crate::carts::{Answer, Carts, Change};
use shop_contracts::CartId;
use shop_contracts::cart::{Cart, CartError, Create};
use shop_contracts::order::OrderPlaced;
use shop_platform::{Call, Entry, Keys, ListenError, StoreError, Swapped};
use std::time::Duration;

pub(crate) struct Documents {
    pub keys: Keys,
    /// Time to live of an unused cart.
    pub lasts: Duration,
}

impl Carts for Documents {
    async fn create(&self, call: &Call, request: &Create, cart: Cart) -> Answer {
        let document = write(&cart)?;
        let (entry, reply) = (self.entry(&cart.cart_id), cart.clone());
        self.keys
            .create_once(call, request, &entry, &document, reply)
            .await
    }

    async fn find(&self, call: &Call, cart_id: &CartId) -> Result<Option<Cart>, StoreError> {
        let found = self.keys.get(call, &self.entry(cart_id)).await?;
        found.map(|document| read(&document)).transpose()
    }

    async fn change(&self, call: &Call, cart_id: &CartId, change: Change) -> Answer {
        let entry = self.entry(cart_id);
        loop {
            let found = self.keys.get(call, &entry).await?;
            let before = found.ok_or(CartError::UnknownCart)?;
            let mut cart = read(&before)?;
            change.apply(&mut cart)?;
            let after = write(&cart)?;
            if self.keys.swap(call, &entry, &before, &after, None).await? == Swapped::Done {
                return Ok(cart);
            }
        }
    }
}

impl Documents {
    /// Empties the cart that was ordered, once for each delivery id of the fact.
    pub(crate) async fn ordered(
        &self,
        call: &Call,
        id: &str,
        fact: OrderPlaced,
    ) -> Result<(), ListenError> {
        let Some(cart_id) = fact.cart_id else {
            return Ok(());
        };
        let entry = self.entry(&cart_id);
        // An expired cart is never recreated, so there is nothing to record.
        while let Some(before) = self.keys.get(call, &entry).await? {
            let mut cart = read(&before)?;
            let emptied = Change::Clear.apply(&mut cart);
            emptied.map_err(|error| ListenError::Effect(error.to_string()))?;
            let after = write(&cart)?;
            let swapped = self.keys.swap(call, &entry, &before, &after, Some(id));
            if swapped.await? != Swapped::Lost {
                break;
            }
        }
        Ok(())
    }

    fn entry<'a>(&self, cart_id: &'a CartId) -> Entry<'a> {
        Entry {
            kind: "cart",
            id: cart_id.as_ref(),
            lasts: self.lasts,
        }
    }
}

fn read(document: &str) -> Result<Cart, StoreError> {
    Ok(serde_json::from_str(document)?)
}

fn write(cart: &Cart) -> Result<String, StoreError> {
    Ok(serde_json::to_string(cart)?)
}
