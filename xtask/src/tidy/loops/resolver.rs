//! From paths to the files that define what they name.
//!
//! A name that a module only re-exports belongs to the file that defines it. A module that is
//! imported is no use of its file yet: only what is named through it is. What lies outside of the
//! crate resolves to nothing.

use std::collections::BTreeSet;

use super::module::{Mention, Module, ModuleId, Use};

/// One use of a file by another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: String,
    pub line: usize,
    /// The path as it stands in the code.
    pub path: String,
    pub to: String,
}

/// Every use of one file by another, in order.
pub fn imports(modules: &[Module]) -> BTreeSet<Import> {
    let resolver = Resolver { modules };
    let mut imports = BTreeSet::new();
    for (id, module) in modules.iter().enumerate() {
        for mention in &module.paths {
            let files = resolver.files(id, &mention.path);
            imports.extend(edges(module, mention, "", files));
        }
        for one in &module.uses {
            let files = resolver.used_files(id, one);
            let end = if one.name.is_none() { "::*" } else { "" };
            imports.extend(edges(module, &one.what, end, files));
        }
    }
    imports
}

fn edges<'a>(
    module: &'a Module,
    mention: &'a Mention,
    end: &'a str,
    files: Vec<String>,
) -> impl Iterator<Item = Import> + 'a {
    let others = files.into_iter().filter(|file| *file != module.file);
    others.map(move |to| Import {
        from: module.file.clone(),
        line: mention.line,
        path: format!("{}{end}", mention.path.join("::")),
        to,
    })
}

/// What a path stands for.
#[derive(Clone, Copy)]
enum Target {
    Module(ModuleId),
    /// Something defined in this module.
    Item(ModuleId),
}

struct Resolver<'a> {
    modules: &'a [Module],
}

/// How many re-exports of re-exports are followed; names that import themselves end there.
const HOPS: usize = 8;

impl Resolver<'_> {
    /// Files that define what a path names; none if that is a module or of another crate.
    fn files(&self, here: ModuleId, path: &[String]) -> Vec<String> {
        self.defined(self.resolve(here, path, HOPS))
    }

    fn defined(&self, targets: Vec<Target>) -> Vec<String> {
        let mut files = Vec::new();
        for target in targets {
            if let Target::Item(module) = target {
                files.push(self.modules[module].file.clone());
            }
        }
        files
    }

    /// Files that a `use` makes its module depend on. A re-export is a use only of a name that the
    /// module itself says; a `*` is a use of the names that it says.
    fn used_files(&self, here: ModuleId, one: &Use) -> Vec<String> {
        let words = &self.modules[here].words;
        let targets = self.resolve(here, &one.what.path, HOPS);
        match &one.name {
            Some(name) if one.public && !words.contains(name) => Vec::new(),
            Some(_) => self.defined(targets),
            None => {
                let mut files = Vec::new();
                for target in targets {
                    match target {
                        Target::Item(_) => files.extend(self.defined(vec![target])),
                        Target::Module(module) => {
                            let found = words.iter().map(|word| self.lookup(module, word, HOPS));
                            files.extend(found.flat_map(|found| self.defined(found)));
                        }
                    }
                }
                files
            }
        }
    }

    fn resolve(&self, here: ModuleId, path: &[String], hops: usize) -> Vec<Target> {
        let Some((first, mut rest)) = path.split_first() else {
            return Vec::new();
        };
        let mut targets = match first.as_str() {
            "crate" => vec![Target::Module(0)],
            "self" => vec![Target::Module(here)],
            "super" => self.parent(here),
            name => self.lookup(here, name, hops),
        };
        while let Some((name, after)) = rest.split_first() {
            let module = targets.iter().find_map(|target| match target {
                Target::Module(module) => Some(*module),
                Target::Item(_) => None,
            });
            // What follows a type is its own: a method, a variant, a constant.
            let Some(module) = module else {
                return targets;
            };
            targets = match name.as_str() {
                "super" => self.parent(module),
                name => self.lookup(module, name, hops),
            };
            rest = after;
        }
        targets
    }

    fn parent(&self, module: ModuleId) -> Vec<Target> {
        let parent = self.modules[module].parent;
        parent.map(Target::Module).into_iter().collect()
    }

    /// What a name means in a module; more than one if a module and an item share it.
    fn lookup(&self, module: ModuleId, name: &str, hops: usize) -> Vec<Target> {
        let Some(hops) = hops.checked_sub(1) else {
            return Vec::new();
        };
        let scope = &self.modules[module];
        let mut found = Vec::new();
        if scope.items.contains(name) {
            found.push(Target::Item(module));
        }
        found.extend(scope.children.get(name).map(|child| Target::Module(*child)));
        let named = |one: &&Use| one.name.as_deref() == Some(name);
        for one in scope.uses.iter().filter(named) {
            found.extend(self.resolve(module, &one.what.path, hops));
        }
        if !found.is_empty() {
            return found;
        }
        for one in scope.uses.iter().filter(|one| one.name.is_none()) {
            for target in self.resolve(module, &one.what.path, hops) {
                if let Target::Module(other) = target
                    && other != module
                {
                    found.extend(self.lookup(other, name, hops));
                }
            }
        }
        found
    }
}
