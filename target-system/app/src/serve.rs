//! Serves one process until it is stopped.

use crate::compose::Process;
use crate::{ShopError, World, seed};
use reqwest::Url;
use shop_facts::RabbitMq;
use shop_stores::Engine;
use shop_telemetry::Telemetry;
use shop_telemetry::start_logging;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Timeout of the export of the last spans.
const FLUSH: Duration = Duration::from_secs(2);

/// The options of a process, except its world.
pub(crate) struct ServeOptions<'a> {
    pub process: &'a str,
    pub listen: SocketAddr,
    pub data: &'a Path,
    pub store: Engine,
    pub otlp: Option<&'a str>,
    pub routes: &'a BTreeMap<String, Url>,
    pub bus: Option<&'a str>,
}

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn serve(world: &World, options: ServeOptions<'_>) -> Result<(), ShopError> {
    start_logging();
    seed::check(world, options.data)?;
    let telemetry = match options.otlp.filter(|endpoint| !endpoint.is_empty()) {
        Some(endpoint) => Telemetry::exporting(options.process, endpoint)?,
        None => Telemetry::untraced(),
    };
    let (name, data) = (options.process, options.data);
    let broker = options.bus.map(broker).transpose()?;
    let process = Process::listen(world, name, data, options.listen, telemetry.clone()).await?;
    let process = process.stored_on(options.store).with_broker(broker);
    let address = process.address()?;
    let running = process.start(options.routes).await?;
    tracing::info!(process = name, shape = world.shape.name, %address, "ready");
    stop_signal().await?;
    running.stop().await;
    telemetry.stop(FLUSH).await;
    Ok(())
}

/// Shops on the same broker and vhost would share queues: each shop needs its own vhost.
fn broker(url: &str) -> Result<RabbitMq, ShopError> {
    Ok(RabbitMq::at(url, "shop")?)
}

async fn stop_signal() -> Result<(), ShopError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ShopError::Runtime)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(ShopError::Runtime),
    }
}
