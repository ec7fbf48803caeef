//! gateway: the public REST API of the shop, under `/v1`.
//!
//! It authenticates and authorises requests, limits their rate, and translates between REST and the
//! calls of the contexts. It owns no data and must know no business rules.
//!
//! - `table` lists all routes and who may use them; `route` is a row of it, and `openapi` describes
//!   them in a document.
//! - `guard` runs before every route: `auth` verifies tokens, `limit` limits the rate; `input`
//!   reads bodies, paths and queries.
//! - `edge` is the state that the routes share. The routes: `browse`, `carts`, `orders`,
//!   `payments`, `shipments`, `accounts`.

mod accounts;
mod auth;
mod browse;
mod carts;
mod edge;
mod guard;
mod input;
mod limit;
mod openapi;
mod orders;
mod payments;
mod route;
mod shipments;
mod table;

use auth::KeyRing;
use edge::Edge;
use limit::Limiter;
use serde::Deserialize;
use shop_contracts::Context;
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts, duration};
use std::sync::Arc;
use std::time::Duration;

/// The gateway.
pub struct Gateway;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Gateway>();

impl BoundedContext for Gateway {
    const CONTEXT: Context = Context::Gateway;
    const CALLS: &'static [Context] = &[
        Context::Identity,
        Context::Catalog,
        Context::Search,
        Context::Cart,
        Context::Inventory,
        Context::Order,
        Context::Payment,
        Context::Shipping,
        Context::Notification,
    ];
    const SETTINGS: &'static str = include_str!("../settings.toml");

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let settings: GatewaySettings = parts.settings.section(Self::CONTEXT.name())?;
        let edge = Edge {
            keys: KeyRing::new(parts.caller.clone(), &settings.issuer),
            limiter: Limiter::new(settings.requests_per_second, settings.burst),
            caller: parts.caller,
            stock_patience: settings.stock_patience,
            document: openapi::document(&table::routes())?,
        };
        let shutdown = parts.shutdown;
        Ok(Mounted::of(Self::CONTEXT, edge)
            .task("forget idle clients", |edge: Arc<Edge>| async move {
                tokio::select! {
                    () = edge.limiter.forget_idle() => {}
                    () = shutdown.cancelled() => {}
                }
            })
            .routes(|edge| table::router(&edge))
            .done())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GatewaySettings {
    issuer: String,
    #[serde(deserialize_with = "duration::deserialize")]
    stock_patience: Duration,
    requests_per_second: u32,
    burst: u32,
}
