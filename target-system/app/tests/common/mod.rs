//! The parts of the test of equal answers: a shop in some shape, a visitor that sends requests, the
//! transcript of the answers, what the document says of them, and the script of the visit.

pub mod bad_requests;
pub mod browsing;
pub mod document;
pub mod purchases;
pub mod shop;
pub mod transcript;
pub mod visitor;
