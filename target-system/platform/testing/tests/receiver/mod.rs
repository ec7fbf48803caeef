//! An OTLP receiver that keeps what it is sent, for tests to look at.

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

/// Keeps what it is sent.
#[derive(Clone, Default)]
pub struct Receiver {
    received: Arc<Mutex<Vec<ExportTraceServiceRequest>>>,
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.received
            .lock()
            .expect("nobody panics")
            .push(request.into_inner());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Receiver {
    pub async fn listen(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let service = TraceServiceServer::new(self.clone());
        let serving = tonic::transport::Server::builder()
            .add_service(service)
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        format!("http://{address}")
    }

    pub fn service_names(&self) -> Vec<String> {
        let received = self.received.lock().expect("nobody panics");
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let resources = resources.filter_map(|spans| spans.resource.as_ref());
        let attributes = resources.flat_map(|resource| &resource.attributes);
        attributes
            .filter(|a| a.key == "service.name")
            .map(|a| text(a.value.as_ref()))
            .collect()
    }

    pub fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().expect("nobody panics");
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|spans| &spans.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    pub fn span(&self, name: &str, kind: Kind) -> Span {
        let found = self
            .spans()
            .into_iter()
            .find(|s| s.name == name && s.kind() == kind);
        found.unwrap_or_else(|| panic!("no {kind:?} span is called {name}"))
    }
}

fn text(value: Option<&opentelemetry_proto::tonic::common::v1::AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

pub fn attribute(span: &Span, key: &str) -> String {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key);
    text(found.and_then(|attribute| attribute.value.as_ref()))
}
