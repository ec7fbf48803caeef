//! A proxy on one edge, through which all its traffic passes for the whole run.
//!
//! Baseline and fault carry the same cost, so they differ by the [`Rule`] alone. A rule is swapped
//! as one value that every connection reads for each chunk; no lock is held while bytes move, so
//! lifting a rule can never wait for a stuck peer. It must not know plans or processes.

mod connection;
mod delay_line;
mod ledger;
mod listener;
mod pace;
mod pump;
mod rule;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use harness_model::{Edge, Evidence, Seed};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use ledger::{Mark, Symptom};
pub use rule::Rule;

use connection::Connection;
use ledger::Ledger;

/// A rule must be in force within this time, or setting it has failed.
const SWITCH_LIMIT: Duration = Duration::from_secs(2);

#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    #[error("read {0:?} as a listening address of edge {1}")]
    Address(String, Edge),
    #[error("listen on {address} for edge {edge}: {source}")]
    Listen {
        address: SocketAddr,
        edge: Edge,
        source: io::Error,
    },
    #[error(
        "{} the port of edge {edge} within {} s",
        if *open { "open" } else { "close" },
        SWITCH_LIMIT.as_secs()
    )]
    Switch { edge: Edge, open: bool },
}

/// An open proxy. Dropping it closes the port and its connections.
#[derive(Debug)]
pub struct EdgeProxy {
    edge: Edge,
    rule: watch::Sender<Rule>,
    accepting: watch::Receiver<bool>,
    ledger: Arc<Ledger>,
    listener: JoinHandle<()>,
}

impl EdgeProxy {
    /// Listens on `listen` and carries every connection to `upstream` (both `host:port`, `listen`
    /// numeric). The upstream need not be there yet.
    pub async fn open(
        edge: Edge,
        listen: &str,
        upstream: &str,
        seed: Seed,
    ) -> Result<EdgeProxy, ProxyError> {
        let address: SocketAddr = listen
            .parse()
            .map_err(|_| ProxyError::Address(listen.into(), edge.clone()))?;
        let first = listener::bind(address).map_err(|source| ProxyError::Listen {
            address,
            edge: edge.clone(),
            source,
        })?;
        let (rule, feel) = watch::channel(Rule::Pass);
        let (accepts, accepting) = watch::channel(true);
        let ledger = Arc::new(Ledger::default());
        let (name, upstream) = (edge.to_string(), Arc::<str>::from(upstream));
        let (books, felt) = (ledger.clone(), feel.clone());
        let connection = move |index| Connection {
            upstream: upstream.clone(),
            rule: felt.clone(),
            ledger: books.clone(),
            seed: seed.child(&name, index),
        };
        let listener = tokio::spawn(listener::listen(address, first, feel, accepts, connection));
        Ok(EdgeProxy {
            edge,
            rule,
            accepting,
            ledger,
            listener,
        })
    }

    pub fn edge(&self) -> &Edge {
        &self.edge
    }

    /// Puts a rule in force; when this returns, new connections meet it.
    pub async fn set(&self, rule: Rule) -> Result<(), ProxyError> {
        self.set_now(rule);
        let open = rule != Rule::Refuse;
        let mut accepting = self.accepting.clone();
        match timeout(SWITCH_LIMIT, accepting.wait_for(|now| *now == open)).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(ProxyError::Switch {
                edge: self.edge.clone(),
                open,
            }),
        }
    }

    /// Lets everything pass again; when this returns, the port accepts.
    pub async fn clear(&self) -> Result<(), ProxyError> {
        self.set(Rule::Pass).await
    }

    /// As [`set`](Self::set), without waiting for the port.
    pub fn set_now(&self, rule: Rule) {
        self.rule.send_replace(rule);
    }

    /// True when nothing is in the way of traffic.
    pub fn is_clear(&self) -> bool {
        *self.rule.borrow() == Rule::Pass && *self.accepting.borrow()
    }

    /// The start of a window to count evidence in.
    pub fn mark(&self) -> Mark {
        self.ledger.mark()
    }

    /// What met a fault of this kind since `mark`.
    ///
    /// Attempts on a closed port are turned away by the kernel and cannot be counted. So under
    /// [`Rule::Refuse`] the evidence is the open connections that were reset; where none was open,
    /// it is the first attempt, which meets a reset before the port is closed. It proves that the
    /// rule was met, and is not the number of those who met it.
    pub fn evidence(&self, since: Mark, symptom: Symptom) -> Evidence {
        self.ledger.evidence(since, symptom)
    }
}

impl Drop for EdgeProxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
