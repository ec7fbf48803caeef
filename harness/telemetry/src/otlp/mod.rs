//! The OTLP receiver: two doors, one room.
//!
//! Owns the sockets and the books (received, dropped). Loss is possible in one place only, the full
//! sink, and is counted there.

mod convert;
mod doors;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use harness_model::Span;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use tokio::net::TcpListener;
use tokio::sync::mpsc::Sender;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::{SharedStrings, TelemetryError};

/// A running receiver on two ports.
pub struct OtlpReceiver {
    grpc: SocketAddr,
    http: SocketAddr,
    room: Arc<Room>,
    stop: CancellationToken,
    doors: Vec<JoinHandle<()>>,
}

/// What both doors lead to.
pub(crate) struct Room {
    origin_unix_ns: i64,
    strings: SharedStrings,
    /// Gone once the receiver is stopped: exporters may keep their connections open.
    sink: Mutex<Option<Sender<Vec<Span>>>>,
    received: AtomicU64,
    dropped: AtomicU64,
}

impl OtlpReceiver {
    /// Opens both doors at an address that the target can reach. Span times become offsets from
    /// `origin_unix_ns`.
    pub async fn start(
        at: IpAddr,
        origin_unix_ns: i64,
        strings: SharedStrings,
        sink: Sender<Vec<Span>>,
    ) -> Result<OtlpReceiver, TelemetryError> {
        let (grpc_listener, grpc) = listen(at).await?;
        let (http_listener, http) = listen(at).await?;
        let room = Arc::new(Room {
            origin_unix_ns,
            strings,
            sink: Mutex::new(Some(sink)),
            received: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        });
        let stop = CancellationToken::new();
        let doors = vec![
            tokio::spawn(doors::grpc(grpc_listener, Arc::clone(&room), stop.clone())),
            tokio::spawn(doors::http(http_listener, Arc::clone(&room), stop.clone())),
        ];
        Ok(OtlpReceiver {
            grpc,
            http,
            room,
            stop,
            doors,
        })
    }

    /// What exporters take as their gRPC endpoint.
    pub fn grpc_url(&self) -> String {
        format!("http://{}", self.grpc)
    }

    /// What exporters take as their HTTP endpoint; traces go to `/v1/traces` below it.
    pub fn http_url(&self) -> String {
        format!("http://{}", self.http)
    }

    pub fn received(&self) -> u64 {
        self.room.received.load(Ordering::Relaxed)
    }

    pub fn dropped(&self) -> u64 {
        self.room.dropped.load(Ordering::Relaxed)
    }

    /// Closes both doors; what was taken in before is in the sink.
    pub async fn stop(self) {
        self.stop.cancel();
        self.room.sink().take();
        for door in self.doors {
            drop(door.await);
        }
    }
}

impl Room {
    fn sink(&self) -> std::sync::MutexGuard<'_, Option<Sender<Vec<Span>>>> {
        self.sink
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// Takes a request's spans in; a full sink drops them, and that is counted.
    fn take(&self, request: ExportTraceServiceRequest) {
        let spans = {
            let mut strings = self
                .strings
                .lock()
                .unwrap_or_else(|broken| broken.into_inner());
            convert::spans(request, self.origin_unix_ns, &mut strings)
        };
        let count = spans.len() as u64;
        let sink = self.sink().clone();
        match sink.is_some_and(|sink| sink.try_send(spans).is_ok()) {
            true => self.received.fetch_add(count, Ordering::Relaxed),
            false => self.dropped.fetch_add(count, Ordering::Relaxed),
        };
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
