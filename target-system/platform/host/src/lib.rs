//! What makes a process of contexts: how a context is mounted, how it is set up, how it is served.
//!
//! - `context` is what a bounded context is to the platform, and the [`Parts`] it is given;
//!   `mounted` collects what it answers, hears and does in the background; `module` turns its type
//!   into a value that a composition can loop over.
//! - `settings` are the defaults of the platform and the contexts, and what overrides them.
//! - `server` is the HTTP server of a process; `entry` gives every request its span, measurement
//!   and call; `rpc` are the routes under which other processes call the contexts of this one.
//! - `audit` counts what the process holds.
//!
//! This ring must not know any context by name: the composition lists them.

mod audit;
mod context;
mod entry;
mod module;
mod mounted;
mod rpc;
mod server;
mod settings;

pub use audit::Audit;
pub use context::{BoundedContext, MountError, Parts, Scale};
pub use entry::entry;
pub use module::Module;
pub use mounted::{Mounted, Mounting};
pub use rpc::rpc_routes;
pub use server::{Readiness, ServeError, Server};
pub use settings::{DataSettings, Settings, SettingsError};
