//! Rust files of the tree, read and parsed once for all rules.
//!
//! It must not know any rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};
use syn::{Attribute, Ident, Item};

/// One Rust file.
pub struct Source {
    pub text: String,
    pub syntax: syn::File,
}

/// Every file by its name: the path from the root, with `/` between its parts.
pub type Sources = BTreeMap<String, Source>;

impl Source {
    /// Reads Rust text; the error names the line.
    pub fn parse(text: String) -> Result<Source, String> {
        let syntax = syn::parse_file(&text)
            .map_err(|error| format!("{}: {error}", error.span().start().line))?;
        Ok(Source { text, syntax })
    }

    /// The text without its inline tests, which stand at its end.
    pub fn own(&self) -> &str {
        let end = self.text.find("\n#[cfg(test)]\nmod ");
        end.map_or(&self.text, |end| &self.text[..end])
    }

    /// Lines without inline tests.
    pub fn own_lines(&self) -> usize {
        self.own().lines().count()
    }
}

/// Every Rust file below the root, the build folder and hidden folders apart.
pub fn sources(root: &Path) -> Result<Sources, String> {
    let mut paths = Vec::new();
    collect(root, &root.join("target"), &mut paths)
        .map_err(|error| format!("failed to read {}: {error}", root.display()))?;
    let mut sources = Sources::new();
    for path in paths {
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        let text =
            fs::read_to_string(&path).map_err(|error| format!("failed to read {name}: {error}"))?;
        let source = Source::parse(text).map_err(|error| format!("{name}:{error}"))?;
        sources.insert(name, source);
    }
    Ok(sources)
}

fn collect(folder: &Path, built: &Path, paths: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if path.is_dir() {
            if path != built && !entry.file_name().to_string_lossy().starts_with('.') {
                collect(&path, built, paths)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

/// What a rule finds on the items of all files, those in modules and functions too. It is told as
/// `file:line: what`.
pub fn findings(
    sources: &Sources,
    rule: impl Fn(&Item) -> Option<(&Ident, String)>,
) -> Vec<String> {
    let mut found = Vec::new();
    for (file, source) in sources {
        let mut items = Items(Vec::new());
        items.visit_file(&source.syntax);
        for (name, what) in items.0.into_iter().filter_map(&rule) {
            found.push(format!("{file}:{}: {what}", name.span().start().line));
        }
    }
    found
}

/// Every item of a file.
struct Items<'ast>(Vec<&'ast Item>);

impl<'ast> Visit<'ast> for Items<'ast> {
    fn visit_item(&mut self, item: &'ast Item) {
        self.0.push(item);
        visit::visit_item(self, item);
    }
}

/// Whether an item is compiled for tests alone.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<Ident>()
                .is_ok_and(|what| what == "test")
    })
}

/// What any item has: its attributes, and its name if it defines one. A module defines none here:
/// it is a scope.
pub fn parts(item: &Item) -> (&[Attribute], Option<&Ident>) {
    match item {
        Item::Const(item) => (&item.attrs, Some(&item.ident)),
        Item::Enum(item) => (&item.attrs, Some(&item.ident)),
        Item::Fn(item) => (&item.attrs, Some(&item.sig.ident)),
        Item::Macro(item) => (&item.attrs, item.ident.as_ref()),
        Item::Static(item) => (&item.attrs, Some(&item.ident)),
        Item::Struct(item) => (&item.attrs, Some(&item.ident)),
        Item::Trait(item) => (&item.attrs, Some(&item.ident)),
        Item::TraitAlias(item) => (&item.attrs, Some(&item.ident)),
        Item::Type(item) => (&item.attrs, Some(&item.ident)),
        Item::Union(item) => (&item.attrs, Some(&item.ident)),
        Item::Impl(item) => (&item.attrs, None),
        Item::Mod(item) => (&item.attrs, None),
        Item::Use(item) => (&item.attrs, None),
        _ => (&[], None),
    }
}
