//! Translates OTLP spans into the spans of the model.
//!
//! Knows current and older attribute names. It must not know sockets.

use harness_model::{Offset, Span, SpanKind, Strings, Sym};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::Span as OtlpSpan;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

/// All spans of a request, their names interned.
pub fn spans(
    request: ExportTraceServiceRequest,
    origin_unix_ns: i64,
    strings: &mut Strings,
) -> Vec<Span> {
    let mut spans = Vec::new();
    for group in request.resource_spans {
        let resource = group.resource.as_ref();
        let service = attribute_of(resource, "service.name").unwrap_or("unknown_service");
        let instance = attribute_of(resource, "service.instance.id").unwrap_or_default();
        let origin = Origin {
            service: strings.intern(service),
            instance: strings.intern(instance),
            unix_ns: origin_unix_ns,
        };
        for scope in group.scope_spans {
            spans.extend(
                scope
                    .spans
                    .iter()
                    .map(|span| convert(span, origin, strings)),
            );
        }
    }
    spans
}

/// What sent the spans, and the moment from which their times count.
#[derive(Clone, Copy)]
struct Origin {
    service: Sym,
    instance: Sym,
    unix_ns: i64,
}

fn attribute_of<'a>(resource: Option<&'a Resource>, name: &str) -> Option<&'a str> {
    let mut attributes = resource?.attributes.iter();
    let pair = attributes.find(|pair| pair.key == name)?;
    text(pair.value.as_ref())
}

fn convert(span: &OtlpSpan, origin: Origin, strings: &mut Strings) -> Span {
    let mut converted = Span {
        trace: trace_id(&span.trace_id),
        id: span_id(&span.span_id),
        parent: span_id(&span.parent_span_id),
        service: origin.service,
        instance: origin.instance,
        name: strings.intern(&span.name),
        kind: SpanKind::from_code(u8::try_from(span.kind).unwrap_or(0)),
        start: offset(span.start_time_unix_nano, origin.unix_ns),
        end: offset(span.end_time_unix_nano, origin.unix_ns),
        failed: span
            .status
            .as_ref()
            .is_some_and(|status| status.code == StatusCode::Error as i32),
        error_type: Sym::NONE,
        peer: Sym::NONE,
        http_status: 0,
        resend: 0,
    };
    for pair in &span.attributes {
        attribute(&mut converted, pair, strings);
    }
    if matches!(converted.kind, SpanKind::Client | SpanKind::Producer)
        && let Some(peer) = peer(&span.attributes)
    {
        converted.peer = strings.intern(&peer);
    }
    converted
}

/// Engines that run inside of the process that uses them: no call leaves it.
const EMBEDDED: [&str; 5] = ["sqlite", "h2", "hsqldb", "derby", "duckdb"];

/// Whom a span called: the service if it is named, else the address, else the kind of database or
/// broker.
fn peer(attributes: &[KeyValue]) -> Option<String> {
    let value = |name: &str| {
        let pair = attributes.iter().find(|pair| pair.key == name);
        pair.and_then(|pair| pair.value.as_ref())
    };
    let first = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| text(value(name)));
        texts.into_iter().find(|text| !text.is_empty())
    };
    if let Some(service) = first(&["peer.service", "service.peer.name"]) {
        return Some(service.to_owned());
    }
    let system = first(&["db.system.name", "db.system", "messaging.system"]);
    if system.is_some_and(|system| EMBEDDED.contains(&system)) {
        return None;
    }
    let Some(host) = first(&["server.address", "net.peer.name"]) else {
        return system.map(str::to_owned);
    };
    let port = ["server.port", "net.peer.port"].map(|name| integer(value(name)));
    let port = port.into_iter().flatten().next();
    Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn attribute(span: &mut Span, pair: &KeyValue, strings: &mut Strings) {
    let value = pair.value.as_ref();
    match pair.key.as_str() {
        "error.type" => {
            span.error_type = strings.intern(text(value).unwrap_or("other"));
            span.failed = true;
        }
        "http.response.status_code" | "http.status_code" => {
            span.http_status = integer(value)
                .and_then(|code| u16::try_from(code).ok())
                .unwrap_or(0);
        }
        "http.request.resend_count" => {
            span.resend = integer(value)
                .and_then(|n| u8::try_from(n).ok())
                .unwrap_or(u8::MAX);
        }
        _ => {}
    }
}

fn offset(unix_ns: u64, origin_unix_ns: i64) -> Offset {
    Offset(
        i64::try_from(unix_ns)
            .unwrap_or(i64::MAX)
            .saturating_sub(origin_unix_ns),
    )
}

fn trace_id(bytes: &[u8]) -> u128 {
    <[u8; 16]>::try_from(bytes).map_or(0, u128::from_be_bytes)
}

fn span_id(bytes: &[u8]) -> u64 {
    <[u8; 8]>::try_from(bytes).map_or(0, u64::from_be_bytes)
}

fn text(value: Option<&AnyValue>) -> Option<&str> {
    match value?.value.as_ref()? {
        Value::StringValue(text) => Some(text),
        _ => None,
    }
}

fn integer(value: Option<&AnyValue>) -> Option<i64> {
    match value?.value.as_ref()? {
        Value::IntValue(number) => Some(*number),
        Value::StringValue(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attributes(pairs: &[(&str, Value)]) -> Vec<KeyValue> {
        let pair = |(key, value): &(&str, Value)| KeyValue {
            key: (*key).to_owned(),
            value: Some(AnyValue {
                value: Some(value.clone()),
            }),
            ..KeyValue::default()
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_peer_is_the_service_else_the_address_else_the_engine_and_an_embedded_one_is_nobody() {
        let text = |text: &str| Value::StringValue(text.to_owned());
        let found = |pairs: &[(&str, Value)]| peer(&attributes(pairs));
        let at = ("server.address", text("10.0.0.7"));
        let port = ("server.port", Value::IntValue(5432));
        let engine = ("db.system.name", text("postgresql"));
        let service = ("peer.service", text("payment"));
        let all = [engine.clone(), port.clone(), at.clone(), service];
        assert_eq!(found(&all).as_deref(), Some("payment"));
        let server = [engine.clone(), port, at.clone()];
        assert_eq!(found(&server).as_deref(), Some("10.0.0.7:5432"));
        assert_eq!(found(&[at]).as_deref(), Some("10.0.0.7"));
        assert_eq!(found(&[engine]).as_deref(), Some("postgresql"));
        let broker = [("messaging.system", text("rabbitmq"))];
        assert_eq!(found(&broker).as_deref(), Some("rabbitmq"));
        assert_eq!(found(&[("db.system.name", text("sqlite"))]), None);
        assert_eq!(found(&[]), None);
    }
}
