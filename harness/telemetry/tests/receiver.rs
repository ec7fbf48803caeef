//! The receiver over real sockets: both endpoints give the same span, and invalid requests are
//! refused.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use harness_model::{Offset, Span, SpanKind, Strings};
use harness_telemetry::{OtlpReceiver, SharedStrings};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as OtlpSpan, Status};
use prost::Message;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

const ORIGIN: i64 = 1_000_000;

struct Receiving {
    receiver: OtlpReceiver,
    strings: SharedStrings,
    spans: Receiver<Vec<Span>>,
}

impl Receiving {
    async fn with_room_for(batches: usize) -> Receiving {
        let (sink, spans) = channel(batches);
        let strings: SharedStrings = Arc::new(Mutex::new(Strings::default()));
        let receiver = OtlpReceiver::start(
            Ipv4Addr::LOCALHOST.into(),
            ORIGIN,
            Arc::clone(&strings),
            sink,
        )
        .await
        .unwrap();
        Receiving {
            receiver,
            strings,
            spans,
        }
    }

    async fn by_grpc(&self, request: ExportTraceServiceRequest) {
        let mut client = TraceServiceClient::connect(self.receiver.grpc_url())
            .await
            .unwrap();
        client.export(request).await.unwrap();
    }

    async fn by_http(&self, body: Vec<u8>) -> u16 {
        self.post(body, None).await
    }

