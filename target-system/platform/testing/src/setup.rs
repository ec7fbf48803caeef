//! What a test of a context runs on.

use crate::Backing;
use reqwest::Url;
use shop_calls::{HandlerTable, Http, InProcess, Serialised, Transport, client};
use std::sync::Arc;

/// How requests travel on the bench.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wiring {
    /// As values.
    InProcess,
    /// As JSON, and twice where a retry would be allowed.
    Serialised,
    /// Over HTTP on the loopback, as between processes.
    Http,
}

/// What a test runs on: how requests travel, and which engine keeps the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    pub wiring: Wiring,
    pub backing: Backing,
}

impl Setup {
    /// Every wiring on every engine; run each test of a context on all of them.
    #[must_use]
    pub fn all() -> Vec<Self> {
        Wiring::ALL.into_iter().flat_map(Self::each).collect()
    }

    /// One wiring on every engine.
    #[must_use]
    pub fn each(wiring: Wiring) -> Vec<Self> {
        let setup = |backing| Self { wiring, backing };
        Backing::all().into_iter().map(setup).collect()
    }
}

/// For a context that keeps nothing, the engine does not matter.
impl From<Wiring> for Setup {
    fn from(wiring: Wiring) -> Self {
        let backing = Backing::Sqlite;
        Self { wiring, backing }
    }
}

impl Wiring {
    /// Every wiring.
    pub const ALL: [Self; 3] = [Self::InProcess, Self::Serialised, Self::Http];

    pub(super) fn transport(
        self,
        handlers: &Arc<HandlerTable>,
        server: &Url,
    ) -> Arc<dyn Transport> {
        match self {
            Self::InProcess => Arc::new(InProcess::new(Arc::clone(handlers))),
            Self::Serialised => Arc::new(Serialised::new(Arc::clone(handlers))),
            Self::Http => {
                let client = client().expect("the client can be built");
                Arc::new(Http::new(client, "bench", server.clone()))
            }
        }
    }
}
