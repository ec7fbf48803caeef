//! What a fault needs of whoever runs the target, and what each runtime offers.
//!
//! A fault whose need is not met is refused before the start, never quietly weakened.

use crate::runtime::Runtime;

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
    /// Nothing at all; the base of every `Capabilities { .. }` in a constant.
    pub const NONE: Capabilities = Capabilities {
        signals: false,
        restart: false,
        proxies: false,
        limits: false,
        network: false,
    };

    /// What a runtime offers. A user's own system is only reachable through its entry.
    pub fn of(runtime: Runtime) -> Capabilities {
        let (owned, contained) = match runtime {
            Runtime::Process => (true, false),
            Runtime::Docker => (true, true),
            Runtime::External => (false, false),
        };
        Capabilities {
            signals: owned,
            restart: owned,
            proxies: true,
            limits: contained,
            network: contained,
        }
    }

    /// The capabilities in `self`, each in words.
    pub fn in_words(self) -> Vec<&'static str> {
        [
            (self.signals, "signals to the target's processes"),
            (self.restart, "a restart of the target's processes"),
            (self.proxies, "a proxy on the edge"),
            (self.limits, "limits on the CPU and memory of a container"),
            (self.network, "a network that a container can be taken off"),
        ]
        .into_iter()
        .filter_map(|(has, words)| has.then_some(words))
        .collect()
    }

    /// The needs in `self` that `offered` does not meet.
    pub fn missing_from(self, offered: Capabilities) -> Capabilities {
        Capabilities {
            signals: self.signals && !offered.signals,
            restart: self.restart && !offered.restart,
            proxies: self.proxies && !offered.proxies,
            limits: self.limits && !offered.limits,
            network: self.network && !offered.network,
        }
    }
}
