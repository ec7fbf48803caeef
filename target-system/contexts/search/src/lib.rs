//! search: finding products by words, in an index of its own over what catalog exports.
//!
//! The index is made while the world is seeded, or else in the background: a process that starts
//! never waits for catalog, and is unavailable until there is an index. It owns no
//! truth: what it shows may be older than catalog by as long as a fact takes to arrive.

mod index;
mod keeper;
mod service;
mod store;
mod words;

use index::Index;
use service::Service;
use shop_contracts::catalog::PriceChanged;
use shop_contracts::search::{Query, Suggest};
use shop_contracts::{Context, FactName, fact};
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// The search context.
pub struct Search;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Search>();

impl BoundedContext for Search {
    const CONTEXT: Context = Context::Search;
    const CALLS: &'static [Context] = &[Context::Catalog];
    const HEARS: &'static [FactName] = &[fact::<PriceChanged>()];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_prices.sql")];

    /// Builds the index if catalog answers; if not, the first process to start builds it.
    async fn seed(parts: &Parts) -> Result<(), MountError> {
        if let Err(error) = keeper::build(&parts.caller, folder(parts), stamp(parts)).await {
            tracing::warn!(%error, "the index is left to be built later");
        }
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            folder: folder(&parts),
            stamp: stamp(&parts),
            index: OnceLock::new(),
            price_heard: Notify::new(),
            store: parts.store,
            caller: parts.caller,
            shutdown: parts.shutdown,
        };
        match Index::open(&service.folder, &service.stamp) {
            Ok(Some(index)) => drop(service.index.set(Arc::new(index))),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the index on disk is of no use"),
        }
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Query>()
            .answers::<Suggest>()
            .hears::<PriceChanged>()
            .task("keep the index", keeper::keep)
            .done())
    }
}

/// Where the index is.
fn folder(parts: &Parts) -> PathBuf {
    parts.data_dir.join("index")
}

/// For which world the index was made, and in which format.
fn stamp(parts: &Parts) -> String {
    let scale = parts.scale;
    format!("v1-{}-{}p", scale.seed, scale.products)
}
