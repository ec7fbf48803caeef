//! What the proof of equal answers is made of: a shop in some shape, a visitor who asks and notes
//! what is said, the notes themselves, and the script of the visit.

pub mod oddities;
pub mod purchases;
pub mod shop;
pub mod strangers;
pub mod transcript;
pub mod visitor;