    async fn post(&self, body: Vec<u8>, encoding: Option<&str>) -> u16 {
        let url = format!("{}/v1/traces", self.receiver.http_url());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut request = client
            .post(url)
            .header("content-type", "application/x-protobuf")
            .body(body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        request.send().await.unwrap().status().as_u16()
    }

    async fn next(&mut self) -> Vec<Span> {
        let next = timeout(Duration::from_secs(5), self.spans.recv());
        next.await.unwrap().unwrap()
    }

    fn name(&self, pick: impl Fn(&Span) -> harness_model::Sym, span: &Span) -> String {
        self.strings.lock().unwrap().name(pick(span)).to_owned()
    }
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}

fn text(value: &str) -> Value {
    Value::StringValue(value.to_owned())
}

fn request(service: Option<&str>, spans: Vec<OtlpSpan>) -> ExportTraceServiceRequest {
    let resource = service.map(|service| Resource {
        attributes: vec![
            pair("service.name", text(service)),
            pair("service.instance.id", text("order-2")),
        ],
        ..Resource::default()
    });
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource,
            scope_spans: vec![ScopeSpans {
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

fn call() -> OtlpSpan {
    OtlpSpan {
        trace_id: 77_u128.to_be_bytes().to_vec(),
        span_id: 5_u64.to_be_bytes().to_vec(),
        parent_span_id: 4_u64.to_be_bytes().to_vec(),
        name: "charge".to_owned(),
        kind: 3,
        start_time_unix_nano: 1_000_100,
        end_time_unix_nano: 1_000_400,
        attributes: vec![
            pair("error.type", text("timeout")),
            pair("peer.service", text("payment")),
            pair("http.response.status_code", Value::IntValue(504)),
            pair("http.request.resend_count", Value::IntValue(2)),
            pair("something.else", text("ignored")),
        ],
        status: Some(Status {
            code: 2,
            message: "too late".to_owned(),
        }),
        ..OtlpSpan::default()
    }
}

#[tokio::test]
async fn both_endpoints_give_the_same_span() {
    let mut receiving = Receiving::with_room_for(8).await;
    receiving
        .by_grpc(request(Some("order"), vec![call()]))
        .await;
    let by_grpc = receiving.next().await;
    let body = request(Some("order"), vec![call()]).encode_to_vec();
    assert_eq!(receiving.by_http(body).await, 200);
    let by_http = receiving.next().await;

    assert_eq!(by_grpc, by_http);
    let [span] = by_grpc[..] else {
        panic!("{by_grpc:?}")
    };
    assert_eq!((span.trace, span.id, span.parent), (77, 5, 4));
    assert_eq!((span.start, span.end), (Offset(100), Offset(400)));
    assert_eq!(span.kind, SpanKind::Client);
    assert!(span.failed);
    assert_eq!((span.http_status, span.resend), (504, 2));
    assert_eq!(receiving.name(|span| span.service, &span), "order");
    assert_eq!(receiving.name(|span| span.instance, &span), "order-2");
    assert_eq!(receiving.name(|span| span.name, &span), "charge");
    assert_eq!(receiving.name(|span| span.error_type, &span), "timeout");
    assert_eq!(receiving.name(|span| span.peer, &span), "payment");
    assert_eq!(
        (receiving.receiver.received(), receiving.receiver.dropped()),
        (2, 0)
    );
}

#[tokio::test]
async fn a_span_without_attributes_is_internal_and_ok_and_its_service_unknown() {
    let mut receiving = Receiving::with_room_for(8).await;
    receiving
        .by_grpc(request(None, vec![OtlpSpan::default()]))
        .await;
    let span = receiving.next().await[0];
    assert_eq!(span.kind, SpanKind::Internal);
    assert!(
        !span.failed && span.peer.is_none() && span.instance.is_none() && span.error_type.is_none()
    );
    assert_eq!((span.trace, span.id, span.parent), (0, 0, 0));
    assert_eq!(
        receiving.name(|span| span.service, &span),
        "unknown_service"
    );
}

#[tokio::test]
async fn older_attribute_names_are_recognised() {
    let mut receiving = Receiving::with_room_for(8).await;
    let mut span = call();
    span.attributes = vec![
        pair("service.peer.name", text("cart")),
        pair("http.status_code", text("418")),
    ];
    receiving.by_grpc(request(Some("order"), vec![span])).await;
    let span = receiving.next().await[0];
    assert_eq!(receiving.name(|span| span.peer, &span), "cart");
    assert_eq!(span.http_status, 418);
}

#[tokio::test]
async fn an_invalid_body_is_a_bad_request_and_counts_nothing() {
    let receiving = Receiving::with_room_for(8).await;
    assert_eq!(receiving.by_http(vec![0xFF; 40]).await, 400);
    let mut cut = request(Some("order"), vec![call()]).encode_to_vec();
    cut.truncate(cut.len() - 3);
    assert_eq!(receiving.by_http(cut).await, 400);
    assert_eq!(
        (receiving.receiver.received(), receiving.receiver.dropped()),
        (0, 0)
    );
}

#[tokio::test]
async fn an_empty_request_is_fine_and_counts_nothing() {
    let receiving = Receiving::with_room_for(8).await;
    assert_eq!(receiving.by_http(Vec::new()).await, 200);
    receiving
        .by_grpc(ExportTraceServiceRequest::default())
        .await;
    assert_eq!(
        (receiving.receiver.received(), receiving.receiver.dropped()),
        (0, 0)
    );
}

#[tokio::test]
async fn a_full_sink_drops_and_counts_and_the_exporter_is_not_told_to_try_again() {
    let receiving = Receiving::with_room_for(1).await;
    for _ in 0..3 {
        receiving
            .by_grpc(request(Some("order"), vec![call(), call()]))
            .await;
    }
    assert_eq!(
        (receiving.receiver.received(), receiving.receiver.dropped()),
        (2, 4)
    );
}

/// Compression is not supported, so a compressed body is refused as such.
#[tokio::test]
async fn a_compressed_body_is_refused() {
    let receiving = Receiving::with_room_for(8).await;
    let gzip_head = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3];
    let status = receiving.post(gzip_head, Some("gzip")).await;
    assert_eq!(status, 415);
    assert_eq!(receiving.receiver.received(), 0);
}

#[tokio::test]
async fn after_the_stop_the_sink_is_closed_though_an_exporter_stays_connected() {
    let mut receiving = Receiving::with_room_for(8).await;
    let mut client = TraceServiceClient::connect(receiving.receiver.grpc_url())
        .await
        .unwrap();
    client
        .export(request(Some("order"), vec![call()]))
        .await
        .unwrap();
    receiving.receiver.stop().await;
    assert_eq!(receiving.spans.recv().await.unwrap().len(), 1);
    assert!(receiving.spans.recv().await.is_none());
}
