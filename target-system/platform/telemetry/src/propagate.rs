//! Trace context as text (W3C Trace Context, level 1).

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The `traceparent` of a span; empty for none.
#[must_use]
pub fn traceparent(span: &SpanContext) -> String {
    if !span.is_valid() {
        return String::new();
    }
    format!(
        "00-{}-{}-{:02x}",
        span.trace_id(),
        span.span_id(),
        span.trace_flags().to_u8()
    )
}

/// The span that a `traceparent` names; an empty one when it names none.
#[must_use]
pub fn parse_traceparent(text: &str) -> SpanContext {
    parse(text).unwrap_or_else(SpanContext::empty_context)
}

fn parse(text: &str) -> Option<SpanContext> {
    let mut fields = text.trim().split('-');
    let (version, trace, span, flags) = (
        fields.next()?,
        fields.next()?,
        fields.next()?,
        fields.next()?,
    );
    if version == "ff" || trace.len() != 32 || span.len() != 16 {
        return None;
    }
    let context = SpanContext::new(
        TraceId::from_hex(trace).ok()?,
        SpanId::from_hex(span).ok()?,
        TraceFlags::new(u8::from_str_radix(flags, 16).ok()?),
        true,
        TraceState::default(),
    );
    context.is_valid().then_some(context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_traceparent_survives_reading_and_writing() {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let span = parse_traceparent(text);
        assert!(span.is_sampled());
        assert_eq!(traceparent(&span), text);
    }

    #[test]
    fn nonsense_names_no_span() {
        for text in [
            "",
            "00-1-2-3",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ] {
            assert!(!parse_traceparent(text).is_valid(), "{text}");
        }
    }
}
