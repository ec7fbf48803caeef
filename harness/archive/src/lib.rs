//! The run folder: everything a report is made of, as files.
//!
//! | file | what | times from the start of |
//! | --- | --- | --- |
//! | `manifest.json` | who, where, when; format version | |
//! | `scenario.toml`, `plan.json` | what was asked, verbatim and resolved | load |
//! | `events.jsonl` | one event a line, written before it is acted upon | run |
//! | `tables.journal` | rows of the tables until the run is sealed | run, of samples: load |
//! | `reserve` | room for the last events on a full disk, until the run is sealed | |
//! | `samples.parquet` | one row a request | load |
//! | `spans.parquet`, `metrics.parquet` | what the target reported | load |
//! | `events.parquet` | the events once more, on the clock of the tables | load |
//! | `latency.hlog` | HdrHistogram interval log, an operation a second | load |
//!
//! While a run goes on, [`ArchiveWriter`] (`writer`) appends events to their file and rows to the
//! `journal`, each row as `rows` encodes it. Sealing (`seal`) moves the journal into parquet files:
//! `tables` says which columns, `columns` writes and reads them, `hlog` makes the interval log,
//! `events` reads the events. A folder that still has its journal is of a run that was killed or
//! still goes on.
//!
//! [`read`] (`reader`) takes either kind and rebases everything to the start of the load. This
//! crate owns the folder's format and must not know who fills it or what is concluded from it.

mod append;
mod columns;
mod error;
mod events;
mod hlog;
mod journal;
mod reader;
mod rows;
mod seal;
mod tables;
mod writer;

pub use error::ArchiveError;
pub use reader::{missing, read};
pub use writer::{ArchiveWriter, is_there, write_derived};

/// Version of the folder's format: another major version cannot be read.
///
/// 1.1 adds the column `instance` to spans and metrics, and instances to topology and events.
/// 1.2 counts the times of every table from the start of the load and says so in its metadata;
/// ids of spans are 8 bytes, kinds, outcomes and phases are words; `events.parquet` is new.
pub const FORMAT: &str = "1.2";
