//! What a process tells an OTLP receiver: the spans of a call, and how they hang together.

mod toy;

use opentelemetry::trace::SpanKind;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind as Kind;
use shop_platform::testing::{Bench, Wiring};
use shop_platform::{Call, Telemetry};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};
use toy::{Add, Total, Toy};

/// Keeps what it is sent.
#[derive(Clone, Default)]
struct Receiver {
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
    async fn listen(&self) -> String {
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

    fn service_names(&self) -> Vec<String> {
        let received = self.received.lock().expect("nobody panics");
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let resources = resources.filter_map(|spans| spans.resource.as_ref());
        let attributes = resources.flat_map(|resource| &resource.attributes);
        attributes
            .filter(|a| a.key == "service.name")
            .map(|a| text(a.value.as_ref()))
            .collect()
    }

    fn spans(&self) -> Vec<Span> {
        let received = self.received.lock().expect("nobody panics");
        let resources = received.iter().flat_map(|request| &request.resource_spans);
        let scopes = resources.flat_map(|spans| &spans.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    fn span(&self, name: &str, kind: Kind) -> Span {
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

fn attribute(span: &Span, key: &str) -> String {
    let found = span
        .attributes
        .iter()
        .find(|attribute| attribute.key == key);
    text(found.and_then(|attribute| attribute.value.as_ref()))
}

/// Makes two calls as part of a root span and lets the process flush.
async fn two_calls(wiring: Wiring) -> Receiver {
    let receiver = Receiver::default();
    let endpoint = receiver.listen().await;
    let telemetry = Telemetry::exporting("bench", &endpoint).expect("the endpoint is one");
    let shop = Bench::new(wiring)
        .telemetry(telemetry.clone())
        .mount::<Toy>()
        .await;
    let call = Call::within(Duration::from_secs(5));
    let root = telemetry.span(SpanKind::Internal, "a purchase", &call);
    let call = call.traced(root.context().clone());
    shop.call_as(&call, Add { amount: 1 })
        .await
        .expect("it adds");
    shop.call_as(&call, Total {}).await.expect("it adds up");
    drop(root);
    telemetry.stop(Duration::from_secs(5)).await;
    receiver
}

#[tokio::test]
async fn a_call_over_http_is_a_client_span_above_a_server_span_above_its_statements() {
    let receiver = two_calls(Wiring::Http).await;
    let root = receiver.span("a purchase", Kind::Internal);
    let client = receiver.span("cart/Add", Kind::Client);
    let server = receiver.span("POST /rpc/cart/Add", Kind::Server);
    let statement = receiver.span("INSERT cart_toy", Kind::Client);
    assert_eq!(client.parent_span_id, root.span_id);
    assert_eq!(server.parent_span_id, client.span_id);
    assert_eq!(statement.parent_span_id, server.span_id);
    assert!(
        receiver
            .spans()
            .iter()
            .all(|span| span.trace_id == root.trace_id)
    );
    assert_eq!(attribute(&client, "peer.service"), "bench");
    assert_eq!(attribute(&client, "server.address"), "127.0.0.1");
    assert_eq!(attribute(&server, "shop.context"), "cart");
    assert_eq!(attribute(&server, "http.route"), "/rpc/cart/Add");
    assert_eq!(attribute(&server, "http.response.status_code"), "200");
    assert_eq!(attribute(&statement, "db.collection.name"), "cart_toy");
    assert_eq!(
        receiver.service_names().first().map(String::as_str),
        Some("bench")
    );
}

#[tokio::test]
async fn a_call_in_process_is_one_internal_span_of_the_callee() {
    let receiver = two_calls(Wiring::InProcess).await;
    let root = receiver.span("a purchase", Kind::Internal);
    let inner = receiver.span("cart/Total", Kind::Internal);
    let statement = receiver.span("SELECT cart_toy", Kind::Client);
    assert_eq!(inner.parent_span_id, root.span_id);
    assert_eq!(attribute(&inner, "shop.context"), "cart");
    let statements = receiver.spans();
    let under_total = statements
        .iter()
        .any(|s| s.name == statement.name && s.parent_span_id == inner.span_id);
    assert!(under_total);
}
