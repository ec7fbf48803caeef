//! notification: keeps an inbox with the shop's messages to each customer.
//!
//! It listens to facts of order, shipping and identity and turns each into a message. It calls no
//! other context and no request waits for it, so an outage of it is invisible to shoppers: the
//! facts stay in the outboxes of their publishers.
//!
//! - `message` writes the text of a message; `store` reads and writes the table.

mod message;
mod store;

use message::Message;
use shop_contracts::identity::CustomerRegistered;
use shop_contracts::notification::{ListInbox, Notice};
use shop_contracts::order::{OrderCancelled, OrderPlaced};
use shop_contracts::shipping::ShipmentCreated;
use shop_contracts::{Context, FactName, NoError, fact};
use shop_platform::{
    BoundedContext, Call, Clock, Failure, Handle, Listen, ListenError, Module, MountError, Mounted,
    Parts, Store, Transaction,
};

/// The notification context.
pub struct Notification;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Notification>();

impl BoundedContext for Notification {
    const CONTEXT: Context = Context::Notification;
    const CALLS: &'static [Context] = &[];
    const HEARS: &'static [FactName] = &[
        fact::<OrderPlaced>(),
        fact::<OrderCancelled>(),
        fact::<ShipmentCreated>(),
        fact::<CustomerRegistered>(),
    ];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_notices.sql")];
    const AUDIT: &'static [(&'static str, &'static str)] = &[
        ("order-placed", store::ORDER_PLACED),
        ("doubled", store::DOUBLED),
    ];

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            store: parts.store,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<ListInbox>()
            .hears::<OrderPlaced>()
            .hears::<OrderCancelled>()
            .hears::<ShipmentCreated>()
            .hears::<CustomerRegistered>()
            .done())
    }
}

struct Service {
    store: Store,
    clock: Clock,
}

impl Handle<ListInbox> for Service {
    async fn handle(
        &self,
        call: &Call,
        request: ListInbox,
    ) -> Result<Vec<Notice>, Failure<NoError>> {
        Ok(store::inbox(&self.store, call, &request.customer_id).await?)
    }
}

/// Every fact that has a message is handled alike.
impl<F: Message> Listen<F> for Service {
    async fn hear(&self, transaction: &mut Transaction, fact: F) -> Result<(), ListenError> {
        let now_ms = self.clock.now_ms();
        Ok(store::put(transaction, fact.addressee(), F::KIND, fact.text(), now_ms).await?)
    }
}
