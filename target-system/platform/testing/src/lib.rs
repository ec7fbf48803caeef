//! A bench to test one context on: a real store for the time of the test, and fakes for the others.
//!
//! ```ignore
//! let shop = Bench::new(setup)
//!     .fake(|ask: catalog::GetProducts| Ok(vec![...]))
//!     .mount::<Cart>()
//!     .await;
//! let cart = shop.call(cart::Create { customer_id: None }).await?;
//! ```
//!
//! - `setup` says how requests travel and which engine keeps the rows: run a test on all of them.
//! - `bench` mounts a context with fakes around it; `mount` is the mounted context.
//! - `scratch` is a place for the rows of one test; `server` finds servers started for tests.
//!
//! It must not know any context of the shop.

mod bench;
mod mount;
mod scratch;
mod server;
mod setup;

pub use bench::Bench;
pub use mount::Mount;
pub use scratch::{Backing, Scratch};
pub use server::server;
pub use setup::{Setup, Wiring};
