//! The run folder: everything a report is made of, as files.
//!
//! | file | what | origin of its times |
//! | --- | --- | --- |
//! | `manifest.json` | who, where, when; format version | |
//! | `scenario.toml`, `plan.json` | what was asked, verbatim and resolved | start of the load |
//! | `events.jsonl` | one happening a line, written before it is acted upon | start of the run |
//! | `samples.parquet` | one row a request | start of the load |
//! | `spans.parquet`, `metrics.parquet` | what the target said | start of the run |
//! | `latency.hlog` | HdrHistogram interval log, an operation a second | start of the load |
//!
//! [`read`] rebases everything to the start of the load. This crate owns the folder's format and
//! must not know who fills it or what is concluded from it.

mod columns;
mod error;
mod hlog;
mod reader;
mod tables;
mod writer;

pub use error::ArchiveError;
pub use reader::{missing, read};
pub use writer::{ArchiveWriter, write_derived};

/// Version of the folder's format: another major version cannot be read.
///
/// 1.1 adds the column `instance` to spans and metrics, and instances to topology and events.
pub const FORMAT: &str = "1.1";
