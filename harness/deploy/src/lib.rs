//! Brings a target up and down again with nothing left behind: as processes on loopback, or as
//! containers on a network of their own.
//!
//! Three steps, so that listeners and edge proxies can open in between: [`DeploymentNetwork::lay`] decides
//! where the target stands, [`Layout::plan`] decides every address, [`up`] starts what the layout
//! says. Whoever uses this need not know the runtime. It must not know faults, loads or proxies
//! beyond their addresses.

mod command;
mod deployment;
mod docker;
mod error;
mod layout;
mod logs;
mod network;
mod ports;
mod process;
mod readiness;
mod runner;
mod service;
mod up;

pub use command::Paths;
pub use deployment::Deployment;
pub use docker::{Engine, Images, ImagesError, Presence, images, present, sweep, usable};
pub use error::DeployError;
pub use layout::{Layout, ServiceLayout};
pub use network::DeploymentNetwork;
pub use up::up;
