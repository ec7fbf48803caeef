//! The HTTP server of a process: alive at once, ready when its contexts are mounted, and stopped
//! without losing a request.
//!
//! `/healthz`, `/readyz` and `/metrics` answer from the start. Everything else is refused with 503
//! until [`Readiness::open`]. Readiness never waits for another process, because two processes that
//! wait for each other would wait for ever.

use crate::{Audit, entry};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::serve::ListenerExt as _;
use futures::future::BoxFuture;
use http::StatusCode;
use shop_calls::{Problem, RemoteError};
use shop_contracts::ErrorCode;
use shop_telemetry::Telemetry;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// How long requests under way may take to finish at the end.
const DRAIN: Duration = Duration::from_secs(2);

/// A server that listens, and takes requests as soon as it has been given its routes.
pub struct Server {
    listener: TcpListener,
    routes: Arc<OnceLock<Router>>,
    telemetry: Telemetry,
}

/// Why a process could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("listen on {address}: {source}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    #[error("serve: {0}")]
    Serve(#[from] io::Error),
}

/// Connections that may wait to be accepted. Beyond that the kernel drops the first packet of a
/// connection, and the client retransmits it a whole second later.
const BACKLOG: u32 = 4096;

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

impl Server {
    /// Listens; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is taken.
    pub async fn listen(address: SocketAddr, telemetry: Telemetry) -> Result<Self, ServeError> {
        let listener = bind(address).map_err(|source| ServeError::Listen { address, source })?;
        Ok(Self {
            listener,
            routes: Arc::default(),
            telemetry,
        })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the socket does not say.
    pub fn address(&self) -> Result<SocketAddr, ServeError> {
        Ok(self.listener.local_addr()?)
    }

    /// What makes the server ready once the contexts are mounted.
    #[must_use]
    pub fn readiness(&self, limit: Duration) -> Readiness {
        Readiness {
            routes: Arc::clone(&self.routes),
            telemetry: self.telemetry.clone(),
            limit,
            audit: Audit::default(),
        }
    }

    /// Serves until the shutdown, then lets requests under way finish.
    ///
    /// # Errors
    /// When the socket fails.
    #[must_use]
    pub fn run(self, shutdown: CancellationToken) -> BoxFuture<'static, Result<(), ServeError>> {
        Box::pin(self.serve(shutdown))
    }

    async fn serve(self, shutdown: CancellationToken) -> Result<(), ServeError> {
        let listener = self.listener.tap_io(|connection| {
            // Without it small answers would wait for the peer's delayed acknowledgement.
            let _ = connection.set_nodelay(true);
        });
        let app = housekeeping(self.routes, self.telemetry);
        let stop = shutdown.clone();
        let serving = axum::serve(listener, app)
            .with_graceful_shutdown(stop.cancelled_owned())
            .into_future();
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => return Ok(served?),
            () = shutdown.cancelled() => {}
        }
        match timeout(DRAIN, serving).await {
            Ok(served) => Ok(served?),
            Err(_) => {
                tracing::warn!("requests were still under way at the end");
                Ok(())
            }
        }
    }
}

/// Makes a server ready: it refuses requests until [`Readiness::open`].
pub struct Readiness {
    routes: Arc<OnceLock<Router>>,
    telemetry: Telemetry,
    limit: Duration,
    audit: Audit,
}

impl Readiness {
    /// Answers audits as well; like scrapes, they are not traced.
    #[must_use]
    pub fn audited(mut self, audit: Audit) -> Self {
        self.audit = audit;
        self
    }

    /// Takes requests from now on. A second time changes nothing.
    pub fn open(self, routes: Router) {
        let (telemetry, limit, audit) = (self.telemetry, self.limit, self.audit);
        let routes = routes
            .fallback(unknown)
            .layer(from_fn(move |request: Request, next: Next| {
                entry(telemetry.clone(), limit, request, next)
            }))
            .route("/audit", get(async move || audit.clone().answer().await));
        let _ = self.routes.set(routes);
    }
}

async fn unknown() -> Problem {
    RemoteError::own(ErrorCode::NotFound, "there is nothing under this path").into()
}

fn housekeeping(routes: Arc<OnceLock<Router>>, telemetry: Telemetry) -> Router {
    let ready = Arc::clone(&routes);
    Router::new()
        .route("/healthz", get(async || "alive\n"))
        .route("/readyz", get(async move || readyz(&ready)))
        .route("/metrics", get(async move || telemetry.metrics().text()))
        .fallback(move |request: Request| async move { dispatch(&routes, request).await })
}

fn readyz(routes: &OnceLock<Router>) -> (StatusCode, &'static str) {
    match routes.get() {
        Some(_) => (StatusCode::OK, "ready\n"),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the contexts are being mounted\n",
        ),
    }
}

async fn dispatch(routes: &OnceLock<Router>, request: Request) -> Response {
    match routes.get() {
        Some(routes) => routes.clone().oneshot(request).await.into_response(),
        None => {
            let why = RemoteError::own(ErrorCode::Unavailable, "the process is starting");
            Problem::from(why).into_response()
        }
    }
}
