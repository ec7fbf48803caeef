//! order: from a basket to a paid and shipped purchase, or to no effect at all.
//!
//! Placing an order is a saga over inventory, payment and shipping:
//!
//! ```text
//! pending --reserve--authorise--ship--capture--commit--> paid --cancel--> cancelled
//!    |        |          |        |       |       |
//!    +--------+----------+--------+-------+-------+----> failed (every step is compensated)
//! ```
//!
//! Every step and every compensation is idempotent by the order's id. A step without an answer may
//! have been done, so it is compensated, too. If a process dies, a sweep finds its pending orders
//! and compensates them. A process may also have been paused and continue, so a compensation first
//! prevents that the order is paid. The context must not hold a transaction while it calls others.
//!
//! - `place` is the saga, `compensate` its compensation, `cancel` the cancellation of a paid order.
//! - `price` computes the price of a basket; `service` is the state that the handlers share;
//!   `store` reads and writes the table; `settings` has the settings.

mod cancel;
mod compensate;
mod place;
mod price;
mod service;
mod settings;
mod store;

use service::Service;
use shop_contracts::Context;
use shop_contracts::order::{Cancel, Get, List, Place, Quote};
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts};

/// The order context.
pub struct Order;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Order>();

impl BoundedContext for Order {
    const CONTEXT: Context = Context::Order;
    const CALLS: &'static [Context] = &[
        Context::Catalog,
        Context::Cart,
        Context::Inventory,
        Context::Payment,
        Context::Shipping,
    ];
    const MIGRATIONS: &'static [&'static str] = &[
        include_str!("../migrations/0001_orders.sql"),
        include_str!("../migrations/0002_undoing.sql"),
    ];
    const SETTINGS: &'static str = include_str!("../settings.toml");
    const AUDIT: &'static [(&'static str, &'static str)] = &[("placed", store::PLACED)];

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let shutdown = parts.shutdown.clone();
        let service = Service {
            settings: parts.settings.section(Self::CONTEXT.name())?,
            store: parts.store,
            caller: parts.caller,
            clock: parts.clock,
        };
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Quote>()
            .answers::<Place>()
            .answers::<Get>()
            .answers::<List>()
            .answers::<Cancel>()
            .task("compensate abandoned purchases", |service| {
                compensate::sweep(service, shutdown)
            })
            .done())
    }
}
