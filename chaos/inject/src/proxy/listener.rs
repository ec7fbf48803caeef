//! The listening side of an edge: accepts, and closes the port while connections are refused.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connection::Connection;
use super::rule::{Rule, admitted, refused};

/// Pause after a failed accept or bind: out of file descriptors, or the port not yet free.
const RETRY: Duration = Duration::from_millis(10);

/// Connections that may wait to be accepted. The customary 128 are too few for a burst: the
/// caller's kernel would try again a second later, and the proxy would have added that second.
const BACKLOG: u32 = 4096;

pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Runs until aborted; its connections end with it.
pub async fn listen(
    address: SocketAddr,
    first: TcpListener,
    mut rule: watch::Receiver<Rule>,
    accepting: watch::Sender<bool>,
    connection: impl Fn(u64) -> Connection,
) {
    let mut connections = JoinSet::new();
    let mut listener = Some(first);
    let mut index = 0;
    loop {
        let open = match listener.take() {
            Some(open) => open,
            None => bound_again(address).await,
        };
        accepting.send_replace(true);
        loop {
            select! {
                biased;
                () = refused(&mut rule) => break,
                accepted = open.accept() => match accepted {
                    Ok((caller, _)) => {
                        connections.spawn(connection(index).run(caller));
                        index += 1;
                    }
                    Err(_) => sleep(RETRY).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        accepting.send_replace(false);
        let next = || {
            index += 1;
            connection(index - 1)
        };
        let hit = select! {
            biased;
            () = admitted(&mut rule) => false,
            () = one_is_hit(&open, &mut connections, next) => true,
        };
        if hit {
            drop(open);
            admitted(&mut rule).await;
        } else {
            listener = Some(open);
        }
        if rule.has_changed().is_err() {
            return;
        }
    }
}

/// Waits until somebody is known to have met the refusal: an open connection that was reset, or
/// else the first to come, who is reset as well. From then on the port can be closed, and whom the
/// kernel turns away there is not counted.
async fn one_is_hit(
    open: &TcpListener,
    connections: &mut JoinSet<bool>,
    mut next: impl FnMut() -> Connection,
) {
    loop {
        select! {
            biased;
            Some(ended) = connections.join_next() => {
                if matches!(ended, Ok(true)) {
                    return;
                }
            }
            accepted = open.accept(), if connections.is_empty() => match accepted {
                Ok((caller, _)) => drop(connections.spawn(next().run(caller))),
                Err(_) => return,
            },
        }
    }
}

/// The same port again. Nobody else may hold it for long: it lies outside the ephemeral range.
async fn bound_again(address: SocketAddr) -> TcpListener {
    loop {
        match bind(address) {
            Ok(listener) => return listener,
            Err(_) => sleep(RETRY).await,
        }
    }
}
