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
}

impl Capabilities {
    /// What a runtime offers. A user's own system is only reachable through its front door.
    pub fn of(runtime: Runtime) -> Capabilities {
        let owned = runtime != Runtime::External;
        Capabilities {
            signals: owned,
            restart: owned,
            proxies: true,
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
        ]
        .into_iter()
        .filter_map(|(needed, met, words)| (needed && !met).then_some(words))
        .collect()
    }
}

/// What a kind of fault needs.
pub fn needs(kind: &FaultKind) -> Capabilities {
    match kind {
        FaultKind::Kill => Capabilities {
            signals: true,
            restart: true,
            proxies: false,
        },
        FaultKind::Freeze => Capabilities {
            signals: true,
            ..Capabilities::default()
        },
        FaultKind::Latency { .. } | FaultKind::Refuse | FaultKind::Hang => Capabilities {
            proxies: true,
            ..Capabilities::default()
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
}
