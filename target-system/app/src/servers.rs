//! Where the processes of a shape keep their data: in their own files, or on servers.
//!
//! The servers are data (`shapes/stores.toml`); this file decides which processes use which. The
//! provider stands for another company, so it always uses files.

use crate::modules::{module, subscriptions};
use crate::{Shape, ShapeProcess, ShopError};
use shop_contracts::Context;
use toml::{Table, Value};

const SERVERS: &str = include_str!("../../shapes/stores.toml");
const BROKER: &str = "broker";
const DATABASE: &str = "database";

/// Where a shop keeps its data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Stores {
    /// SQLite files for each process; facts are delivered by calls.
    #[default]
    Embedded,
    /// A server for each process: PostgreSQL, or Redis for carts; facts go through RabbitMQ.
    Server,
    /// As `server`, with one PostgreSQL for all.
    SharedServer,
}

/// A server that a process uses.
struct Used {
    name: String,
    server: &'static str,
    flag: &'static str,
    /// The part after the server's URL.
    path: String,
}

impl Stores {
    /// The description in reports.
    pub(crate) fn described(self, shape: &Shape) -> String {
        let facts = match shape
            .processes
            .iter()
            .any(|process| has_broker(shape, process))
        {
            true => "; Redis for carts; RabbitMQ for facts",
            false => "",
        };
        match self {
            Self::Embedded => "SQLite, embedded".to_owned(),
            Self::Server => format!("PostgreSQL, a server a process{facts}"),
            Self::SharedServer => format!("PostgreSQL, one server{facts}"),
        }
    }

    /// The `[[service.use]]` of a process.
    pub(crate) fn uses(self, shape: &Shape, process: &ShapeProcess) -> Vec<Table> {
        let used = self.used(shape, process).into_iter();
        used.map(|used| {
            let url = format!("{{url}}{}", used.path);
            let mut table = Table::new();
            table.insert("service".to_owned(), used.name.into());
            table.insert("args".to_owned(), vec![used.flag.to_owned(), url].into());
            table
        })
        .collect()
    }

    /// The servers of a shape as services, each once.
    pub(crate) fn servers(self, shape: &Shape) -> Result<Vec<Table>, ShopError> {
        let known: Table = SERVERS.parse()?;
        let mut servers: Vec<Table> = Vec::new();
        let used = shape.processes.iter();
        for used in used.flat_map(|process| self.used(shape, process)) {
            let is_same = |one: &Table| one["name"].as_str() == Some(&used.name);
            if servers.iter().any(is_same) {
                continue;
            }
            let Some(Value::Table(server)) = known.get(used.server) else {
                continue;
            };
            let mut service = Table::new();
            service.insert("name".to_owned(), used.name.clone().into());
            service.insert("hosts".to_owned(), vec![used.name].into());
            service.extend(server.clone());
            servers.push(service);
        }
        Ok(servers)
    }

    fn used(self, shape: &Shape, process: &ShapeProcess) -> Vec<Used> {
        if self == Self::Embedded || is_external(process) {
            return Vec::new();
        }
        let mut used = Vec::new();
        if process.contexts == [Context::Cart] {
            used.push(Used {
                name: format!("{}-db", process.database),
                server: "redis",
                flag: "--store",
                path: "/0".to_owned(),
            });
        } else if process.contexts.iter().any(|context| has_tables(*context)) {
            // An own server has a database; on a shared one, each process creates its own.
            let (name, path) = match self {
                Self::SharedServer => (DATABASE.to_owned(), format!("/{}", process.database)),
                _ => (format!("{}-db", process.database), "/shop".to_owned()),
            };
            used.push(Used {
                name,
                server: "postgres",
                flag: "--store",
                path,
            });
        }
        if has_broker(shape, process) {
            used.push(Used {
                name: BROKER.to_owned(),
                server: "rabbitmq",
                flag: "--bus",
                path: String::new(),
            });
        }
        used
    }

    /// Whether facts of the process are delivered through a broker.
    pub(crate) fn has_broker(self, shape: &Shape, process: &ShapeProcess) -> bool {
        self != Self::Embedded && has_broker(shape, process)
    }
}

fn is_external(process: &ShapeProcess) -> bool {
    process.contexts == [Context::Provider]
}

fn has_tables(context: Context) -> bool {
    module(context).is_some_and(|module| module.has_tables())
}

/// Facts that stay within one process need no broker.
fn has_broker(shape: &Shape, process: &ShapeProcess) -> bool {
    let subscriptions = subscriptions();
    let host = |context: Context| shape.host(context).map(|process| process.name.as_str());
    let sends_or_receives = |publisher: Context| {
        let listeners = subscriptions.to(publisher);
        let mut ends = listeners.into_iter().map(|listener| (publisher, listener));
        ends.any(|(one, other)| {
            let (one, other) = (host(one), host(other));
            one != other && [one, other].contains(&Some(&process.name))
        })
    };
    Context::ALL
        .iter()
        .any(|context| sends_or_receives(*context))
}
