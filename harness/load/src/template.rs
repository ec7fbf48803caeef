//! Templates of requests; the model parses them.

pub use harness_model::Template;
