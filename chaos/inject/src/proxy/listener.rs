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

/// Pause after a failed accept or bind: no file descriptors left, or the port not yet free.
const RETRY: Duration = Duration::from_millis(10);

/// Connections that may wait to be accepted. The usual 128 are too few for a burst: the caller's
/// kernel would retry a second later, and the proxy would have added that second.
const BACKLOG: u32 = 4096;

/// Listens at `address`, also right after another socket there was closed.
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
            None => bind_again(address).await,
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
        let was_met = select! {
            biased;
            () = admitted(&mut rule) => false,
            () = first_reset(&open, &mut connections, next) => true,
        };
        if was_met {
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

/// Waits until a connection was reset by the refusal: an open one or, without any, the next to
/// arrive. Only then may the port close, because attempts on a closed port are not counted.
async fn first_reset(
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

/// Binds the same port again. It lies outside the ephemeral range, so nobody else holds it long.
async fn bind_again(address: SocketAddr) -> TcpListener {
    loop {
        match bind(address) {
            Ok(listener) => return listener,
            Err(_) => sleep(RETRY).await,
        }
    }
}
