//! What a scenario leaves out, from the one file where it is written.
//!
//! It must not know what a default means.

use crate::syntax::{Diagnostics, Node, Table, Value, parse};

/// Every default of a scenario, commented, as TOML.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// The defaults of a section, for example `load` or `fault.latency`; those of the scenario itself
/// for an empty path. Without defaults the table is empty.
pub fn of(path: &str) -> Table {
    let mut table = parse(DEFAULTS, &mut Diagnostics::none("defaults.toml", DEFAULTS));
    for key in path.split('.').filter(|key| !key.is_empty()) {
        table = match table.remove(key) {
            Some((
                _,
                Node {
                    value: Value::Table(inner),
                    ..
                },
            )) => inner,
            _ => Table::new(),
        };
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_toml_and_found_by_their_path() {
        let mut diagnostics = Diagnostics::none("defaults.toml", DEFAULTS);
        parse(DEFAULTS, &mut diagnostics);
        assert!(diagnostics.is_empty(), "{diagnostics}");
        for path in [
            "",
            "target",
            "target.stores",
            "load",
            "fault.latency",
            "judgement",
            "plan",
            "workload.draw",
        ] {
            assert!(!of(path).is_empty(), "{path}");
        }
    }
}
