//! search: finding products by words, in an index of its own over what catalog exports.
//!
//! The index is made while the world is seeded, or else in the background: a process that starts
//! never waits for catalog, and says that it is unavailable until there is an index. It owns no
//! truth: what it shows may be older than catalog by as long as a fact takes to arrive.

mod index;
mod keeper;
mod store;
mod words;

use index::Index;
use shop_contracts::catalog::{PriceChanged, ProductSummary};
use shop_contracts::search::{Query, SearchError, Suggest};
use shop_contracts::{Context, ErrorCode, FactName, Page, fact};
use shop_platform::{
    BoundedContext, Call, Caller, Failure, Handle, Listen, ListenError, Module, MountError,
    Mounted, Parts, RemoteError, Store, Transaction,
};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The longest text that is looked for, in bytes.
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

    /// Builds the index if catalog answers; if not, the first process to start builds it.
    async fn seed(parts: &Parts) -> Result<(), MountError> {
        if let Err(error) = keeper::build(&parts.caller, folder(parts), stamp(parts)).await {
            tracing::warn!(%error, "the index is left to be built later");
        }
        Ok(())
    }

    async fn mount(parts: Parts) -> Result<Mounted, MountError> {
        let service = Service {
            folder: folder(&parts),
            stamp: stamp(&parts),
            index: OnceLock::new(),
            news: Notify::new(),
            store: parts.store,
            caller: parts.caller,
            shutdown: parts.shutdown,
        };
        match Index::open(&service.folder, &service.stamp) {
            Ok(Some(index)) => drop(service.index.set(Arc::new(index))),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the index on disk is of no use"),
        }
        Ok(Mounted::of(Self::CONTEXT, service)
            .answers::<Query>()
            .answers::<Suggest>()
            .hears::<PriceChanged>()
            .task("keep the index", keeper::keep)
            .done())
    }
}

/// Where the index is.
fn folder(parts: &Parts) -> PathBuf {
    parts.data_dir.join("index")
}

/// For which world the index was made, and in which format.
fn stamp(parts: &Parts) -> String {
    let scale = parts.scale;
    format!("v1-{}-{}p", scale.seed, scale.products)
}

struct Service {
    folder: PathBuf,
    stamp: String,
    /// Empty until the index is built; set once.
    index: OnceLock<Arc<Index>>,
    /// Rung when a price was heard.
    news: Notify,
    store: Store,
    caller: Caller,
    shutdown: CancellationToken,
}

/// What a handler of this context answers.
type Answer<T> = Result<T, Failure<SearchError>>;

impl Service {
    fn index(&self) -> Result<&Arc<Index>, RemoteError> {
        let missing = || RemoteError::own(ErrorCode::Unavailable, "the index is not built yet");
        self.index.get().ok_or_else(missing)
    }
}

/// Whatever people type is looked for, unless it is a novel.
fn check(text: &str) -> Result<(), SearchError> {
    if text.len() > LONGEST {
        let reason = format!("it is longer than {LONGEST} bytes");
        return Err(SearchError::InvalidQuery { reason });
    }
    Ok(())
}

fn broken(error: index::IndexError) -> RemoteError {
    RemoteError::own(ErrorCode::Internal, error.to_string())
}

// The index is small and in memory once it was read, so both are answered on the spot.

impl Handle<Query> for Service {
    async fn handle(&self, _: &Call, request: Query) -> Answer<Page<ProductSummary>> {
        check(&request.text)?;
        let category = request.category.as_ref();
        let found = self.index()?.find(&request.text, category, request.page);
        Ok(found.map_err(broken)?)
    }
}

impl Handle<Suggest> for Service {
    async fn handle(&self, _: &Call, request: Suggest) -> Answer<Vec<String>> {
        check(&request.prefix)?;
        Ok(self.index()?.suggest(&request.prefix).map_err(broken)?)
    }
}

/// A price is only noted here: the index takes many at once, and a note survives a crash.
impl Listen<PriceChanged> for Service {
    async fn hear(&self, tx: &mut Transaction, fact: PriceChanged) -> Result<(), ListenError> {
        store::note(tx, &fact).await?;
        self.news.notify_one();
        Ok(())
    }
}
