//! search: full-text search of products, in its own index of what catalog exports.
//!
//! The index is built while the world is seeded, or else in the background: a process does not wait
//! for catalog at its start, and answers `unavailable` until there is an index. The index is a
//! copy: it is behind catalog by as long as a fact takes to arrive. The context must know of other
//! contexts only what catalog exports.
//!
//! - The index is a SQLite file beside the context's store, whatever engine that uses: `file`
//!   creates and opens it, and `index` answers from it with its words (`vocabulary`) and cached
//!   rankings (`rankings`); `words` splits texts.
//! - `service` answers calls; `maintenance` builds the index and updates it with the prices that
//!   are recorded in `store`.

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

    /// Builds the index if catalog answers; if not, the first process that starts builds it.
    async fn seed(parts: &Parts) -> Result<(), MountError> {
        let built = maintenance::build(&parts.caller, &folder(parts), &stamp(parts)).await;
        if let Err(error) = built {
            tracing::warn!(%error, "failed to build the index; it is built later");
        }
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            folder: folder(&parts),
            stamp: stamp(&parts),
            index: OnceLock::new(),
            price_recorded: Notify::new(),
            store: parts.store,
            caller: parts.caller,
            shutdown: parts.shutdown,
        };
        match Index::open(&service.folder, &service.stamp).await {
            Ok(Some(index)) => drop(service.index.set(index)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "failed to open the index on disk"),
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

/// Names the format of the index and its world.
fn stamp(parts: &Parts) -> String {
    let scale = parts.scale;
    format!("v2-{}-{}p", scale.seed, scale.products)
}
