//! A fault in one line, as a person would say it.

use harness_model::{FaultKind, FaultPlan};

/// For example `freeze payment at 10.0 s for 5.0 s`.
pub fn describe(plan: &FaultPlan) -> String {
    let what = match plan.kind {
        FaultKind::Kill => format!("kill {}", plan.target),
        FaultKind::Freeze => format!("freeze {}", plan.target),
        FaultKind::Latency {
            delay_ns,
            jitter_ns: 0,
        } => {
            format!("delay {} by {}", plan.target, milliseconds(delay_ns))
        }
        FaultKind::Latency {
            delay_ns,
            jitter_ns,
        } => format!(
            "delay {} by {} +- {}",
            plan.target,
            milliseconds(delay_ns),
            milliseconds(jitter_ns)
        ),
        FaultKind::Refuse => format!("refuse connections {}", plan.target),
        FaultKind::Hang => format!("leave {} without answers", plan.target),
        FaultKind::Restart => format!("restart {}", plan.target),
        FaultKind::CrashLoop { every_ns } => {
            let every = every_ns as f64 / 1e9;
            format!("crash {} every {every:.1} s", plan.target)
        }
        FaultKind::Cpu { cores } => format!("leave {} {cores} of a core", plan.target),
        FaultKind::Memory { limit_bytes } => {
            let megabytes = limit_bytes as f64 / 1e6;
            format!("leave {} {megabytes} MB of memory", plan.target)
        }
        FaultKind::Disconnect => format!("disconnect {}", plan.target),
    };
    format!(
        "{what} at {:.1} s for {:.1} s",
        plan.at.secs_f64(),
        plan.for_ns as f64 / 1e9
    )
}

fn milliseconds(ns: u64) -> String {
    format!("{} ms", ns as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::{on_edge, on_process};

    #[test]
    fn a_fault_reads_as_a_sentence() {
        let freeze = on_process(FaultKind::Freeze, "payment", 10.0, 5.0);
        assert_eq!(describe(&freeze), "freeze payment at 10.0 s for 5.0 s");
        let kind = FaultKind::Latency {
            delay_ns: 200_000_000,
            jitter_ns: 500_000,
        };
        let slow = on_edge(kind, "gateway", "cart", 1.0, 0.25);
        assert_eq!(
            describe(&slow),
            "delay gateway -> cart by 200 ms +- 0.5 ms at 1.0 s for 0.2 s"
        );
        let little = FaultKind::Memory {
            limit_bytes: 64_000_000,
        };
        assert_eq!(
            describe(&on_process(little, "search", 1.0, 2.0)),
            "leave search 64 MB of memory at 1.0 s for 2.0 s"
        );
    }
}
