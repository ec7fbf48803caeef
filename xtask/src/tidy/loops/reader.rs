//! From the files of one crate to its modules. Inline tests are left out.
//!
//! It follows `mod` from the root file, and must not know what a path stands for.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, Item, ItemMod, ItemUse, Path, UseTree, VisRestricted, Visibility};

use super::module::{Mention, Module, ModuleId, Use};
use crate::tidy::source::{Sources, for_tests, parts};

/// All modules of the crate with this root file; the root comes first.
pub fn read(root: &str, sources: &Sources) -> Vec<Module> {
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut reader = Reader {
        sources,
        modules: vec![Module {
            file: root.to_owned(),
            folder: folder.to_owned(),
            ..Module::default()
        }],
        pending: vec![0],
        here: 0,
        depth: 0,
    };
    while let Some(module) = reader.pending.pop() {
        reader.here = module;
        if let Some(source) = sources.get(&reader.modules[module].file) {
            reader.visit_file(&source.syntax);
        }
    }
    reader.modules
}

struct Reader<'a> {
    sources: &'a Sources,
    modules: Vec<Module>,
    /// Modules in files of their own that are still to be read.
    pending: Vec<ModuleId>,
    /// The module that is being read.
    here: ModuleId,
    /// How many blocks are open: what is defined in one is no name of the module.
    depth: usize,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        &mut self.modules[self.here]
    }

    /// Adds a child of the current module: in a file of its own, or inline.
    fn child(&mut self, name: &str, inline: bool) -> Option<ModuleId> {
        let parent = &self.modules[self.here];
        let folder = format!("{}/{name}", parent.folder);
        let file = if inline {
            parent.file.clone()
        } else {
            [format!("{folder}.rs"), format!("{folder}/mod.rs")]
                .into_iter()
                .find(|file| self.sources.contains_key(file))?
        };
        let id = self.modules.len();
        self.modules.push(Module {
            file,
            folder,
            parent: Some(self.here),
            ..Module::default()
        });
        self.module().children.insert(name.to_owned(), id);
        Some(id)
    }

    fn mention(&mut self, path: Vec<String>, line: usize) {
        let module = self.module();
        module.words.extend(path.first().cloned());
        if path.len() > 1 {
            module.paths.push(Mention { path, line });
        }
    }

    fn imports(&mut self, tree: &UseTree, prefix: &[String], public: bool) {
        let (last, name) = match tree {
            UseTree::Path(tree) => {
                let prefix = [prefix, &[tree.ident.to_string()]].concat();
                return self.imports(&tree.tree, &prefix, public);
            }
            UseTree::Group(tree) => {
                for one in &tree.items {
                    self.imports(one, prefix, public);
                }
                return;
            }
            UseTree::Name(tree) => (Some(&tree.ident), Some(&tree.ident)),
            UseTree::Rename(tree) => (Some(&tree.ident), Some(&tree.rename)),
            UseTree::Glob(_) => (None, None),
        };
        let mut path = prefix.to_vec();
        let mut name = name.map(ToString::to_string);
        match last {
            // `use a::{self}` is the module `a`.
            Some(last) if last == "self" && !prefix.is_empty() => {
                name = name
                    .filter(|name| name != "self")
                    .or_else(|| prefix.last().cloned());
            }
            Some(last) => path.push(last.to_string()),
            None => {}
        }
        let line = line_of(tree);
        self.module().uses.push(Use {
            what: Mention { path, line },
            name,
            public,
        });
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, name) = parts(item);
        if for_tests(attributes) {
            return;
        }
        if let Some(name) = name
            && self.depth == 0
        {
            self.module().items.insert(name.to_string());
        }
        visit::visit_item(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_block(&mut self, block: &'ast Block) {
        self.depth += 1;
        visit::visit_block(self, block);
        self.depth -= 1;
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        let child = self.child(&item.ident.to_string(), item.content.is_some());
        match (child, &item.content) {
            (Some(child), Some((_, items))) => {
                let parent = std::mem::replace(&mut self.here, child);
                for item in items {
                    self.visit_item(item);
                }
                self.here = parent;
            }
            (Some(child), None) => self.pending.push(child),
            (None, _) => {}
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if item.leading_colon.is_none() {
            let public = !matches!(item.vis, Visibility::Inherited);
            self.imports(&item.tree, &[], public);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let line = first.ident.span().start().line;
            let names = path.segments.iter().map(|part| part.ident.to_string());
            self.mention(names.collect(), line);
        }
        visit::visit_path(self, path);
    }

    /// `pub(in path)` says who may see, not what is used.
    fn visit_vis_restricted(&mut self, _: &'ast VisRestricted) {}

    /// What stands in macros and attributes is no syntax tree: paths are found by their colons.
    fn visit_token_stream(&mut self, tokens: &'ast TokenStream) {
        self.tokens(tokens.clone());
    }
}

impl Reader<'_> {
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let (mut line, mut colons) = (0, 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += usize::from(colons == 1 || punct.spacing() == Spacing::Joint);
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mention(std::mem::take(&mut path), line);
                    }
                    if path.is_empty() {
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    self.mention(std::mem::take(&mut path), line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.mention(path, line);
    }
}

fn line_of(tree: &UseTree) -> usize {
    let span = match tree {
        UseTree::Path(tree) => tree.ident.span(),
        UseTree::Name(tree) => tree.ident.span(),
        UseTree::Rename(tree) => tree.ident.span(),
        UseTree::Glob(tree) => tree.star_token.span,
        UseTree::Group(tree) => tree.brace_token.span.open(),
    };
    span.start().line
}
