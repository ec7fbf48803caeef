//! One connection through an edge: dialled, pumped and, if the rule demands it, reset.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use harness_model::Seed;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio::{select, try_join};

use super::counters::{EdgeCounters, Exchanges};
use super::pump;
use super::rule::{Rule, refused};

/// A callee that does not complete a handshake within this time counts as gone.
const DIAL_LIMIT: Duration = Duration::from_secs(10);

/// All that a connection needs to know of its edge.
#[derive(Clone)]
pub struct Connection {
    /// `host:port` of the callee.
    pub upstream: Arc<str>,
    pub rule: watch::Receiver<Rule>,
    pub counters: Arc<EdgeCounters>,
    /// Unique to this connection: derived from the edge's seed and the connection's index.
    pub seed: Seed,
}

impl Connection {
    /// Runs until both directions have ended or the connection is reset; true when it was reset
    /// because connections are refused.
    pub async fn run(mut self, mut caller: TcpStream) -> bool {
        let mut rule = self.rule.clone();
        let dialled = select! {
            biased;
            () = refused(&mut rule) => Err(io::ErrorKind::ConnectionReset.into()),
            dialled = dial(&self.upstream) => dialled,
        };
        let Ok(mut callee) = dialled else {
            self.counters.connection_lost();
            reset(&caller);
            return self.is_refused();
        };
        self.rule.mark_changed();
        if self.carry(&mut caller, &mut callee).await.is_ok() {
            return false;
        }
        reset(&caller);
        reset(&callee);
        self.is_refused()
    }

    fn is_refused(&self) -> bool {
        *self.rule.borrow() == Rule::Refuse
    }

    async fn carry(&self, caller: &mut TcpStream, callee: &mut TcpStream) -> io::Result<()> {
        caller.set_nodelay(true)?;
        callee.set_nodelay(true)?;
        let exchanges = Exchanges::new(self.counters.clone());
        let draws = self.seed.stream("jitter");
        let mut rule = self.rule.clone();
        let (from_caller, to_caller) = caller.split();
        let (from_callee, to_callee) = callee.split();
        let requests = pump::requests(from_caller, to_callee, self.rule.clone(), &exchanges, draws);
        let replies = pump::replies(from_callee, to_caller, self.rule.clone(), &exchanges);
        select! {
            biased;
            () = refused(&mut rule) => {
                exchanges.reset();
                Err(io::ErrorKind::ConnectionReset.into())
            }
            ended = async { try_join!(requests, replies) } => ended.map(|_| ()),
        }
    }
}

async fn dial(upstream: &str) -> io::Result<TcpStream> {
    timeout(DIAL_LIMIT, TcpStream::connect(upstream))
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

/// Turns the coming close into a reset, so that the peer sees an error and not an orderly end.
fn reset(stream: &TcpStream) {
    // This fails only on a socket that is already gone.
    let _ = stream.set_zero_linger();
}
