//! One file a command.

pub mod doctor;
pub mod hidden;
pub mod plan;
pub mod recover;
pub mod report;
pub mod run;
pub mod scenarios;
pub mod shop;
