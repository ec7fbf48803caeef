//! inventory: the stock of each warehouse and its reservations. It must know no other context.
//!
//! ```text
//! (none) --reserve--> held --commit--> committed --release--> released (back in stock)
//!    |                 |--release--> released
//!    +--release--+     +--expire---> expired
//!                +--> released (a tombstone: a late reserve is refused)
//! ```
//!
//! Every change of stock is a movement in a ledger, written in the same transaction, so that the
//! sums of the ledger equal the stock at any time.
//!
//! - `reservation` reserves, commits and releases; `picking` chooses the warehouses, `movement`
//!   defines the kinds of movements.
//! - `restock` adds stock, `expiry` releases expired reservations; `service` is the state that the
//!   handlers share; `store` reads and writes the tables; `seed` has the stock of the seeded world.

mod expiry;
mod movement;
mod picking;
mod reservation;
mod restock;
mod seed;
mod service;
mod store;

use expiry::ExpirySettings;
use service::Service;
use shop_contracts::Context;
use shop_contracts::inventory::{Availability, Commit, Release, Reserve, Restock};
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts};

/// The inventory context.
pub struct Inventory;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Inventory>();

impl BoundedContext for Inventory {
    const CONTEXT: Context = Context::Inventory;
    const CALLS: &'static [Context] = &[];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_stock.sql")];
    const SETTINGS: &'static str = include_str!("../settings.toml");

    async fn seed(parts: &Parts) -> Result<(), MountError> {
        seed::run(parts).await
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: ExpirySettings = parts.settings.section(Self::CONTEXT.name())?;
        let shutdown = parts.shutdown.clone();
        let service = Service {
            store: parts.store,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Availability>()
            .answers::<Reserve>()
            .answers::<Commit>()
            .answers::<Release>()
            .answers::<Restock>()
            .task("expire reservations", |service| {
                expiry::run(service, settings, shutdown)
            })
            .done())
    }
}
