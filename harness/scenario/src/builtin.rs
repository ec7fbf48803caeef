//! The scenarios and workloads that come with the tool.

/// A built-in scenario.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// As the command line names it.
    pub name: &'static str,
    /// One sentence: why one would run it.
    pub purpose: &'static str,
    text: &'static str,
}

const BUILTINS: &[Builtin] = &[
    Builtin {
        name: "quickstart",
        purpose: "See what shoppers feel when payment dies for 6 s and the path to the stock slows \
                  for 8 s.",
        text: include_str!("../../../scenarios/quickstart.toml"),
    },
    Builtin {
        name: "smoke",
        purpose: "Show in ten seconds that the shop starts, sells and gets over a slow catalog.",
        text: include_str!("../../../scenarios/smoke.toml"),
    },
    Builtin {
        name: "hundred-thousand",
        purpose: "Count how 100,000 single calls end when every context is a process of its own.",
        text: include_str!("../../../scenarios/hundred-thousand.toml"),
    },
    Builtin {
        name: "hundred-thousand-monolith",
        purpose: "Count how 100,000 single calls end when all contexts share one process.",
        text: include_str!("../../../scenarios/hundred-thousand-monolith.toml"),
    },
    Builtin {
        name: "freeze-the-database-owner",
        purpose: "See how far the silence of one database's owner spreads, and how fast it ends.",
        text: include_str!("../../../scenarios/freeze-the-database-owner.toml"),
    },
    Builtin {
        name: "database-outage",
        purpose: "See that no acknowledged order is lost when a database dies or freezes, or the \
                  broker dies.",
        text: include_str!("../../../scenarios/database-outage.toml"),
    },
    Builtin {
        name: "scalability",
        purpose: "Find the rate at which throughput stops to grow, and what is in its way.",
        text: include_str!("../../../scenarios/scalability.toml"),
    },
    Builtin {
        name: "calibration",
        purpose: "Hold the tool against a target whose delays, errors and freeze are known.",
        text: include_str!("../../../scenarios/calibration.toml"),
    },
];

const WORKLOADS: &[(&str, &str)] = &[
    (
        "shop",
        include_str!("../../../scenarios/workloads/shop.toml"),
    ),
    (
        "calibrated",
        include_str!("../../../scenarios/workloads/calibrated.toml"),
    ),
];

/// Every built-in scenario, the one to try first at the front.
pub fn builtins() -> &'static [Builtin] {
    BUILTINS
}

/// The text of a built-in scenario.
pub fn builtin(name: &str) -> Option<&'static str> {
    BUILTINS
        .iter()
        .find(|builtin| builtin.name == name)
        .map(|builtin| builtin.text)
}

/// The text of a built-in workload.
pub fn builtin_workload(name: &str) -> Option<&'static str> {
    WORKLOADS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}
