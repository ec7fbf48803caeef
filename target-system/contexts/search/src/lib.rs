//! search: finding products by words, in an index of its own over what catalog exports.
//!
//! The index is made while the world is seeded, or else in the background: a process that starts
//! never waits for catalog, and says that it is unavailable until there is an index. It owns no
//! truth: what it shows may be older than catalog by as long as a fact takes to arrive.
//!
//! The index is a SQLite file beside the context's store, whatever engine that has: `file` makes
//! and opens it, `index` answers from it, with the words it has (`vocabulary`) and the rankings it
//! remembers (`rankings`), and `words` takes texts apart. `service` answers calls, and
//! `maintenance` builds the index and takes in the prices that `store` has noted.

mod error;
mod file;
mod index;
mod maintenance;
mod rankings;
mod service;
mod store;
mod vocabulary;
mod words;

use index::Index;
use service::Service;
use shop_contracts::catalog::PriceChanged;
use shop_contracts::search::{Query, Suggest};
use shop_contracts::{Context, FactName, fact};
use shop_platform::{BoundedContext, Module, MountError, Mounted, Parts};
use std::path::PathBuf;
use std::sync::OnceLock;
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
    const SETTINGS: &'static str = "";

    /// Builds the index if catalog answers; if not, the first process to start builds it.
    async fn seed(parts: &Parts) -> Result<(), MountError> {
        let built = maintenance::build(&parts.caller, &folder(parts), &stamp(parts)).await;
        if let Err(error) = built {
            tracing::warn!(%error, "the index is left to be built later");
        }
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            folder: folder(&parts),
            stamp: stamp(&parts),
            index: OnceLock::new(),
            price_noted: Notify::new(),
            store: parts.store,
            caller: parts.caller,
            shutdown: parts.shutdown,
        };
        match Index::open(&service.folder, &service.stamp).await {
            Ok(Some(index)) => drop(service.index.set(index)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the index on disk cannot be used"),
        }
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Query>()
            .answers::<Suggest>()
            .hears::<PriceChanged>()
            .task("maintain the index", maintenance::run)
            .done())
    }
}

fn folder(parts: &Parts) -> PathBuf {
    parts.data_dir.join("index")
}

/// Names the format of the index and the world that it is made for.
fn stamp(parts: &Parts) -> String {
    let scale = parts.scale;
    format!("v2-{}-{}p", scale.seed, scale.products)
}
