//! The parts of the comparison of answers: a shop in some shape, a visitor, the transcript of the
//! visit, and its script.

pub mod oddities;
pub mod purchases;
pub mod shop;
pub mod strangers;
pub mod transcript;
pub mod visitor;
