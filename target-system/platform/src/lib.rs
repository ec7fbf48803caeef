//! What every context of the shop stands on: calls, stores, facts, resilience, telemetry.
//!
//! A context implements [`BoundedContext`]: it is handed its [`Parts`] (its own [`Store`], a
//! [`Caller`] that knows whom it may call, settings, a clock) and gives back what it
//! [`Mounted`]: handlers, listeners and background tasks. Whether a call then crosses a function,
//! a serialiser or a network is decided by the shape, never by the context.
//!
//! This crate knows no context by its behaviour: only names, envelopes and rules of conduct.

pub mod bus;
pub mod caller;
pub mod http;
pub mod outbox;
pub mod store;
pub mod telemetry;
pub mod testing;
pub mod transport;

mod attempt;
mod audit;
mod bounded;
mod call;
mod clock;
mod failure;
mod handler;
mod idempotency;
mod keys;
mod module;
mod mounted;
mod problem;
mod settings;

pub use audit::Audit;
pub use bounded::{BoundedContext, FactName, MountError, Parts, Scale, fact};
pub use call::{Call, Principal, Subject};
pub use caller::Caller;
pub use clock::Clock;
pub use failure::{CallError, Failure, RemoteError, RemoteKind};
pub use handler::{Handle, HearOnce, Listen, ListenError};
pub use idempotency::{Begun, Claim, Ticket};
pub use keys::{Entry, Keys, Swapped};
pub use module::{Module, SeedError};
pub use mounted::{Mounted, Mounting};
pub use problem::Problem;
pub use settings::{DataSettings, Resilience, Settings, SettingsError, duration};
pub use store::{Row, Statement, Store, StoreError, Transaction, sql};
pub use telemetry::Telemetry;
