//! How writers share a database.

/// How a transaction that writes excludes others of the same context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It runs beside other writers, as far as the engine allows, and may lose against them.
    Shared,
    /// It runs beside all but exclusive writers. It cannot lose, and sees what others commit
    /// meanwhile.
    Beside,
    /// It excludes every other writer.
    Alone,
    /// It excludes whoever changes the tables.
    Migration,
}
