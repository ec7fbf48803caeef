//! How many spans per second the OTLP receiver accepts over gRPC, and what each costs.
//!
//! The exporter is a process of its own and sends batches of 512 as fast as it can; the receiver is
//! the real one with a sink that only counts. CPU is that of the receiving process alone.
#![expect(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use harness_model::Strings;
use harness_telemetry::{OtlpReceiver, own_cpu_seconds};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use tokio::sync::mpsc::channel;

const SPANS: usize = 1_000_000;
const BATCH: usize = 512;
/// Services that export at the same time, each over its own connection.
const EXPORTERS: usize = 4;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new()?;
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["export", url] => runtime.block_on(export(url)),
        _ => runtime.block_on(receive()),
    }
}

async fn receive() -> Outcome<()> {
    let (sink, mut taken) = channel(1024);
    let strings = Arc::new(Mutex::new(Strings::default()));
    let receiver = OtlpReceiver::start(Ipv4Addr::LOCALHOST.into(), 0, strings, sink).await?;
    let counting = tokio::spawn(async move {
        let mut count = 0;
        while let Some(spans) = taken.recv().await {
            count += spans.len();
        }
        count
    });
    let (begun, cpu_before) = (Instant::now(), own_cpu_seconds());
    let mut exporter = Command::new(std::env::current_exe()?)
        .args(["export", &receiver.grpc_url()])
        .stdin(Stdio::null())
        .spawn()?;
    let status = tokio::task::spawn_blocking(move || exporter.wait()).await??;
    let (wall_s, cpu_s) = (
        begun.elapsed().as_secs_f64(),
        own_cpu_seconds() - cpu_before,
    );
    let dropped = receiver.dropped();
    receiver.stop().await;
    let count = counting.await?;
    if !status.success() {
        return Err(format!("the exporter ended with {status}").into());
    }
    println!(
        "receiver: spans a second ({count} taken in, {dropped} dropped)\t\t{:.0}",
        count as f64 / wall_s
    );
    println!(
        "receiver: CPU per span\t\t{:.2} us",
        cpu_s * 1e6 / count.max(1) as f64
    );
    Ok(())
}

async fn export(url: &str) -> Outcome<()> {
    let mut exporters = Vec::new();
    for number in 0..EXPORTERS {
        let mut client = TraceServiceClient::connect(url.to_owned()).await?;
        exporters.push(tokio::spawn(async move {
            let full = batch(number, BATCH);
            let mut left = SPANS / EXPORTERS;
            while left > 0 {
                let size = left.min(BATCH);
                let request = if size == BATCH {
                    full.clone()
                } else {
                    batch(number, size)
                };
                client.export(request).await?;
                left -= size;
            }
            Outcome::Ok(())
        }));
    }
    for exporter in exporters {
        exporter.await??;
    }
    Ok(())
}

/// Spans as a typical service exports them: the harness ignores half of the attributes.
fn batch(exporter: usize, size: usize) -> ExportTraceServiceRequest {
    let span = |index: usize| Span {
        trace_id: (index as u128 + 1).to_be_bytes().to_vec(),
        span_id: (index as u64 + 1).to_be_bytes().to_vec(),
        parent_span_id: 7_u64.to_be_bytes().to_vec(),
        name: format!("POST /orders/step-{}", index % 20),
        kind: 2 + (index % 2) as i32,
        start_time_unix_nano: 1_000_000 * index as u64,
        end_time_unix_nano: 1_000_000 * index as u64 + 750_000,
        attributes: vec![
            pair("http.request.method", text("POST")),
            pair("url.path", text("/orders")),
            pair("server.address", text("127.0.0.1")),
            pair("http.response.status_code", Value::IntValue(200)),
            pair("peer.service", text("inventory")),
            pair("app.version", text("1.2.3")),
        ],
        ..Span::default()
    };
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource {
                attributes: vec![pair("service.name", text(&format!("service-{exporter}")))],
                ..Resource::default()
            }),
            scope_spans: vec![ScopeSpans {
                spans: (0..size).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
}

fn text(value: &str) -> Value {
    Value::StringValue(value.to_owned())
}

fn pair(key: &str, value: Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    }
}
