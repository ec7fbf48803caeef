//! `target.stores`: what a shape of the shop keeps its data in.

use harness_model::plan::Runtime;

use crate::defaults;
use crate::syntax::{Diagnostics, Section, Table};

/// What the shop keeps its data in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stores {
    /// In files of each service.
    Embedded,
    /// On a database server for each service.
    Server,
    /// On one database server for all.
    SharedServer,
}

impl Stores {
    const ALL: [Stores; 3] = [Stores::Embedded, Stores::Server, Stores::SharedServer];

    fn name(self) -> &'static str {
        match self {
            Stores::Embedded => "embedded",
            Stores::Server => "server",
            Stores::SharedServer => "shared-server",
        }
    }
}

/// Reads the key, whose default depends on the runtime; `None` for a target that is no shape of the
/// shop.
pub fn read(
    section: &mut Section<'_>,
    runtime: Runtime,
    diagnostics: &mut Diagnostics,
) -> Option<Stores> {
    let stated = section.text("stores", diagnostics);
    let at = section.place("stores");
    if !section.has("shape") {
        if stated.is_some() {
            let message = "only a shape of the shop has stores to choose from";
            diagnostics.add(&at, message, "remove stores, or give shape");
        }
        return None;
    }
    let name = stated.or_else(|| default(runtime, diagnostics))?;
    let Some(stores) = Stores::ALL.into_iter().find(|one| one.name() == name) else {
        let message = format!("there are no stores called {name}");
        diagnostics.add(&at, message, "use embedded, server or shared-server");
        return None;
    };
    if runtime == Runtime::Process && stores != Stores::Embedded {
        let remedy = "use runtime = \"docker\", or stores = \"embedded\"";
        diagnostics.add(&at, "database servers run in containers", remedy);
    }
    Some(stores)
}

fn default(runtime: Runtime, diagnostics: &mut Diagnostics) -> Option<String> {
    let nothing = Table::new();
    let defaults = defaults::of("target.stores");
    Section::new(&nothing, "the defaults of stores", 0..0)
        .or_else(defaults)
        .text(runtime.name(), diagnostics)
}
