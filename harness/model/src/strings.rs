//! Interned names, so that a million spans cost numbers and not text.
//!
//! Owns the table and its handles. It must not know what the names mean.

use std::collections::HashMap;
use std::sync::Arc;

/// A handle to a name in a [`Strings`] table. [`Sym::NONE`] is the empty name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym(pub u32);

impl Sym {
    /// The empty name.
    pub const NONE: Sym = Sym(0);

    /// Whether it is the empty name.
    pub fn is_none(self) -> bool {
        self == Sym::NONE
    }
}

/// A table of distinct names; the empty name is always entry 0.
#[derive(Debug, Clone)]
pub struct Strings {
    /// Each name is in memory once: table and index share it.
    names: Vec<Arc<str>>,
    index: HashMap<Arc<str>, Sym>,
}

impl Default for Strings {
    fn default() -> Strings {
        let mut strings = Strings {
            names: Vec::new(),
            index: HashMap::new(),
        };
        strings.intern("");
        strings
    }
}

impl Strings {
    /// The handle of a name, which is added when it is new.
    pub fn intern(&mut self, name: &str) -> Sym {
        if let Some(sym) = self.index.get(name) {
            return *sym;
        }
        let sym = Sym(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        let name: Arc<str> = name.into();
        self.names.push(Arc::clone(&name));
        self.index.insert(name, sym);
        sym
    }

    /// The handle of a name that is already known.
    pub fn find(&self, name: &str) -> Option<Sym> {
        self.index.get(name).copied()
    }

    /// The name behind a handle; empty for a handle of another table.
    pub fn name(&self, sym: Sym) -> &str {
        self.names.get(sym.0 as usize).map_or("", |name| name)
    }

    /// How many names there are, the empty one included.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether there is no name but the empty one.
    pub fn is_empty(&self) -> bool {
        self.names.len() <= 1
    }

    /// Every name with its handle, in the order of the handles.
    pub fn iter(&self) -> impl Iterator<Item = (Sym, &str)> {
        self.names
            .iter()
            .enumerate()
            .map(|(i, name)| (Sym(i as u32), &**name))
    }
}
