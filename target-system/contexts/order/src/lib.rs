//! order: from a basket to a paid, shipped purchase, or to nothing at all.
//!
//! Placing an order is a saga over inventory, payment and shipping:
//!
//! ```text
//! pending --reserve--authorise--ship--capture--commit--> paid --cancel--> cancelled
//!    |        |          |        |       |       |
//!    +--------+----------+--------+-------+-------+----> failed (whatever was done is undone)
//! ```
//!
//! Every step and every undoing is idempotent under the order's id. A step without an answer counts
//! as perhaps done. What a dying process leaves pending, [`undo`] finds later. A process may also
//! have been frozen and go on, so undoing first bars the order from being paid. The context never
//! holds a transaction while it calls others.
//!
//! - `place` is the saga, `undo` its compensation, `cancel` the cancellation of a paid order.
//! - `price` computes what a basket costs; `service` is what the handlers share; `store` holds the
//!   tables, `settings` the settings.

mod cancel;
mod place;
mod price;
mod service;
mod settings;
mod store;
mod undo;

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
            .task("undo dead purchases", |service| {
                undo::look_for_dead(service, shutdown)
            })
            .done())
    }
}
