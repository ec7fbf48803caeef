//! Brings a target up as processes on loopback, and down again with nothing left behind.
//!
//! Two steps, so that edge proxies can open in between: [`Layout::plan`] decides every address,
//! [`ProcessDeployer::up`] starts what the layout says. It must not know faults, loads or proxies
//! beyond their addresses.

mod command;
mod deployer;
mod deployment;
mod error;
mod layout;
mod logs;
mod ports;
mod readiness;
mod service;
mod spawner;

pub use command::Paths;
pub use deployer::ProcessDeployer;
pub use deployment::Deployment;
pub use error::DeployError;
pub use layout::{Layout, ServiceLayout};
