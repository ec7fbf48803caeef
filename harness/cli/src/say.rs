//! What the program says: lines on the standard output and the standard error.
//!
//! Whoever reads them may go away (`| head`, a closed terminal, a log that ends). What was asked
//! for goes on all the same, so a line that nobody takes is no error. It must not know what is
//! said.

use std::fmt::Display;
use std::io::Write;

/// A line of the answer, on the standard output.
pub fn line(text: impl Display) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Text of the answer as it is, on the standard output.
pub fn text(text: impl Display) {
    let mut out = std::io::stdout();
    drop(write!(out, "{text}").and_then(|()| out.flush()));
}

/// A line beside the answer, on the standard error.
pub fn aside(text: impl Display) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
