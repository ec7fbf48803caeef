//! Faults as data: what breaks, where, when and for how long.
//!
//! The kinds are a closed set. Nothing here injects anything; see the `chaos` crates.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::instance::{InstanceId, InstanceSelection};
use crate::time::Offset;

/// A call path from one process to another. The caller [`Edge::CLIENT`] is the load generator.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Edge {
    pub caller: String,
    pub callee: String,
}

impl Edge {
    /// The name of the load generator as a caller.
    pub const CLIENT: &'static str = "client";

    pub fn new(caller: impl Into<String>, callee: impl Into<String>) -> Edge {
        Edge {
            caller: caller.into(),
            callee: callee.into(),
        }
    }
}

impl std::fmt::Display for Edge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} -> {}", self.caller, self.callee)
    }
}

/// What the callers of the target will see.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum FaultKind {
    /// SIGKILL; the service is started again when the fault ends.
    Kill,
    /// SIGSTOP, then SIGCONT when the fault ends.
    Freeze,
    /// Every request is held back by `delay_ns`, plus or minus a uniform draw of up to `jitter_ns`;
    /// its answer is not.
    Latency { delay_ns: u64, jitter_ns: u64 },
    /// New connections are refused and open ones are reset.
    Refuse,
    /// Connections are accepted and bytes are taken, but nothing is ever answered.
    Hang,
    /// SIGTERM, and started again as soon as it has ended.
    Restart,
    /// SIGKILL and a start at once, again and again.
    CrashLoop { every_ns: u64 },
    /// No more CPU time than this share of one core.
    Cpu { cores: f64 },
    /// No more memory than this; the kernel ends what asks for more.
    Memory { limit_bytes: u64 },
    /// Taken off its network: it reaches nobody and nobody reaches it.
    Disconnect,
}

impl FaultKind {
    pub fn name(&self) -> &'static str {
        match self {
            FaultKind::Kill => "kill",
            FaultKind::Freeze => "freeze",
            FaultKind::Latency { .. } => "latency",
            FaultKind::Refuse => "refuse",
            FaultKind::Hang => "hang",
            FaultKind::Restart => "restart",
            FaultKind::CrashLoop { .. } => "crash_loop",
            FaultKind::Cpu { .. } => "cpu",
            FaultKind::Memory { .. } => "memory",
            FaultKind::Disconnect => "disconnect",
        }
    }

    /// What it does to a process that goes on running, if it is a fault of that sort.
    pub fn impairment(&self) -> Option<Impairment> {
        match *self {
            FaultKind::Freeze => Some(Impairment::Frozen),
            FaultKind::Cpu { cores } => Some(Impairment::CpuQuota { cores }),
            FaultKind::Memory { limit_bytes } => Some(Impairment::MemoryLimit { limit_bytes }),
            FaultKind::Disconnect => Some(Impairment::Disconnected),
            FaultKind::Kill
            | FaultKind::Latency { .. }
            | FaultKind::Refuse
            | FaultKind::Hang
            | FaultKind::Restart
            | FaultKind::CrashLoop { .. } => None,
        }
    }
}

/// What is done to a running process from outside, and taken back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Impairment {
    Frozen,
    /// A share of one core.
    CpuQuota {
        cores: f64,
    },
    MemoryLimit {
        limit_bytes: u64,
    },
    Disconnected,
}

/// Where a fault strikes, already resolved to processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "on", rename_all = "kebab-case")]
pub enum FaultTarget {
    /// `service` is what the scenario named; `process` is the service of the target that hosts it
    /// in this shape.
    Process {
        service: String,
        process: String,
        #[serde(default, skip_serializing_if = "InstanceSelection::is_all")]
        instances: InstanceSelection,
    },
    Edge(Edge),
}

impl std::fmt::Display for FaultTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            FaultTarget::Process {
                service,
                process,
                instances,
            } => {
                write!(f, "{service}")?;
                if service != process {
                    write!(f, " (in {process})")?;
                }
                match instances {
                    InstanceSelection::All => Ok(()),
                    InstanceSelection::Named(names) => {
                        let names: Vec<&str> = names.iter().map(InstanceId::as_str).collect();
                        write!(f, " (only {})", names.join(", "))
                    }
                }
            }
            FaultTarget::Edge(edge) => write!(f, "{edge}"),
        }
    }
}

/// One fault of the timeline. Injection and healing always come as a pair.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FaultPlan {
    pub name: String,
    #[serde(flatten)]
    pub kind: FaultKind,
    pub target: FaultTarget,
    /// When to inject, counted from the start of the load.
    pub at: Offset,
    /// How long it stays.
    pub for_ns: u64,
    /// The edges whose traffic can meet the fault: the edge itself, or every edge into the process.
    pub watched: Vec<Edge>,
}

impl FaultPlan {
    pub fn ends(&self) -> Offset {
        Offset(
            self.at
                .0
                .saturating_add(i64::try_from(self.for_ns).unwrap_or(i64::MAX)),
        )
    }
}

/// Proof that traffic met a fault, counted at the edge proxies while it was on.
///
/// `eligible` counts exchanges and connection attempts that could have been hit, `affected` those
/// that were (delayed, refused, reset, or left without an answer).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    pub eligible: u64,
    pub affected: u64,
}
