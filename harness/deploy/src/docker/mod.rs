//! Services as containers, through testcontainers, on a bridge network of their own.
//!
//! One image is built from this very binary; databases and brokers come with their own. Everything
//! is labelled with its run, so that [`clean_up`] finds it. The files, from the engine upwards:
//! `engine` (the client), `labels`, `network`, `images` (the table) and `pull`, `image` (our own),
//! `data` and `volume`, `request` (what a container may do), `impair`, `watch`, `runner`.

mod clean_up;
mod data;
mod engine;
mod image;
mod images;
mod impair;
mod labels;
mod network;
mod pull;
mod request;
mod runner;
mod volume;
mod watch;

pub use clean_up::clean_up;
pub use engine::{Engine, usable};
pub use images::{Images, ImagesError, images};
pub use network::Network;
pub use pull::{ImageStatus, ensure_present, image_statuses};
pub use runner::DockerRunner;
