//! A context type turned into a value, so that the composition can loop over all of them.

use crate::{BoundedContext, MountError, Mounted, Parts};
use futures::future::BoxFuture;
use sha2::{Digest as _, Sha256};
use shop_contracts::{Context, FactName};
use shop_stores::StoreError;

/// What the composition needs of a [`BoundedContext`].
#[derive(Clone, Copy)]
pub struct Module {
    pub context: Context,
    pub calls: &'static [Context],
    pub hears: &'static [FactName],
    pub settings: &'static str,
    pub on_keys: bool,
    pub audit: &'static [(&'static str, &'static str)],
    migrations: &'static [&'static str],
    seed: for<'p> fn(&'p Parts) -> BoxFuture<'p, Result<(), MountError>>,
    mount: fn(Parts) -> BoxFuture<'static, Result<Mounted, MountError>>,
}

impl Module {
    /// The module of a context.
    #[must_use]
    pub const fn of<C: BoundedContext>() -> Self {
        Self {
            context: C::CONTEXT,
            calls: C::CALLS,
            hears: C::HEARS,
            settings: C::SETTINGS,
            on_keys: C::ON_KEYS,
            audit: C::AUDIT,
            migrations: C::MIGRATIONS,
            seed: |parts| Box::pin(C::seed(parts)),
            mount: |parts| Box::pin(C::mount(parts)),
        }
    }

    /// Whether the context keeps anything in a database.
    #[must_use]
    pub fn has_tables(&self) -> bool {
        !self.migrations.is_empty()
    }

    /// A number that changes with the context's tables.
    #[must_use]
    pub fn schema(&self) -> u64 {
        let mut hash = Sha256::new();
        self.migrations
            .iter()
            .for_each(|text| hash.update(text.as_bytes()));
        let digest: [u8; 32] = hash.finalize().into();
        digest
            .iter()
            .take(8)
            .fold(0, |number, byte| (number << 8) | u64::from(*byte))
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// When a migration fails.
    pub async fn migrate(&self, parts: &Parts) -> Result<(), StoreError> {
        parts.store.migrate(self.migrations).await
    }

    /// Fills an empty, migrated store.
    ///
    /// # Errors
    /// When the context's own seeding fails.
    pub async fn seed(&self, parts: &Parts) -> Result<(), MountError> {
        (self.seed)(parts).await
    }

    /// Migrates, mounts, and checks that the context listens to exactly what it declares.
    ///
    /// # Errors
    /// When one of these fails.
    pub async fn mount(&self, parts: Parts) -> Result<Mounted, MountError> {
        self.migrate(&parts).await?;
        let store = parts.store.clone();
        let mut mounted = (self.mount)(parts).await?;
        let mut declared: Vec<_> = self.hears.iter().map(|fact| fact.name).collect();
        let mut listening: Vec<_> = mounted.listeners.keys().copied().collect();
        declared.sort_unstable();
        listening.sort_unstable();
        if declared != listening {
            let context = self.context;
            return Err(MountError::Hears {
                context,
                declared,
                mounted: listening,
            });
        }
        mounted.take_deliveries(store);
        Ok(mounted)
    }
}
