//! A proxy on one edge, through which all its traffic passes for the whole run.
//!
//! Baseline and fault carry the same cost, so only the [`Rule`] differs. Every connection reads the
//! rule for each chunk; no lock is held while bytes move, so lifting a rule never waits for a stuck
//! peer. It must not know plans or processes.

mod connection;
mod counters;
mod delay_line;
mod durations;
mod listener;
mod pump;
mod rule;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use harness_model::{Edge, Evidence, InstanceId, Seed};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use counters::{Mark, Symptom};
pub use rule::Rule;

use connection::Connection;
use counters::EdgeCounters;

/// Setting a rule fails when the port has not followed within this time.
const SWITCH_LIMIT: Duration = Duration::from_secs(2);

/// The messages complete "failed to ...".
#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    /// A listening address must be an IP address and a port.
    #[error("read {0:?} as a listening address of edge {1}")]
    Address(String, Edge),
    /// The port is taken, or the address is not one of this machine.
    #[error("listen on {address} for edge {edge}: {source}")]
    Listen {
        address: SocketAddr,
        edge: Edge,
        source: io::Error,
    },
    /// The port did not open or close in time after the rule had changed.
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
    instance: Option<InstanceId>,
    rule: watch::Sender<Rule>,
    accepting: watch::Receiver<bool>,
    counters: Arc<EdgeCounters>,
    listener: JoinHandle<()>,
}

impl EdgeProxy {
    /// Listens on `listen` and forwards every connection to `upstream` (both `host:port`, `listen`
    /// numeric). The upstream need not listen yet.
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
        let (rule, current_rule) = watch::channel(Rule::Pass);
        let (set_accepting, accepting) = watch::channel(true);
        let counters = Arc::new(EdgeCounters::default());
        let template = Connection {
            upstream: upstream.into(),
            rule: current_rule.clone(),
            counters: counters.clone(),
            seed,
        };
        let name = edge.to_string();
        let connection = move |index| Connection {
            seed: seed.child(&name, index),
            ..template.clone()
        };
        let listening = listener::listen(address, first, current_rule, set_accepting, connection);
        Ok(EdgeProxy {
            edge,
            instance: None,
            rule,
            accepting,
            counters,
            listener: tokio::spawn(listening),
        })
    }

    /// States which instance of the callee answers at the upstream.
    pub fn answered_by(mut self, instance: Option<InstanceId>) -> EdgeProxy {
        self.instance = instance;
        self
    }

    /// The edge whose traffic passes through.
    pub fn edge(&self) -> &Edge {
        &self.edge
    }

    /// The instance that answers behind this proxy, where that is known.
    pub fn instance(&self) -> Option<&InstanceId> {
        self.instance.as_ref()
    }

    /// Sets the rule; when this returns, new connections meet it.
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

    /// Lifts the rule; when this returns, the port accepts.
    pub async fn clear(&self) -> Result<(), ProxyError> {
        self.set(Rule::Pass).await
    }

    /// As [`set`](Self::set), without waiting for the port.
    pub fn set_now(&self, rule: Rule) {
        self.rule.send_replace(rule);
    }

    /// True when all traffic passes.
    pub fn is_clear(&self) -> bool {
        *self.rule.borrow() == Rule::Pass && *self.accepting.borrow()
    }

    /// The start of a window in which evidence is counted.
    pub fn mark(&self) -> Mark {
        self.counters.mark()
    }

    /// The traffic that showed this symptom since `mark`.
    ///
    /// The kernel rejects attempts on a closed port, so they cannot be counted. Under
    /// [`Rule::Refuse`] the evidence is the open connections that were reset; where none was open,
    /// it is the first attempt, which is reset before the port closes. That proves that traffic met
    /// the rule; it is not the number of attempts that did.
    pub fn evidence(&self, since: Mark, symptom: Symptom) -> Evidence {
        self.counters.evidence(since, symptom)
    }
}

impl Drop for EdgeProxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}
