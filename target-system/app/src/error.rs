//! The errors of the shop's commands.

use shop_contracts::Context;
use shop_facts::BusError;
use shop_host::ServeError;
use shop_host::{MountError, SettingsError};
use shop_stores::StoreError;
use shop_telemetry::TelemetryError;
use std::io;
use std::path::PathBuf;

/// Completes "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum ShopError {
    #[error("find a shape called `{name}`")]
    NoShape { name: String },
    #[error("read a shape: {0}")]
    ShapeSyntax(#[from] toml::de::Error),
    #[error("find a process called `{name}` in the shape `{shape}`")]
    NoProcess { shape: String, name: String },
    #[error("find the context `{0}`")]
    NoContext(Context),
    #[error("reach `{process}`: no --route leads to it")]
    NoRoute { process: String },
    #[error("understand the route `{text}`: it must be process=http://host:port")]
    RouteSyntax { text: String },
    #[error("build the HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    #[error("read the settings: {0}")]
    Settings(#[from] SettingsError),
    #[error("open the store: {0}")]
    Store(#[from] StoreError),
    #[error("keep {0} on Redis: it needs rows")]
    NeedsRows(Context),
    #[error("mount {context}: {source}")]
    Mount {
        context: Context,
        source: MountError,
    },
    #[error("seed {context}: {source}")]
    Seed {
        context: Context,
        source: MountError,
    },
    #[error("start the telemetry: {0}")]
    Telemetry(#[from] TelemetryError),
    #[error("use the bus: {0}")]
    Bus(#[from] BusError),
    #[error("serve: {0}")]
    Serve(#[from] ServeError),
    #[error("use {path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("use {path} as the data folder: it is not empty")]
    NotEmpty { path: PathBuf },
    #[error("serve from {path}: it was not seeded for this world; run `shop seed` first")]
    NotSeeded { path: PathBuf },
    #[error("write a definition: {0}")]
    Definition(#[from] toml::ser::Error),
    #[error("start the runtime: {0}")]
    Runtime(#[source] io::Error),
    #[error("write the answer: {0}")]
    Output(#[source] io::Error),
}

impl ShopError {
    /// Names the file in an input or output error.
    pub(crate) fn at(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
