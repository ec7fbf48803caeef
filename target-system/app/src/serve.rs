//! Serves one process until it is told to stop.

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

/// How long the last spans may take to leave.
const FLUSH: Duration = Duration::from_secs(2);

/// What a process is told on its command line, besides its world.
pub(crate) struct Orders<'a> {
    pub process: &'a str,
    pub listen: SocketAddr,
    pub data: &'a Path,
    pub store: Engine,
    pub otlp: Option<&'a str>,
    pub routes: &'a BTreeMap<String, Url>,
    pub bus: Option<&'a str>,
}

/// Serves until SIGTERM or Ctrl-C.
pub(crate) async fn serve(world: &World, orders: Orders<'_>) -> Result<(), ShopError> {
    start_logging();
    seed::check(world, orders.data)?;
    let telemetry = match orders.otlp.filter(|endpoint| !endpoint.is_empty()) {
        Some(endpoint) => Telemetry::exporting(orders.process, endpoint)?,
        None => Telemetry::untraced(),
    };
    let (name, data) = (orders.process, orders.data);
    let broker = orders.bus.map(broker).transpose()?;
    let process = Process::listen(world, name, data, orders.listen, telemetry.clone()).await?;
    let process = process.stored_on(orders.store).with_broker(broker);
    let address = process.address()?;
    let running = process.start(orders.routes).await?;
    tracing::info!(process = name, shape = world.shape.name, %address, "ready");
    told_to_stop().await?;
    running.stop().await;
    telemetry.stop(FLUSH).await;
    Ok(())
}

/// All shops on one broker and vhost would share their queues: a vhost is a shop.
fn broker(url: &str) -> Result<RabbitMq, ShopError> {
    Ok(RabbitMq::at(url, "shop")?)
}

async fn told_to_stop() -> Result<(), ShopError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ShopError::Runtime)?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted.map_err(ShopError::Runtime),
    }
}
