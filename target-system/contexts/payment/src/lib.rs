//! payment: payment intents and the ledger of their money.
//!
//! It calls the external provider only. Every step has three parts: record the intention, call the
//! provider with a key that names the step, record the answer. If the process dies in between, a
//! repetition with the same reference continues from there, and money moves once. Card numbers are
//! passed on; only four digits are stored. It must not know orders.
//!
//! - `authorise`, `settle` and `refund` are the steps; `intent` is a payment intent and its rules.
//! - `ledger` makes the postings of each movement of money; `store` reads and writes the tables.

mod authorise;
mod intent;
mod ledger;
mod refund;
mod settle;
mod store;

use intent::Intent;
use shop_contracts::payment::{
    Abandon, Authorise, Capture, Get, Payment as Reply, PaymentError, Refund, Void,
};
use shop_contracts::{Context, PaymentId};
use shop_platform::{
    BoundedContext, Call, Caller, Clock, Failure, Handle, Module, MountError, Mounted, Parts, Store,
};

/// The payment context.
pub struct Payment;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Payment>();

impl BoundedContext for Payment {
    const CONTEXT: Context = Context::Payment;
    const CALLS: &'static [Context] = &[Context::Provider];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_intents.sql")];
    const AUDIT: &'static [(&'static str, &'static str)] = &[("captured", store::CAPTURED)];

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            store: parts.store,
            caller: parts.caller,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Authorise>()
            .answers::<Capture>()
            .answers::<Refund>()
            .answers::<Void>()
            .answers::<Abandon>()
            .answers::<Get>()
            .done())
    }
}

struct Service {
    store: Store,
    caller: Caller,
    clock: Clock,
}

/// The answer of a handler of this context.
type Answer<T = Reply> = Result<T, Failure<PaymentError>>;

impl Service {
    async fn intent(&self, call: &Call, payment_id: &PaymentId) -> Answer<Intent> {
        let found = store::find(&self.store, call, payment_id).await?;
        Ok(found.ok_or(PaymentError::UnknownPayment)?)
    }
}

impl Handle<Get> for Service {
    async fn handle(&self, call: &Call, request: Get) -> Answer {
        Ok(self.intent(call, &request.payment_id).await?.into())
    }
}
