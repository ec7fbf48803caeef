//! Brings a target up, and down again with nothing left behind: as processes on loopback, or as
//! containers on a network of their own.
//!
//! Three steps, so that listeners and edge proxies can open in between:
//! [`DeploymentNetwork::create`] makes the network, [`Layout::plan`] decides every address, [`up`]
//! starts what the layout lists. Callers need not know the runtime. It must not know faults, loads
//! or proxies beyond their addresses.
//!
//! A tour of the files, from the bottom up: `network`, `ports` and `layout` decide addresses;
//! `command` and `spec` fill in what is started; `instance`, `logs` and `readiness` follow one
//! instance of a service; `runner` is the seam to `process` and `docker`, and `runtime` chooses
//! between them; `up` starts a `deployment`.

mod command;
mod deployment;
mod docker;
mod error;
mod instance;
mod layout;
mod logs;
mod network;
mod ports;
mod process;
mod readiness;
mod runner;
mod runtime;
mod spec;
mod up;

pub use command::Paths;
pub use deployment::Deployment;
pub use docker::{
    Engine, ImageStatus, Images, ImagesError, clean_up, image_statuses, images, usable,
};
pub use error::DeployError;
pub use layout::{InstanceLayout, Layout, ServiceLayout};
pub use network::DeploymentNetwork;
pub use up::up;
