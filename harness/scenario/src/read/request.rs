//! What is asked for, and where the texts come from that a scenario names.

use super::stores::Stores;

/// A scenario to resolve.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The name of the file in diagnostics.
    pub source: &'a str,
    /// The scenario, as TOML.
    pub text: &'a str,
    /// `--set path=value`, in order.
    pub sets: &'a [(String, String)],
    /// Overrides the seed of the file.
    pub seed: Option<u64>,
    /// Overrides the runtime of the file, by name.
    pub runtime: Option<&'a str>,
}

/// Supplies the texts that a scenario names.
pub trait Sources {
    /// The definition of a shape of the shop on such stores, of a built-in target, or from a file.
    ///
    /// # Errors
    /// Why there is none, for people.
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String>;

    /// A built-in workload, or a file.
    ///
    /// # Errors
    /// Why there is none, for people.
    fn workload(&self, name: &str) -> Result<String, String>;
}
