//! search: finding products by words, in an index of its own over what catalog exports.
//!
//! The index is made while the world is seeded, or else in the background: a process that starts
//! never waits for catalog, and says that it is unavailable until there is an index. It owns no
//! truth: what it shows may be older than catalog by as long as a fact takes to arrive.
//!
//! The index is a SQLite file beside the context's store, whatever engine that has: `file` makes
//! and opens it, `index` answers from it, with the words it has (`vocabulary`) and the rankings it
//! remembers (`rankings`), and `words` takes texts apart. `maintenance` builds it and takes in the
//! prices that `store` has noted.

mod file;
mod index;
mod maintenance;
mod rankings;
mod store;
mod vocabulary;
mod words;

use index::Index;
use shop_contracts::catalog::{PriceChanged, ProductSummary};
use shop_contracts::search::{Query, SearchError, Suggest};
use shop_contracts::{Context, ErrorCode, Page};
use shop_platform::{
    BoundedContext, Call, Caller, FactName, Failure, Handle, Listen, ListenError, Module,
    MountError, Mounted, Parts, RemoteError, Store, Transaction, fact,
};
use std::path::PathBuf;
use std::sync::OnceLock;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest text that is searched for, in bytes.
const LONGEST: usize = 500;

/// The search context.
pub struct Search;

/// The context as a value. A static, so that its handlers are compiled with this crate.
pub static MODULE: Module = Module::of::<Search>();

impl BoundedContext for Search {
    const CONTEXT: Context = Context::Search;
    const CALLS: &'static [Context] = &[Context::Catalog];
    const HEARS: &'static [FactName] = &[fact::<PriceChanged>()];
    const MIGRATIONS: &'static [&'static str] = &[include_str!("../migrations/0001_prices.sql")];
    const SETTINGS: &'static str = "";

    /// Builds the index if catalog answers; if not, the first process to start builds it.
    async fn seed(parts: &Parts) -> Result<(), MountError> {
        let built = maintenance::build(&parts.caller, &folder(parts), &stamp(parts)).await;
        if let Err(error) = built {
            tracing::warn!(%error, "the index is left to be built later");
        }
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            folder: folder(&parts),
            stamp: stamp(&parts),
            index: OnceLock::new(),
            price_noted: Notify::new(),
            store: parts.store,
            caller: parts.caller,
            shutdown: parts.shutdown,
        };
        match Index::open(&service.folder, &service.stamp).await {
            Ok(Some(index)) => drop(service.index.set(index)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the index on disk cannot be used"),
        }
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Query>()
            .answers::<Suggest>()
            .hears::<PriceChanged>()
            .task("maintain the index", maintenance::run)
            .done())
    }
}

fn folder(parts: &Parts) -> PathBuf {
    parts.data_dir.join("index")
}

/// Names the format of the index and the world that it is made for.
fn stamp(parts: &Parts) -> String {
    let scale = parts.scale;
    format!("v2-{}-{}p", scale.seed, scale.products)
}

struct Service {
    folder: PathBuf,
    stamp: String,
    /// Empty until the index is built; set once.
    index: OnceLock<Index>,
    /// Wakes the maintenance when a price was noted.
    price_noted: Notify,
    store: Store,
    caller: Caller,
    shutdown: CancellationToken,
}

/// The answer of a handler of this context.
type Answer<T> = Result<T, Failure<SearchError>>;

impl Service {
    fn index(&self) -> Result<&Index, RemoteError> {
        let missing = || RemoteError::own(ErrorCode::Unavailable, "the index is not built yet");
        self.index.get().ok_or_else(missing)
    }
}

/// Any text is searched for, unless it is too long.
fn check(text: &str) -> Result<(), SearchError> {
    if text.len() > LONGEST {
        let reason = format!("it is longer than {LONGEST} bytes");
        return Err(SearchError::InvalidQuery { reason });
    }
    Ok(())
}

fn failed(error: index::IndexError) -> RemoteError {
    RemoteError::own(ErrorCode::Internal, error.to_string())
}

impl Handle<Query> for Service {
    async fn handle(&self, _: &Call, request: Query) -> Answer<Page<ProductSummary>> {
        check(&request.text)?;
        let category = request.category.as_ref();
        let index = self.index()?;
        let found = index.find(&request.text, category, request.page).await;
        Ok(found.map_err(failed)?)
    }
}

impl Handle<Suggest> for Service {
    async fn handle(&self, _: &Call, request: Suggest) -> Answer<Vec<String>> {
        check(&request.prefix)?;
        Ok(self.index()?.suggest(&request.prefix))
    }
}

/// Only notes a price: the index takes in many at once, and a note survives a crash.
impl Listen<PriceChanged> for Service {
    async fn hear(&self, tx: &mut Transaction, fact: PriceChanged) -> Result<(), ListenError> {
        store::note(tx, &fact).await?;
        self.price_noted.notify_one();
        Ok(())
    }
}
