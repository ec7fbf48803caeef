//! The database of a process: opens it, creates its tables and fills it with the seeded world. It
//! must know neither contexts nor engines.

use crate::{ShapeProcess, ShopError, World};
use shop_host::{Module, Parts};
use shop_stores::Keys;
use shop_stores::{Database, Engine};
use shop_telemetry::Telemetry;
use std::path::{Path, PathBuf};

/// The database file that `shop seed` writes for a process.
pub(crate) fn seeded_file(data: &Path, process: &ShapeProcess) -> PathBuf {
    data.join(format!("{}.db", process.database))
}

/// Opens the database of a process.
pub(crate) async fn open(
    engine: &Engine,
    data: &Path,
    process: &ShapeProcess,
) -> Result<Database, ShopError> {
    Ok(Database::open(engine, data, &process.database).await?)
}

/// The keys of a context on Redis; `None` on other engines.
pub(crate) fn keys(
    engine: &Engine,
    module: &Module,
    telemetry: &Telemetry,
) -> Result<Option<Keys>, ShopError> {
    let Engine::Redis { url } = engine else {
        return Ok(None);
    };
    let context = module.context;
    if !module.on_keys {
        return Err(ShopError::NeedsRows(context));
    }
    let keys = Keys::at(url, "shop", context, telemetry.clone())?;
    Ok(Some(keys))
}

/// Creates the tables of every context of a process, and fills an empty server from the seeded
/// file. If several processes do so concurrently, it happens once.
pub(crate) async fn prepare(
    database: &Database,
    contexts: &[(&'static Module, Parts)],
    world: &World,
    seeded: &Path,
) -> Result<(), ShopError> {
    for (module, parts) in contexts {
        module.migrate(parts).await?;
    }
    Ok(database.fill(seeded, &world.fingerprint()).await?)
}
