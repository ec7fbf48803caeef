//! One span of a trace.
//!
//! Owns the shape that the OTLP receiver fills and the analysis reads. It must not know OTLP, nor
//! how many are kept.

use crate::strings::Sym;
use crate::time::Offset;

/// A span with the attributes that the analysis asks for; names live in the run's string table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// Trace id.
    pub trace: u128,
    /// Span id, unique in its trace.
    pub id: u64,
    /// 0 for none. The entry service's server span has the load generator's span id here.
    pub parent: u64,
    /// `service.name` of the resource.
    pub service: Sym,
    /// `service.instance.id` of the resource, empty when not known.
    pub instance: Sym,
    /// The span's name.
    pub name: Sym,
    pub kind: SpanKind,
    pub start: Offset,
    pub end: Offset,
    /// Whether its status is an error.
    pub failed: bool,
    /// `error.type`, empty when none.
    pub error_type: Sym,
    /// Whom a client or producer span called: `peer.service`, else `server.address` with its port,
    /// else the kind of database or broker; empty when unknown.
    pub peer: Sym,
    /// `http.response.status_code`, 0 when none.
    pub http_status: u16,
    /// `http.request.resend_count`.
    pub resend: u8,
}

impl Span {
    /// From start to end; 0 when the clocks say that it ended first.
    pub fn duration_ns(&self) -> u64 {
        u64::try_from(self.end.0 - self.start.0).unwrap_or(0)
    }
}

/// OpenTelemetry's kinds of spans, with OTLP's numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum SpanKind {
    /// Work inside a service.
    #[default]
    Internal = 1,
    /// A request as the service that answers it sees it.
    Server = 2,
    /// A request as the service that sends it sees it.
    Client = 3,
    /// A message as its sender sees it.
    Producer = 4,
    /// A message as its receiver sees it.
    Consumer = 5,
}

impl SpanKind {
    /// `internal`, `server`, `client`, `producer` or `consumer`.
    pub fn name(self) -> &'static str {
        match self {
            SpanKind::Internal => "internal",
            SpanKind::Server => "server",
            SpanKind::Client => "client",
            SpanKind::Producer => "producer",
            SpanKind::Consumer => "consumer",
        }
    }

    /// From its [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<SpanKind> {
        let mut kinds = (1..=5).map(SpanKind::from_code);
        kinds.find(|kind| kind.name() == name)
    }

    /// From OTLP's number; unspecified and unknown ones are internal.
    pub fn from_code(code: u8) -> SpanKind {
        match code {
            2 => SpanKind::Server,
            3 => SpanKind::Client,
            4 => SpanKind::Producer,
            5 => SpanKind::Consumer,
            _ => SpanKind::Internal,
        }
    }
}
