//! gateway: the public REST API of the shop, under `/v1`.
//!
//! It authenticates and authorises requests, limits their rate, and translates between REST and the
//! calls of the contexts. It owns no data and must know no business rules.
//!
//! - The routes, who may use them and their handlers: `browse`, `carts`, `orders`, `payments`,
//!   `shipments`, `accounts`. `route` is one of them, `edge` the state that they share.
//! - `router` serves them; `guard` runs before every route: `auth` verifies tokens, `limit` limits
//!   the rate; `input` reads bodies, paths and queries.
//! - `openapi` describes them in a document: `signature` reads what a handler takes and gives,
//!   `schemas` describes the types of bodies.

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
mod router;
mod schemas;
mod shipments;
mod signature;

use auth::KeyRing;
use edge::Edge;
use limit::Limiter;
use route::Route;
use serde::Deserialize;
use shop_contracts::Context;
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts, duration};
use std::sync::Arc;
use std::time::Duration;

/// All routes: what the router, authorisation and the OpenAPI document are made from, so that they
/// cannot drift apart.
fn routes() -> Vec<Route> {
    let all = [
        browse::routes(),
        carts::routes(),
        orders::routes(),
        payments::routes(),
        shipments::routes(),
        accounts::routes(),
        openapi::routes(),
    ];
    all.into_iter().flatten().collect()
}

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
            document: openapi::document(&routes())?,
        };
        let shutdown = parts.shutdown;
        Ok(Mounted::of(Self::CONTEXT, edge)
            .task("forget idle clients", |edge: Arc<Edge>| async move {
                tokio::select! {
                    () = edge.limiter.forget_idle() => {}
                    () = shutdown.cancelled() => {}
                }
            })
            .routes(|edge| router::router(&edge, routes()))
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
