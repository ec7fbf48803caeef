//! What scenarios may name in tests: the calibrated target, and one that is made up.

use harness_scenario::{Request, Sources, Stores, builtin_workload};

/// A made-up target.
pub const LIBRARY: &str = include_str!("library.toml");

/// Both targets, all built-in workloads, and a workload with mistakes.
pub struct Known;

impl Sources for Known {
    fn definition(&self, name: &str, _: Option<Stores>) -> Result<String, String> {
        match name {
            "calibrated" => Ok(include_str!("../../../fixture/src/definition.toml").to_owned()),
            "library" => Ok(LIBRARY.to_owned()),
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
