//! What a bounded context is to the platform: its constants, its seed data, its mounting.

use crate::{Mounted, Settings, SettingsError};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng as _;
use sha2::{Digest as _, Sha256};
use shop_calls::Caller;
use shop_contracts::{Context, FactName};
use shop_stores::{Clock, Keys, Store, StoreError};
use shop_telemetry::Telemetry;
use std::future::ready;
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// A context of the shop. The type is only a name; [`BoundedContext::mount`] returns what runs. The
/// composition derives the call graph, the routes and the target definition from the constants, so
/// none of those can drift from the code.
pub trait BoundedContext: 'static {
    const CONTEXT: Context;
    /// Which contexts it may call. Its [`Caller`] refuses all others.
    const CALLS: &'static [Context];
    /// Which facts it listens to: `&[fact::<OrderPlaced>()]`.
    const HEARS: &'static [FactName] = &[];
    /// Its tables, oldest first, each an `include_str!` of a file in `migrations/`.
    const MIGRATIONS: &'static [&'static str] = &[];
    /// Its settings with their defaults, as the TOML of its section.
    const SETTINGS: &'static str = "";

    /// Counts that must agree with those of others: a name, and the SQL that yields one row with
    /// the column `counted`. The audit reports each as `CONTEXT.NAME`.
    const AUDIT: &'static [(&'static str, &'static str)] = &[];

    /// Whether it can keep everything under keys on a Redis server.
    const ON_KEYS: bool = false;

    /// Fills an empty, migrated store with the seeded world. By default the context has no part in
    /// it.
    fn seed(_: &Parts) -> impl Future<Output = Result<(), MountError>> + Send {
        ready(Ok(()))
    }

    /// Builds what runs. The store is migrated already.
    fn mount(parts: Parts) -> impl Future<Output = Result<Mounted, MountError>> + Send;
}

/// Everything a context is given.
#[derive(Clone)]
pub struct Parts {
    pub store: Store,
    /// Where it keeps everything instead of its store, if the process is configured so.
    pub keys: Option<Keys>,
    pub caller: Caller,
    pub settings: Settings,
    pub scale: Scale,
    pub clock: Clock,
    /// A folder of its own for what is not in the store, such as an index.
    pub data_dir: PathBuf,
    pub telemetry: Telemetry,
    /// Cancelled when the process is to stop; background tasks end then.
    pub shutdown: CancellationToken,
}

/// How large the seeded world is, and which one it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub seed: u64,
    pub products: u32,
    pub customers: u32,
}

impl Scale {
    /// A random stream of its own for each purpose, so that an additional draw somewhere does not
    /// shift the others.
    #[must_use]
    pub fn stream(&self, purpose: &str) -> ChaCha8Rng {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(purpose.as_bytes());
        ChaCha8Rng::from_seed(hash.finalize().into())
    }
}

/// Why a context could not be seeded or mounted.
#[derive(Debug, thiserror::Error)]
pub enum MountError {
    #[error("prepare the store: {0}")]
    Store(#[from] StoreError),
    #[error("read the settings: {0}")]
    Settings(#[from] SettingsError),
    #[error("mount {context}: it declares that it hears {declared:?} but listens to {mounted:?}")]
    Hears {
        context: Context,
        declared: Vec<&'static str>,
        mounted: Vec<&'static str>,
    },
    #[error("prepare {what}: {reason}")]
    Other { what: &'static str, reason: String },
}
