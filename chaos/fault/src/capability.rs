//! What a fault asks of whoever runs the target.
//!
//! A fault whose need is not met is refused before the start, never quietly weakened.

use harness_model::FaultKind;
use harness_model::plan::Runtime;

/// What a runtime can do to a target, or what a fault needs of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Send signals to the processes of the target.
    pub signals: bool,
    /// Start a process again, at the same address.
    pub restart: bool,
    /// Put a proxy between caller and callee.
    pub proxies: bool,
    /// Limit the CPU time and the memory of one process.
    pub limits: bool,
    /// Take one process off the network that it shares with the others.
    pub network: bool,
}

impl Capabilities {
    /// What a runtime offers. A user's own system is only reachable through its front door.
    pub fn of(runtime: Runtime) -> Capabilities {
        let owned = runtime != Runtime::External;
        Capabilities {
            signals: owned,
            restart: owned,
            proxies: true,
            limits: runtime == Runtime::Docker,
            network: runtime == Runtime::Docker,
        }
    }

    /// The needs in `self` that `have` does not meet, in words.
    pub fn missing_from(self, have: Capabilities) -> Vec<&'static str> {
        [
            (
                self.signals,
                have.signals,
                "signals to the target's processes",
            ),
            (
                self.restart,
                have.restart,
                "a restart of the target's processes",
            ),
            (self.proxies, have.proxies, "a proxy on the edge"),
            (
                self.limits,
                have.limits,
                "limits on the CPU and memory of a container",
            ),
            (
                self.network,
                have.network,
                "a network that a container can be taken off",
            ),
        ]
        .into_iter()
        .filter_map(|(needed, met, words)| (needed && !met).then_some(words))
        .collect()
    }
}

/// What a kind of fault needs.
pub fn needs(kind: &FaultKind) -> Capabilities {
    let nothing = Capabilities::default();
    match kind {
        FaultKind::Kill | FaultKind::Restart | FaultKind::CrashLoop { .. } => Capabilities {
            signals: true,
            restart: true,
            ..nothing
        },
        FaultKind::Freeze => Capabilities {
            signals: true,
            ..nothing
        },
        FaultKind::Latency { .. } | FaultKind::Refuse | FaultKind::Hang => Capabilities {
            proxies: true,
            ..nothing
        },
        FaultKind::Cpu { .. } => Capabilities {
            limits: true,
            ..nothing
        },
        // What dies for want of memory is started again.
        FaultKind::Memory { .. } => Capabilities {
            limits: true,
            restart: true,
            ..nothing
        },
        FaultKind::Disconnect => Capabilities {
            network: true,
            ..nothing
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_external_target_cannot_be_killed_but_its_front_door_can_be_slow() {
        let external = Capabilities::of(Runtime::External);
        assert_eq!(needs(&FaultKind::Kill).missing_from(external).len(), 2);
        assert!(needs(&FaultKind::Refuse).missing_from(external).is_empty());
    }

    #[test]
    fn only_containers_have_limits_and_a_network_to_be_taken_off() {
        let memory = FaultKind::Memory { limit_bytes: 1 };
        for kind in [FaultKind::Cpu { cores: 0.1 }, memory, FaultKind::Disconnect] {
            let missing = |runtime| needs(&kind).missing_from(Capabilities::of(runtime)).len();
            assert_eq!(missing(Runtime::Docker), 0, "{kind:?}");
            assert_eq!(missing(Runtime::Process), 1, "{kind:?}");
        }
    }
}
