//! What scenarios may name in tests: the calibrated target, and the shop by its own definitions.

use harness_scenario::{Request, Sources, Stores, builtin_workload};

/// The shop's microservices as `shop definition --shape microservices` printed them.
pub const MICROSERVICES: &str = include_str!("../shop/microservices.toml");
/// The same on servers, as `--stores server` printed it.
pub const ON_SERVERS: &str = include_str!("../shop/microservices-server.toml");
/// The shop's monolith as `shop definition --shape monolith` printed it.
pub const MONOLITH: &str = include_str!("../shop/monolith.toml");

/// The calibrated target, the shop as it describes itself today, and a workload with mistakes.
pub struct Known;

impl Sources for Known {
    fn definition(&self, name: &str, stores: Option<Stores>) -> Result<String, String> {
        match name {
            "microservices" if stores == Some(Stores::Server) => Ok(ON_SERVERS.to_owned()),
            "calibrated" => Ok(include_str!("../../../fixture/src/definition.toml").to_owned()),
            "microservices" => Ok(MICROSERVICES.to_owned()),
            "monolith" => Ok(MONOLITH.to_owned()),
            // The shop, had the gateway forgotten that it can search.
            "searchless" => Ok(MICROSERVICES
                .replace("\"search\", \"cart\"", "\"cart\"")
                .replace("calls = [\"search\"]", "calls = []")),
            _ => Err(format!("there is no target called {name}")),
        }
    }

    fn workload(&self, name: &str) -> Result<String, String> {
        if name == "workload-with-mistakes" {
            return Ok(include_str!("workload-with-mistakes.toml").to_owned());
        }
        let text = builtin_workload(name).map(str::to_owned);
        text.ok_or_else(|| format!("there is no workload called {name}"))
    }
}

/// A scenario as it stands, nothing overridden.
pub fn request<'a>(source: &'a str, text: &'a str) -> Request<'a> {
    Request {
        source,
        text,
        sets: &[],
        seed: None,
        runtime: None,
    }
}

/// Compares with a golden file; `UPDATE_GOLDEN=1` writes it.
pub fn golden(path: &std::path::Path, text: &str) {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, text).expect("the golden folder is writable");
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(
        text,
        expected,
        "{} differs; UPDATE_GOLDEN=1 renews it",
        path.display()
    );
}
