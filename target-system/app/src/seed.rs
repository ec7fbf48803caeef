//! The seeded world: created once for each shape, seed and scale, cached, and copied from the
//! cache.
//!
//! The contexts create it themselves, in one process whatever the shape, because some call others
//! to seed (search reads the products of catalog). One rename makes a world visible in the cache,
//! so that an interrupted seeding leaves no incomplete world.

use crate::compose::{Wiring, mount};
use crate::modules::{MODULES, module};
use crate::{ShopError, World, stores};
use shop_contracts::Context;
use shop_stores::{Database, Engine};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The file that names the world that a data folder was seeded for.
const MARKER: &str = "seeded";

/// Copies the seeded world into an empty folder; creates it in the cache if it is not there.
///
/// # Errors
/// When the folder is not empty, a context cannot be seeded, or a file cannot be written.
pub async fn seed(world: &World, cache: &Path, data: &Path) -> Result<(), ShopError> {
    let cached = cache.join(world.fingerprint());
    if !cached.join(MARKER).is_file() {
        create(world, cache, &cached).await?;
    }
    fs::create_dir_all(data).map_err(ShopError::at(data))?;
    let mut entries = fs::read_dir(data).map_err(ShopError::at(data))?;
    if entries.next().is_some() {
        return Err(ShopError::NotEmpty {
            path: data.to_owned(),
        });
    }
    copy(&cached, data)?;
    // Last, so that an incomplete copy does not look complete.
    let marker = cached.join(MARKER);
    fs::copy(&marker, data.join(MARKER)).map_err(ShopError::at(&marker))?;
    Ok(())
}

/// Refuses a data folder that was not seeded for this world.
pub(crate) fn check(world: &World, data: &Path) -> Result<(), ShopError> {
    let seeded_for = fs::read_to_string(data.join(MARKER)).unwrap_or_default();
    if seeded_for != world.fingerprint() {
        return Err(ShopError::NotSeeded {
            path: data.to_owned(),
        });
    }
    Ok(())
}

async fn create(world: &World, cache: &Path, cached: &Path) -> Result<(), ShopError> {
    let unfinished = cache.join(format!("unfinished-{}", std::process::id()));
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).map_err(ShopError::at(&unfinished))?;
    fill(world, &unfinished).await?;
    let marker = unfinished.join(MARKER);
    fs::write(&marker, world.fingerprint()).map_err(ShopError::at(marker))?;
    match fs::rename(&unfinished, cached) {
        // Another process has created the same world meanwhile.
        Err(_) if cached.join(MARKER).is_file() => {
            fs::remove_dir_all(&unfinished).map_err(ShopError::at(unfinished))
        }
        renamed => renamed.map_err(ShopError::at(cached)),
    }
}

/// Seeds every context, callees before their callers.
async fn fill(world: &World, data: &Path) -> Result<(), ShopError> {
    let wiring = Wiring::for_seeding(world)?;
    let databases = open_all(world, data).await?;
    let shutdown = CancellationToken::new();
    for seeding in MODULES {
        let context = seeding.context;
        let database = &databases[&context];
        let parts = wiring.parts(context, world, data, database, shutdown.clone())?;
        let module = module(context).ok_or(ShopError::NoContext(context))?;
        module.migrate(&parts).await?;
        let seeded = module.seed(&parts).await;
        seeded.map_err(|source| ShopError::Seed { context, source })?;
        mount(parts).await?.open(&wiring.handlers);
    }
    shutdown.cancel();
    drop(wiring);
    for database in databases.values() {
        database.close().await;
    }
    Ok(())
}

async fn open_all(world: &World, data: &Path) -> Result<BTreeMap<Context, Database>, ShopError> {
    let mut databases = BTreeMap::new();
    for process in &world.shape.processes {
        let database = stores::open(&Engine::Sqlite, data, process).await?;
        databases.extend(
            process
                .contexts
                .iter()
                .map(|context| (*context, database.clone())),
        );
    }
    Ok(databases)
}

/// Copies everything but the marker.
fn copy(from: &Path, to: &Path) -> Result<(), ShopError> {
    fs::create_dir_all(to).map_err(ShopError::at(to))?;
    for entry in fs::read_dir(from).map_err(ShopError::at(from))? {
        let source: PathBuf = entry.map_err(ShopError::at(from))?.path();
        let Some(name) = source.file_name().filter(|name| *name != MARKER) else {
            continue;
        };
        let target = to.join(name);
        if source.is_dir() {
            copy(&source, &target)?;
        } else {
            fs::copy(&source, &target).map_err(ShopError::at(&source))?;
        }
    }
    Ok(())
}
