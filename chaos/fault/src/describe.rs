//! A fault in a few words, without its times.

use harness_model::{FaultKind, FaultPlan};

/// For example `freeze payment` or `delay gateway -> cart by 200 ms`.
pub fn describe(plan: &FaultPlan) -> String {
    let target = &plan.target;
    match plan.kind {
        FaultKind::Kill => format!("kill {target}"),
        FaultKind::Freeze => format!("freeze {target}"),
        FaultKind::Latency {
            delay_ns,
            jitter_ns,
        } => {
            let jitter = match jitter_ns {
                0 => String::new(),
                jitter_ns => format!(" +- {}", milliseconds(jitter_ns)),
            };
            format!("delay {target} by {}{jitter}", milliseconds(delay_ns))
        }
        FaultKind::Refuse => format!("refuse connections on {target}"),
        FaultKind::Hang => format!("answer nothing on {target}"),
        FaultKind::Restart => format!("restart {target}"),
        FaultKind::CrashLoop { every_ns } => {
            let every = every_ns as f64 / 1e9;
            format!("crash {target} every {every:.1} s")
        }
        FaultKind::Cpu { cores } => format!("limit {target} to {cores} of a core"),
        FaultKind::Memory { limit_bytes } => {
            let megabytes = limit_bytes as f64 / 1e6;
            format!("limit {target} to {megabytes} MB of memory")
        }
        FaultKind::Disconnect => format!("disconnect {target}"),
    }
}

fn milliseconds(ns: u64) -> String {
    format!("{} ms", ns as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{on_edge, on_process};

    #[test]
    fn a_fault_reads_as_a_command() {
        let freeze = on_process(FaultKind::Freeze, "payment", 10.0, 5.0);
        assert_eq!(describe(&freeze), "freeze payment");
        let slow = |jitter_ns| {
            let delay_ns = 200_000_000;
            let kind = FaultKind::Latency {
                delay_ns,
                jitter_ns,
            };
            describe(&on_edge(kind, "gateway", "cart", 1.0, 0.25))
        };
        assert_eq!(slow(500_000), "delay gateway -> cart by 200 ms +- 0.5 ms");
        assert_eq!(slow(0), "delay gateway -> cart by 200 ms");
        let little = FaultKind::Memory {
            limit_bytes: 64_000_000,
        };
        assert_eq!(
            describe(&on_process(little, "search", 1.0, 2.0)),
            "limit search to 64 MB of memory"
        );
    }
}
