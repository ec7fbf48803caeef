//! Rows as bytes of fixed length: what a record of the journal holds.
//!
//! Names are numbers of the run's table of names. It must not know files or columns.

use bytes::{Buf, BufMut};
use harness_model::metric::MetricPoint;
use harness_model::{ErrorClass, Offset, Sample, Span, SpanKind, Sym};

/// A row that the journal can hold.
pub trait Row: Sized {
    /// Tells the records of one table from those of the others.
    const KIND: u8;

    fn put(&self, to: &mut Vec<u8>);

    /// Takes one row off the front; `None` when the bytes are no such row.
    fn take(from: &mut &[u8]) -> Option<Self>;
}

/// All rows of a record; `None` when it holds anything else.
pub fn take_all<R: Row>(mut record: &[u8]) -> Option<Vec<R>> {
    let mut rows = Vec::new();
    while !record.is_empty() {
        rows.push(R::take(&mut record)?);
    }
    Some(rows)
}

impl Row for Sample {
    const KIND: u8 = 2;

    fn put(&self, to: &mut Vec<u8>) {
        to.put_u32_le(self.operation.0);
        to.put_u32_le(self.journey.0);
        to.put_i64_le(self.intended.ns());
        to.put_i64_le(self.sent.ns());
        to.put_i64_le(self.first_byte.ns());
        to.put_i64_le(self.done.ns());
        to.put_u64_le(self.lateness_ns);
        to.put_u16_le(self.status);
        to.put_u8(self.error as u8);
        to.put_u32_le(self.bytes);
        to.put_u128_le(self.trace);
        to.put_u32_le(self.session);
        to.put_u16_le(self.step);
        to.put_u16_le(self.attempt);
        to.put_u16_le(self.phase);
    }

    fn take(from: &mut &[u8]) -> Option<Sample> {
        Some(Sample {
            operation: name(from)?,
            journey: name(from)?,
            intended: time(from)?,
            sent: time(from)?,
            first_byte: time(from)?,
            done: time(from)?,
            lateness_ns: from.try_get_u64_le().ok()?,
            status: from.try_get_u16_le().ok()?,
            error: ErrorClass::from_code(from.try_get_u8().ok()?)?,
            bytes: from.try_get_u32_le().ok()?,
            trace: from.try_get_u128_le().ok()?,
            session: from.try_get_u32_le().ok()?,
            step: from.try_get_u16_le().ok()?,
            attempt: from.try_get_u16_le().ok()?,
            phase: from.try_get_u16_le().ok()?,
        })
    }
}

impl Row for Span {
    const KIND: u8 = 3;

    fn put(&self, to: &mut Vec<u8>) {
        to.put_u128_le(self.trace);
        to.put_u64_le(self.id);
        to.put_u64_le(self.parent);
        to.put_u32_le(self.service.0);
        to.put_u32_le(self.name.0);
        to.put_u8(self.kind as u8);
        to.put_i64_le(self.start.ns());
        to.put_i64_le(self.end.ns());
        to.put_u8(u8::from(self.failed));
        to.put_u32_le(self.error_type.0);
        to.put_u32_le(self.peer.0);
        to.put_u16_le(self.http_status);
        to.put_u8(self.resend);
        to.put_u32_le(self.instance.0);
    }

    fn take(from: &mut &[u8]) -> Option<Span> {
        Some(Span {
            trace: from.try_get_u128_le().ok()?,
            id: from.try_get_u64_le().ok()?,
            parent: from.try_get_u64_le().ok()?,
            service: name(from)?,
            name: name(from)?,
            kind: SpanKind::from_code(from.try_get_u8().ok()?),
            start: time(from)?,
            end: time(from)?,
            failed: from.try_get_u8().ok()? != 0,
            error_type: name(from)?,
            peer: name(from)?,
            http_status: from.try_get_u16_le().ok()?,
            resend: from.try_get_u8().ok()?,
            instance: name(from)?,
        })
    }
}

impl Row for MetricPoint {
    const KIND: u8 = 4;

    fn put(&self, to: &mut Vec<u8>) {
        to.put_u32_le(self.service.0);
        to.put_u32_le(self.metric.0);
        to.put_u32_le(self.labels.0);
        to.put_i64_le(self.at.ns());
        to.put_f64_le(self.value);
        to.put_u32_le(self.instance.0);
    }

    fn take(from: &mut &[u8]) -> Option<MetricPoint> {
        Some(MetricPoint {
            service: name(from)?,
            metric: name(from)?,
            labels: name(from)?,
            at: time(from)?,
            value: from.try_get_f64_le().ok()?,
            instance: name(from)?,
        })
    }
}

fn name(from: &mut &[u8]) -> Option<Sym> {
    from.try_get_u32_le().ok().map(Sym)
}

fn time(from: &mut &[u8]) -> Option<Offset> {
    from.try_get_i64_le().ok().map(Offset)
}
