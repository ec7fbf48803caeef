//! The house in numbers, as a Markdown table: a row a crate, and one for all.
//!
//! Only files in `src` count, and of these no inline tests. A public item is a `pub` function,
//! method, type, trait, constant or static; it has docs if a comment of its own stands above it.

use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Visibility};

use super::source::{Source, Sources, for_tests, parts};
use super::{functions, loops};
use crate::workspace::Member;

#[derive(Default)]
struct Row {
    /// Own lines of each file.
    files: Vec<usize>,
    long_functions: usize,
    loops: usize,
    documented: usize,
    public: usize,
}

/// The table with a line for each crate that has files, in order of folders.
pub fn table(members: &[Member], sources: &Sources) -> String {
    let mut text = "| crate | files | own lines | median | largest | functions over 70 lines \
                    | loops | public items with docs |\n\
                    | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        .to_owned();
    let mut all = Row::default();
    for member in members {
        let mut row = row(member, sources);
        write_row(&mut text, &member.name, &mut row);
        all.files.append(&mut row.files);
        all.long_functions += row.long_functions;
        all.loops += row.loops;
        all.documented += row.documented;
        all.public += row.public;
    }
    write_row(&mut text, "**all**", &mut all);
    text
}

fn row(member: &Member, sources: &Sources) -> Row {
    let within = format!("{}/src/", member.folder);
    let mut row = Row {
        loops: loops::loops(member, sources).len(),
        ..Row::default()
    };
    for (_, source) in sources.iter().filter(|(name, _)| name.starts_with(&within)) {
        row.files.push(source.own_lines());
        row.long_functions += functions::long(source).len();
        let items = public_items(source);
        row.documented += items.documented;
        row.public += items.public;
    }
    row
}

fn write_row(text: &mut String, name: &str, row: &mut Row) {
    row.files.sort_unstable();
    let median = row.files.get(row.files.len() / 2).unwrap_or(&0);
    let share = match row.public {
        0 => "none".to_owned(),
        public => format!(
            "{}/{public} ({} %)",
            row.documented,
            row.documented * 100 / public
        ),
    };
    *text += &format!(
        "| {name} | {} | {} | {median} | {} | {} | {} | {share} |\n",
        row.files.len(),
        row.files.iter().sum::<usize>(),
        row.files.last().unwrap_or(&0),
        row.long_functions,
        row.loops,
    );
}

#[derive(Default)]
struct PublicItems {
    documented: usize,
    public: usize,
}

fn public_items(source: &Source) -> PublicItems {
    let mut items = PublicItems::default();
    items.visit_file(&source.syntax);
    items
}

impl PublicItems {
    fn count(&mut self, visibility: &Visibility, attributes: &[Attribute]) {
        if matches!(visibility, Visibility::Public(_)) {
            self.public += 1;
            let documented = attributes.iter().any(|one| one.path().is_ident("doc"));
            self.documented += usize::from(documented);
        }
    }
}

impl<'ast> Visit<'ast> for PublicItems {
    fn visit_item(&mut self, item: &'ast Item) {
        let (attributes, _) = parts(item);
        if for_tests(attributes) {
            return;
        }
        let visibility = match item {
            Item::Const(item) => &item.vis,
            Item::Enum(item) => &item.vis,
            Item::Fn(item) => &item.vis,
            Item::Static(item) => &item.vis,
            Item::Struct(item) => &item.vis,
            Item::Trait(item) => &item.vis,
            Item::Type(item) => &item.vis,
            Item::Union(item) => &item.vis,
            _ => &Visibility::Inherited,
        };
        self.count(visibility, attributes);
        visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        match item {
            ImplItem::Fn(item) => self.count(&item.vis, &item.attrs),
            ImplItem::Const(item) => self.count(&item.vis, &item.attrs),
            _ => {}
        }
        visit::visit_impl_item(self, item);
    }
}
