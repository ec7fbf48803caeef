//! The seeded world: made once for each shape, seed and scale, kept in a cache, copied from there.
//!
//! It is made by the contexts themselves, all in one process whatever the shape, because some need
//! others to seed (search reads the products of catalog). A world becomes visible in the cache by
//! one rename, so that an interrupted seeding leaves nothing half-made behind.

use crate::compose::{Wiring, mount};
use crate::modules::{MODULES, module};
use crate::{ShopError, World, stores};
use shop_contracts::Context;
use shop_stores::{Database, Engine};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// The file that says for which world a data folder was seeded.
const MARK: &str = "seeded";

/// Lays the seeded world out in an empty folder, from the cache if it was made before.
///
/// # Errors
/// When the folder is not empty, a context cannot be seeded, or a file cannot be written.
pub async fn seed(world: &World, cache: &Path, data: &Path) -> Result<(), ShopError> {
    let kept = cache.join(world.fingerprint());
    if !kept.join(MARK).is_file() {
        make(world, cache, &kept).await?;
    }
    fs::create_dir_all(data).map_err(ShopError::at(data))?;
    let mut entries = fs::read_dir(data).map_err(ShopError::at(data))?;
    if entries.next().is_some() {
        return Err(ShopError::NotEmpty {
            path: data.to_owned(),
        });
    }
    copy(&kept, data)?;
    // Last of all: a copy that was cut short must not look whole.
    let mark = kept.join(MARK);
    fs::copy(&mark, data.join(MARK)).map_err(ShopError::at(&mark))?;
    Ok(())
}

/// Refuses a data folder that was not seeded for this world.
pub(crate) fn check(world: &World, data: &Path) -> Result<(), ShopError> {
    let seeded_for = fs::read_to_string(data.join(MARK)).unwrap_or_default();
    if seeded_for != world.fingerprint() {
        return Err(ShopError::NotSeeded {
            path: data.to_owned(),
        });
    }
    Ok(())
}

async fn make(world: &World, cache: &Path, kept: &Path) -> Result<(), ShopError> {
    let unfinished = cache.join(format!("unfinished-{}", std::process::id()));
    let _ = fs::remove_dir_all(&unfinished);
    fs::create_dir_all(&unfinished).map_err(ShopError::at(&unfinished))?;
    fill(world, &unfinished).await?;
    let mark = unfinished.join(MARK);
    fs::write(&mark, world.fingerprint()).map_err(ShopError::at(mark))?;
    match fs::rename(&unfinished, kept) {
        // Another process has made the same world meanwhile.
        Err(_) if kept.join(MARK).is_file() => {
            fs::remove_dir_all(&unfinished).map_err(ShopError::at(unfinished))
        }
        renamed => renamed.map_err(ShopError::at(kept)),
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

/// Everything but the mark.
fn copy(from: &Path, to: &Path) -> Result<(), ShopError> {
    fs::create_dir_all(to).map_err(ShopError::at(to))?;
    for entry in fs::read_dir(from).map_err(ShopError::at(from))? {
        let source: PathBuf = entry.map_err(ShopError::at(from))?.path();
        let Some(name) = source.file_name().filter(|name| *name != MARK) else {
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
