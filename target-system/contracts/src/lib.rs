//! The contracts between the shop's contexts, as types and nothing else.
//!
//! A call is a value: a request type implements [`Rpc`], which states its reply, its error, the
//! context that answers it and what a repetition would do. A [`Fact`] is something that has
//! happened; an outbox delivers it to its listeners. This crate must know no transport, no store
//! and no clock.
//!
//! - There is a file for each context, with its calls, facts and errors.
//! - `rpc` defines calls and facts, `error` errors, `context` the set of contexts.
//! - `ids`, `common` and `card` are values that several contexts share.

#[macro_use]
mod context;

pub mod cart;
pub mod catalog;
pub mod identity;
pub mod inventory;
pub mod notification;
pub mod order;
pub mod payment;
pub mod provider;
pub mod search;
pub mod shipping;

mod card;
mod common;
mod error;
mod ids;
mod rpc;

pub use card::{Card, CardNumber};
pub use common::{Address, Cents, Line, PAGE_SIZE, Page};
pub use context::UnknownContext;
pub use error::{DomainError, ErrorCode, NoError};
pub use ids::{CartId, CategoryId, CustomerId, OrderId, PaymentId, ProductId, Tracking};
pub use rpc::{Effect, Fact, FactName, Rpc, fact};

contexts! {
    /// It owns no data; it is a context because it calls the others.
    Gateway = "gateway",
    Identity = "identity",
    Catalog = "catalog",
    Search = "search",
    Cart = "cart",
    Inventory = "inventory",
    Order = "order",
    Payment = "payment",
    Shipping = "shipping",
    Notification = "notification",
    /// The external payment provider. In no shape does it share a process with the shop.
    Provider = "provider",
}
