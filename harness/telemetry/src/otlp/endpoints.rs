//! The endpoints of the receiver: OTLP over gRPC and over HTTP/protobuf.
//!
//! Owns limits and encodings. It must not know what a span means.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response as HttpResponse};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;
use tonic::{Request, Response, Status};

use super::intake::SpanIntake;

/// The defaults (4 MB and 2 MB) would reject the batches of a busy service.
const LARGEST_REQUEST: usize = 64 << 20;

struct Grpc(Arc<SpanIntake>);

#[tonic::async_trait]
impl TraceService for Grpc {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.accept(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

pub(super) async fn grpc(listener: TcpListener, intake: Arc<SpanIntake>, stop: CancellationToken) {
    let service = TraceServiceServer::new(Grpc(intake)).max_decoding_message_size(LARGEST_REQUEST);
    let serving = Server::builder()
        .add_service(service)
        .serve_with_incoming(TcpListenerStream::new(listener));
    // Exporters keep their connections open, so a graceful shutdown would never finish.
    tokio::select! {
        _ = serving => {}
        () = stop.cancelled() => {}
    }
}

pub(super) async fn http(listener: TcpListener, intake: Arc<SpanIntake>, stop: CancellationToken) {
    let routes = Router::new()
        .route("/v1/traces", post(traces))
        .layer(DefaultBodyLimit::max(LARGEST_REQUEST))
        .with_state(intake);
    tokio::select! {
        _ = axum::serve(listener, routes).into_future() => {}
        () = stop.cancelled() => {}
    }
}

async fn traces(
    State(intake): State<Arc<SpanIntake>>,
    headers: HeaderMap,
    body: Bytes,
) -> HttpResponse {
    // Refused explicitly, because a compressed body would look like a corrupt one.
    let plain = |encoding: &HeaderValue| encoding.as_bytes() == b"identity";
    if !headers.get(header::CONTENT_ENCODING).is_none_or(plain) {
        let why = "compressed bodies are not supported; set the exporter's compression to none";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, why).into_response();
    }
    match ExportTraceServiceRequest::decode(body) {
        Ok(request) => {
            intake.accept(request);
            let answer = ExportTraceServiceResponse::default().encode_to_vec();
            ([(header::CONTENT_TYPE, "application/x-protobuf")], answer).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error.to_string()).into_response(),
    }
}
