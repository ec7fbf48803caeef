//! One span in its tree, and one tree.
//!
//! Plain data: it must not know how trees are built.

/// No such node.
pub const NONE: u32 = u32::MAX;

/// One span in its tree. Nodes of a trace lie side by side, parents before children and the
/// children of one parent next to each other, by start.
#[derive(Debug, Clone, Copy)]
pub struct Node {
    /// Index into the run's spans.
    pub span: u32,
    /// Index of the parent's node, [`NONE`] for the root.
    pub parent: u32,
    pub first_child: u32,
    pub children: u32,
    /// Nanoseconds from the start of the load, corrected for skew and cut to the parent.
    pub start: i64,
    pub end: i64,
    /// Added to the span's own times to undo the skew of its clock, in ns.
    pub shift: i64,
    /// Hangs under the root because its parent is missing or its ancestors went round in a circle.
    pub adopted: bool,
}

/// One tree: `nodes[from..to]`, the root first.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    pub id: u128,
    pub from: u32,
    pub to: u32,
    /// Some span was adopted by the root.
    pub incomplete: bool,
}
