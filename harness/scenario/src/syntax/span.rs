//! Where a value stands in its text.

use std::ops::Range;

/// Bytes of the text.
pub type Span = Range<usize>;

/// The span of values that come from `--set`.
pub const COMMAND_LINE: Span = usize::MAX..usize::MAX;

/// The span of what is missing from a file as a whole.
pub const WHOLE_FILE: Span = 0..0;
