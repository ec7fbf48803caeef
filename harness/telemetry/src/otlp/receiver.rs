//! Opens and closes the two ports of the receiver.
//!
//! Owns the sockets. It must not know what a span means.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use harness_model::Span;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::endpoints;
use super::intake::SpanIntake;
use crate::error::TelemetryError;
use crate::shared_strings::SharedStrings;

/// A running receiver on two ports.
pub struct OtlpReceiver {
    grpc: SocketAddr,
    http: SocketAddr,
    intake: Arc<SpanIntake>,
    stop: CancellationToken,
    endpoints: Vec<JoinHandle<()>>,
}

impl OtlpReceiver {
    /// Listens at an address that the target can reach. Span times become offsets from
    /// `origin_unix_ns`, nanoseconds since 1970.
    ///
    /// # Errors
    /// When a port cannot be opened there.
    pub async fn start(
        at: IpAddr,
        origin_unix_ns: i64,
        strings: SharedStrings,
        sink: Sender<Vec<Span>>,
    ) -> Result<OtlpReceiver, TelemetryError> {
        let (grpc_listener, grpc) = listen(at).await?;
        let (http_listener, http) = listen(at).await?;
        let intake = Arc::new(SpanIntake::new(origin_unix_ns, strings, sink));
        let stop = CancellationToken::new();
        let endpoints = vec![
            tokio::spawn(endpoints::grpc(
                grpc_listener,
                Arc::clone(&intake),
                stop.clone(),
            )),
            tokio::spawn(endpoints::http(
                http_listener,
                Arc::clone(&intake),
                stop.clone(),
            )),
        ];
        Ok(OtlpReceiver {
            grpc,
            http,
            intake,
            stop,
            endpoints,
        })
    }

    /// The gRPC endpoint for exporters.
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// The HTTP endpoint for exporters; traces go to `/v1/traces` below it.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Spans that went into the sink so far.
    pub fn received(&self) -> u64 {
        self.intake.received()
    }

    /// Spans that were lost, because the sink was full or closed.
    pub fn dropped(&self) -> u64 {
        self.intake.dropped()
    }

    /// Closes both endpoints; all spans received before are in the sink.
    pub async fn stop(self) {
        self.stop.cancel();
        self.intake.close();
        for endpoint in self.endpoints {
            drop(endpoint.await);
        }
    }
}

async fn listen(at: IpAddr) -> Result<(TcpListener, SocketAddr), TelemetryError> {
    let address = SocketAddr::new(at, 0);
    let failed = |source| TelemetryError::Listen {
        address: address.to_string(),
        source,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
