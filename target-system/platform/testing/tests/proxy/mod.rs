//! A TCP proxy between a test and a server, which can be cut, muted and opened again.

use std::net::SocketAddr;
use tokio::io::copy;
use tokio::net::{TcpListener, TcpStream, lookup_host};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

#[derive(Clone)]
enum State {
    /// Until the token is cancelled.
    Whole(CancellationToken),
    /// Bytes to the server do not arrive; bytes from it do.
    Mute(CancellationToken),
    Cut,
}

pub struct Proxy {
    /// The server's URL, through the proxy.
    pub url: String,
    state: watch::Sender<State>,
}

impl Proxy {
    /// A proxy to the server at this URL; it is not open yet.
    pub async fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").expect("a URL has a scheme");
        let (authority, path) = rest.split_once('/').expect("a URL has a path");
        let (user, server) = match authority.split_once('@') {
            Some((user, server)) => (format!("{user}@"), server),
            None => (String::new(), authority),
        };
        let server = lookup_host(server)
            .await
            .expect("the host has an address")
            .next();
        let server = server.expect("the host has an address");
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let state = watch::Sender::new(State::Cut);
        tokio::spawn(accept(listener, server, state.clone()));
        Self {
            url: format!("{scheme}://{user}{address}/{path}"),
            state,
        }
    }

    pub fn open(&self) {
        let whole = State::Whole(CancellationToken::new());
        self.state.send_replace(whole);
    }

    /// Connections that are muted stay so.
    pub fn mute(&self) {
        self.state.send_modify(|state| {
            if let State::Whole(until) = state {
                *state = State::Mute(until.clone());
            }
        });
    }

    pub fn cut(&self) {
        let (State::Whole(until) | State::Mute(until)) = self.state.send_replace(State::Cut) else {
            return;
        };
        until.cancel();
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, state: watch::Sender<State>) {
    while let Ok((near, _)) = listener.accept().await {
        let State::Whole(until) = state.borrow().clone() else {
            continue;
        };
        if let Ok(far) = TcpStream::connect(server).await {
            tokio::spawn(carry(near, far, until, state.subscribe()));
        }
    }
}

/// Carries bytes both ways until either end closes or the proxy is cut.
async fn carry(
    mut near: TcpStream,
    mut far: TcpStream,
    until: CancellationToken,
    mut state: watch::Receiver<State>,
) {
    let (mut from_near, mut to_near) = near.split();
    let (mut from_far, mut to_far) = far.split();
    let muted = async {
        let is_mute = |state: &State| matches!(state, State::Mute(_));
        drop(state.wait_for(is_mute).await);
    };
    let there = async {
        tokio::select! {
            _ = copy(&mut from_near, &mut to_far) => {}
            () = muted => std::future::pending().await,
        }
    };
    tokio::select! {
        () = there => {}
        _ = copy(&mut from_far, &mut to_near) => {}
        () = until.cancelled() => {}
    }
}
