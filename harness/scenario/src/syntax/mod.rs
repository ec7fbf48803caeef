//! A TOML text as a tree with places, read strictly, and what is wrong with it.
//!
//! It must not know which keys a scenario has.
//!
//! - `span`: the place of a value
//! - `diagnostics`: what is wrong, printed as a compiler prints it
//! - `tree`: the parsed text; `set` puts values of the command line into it
//! - `section`: one table, each key read once and with its type
//! - `units`: values such as `300ms`
//! - `names`: what a mistyped name most likely meant

mod diagnostics;
mod names;
mod section;
mod set;
mod span;
mod tree;
mod units;

pub use diagnostics::{Diagnostic, Diagnostics};
pub use names::unknown;
pub use section::Section;
pub use set::set;
pub use span::{COMMAND_LINE, Span, WHOLE_FILE};
pub use tree::{Node, Table, Value, parse};
pub use units::duration_ns;
