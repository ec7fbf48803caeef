//! The catalogue of fault kinds: the one home of each kind's name, parameters, needs and effect.
//!
//! Adding a kind starts here: a variant, a row in [`FaultKind::profile`] and an entry in
//! [`FaultKind::ALL`]; the compiler and the tests name every other place. It must not know how a
//! kind is written in a scenario, nor how it is injected.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::capability::Capabilities;
use super::effect::{Effect, Impairment, TrafficRule};

/// What breaks, with its parameters; a closed set.
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
    /// SIGKILL and a start at once, again and again: `every_ns` after each start.
    CrashLoop { every_ns: u64 },
    /// No more CPU time than this share of one core.
    Cpu { cores: f64 },
    /// No more memory than this; the kernel ends what asks for more.
    Memory { limit_bytes: u64 },
    /// Taken off its network: it reaches nobody and nobody reaches it.
    Disconnect,
}

/// What a kind of fault acts on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strikes {
    /// One process of the target.
    Process,
    /// The traffic of one edge.
    Edge,
}

/// Everything that is known of a kind, whatever its target.
struct Profile {
    name: &'static str,
    needs: Capabilities,
    effect: Effect,
}

const NONE: Capabilities = Capabilities::NONE;
const RESTARTS: Capabilities = Capabilities {
    signals: true,
    restart: true,
    ..NONE
};
const SIGNALS: Capabilities = Capabilities {
    signals: true,
    ..NONE
};
const PROXIES: Capabilities = Capabilities {
    proxies: true,
    ..NONE
};
const LIMITS: Capabilities = Capabilities {
    limits: true,
    ..NONE
};
const NETWORK: Capabilities = Capabilities {
    network: true,
    ..NONE
};

impl FaultKind {
    /// Every kind once, parameters at zero, in the order in which messages list them.
    pub const ALL: [FaultKind; 10] = [
        FaultKind::Kill,
        FaultKind::Freeze,
        FaultKind::Restart,
        FaultKind::CrashLoop { every_ns: 0 },
        FaultKind::Cpu { cores: 0.0 },
        FaultKind::Memory { limit_bytes: 0 },
        FaultKind::Disconnect,
        FaultKind::Latency {
            delay_ns: 0,
            jitter_ns: 0,
        },
        FaultKind::Refuse,
        FaultKind::Hang,
    ];

    fn profile(&self) -> Profile {
        let (name, needs, effect) = match *self {
            FaultKind::Kill => ("kill", RESTARTS, Effect::Kill),
            FaultKind::Freeze => ("freeze", SIGNALS, Effect::Impair(Impairment::Frozen)),
            FaultKind::Restart => ("restart", RESTARTS, Effect::Restart),
            FaultKind::CrashLoop { every_ns } => {
                ("crash_loop", RESTARTS, Effect::CrashLoop { every_ns })
            }
            FaultKind::Cpu { cores } => {
                let quota = Impairment::CpuQuota { cores };
                ("cpu", LIMITS, Effect::Impair(quota))
            }
            FaultKind::Memory { limit_bytes } => {
                // A process that is ended for want of memory is started again.
                let restart = true;
                let needs = Capabilities { restart, ..LIMITS };
                let limit = Impairment::MemoryLimit { limit_bytes };
                ("memory", needs, Effect::Impair(limit))
            }
            FaultKind::Disconnect => {
                let effect = Effect::Impair(Impairment::Disconnected);
                ("disconnect", NETWORK, effect)
            }
            FaultKind::Latency {
                delay_ns,
                jitter_ns,
            } => {
                let delay = TrafficRule::Delay {
                    delay_ns,
                    jitter_ns,
                };
                ("latency", PROXIES, Effect::Traffic(delay))
            }
            FaultKind::Refuse => ("refuse", PROXIES, Effect::Traffic(TrafficRule::Refuse)),
            FaultKind::Hang => ("hang", PROXIES, Effect::Traffic(TrafficRule::Hang)),
        };
        Profile {
            name,
            needs,
            effect,
        }
    }

    /// The name in scenarios and reports.
    pub fn name(&self) -> &'static str {
        self.profile().name
    }

    /// What the runtime must be able to do.
    pub fn needs(&self) -> Capabilities {
        self.profile().needs
    }

    /// What an injector does.
    pub fn effect(&self) -> Effect {
        self.profile().effect
    }

    /// What it acts on.
    pub fn strikes(&self) -> Strikes {
        match self.effect() {
            Effect::Kill | Effect::Restart | Effect::CrashLoop { .. } | Effect::Impair(_) => {
                Strikes::Process
            }
            Effect::Traffic(_) => Strikes::Edge,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::runtime::Runtime;

    fn missing(kind: &FaultKind, runtime: Runtime) -> usize {
        let missing = kind.needs().missing_from(Capabilities::of(runtime));
        missing.in_words().len()
    }

    #[test]
    fn every_kind_is_in_the_list_under_its_name() {
        let schema = schemars::schema_for!(FaultKind).to_value();
        let variants = schema["oneOf"].as_array().unwrap();
        let tags: BTreeSet<String> = variants
            .iter()
            .map(|one| one["properties"]["kind"]["const"].as_str().unwrap())
            .map(|tag| tag.replace('-', "_"))
            .collect();
        let names = FaultKind::ALL.iter().map(|kind| kind.name().to_owned());
        assert_eq!(names.collect::<BTreeSet<_>>(), tags);
        assert_eq!(FaultKind::ALL.len(), variants.len());
    }

    #[test]
    fn an_external_target_cannot_be_killed_but_its_entry_can_be_slow() {
        assert_eq!(missing(&FaultKind::Kill, Runtime::External), 2);
        assert_eq!(missing(&FaultKind::Refuse, Runtime::External), 0);
    }

    #[test]
    fn only_containers_have_limits_and_a_network_to_be_taken_off() {
        let memory = FaultKind::Memory { limit_bytes: 1 };
        for kind in [FaultKind::Cpu { cores: 0.1 }, memory, FaultKind::Disconnect] {
            assert_eq!(missing(&kind, Runtime::Docker), 0, "{kind:?}");
            assert_eq!(missing(&kind, Runtime::Process), 1, "{kind:?}");
        }
    }

    #[test]
    fn kinds_that_need_a_proxy_are_those_that_strike_an_edge() {
        for kind in FaultKind::ALL {
            assert_eq!(
                kind.needs().proxies,
                kind.strikes() == Strikes::Edge,
                "{kind:?}"
            );
        }
    }
}
