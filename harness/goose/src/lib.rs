//! Runs a Goose attack; it must not know what the attack does.
//!
//! It is a crate of its own for the sake of the build. The compiler makes the code of an
//! asynchronous function in the crate that awaits it, and behind the one that runs an attack stands
//! most of Goose: its log, its controller, its reports. None of that runs once a request, so it is
//! not optimised here, as it would be in the crate of the load worker.

use std::pin::Pin;

use goose::{GooseAttack, GooseError};

/// An attack on its way.
pub type Attack = Pin<Box<dyn Future<Output = Result<(), GooseError>> + Send>>;

/// Runs an attack to its end.
///
/// # Errors
/// What Goose could not do, for example with its configuration.
#[must_use]
pub fn execute(attack: GooseAttack) -> Attack {
    Box::pin(async move { attack.execute().await.map(drop) })
}
