//! The tables and series of the report: what was measured, without a judgement.
//!
//! - `operations`: what was asked, over the run and in each phase
//! - `services`: what each service did and used; `containers`: what the kernel says about it
//! - `telemetry`: how much of what happened the telemetry saw
//! - `host`: when somebody else took what the target needed of the machine
//! - `timeline`: series over the load; `heatmap`: every request by time and response time

mod containers;
pub mod heatmap;
pub mod host;
pub mod operations;
pub mod services;
pub mod telemetry;
pub mod timeline;
