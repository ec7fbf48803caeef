//! What one module states: its names, its imports and the paths in its code.
//!
//! Plain data between the reader and the resolver.

use std::collections::{BTreeMap, BTreeSet};

/// A module of a crate, by its place in the list of modules. The root is the first.
pub type ModuleId = usize;

/// One module: a file, or a part of one between braces.
#[derive(Default)]
pub struct Module {
    pub file: String,
    /// Where the files of its child modules are.
    pub folder: String,
    pub parent: Option<ModuleId>,
    pub children: BTreeMap<String, ModuleId>,
    /// Names that are defined here.
    pub items: BTreeSet<String>,
    pub uses: Vec<Use>,
    /// Paths of two parts and more in code, macros and attributes.
    pub paths: Vec<Mention>,
    /// First parts of all paths in code: what the module uses by name.
    pub words: BTreeSet<String>,
}

/// A path and where it stands.
#[derive(Clone)]
pub struct Mention {
    pub path: Vec<String>,
    pub line: usize,
}

/// One name of a `use`.
pub struct Use {
    pub what: Mention,
    /// What it is called here; none for `*`.
    pub name: Option<String>,
    /// Also for others (`pub use`): no use by this module unless its code says the name.
    pub public: bool,
}
