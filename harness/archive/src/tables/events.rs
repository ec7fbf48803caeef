//! `events.parquet`: the events on the clock of the other tables.
//!
//! A copy of `events.jsonl`, for queries; nothing is read back from it. What many kinds of events
//! carry has a column, the rest of an event is in `detail`. It must not know the kinds of events.

use harness_model::Offset;
use parquet::data_type::ByteArray;
use serde_json::{Map, Value};

use super::table::long;
use crate::columns::Column;

pub const FILE: &str = "events.parquet";
pub const SCHEMA: &str = "message event {
    required int64 at_ns; required binary event (UTF8); required binary fault (UTF8);
    required binary service (UTF8); required binary instance (UTF8); required binary detail (UTF8);
}";

/// The columns of events, each the object of a line of `events.jsonl`.
pub fn to_columns(mut events: Vec<Map<String, Value>>, zero: Offset) -> Vec<Column> {
    let at = events.iter_mut().map(|event| {
        let at = event.remove("at_ns");
        Offset(at.and_then(|at| at.as_i64()).unwrap_or_default()) - zero
    });
    let at = long(at.map(Offset::ns));
    let named = ["event", "fault", "service", "instance"].map(|key| {
        let text = |event: &mut Map<String, Value>| match event.remove(key) {
            Some(Value::String(text)) => ByteArray::from(text.into_bytes()),
            _ => ByteArray::from(""),
        };
        Column::Text(events.iter_mut().map(text).collect())
    });
    let detail = |event: &Map<String, Value>| match event.is_empty() {
        true => ByteArray::from(""),
        false => ByteArray::from(Value::Object(event.clone()).to_string().into_bytes()),
    };
    let detail = Column::Text(events.iter().map(detail).collect());
    let mut columns = vec![at];
    columns.extend(named);
    columns.push(detail);
    columns
}
