//! The shop's commands, which the harness adds to its command line.

use crate::serve::{ServeOptions, serve};
use crate::{Shape, ShopError, Stores, World, definition, seed};
use clap::Subcommand;
use reqwest::Url;
use shop_contracts::Context;
use std::io::Write as _;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Runtime};

/// The commands of the shop.
#[derive(Clone, Debug, Subcommand)]
pub enum ShopCommand {
    /// Serve one process of a shape until it is stopped.
    #[command(after_help = "Example:
  shakedown shop serve --shape monolith --process monolith --listen 127.0.0.1:8080 --data D")]
    Serve {
        /// Which parts of the shop share a process: monolith, or microservices.
        #[arg(long)]
        shape: String,
        /// The process of the shape to serve.
        #[arg(long)]
        process: String,
        /// Where it listens, as host:port; port 0 is any free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The folder that `shop seed` has filled.
        #[arg(long)]
        data: PathBuf,
        /// Where the process keeps its data, as postgres://user:password@host:port/database
        /// or, for a process of cart alone, redis://host:port/database; when absent, in files of
        /// the data folder.
        #[arg(long)]
        store: Option<String>,
        /// Where to send spans, as http://host:port (OTLP over gRPC); when absent, they are
        /// dropped.
        #[arg(long)]
        otlp: Option<String>,
        /// The address of another process, as process=http://host:port; repeat for each process.
        #[arg(long = "route")]
        routes: Vec<String>,
        /// The broker that carries facts, as amqp://user:password@host:port/vhost (%2f is the vhost
        /// /); when absent, each process delivers its facts itself.
        #[arg(long)]
        bus: Option<String>,
        /// The seed with which its data was made.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Settings that differ from their defaults, as a JSON object.
        #[arg(long, default_value = "{}")]
        settings: String,
    },
    /// Make the databases of a shape in an empty folder, filled with products and customers.
    #[command(after_help = "Example:
  shakedown shop seed --shape monolith --seed 1 --cache C --data D")]
    Seed {
        /// Which parts of the shop share a process: monolith, or microservices.
        #[arg(long)]
        shape: String,
        /// The seed of the products, customers and stock.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How many products there are [default: as in the settings].
        #[arg(long)]
        products: Option<u32>,
        /// How many customers there are [default: as in the settings].
        #[arg(long)]
        customers: Option<u32>,
        /// Where databases are kept between runs, so that the next call copies them.
        #[arg(long)]
        cache: PathBuf,
        /// The empty folder.
        #[arg(long)]
        data: PathBuf,
        /// Settings that differ from their defaults, as a JSON object.
        #[arg(long, default_value = "{}")]
        settings: String,
    },
    /// Print the target definition of a shape: what to start, how it is ready, who calls whom.
    #[command(after_help = "Example:
  shakedown shop definition --shape microservices > shop.toml")]
    Definition {
        /// Which parts of the shop share a process: monolith, or microservices.
        #[arg(long)]
        shape: String,
        /// Where the shape keeps its data; servers run from images.
        #[arg(long, value_enum, default_value_t)]
        stores: Stores,
    },
}

/// Runs a command on its own runtime.
///
/// # Errors
/// When the command fails; the error completes "failed to ...".
pub fn run(command: ShopCommand) -> Result<(), ShopError> {
    runtime(&command)?.block_on(execute(command))
}

/// A process gets worker threads in proportion to its share of the contexts. One thread is the
/// current one, which saves waking another for every step.
fn runtime(command: &ShopCommand) -> Result<Runtime, ShopError> {
    let cores = available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = match command {
        ShopCommand::Serve { shape, process, .. } => {
            let contexts = Shape::named(shape)?.process(process)?.contexts.len();
            (cores * contexts).div_ceil(Context::ALL.len())
        }
        ShopCommand::Seed { .. } | ShopCommand::Definition { .. } => cores,
    };
    let mut builder = match threads {
        0 | 1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(ShopError::Runtime)
}

async fn execute(command: ShopCommand) -> Result<(), ShopError> {
    match command {
        ShopCommand::Serve {
            shape,
            process,
            listen,
            data,
            store,
            otlp,
            routes,
            bus,
            seed,
            settings,
        } => {
            let world = World::new(&shape, seed, &settings)?;
            let routes = routes
                .iter()
                .map(|text| route(text))
                .collect::<Result<_, _>>()?;
            let store = store
                .map(|url| url.parse())
                .transpose()?
                .unwrap_or_default();
            let (process, otlp, bus) = (process.as_str(), otlp.as_deref(), bus.as_deref());
            serve(
                &world,
                ServeOptions {
                    process,
                    listen,
                    data: &data,
                    store,
                    otlp,
                    routes: &routes,
                    bus,
                },
            )
            .await
        }
        ShopCommand::Seed {
            shape,
            seed: number,
            products,
            customers,
            cache,
            data,
            settings,
        } => {
            let mut world = World::new(&shape, number, &settings)?;
            world.scale.products = products.unwrap_or(world.scale.products);
            world.scale.customers = customers.unwrap_or(world.scale.customers);
            seed(&world, &cache, &data).await
        }
        ShopCommand::Definition { shape, stores } => {
            let text = definition(&shape, stores).ok_or(ShopError::NoShape { name: shape })?;
            std::io::stdout()
                .write_all(text.as_bytes())
                .map_err(ShopError::Output)
        }
    }
}

fn route(text: &str) -> Result<(String, Url), ShopError> {
    let parsed = text.split_once('=').and_then(|(process, url)| {
        let url = url.parse::<Url>().ok()?;
        Some((process.to_owned(), url))
    });
    parsed.ok_or_else(|| ShopError::RouteSyntax {
        text: text.to_owned(),
    })
}
