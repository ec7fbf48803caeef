//! The law of dependencies: lower levels never import higher ones, and no crate its own level.
//!
//! The harness and the shop share no crate; they meet where the command line links both.

use std::path::Path;

use toml::{Table, Value};

/// Every crate and its level. The shop's crates have levels of their own.
const LEVELS: [(&str, &str, u8); 30] = [
    ("harness-model", "harness/model", 0),
    ("harness-scenario", "harness/scenario", 1),
    ("harness-analysis", "harness/analysis", 1),
    ("chaos-fault", "chaos/fault", 1),
    ("harness-deploy", "harness/deploy", 2),
    ("harness-load", "harness/load", 2),
    ("harness-telemetry", "harness/telemetry", 2),
    ("harness-archive", "harness/archive", 2),
    ("harness-fixture", "harness/fixture", 2),
    ("chaos-inject", "chaos/inject", 2),
    ("reports", "reports", 2),
    ("harness-cli", "harness/cli", 4),
    ("shop-contracts", "target-system/contracts", 0),
    ("shop-telemetry", "target-system/platform/telemetry", 1),
    ("shop-calls", "target-system/platform/calls", 2),
    ("shop-stores", "target-system/platform/stores", 3),
    ("shop-facts", "target-system/platform/facts", 4),
    ("shop-host", "target-system/platform/host", 5),
    ("shop-testing", "target-system/platform/testing", 6),
    ("shop-platform", "target-system/platform/facade", 6),
    ("shop-identity", "target-system/contexts/identity", 7),
    ("shop-catalog", "target-system/contexts/catalog", 7),
    ("shop-search", "target-system/contexts/search", 7),
    ("shop-cart", "target-system/contexts/cart", 7),
    ("shop-inventory", "target-system/contexts/inventory", 7),
    ("shop-order", "target-system/contexts/order", 7),
    ("shop-payment", "target-system/contexts/payment", 7),
    ("shop-shipping", "target-system/contexts/shipping", 7),
    (
        "shop-notification",
        "target-system/contexts/notification",
        7,
    ),
    ("shop-provider", "target-system/contexts/provider", 7),
];

/// The shop's tops, which may import everything of the shop.
const TOPS: [(&str, &str, u8); 2] = [
    ("shop-gateway", "target-system/edge/gateway", 7),
    ("shop-app", "target-system/app", 8),
];

/// Every breach, one line each.
pub fn check(root: &Path) -> Result<Vec<String>, String> {
    let mut breaches = Vec::new();
    for (package, folder, level) in LEVELS.iter().chain(&TOPS) {
        let path = root.join(folder).join("Cargo.toml");
        let text = std::fs::read_to_string(&path)
            .map_err(|error| format!("failed to read {}: {error}", path.display()))?;
        let manifest: Table = text
            .parse()
            .map_err(|error| format!("failed to read {}: {error}", path.display()))?;
        let Some(Value::Table(dependencies)) = manifest.get("dependencies") else {
            continue;
        };
        for dependency in dependencies.keys() {
            breaches.extend(breach(package, *level, dependency));
        }
    }
    Ok(breaches)
}

fn breach(package: &str, level: u8, dependency: &str) -> Option<String> {
    let (_, _, below) = LEVELS
        .iter()
        .chain(&TOPS)
        .find(|(name, ..)| *name == dependency)?;
    if package == "harness-cli" {
        let allowed = !dependency.starts_with("shop-") || dependency == "shop-app";
        return (!allowed).then(|| format!("{package} may link only shop-app of the shop"));
    }
    if package.starts_with("shop-") != dependency.starts_with("shop-") {
        return Some(format!(
            "{package} imports {dependency}: harness and shop share no crate"
        ));
    }
    (*below >= level).then(|| format!("{package} (L{level}) imports {dependency} (L{below})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_may_not_import_its_own_level_nor_a_higher_one() {
        assert!(breach("harness-load", 2, "harness-archive").is_some());
        assert!(breach("harness-model", 0, "harness-scenario").is_some());
        assert!(breach("harness-load", 2, "harness-model").is_none());
    }

    #[test]
    fn harness_and_shop_meet_only_in_the_command_line() {
        assert!(breach("harness-load", 2, "shop-contracts").is_some());
        assert!(breach("harness-cli", 4, "shop-app").is_none());
        assert!(breach("harness-cli", 4, "shop-platform").is_some());
    }

    #[test]
    fn a_context_may_not_import_another() {
        assert!(breach("shop-order", 7, "shop-cart").is_some());
        assert!(breach("shop-order", 7, "shop-platform").is_none());
    }

    #[test]
    fn the_lower_rings_of_the_platform_do_not_know_the_higher_ones() {
        assert!(breach("shop-calls", 2, "shop-stores").is_some());
        assert!(breach("shop-facts", 4, "shop-host").is_some());
        assert!(breach("shop-host", 5, "shop-calls").is_none());
    }
}
