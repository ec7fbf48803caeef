//! A shape: which contexts share a process, and which database each process uses.

use crate::ShopError;
use crate::modules::{calls, reaches};
use serde::Deserialize;
use shop_contracts::Context;

/// The shapes of the shop; a new one is a file and a line here.
const SHAPES: &[(&str, &str)] = &[
    ("monolith", include_str!("../../shapes/monolith.toml")),
    (
        "microservices",
        include_str!("../../shapes/microservices.toml"),
    ),
];

/// A way to deploy the shop.
#[derive(Clone, Debug)]
pub struct Shape {
    pub name: String,
    /// The process that shoppers talk to.
    pub entry: String,
    pub processes: Vec<ShapeProcess>,
}

/// One process of a shape.
#[derive(Clone, Debug)]
pub struct ShapeProcess {
    pub name: String,
    pub contexts: Vec<Context>,
    /// The file name of its database, without the ending.
    pub database: String,
}

/// A shape as its file states it. Contexts that no process names are added, so that a new context
/// is in every shape.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeFile {
    name: String,
    entry: String,
    /// Whether each context that no process names gets its own process and database.
    #[serde(default)]
    apart: bool,
    #[serde(default, rename = "process")]
    processes: Vec<ProcessEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcessEntry {
    name: String,
    /// When absent, all that no other process names.
    contexts: Option<Vec<Context>>,
    database: String,
}

impl From<ShapeFile> for Shape {
    fn from(file: ShapeFile) -> Self {
        let named = file.processes.iter().flat_map(|entry| &entry.contexts);
        let named: Vec<Context> = named.flatten().copied().collect();
        let others = Context::ALL.into_iter();
        let others: Vec<Context> = others.filter(|one| !named.contains(one)).collect();
        let stated = file.processes.into_iter().map(|entry| ShapeProcess {
            name: entry.name,
            contexts: entry.contexts.unwrap_or_else(|| others.clone()),
            database: entry.database,
        });
        let mut processes: Vec<ShapeProcess> = stated.collect();
        if file.apart {
            processes.extend(others.iter().map(|context| ShapeProcess {
                name: context.name().to_owned(),
                contexts: vec![*context],
                database: context.name().to_owned(),
            }));
        }
        Self {
            name: file.name,
            entry: file.entry,
            processes,
        }
    }
}

/// The names of all shapes.
#[must_use]
pub fn shapes() -> Vec<&'static str> {
    SHAPES.iter().map(|shape| shape.0).collect()
}

impl Shape {
    /// The shape with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, ShopError> {
        let text = SHAPES
            .iter()
            .find(|shape| shape.0 == name)
            .map(|shape| shape.1);
        let text = text.ok_or_else(|| ShopError::NoShape {
            name: name.to_owned(),
        })?;
        let file: ShapeFile = toml::from_str(text)?;
        Ok(file.into())
    }

    /// The process with this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn process(&self, name: &str) -> Result<&ShapeProcess, ShopError> {
        self.processes
            .iter()
            .find(|process| process.name == name)
            .ok_or_else(|| ShopError::NoProcess {
                shape: self.name.clone(),
                name: name.to_owned(),
            })
    }

    /// The process that hosts a context.
    #[must_use]
    pub fn host(&self, context: Context) -> Option<&ShapeProcess> {
        self.processes
            .iter()
            .find(|process| process.contexts.contains(&context))
    }

    /// The processes that a process calls over the network, in the order of the shape; with a
    /// broker there are no calls to deliver facts.
    #[must_use]
    pub fn callees(&self, process: &ShapeProcess, has_broker: bool) -> Vec<&ShapeProcess> {
        let reached = |context: &Context| match has_broker {
            true => calls(*context).to_vec(),
            false => reaches(*context),
        };
        let reached: Vec<Context> = process.contexts.iter().flat_map(reached).collect();
        let is_reached = |other: &&ShapeProcess| {
            other.name != process.name && other.contexts.iter().any(|c| reached.contains(c))
        };
        self.processes.iter().filter(is_reached).collect()
    }

    /// Whether any other process calls this context.
    pub(crate) fn is_called_from_outside(&self, context: Context) -> bool {
        let others = self
            .processes
            .iter()
            .filter(|process| !process.contexts.contains(&context));
        let mut contexts = others.flat_map(|process| &process.contexts);
        contexts.any(|other| reaches(*other).contains(&context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_hosts_every_context_in_exactly_one_process() {
        for name in shapes() {
            let shape = Shape::named(name).unwrap();
            let mut hosted: Vec<_> = shape.processes.iter().flat_map(|p| &p.contexts).collect();
            hosted.sort_unstable();
            assert_eq!(hosted, Context::ALL.iter().collect::<Vec<_>>(), "{name}");
        }
    }

    #[test]
    fn the_entry_of_every_shape_hosts_the_gateway() {
        for name in shapes() {
            let shape = Shape::named(name).unwrap();
            let host = shape.host(Context::Gateway).unwrap();
            assert_eq!(host.name, shape.entry);
        }
    }

    #[test]
    fn the_monolith_calls_only_the_external_provider_over_the_network() {
        let shape = Shape::named("monolith").unwrap();
        let monolith = shape.process("monolith").unwrap();
        let callees: Vec<_> = shape
            .callees(monolith, false)
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        assert_eq!(callees, ["provider"]);
    }
}
