//! The listening side of an edge: accepts, and closes the port while connections are refused.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::select;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::connection::Connection;
use super::rule::{Rule, refused};

/// Pause after a failed accept or bind: out of file descriptors, or the port not yet free.
const RETRY: Duration = Duration::from_millis(10);

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
                        serve(&mut connections, connection(index), caller);
                        index += 1;
                    }
                    Err(_) => sleep(RETRY).await,
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(open);
        accepting.send_replace(false);
        if rule.wait_for(|rule| *rule != Rule::Refuse).await.is_err() {
            return;
        }
    }
}

fn serve(connections: &mut JoinSet<()>, connection: Connection, caller: TcpStream) {
    connections.spawn(connection.run(caller));
}

/// The same port again. Nobody else may hold it for long: it lies outside the ephemeral range.
async fn bound_again(address: SocketAddr) -> TcpListener {
    loop {
        match TcpListener::bind(address).await {
            Ok(listener) => return listener,
            Err(_) => sleep(RETRY).await,
        }
    }
}
