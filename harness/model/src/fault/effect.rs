//! What an injector does for a fault. It must not know which kinds of fault exist.

/// The action that a fault takes against its target, undone when the fault ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Effect {
    /// SIGKILL; the process is started again when the fault ends.
    Kill,
    /// SIGTERM once, and a start as soon as the process has ended.
    Restart,
    /// SIGKILL and a start, at the beginning and again `every_ns` nanoseconds after each start.
    CrashLoop { every_ns: u64 },
    /// A running process is impaired from outside.
    Impair(Impairment),
    /// A rule for the traffic of an edge.
    Traffic(TrafficRule),
}

/// What is done to a running process from outside, and taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Impairment {
    /// SIGSTOP, then SIGCONT.
    Frozen,
    /// At most this share of one core.
    CpuQuota { cores: f64 },
    /// At most this many bytes; the kernel ends what asks for more.
    MemoryLimit { limit_bytes: u64 },
    /// Off the network that it shares with the others.
    Disconnected,
}

/// What an edge does to its traffic, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrafficRule {
    /// Every request is held back by `delay_ns`, plus or minus a uniform draw of up to `jitter_ns`.
    Delay { delay_ns: u64, jitter_ns: u64 },
    /// New connections are refused and open ones are reset.
    Refuse,
    /// Connections are accepted and bytes are taken, but nothing is ever answered.
    Hang,
}
