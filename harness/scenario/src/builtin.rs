//! The scenarios and workloads that come with the tool.

/// A built-in scenario.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    pub name: &'static str,
    pub purpose: &'static str,
    text: &'static str,
}

const BUILTINS: &[Builtin] = &[Builtin {
    name: "calibration",
    purpose: "Hold the tool against a target whose delays, errors and freeze are known.",
    text: include_str!("../../../scenarios/calibration.toml"),
}];

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
    match name {
        "calibrated" => Some(include_str!("../../../scenarios/workloads/calibrated.toml")),
        _ => None,
    }
}
