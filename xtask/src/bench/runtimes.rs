//! What a second of the target's CPU time yields, as processes and in containers.
//!
//! The same calls three times, one after the other: processes, containers with the same embedded
//! stores, containers with servers. So what containers cost and what servers cost stand apart.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The single calls of `hundred-thousand`, a fifth of them, at a rate that none falls behind.
const SCENARIO: &str = r#"
format = 1
name = "runtimes"
seed = 42

[target]
shape = "microservices"

[load]
workload = "shop"
calls = { customer = 4000, order = 4000, pay = 6000, ship-create = 6000 }
prelude = ["service-token", "login"]
requests = 20000
duration = "134s"
arrivals = "constant"
rate = "150/s"
pool = 16
timeout = "10s"
patience = "10m"
"#;

/// What runs the services and where they keep their data, and the options that ask for it.
const RUNTIMES: [(&str, &[&str]); 3] = [
    (
        "as processes, on embedded stores",
        &["--runtime", "process"],
    ),
    (
        "in containers, on embedded stores",
        &["--runtime", "docker", "--set", "target.stores=embedded"],
    ),
    ("in containers, on servers", &["--runtime", "docker"]),
];

/// Names of services that are servers end like this.
const SERVERS: [&str; 2] = ["-db", "broker"];

/// One line of the table for each way to run the target, with what its servers took.
pub fn lines(shakedown: &Path, folder: &Path) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    for (runtime, words) in RUNTIMES {
        let measured = run(shakedown, &folder.join(words.join("-")), words).and_then(|report| {
            let (rate, cores) = (rate(&report)?, cores(&report, |_| true)?);
            let servers = cores_of_servers(&report)? / cores;
            Ok((rate / cores, servers))
        });
        let result = match measured {
            Ok((yielded, servers)) if servers > 0.0 => {
                format!("{yielded:.0}; servers took {:.0} %", servers * 100.0)
            }
            Ok((yielded, _)) => format!("{yielded:.0}"),
            Err(why) => format!("not measured: {why}"),
        };
        lines.push((format!("requests per CPU second, {runtime}"), result));
    }
    lines
}

fn run(shakedown: &Path, folder: &Path, words: &[&str]) -> Result<Value, String> {
    let scenario = folder.with_extension("toml");
    let written = folder.parent().map_or(Ok(()), std::fs::create_dir_all);
    written
        .and_then(|()| std::fs::write(&scenario, SCENARIO))
        .map_err(|error| format!("failed to write {}: {error}", scenario.display()))?;
    let ran = Command::new(shakedown)
        .arg("run")
        .arg(&scenario)
        .arg("--out")
        .arg(folder)
        .args(words)
        .output()
        .map_err(|error| format!("failed to start {}: {error}", shakedown.display()))?;
    let report = std::fs::read(folder.join("report.json")).map_err(|_| {
        let errors = String::from_utf8_lossy(&ran.stderr);
        errors.lines().last().unwrap_or("no report").to_owned()
    })?;
    serde_json::from_slice(&report).map_err(|error| error.to_string())
}

/// Requests that reached the gateway, per second.
fn rate(report: &Value) -> Result<f64, String> {
    let services = report["services"].as_array().ok_or("no services")?;
    let gateway = services.iter().find(|one| one["name"] == "gateway");
    let rate = gateway.and_then(|one| one["rate"].as_f64());
    rate.ok_or_else(|| "no rate of the gateway".to_owned())
}

/// Cores used by the services of these names.
fn cores(report: &Value, wanted: impl Fn(&str) -> bool) -> Result<f64, String> {
    let services = report["services"].as_array().ok_or("no services")?;
    let mut sum = 0.0;
    for one in services {
        let name = one["name"].as_str().unwrap_or_default();
        if wanted(name) {
            let cores = one["cpu"].as_f64();
            sum += cores.ok_or_else(|| format!("no CPU time of {name}"))?;
        }
    }
    Ok(sum)
}

fn cores_of_servers(report: &Value) -> Result<f64, String> {
    cores(report, |name| SERVERS.iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yield_is_the_gateways_rate_over_all_cores_and_servers_are_told_apart() {
        let report = serde_json::json!({"services": [
            {"name": "gateway", "rate": 90.0, "cpu": 0.25},
            {"name": "order", "rate": 300.0, "cpu": 0.5},
            {"name": "order-db", "rate": 0.0, "cpu": 0.25},
        ]});
        assert_eq!(rate(&report), Ok(90.0));
        assert_eq!(cores(&report, |_| true), Ok(1.0));
        assert_eq!(cores_of_servers(&report), Ok(0.25));
    }

    #[test]
    fn a_service_whose_cpu_time_is_unknown_spoils_the_sum() {
        let report = serde_json::json!({"services": [{"name": "order", "cpu": null}]});
        assert_eq!(cores(&report, |_| true), Err("no CPU time of order".into()));
    }
}
